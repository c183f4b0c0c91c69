//! Recordings in the containers and codecs that other programs write, against what those programs decode.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use voice_core::audio::{SampleEncoding, file};
use voice_core::{ErrorKind, Result};
use voice_tests::{has_program, recordings_or_skip, server};

fn run(command: &mut Command) -> Vec<u8> {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// The samples of a recording, its rate and its channels.
struct Decoded {
    rate: u32,
    channels: u16,
    samples: Vec<f32>,
}

fn read(mut reader: file::Reader) -> Result<Decoded> {
    let format = reader.format();
    let mut decoded =
        Decoded { rate: format.sample_rate(), channels: format.channels(), samples: Vec::new() };
    let mut block = Vec::new();
    loop {
        reader.read(100, &mut block)?;
        if block.is_empty() {
            assert_eq!(reader.remarks(), [], "a sound file");
            return Ok(decoded);
        }
        match format.encoding() {
            SampleEncoding::PcmF32 => {
                decoded.samples.extend(block.as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes)));
            }
            _ => decoded.samples.extend(
                block.as_chunks().0.iter().map(|&bytes| f32::from(i16::from_le_bytes(bytes)) / 32_768.0),
            ),
        }
    }
}

/// What ffmpeg decodes, Opus with the reference decoder.
fn reference(path: &Path, is_opus: bool) -> Vec<f32> {
    let decoder: &[&str] = if is_opus { &["-c:a", "libopus"] } else { &[] };
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error"]).args(decoder).arg("-i").arg(path).args(["-f", "f32le", "-"]);
    let bytes = run(&mut command);
    bytes.as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect()
}

/// The samples that are compared.
const PART: usize = 16_000;

/// The ratio of `expected` and the difference from it, in dB, where they fit best.
fn fit(expected: &[f32], found: &[f32], channels: u16) -> f64 {
    let channels = usize::from(channels);
    let difference = |lag: isize| {
        let (a, b) = (lag.max(0) as usize * channels, (-lag).max(0) as usize * channels);
        let pairs = expected[a..].iter().zip(&found[b..]).take(PART * channels);
        pairs.map(|(x, y)| f64::from(x - y).powi(2)).sum::<f64>()
    };
    let power: f64 = expected.iter().take(PART * channels).map(|sample| f64::from(*sample).powi(2)).sum();
    let least = (-1_200..=1_200).map(difference).fold(f64::MAX, f64::min);
    10.0 * (power / least.max(power * 1e-12)).log10()
}

const FILES: [(&str, &[&str], f64); 14] = [
    ("flac", &["-c:a", "flac"], 90.0),
    ("oga", &["-c:a", "flac"], 90.0),
    ("mp3", &["-c:a", "libmp3lame", "-b:a", "64k"], 60.0),
    ("ogg", &["-c:a", "libvorbis"], 60.0),
    ("opus", &["-c:a", "libopus", "-b:a", "32k"], 35.0),
    ("webm", &["-c:a", "libopus", "-b:a", "24k"], 35.0),
    // As MediaRecorder writes it: without lengths and without an index.
    ("live.webm", &["-c:a", "libopus", "-b:a", "48k", "-live", "1", "-f", "webm"], 35.0),
    ("mka", &["-c:a", "libvorbis"], 60.0),
    ("m4a", &["-c:a", "aac"], 60.0),
    ("fragments.mp4", &["-c:a", "aac", "-movflags", "frag_keyframe+empty_moov"], 60.0),
    ("opus.mp4", &["-c:a", "libopus"], 35.0),
    ("aac", &["-c:a", "aac"], 60.0),
    ("caf", &["-c:a", "pcm_s16le"], 90.0),
    ("aiff", &["-c:a", "pcm_s16be"], 90.0),
];

#[test]
fn what_ffmpeg_writes_decodes_as_by_ffmpeg() {
    let data = recordings_or_skip!();
    if !has_program("ffmpeg") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let source = data.join("arabic-speech/ar-AR_Broadband_sample1.wav");
    for (rate, channels) in [("16000", 1), ("48000", 2)] {
        for (ending, options, least) in FILES {
            let path = folder.path().join(format!("{rate}.{ending}"));
            let mut command = Command::new("ffmpeg");
            command.args(["-v", "error", "-y", "-t", "4", "-i"]).arg(&source);
            run(command.args(["-ar", rate, "-ac", &channels.to_string()]).args(options).arg(&path));
            let decoded = read(file::Reader::open(&path).unwrap()).unwrap();
            let expected = reference(&path, options.contains(&"libopus"));
            assert_eq!(decoded.channels, channels, "{ending}");
            let seconds = decoded.samples.len() as f64 / f64::from(channels) / f64::from(decoded.rate);
            // The first block of an AAC encoder is a delay, which only some players cut off.
            assert!((seconds - 4.0).abs() < 0.11, "{ending}: {seconds} s");
            let fit = fit(&expected, &decoded.samples, channels);
            assert!(fit > least, "{ending} at {rate} Hz: {fit:.1} dB");
            println!("{ending} at {rate} Hz: {fit:.1} dB, {seconds:.3} s");
        }
    }
}

