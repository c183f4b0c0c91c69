//! `voice-server audit verify`: checks a log by its hashes, its MACs and its head.

use std::fmt::Write as _;
use std::fs::File;
use std::path::Path;

use super::entry::Action;
use super::head::{Head, NoHead, path as head_path};
use super::key::AuditKey;
use super::scan::{Scan, scan_all};

/// Reads the whole file. Returns a report on an intact log, or what is wrong with the log.
pub(crate) fn verify(path: &Path, keys: &[AuditKey]) -> Result<String, String> {
    let wrong = |error: std::io::Error| format!("{}: {error}", path.display());
    let head = Head::of(path, keys).map_err(wrong)?;
    let file = File::open(path).map_err(wrong)?;
    let scan = scan_all(&file, head.as_ref().ok(), keys).map_err(wrong)?;
    let scan = scan.map_err(|broken| format!("{}: {broken}", path.display()))?;
    check(path, &scan, &head, keys).map_err(|problem| format!("{}: {problem}", path.display()))?;
    Ok(report(&scan, keys))
}

fn check(path: &Path, scan: &Scan, head: &Result<Head, NoHead>, keys: &[AuditKey]) -> Result<(), String> {
    let behind = scan.count + 1;
    if !scan.torn.is_empty() {
        let bytes = scan.torn.len();
        return Err(format!(
            "entry {behind} is truncated after {bytes} bytes; the server records this at its next start"
        ));
    }
    if !keys.is_empty() {
        if let Some(number) = scan.unknown_key {
            return Err(format!("entry {number} was signed with another key; name it with --key-file FILE"));
        }
        if let Some(number) = scan.unsigned {
            return Err(format!(
                "entry {number} has no MAC, and entries before it have: the log was changed"
            ));
        }
    }
    for (number, action, outcome, many) in &scan.told {
        if *action == Action::LogRepaired && outcome == "entries_missing" {
            return Err(format!("{many} entries before entry {number} are missing, as that entry says"));
        }
    }
    let beside = head_path(path);
    let beside = beside.display();
    match head {
        Ok(head) if !head.is_signed() && scan.signed > 0 && !keys.is_empty() => {
            Err(format!("{beside} was changed"))
        }
        Ok(head) if head.count > scan.count => {
            let missing = head.count - scan.count;
            Err(format!("{missing} entries at the end are missing: {beside} knows of {}", head.count))
        }
        Ok(_) if scan.fits_head == Some(true) => Ok(()),
        // The file was closed and moved away, and the head belongs to its successor.
        _ if scan.is_closed => Ok(()),
        Ok(_) => Err(format!("its end differs from the one in {beside}: the log was changed")),
        // For example, a log of an earlier version.
        Err(NoHead::Missing) if scan.signed == 0 => Ok(()),
        Err(NoHead::Missing) => Err(format!("its end cannot be checked without {beside}")),
        Err(NoHead::Wrong) => Err(format!("{beside} was changed")),
        Err(NoHead::UnknownKey) => {
            Err(format!("{beside} was signed with another key; name it with --key-file FILE"))
        }
    }
}

fn report(scan: &Scan, keys: &[AuditKey]) -> String {
    let mut text = format!("{} entries, whole; the last has the hash {}", scan.entries, scan.hash);
    let proof = match (scan.signed, keys.is_empty()) {
        (0, _) => "no entry has a MAC: every program that can write the file can forge it".to_owned(),
        (signed, true) => format!("{signed} have a MAC that was not checked: give the key"),
        (signed, false) => format!("{signed} have a MAC, and it is right"),
    };
    let _ = write!(text, "\n{proof}");
    for (number, action, outcome, many) in &scan.told {
        let what = match (action, &**outcome) {
            (Action::EntriesOmitted, _) => format!("{many} entries of clients without a token were left out"),
            (Action::LogOpened, "ok") => "the file continues another one".to_owned(),
            (_, "log_damaged") => "the file before it was damaged and moved aside".to_owned(),
            (_, "log_missing") => "the file before it was missing".to_owned(),
            (_, "line_torn") => format!("{many} bytes before it belong to an unfinished line"),
            (_, "entries_lost") => format!("{many} entries could not be written and are in the ordinary log"),
            (_, "end_unproven") => "entries before it may be missing".to_owned(),
            _ => continue,
        };
        let _ = write!(text, "\nentry {number}: {what}");
    }
    text
}
