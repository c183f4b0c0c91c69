//! The example programs, and one that opens and frees everything, under memory checkers.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::build::{engine, has, model, root, run, voice};
use crate::programs::{Installed, bytes, recording, write_wav};

/// Runs a program and checks its output.
struct Trial {
    program: PathBuf,
    arguments: Vec<PathBuf>,
    input: PathBuf,
    says: String,
}

impl Trial {
    fn run(&self, prefix: &[&str]) {
        let mut command = prefix.iter().map(Into::into).collect::<Vec<PathBuf>>();
        command.push(self.program.clone());
        let done = Command::new(&command[0])
            .args(&command[1..])
            .args(&self.arguments)
            .stdin(Stdio::from(File::open(&self.input).unwrap()))
            // Reports undefined behaviour with a backtrace.
            .env("UBSAN_OPTIONS", "print_stacktrace=1")
            .output()
            .unwrap();
        let (said, complaint) =
            (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
        assert!(done.status.success(), "{}: {}\n{complaint}", self.program.display(), done.status);
        assert!(said.contains(&self.says), "{}: {said}", self.program.display());
    }
}

/// The programs, compiled with `flags`, on one recorded word; `None` if something is missing.
fn trials(installed: &Installed, flags: &[&str]) -> Option<Vec<Trial>> {
    let ((samples, said), model) = (recording()?, model()?);
    // Speech needs these libraries.
    engine()?;
    let folder = installed.folder();
    let (wav, raw, text) = (folder.join("a.wav"), folder.join("a.raw"), folder.join("a.txt"));
    // One of the three words: these tools are slow.
    let one_word = &samples[..samples.len() / 3];
    write_wav(&wav, one_word, 16, hound::SampleFormat::Int);
    std::fs::write(&raw, bytes(one_word)).unwrap();
    std::fs::write(&text, "Hello, world.\n").unwrap();
    let flags = [flags, &["-pthread"]].concat();
    let program = |source: &str| installed.program(&root().join(source), &flags);
    let nothing = PathBuf::from("/dev/null");
    Some(vec![
        Trial {
            program: program("examples/c/transcribe.c"),
            arguments: vec![model.clone(), wav],
            input: nothing.clone(),
            says: said[0].to_owned(),
        },
        Trial {
            program: program("examples/c/live.c"),
            arguments: vec![model.clone()],
            input: raw.clone(),
            says: said[0].to_owned(),
        },
        Trial {
            program: program("examples/c/speak.c"),
            arguments: vec!["en".into(), voice(), folder.join("out.wav")],
            input: text,
            says: String::new(),
        },
        // Without a pause between the pieces, since standard input has no clock.
        Trial {
            program: program("examples/c/conversation.c"),
            arguments: vec![model.clone(), "en".into(), voice(), "Hello, world.".into()],
            input: raw.clone(),
            says: String::new(),
        },
        Trial {
            program: program("voice-ffi/tests/c/cycles.c"),
            arguments: vec![model, voice(), "1".into(), "1".into()],
            input: nothing,
            says: "sessions 1".to_owned(),
        },
    ])
}

fn is_instrumented(program: &Path) -> bool {
    let symbols = run(Command::new("nm").arg(program));
    ["__asan_init", "__ubsan_handle"].iter().all(|symbol| symbols.contains(symbol))
}

#[test]
fn c_programs_are_clean_under_sanitizers() {
    let installed = Installed::new();
    let flags = ["-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"];
    let Some(trials) = trials(&installed, &flags) else { return };
    for trial in trials {
        assert!(is_instrumented(&trial.program), "{}", trial.program.display());
        trial.run(&[]);
    }
    // The tool detects an actual fault.
    let wrong = installed.folder().join("wrong.c");
    let source = "#include <stdlib.h>\nint main(int argc, char **argv) {\n\
        volatile char *p = malloc((size_t)argc + 1);\n(void)argv;\np[argc + 1] = 1;\nreturn p[0] & 0;\n}\n";
    std::fs::write(&wrong, source).unwrap();
    let found = Command::new(installed.program(&wrong, &flags)).output().unwrap();
    let complaint = String::from_utf8_lossy(&found.stderr).into_owned();
    assert!(complaint.contains("heap-buffer-overflow"), "{complaint}");
}

#[test]
fn c_programs_are_clean_under_valgrind() {
    if !has("valgrind") {
        return;
    }
    let installed = Installed::new();
    let Some(trials) = trials(&installed, &["-g"]) else { return };
    let suppressions = format!(
        "--suppressions={}",
        root().join("voice-ffi/tests/valgrind.supp").canonicalize().unwrap().display()
    );
    let valgrind = [
        "valgrind",
        "--quiet",
        "--error-exitcode=99",
        "--leak-check=full",
        "--show-leak-kinds=definite,indirect",
        "--errors-for-leak-kinds=definite,indirect",
        &suppressions,
    ];
    for trial in trials {
        trial.run(&valgrind);
    }
}
