//! WAV files as recorders, telephone systems and tools write them, through `voice-server transcribe`.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use voice_tests::recordings::{self, keyword, silence};
use voice_tests::{has_program, recordings_or_skip, server};

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(server::program());
    command.arg("transcribe").args(arguments).env_remove("VOSK_MODEL_PATH").current_dir(std::env::temp_dir());
    command
}

fn transcribe(arguments: &[&str], files: &[PathBuf]) -> Output {
    command(arguments).args(files).output().unwrap()
}

/// What `bytes` on standard input say.
fn pipe(arguments: &[&str], bytes: &[u8]) -> Output {
    let mut child = command(arguments)
        .arg("-")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    // The program may refuse the first bytes.
    let _ = input.write_all(bytes);
    drop(input);
    child.wait_with_output().unwrap()
}

fn stdout(output: &Output) -> String {
    assert!(output.status.success(), "{}", stderr(output));
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// File names and texts of `--json` output.
fn texts(output: &Output) -> Vec<(String, String)> {
    let object = |line: &str| -> Value { serde_json::from_str(line).unwrap() };
    let text = |object: Value| {
        let name =
            Path::new(object["file"].as_str().unwrap()).file_name().unwrap().to_string_lossy().into_owned();
        (name, object["text"].as_str().unwrap().to_owned())
    };
    stdout(output).lines().map(object).map(text).collect()
}

fn cases(data: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> =
        data.join("cases/wav").read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(files.len() > 15);
    files
}

/// The words of a case: one, but for the file with two speakers.
fn words(name: &str) -> &'static str {
    if name.contains("left-wahid-right-fath") { "واحد فتح" } else { "واحد" }
}

#[test]
fn every_kind_of_header_is_understood() {
    let data = recordings_or_skip!();
    let output = transcribe(&["--json"], &cases(&data));
    let texts = texts(&output);
    assert_eq!(texts.len(), cases(&data).len());
    for (name, text) in texts {
        if name.contains("left-wahid-right-fath") {
            // Both at once: the mix holds one of them at least.
            assert!(!text.is_empty(), "{name}");
        } else {
            assert_eq!(text, "واحد", "{name}");
        }
    }
}

#[test]
fn standard_input_is_as_good_as_a_file() {
    let data = recordings_or_skip!();
    for file in cases(&data) {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let text = stdout(&pipe(&[], &std::fs::read(&file).unwrap()));
        if words(&name) == "واحد" {
            assert_eq!(text, "واحد\n", "{name}");
        }
    }
}

#[test]
fn channels_can_be_heard_apart() {
    let data = recordings_or_skip!();
    let file = data.join("cases/wav/wav-25-left-wahid-right-fath.wav");
    let output = stdout(&transcribe(&["--channels", "split", "--json"], std::slice::from_ref(&file)));
    let object: Value = serde_json::from_str(&output).unwrap();
    let channels = object["channels"].as_array().unwrap();
    let found: Vec<_> = channels
        .iter()
        .map(|channel| (channel["channel"].as_u64().unwrap(), channel["text"].as_str().unwrap()))
        .collect();
    assert_eq!(found, [(1, "واحد"), (2, "فتح")]);
    assert_eq!(channels[1]["utterances"][0]["words"][0]["text"], "فتح");
    let mut lines: Vec<_> = stdout(&transcribe(&["--channels", "split"], std::slice::from_ref(&file)))
        .lines()
        .map(str::to_owned)
        .collect();
    lines.sort();
    assert_eq!(lines, ["1: واحد", "2: فتح"]);
    let srt = stdout(&transcribe(&["--channels", "split", "--srt"], &[file]));
    assert!(srt.contains("1: واحد\n") && srt.contains("2: فتح\n"), "{srt}");
}

