//! The Swift package and its program, built and run on human recordings if a Swift compiler is installed.

use std::net::TcpStream;
use std::process::Command;

use crate::build::{model, root, run};
use crate::programs::{Installed, is_speech, recording, texts, write_mono_wav};
use crate::store::{manifest, server};

/// Not every system that continuous integration may run on has Swift packaged; Debian has it from 13 on.
fn has_swift() -> bool {
    let found = Command::new("swift").arg("--version").output().is_ok();
    if !found {
        println!("skipped: swift is missing (Debian 13: apt-get install swiftlang)");
    }
    found
}

#[test]
fn swift_package_transcribes_recordings() {
    let (Some(model), Some((samples, said))) = (model(), recording()) else { return };
    if !has_swift() {
        return;
    }
    let installed = Installed::new();
    let folder = installed.folder().to_str().unwrap();
    let (wav, speech) = (installed.folder().join("recording.wav"), installed.folder().join("speech.wav"));
    let (file, model) = (wav.to_str().unwrap(), model.canonicalize().unwrap());
    write_mono_wav(&wav, &samples);
    let scratch = installed.folder().join("swift");
    let swift = |action: &str| {
        let mut command = Command::new("swift");
        command.arg(action).arg("--package-path").arg(root().join("examples/swift"));
        command.arg("--scratch-path").arg(&scratch);
        command.args(["-Xlinker", &format!("-L{folder}"), "-Xlinker", "-rpath", "-Xlinker", folder]);
        command
    };
    run(&mut swift("build"));
    let (port, serving) = server(3);
    let manifest = manifest(installed.folder(), port);
    let given = [("VOICE_MODEL", &model), ("VOICE_RECORDING", &wav), ("VOICE_MANIFEST", &manifest)];
    let told = run(swift("test").envs(given));
    assert!(told.contains(" passed after ") && !told.contains(" skipped"), "{told}");
    while !serving.is_finished() {
        let _ = TcpStream::connect(("127.0.0.1", port));
    }

    let program = scratch.join("debug/voice-cli");
    assert_eq!(texts(&run(Command::new(&program).args(["transcribe", file]).arg(&model))), said);
    let refused = Command::new(&program).args(["transcribe", file, "no/such/model"]).output().unwrap();
    let complained = String::from_utf8_lossy(&refused.stderr);
    assert_eq!(refused.status.code(), Some(1), "{complained}");
    assert!(complained.starts_with("voice-cli: model_not_found: "), "{complained}");
    if crate::build::engine().is_some() {
        run(Command::new(&program).args(["speak", "Hello, world."]).arg(&speech));
        is_speech(&speech);
    }
}
