//! The model store against servers that misbehave, disks that fill up, and archives that attack.

use std::fs;
use std::io::{Cursor, Write as _};
use std::ops::ControlFlow;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use sha2::{Digest as _, Sha256};
use tempfile::TempDir;
use voice_core::Backoff;
use voice_core::store::{Access, Manifest, Network, Presence, Progress, Proxy, Store};
use voice_core::{Engine, Error, ErrorKind};
use voice_tests::folder::{FILES, OPTIONAL};
use voice_tests::mirror::{Manner, Mirror};
use voice_tests::server;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

const NAME: &str = "vosk-model-test";

/// A store, the server that it pulls from, and the archive that the manifest promises.
struct Setup {
    folder: TempDir,
    mirror: Mirror,
    manifest: String,
}

/// The shipped model, packed as publishers pack theirs.
fn archive() -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default();
    let model = voice_tests::shipped_model();
    zip.add_directory(NAME, options).unwrap();
    for file in FILES.iter().chain(&[OPTIONAL]) {
        zip.start_file(format!("{NAME}/{file}"), options).unwrap();
        zip.write_all(&fs::read(model.join(file)).unwrap()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// A zip file with whatever `fill` puts into it.
fn crafted(fill: impl FnOnce(&mut ZipWriter<Cursor<Vec<u8>>>)) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    fill(&mut zip);
    zip.finish().unwrap().into_inner()
}

fn put(zip: &mut ZipWriter<Cursor<Vec<u8>>>, name: &str, content: &[u8]) {
    zip.start_file(name, SimpleFileOptions::default()).unwrap();
    zip.write_all(content).unwrap();
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

impl Setup {
    fn new(content: Vec<u8>, manner: Manner) -> Self {
        let hash = hex(&Sha256::digest(&content));
        let size = content.len();
        let mirror = Mirror::start(content, manner);
        let manifest = format!(
            "version = 1\n[[model]]\nname = '{NAME}'\naliases = ['nickname']\ntask = 'stt'\nlanguages = ['ar']\n\
             engine = 'vosk'\nlicense = 'CC0-1.0'\n[[model.file]]\nurl = '{}/{NAME}.zip'\npath = '{NAME}.zip'\n\
             size = {size}\nsha256 = '{hash}'\nunpack = 'zip'\n",
            mirror.url()
        );
        Self { folder: tempfile::tempdir().unwrap(), mirror, manifest }
    }

    fn good() -> Self {
        Self::new(archive(), Manner::Good)
    }

    fn root(&self) -> &Path {
        self.folder.path()
    }

    fn store(&self) -> Store {
        self.store_in(self.root())
    }

    fn store_in(&self, root: &Path) -> Store {
        let network = Network {
            backoff: Backoff { first: Duration::from_millis(1), attempts: 3, ..Backoff::default() },
            read_timeout: Duration::from_millis(300),
            proxy: Proxy::Direct,
            ..Network::default()
        };
        Store::new(root, Manifest::parse(&self.manifest).unwrap(), Access::Online(network))
    }

    fn pull(&self) -> Result<std::path::PathBuf, Error> {
        self.store().pull(NAME, &mut |_| ControlFlow::Continue(()))
    }

    /// What a failed pull must leave: nothing that looks like a model.
    fn assert_absent(&self) {
        assert!(!self.root().join(NAME).exists());
        assert!(matches!(self.store().presence(NAME).unwrap(), Presence::Absent | Presence::Partial(_)));
    }

    fn assert_whole(&self) {
        let store = self.store();
        assert_eq!(store.presence(NAME).unwrap(), Presence::Installed);
        store.verify(NAME).unwrap();
        assert!(Engine::open(store.path(NAME).unwrap()).is_ok());
        assert!(!self.root().join(".partial").join(NAME).exists(), "a finished pull cleans up");
    }

    /// The command line of a process that pulls into this store.
    fn command(&self) -> Command {
        let manifest = self.root().join("manifest.toml");
        fs::write(&manifest, &self.manifest).unwrap();
        let mut command = Command::new(server::program());
        command
            .args(["models", "--dir"])
            .arg(self.root())
            .env("VOICE_MANIFEST", manifest)
            .env("NO_PROXY", "*")
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command
    }
}

#[test]
fn a_pulled_model_is_whole_and_loads() {
    let setup = Setup::good();
    let mut seen = (false, false);
    let path = setup
        .store()
        .pull("nickname", &mut |progress| {
            match progress {
                Progress::Downloading { done, total } => seen.0 |= done == total,
                Progress::Unpacking { done, total } => seen.1 |= done == total,
                _ => {}
            }
            ControlFlow::Continue(())
        })
        .unwrap();
    assert_eq!(path, setup.root().join(NAME));
    assert_eq!(seen, (true, true), "both steps are told to their end");
    assert_eq!(setup.store().takes_grammar(NAME).unwrap(), Some(true));
    setup.assert_whole();
    let requests = setup.mirror.requests();
    setup.pull().unwrap();
    assert_eq!(setup.mirror.requests(), requests, "what is here is not fetched again");
}

#[test]
fn a_connection_cut_anywhere_is_taken_up_again() {
    let content = archive();
    let last = content.len() - 1;
    for cut in (0..last).step_by(content.len() / 60).chain([1, 10, last]) {
        let setup = Setup::new(content.clone(), Manner::CutOnce(cut));
        setup.pull().unwrap();
        setup.assert_whole();
        assert_eq!(setup.mirror.bytes(), content.len(), "no byte is fetched twice when cut at {cut}");
    }
}

#[test]
fn a_server_that_drops_every_connection_after_ten_bytes_delivers_in_the_end() {
    let content = crafted(|zip| put(zip, "m/readme", b"small enough to come ten bytes at a time"));
    let setup = Setup::new(content.clone(), Manner::CutAlways(10));
    setup.pull().unwrap();
    setup.store().verify(NAME).unwrap();
    assert_eq!(setup.mirror.requests(), content.len().div_ceil(10));
}

#[test]
fn a_download_goes_on_where_an_earlier_one_ended() {
    let setup = Setup::new(archive(), Manner::CutAlways(10_000));
    let total = archive().len();
    let mut calls = 0;
    let error = setup
        .store()
        .pull(NAME, &mut |_| {
            calls += 1;
            if calls > 20 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled);
    let Presence::Partial(here) = setup.store().presence(NAME).unwrap() else { panic!("a part is kept") };
    setup.mirror.behave(Manner::Good);
    let before = setup.mirror.bytes();
    setup.pull().unwrap();
    assert_eq!(setup.mirror.bytes() - before, total - here as usize);
    setup.assert_whole();
}

#[test]
fn every_misbehaviour_ends_with_its_code_and_leaves_no_model() {
    let content = archive();
    let cases = [
        (Manner::CutAlways(0), ErrorKind::DownloadFailed),
        (Manner::CutWithoutRanges(1_000), ErrorKind::DownloadFailed),
        (Manner::Status(500), ErrorKind::DownloadFailed),
        (Manner::Status(429), ErrorKind::DownloadFailed),
        (Manner::Status(404), ErrorKind::DownloadRefused),
        (Manner::Status(403), ErrorKind::DownloadRefused),
        (Manner::ClaimsLength(content.len() - 1), ErrorKind::DownloadMismatch),
        (Manner::ClaimsLength(content.len() + 1), ErrorKind::DownloadMismatch),
        (Manner::SendsMore(1), ErrorKind::DownloadMismatch),
        (Manner::SendsMore(1 << 20), ErrorKind::DownloadMismatch),
        (Manner::OtherBytes, ErrorKind::DownloadMismatch),
        (Manner::RedirectsForEver, ErrorKind::DownloadRefused),
        (Manner::Stalls(0), ErrorKind::DownloadFailed),
        (Manner::Stalls(100), ErrorKind::DownloadFailed),
    ];
    for (manner, kind) in cases {
        let setup = Setup::new(content.clone(), manner);
        let started = Instant::now();
        let error = setup.pull().unwrap_err();
        assert_eq!(error.kind(), kind, "{manner:?}: {}", voice_core::report(&error));
        assert!(started.elapsed() < Duration::from_secs(20), "{manner:?} takes too long");
        assert!(setup.mirror.requests() <= 12, "{manner:?} is asked {} times", setup.mirror.requests());
        setup.assert_absent();
        // Whatever is left of it, the next pull succeeds.
        setup.mirror.behave(Manner::Good);
        setup.pull().unwrap_or_else(|error| panic!("after {manner:?}: {}", voice_core::report(&error)));
        setup.assert_whole();
    }
}

#[test]
fn what_heals_by_itself_is_healed() {
    for manner in [Manner::StatusOnce(503), Manner::RedirectsOnce] {
        let setup = Setup::new(archive(), manner);
        setup.pull().unwrap();
        setup.assert_whole();
    }
    // Bytes of an earlier download that are not the file's, and an answer with another range.
    for manner in [Manner::Good, Manner::WrongRange] {
        let setup = Setup::new(archive(), manner);
        let folder = setup.root().join(".partial").join(NAME);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(format!("{NAME}.zip.part")), [1; 5_000]).unwrap();
        setup.pull().unwrap();
        setup.assert_whole();
    }
}

#[test]
fn archives_that_attack_are_refused() {
    type Attack = (&'static str, fn(&mut ZipWriter<Cursor<Vec<u8>>>));
    let attacks: [Attack; 11] = [
        ("a path up", |zip| put(zip, "m/../../evil", b"x")),
        ("a path up at the start", |zip| put(zip, "../evil", b"x")),
        ("an absolute path", |zip| put(zip, "/tmp/libvoice-evil", b"x")),
        ("an absolute path behind its folder", |zip| put(zip, "m//tmp/libvoice-evil", b"x")),
        ("a detour", |zip| put(zip, "m/./evil", b"x")),
        ("a drive", |zip| put(zip, "m/c:/evil", b"x")),
        ("backslashes", |zip| put(zip, "m\\..\\evil", b"x")),
        ("a link", |zip| {
            put(zip, "m/a", b"x");
            zip.add_symlink("m/b", "/etc/passwd", SimpleFileOptions::default()).unwrap();
        }),
        ("a bomb", |zip| put(zip, "m/zeros", &vec![0; 8 << 20])),
        ("the same name twice", |zip| {
            put(zip, "m/name", b"x");
            put(zip, "m/NAME", b"y");
        }),
        ("no file", |zip| zip.add_directory("m", SimpleFileOptions::default()).unwrap()),
    ];
    for (what, fill) in attacks {
        let setup = Setup::new(crafted(fill), Manner::Good);
        let error = setup.pull().expect_err(what);
        assert_eq!(error.kind(), ErrorKind::ArchiveInvalid, "{what}: {error}");
        setup.assert_absent();
        let left: Vec<_> = fs::read_dir(setup.root().parent().unwrap()).unwrap().flatten().collect();
        assert!(left.iter().all(|entry| entry.file_name() != "evil"), "{what} got out");
    }
    assert!(!Path::new("/tmp/libvoice-evil").exists());
    for damaged in [b"not a zip file at all".to_vec(), archive()[..5_000].to_vec()] {
        let setup = Setup::new(damaged, Manner::Good);
        assert_eq!(setup.pull().unwrap_err().kind(), ErrorKind::ArchiveInvalid);
        setup.assert_absent();
    }
}

#[test]
fn an_archive_that_lies_about_its_sizes_is_stopped_while_it_grows() {
    let mut bomb = crafted(|zip| put(zip, "m/zeros", &vec![0; 8 << 20]));
    // The size of the file, in its local header and in the directory at the end.
    let (real, claimed) = ((8u32 << 20).to_le_bytes(), 100u32.to_le_bytes());
    let at: Vec<_> = (0..bomb.len() - 4).filter(|at| bomb[*at..*at + 4] == real).collect();
    assert!(!at.is_empty());
    for at in at {
        bomb[at..at + 4].copy_from_slice(&claimed);
    }
    let setup = Setup::new(bomb, Manner::Good);
    assert_eq!(setup.pull().unwrap_err().kind(), ErrorKind::ArchiveInvalid);
    setup.assert_absent();
}

#[test]
fn a_damaged_model_is_found_and_replaced_by_the_next_pull() {
    let setup = Setup::good();
    setup.pull().unwrap();
    let file = setup.root().join(NAME).join("am/final.mdl");
    let mut bytes = fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&file, &bytes).unwrap();
    assert_eq!(setup.store().verify(NAME).unwrap_err().kind(), ErrorKind::ModelInvalid, "one bit");
    fs::remove_file(&file).unwrap();
    assert_eq!(setup.store().presence(NAME).unwrap(), Presence::Damaged);
    assert_eq!(setup.store().verify(NAME).unwrap_err().kind(), ErrorKind::ModelIncomplete);
    setup.pull().unwrap();
    setup.assert_whole();
    fs::write(setup.root().join(NAME).join("graph/HCLG.fst"), b"a stranger").unwrap();
    assert_eq!(setup.store().verify(NAME).unwrap_err().kind(), ErrorKind::ModelInvalid, "a file too many");
    setup.store().remove(NAME).unwrap();
    setup.assert_absent();
    assert_eq!(setup.store().remove(NAME).unwrap_err().kind(), ErrorKind::ModelNotFound);
}

#[test]
fn a_folder_that_no_pull_has_made_is_left_alone() {
    let setup = Setup::good();
    let folder = setup.root().join(NAME);
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("mine"), "precious").unwrap();
    assert_eq!(setup.pull().unwrap_err().kind(), ErrorKind::ModelInvalid);
    assert_eq!(setup.store().remove(NAME).unwrap_err().kind(), ErrorKind::ModelNotRemovable);
    assert_eq!(fs::read_to_string(folder.join("mine")).unwrap(), "precious");
}

#[test]
fn without_a_network_what_is_missing_is_an_error_and_what_is_here_works() {
    let setup = Setup::good();
    let offline = Store::new(setup.root(), Manifest::parse(&setup.manifest).unwrap(), Access::Offline);
    let mut ignore = |_| ControlFlow::Continue(());
    assert_eq!(offline.pull(NAME, &mut ignore).unwrap_err().kind(), ErrorKind::Offline);
    assert_eq!(setup.mirror.requests(), 0);
    setup.pull().unwrap();
    assert!(offline.pull(NAME, &mut ignore).is_ok());
}

#[test]
fn a_full_disk_is_told_before_and_during_a_download() {
    let disk = tempfile::tempdir().unwrap();
    let mounted = Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=6m", "none"])
        .arg(disk.path())
        .stderr(Stdio::null())
        .status();
    if !mounted.is_ok_and(|status| status.success()) {
        println!("skipped: this user may not mount a small file system");
        return;
    }
    let setup = Setup::good();
    let store = setup.store_in(&disk.path().join("models"));
    let filler = disk.path().join("filler");
    fs::write(&filler, vec![0; 3_500_000]).unwrap();
    let before = store.pull(NAME, &mut |_| ControlFlow::Continue(()));
    let asked = setup.mirror.requests();
    fs::remove_file(&filler).unwrap();
    // Somebody else fills the disk while the download runs.
    let during = store.pull(NAME, &mut |_| {
        let _ = fs::write(&filler, vec![0; 8 << 20]);
        ControlFlow::Continue(())
    });
    fs::remove_file(&filler).unwrap();
    let absent = !disk.path().join("models").join(NAME).exists();
    let after = store.pull(NAME, &mut |_| ControlFlow::Continue(()));
    assert!(Command::new("umount").arg(disk.path()).status().unwrap().success());
    assert_eq!((before.unwrap_err().kind(), asked), (ErrorKind::DiskFull, 0));
    assert_eq!(during.unwrap_err().kind(), ErrorKind::DiskFull);
    assert!(absent);
    after.unwrap();
}

#[test]
fn a_folder_that_cannot_be_written_is_told() {
    let setup = Setup::good();
    let file = setup.root().join("file");
    fs::write(&file, "").unwrap();
    let error =
        setup.store_in(&file.join("models")).pull(NAME, &mut |_| ControlFlow::Continue(())).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::StoreUnwritable, "{}", voice_core::report(&error));
    // Nobody may write to the kernel's own folders, not even root.
    let error =
        setup.store_in(Path::new("/proc/models")).pull(NAME, &mut |_| ControlFlow::Continue(())).unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::StoreUnwritable | ErrorKind::Io),
        "{}",
        voice_core::report(&error)
    );
    assert_eq!(setup.mirror.requests(), 0);
}

