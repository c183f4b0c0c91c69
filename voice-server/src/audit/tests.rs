//! The log after crashes, rotations, full disks and forgeries.

use std::fs;
use std::path::{Path, PathBuf};

use super::*;
use crate::security::credentials::secret::Secret;

fn key(secret: &str) -> AuditKey {
    AuditKey::derive(&Secret::new(secret.as_bytes()))
}

fn details(outcome: &str) -> Details {
    Details { actor: Some("admin".to_owned()), outcome: outcome.to_owned(), ..Details::default() }
}

fn open(path: &Path) -> Audit {
    Audit::open(Some(path), Some(key("of the tests"))).unwrap()
}

fn record(audit: &Audit, entries: usize) {
    for number in 0..entries {
        audit.record(Action::TokenIssued, details(&number.to_string()));
    }
    settle(audit);
}

/// Waits until all entries are written.
fn settle(audit: &Audit) {
    audit.file.as_ref().unwrap().written().blocking_recv().unwrap();
}

/// A log with this many entries and a key.
fn written(entries: usize) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit.jsonl");
    record(&open(&path), entries);
    (folder, path)
}

fn check(path: &Path) -> Result<String, String> {
    verify(path, &[key("of the tests")])
}

fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap()
}

fn head(path: &Path) -> PathBuf {
    head::path(path)
}

#[test]
fn chain_continues_after_restart() {
    let (_folder, path) = written(3);
    record(&open(&path), 1);
    assert!(check(&path).unwrap().starts_with("4 entries, whole"));
}

#[test]
fn second_process_is_refused() {
    let (_folder, path) = written(1);
    let first = open(&path);
    let refused = Audit::open(Some(&path), Some(key("of the tests"))).err().unwrap();
    assert!(refused.contains("VOICE_AUDIT_LOG=") && refused.contains("another process"), "{refused}");
    drop(first);
    record(&open(&path), 1);
}

#[test]
fn unfinished_line_is_kept_and_counted() {
    let (_folder, path) = written(3);
    let (whole, beside) = (text(&path), fs::read(head(&path)).unwrap());
    let last = whole.lines().last().unwrap().len();
    // Cut anywhere in the last line. At its very end, only the line end is missing.
    for cut in 1..=last {
        fs::write(&path, &whole[..whole.len() - cut]).unwrap();
        assert!(check(&path).is_err(), "{cut}");
        record(&open(&path), 1);
        let report = check(&path).unwrap();
        let kept = last + 1 - cut;
        if cut > 1 && kept > 0 {
            assert!(report.contains(&format!("{kept} bytes before it belong to")), "{report}");
            assert!(text(&path).contains("\"outcome\":\"line_torn\""));
        }
        assert!(text(&path).starts_with(&whole[..whole.len() - cut]), "nothing is taken away");
        record(&open(&path), 1);
        check(&path).unwrap();
        fs::write(head(&path), &beside).unwrap();
    }
}

#[test]
fn unfinished_line_is_covered_by_the_next_hash() {
    let (_folder, path) = written(2);
    let whole = text(&path);
    fs::write(&path, &whole[..whole.len() - 20]).unwrap();
    record(&open(&path), 2);
    check(&path).unwrap();
    let healed = text(&path);
    let torn = healed.lines().nth(1).unwrap();
    fs::write(&path, healed.replacen(torn, &torn.replace("token", "tokem"), 1)).unwrap();
    assert!(check(&path).is_err());
}

#[test]
fn damaged_file_does_not_prevent_start() {
    let (folder, path) = written(3);
    let (whole, beside) = (text(&path), fs::read(head(&path)).unwrap());
    let lines: Vec<_> = whole.lines().collect();
    let states: [(&str, Vec<u8>); 7] = [
        ("a changed line", whole.replacen("token_issued", "token_revoked", 1).into_bytes()),
        ("a line too few", format!("{}\n{}\n", lines[0], lines[2]).into_bytes()),
        ("not JSON", b"this is no log\n".to_vec()),
        ("zeroes of a file system after a crash", [whole.as_bytes(), &[0; 5_000]].concat()),
        ("more than any line", vec![b'x'; 200_000]),
        ("another program's JSON", b"{\"level\":\"info\"}\n".to_vec()),
        ("nothing", Vec::new()),
    ];
    for (what, bytes) in states {
        fs::write(&path, &bytes).unwrap();
        fs::write(head(&path), &beside).unwrap();
        let audit = open(&path);
        record(&audit, 1);
        assert_eq!(audit.health(), Some(AuditHealth { failing: false, lost: 0 }), "{what}");
        drop(audit);
        check(&path).unwrap_or_else(|problem| panic!("{what}: {problem}"));
        let kept = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
        let is_kept = kept.into_iter().any(|file| fs::read(file).unwrap().starts_with(&bytes));
        assert!(is_kept, "{what} is kept");
    }
}

