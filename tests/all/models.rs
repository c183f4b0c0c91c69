//! Damaged model folders: an error that names the file, never a crash.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use voice_core::{Engine, ErrorKind};
use voice_tests::folder::{Copy, FILES};

fn error(path: &Path) -> (ErrorKind, String) {
    let error = Engine::open(path).err().unwrap_or_else(|| panic!("{} was accepted", path.display()));
    (error.kind(), error.to_string())
}

fn refusal(copy: &Copy) -> (ErrorKind, String) {
    error(copy.root())
}

#[test]
fn a_whole_copy_loads() {
    assert!(Engine::open(Copy::new().root()).is_ok());
}

#[test]
fn every_missing_file_is_named() {
    for file in FILES {
        let copy = Copy::new();
        fs::remove_file(copy.path(file)).unwrap();
        let (kind, message) = refusal(&copy);
        assert_eq!(kind, ErrorKind::ModelIncomplete, "{file}");
        assert!(message.contains(file), "{message}");
    }
}

#[test]
fn every_file_cut_short_is_found() {
    for file in ["am/final.mdl", "graph/HCLr.fst", "graph/Gr.fst"] {
        let whole = fs::metadata(Copy::new().path(file)).unwrap().len();
        for length in [0, 1, 3, 20, 60, whole / 3, whole / 2, whole - 1] {
            let copy = Copy::new();
            fs::File::options().write(true).open(copy.path(file)).unwrap().set_len(length).unwrap();
            let (kind, message) = refusal(&copy);
            assert_eq!(kind, ErrorKind::ModelInvalid, "{file} at {length}");
            assert!(message.contains(file), "{message}");
        }
    }
}

#[test]
fn wrong_kinds_of_file_are_refused() {
    for file in FILES {
        let copy = Copy::new();
        fs::remove_file(copy.path(file)).unwrap();
        fs::create_dir(copy.path(file)).unwrap();
        assert_eq!(refusal(&copy).0, ErrorKind::ModelInvalid, "a folder as {file}");
    }
    for file in ["am/final.mdl", "conf/model.conf", "graph/HCLr.fst", "graph/Gr.fst", "graph/words.txt"] {
        let copy = Copy::new();
        fs::write(copy.path(file), b"\x89PNG\r\n\x1a\n\0\xff garbage that is no model").unwrap();
        assert_eq!(refusal(&copy).0, ErrorKind::ModelInvalid, "garbage as {file}");
    }
    let file = tempfile::NamedTempFile::new().unwrap();
    assert_eq!(error(file.path()).0, ErrorKind::ModelInvalid, "a file as the folder");
    assert_eq!(error(Path::new("/nowhere/model")).0, ErrorKind::ModelNotFound);
}

#[test]
fn options_without_which_libvosk_aborts_are_required() {
    let copy = Copy::new();
    let options = fs::read_to_string(copy.path("conf/model.conf")).unwrap();
    let without: Vec<_> = options.lines().filter(|line| !line.contains("silence-phones")).collect();
    fs::write(copy.path("conf/model.conf"), without.join("\n")).unwrap();
    let (kind, message) = refusal(&copy);
    assert_eq!(kind, ErrorKind::ModelInvalid);
    assert!(message.contains("--endpoint.silence-phones"), "{message}");
}

#[test]
fn an_unreadable_file_is_told_from_a_missing_one() {
    let copy = Copy::new();
    fs::set_permissions(copy.path("am/final.mdl"), fs::Permissions::from_mode(0o000)).unwrap();
    if fs::File::open(copy.path("am/final.mdl")).is_ok() {
        println!("skipped: this user may read every file");
        return;
    }
    assert_eq!(refusal(&copy).0, ErrorKind::ModelUnreadable);
}
