//! Audio that is given out as Opus packets.

use super::*;
use crate::audio::Output;
use crate::audio::opus::{OpusDecoder, packet_duration};

const TEXT: &str = "One two three. Four five six, seven. Eight nine ten.";

fn opened(output: Output) -> TtsSession {
    let (session, ..) = timed(TtsOptions { output, ..TtsOptions::default() });
    session
}

#[test]
fn each_chunk_is_a_packet_and_times_are_true() {
    let mut plain = opened(Output::Samples);
    plain.push(TEXT).unwrap();
    plain.finish().unwrap();
    let length = listen(&mut plain).finished[0];

    let mut session = opened(Output::OpusPackets);
    let format = session.format();
    assert!([8_000, 12_000, 16_000, 24_000, 48_000].contains(&format.sample_rate()));
    session.push(TEXT).unwrap();
    session.finish().unwrap();
    let heard = listen(&mut session);
    let mut decoder = OpusDecoder::new(format).unwrap();
    let mut audio = Vec::new();
    for (number, chunk) in heard.chunks.iter().enumerate() {
        assert_eq!(packet_duration(&chunk.audio), Some(Duration::from_millis(20)));
        assert_eq!((chunk.at_ms, chunk.end_ms), (20 * number as u64, 20 * (number as u64 + 1)));
        decoder.decode(&chunk.audio, &mut audio).unwrap();
    }
    assert!(heard.finished[0].abs_diff(length) <= 27, "{:?} instead of {length}", heard.finished);
    assert_eq!(heard.finished[0], format.duration_of(audio.len()).as_millis() as u64);
}

#[test]
fn text_in_pieces_leaves_no_audio_behind() {
    let mut session = opened(Output::OpusPackets);
    let mut all = 0;
    for text in TEXT.split_inclusive(' ') {
        session.push(text).unwrap();
        session.flush().unwrap();
        let heard = listen(&mut session);
        assert!(!heard.chunks.is_empty());
        assert_eq!(heard.chunks[0].at_ms, all, "times are contiguous");
        all = heard.chunks.last().unwrap().end_ms;
        assert!(listen(&mut session).chunks.is_empty(), "silence is added once");
    }
}

#[test]
fn resume_repeats_less_than_a_packet_and_skips_nothing() {
    let mut session = opened(Output::OpusPackets);
    session.push(TEXT).unwrap();
    session.finish().unwrap();
    let mut chunks = Vec::new();
    while chunks.len() < 12 {
        if let TtsEvent::Audio(chunk) = session.next_event().unwrap().unwrap() {
            chunks.push(chunk);
        }
    }
    session.played(117);
    session.pause();
    let paused = listen(&mut session).paused;
    assert_eq!(paused[0].1.ms, 117);
    session.resume();
    let heard = listen(&mut session);
    assert_eq!(heard.chunks[0].at_ms, 100);
    assert!(heard.chunks.windows(2).all(|pair| pair[0].end_ms == pair[1].at_ms));
    assert_eq!(heard.finished, [heard.chunks.last().unwrap().end_ms]);
    // A cancel ends at a packet, and what follows starts there.
    let mut session = opened(Output::OpusPackets);
    session.push(TEXT).unwrap();
    while !matches!(session.next_event().unwrap(), Some(TtsEvent::Audio(_))) {}
    session.cancel();
    let (at_ms, _) = listen(&mut session).cancelled[0];
    assert_eq!(at_ms, 20);
    session.push("Better. ").unwrap();
    session.finish().unwrap();
    let after = listen(&mut session);
    assert_eq!(after.chunks[0].at_ms, 20);
    assert!(after.chunks.windows(2).all(|pair| pair[0].end_ms == pair[1].at_ms));
}

#[test]
fn ogg_has_the_duration_of_the_samples() {
    let mut session = opened(Output::OggOpus);
    session.push(TEXT).unwrap();
    session.finish().unwrap();
    let heard = listen(&mut session);
    assert!(heard.audio.starts_with(b"OggS"));
    assert!(heard.chunks.iter().all(|chunk| chunk.audio.starts_with(b"OggS")));
    // The position on the last page, without the lookahead of 6.5 ms.
    let last = heard.audio.windows(4).rposition(|name| name == b"OggS").unwrap();
    assert_eq!(heard.audio[last + 5] & 4, 4, "the stream is marked as ended");
    let granules = u64::from_le_bytes(heard.audio[last + 6..last + 14].try_into().unwrap());
    assert!((granules / 48).abs_diff(heard.finished[0]) <= 7, "{granules}");
}

#[test]
fn other_formats_are_refused() {
    for options in [
        TtsOptions { sample_rate: Some(22_050), ..TtsOptions::default() },
        TtsOptions { encoding: crate::audio::SampleEncoding::PcmF32, ..TtsOptions::default() },
    ] {
        let voice: Arc<dyn Voice> = Letters::new("a", false);
        let options = TtsOptions { output: Output::OggOpus, ..options };
        let session = TtsSession::new(vec![voice], options, Arc::default(), Clock::default());
        assert_eq!(session.err().unwrap().kind(), ErrorKind::AudioFormatUnsupported);
    }
    let mut session = opened(Output::OggOpus);
    let error = session.update(TtsOptions::default()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::OptionInvalid, "an update cannot change the output");
}
