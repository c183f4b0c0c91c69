//! Opus that is still arriving: packets, and streams as browsers and other encoders write them.

use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use voice_core::audio::opus::OpusEncoder;
use voice_core::audio::{Format, Input};
use voice_core::stt::SttSession;
use voice_core::{Engine, ErrorKind, SttEvent, SttOptions};
use voice_tests::recordings::{self, keyword, silence};
use voice_tests::server::Server;
use voice_tests::{has_program, recordings_or_skip};

fn session(engine: &Engine, input: Input) -> SttSession {
    engine.stt_session(SttOptions { input, ..SttOptions::default() }).unwrap()
}

/// The texts of the session, the start of the first, and the kinds of its warnings.
fn heard(session: &mut SttSession) -> (Vec<String>, u64, Vec<ErrorKind>) {
    session.finish().unwrap();
    let (mut texts, mut start, mut warnings) = (Vec::new(), 0, Vec::new());
    while let Some(event) = session.next_event().unwrap() {
        match event {
            SttEvent::Final(transcript) => texts.push(transcript.text),
            SttEvent::SpeechStarted { at_ms } if texts.is_empty() => start = at_ms,
            SttEvent::Warning { kind, .. } => warnings.push(kind),
            _ => {}
        }
    }
    (texts, start, warnings)
}

fn speech(data: &Path) -> Vec<u8> {
    let word = keyword(data, recordings::SPEAKER, "one");
    recordings::bytes(&[silence(1_000), word, silence(1_500)].concat())
}

#[test]
fn packets_are_understood_even_if_some_are_lost_or_damaged() {
    let data = recordings_or_skip!();
    let engine = Engine::open(voice_tests::shipped_model()).unwrap();
    let audio = speech(&data);
    let mut plain = session(&engine, Input::Samples);
    plain.push(&audio).unwrap();
    let (texts, start, _) = heard(&mut plain);
    assert_eq!(texts, ["واحد"]);

    let mut packets = Vec::new();
    OpusEncoder::new(Format::default(), 24_000)
        .unwrap()
        .push(&audio, |packet| packets.push(packet.to_vec()))
        .unwrap();
    let mut lossy = session(&engine, Input::OpusPackets);
    for (number, packet) in packets.iter().enumerate() {
        match number {
            // In the silence before the word.
            10..20 => lossy.packet_lost().unwrap(),
            20..25 => lossy.push(&[0x4b, 0, 1]).unwrap(),
            30 => lossy.push(&[]).unwrap(),
            _ => {}
        }
        if !(10..25).contains(&number) {
            lossy.push(packet).unwrap();
        }
    }
    let (texts, lossy_start, warnings) = heard(&mut lossy);
    assert_eq!(texts, ["واحد"]);
    assert!(lossy_start.abs_diff(start) <= 64, "{lossy_start} ms instead of {start}");
    assert_eq!(warnings, [ErrorKind::AudioPacketInvalid], "one for several in a row");
}

#[test]
fn streams_of_other_encoders_are_understood_cut_anywhere() {
    let data = recordings_or_skip!();
    let engine = Engine::open(voice_tests::shipped_model()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let wav = folder.path().join("speech.wav");
    let mut writer = voice_core::audio::wav::Writer::create(&wav, 16_000).unwrap();
    let samples: Vec<i16> =
        speech(&data).as_chunks().0.iter().map(|&bytes| i16::from_le_bytes(bytes)).collect();
    writer.write(&samples).and_then(|()| writer.finish()).unwrap();
    let mut streams = Vec::new();
    let mut add = |program: &str, ending: &str, before: &[&str], after: &[&str]| {
        if has_program(program) {
            let path = folder.path().join(ending);
            let status =
                Command::new(program).args(before).arg(&wav).args(after).arg(&path).status().unwrap();
            assert!(status.success());
            streams.push((ending.to_owned(), std::fs::read(path).unwrap()));
        }
    };
    let quiet = ["-v", "error", "-i"];
    // As MediaRecorder writes it: without lengths, without an index.
    add("ffmpeg", "live.webm", &quiet, &["-ar", "48000", "-c:a", "libopus", "-live", "1", "-f", "webm"]);
    add("ffmpeg", "stereo.webm", &quiet, &["-ac", "2", "-c:a", "libopus", "-b:a", "96k"]);
    add("ffmpeg", "ffmpeg.ogg", &quiet, &["-c:a", "libopus", "-b:a", "16k", "-frame_duration", "60"]);
    add("opusenc", "opusenc.opus", &["--quiet", "--bitrate", "20"], &[]);
    for (name, stream) in streams {
        for piece in [97, 4_000, stream.len()] {
            let mut session = session(&engine, Input::OpusStream);
            for part in stream.chunks(piece) {
                session.push(part).unwrap();
            }
            let (texts, start, warnings) = heard(&mut session);
            assert_eq!(texts, ["واحد"], "{name} in pieces of {piece}");
            assert!((950..1_500).contains(&start), "{name}: {start} ms");
            assert_eq!(warnings, []);
        }
    }
}

/// The same through the protocol of vosk-server, to which the client says nothing of the format.
#[test]
fn recording_of_a_browser_is_understood_by_the_server() {
    let data = recordings_or_skip!();
    if !has_program("ffmpeg") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("live.webm");
    let mut child = Command::new("ffmpeg")
        .args(["-v", "error", "-f", "s16le", "-ar", "16000", "-i", "-", "-ar", "48000", "-c:a", "libopus"])
        .args(["-live", "1", "-f", "webm"])
        .arg(&path)
        .stdin(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(&speech(&data)).unwrap();
    assert!(child.wait().unwrap().success());
    let stream = std::fs::read(&path).unwrap();
    let server = Server::start();
    let mut client = server.connect();
    let mut replies: Vec<Value> = stream.chunks(1_001).map(|part| client.audio(part.to_vec())).collect();
    replies.push(client.ask(r#"{"eof" : 1}"#));
    assert!(replies.iter().all(|reply| reply.get("warning").is_none()), "{replies:?}");
    let texts: Vec<_> = replies.iter().filter_map(|reply| reply["text"].as_str()).collect();
    assert_eq!(texts.concat(), "واحد");
}

#[test]
fn stream_of_another_kind_is_refused() {
    let engine = Engine::open(voice_tests::shipped_model()).unwrap();
    let mut session = session(&engine, Input::OpusStream);
    let error = session.push(b"fLaC\0\0\0\x22 and more").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AudioFormatUnsupported);
    session.finish().unwrap();
}