#[test]
fn two_pulls_at_once_fetch_the_model_once() {
    let setup = Setup::new(archive(), Manner::Drips);
    let mut processes: Vec<_> =
        (0..2).map(|_| setup.command().args(["pull", NAME]).spawn().unwrap()).collect();
    for process in &mut processes {
        assert!(process.wait().unwrap().success());
    }
    setup.assert_whole();
    assert_eq!(setup.mirror.requests(), 1);
}

#[test]
fn a_pull_that_is_killed_at_any_moment_leaves_no_model_or_a_whole_one() {
    let setup = Setup::new(archive(), Manner::Drips);
    let mut absent = 0;
    for round in 0..20 {
        let mut process = setup.command().args(["pull", NAME]).spawn().unwrap();
        // Where it is after this time differs from run to run; all moments must do.
        std::thread::sleep(Duration::from_millis(15 + round * 29 % 500));
        process.kill().unwrap();
        process.wait().unwrap();
        match setup.store().presence(NAME).unwrap() {
            Presence::Installed => {
                setup.assert_whole();
                setup.store().remove(NAME).unwrap();
            }
            Presence::Absent | Presence::Partial(_) => {
                setup.assert_absent();
                absent += 1;
            }
            other => panic!("a killed pull left {other:?}"),
        }
    }
    assert!(absent > 0, "no pull was killed in time");
    setup.mirror.behave(Manner::Good);
    setup.pull().unwrap();
    setup.assert_whole();
}

