//! Audio that is not what was declared, on human recordings: what is found, and that nothing is said of sound streams.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;
use voice_core::audio::opus::{OggEncoder, OpusEncoder};
use voice_core::audio::{
    Decoder, Doubt, Encoder, Format, FormatCheck, RateCheck, RateDoubt, SampleEncoding, file,
};
use voice_core::{Engine, ErrorKind, SttEvent, SttOptions};
use voice_tests::recordings::{self, at_rate, bytes};
use voice_tests::server::{self, Server};
use voice_tests::{has_program, recordings_or_skip};

/// The least length of a stream in samples: 11 s.
const STREAM: usize = 176_000;

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

/// Every recording at 16 kHz, in streams of 11 s and more.
fn streams(data: &Path) -> Vec<Vec<i16>> {
    let mut streams = Vec::new();
    for folder in ["arabic-commands", "arabic-digits", "arabic-speech", "english-speech"] {
        let mut paths = Vec::new();
        files(&data.join(folder), &mut paths);
        // Of the short recordings a part, with words of all speakers.
        let step = match folder {
            _ if std::env::var_os("VOICE_ALL_RECORDINGS").is_some() => 1,
            "arabic-commands" => 41,
            "arabic-digits" => 3,
            _ => 1,
        };
        let mut stream = Vec::new();
        for path in paths.iter().step_by(step) {
            let mut reader = file::Reader::open(path).unwrap();
            let mut decoder = Decoder::new(reader.format()).unwrap();
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
    println!("{} streams: {} false alarms {false_alarms:?}", streams.len(), false_alarms.len());
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

/// The doubt about `samples` that are declared to have `rate`.
fn rate_doubt(samples: &[i16], rate: u32) -> Option<RateDoubt> {
    let mut decoder = Decoder::new(Format::pcm16(rate).unwrap()).unwrap();
    let mut heard = Vec::new();
    decoder.push(&bytes(samples), &mut heard).unwrap();
    decoder.finish(&mut heard).unwrap();
    RateCheck::default().push(&heard)
}

#[test]
fn wrong_sample_rates_are_found_and_true_ones_raise_no_alarm() {
    let data = recordings_or_skip!();
    let mut hits = std::collections::BTreeMap::<(u32, u32), (usize, usize)>::new();
    let mut false_alarms = Vec::new();
    let streams = streams(&data);
    // A part of them, for the time that it takes.
    let is_all = std::env::var_os("VOICE_ALL_RECORDINGS").is_some();
    let (step, wrong_step) = if is_all { (1, 16) } else { (4, 4) };
    for (number, samples) in streams.iter().enumerate().step_by(step) {
        for rate in [8_000, 16_000, 48_000] {
            let audio = if rate == 16_000 { samples.clone() } else { at_rate(samples, rate) };
            false_alarms.extend(rate_doubt(&audio, rate).map(|doubt| (number, rate, doubt)));
            for declared in [8_000, 16_000, 48_000] {
                if declared == rate || number % wrong_step != 0 {
                    continue;
                }
                // Enough for a section of 10 s as it is declared.
                let audio = audio.repeat((2 * declared / rate).max(1) as usize);
                let expected = if declared < rate { RateDoubt::Higher } else { RateDoubt::Lower };
                let (found, of) = hits.entry((rate, declared)).or_default();
                *found += usize::from(rate_doubt(&audio, declared) == Some(expected));
                *of += 1;
            }
        }
    }
    let count = streams.len().div_ceil(step);
    println!("{count} streams at 3 rates: {} false alarms {false_alarms:?}", false_alarms.len());
    for ((rate, declared), (found, of)) in &hits {
        println!("{rate} Hz as {declared} Hz: {found} of {of}");
    }
    assert_eq!(false_alarms, []);
    // As documented, less one.
    assert!(hits.values().all(|(found, of)| found * 13 >= of * 10), "{hits:?}");
}

/// The human speech that is sent below: 40 s of connected Arabic.
fn connected(data: &Path) -> Vec<i16> {
    [1, 2]
        .map(|n| recordings::wav(&data.join(format!("arabic-speech/ar-AR_Broadband_sample{n}.wav"))))
        .concat()
        .repeat(2)
}

/// What is sent, and how the first warning of it begins.
fn wrong(data: &Path) -> Vec<(&'static str, u32, Vec<u8>, &'static str)> {
    let speech = connected(data);
    let swapped = speech.iter().flat_map(|sample| sample.to_be_bytes()).collect();
    let mut wrong = vec![
        ("16 kHz as 8 kHz", 8_000, bytes(&speech), "the voices are too low"),
        ("8 kHz as 16 kHz", 16_000, bytes(&at_rate(&speech, 8_000)), "the voices are too high"),
        ("floats", 16_000, stored(&speech, SampleEncoding::PcmF32), "the audio looks like 32-bit floats"),
        ("big-endian", 16_000, swapped, "the audio looks like 16-bit integers in big-endian order"),
        ("µ-law", 16_000, stored(&speech, SampleEncoding::MuLaw), "the audio looks like µ-law"),
    ];
    if has_program("ffmpeg") {
        for (name, codec) in [
            ("webm", "libopus"),
            ("ogg", "libvorbis"),
            ("mp3", "libmp3lame"),
            ("mp4", "aac"),
            ("flac", "flac"),
        ] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join(format!("x.{name}"));
            let mut command = Command::new("ffmpeg");
            command
                .args(["-v", "error", "-t", "4", "-i"])
                .arg(data.join("arabic-speech/ar-AR_Broadband_sample1.wav"));
            assert!(command.args(["-c:a", codec]).arg(&path).status().unwrap().success());
            wrong.push((name, 16_000, std::fs::read(&path).unwrap(), "the audio begins like "));
        }
    }
    wrong
}

#[test]
fn sessions_tell_of_everything_that_is_sent_wrongly() {
    let data = recordings_or_skip!();
    let engine = Engine::open(voice_tests::shipped_model()).unwrap();
    for (name, rate, sent, expected) in wrong(&data) {
        let format = Format::pcm16(rate).unwrap();
        let mut session = engine.stt_session(SttOptions { format, ..SttOptions::default() }).unwrap();
        for part in sent.chunks(3_200) {
            session.push(part).unwrap();
        }
        let _ = session.finish();
        let mut warnings = Vec::new();
        while let Some(event) = session.next_event().unwrap() {
            if let SttEvent::Warning { kind: ErrorKind::AudioFormatDoubtful, message } = event {
                warnings.push(message);
            }
        }
        assert_eq!(warnings.len(), 1, "{name}: {warnings:?}");
        assert!(warnings[0].starts_with(expected), "{name}: {warnings:?}");
    }
}

#[test]
fn vosk_clients_are_told_of_what_they_send_wrongly() {
    let data = recordings_or_skip!();
    let server = Server::start();
    for (name, rate, sent, expected) in wrong(&data) {
        let mut client = server.connect().configured(&json!({"sample_rate": rate}));
        let mut replies: Vec<_> = sent.chunks(8_000).map(|part| client.audio(part.to_vec())).collect();
        replies.push(client.ask(r#"{"eof" : 1}"#));
        let warnings: Vec<_> = replies.iter().filter_map(|reply| reply.get("warning")).collect();
        if name == "webm" {
            // Opus in WebM is decoded.
            assert_eq!(warnings, [&json!(null); 0]);
            continue;
        }
        let Some(first) = warnings.first() else { panic!("{name}: no warning") };
        let message = first["message"].as_str().unwrap();
        if expected == "the audio begins like " {
            assert_eq!(first["code"], "audio_format_unsupported", "{name}: {first}");
            assert!(message.starts_with("this is "), "{name}: {first}");
        } else {
            assert_eq!(first["code"], "audio_format_doubtful", "{name}: {first}");
            assert!(message.starts_with(expected), "{name}: {first}");
            assert_eq!(warnings.len(), 1, "{name}: {warnings:?}");
        }
    }
    // Without a configuration the rate is 8 kHz.
    let mut client = server.connect();
    let replies = client.stream(&connected(&data));
    let warnings: Vec<_> = replies.iter().filter_map(|reply| reply.get("warning")).collect();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert_eq!(warnings[0]["code"], "audio_format_doubtful");
    // The true rate: nothing is said.
    let mut client = server.connect().configured(&json!({"sample_rate": 16_000}));
    let replies = client.stream(&connected(&data));
    assert!(replies.iter().all(|reply| reply.get("warning").is_none()), "{replies:?}");
}

/// A WAV file whose header states another rate, as some telephone systems write it.
#[test]
fn transcribe_tells_of_a_header_with_a_wrong_rate() {
    let data = recordings_or_skip!();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("wrong.wav");
    let mut writer = voice_core::audio::wav::Writer::create(&path, 16_000).unwrap();
    let speech = at_rate(&connected(&data), 8_000);
    writer.write(&speech).and_then(|()| writer.finish()).unwrap();
    let mut command = Command::new(server::program());
    command.arg("transcribe").env_remove("VOSK_MODEL_PATH").current_dir(std::env::temp_dir());
    let output = command.arg(&path).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("the voices are too high and too fast"), "{said}");
}

#[test]
fn vosk_clients_name_their_encoding() {
    let data = recordings_or_skip!();
    let word = recordings::keyword(&data, recordings::SPEAKER, "seven");
    let samples = [recordings::silence(500), word, recordings::silence(1_500)].concat();
    let server = Server::start();
    let slow = at_rate(&samples, 8_000);
    let mut packets = Vec::new();
    let mut encoder = OpusEncoder::new(Format::default(), 24_000).unwrap();
    encoder.push(&bytes(&samples), |packet| packets.push(packet.to_vec())).unwrap();
    let mut ogg = Vec::new();
    let mut encoder = OggEncoder::new(Format::default(), 24_000).unwrap();
    encoder.push(&bytes(&samples), &mut ogg).and_then(|()| encoder.finish(&mut ogg)).unwrap();
    let cut = |bytes: Vec<u8>| bytes.chunks(3_001).map(<[u8]>::to_vec).collect::<Vec<_>>();
    for (config, messages) in [
        (
            json!({"encoding": "pcm_f32le", "sample_rate": 16_000}),
            stored(&samples, SampleEncoding::PcmF32).chunks(3_200).map(<[u8]>::to_vec).collect(),
        ),
        (json!({"encoding": "mulaw"}), cut(stored(&slow, SampleEncoding::MuLaw))),
        (json!({"encoding": "alaw", "sample_rate": 8_000}), cut(stored(&slow, SampleEncoding::ALaw))),
        (json!({"encoding": "opus"}), packets),
        (json!({"encoding": "opus_stream"}), cut(ogg)),
        (
            json!({"encoding": "pcm_s16le", "sample_rate": 16_000}),
            bytes(&samples).chunks(3_200).map(<[u8]>::to_vec).collect(),
        ),
    ] {
        let mut client = server.connect().configured(&config);
        let mut replies: Vec<_> = messages.into_iter().map(|part| client.audio(part)).collect();
        replies.push(client.ask(r#"{"eof" : 1}"#));
        assert_eq!(voice_tests::client::texts(&replies), "سبعة", "{config}");
        assert!(replies.iter().all(|reply| reply.get("warning").is_none()), "{config}: {replies:?}");
    }
    let mut client = server.connect();
    let refused = client.ask(r#"{"config": {"encoding": "mp3"}}"#);
    assert_eq!(refused["error"]["code"], "option_invalid");
}
