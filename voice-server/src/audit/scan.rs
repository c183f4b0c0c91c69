//! Reads a log from its beginning, or from the entry that its head names, and finds where the chain breaks.

use std::fmt;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom};

use super::entry::{Action, Entry, hash};
use super::head::Head;
use super::key::{AuditKey, Proof, check};

/// The longest line that is read.
const MAX_LINE: u64 = 64 << 10;

/// What was read of a log.
#[derive(Debug, Default)]
pub(super) struct Scan {
    /// The number of entries, and of those with a MAC.
    pub(super) entries: u64,
    pub(super) signed: u64,
    /// The number and the hash of the last entry.
    pub(super) count: u64,
    pub(super) hash: String,
    /// The length of the file in bytes up to that entry, and of the unfinished line after it.
    pub(super) length: u64,
    pub(super) torn: Vec<u8>,
    /// The last entry says that the log continues in another file.
    pub(super) is_closed: bool,
    /// Whether the entry that the head names is the right one; `None` if the file does not have it.
    pub(super) fits_head: Option<bool>,
    /// The first entry with an unknown key, and the first one without a MAC after one with a MAC.
    pub(super) unknown_key: Option<u64>,
    pub(super) unsigned: Option<u64>,
    /// Entries about the log itself: outcome, and number of entries or bytes.
    pub(super) told: Vec<(u64, Action, String, u64)>,
}

/// Where the chain breaks.
#[derive(Debug)]
pub(super) struct Broken {
    line: u64,
    what: String,
}

impl Scan {
    /// The error for a log whose end differs from the one in its head.
    pub(super) fn not_of_head(&self) -> Broken {
        Broken {
            line: self.count,
            what: "its end differs from the one in its head: the log was changed".to_owned(),
        }
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.what)
    }
}

/// Reads `file`. With a head, entries before the one that it names are skipped if that entry is the right one.
pub(super) fn scan(file: &File, head: Option<&Head>, keys: &[AuditKey]) -> io::Result<Result<Scan, Broken>> {
    let mut start = Scan::default();
    if let Some(head) = head
        && ends_at(file, head)?
    {
        start = Scan {
            count: head.count,
            hash: head.hash.clone(),
            length: head.length,
            fits_head: Some(true),
            ..Scan::default()
        };
    }
    let mut reader = BufReader::new(file);
    reader.seek(SeekFrom::Start(start.length))?;
    read(reader, start, head, keys)
}

/// Reads from the beginning and trusts nothing.
pub(super) fn scan_all(
    file: &File,
    head: Option<&Head>,
    keys: &[AuditKey],
) -> io::Result<Result<Scan, Broken>> {
    read(BufReader::new(file), Scan::default(), head, keys)
}

/// Whether the line that ends at the head's position is the one that the head names.
fn ends_at(mut file: &File, head: &Head) -> io::Result<bool> {
    if head.length == 0 || file.metadata()?.len() < head.length {
        return Ok(false);
    }
    let from = head.length.saturating_sub(MAX_LINE);
    file.seek(SeekFrom::Start(from))?;
    let mut bytes = Vec::new();
    file.take(head.length - from).read_to_end(&mut bytes)?;
    let Some(b'\n') = bytes.pop() else { return Ok(false) };
    let begin = bytes.iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1);
    Ok(str::from_utf8(&bytes[begin..]).is_ok_and(|line| hash(&[], line) == head.hash))
}

fn read(
    mut reader: BufReader<&File>,
    mut scan: Scan,
    head: Option<&Head>,
    keys: &[AuditKey],
) -> io::Result<Result<Scan, Broken>> {
    // The part of a repaired line that was unfinished.
    let mut torn = Vec::new();
    let mut line_number = 0;
    loop {
        line_number += 1;
        let broken = |what: String| Ok(Err(Broken { line: line_number, what }));
        let mut line = Vec::new();
        reader.by_ref().take(MAX_LINE).read_until(b'\n', &mut line)?;
        let Some(b'\n') = line.last() else {
            if line.len() as u64 == MAX_LINE {
                return broken("it is longer than any entry".to_owned());
            }
            if !torn.is_empty() {
                return broken("the line before is no entry".to_owned());
            }
            scan.torn = line;
            return Ok(Ok(scan));
        };
        line.pop();
        let entry = match serde_json::from_slice::<Entry>(&line) {
            Ok(entry) => entry,
            Err(_) if torn.is_empty() && !line.is_empty() => {
                torn = line;
                continue;
            }
            Err(error) => return broken(error.to_string()),
        };
        // The line was parsed as JSON, so it is UTF-8.
        let text = str::from_utf8(&line).unwrap_or_default();
        if let Err(what) = scan.add(&entry, text, &torn, head, keys) {
            return broken(what);
        }
        scan.length += (torn.len() + usize::from(!torn.is_empty()) + line.len()) as u64 + 1;
        torn.clear();
    }
}

impl Scan {
    fn add(
        &mut self,
        entry: &Entry,
        line: &str,
        torn: &[u8],
        head: Option<&Head>,
        keys: &[AuditKey],
    ) -> Result<(), String> {
        let begins = self.length == 0 && entry.action == Action::LogOpened && entry.number > 0;
        let follows = entry.number == self.count + 1 && entry.previous == self.hash;
        if !follows && !begins {
            return Err("it does not follow the line before it: the log was changed".to_owned());
        }
        let heals = entry.action == Action::LogRepaired && entry.addition.bytes == Some(torn.len() as u64);
        if !torn.is_empty() && !heals {
            return Err(
                "the line before is no entry, and this one does not say so: the log was changed".to_owned()
            );
        }
        self.check_mac(entry, line, keys)?;
        self.entries += 1;
        self.count = entry.number;
        self.hash = hash(torn, line);
        self.is_closed = entry.action == Action::LogClosed;
        if let Some(head) = head.filter(|head| head.count == self.count) {
            self.fits_head = Some(head.hash == self.hash);
        }
        let many = entry.addition.count.or(entry.addition.bytes);
        if many.is_some() || matches!(entry.action, Action::LogOpened | Action::LogRepaired) {
            self.told.push((entry.number, entry.action, entry.details.outcome.clone(), many.unwrap_or(0)));
        }
        Ok(())
    }

    fn check_mac(&mut self, entry: &Entry, line: &str, keys: &[AuditKey]) -> Result<(), String> {
        let Some(mac) = &entry.mac else {
            if self.signed > 0 {
                self.unsigned.get_or_insert(entry.number);
            }
            return Ok(());
        };
        self.signed += 1;
        let signed = Entry::signed(mac, line).ok_or("its MAC is not its last member: the log was changed")?;
        match check(keys, mac, signed.as_bytes()) {
            Proof::Good => {}
            Proof::Bad => return Err("its MAC is wrong: the log was changed".to_owned()),
            Proof::UnknownKey => {
                self.unknown_key.get_or_insert(entry.number);
            }
        }
        Ok(())
    }
}
