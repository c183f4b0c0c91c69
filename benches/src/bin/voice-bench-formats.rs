//! The processor time of decoding a second of audio, by format, to 16-bit mono at 16 kHz.
//!
//! `voice-bench-formats RECORDING.wav` converts a recording with ffmpeg to each format, and decodes each for two seconds of
//! processor time.

use std::io::Cursor;
use std::path::Path;
use std::process::Command;

use voice_bench::server::cpu_seconds;
use voice_core::audio::{Decoder, Format, SampleEncoding, file};

/// The processor time for each format.
const ENOUGH: f64 = 2.0;

const FILES: [(&str, &[&str]); 9] = [
    ("FLAC, 16 kHz", &["-ar", "16000", "-c:a", "flac", "-f", "flac"]),
    ("MP3, 16 kHz, 32 kbit/s", &["-ar", "16000", "-c:a", "libmp3lame", "-b:a", "32k", "-f", "mp3"]),
    ("MP3, 44.1 kHz, 128 kbit/s", &["-ar", "44100", "-c:a", "libmp3lame", "-b:a", "128k", "-f", "mp3"]),
    ("AAC, 16 kHz, 32 kbit/s", &["-ar", "16000", "-c:a", "aac", "-b:a", "32k", "-f", "adts"]),
    ("AAC, 48 kHz, 96 kbit/s", &["-ar", "48000", "-c:a", "aac", "-b:a", "96k", "-f", "adts"]),
    ("Vorbis, 16 kHz", &["-ar", "16000", "-c:a", "libvorbis", "-f", "ogg"]),
    ("Opus in Ogg, 16 kbit/s", &["-c:a", "libopus", "-b:a", "16k", "-f", "ogg"]),
    ("Opus in Ogg, 32 kbit/s", &["-c:a", "libopus", "-b:a", "32k", "-f", "ogg"]),
    ("Opus in WebM, 48 kbit/s", &["-c:a", "libopus", "-b:a", "48k", "-f", "webm"]),
];

fn main() {
    let recording = std::env::args().nth(1).expect("the path of a WAV file");
    let recording = Path::new(&recording);
    println!("| format | bytes a second | ms of processor time for a second of audio |\n|---|---|---|");
    for (name, encoding, rate) in [
        ("s16, 16 kHz", SampleEncoding::PcmI16, 16_000),
        ("s16, 8 kHz", SampleEncoding::PcmI16, 8_000),
        ("s16, 48 kHz", SampleEncoding::PcmI16, 48_000),
        ("f32, 16 kHz", SampleEncoding::PcmF32, 16_000),
        ("µ-law, 8 kHz", SampleEncoding::MuLaw, 8_000),
        ("A-law, 8 kHz", SampleEncoding::ALaw, 8_000),
    ] {
        let form = match encoding {
            SampleEncoding::PcmI16 => "s16le",
            SampleEncoding::PcmF32 => "f32le",
            SampleEncoding::MuLaw => "mulaw",
            SampleEncoding::ALaw => "alaw",
        };
        let audio = converted(recording, &["-ar", &rate.to_string(), "-f", form]);
        let format = Format::new(encoding, rate, 1).expect("a supported format");
        report(name, audio.len(), || {
            let (mut decoder, mut out) = (Decoder::new(format).expect("a decoder"), Vec::new());
            audio.chunks(8_000).for_each(|part| decoder.push(part, &mut out).expect("samples"));
            decoder.finish(&mut out).expect("whole samples");
            out.len()
        });
    }
    for (name, options) in FILES {
        let audio = converted(recording, options);
        report(name, audio.len(), || {
            let mut reader = file::Reader::new(Cursor::new(audio.clone())).expect("a file");
            let mut decoder = Decoder::new(reader.format()).expect("a decoder");
            let (mut block, mut out) = (Vec::new(), Vec::new());
            loop {
                reader.read(200, &mut block).expect("a sound file");
                if block.is_empty() {
                    decoder.finish(&mut out).expect("whole samples");
                    return out.len();
                }
                decoder.push(&block, &mut out).expect("samples");
            }
        });
    }
}

/// The recording in another form, by ffmpeg.
fn converted(recording: &Path, options: &[&str]) -> Vec<u8> {
    let mut command = Command::new("ffmpeg");
    let output = command.args(["-v", "error", "-i"]).arg(recording).args(options).arg("-").output();
    let output = output.expect("ffmpeg");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// Prints the figures of `decode`, which returns the number of samples at 16 kHz.
fn report(name: &str, bytes: usize, mut decode: impl FnMut() -> usize) {
    let own = std::process::id();
    let start = cpu_seconds(own);
    let (mut samples, mut runs, mut used) = (0, 0, 0.0);
    while used < ENOUGH {
        samples += decode();
        runs += 1;
        used = cpu_seconds(own) - start;
    }
    let seconds = samples as f64 / 16_000.0;
    let bytes_a_second = bytes as f64 * f64::from(runs) / seconds;
    println!("| {name} | {bytes_a_second:.0} | {:.2} |", used * 1_000.0 / seconds);
}
