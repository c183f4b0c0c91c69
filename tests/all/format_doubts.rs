//! Audio that is not what was declared, on human recordings: what is found, and that nothing is said of sound streams.

use std::path::{Path, PathBuf};

use voice_core::audio::{Doubt, Encoder, Format, FormatCheck, SampleEncoding, file};
use voice_core::{Engine, ErrorKind, SttEvent, SttOptions};
use voice_tests::recordings::{self, at_rate};
use voice_tests::recordings_or_skip;

/// The length of a stream in samples: 10 s.
const STREAM: usize = 160_000;

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = folder.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|ending| ["flac", "wav", "opus"].iter().any(|e| ending == *e))
        {
            found.push(path);
        }
    }
}

/// Every recording at 16 kHz, in streams of about 10 s.
fn streams(data: &Path) -> Vec<Vec<i16>> {
    let mut streams = Vec::new();
    for folder in ["arabic-commands", "arabic-digits", "arabic-speech", "english-speech"] {
        let mut paths = Vec::new();
        files(&data.join(folder), &mut paths);
        // Of the short recordings a part, with words of all speakers.
        let step = match folder {
            "arabic-commands" => 41,
            "arabic-digits" => 3,
            _ => 1,
        };
        let mut stream = Vec::new();
        for path in paths.iter().step_by(step) {
            let mut reader = file::Reader::open(path).unwrap();
            let mut decoder = voice_core::audio::Decoder::new(reader.format()).unwrap();
            let mut block = Vec::new();
            loop {
                reader.read(1_000, &mut block).unwrap();
                if block.is_empty() {
                    break;
                }
                decoder.push(&block, &mut stream).unwrap();
            }
            decoder.finish(&mut stream).unwrap();
            if stream.len() >= STREAM {
                streams.push(std::mem::take(&mut stream));
            }
        }
        if stream.len() >= STREAM / 2 {
            streams.push(stream);
        }
    }
    streams
}

fn stored(samples: &[i16], encoding: SampleEncoding) -> Vec<u8> {
    let floats: Vec<f32> = samples.iter().map(|&sample| f32::from(sample) / 32_768.0).collect();
    let mut bytes = Vec::new();
    Encoder::new(16_000, Format::new(encoding, 16_000, 1).unwrap())
        .unwrap()
        .push(&floats, &mut bytes)
        .unwrap();
    bytes
}

fn doubt(declared: SampleEncoding, bytes: &[u8]) -> Option<Doubt> {
    let mut check = FormatCheck::new(Format::new(declared, 16_000, 1).unwrap());
    bytes.chunks(4_000).find_map(|part| check.push(part))
}

#[test]
fn human_recordings_raise_no_false_alarm_and_wrong_ones_are_found() {
    use SampleEncoding::{ALaw, MuLaw, PcmF32, PcmI16};
    let data = recordings_or_skip!();
    let streams = streams(&data);
    let mut false_alarms = Vec::new();
    let mut hits = std::collections::BTreeMap::<&str, usize>::new();
    for samples in &streams {
        let [shorts, floats, mu_law, a_law] = [PcmI16, PcmF32, MuLaw, ALaw].map(|e| stored(samples, e));
        let slow = at_rate(samples, 8_000);
        for (declared, bytes) in [
            (PcmI16, &shorts),
            (PcmF32, &floats),
            (MuLaw, &mu_law),
            (ALaw, &a_law),
            (PcmI16, &stored(&slow, PcmI16)),
            (MuLaw, &stored(&slow, MuLaw)),
            (ALaw, &stored(&slow, ALaw)),
            (PcmI16, &stored(&at_rate(samples, 48_000), PcmI16)),
        ] {
            false_alarms.extend(doubt(declared, bytes).map(|doubt| (declared, doubt)));
        }
        let swapped: Vec<u8> = shorts.as_chunks::<2>().0.iter().flat_map(|&[a, b]| [b, a]).collect();
        let twice: Vec<u8> = shorts.as_chunks::<2>().0.iter().flat_map(|&[a, b]| [a, b, a, b]).collect();
        let large: Vec<u8> = samples.iter().flat_map(|&sample| f32::from(sample).to_le_bytes()).collect();
        for (name, declared, bytes, expected) in [
            ("floats as integers", PcmI16, &floats[..], Doubt::Floats),
            ("integers as floats", PcmF32, &shorts, Doubt::Integers),
            ("swapped bytes", PcmI16, &swapped, Doubt::BigEndian),
            ("half a sample missing", PcmI16, &shorts[1..], Doubt::Shifted),
            ("µ-law as integers", PcmI16, &mu_law, Doubt::MuLaw),
            ("A-law as integers", PcmI16, &a_law, Doubt::ALaw),
            ("integers as µ-law", MuLaw, &shorts, Doubt::Integers),
            ("floats of integers", PcmF32, &large, Doubt::FloatsOutOfRange),
            ("two channels as one", PcmI16, &twice, Doubt::Twice),
        ] {
            *hits.entry(name).or_default() += usize::from(doubt(declared, bytes) == Some(expected));
        }
    }
    println!("{} streams of 10 s: {} false alarms {false_alarms:?}", streams.len(), false_alarms.len());
    for (name, hits) in &hits {
        println!("{name}: {:.1} %", *hits as f64 * 100.0 / streams.len() as f64);
    }
    assert_eq!(false_alarms, []);
    assert!(hits.values().all(|hits| hits * 2 > streams.len()), "{hits:?}");
}

#[test]
fn session_warns_and_goes_on() {
    let data = recordings_or_skip!();
    let engine = Engine::open(voice_tests::shipped_model()).unwrap();
    let flac = std::fs::read(data.join("english-speech/LJ001-0001.flac")).unwrap();
    let speech =
        stored(&recordings::keyword(&data, recordings::SPEAKER, "one").repeat(8), SampleEncoding::PcmF32);
    for bytes in [flac, speech] {
        let mut session = engine.stt_session(SttOptions::default()).unwrap();
        for part in bytes.chunks(3_000) {
            session.push(part).unwrap();
        }
        // A file need not end with a whole sample.
        let _ = session.finish();
        let mut warnings = 0;
        while let Some(event) = session.next_event().unwrap() {
            if let SttEvent::Warning { kind, .. } = event {
                assert_eq!(kind, ErrorKind::AudioFormatDoubtful);
                warnings += 1;
            }
        }
        assert_eq!(warnings, 1);
    }
}