#[test]
fn nothing_is_empty_in_silence() {
    let folder = tempfile::tempdir().unwrap();
    let mut noise = fastrand::Rng::with_seed(7);
    let hum: Vec<i16> =
        (0..32_000).map(|n| ((f64::from(n) * 0.02).sin() * 3_000.0) as i16 + noise.i16(-9..9)).collect();
    for (name, samples, note) in [
        ("empty.wav", Vec::new(), "no text: the recording contains no audio"),
        ("silent.wav", silence(2_000), "no text: 2.0 s of silence"),
        ("hum.wav", hum, "no text: no speech was found in 2.0 s of audio, which is -21 dB at its loudest"),
    ] {
        let path = folder.path().join(name);
        let mut file = voice_core::audio::wav::Writer::create(&path, recordings::RATE).unwrap();
        file.write(&samples).unwrap();
        file.finish().unwrap();
        let output = transcribe(&["--json"], &[path]);
        let object: Value = serde_json::from_str(&stdout(&output)).unwrap();
        assert_eq!(object["text"], "");
        assert!(object["notes"][0].as_str().unwrap().starts_with(note), "{object}");
        assert!(stderr(&output).contains(note), "{}", stderr(&output));
    }
}

#[test]
fn what_is_no_wav_file_is_named_with_the_way_out() {
    let folder = tempfile::tempdir().unwrap();
    for (bytes, name) in [
        (&b"ID3\x04\0\0\0\0\0\0 and so on"[..], "an MP3 file"),
        (b"fLaC\0\0\0\x22\x10\0", "a FLAC file"),
        (b"OggS\0\x02\0\0\0\0\0\0", "an Ogg file"),
        (b"\x1a\x45\xdf\xa3\x9fB\x86\x81", "a WebM or Matroska file"),
        (b"#!AMR\n\x3c\x91\x17", "an AMR file"),
        (b"\0\0\0\x20ftypM4A \0\0\0\0", "an MPEG-4 file"),
    ] {
        let path = folder.path().join("voice.wav");
        std::fs::write(&path, bytes).unwrap();
        for output in [transcribe(&[], std::slice::from_ref(&path)), pipe(&[], bytes)] {
            let told = stderr(&output);
            assert_eq!(output.status.code(), Some(1), "{told}");
            assert!(told.contains("audio_file_invalid: ") && told.contains(name), "{told}");
            assert!(told.contains("ffmpeg -i FILE -ar 16000 -ac 1 out.wav"), "{told}");
        }
    }
}

fn run(command: &mut Command) -> Vec<u8> {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", stderr(&output));
    output.stdout
}

/// The control recording, which the encoders of others write in their ways.
fn control(data: &Path) -> PathBuf {
    data.join("cases/wav/wav-00-control.wav")
}

#[test]
fn what_ffmpeg_writes_is_understood() {
    let data = recordings_or_skip!();
    if !has_program("ffmpeg") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut files = Vec::new();
    for codec in [
        "pcm_u8",
        "pcm_s16le",
        "pcm_s24le",
        "pcm_s32le",
        "pcm_s64le",
        "pcm_f32le",
        "pcm_f64le",
        "pcm_alaw",
        "pcm_mulaw",
        "adpcm_ima_wav",
        "adpcm_ms",
    ] {
        for (rate, channels) in [("8000", "1"), ("48000", "2")] {
            let containers = [("wav", &[][..]), ("wav", &["-rf64", "always"]), ("w64", &[])];
            // The containers do not depend on what is in them.
            let containers = if codec == "pcm_s16le" { &containers } else { &containers[..1] };
            for (format, options) in containers {
                let path =
                    folder.path().join(format!("{codec}-{rate}-{channels}-{}.{format}", options.len()));
                let mut command = Command::new("ffmpeg");
                command.args(["-v", "error", "-i"]).arg(control(&data));
                command
                    .args(["-c:a", codec, "-ar", rate, "-ac", channels, "-f", format])
                    .args(*options)
                    .arg(&path);
                run(&mut command);
                files.push(path);
            }
        }
    }
    for (name, text) in texts(&transcribe(&["--json"], &files)) {
        assert_eq!(text, "واحد", "{name}");
    }
    for codec in ["pcm_s16le", "adpcm_ms"] {
        let mut command = Command::new("ffmpeg");
        command.args(["-v", "error", "-i"]).arg(control(&data)).args(["-c:a", codec, "-f", "wav", "-"]);
        assert_eq!(stdout(&pipe(&[], &run(&mut command))), "واحد\n", "{codec} into a pipe");
    }
}

