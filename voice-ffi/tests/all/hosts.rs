//! Hosts with unusual symbols, locales, processes and limits.

use std::fs;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::build::{library, model, root, run};
use crate::programs::{Installed, bytes, recording, texts};

/// A program of tests/c, built in a folder with the library.
pub(crate) fn host(installed: &Installed, name: &str) -> PathBuf {
    let flags = ["-rdynamic", "-pthread", "-D_GNU_SOURCE", "-Wl,--no-as-needed", "-lm", "-ldl"];
    installed.program(&root().join("voice-ffi/tests/c").join(name), &flags)
}

/// Three words, as a file of raw audio in that folder.
pub(crate) fn raw(folder: &Path) -> Option<(PathBuf, [&'static str; 3])> {
    let (samples, said) = recording()?;
    let file = folder.join("three.raw");
    fs::write(&file, bytes(&samples)).unwrap();
    Some((file, said))
}

#[test]
fn libvosk_symbols_do_not_clash() {
    let installed = Installed::new();
    let (Some(model), Some((audio, said))) = (model(), raw(installed.folder())) else { return };
    let program = host(&installed, "names.c");
    let transcript = run(Command::new(program).args([&model, &audio]));
    assert_eq!(texts(&transcript), said);
}

#[test]
fn libvosk_assertion_is_logged() {
    let installed = Installed::new();
    let Some(model) = model() else { return };
    let mut program = Command::new(host(&installed, "log.c"));
    let output = program.arg(installed.folder().join("libvosk.so")).arg(model).output().unwrap();
    assert_eq!(output.status.signal(), Some(libc::SIGABRT), "{output:?}");
    let (lines, rest) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(lines.starts_with("1 libvosk: Assertion failed") && lines.ends_with('\n'), "{lines}");
    assert_eq!(lines.lines().count(), 1, "{lines}");
    assert!(!rest.contains("Assertion"), "{rest}");
}

/// The server, built first, as the helper program.
fn server() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let folder = test.ancestors().nth(2).unwrap();
    let profile = folder.file_name().and_then(|name| name.to_str()).unwrap();
    let profile = if profile == "debug" { "dev" } else { profile };
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    run(Command::new(cargo).args(["build", "--quiet", "--package", "voice-server", "--profile", profile]));
    folder.join("voice-server")
}

#[test]
fn forked_process_keeps_speaking() {
    if voice_core::espeak::Espeak::load(None).is_err() {
        assert!(std::env::var_os("CI").is_none(), "CI must have espeak-ng");
        println!("skipped: espeak-ng is missing");
        return;
    }
    let installed = Installed::new();
    let program = host(&installed, "fork.c");
    for helper in [Path::new(""), &server()] {
        // Each process prints how much it has spoken.
        let said = run(Command::new(&program).arg(helper));
        let lengths: Vec<u64> = said.split_whitespace().map(|length| length.parse().unwrap()).collect();
        assert_eq!(lengths.len(), 4, "{said}");
        assert!(lengths.iter().all(|length| *length > 20_000), "{said}");
    }
}

#[test]
fn engine_that_hangs_is_given_up() {
    let installed = Installed::new();
    let Some(model) = model() else { return };
    let folder = installed.folder();
    let (shim, file) = (folder.join("hanging.so"), folder.join("hang"));
    run(Command::new("cc")
        .args(["-shared", "-fPIC", "-Wall", "-Werror", "-o"])
        .args([&shim, &root().join("tests/all/hanging.c")])
        .arg("-Wl,--no-as-needed")
        .arg(folder.join("libvosk.so"))
        .arg(format!("-Wl,-rpath,{}", folder.display())));
    let program = host(&installed, "stuck.c");
    for variable in ["HANG_WHILE", "HANG_LOAD_WHILE"] {
        fs::write(&file, "").unwrap();
        let said = run(Command::new(&program).args([&model, &shim, &file]).env(variable, &file));
        assert_eq!(said, "model_stuck\nok\nmodel_stuck\nok\n", "{variable}");
    }
}

