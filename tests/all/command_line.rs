//! The commands of `voice-server`.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use voice_core::audio::wav;
use voice_tests::folder::Copy;
use voice_tests::recordings::{self, keyword, silence};
use voice_tests::{recordings_or_skip, server};

fn transcribe(arguments: &[&str], files: &[&Path]) -> Output {
    Command::new(server::program())
        .arg("transcribe")
        .args(arguments)
        .args(files)
        .env_remove("VOSK_MODEL_PATH")
        .current_dir(std::env::temp_dir())
        .output()
        .unwrap()
}

fn stdout(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn write(path: &Path, samples: &[i16]) {
    let mut file = wav::Writer::create(path, recordings::RATE).unwrap();
    file.write(samples).unwrap();
    file.finish().unwrap();
}

#[test]
fn text_json_and_subtitles_agree() {
    let data = recordings_or_skip!();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("words.wav");
    let speaker = recordings::SPEAKER;
    let words = ["seven", "nine"].map(|word| [keyword(&data, speaker, word), silence(1_500)].concat());
    write(&file, &words.concat());

    assert_eq!(stdout(&transcribe(&[], &[&file])), "سبعة\nتسعة\n");
    let json: Value = serde_json::from_str(&stdout(&transcribe(&["--json"], &[&file]))).unwrap();
    assert_eq!(json["text"], "سبعة تسعة");
    assert_eq!(json["utterances"][1]["words"][0]["text"], "تسعة");
    assert!(json["utterances"][1]["start_ms"].as_u64().unwrap() > 1_500);
    let srt = stdout(&transcribe(&["--srt"], &[&file]));
    assert!(srt.starts_with("1\n00:00:00,") && srt.contains("\n2\n00:00:0"), "{srt}");
    let vtt = stdout(&transcribe(&["--vtt"], &[&file]));
    assert!(vtt.starts_with("WEBVTT\n\n1\n00:00:00."), "{vtt}");
    assert_eq!(
        stdout(&transcribe(&["--phrase", "سبعة", "--phrase", "[unk]"], &[&file])).lines().next(),
        Some("سبعة")
    );
}

#[test]
fn a_stereo_file_at_44_1_khz_is_understood() {
    let data = recordings_or_skip!();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("stereo.wav");
    let clip = recordings::at_rate(&keyword(&data, recordings::SPEAKER, "seven"), 44_100);
    let header = hound::WavSpec {
        channels: 2,
        sample_rate: 44_100,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut stereo = hound::WavWriter::create(&file, header).unwrap();
    for sample in clip {
        // The name of the speaker is on the left.
        stereo.write_sample(sample).unwrap();
        stereo.write_sample(sample / 4).unwrap();
    }
    stereo.finalize().unwrap();
    assert_eq!(stdout(&transcribe(&[], &[&file])), "سبعة\n");
}

#[test]
fn bad_file_is_reported_and_the_others_are_done() {
    let folder = tempfile::tempdir().unwrap();
    let (good, bad) = (folder.path().join("good.wav"), folder.path().join("bad.wav"));
    write(&good, &silence(200));
    std::fs::write(&bad, "this is no audio").unwrap();
    let output = transcribe(&["--json"], &[&bad, Path::new("/nowhere/a.wav"), &good]);
    assert_eq!(output.status.code(), Some(1));
    let complaints = String::from_utf8(output.stderr).unwrap();
    assert!(complaints.contains("bad.wav: audio_file_invalid: "), "{complaints}");
    assert!(complaints.contains("a.wav: io: "), "{complaints}");
    assert_eq!(String::from_utf8(output.stdout).unwrap().lines().count(), 1, "the good one has its line");
}

#[test]
fn missing_model_is_one_clear_line() {
    let output = transcribe(&["--model", "/nowhere/model"], &[Path::new("a.wav")]);
    assert_eq!(output.status.code(), Some(1));
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert!(complaint.starts_with("voice-server: model_not_found: ") && complaint.lines().count() == 1);
}

/// A command with a separate home folder, so that its output does not depend on the machine.
fn command(home: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(server::program());
    command
        .args(arguments)
        .env_clear()
        .envs(std::env::vars_os().filter(|(name, _)| name == "PATH" || name == "LD_LIBRARY_PATH"))
        .env("HOME", home)
        .env("VOICE_OFFLINE", "true")
        .current_dir(home);
    command
}

/// The exit code and all output.
fn told(home: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let output = command(home, arguments).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    (output.status.code(), text.into_owned())
}

#[test]
fn verify_checks_the_named_folder() {
    let home = tempfile::tempdir().unwrap();
    let copy = Copy::new();
    let named = home.path().join("dist");
    fs::create_dir(&named).unwrap();
    fs::rename(copy.root(), named.join("ar-commands")).unwrap();
    let dir = named.to_str().unwrap();
    let verify =
        |arguments: &[&str]| told(home.path(), &[&["models", "verify", "--dir", dir], arguments].concat());
    let (code, text) = verify(&["ar-commands"]);
    assert!(code == Some(0) && text.contains("ar-commands: verified: ") && text.contains(dir), "{text}");
    let file = named.join("ar-commands/am/final.mdl");
    let mut bytes = fs::read(&file).unwrap();
    bytes[1_000] ^= 1;
    fs::write(&file, bytes).unwrap();
    for models in [&["ar-commands"][..], &[], &["dist/ar-commands"]] {
        let (code, text) = verify(models);
        assert!(
            code == Some(1) && text.contains("model_invalid: ") && text.contains("dist/ar-commands"),
            "{models:?}: {text}"
        );
        assert!(text.lines().last().unwrap().contains("damaged"), "{text}");
    }
    // In any other folder it is the shipped model.
    let (code, text) = told(home.path(), &["models", "verify", "ar-commands"]);
    assert!(code == Some(0) && !text.contains(dir), "{text}");
}

#[test]
fn verify_tries_a_folder_without_known_hashes() {
    let home = tempfile::tempdir().unwrap();
    let copy = Copy::new();
    let own = home.path().join("clinic");
    fs::create_dir(&own).unwrap();
    fs::rename(copy.root(), own.join("clinic-model")).unwrap();
    let own = own.to_str().unwrap();
    let path = format!("{own}/clinic-model");
    for arguments in [&["models", "verify", &*path][..], &["models", "verify", "clinic-model", "--dir", own]]
    {
        let (code, text) = told(home.path(), arguments);
        assert_eq!(code, Some(0), "{text}");
        assert!(text.contains("are known; the form") && text.contains("in a separate process"), "{text}");
        assert!(!text.contains("verified"), "{text}");
    }
    fs::write(format!("{path}/am/final.mdl"), "damaged").unwrap();
    let (code, text) = told(home.path(), &["models", "verify", &path]);
    assert!(code == Some(1) && text.contains("model_invalid: "), "{text}");
}

#[test]
fn verify_tries_an_unknown_voice() {
    let home = tempfile::tempdir().unwrap();
    let voice = voice_tests::root().join("tests/voices/tiny-piper.onnx");
    let (code, text) = told(home.path(), &["models", "verify", voice.to_str().unwrap()]);
    assert!(code == Some(0) && text.contains("tiny-piper.onnx: works: "), "{text}");
    let damaged = home.path().join("damaged.onnx");
    fs::write(&damaged, "no voice").unwrap();
    let (code, text) = told(home.path(), &["models", "verify", "damaged.onnx"]);
    assert!(code == Some(1) && text.contains("damaged.onnx: model_"), "{text}");
}

#[test]
fn missing_and_foreign_models_have_separate_codes() {
    let home = tempfile::tempdir().unwrap();
    for absent in ["vosk-model-small-ar-0.3", "vosk-model-ar-mgb9", "/nowhere/model"] {
        let (code, text) = told(home.path(), &["models", "verify", absent]);
        assert!(code == Some(1) && text.contains(": model_not_found: "), "{text}");
        assert!(text.lines().last().unwrap().contains("the model is missing"), "{text}");
    }
    let (code, text) = told(home.path(), &["models", "remove", "ar-commands"]);
    assert!(code == Some(1) && text.contains("model_not_removable: "), "{text}");
}

#[test]
fn misspelt_model_suggests_the_nearest_name() {
    let home = tempfile::tempdir().unwrap();
    let audio = home.path().join("a.wav");
    write(&audio, &silence(200));
    let audio = audio.to_str().unwrap();
    let (stt, near_stt) = ("vosk-model-ar-mgb9", "did you mean `vosk-model-ar-mgb2-0.4`?");
    for arguments in [
        &["models", "pull", stt][..],
        &["models", "info", stt],
        &["models", "verify", stt],
        &["models", "remove", stt],
        &["transcribe", "--model", stt, audio],
        &["transcribe", "--model", &format!("ar=/models/{stt}"), audio],
    ] {
        let (code, text) = told(home.path(), arguments);
        assert!(
            code == Some(1) && text.contains(near_stt) && text.contains("`models list`"),
            "{arguments:?}: {text}"
        );
    }
    let output = command(home.path(), &["transcribe", audio]).env("VOSK_MODEL_PATH", stt).output().unwrap();
    assert!(String::from_utf8_lossy(&output.stderr).contains(near_stt));
    let voice = ["say", "x", "-o", "x.wav", "--voice", "ar_JO-karim-medium"];
    let (_, text) = told(home.path(), &voice);
    assert!(text.contains("did you mean `ar_JO-kareem-medium`?"), "{text}");
}

/// Every command that writes to standard output.
fn talkative<'a>(recording: &'a str, audit: &'a str) -> Vec<Vec<&'a str>> {
    let mut commands = vec![
        vec!["--help"],
        vec!["--version"],
        vec!["models", "--help"],
        vec!["models", "list"],
        vec!["models", "info", "ar-commands"],
        vec!["models", "verify"],
        vec!["config"],
        vec!["audit", "verify", audit],
        vec!["doctor", "http://127.0.0.1:1", "--timeout", "1"],
        vec!["doctor", "http://127.0.0.1:1", "--timeout", "1", "--json"],
        vec!["doctor", "http://127.0.0.1:1", "--timeout", "1", "--health"],
        vec!["transcribe", "--json", recording],
        vec!["transcribe", "--vtt", recording],
    ];
    if voice_tests::has_espeak() {
        commands.push(vec!["say", "one two three", "-o", "-", "--voice", "en=espeak"]);
    }
    commands
}

#[test]
#[cfg(target_os = "linux")]
fn closed_pipe_is_quiet_and_full_disk_is_reported() {
    let home = tempfile::tempdir().unwrap();
    let (recording, audit) = (home.path().join("a.wav"), home.path().join("audit"));
    write(&recording, &silence(200));
    fs::write(&audit, "").unwrap();
    for arguments in talkative(recording.to_str().unwrap(), audit.to_str().unwrap()) {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = command(home.path(), &arguments).stdout(writer).output().unwrap();
        let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
        // The status that a shell shows for SIGPIPE.
        assert_eq!((output.status.code(), &*complaint), (Some(141), ""), "{arguments:?}");

        let full = fs::File::options().write(true).open("/dev/full").unwrap();
        let output = command(home.path(), &arguments).stdout(full).output().unwrap();
        let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {complaint}");
        assert!(
            complaint.contains("cannot write") && !complaint.contains("panic"),
            "{arguments:?}: {complaint}"
        );
    }
}

#[test]
fn closed_standard_error_crashes_nothing() {
    let home = tempfile::tempdir().unwrap();
    let closed = || {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        writer
    };
    let output = command(home.path(), &["transcribe", "/nowhere/a.wav"]).stderr(closed()).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let output = command(home.path(), &["config"]).env("PORT", "many").stderr(closed()).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    // The port is in use: standard error is closed, and the exit code is still that of a failure.
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let mut server = command(home.path(), &["serve"]);
    let output = server.env("VOICE_HOST", "127.0.0.1").env("PORT", port).stderr(closed()).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
}