#[test]
fn other_encoders_are_understood() {
    let data = recordings_or_skip!();
    let folder = tempfile::tempdir().unwrap();
    let control = data.join("cases/wav/wav-00-control.wav");
    let mut files: Vec<PathBuf> = Vec::new();
    let mut add = |program: &str, ending: &str, arguments: &dyn Fn(&Path, &mut Command)| {
        if has_program(program) {
            let path = folder.path().join(format!("{program}.{ending}"));
            let mut command = Command::new(program);
            arguments(&path, &mut command);
            run(&mut command);
            files.push(path);
        }
    };
    add("flac", "flac", &|path, command| {
        command.arg("--silent").arg(&control).arg("-o").arg(path);
    });
    add("opusenc", "opus", &|path, command| {
        command.args(["--quiet", "--bitrate", "16", "--framesize", "60"]).arg(&control).arg(path);
    });
    add("oggenc", "ogg", &|path, command| {
        command.arg("-Q").arg(&control).arg("-o").arg(path);
    });
    add("lame", "mp3", &|path, command| {
        command.args(["--quiet", "-V", "5"]).arg(&control).arg(path);
    });
    add("sox", "aiff", &|path, command| {
        command.arg(&control).arg(path);
    });
    if files.is_empty() {
        return;
    }
    let transcribe = || {
        let mut command = Command::new(server::program());
        command.arg("transcribe").env_remove("VOSK_MODEL_PATH").current_dir(std::env::temp_dir());
        command
    };
    let said = run(transcribe().args(&files));
    assert_eq!(String::from_utf8(said).unwrap(), "واحد\n".repeat(files.len()), "{files:?}");
    let said = run(transcribe().arg("-").stdin(std::fs::File::open(&files[0]).unwrap()));
    assert_eq!(String::from_utf8(said).unwrap(), "واحد\n", "through a pipe");
}

/// A recording whose last packets are missing.
#[test]
fn cut_recording_is_read_to_its_end() {
    let data = recordings_or_skip!();
    let mut reader = file::Reader::open(&data.join("cases/stt-30s-cut.opus")).unwrap();
    assert_eq!((reader.format().sample_rate(), reader.format().channels()), (48_000, 1));
    let (mut block, mut bytes) = (Vec::new(), 0);
    loop {
        reader.read(100, &mut block).unwrap();
        bytes += block.len();
        if block.is_empty() {
            break;
        }
    }
    let ms = reader.format().duration_of(bytes).as_millis();
    assert!((33_300..33_400).contains(&ms), "{ms} ms");
}

/// Files on which a crate of containers panicked once, where arithmetic is checked.
#[test]
fn panics_of_decoders_are_errors() {
    let files: Vec<_> = voice_tests::root().join("fuzz/regressions/recording").read_dir().unwrap().collect();
    assert!(!files.is_empty());
    for file in files {
        // The first byte is a setting of the fuzz target.
        let bytes = std::fs::read(file.unwrap().path()).unwrap().split_off(1);
        match file::Reader::new(std::io::Cursor::new(bytes)) {
            Ok(mut reader) => {
                let mut block = Vec::new();
                while reader.read(1_000, &mut block).is_ok() && !block.is_empty() {}
            }
            Err(error) => assert_eq!(error.kind(), ErrorKind::AudioFileInvalid, "{error}"),
        }
    }
}

/// Every kind of file, cut at many places and with damaged bytes: an error or audio, in bounded time.
#[test]
fn damaged_recordings_give_an_error_or_audio() {
    let data = recordings_or_skip!();
    if !has_program("ffmpeg") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let source = data.join("cases/wav/wav-00-control.wav");
    for (ending, options, _) in FILES {
        let path = folder.path().join(format!("x.{ending}"));
        let mut command = Command::new("ffmpeg");
        run(command.args(["-v", "error", "-y", "-i"]).arg(&source).args(options).arg(&path));
        let mut whole = Vec::new();
        std::fs::File::open(&path).unwrap().read_to_end(&mut whole).unwrap();
        let mut random = fastrand::Rng::with_seed(9);
        for round in 0..24 {
            let mut bytes = whole.clone();
            if round % 2 == 0 {
                bytes.truncate(random.usize(..whole.len()));
            } else {
                for _ in 0..=round {
                    let at = random.usize(..bytes.len());
                    bytes[at] = random.u8(..);
                }
            }
            let most = 64 * 16_000 * 8 + bytes.len() * 64;
            match file::Reader::new(std::io::Cursor::new(bytes)) {
                Ok(mut reader) => {
                    let (mut block, mut all) = (Vec::new(), 0);
                    while reader.read(1_000, &mut block).is_ok() && !block.is_empty() {
                        all += block.len();
                        assert!(all < most, "{ending}: more audio than the file can hold");
                    }
                }
                Err(error) => assert!(
                    matches!(error.kind(), ErrorKind::AudioFileInvalid | ErrorKind::AudioFormatUnsupported),
                    "{ending}: {error}"
                ),
            }
        }
    }
}
