//! The Kotlin layer and its program, built with Maven and run on human recordings.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::bindings::structs;
use crate::build::{has, model, root, run};
use crate::header::generate;
use crate::programs::{Installed, interruption, recording, texts, was_interrupted, write_mono_wav};

/// The offset of each field of each struct by a C compiler, in the format of the layer's own test.
fn layout(installed: &Installed) -> String {
    let mut source = String::from("#include <stdio.h>\n#include \"voice.h\"\nint main(void) {\n");
    for (name, fields) in structs(&generate()) {
        for field in fields {
            let _ = writeln!(source, "printf(\"{name}.{field} %zu\\n\", offsetof({name}, {field}));");
        }
        let _ = writeln!(source, "printf(\"{name} %zu\\n\", sizeof({name}));");
    }
    source.push_str("return 0;\n}\n");
    let file = installed.folder().join("layout.c");
    fs::write(&file, source).unwrap();
    run(&mut Command::new(installed.program(&file, &[])))
}

/// The layer, built and tested in its own folder.
struct Built {
    library: PathBuf,
    program: PathBuf,
}

impl Built {
    fn new(installed: &Installed, model: &Path, recording: &Path) -> Self {
        let folder = installed.folder();
        let (build, layout_file) = (folder.join("kotlin"), folder.join("layout"));
        fs::write(&layout_file, layout(installed)).unwrap();
        let property = |name: &str, value: &Path| format!("-D{name}={}", value.display());
        // The JVM sets the user's locale for the process; libvosk must not print decimal commas.
        let locale = crate::hosts::make_locale(folder, "de_DE.UTF-8").map_or("C.UTF-8", |()| "de_DE.UTF-8");
        run(Command::new("mvn")
            .env("LC_ALL", locale)
            .env("LOCPATH", folder)
            .args(["--batch-mode", "--quiet", "--file"])
            .arg(root().join("examples/kotlin/pom.xml"))
            .arg("verify")
            .arg(property("voice.build", &build))
            .arg(property("voice.library.path", folder))
            .arg(property("voice.model", model))
            .arg(property("voice.recording", recording))
            .arg(property("voice.layout", &layout_file)));
        let reports =
            fs::read_dir(build.join("surefire-reports")).unwrap().map(|entry| entry.unwrap().path());
        let reports = reports.filter(|path| path.extension().is_some_and(|extension| extension == "txt"));
        let mut suites = 0;
        for report in reports.map(|path| fs::read_to_string(path).unwrap()) {
            let whole = report.contains("Skipped: 0");
            assert!(whole || std::env::var_os("CI").is_none(), "CI must have espeak-ng: {report}");
            suites += 1;
        }
        assert_eq!(suites, 6);
        Self { library: folder.to_owned(), program: build.join("voice.jar") }
    }

    /// A program of `examples/java`, as the JVM runs a single source file.
    fn java(&self, source: &str) -> Command {
        let mut command = Command::new("java");
        command.arg(format!("-Djna.library.path={}", self.library.display()));
        command.arg("-cp").arg(&self.program).arg(root().join("examples/java").join(source));
        command
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("java");
        command.arg(format!("-Djna.library.path={}", self.library.display()));
        command.arg("-jar").arg(&self.program).args(arguments);
        command
    }
}

/// Packs the layer as an Android library with a placeholder for the native library; returns the contents.
fn packed_for_android(installed: &Installed, built: &Built) -> String {
    let (jni, aar) = (installed.folder().join("jni"), installed.folder().join("voice.aar"));
    fs::create_dir_all(jni.join("arm64-v8a")).unwrap();
    fs::write(jni.join("arm64-v8a/libvoice.so"), "").unwrap();
    run(Command::new("python3").arg(root().join("scripts/aar.py")).args([
        &built.program,
        &jni,
        Path::new("26"),
        &aar,
    ]));
    run(Command::new("python3").args(["-m", "zipfile", "--list"]).arg(&aar))
}

#[test]
fn kotlin_layer_transcribes_recordings() {
    let (Some(model), Some((samples, said))) = (model(), recording()) else { return };
    if !has("mvn") || !has("javac") {
        return;
    }
    let installed = Installed::new();
    let (wav, speech) = (installed.folder().join("recording.wav"), installed.folder().join("speech.wav"));
    let (file, model) = (wav.to_str().unwrap(), model.canonicalize().unwrap());
    write_mono_wav(&wav, &samples);
    let built = Built::new(&installed, &model, &wav);

    let model = model.to_str().unwrap();
    assert_eq!(texts(&run(&mut built.command(&["transcribe", file, model]))), said);
    assert_eq!(texts(&run(built.java("Transcribe.java").args([file, model]))), said);

    for (arguments, complaint) in [
        (&["transcribe", file, "no/such/model"][..], "voice: model_not_found: "),
        (&["transcribe", "no/such/file"], "voice: no/such/file"),
        (&[], "voice: usage: "),
    ] {
        let done = built.command(arguments).output().unwrap();
        let complained = String::from_utf8_lossy(&done.stderr);
        assert_eq!(done.status.code(), Some(1), "{complained}");
        assert!(complained.starts_with(complaint), "{complained}");
    }

    let contents = packed_for_android(&installed, &built);
    for entry in ["AndroidManifest.xml", "classes.jar", "proguard.txt", "jni/arm64-v8a/libvoice.so"] {
        assert!(contents.lines().any(|line| line.starts_with(entry)), "{entry}: {contents}");
    }

    if crate::build::engine().is_some() {
        run(&mut built.command(&["speak", "Hello, world.", speech.to_str().unwrap()]));
        crate::programs::is_speech(&speech);
        let (Some(samples), long) = (interruption(), crate::programs::LONG) else { return };
        let [microphone, reply] = ["microphone.wav", "reply.wav"].map(|name| installed.folder().join(name));
        write_mono_wav(&microphone, &samples);
        let mut converse = built.command(&["converse", long, model, "espeak-ng", "ar"]);
        was_interrupted(&run(converse.args([&microphone, &reply])), &reply);
    }
}