/// libvoice alone, in a folder without the engines.
fn alone(folder: &Path) -> PathBuf {
    let lib = folder.join("alone/inner/lib");
    fs::create_dir_all(&lib).unwrap();
    fs::copy(library(), lib.join(lib_name())).unwrap();
    lib
}

fn lib_name() -> String {
    format!("libvoice.so.{}", voice::voice_abi_version())
}

#[test]
fn missing_libvosk_names_the_fix() {
    let installed = Installed::new();
    let lib = alone(installed.folder());
    let program = installed.program(&root().join("examples/c/transcribe.c"), &[]);
    let moved = lib.join("../transcribe");
    fs::rename(program, &moved).unwrap();
    // The library that it was linked with, which would be found first.
    for name in [&lib_name(), "libvosk.so"] {
        fs::remove_file(installed.folder().join(name)).unwrap();
    }
    let start = |model: &Path| {
        let mut command = Command::new(&moved);
        // This folder is searched before the folder of linking.
        command.arg(model).env("LD_LIBRARY_PATH", &lib).stdin(Stdio::null());
        let done = command.output().unwrap();
        (done.status.code(), String::from_utf8(done.stderr).unwrap())
    };
    let (code, said) = start(Path::new("no/such/model"));
    assert_eq!(code, Some(1), "{said}");
    assert!(said.starts_with("transcribe: model_not_found: "), "{said}");
    let Some(model) = model() else { return };
    let (code, said) = start(&model);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.starts_with("transcribe: engine_unavailable: libvosk cannot be loaded"), "{said}");
    // The fix, and the loader's own reason.
    assert!(said.contains("put libvosk.so beside the program"), "{said}");
    assert!(said.contains("cannot open shared object file"), "{said}");
}

/// The locale, compiled into `folder`, which `LOCPATH` names. `None` if the system lacks its sources.
pub(crate) fn make_locale(folder: &Path, name: &str) -> Option<()> {
    let (language, charset) = name.split_once('.').unwrap();
    let made =
        Command::new("localedef").args(["-i", language, "-f", charset]).arg(folder.join(name)).output();
    // localedef warns about some of its own sources, and then exits with 1.
    if made.is_ok() && folder.join(name).join("LC_NUMERIC").exists() {
        return Some(());
    }
    assert!(std::env::var_os("CI").is_none(), "CI must have localedef and the sources of locales");
    println!("skipped: no localedef, or no sources of locales; scripts/tools.sh tests installs them");
    None
}

/// The output of the host program for `said` with words, with alternatives, and with a grammar.
fn in_every_form(said: &[&str]) -> Vec<String> {
    let forms = ["1 0", "1 1", "1 0"];
    forms.iter().flat_map(|form| said.iter().map(move |text| format!("{text} {form}"))).collect()
}

#[test]
fn decimal_comma_locale_loses_no_utterance() {
    let installed = Installed::new();
    let (Some(model), Some((audio, said))) = (model(), raw(installed.folder())) else { return };
    let program = host(&installed, "host.c");
    for (locale, printed) in [("de_DE.UTF-8", "1,5"), ("fr_FR.UTF-8", "1,5"), ("ar_SA.UTF-8", "1.5")] {
        let Some(()) = make_locale(installed.folder(), locale) else { return };
        for mode in ["locale", "late"] {
            let mut command = Command::new(&program);
            command.arg(mode).args([&model, &audio]).arg(locale).env("LOCPATH", installed.folder());
            let written = run(&mut command);
            let mut lines: Vec<_> = written.lines().collect();
            // The host's own locale is unchanged.
            assert_eq!(lines.pop(), Some(&*format!("{printed} {locale}")), "{mode}");
            assert_eq!(lines, in_every_form(&said), "{mode} {locale}");
        }
    }
}

