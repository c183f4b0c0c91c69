//! G.711 as other programs compute it, for all 65,536 samples and all 256 codes.

use std::io::Write as _;
use std::process::{Command, Stdio};

use voice_core::audio::{Decoder, Encoder, Format, SampleEncoding};
use voice_tests::has_program;

/// What `program` makes of `input`.
fn converted(program: &str, arguments: &[&str], input: &[u8]) -> Vec<u8> {
    let mut child =
        Command::new(program).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let writing = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().unwrap();
    writing.join().unwrap().unwrap();
    assert!(output.status.success());
    output.stdout
}

fn bytes(samples: impl Iterator<Item = i16>) -> Vec<u8> {
    samples.flat_map(i16::to_le_bytes).collect()
}

#[test]
fn ffmpeg_agrees_on_every_code_and_every_sample() {
    if !has_program("ffmpeg") {
        return;
    }
    let all: Vec<i16> = (-32_767..=32_767).collect();
    for (encoding, name) in [(SampleEncoding::MuLaw, "mulaw"), (SampleEncoding::ALaw, "alaw")] {
        let format = Format::new(encoding, 16_000, 1).unwrap();
        let ffmpeg = |from: &str, to: &str, input: &[u8]| {
            let arguments = ["-v", "error", "-f", from, "-ar", "16000", "-i", "-", "-f", to, "-"];
            converted("ffmpeg", &arguments, input)
        };
        let codes: Vec<u8> = (0..=255).collect();
        let mut decoded = Vec::new();
        Decoder::new(format).unwrap().push(&codes, &mut decoded).unwrap();
        assert_eq!(bytes(decoded.iter().copied()), ffmpeg(name, "s16le", &codes), "{name}");

        let floats: Vec<f32> = all.iter().map(|&sample| f32::from(sample) / 32_767.0).collect();
        let mut encoded = Vec::new();
        Encoder::new(16_000, format).unwrap().push(&floats, &mut encoded).unwrap();
        let other = ffmpeg("s16le", name, &bytes(all.iter().copied()));
        assert_eq!(encoded.len(), other.len());
        // ffmpeg rounds to the nearest level; the borders of G.711 lie beside the middle where the step size changes.
        let mut levels: Vec<i16> = decoded.clone();
        levels.sort_unstable();
        levels.dedup();
        let level = |code: u8| levels.binary_search(&decoded[usize::from(code)]).unwrap();
        let mut differences = 0;
        for ((&ours, &theirs), sample) in encoded.iter().zip(&other).zip(&all) {
            assert!(level(ours).abs_diff(level(theirs)) <= 1, "{name}: {sample} is {ours} or {theirs}");
            differences += usize::from(ours != theirs);
        }
        assert!(differences < all.len() / 50, "{name}: {differences} differ");
    }
}

/// Python's `audioop` has its own tables. It divides negative samples towards the lower step, where the software of ITU-T
/// G.191 complements them, so that some negative samples beside a border of µ-law get the next code.
#[test]
fn python_agrees_on_every_code_and_sample() {
    let all: Vec<i16> = (-32_767..=32_767).collect();
    let codes: Vec<u8> = (0..=255).collect();
    let works = Command::new("python3").args(["-W", "ignore", "-c", "import audioop"]).output();
    if !works.is_ok_and(|output| output.status.success()) {
        println!("skipped: no Python with audioop (3.12 or older)");
        return;
    }
    let python = |function: &str, input: &[u8]| {
        let code = format!(
            "import sys, audioop; sys.stdout.buffer.write(audioop.{function}(sys.stdin.buffer.read(), 2))"
        );
        converted("python3", &["-W", "ignore", "-c", &code], input)
    };
    let floats: Vec<f32> = all.iter().map(|&sample| f32::from(sample) / 32_767.0).collect();
    for (encoding, name) in [(SampleEncoding::MuLaw, "ulaw"), (SampleEncoding::ALaw, "alaw")] {
        let format = Format::new(encoding, 16_000, 1).unwrap();
        let mut samples = Vec::new();
        Decoder::new(format).unwrap().push(&codes, &mut samples).unwrap();
        assert_eq!(bytes(samples.into_iter()), python(&format!("{name}2lin"), &codes), "{name}");
        let mut encoded = Vec::new();
        Encoder::new(16_000, format).unwrap().push(&floats, &mut encoded).unwrap();
        let other = python(&format!("lin2{name}"), &bytes(all.iter().copied()));
        let differ = encoded.iter().zip(&other).zip(&all).filter(|((ours, theirs), _)| ours != theirs);
        let differ: Vec<i16> = differ.map(|(_, &sample)| sample).collect();
        println!("{name}: {} of {} samples differ", differ.len(), all.len());
        assert!(differ.iter().all(|sample| *sample < 0), "{name}: {differ:?}");
        assert!(differ.len() <= if encoding == SampleEncoding::MuLaw { 508 } else { 0 }, "{name}");
    }
}
