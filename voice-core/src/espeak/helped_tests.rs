//! Tests of the library in a helper process.

use std::time::{Duration, Instant};

use super::child::Answer;
use super::job::{Job, JobKind, Load, Loaded};
use super::tests::installed;
use super::text::Window;
use super::worker::Worker;
use super::*;
use crate::HelperProgram;
use crate::error::ErrorKind;

/// This test program, as a helper.
fn helper() -> EspeakHelper {
    named_helper("as_a_helper")
}

fn named_helper(test: &str) -> EspeakHelper {
    let name = format!("{}::{test}", module_path!().split_once("::").unwrap().1);
    EspeakHelper::new(HelperProgram::new(std::env::current_exe().unwrap(), ["--ignored", "--exact", &name]))
}

fn script(script: &str) -> EspeakHelper {
    EspeakHelper::new(HelperProgram::new("/bin/sh", ["-c", script]))
}

#[test]
#[ignore = "not a test: the helper runs it"]
fn as_a_helper() {
    serve();
}

/// A job without the text filter.
fn raw(voice: &str, text: &str) -> Job {
    let window = Window { text: text.to_owned(), is_last: true };
    Job { voice: voice.to_owned(), window, kind: JobKind::Phonemes }
}

#[test]
fn helper_gives_the_same_result() {
    let Some(within) = installed() else { return };
    let helped = Espeak::load_in(&helper(), None).unwrap();
    assert_eq!((helped.version(), helped.voices()), (within.version(), within.voices()));
    for (voice, text) in [("ar", "صباح الخير، كيف نمت؟"), ("en-us", "Tea; two cups."), ("fr", "\0")]
    {
        assert_eq!(helped.phonemes(text, voice).unwrap(), within.phonemes(text, voice).unwrap());
    }
    let long = "One, two, three. ".repeat(500);
    assert_eq!(helped.phonemes(&long, "en-us").unwrap(), within.phonemes(&long, "en-us").unwrap());
    let spoken = helped.start("Good morning.", "en-us", Prosody::default()).unwrap();
    let samples = spoken.collect::<Result<Vec<_>>>().unwrap().concat();
    assert!(samples.len() > 10_000 && samples.iter().any(|sample| sample.unsigned_abs() > 3_000));
    let again = Espeak::load_in(&helper(), None).unwrap();
    assert!(Arc::ptr_eq(&helped.0, &again.0), "one process for all");
}

#[test]
fn crash_loses_only_its_text() {
    if installed().is_none() {
        return;
    }
    // A different deadline makes a separate helper, not shared with other tests.
    let worker = Worker::helped(None, &helper().with_deadline(Duration::from_secs(31))).unwrap();
    for _ in 0..3 {
        // 1.51 crashes on this text; with letters alone only the b is left.
        let done = worker.ask(raw("sem/ar", "\u{28df}b")).unwrap();
        assert!(done.clauses[0].ipa.contains("bˈiː"), "{done:?}");
        assert!(!worker.ask(raw("gmw/en-US", "one")).unwrap().clauses.is_empty());
    }
}

#[test]
fn program_that_is_no_helper_is_an_error() {
    for helper in [
        EspeakHelper::new(HelperProgram::new("/nowhere/voice", ["x"])),
        script("exit 9"),
        script("echo hello >&0; cat"),
    ] {
        let error = Espeak::load_in(&helper, None).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::EngineUnavailable);
        assert!(error.to_string().contains("cannot run espeak-ng"), "{error}");
    }
}

/// Reports a loaded library, and does not run jobs.
fn pretend(then: impl FnOnce()) {
    use std::io::Write as _;
    use std::os::fd::AsFd as _;

    let voice = Voice::new("Arabic".to_owned(), "sem/ar".to_owned(), vec![(5, "ar".to_owned())]).unwrap();
    let loaded = Loaded { version: "0".to_owned(), sample_rate: 22_050, voices: vec![voice] };
    let socket = std::io::stdin().as_fd().try_clone_to_owned().unwrap();
    let mut socket = std::os::unix::net::UnixStream::from(socket);
    wire::read::<Load>(&mut socket).unwrap();
    socket.write_all(&wire::encode(&Answer::Ok(loaded), &[]).unwrap()).unwrap();
    wire::read::<Job>(&mut socket).unwrap();
    then();
}

#[test]
#[ignore = "not a test: a helper runs it"]
fn as_a_helper_that_hangs() {
    pretend(|| std::thread::sleep(Duration::from_mins(1)));
}

#[test]
#[ignore = "not a test: a helper runs it"]
fn as_a_helper_that_dies() {
    pretend(|| std::process::exit(3));
}

/// The helper that runs the test of that name; each process runs `first` in a shell before.
fn scripted_helper(test: &str, first: &str) -> EspeakHelper {
    script(&format!("{first}; exec {}", named_helper(test).program.shell_command()))
}

