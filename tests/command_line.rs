//! `voice-server transcribe` as a user types it.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use voice_core::audio::wav;
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
        // The speaker stands on the left.
        stereo.write_sample(sample).unwrap();
        stereo.write_sample(sample / 4).unwrap();
    }
    stereo.finalize().unwrap();
    assert_eq!(stdout(&transcribe(&[], &[&file])), "سبعة\n");
}

#[test]
fn one_bad_file_is_told_and_the_others_are_done() {
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
fn a_missing_model_is_one_clear_line() {
    let output = transcribe(&["--model", "/nowhere/model"], &[Path::new("a.wav")]);
    assert_eq!(output.status.code(), Some(1));
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert!(complaint.starts_with("voice-server: model_not_found: ") && complaint.lines().count() == 1);
}