/// libvosk reads its options with the global C++ locale, which libvoice cannot change.
#[test]
fn cpp_locale_with_decimal_comma_is_an_error() {
    let installed = Installed::new();
    let (Some(model), Some((audio, said))) = (model(), raw(installed.folder())) else { return };
    let Some(()) = make_locale(installed.folder(), "de_DE.UTF-8") else { return };
    let program = installed.folder().join("global_locale");
    run(Command::new("c++")
        .args(["-std=c++17", "-Wall", "-Wextra", "-Wpedantic", "-Werror"])
        .arg(format!("-I{}", root().join("include").display()))
        .arg(root().join("voice-ffi/tests/c/global_locale.cpp"))
        .arg("-o")
        .arg(&program)
        .arg(format!("-L{}", installed.folder().display()))
        .arg("-lvoice")
        .arg(format!("-Wl,-rpath,{}", installed.folder().display())));
    let start = |when: &str| {
        let mut command = Command::new(&program);
        command.args([when, "de_DE.UTF-8"]).args([&model, &audio]).env("LOCPATH", installed.folder());
        command
    };
    let written = run(&mut start("after"));
    assert_eq!(written.lines().collect::<Vec<_>>(), in_every_form(&said)[..6]);
    let done = start("before").output().unwrap();
    let complaint = String::from_utf8_lossy(&done.stderr);
    assert!(
        complaint.contains("host: engine_unavailable: ") && complaint.contains("classic()"),
        "{complaint}"
    );
}

#[test]
fn floating_point_traps_do_not_crash() {
    let installed = Installed::new();
    let (Some(model), Some((audio, said))) = (model(), raw(installed.folder())) else { return };
    let program = host(&installed, "host.c");
    let written = run(Command::new(program).arg("traps").args([&model, &audio]));
    assert_eq!(written.lines().collect::<Vec<_>>(), in_every_form(&said));
}

/// The number of runs: `VOICE_HOST_RUNS`, or a small default.
fn runs() -> u64 {
    std::env::var("VOICE_HOST_RUNS").map_or(40, |runs| runs.parse().unwrap())
}

#[test]
fn process_may_exit_during_push_and_load() {
    let installed = Installed::new();
    let (Some(model), Some((audio, _))) = (model(), raw(installed.folder())) else { return };
    let program = host(&installed, "host.c");
    for mode in ["exit", "supervised", "logs"] {
        for run in 0..runs() {
            let mut command = Command::new(&program);
            command.arg(mode).args([&model, &audio]).arg((run * 7 % 60).to_string());
            let done = command.output().unwrap();
            let said = String::from_utf8_lossy(&done.stderr);
            assert_eq!(done.status.code(), Some(0), "{mode} {run}: {}\n{said}", done.status);
            // The error of a push that came too late.
            assert!(said.lines().all(|line| line == "host: cancelled"), "{said}");
        }
    }
}

/// The voices for tests of exit and fork, each with its helper: espeak-ng in the process, espeak-ng in a helper
/// process, and a neural voice. `None`, after printing why, if this build or machine lacks them.
fn speakers() -> Option<Vec<(PathBuf, Option<PathBuf>)>> {
    // That call reports missing libraries.
    crate::build::engine()?;
    let espeak = PathBuf::from("espeak-ng");
    Some(vec![(espeak.clone(), None), (espeak, Some(server())), (crate::build::voice(), None)])
}

#[test]
fn process_may_exit_while_speaking() {
    let installed = Installed::new();
    let Some(speakers) = speakers() else { return };
    let program = host(&installed, "speaking.c");
    for (voice, helper) in &speakers {
        for run in 0..runs() {
            let mut command = Command::new(&program);
            command.arg("exit").arg((run * 7 % 60).to_string()).arg(voice).args(helper);
            let done = command.output().unwrap();
            let said = String::from_utf8_lossy(&done.stderr);
            assert_eq!(done.status.code(), Some(0), "{} {run}: {}\n{said}", voice.display(), done.status);
            // The error of a text that came too late.
            assert!(said.lines().all(|line| line == "host: cancelled"), "{said}");
        }
    }
}

#[test]
fn fork_while_speaking_keeps_speaking() {
    let installed = Installed::new();
    let Some(speakers) = speakers() else { return };
    let program = host(&installed, "speaking.c");
    for (voice, helper) in &speakers {
        for run in 0..runs() / 5 {
            // Half of the forks come in the first milliseconds, when values are made that are made once.
            let delay = if run % 2 == 0 { run / 2 % 4 } else { run * 7 % 60 };
            let mut command = Command::new(&program);
            command.arg("fork").arg(delay.to_string()).arg(voice).args(helper);
            let done = command.output().unwrap();
            let said = String::from_utf8_lossy(&done.stderr);
            assert_eq!(done.status.code(), Some(0), "{} {run}: {}\n{said}", voice.display(), done.status);
        }
    }
}