#[test]
fn hanging_job_is_ended_at_the_deadline() {
    let started = tempfile::NamedTempFile::new().unwrap();
    let processes = || std::fs::read(started.path()).unwrap().len();
    let helper = scripted_helper("as_a_helper_that_hangs", &format!("echo >> {}", started.path().display()));
    let espeak = Espeak::load_in(&helper.with_deadline(Duration::from_millis(300)), None).unwrap();
    // The helper hangs for longer than a caller's deadline, whose error would be `overloaded`.
    let fails = |text: &str| {
        let error = espeak.phonemes(text, "ar").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::EngineFailed);
        assert!(error.to_string().contains("crashes or hangs on this text"), "{error}");
    };
    fails("نعم");
    assert_eq!(processes(), 1, "the text has nothing to remove");
    fails("نعم؛ لا");
    assert_eq!(processes(), 3, "with the semicolon and without");
}

#[test]
#[ignore = "not a test: a helper runs it"]
fn as_a_helper_that_crashes() {
    pretend(|| {
        let own = std::process::id().to_string();
        std::process::Command::new("kill").args(["-SEGV", &own]).status().unwrap();
        unreachable!("a signal has ended this process");
    });
}

#[test]
fn crash_within_a_text_is_retried() {
    let Some(within) = installed() else { return };
    let folder = tempfile::tempdir().unwrap();
    let mark = folder.path().join("mark");
    let command = |test: &str| format!("exec {}", named_helper(test).program.shell_command());
    // The first process crashes on its first text.
    let (whole, crashing) = (command("as_a_helper"), command("as_a_helper_that_crashes"));
    let program = script(&format!("test -e {0} && {whole}; touch {0}; {crashing}", mark.display()));
    let helped = Espeak::load_in(&program, None).unwrap();
    let texts = ["واحد", "اثنان", "ثلاثة", "أربعة", "خمسة", "ستة"];
    let said = std::thread::scope(|scope| {
        let helped = &helped;
        let threads = texts.map(|text| scope.spawn(move || helped.phonemes(text, "ar")));
        threads.map(|thread| thread.join().unwrap())
    });
    for (text, said) in texts.iter().zip(said) {
        assert_eq!(said.unwrap(), within.phonemes(text, "ar").unwrap());
    }
    // A text with something to remove is retried without it.
    std::fs::remove_file(&mark).unwrap();
    let helped = Espeak::load_in(&program.with_deadline(Duration::from_secs(29)), None).unwrap();
    assert_eq!(helped.phonemes("نعم؛ لا", "ar").unwrap(), within.phonemes("نعم  لا", "ar").unwrap());
}

#[test]
fn failed_restart_counts_as_a_death() {
    let folder = tempfile::tempdir().unwrap();
    let mark = folder.path().join("mark");
    let once = format!("test ! -e {0} || exit 1; touch {0}", mark.display());
    let (mut child, _) = child::Child::start(scripted_helper("as_a_helper_that_dies", &once), None).unwrap();
    let job = raw("sem/ar", "نعم");
    // The first of these is the death of the process within the text.
    for deaths in 2..5 {
        let kind = child.perform(&job).unwrap_err().kind();
        assert_eq!((kind, child.deaths), (ErrorKind::EngineUnavailable, deaths));
    }
}

#[test]
fn restarts_back_off() {
    let espeak = Espeak::load_in(&named_helper("as_a_helper_that_dies"), None).unwrap();
    let began = Instant::now();
    for _ in 0..3 {
        // Each text is tried twice, since the semicolon can be removed.
        assert_eq!(espeak.phonemes("نعم؛ لا", "ar").unwrap_err().kind(), ErrorKind::EngineFailed);
    }
    // Before the second to the sixth of six processes: 50, 100, 200, 400 and 800 ms.
    assert!(began.elapsed() >= Duration::from_millis(1_500), "{:?}", began.elapsed());
}

#[test]
#[ignore = "figures for docs/benchmarks.md"]
fn helper_overhead() {
    const TEXT: &str = "Your appointment is on the seventeenth of May at ten thirty, on the second floor.";
    let within = installed().unwrap();
    let began = Instant::now();
    let helped = Espeak::load_in(&helper(), None).unwrap();
    println!("started and loaded in {:?}", began.elapsed());
    let median = |work: &dyn Fn(&Espeak), espeak: &Espeak| {
        let mut times: Vec<_> = (0..500)
            .map(|_| {
                let began = Instant::now();
                work(espeak);
                began.elapsed()
            })
            .collect();
        times.sort();
        (times[250], times[495])
    };
    let phonemes = |espeak: &Espeak| drop(espeak.phonemes(TEXT, "en-us").unwrap());
    let sound = |espeak: &Espeak| {
        drop(espeak.start(TEXT, "en-us", Prosody::default()).unwrap().next_block().unwrap().unwrap());
    };
    for (name, work) in [("phonemes", &phonemes as &dyn Fn(&Espeak)), ("first sound", &sound)] {
        for _ in 0..2 {
            println!(
                "{name}, median and p99: within {:?}, helped {:?}",
                median(work, &within),
                median(work, &helped)
            );
        }
    }
}