#[test]
fn unwritable_file_is_reported_and_retried() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("later/audit.jsonl");
    let audit = open(&path);
    record(&audit, 3);
    assert_eq!(audit.health(), Some(AuditHealth { failing: true, lost: 3 }));
    fs::create_dir(folder.path().join("later")).unwrap();
    record(&audit, 1);
    assert_eq!(audit.health(), Some(AuditHealth { failing: false, lost: 3 }));
    let log = text(&path);
    assert!(log.contains("\"outcome\":\"entries_lost\",\"count\":3"), "{log}");
    assert!(check(&path).unwrap().contains("3 entries could not be written"));
}

/// The test runs itself again as a process with a limit on the size of files.
#[test]
fn full_disk_leaves_no_half_line_and_is_counted() {
    const NAME: &str = "full_disk_leaves_no_half_line_and_is_counted";
    const FILE: &str = "VOICE_TEST_AUDIT_LOG";
    if let Some(path) = std::env::var_os(FILE) {
        let audit = open(Path::new(&path));
        for outcome in ["first", &"too long ".repeat(1_000), "second"] {
            audit.record(Action::TokenIssued, details(outcome));
        }
        settle(&audit);
        assert_eq!(audit.health(), Some(AuditHealth { failing: false, lost: 1 }));
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit.jsonl");
    let test = format!("{}::{NAME}", module_path!().split_once("::").unwrap().1);
    let run = std::process::Command::new("sh")
        // Without the signal, which would end the process, writing fails.
        .args(["-c", r#"trap "" XFSZ; ulimit -f 4; exec "$0" "$@""#])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", &test])
        .env(FILE, &path)
        .output()
        .unwrap();
    assert!(run.status.success(), "{run:?}");
    let log = text(&path);
    assert!(check(&path).unwrap().starts_with("3 entries, whole"), "{log}");
    assert!(log.contains("first") && log.contains("\"entries_lost\",\"count\":1") && log.contains("second"));
}

#[test]
fn every_changed_byte_is_detected() {
    let (_folder, path) = written(5);
    let whole = text(&path);
    let lines: Vec<_> = whole.lines().collect();
    let without = |index: usize| [&lines[..index], &lines[index + 1..]].concat();
    let mut swapped = lines.clone();
    swapped.swap(1, 2);
    for changed in [without(0), without(2), swapped] {
        fs::write(&path, changed.join("\n") + "\n").unwrap();
        assert!(check(&path).is_err());
    }
    // Any byte of any line, including the last one.
    for index in 0..whole.len() - 1 {
        let mut bytes = whole.clone().into_bytes();
        bytes[index] ^= 1;
        fs::write(&path, bytes).unwrap();
        assert!(check(&path).is_err(), "byte {index}");
    }
}

#[test]
fn truncated_log_is_detected() {
    let (_folder, path) = written(5);
    let whole = text(&path);
    for kept in 0..5 {
        fs::write(&path, whole.split_inclusive('\n').take(kept).collect::<String>()).unwrap();
        let problem = check(&path).unwrap_err();
        assert!(problem.contains(&format!("{} entries at the end are missing", 5 - kept)), "{problem}");
        // The same without the key.
        assert!(verify(&path, &[]).is_err());
    }
    let beside = fs::read(head(&path)).unwrap();
    fs::write(&path, whole.split_inclusive('\n').take(3).collect::<String>()).unwrap();
    // Without the key no valid head can be made.
    fs::remove_file(head(&path)).unwrap();
    assert!(check(&path).unwrap_err().contains("cannot be checked without"));
    for forged in [
        r#"{"count":3,"length":0,"hash":""}"#.to_owned(),
        String::from_utf8(beside.clone()).unwrap().replacen("\"count\":5", "\"count\":3", 1),
        "nonsense".to_owned(),
    ] {
        fs::write(head(&path), forged).unwrap();
        assert!(check(&path).unwrap_err().contains("was changed"));
    }
    // The server continues, and its log says what is missing.
    fs::write(head(&path), beside).unwrap();
    record(&open(&path), 1);
    assert!(text(&path).contains("\"outcome\":\"entries_missing\",\"count\":2"), "{}", text(&path));
    assert!(check(&path).unwrap_err().contains("2 entries before entry 4 are missing"));
}

#[test]
fn forging_an_entry_needs_the_key() {
    let (_folder, path) = written(2);
    let forged = tempfile::tempdir().unwrap().keep().join("audit.jsonl");
    record(&Audit::open(Some(&forged), Some(key("another"))).unwrap(), 2);
    fs::copy(&forged, &path).unwrap();
    fs::copy(head(&forged), head(&path)).unwrap();
    assert!(check(&path).unwrap_err().contains("another key"));
    record(&Audit::open(Some(&forged), None).unwrap(), 2);
    fs::copy(&forged, &path).unwrap();
    fs::copy(head(&forged), head(&path)).unwrap();
    assert!(verify(&path, &[key("another")]).is_err());
    fs::remove_dir_all(forged.parent().unwrap()).unwrap();
}

#[test]
fn log_of_an_earlier_version_is_continued() {
    let (_folder, path) = written(0);
    fs::remove_file(head(&path)).ok();
    record(&Audit::open(Some(&path), None).unwrap(), 3);
    fs::remove_file(head(&path)).unwrap();
    assert!(text(&path).lines().all(|line| !line.contains("mac")));
    assert!(check(&path).unwrap().contains("no entry has a MAC"));
    record(&open(&path), 2);
    // The first entry with a MAC says that the entries before it are not proven.
    assert!(text(&path).contains("\"outcome\":\"end_unproven\""), "{}", text(&path));
    assert!(check(&path).unwrap().contains("3 have a MAC, and it is right"), "{}", text(&path));
    assert!(verify(&path, &[]).unwrap().starts_with("6 entries, whole"));
}

#[test]
fn forged_log_is_moved_away() {
    let (folder, path) = written(4);
    let forged = folder.path().join("forged.jsonl");
    record(&Audit::open(Some(&forged), None).unwrap(), 4);
    fs::copy(&forged, &path).unwrap();
    assert!(check(&path).unwrap_err().contains("the log was changed"));
    record(&open(&path), 1);
    // The new log contains nothing of the forged one.
    assert!(!text(&path).contains(text(&forged).lines().last().unwrap()), "{}", text(&path));
    let names = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
    let damaged = names.filter(|name| name.to_string_lossy().contains(".damaged-"));
    assert_eq!(damaged.count(), 1);
}

#[test]
fn moved_log_is_closed_and_another_continues() {
    let (_folder, path) = written(0);
    let audit = open(&path);
    record(&audit, 2);
    let moved = path.with_extension("jsonl.1");
    fs::rename(&path, &moved).unwrap();
    // The move is noticed at the next entry, or at once after SIGHUP.
    record(&audit, 1);
    assert!(check(&moved).unwrap().starts_with("3 entries, whole"), "{}", text(&moved));
    assert!(check(&path).unwrap().contains("continues another one"), "{}", text(&path));
    let again = path.with_extension("jsonl.2");
    fs::rename(&path, &again).unwrap();
    audit.reopen();
    settle(&audit);
    assert!(path.exists());
    check(&again).unwrap();
    // A closed log cannot be truncated.
    let whole = text(&moved);
    fs::write(&moved, whole.split_inclusive('\n').take(2).collect::<String>()).unwrap();
    assert!(check(&moved).is_err());
    drop(audit);
    record(&open(&path), 1);
    assert!(check(&path).is_ok(), "{}", text(&path));
}

#[test]
fn entries_without_a_token_are_bounded() {
    let (_folder, path) = written(0);
    let audit = open(&path);
    let stranger = || Details { outcome: "token_invalid".to_owned(), ..Details::default() };
    for _ in 0..anonymous::MAX_PER_MINUTE + 400 {
        audit.record(Action::AccessRefused, stranger());
    }
    record(&audit, 2);
    audit.close();
    settle(&audit);
    let log = text(&path);
    assert_eq!(
        log.matches("\"access_refused\",\"outcome\":\"token_invalid\"").count(),
        anonymous::MAX_PER_MINUTE as usize
    );
    assert_eq!(log.matches("token_issued").count(), 2, "what others do is there");
    assert!(check(&path).unwrap().contains("400 entries of clients without a token were left out"), "{log}");
}

#[test]
fn documentation_lists_every_action() {
    let page = include_str!("../../../docs/http.md");
    for action in Action::ALL {
        assert!(page.contains(&format!("`{}`", action.name())), "docs/http.md lacks {}", action.name());
    }
}