#[test]
fn forked_child_uses_and_frees_engines() {
    let installed = Installed::new();
    let (Some(model), Some((audio, said))) = (model(), raw(installed.folder())) else { return };
    let program = host(&installed, "host.c");
    let written = run(Command::new(program).arg("fork").args([&model, &audio]));
    let forms = in_every_form(&said);
    // The parent; in the child a plain engine and a supervised one, whose threads are gone; and one that the child
    // opens.
    let mut expected = [&forms[..]; 3].concat();
    expected.push("reload: engine_unavailable".into());
    expected.extend(forms);
    assert_eq!(written.lines().collect::<Vec<_>>(), expected);
}

#[test]
fn small_address_space_is_an_error() {
    let installed = Installed::new();
    let (Some(model), Some((audio, _))) = (model(), raw(installed.folder())) else { return };
    let program = host(&installed, "host.c");
    // The debug build of libvoice alone takes more than a release build.
    for mib in ["140", "180"] {
        let mut command = Command::new(&program);
        command.arg("memory").args([&model, &audio]).arg(mib);
        let done = command.output().unwrap();
        let said = String::from_utf8_lossy(&done.stderr);
        assert_eq!(done.status.code(), Some(1), "{mib} MiB: {said}");
        assert!(said.contains("memory_insufficient: "), "{mib} MiB: {said}");
    }
}

#[test]
fn model_trial_works_with_sigchld_ignored() {
    use std::os::unix::fs::PermissionsExt as _;

    let installed = Installed::new();
    let (Some(model), Some((audio, said))) = (model(), raw(installed.folder())) else { return };
    // A renamed folder has no known hashes.
    let foreign = installed.folder().join("foreign");
    run(Command::new("cp").arg("-r").args([&model, &foreign]));
    let program = host(&installed, "host.c");
    let start = |script: &str| {
        let trial = installed.folder().join("trial");
        fs::write(&trial, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&trial, fs::Permissions::from_mode(0o755)).unwrap();
        let done = Command::new(&program).arg("children").args([&foreign, &audio, &trial]).output().unwrap();
        let written = if done.status.success() { done.stdout } else { done.stderr };
        String::from_utf8(written).unwrap()
    };
    let passed = start(r#"echo '{"code":"ok","message":""}'"#);
    assert_eq!(passed.lines().map(|line| &line[..line.len() - 4]).collect::<Vec<_>>(), said);
    let refused = start(r#"echo '{"code":"model_invalid","message":"no model"}'; exit 1"#);
    assert_eq!(refused, "host: model_invalid: no model\n");
    let crashed = start("kill -SEGV $$");
    assert!(crashed.starts_with("host: model_invalid: the engine does not survive"), "{crashed}");
}

#[test]
fn two_copies_of_libvoice_work() {
    let installed = Installed::new();
    let (Some(model), Some((audio, said))) = (model(), raw(installed.folder())) else { return };
    let program = host(&installed, "host.c");
    let copy = installed.folder().join("libvoice-copy.so");
    fs::copy(library(), &copy).unwrap();
    let written = run(Command::new(program).arg("copies").args([&model, &audio, &copy]));
    let expected: Vec<_> = in_every_form(&said).into_iter().chain(said.map(str::to_owned)).collect();
    assert_eq!(written.lines().collect::<Vec<_>>(), expected);
}

#[test]
fn audio_is_pushed_as_typed_samples() {
    let installed = Installed::new();
    let (Some(model), Some((audio, said))) = (model(), raw(installed.folder())) else { return };
    let program = host(&installed, "host.c");
    let written = run(Command::new(program).arg("typed").args([&model, &audio]));
    assert_eq!(written.lines().collect::<Vec<_>>(), [said, said].concat());
}