#[test]
fn what_sox_writes_is_understood() {
    let data = recordings_or_skip!();
    if !has_program("sox") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut files = Vec::new();
    for encoding in [
        &["-e", "unsigned-integer", "-b", "8"][..],
        &["-e", "signed-integer", "-b", "24"],
        &["-e", "signed-integer", "-b", "32"],
        &["-e", "floating-point", "-b", "32"],
        &["-e", "floating-point", "-b", "64"],
        &["-e", "a-law"],
        &["-e", "mu-law"],
        &["-e", "ima-adpcm"],
        &["-e", "ms-adpcm"],
        &["-e", "gsm-full-rate", "-r", "8000"],
        &["-B"],
    ] {
        let path = folder.path().join(format!("{}.wav", encoding.join("")));
        run(Command::new("sox").arg(control(&data)).args(encoding).arg(&path));
        files.push(path);
    }
    for (name, text) in texts(&transcribe(&["--json"], &files)) {
        assert_eq!(text, "واحد", "{name}");
    }
    let stream = run(Command::new("sox").arg(control(&data)).args(["-t", "wav", "-"]));
    assert_eq!(stdout(&pipe(&[], &stream)), "واحد\n");
}

/// The samples of a file of `bytes`, as 16-bit integers.
fn samples(bytes: &[u8]) -> Vec<i16> {
    let mut reader = voice_core::audio::wav::Reader::new(bytes).unwrap();
    let (mut all, mut block) = (Vec::new(), Vec::new());
    loop {
        reader.read(100, &mut block).unwrap();
        if block.is_empty() {
            return all.as_chunks().0.iter().map(|&sample| i16::from_le_bytes(sample)).collect();
        }
        all.extend_from_slice(&block);
    }
}

#[test]
fn compressed_samples_are_decoded_as_others_decode_them() {
    let data = recordings_or_skip!();
    if !has_program("sox") || !has_program("ffmpeg") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for (encoding, channels) in [
        (&["-e", "gsm-full-rate", "-r", "8000"][..], 1),
        (&["-e", "ima-adpcm"], 1),
        (&["-e", "ima-adpcm"], 2),
        (&["-e", "ms-adpcm"], 1),
        (&["-e", "ms-adpcm"], 2),
        (&["-e", "a-law"], 2),
        (&["-e", "mu-law"], 2),
    ] {
        let path = folder.path().join("coded.wav");
        run(Command::new("sox")
            .arg(control(&data))
            .args(encoding)
            .args(["-c", &channels.to_string()])
            .arg(&path));
        let ours = samples(&std::fs::read(&path).unwrap());
        let theirs =
            run(Command::new("ffmpeg").args(["-v", "error", "-i"]).arg(&path).args(["-f", "s16le", "-"]));
        let theirs: Vec<_> = theirs.as_chunks().0.iter().map(|&sample| i16::from_le_bytes(sample)).collect();
        let shorter = ours.len().min(theirs.len());
        assert!(shorter > 15_000 && ours.len().abs_diff(theirs.len()) < 4_096, "{encoding:?}");
        let worst = ours.iter().zip(&theirs).map(|(a, b)| a.abs_diff(*b)).max().unwrap();
        // ffmpeg rounds the steps of IMA's coding in one sum, the specification in three.
        let allowed = if encoding[1] == "ima-adpcm" { 64 } else { 0 };
        assert!(worst <= allowed, "{encoding:?} with {channels} channels: {worst}");
    }
}

#[test]
fn a_recording_of_any_level_of_damage_is_read_as_far_as_it_goes() {
    let data = recordings_or_skip!();
    let folder = tempfile::tempdir().unwrap();
    let clip = keyword(&data, recordings::SPEAKER, "seven");
    let path = folder.path().join("cut.wav");
    let mut file = voice_core::audio::wav::Writer::create(&path, recordings::RATE).unwrap();
    file.write(&[clip.clone(), silence(3_000)].concat()).unwrap();
    file.finish().unwrap();
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, &whole[..45 + 2 * clip.len()]).unwrap();
    let output = transcribe(&[], &[path]);
    assert_eq!(stdout(&output), "سبعة\n");
    assert!(stderr(&output).contains("shorter than its header says"), "{}", stderr(&output));
}