#[test]
fn the_command_line_pulls_verifies_and_removes() {
    let setup = Setup::good();
    let run = |arguments: &[&str]| {
        let output =
            setup.command().args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        (output.status.success(), text.into_owned())
    };
    let (done, text) = run(&["pull", NAME]);
    assert!(done && text.contains(NAME), "{text}");
    let (done, text) = run(&["list"]);
    assert!(done && text.lines().any(|line| line.starts_with(NAME) && line.ends_with("installed")), "{text}");
    let (done, text) = run(&["verify"]);
    assert!(
        done && text.contains(&format!("{NAME}: verified")) && text.contains("ar-commands: verified"),
        "{text}"
    );
    let (done, text) = run(&["info", "nickname"]);
    assert!(done && text.contains("\"takes_grammar\": true"), "{text}");
    fs::write(setup.root().join(NAME).join("graph/words.txt"), "other").unwrap();
    let (done, text) = run(&["verify", NAME]);
    assert!(!done && text.contains("model_invalid"), "{text}");
    assert!(run(&["remove", NAME]).0);
    let (done, text) = run(&["verify", NAME]);
    assert!(!done && text.contains("model_not_found"), "{text}");
    let (done, text) = run(&["pull", "no-such-model"]);
    assert!(!done && text.contains("model_not_found"), "{text}");
}
