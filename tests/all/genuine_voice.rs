//! A voice that others have made and published, through the doors that users have.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use ebur128::{EbuR128, Mode};
use serde_json::json;
use voice_core::source::ModelSource;
use voice_core::tts::{
    Canceller, Heard, Speech, Style, TtsEvent, TtsOptions, TtsSession, Voice, VoiceSource,
};
use voice_core::{Engine, EngineOptions};
use voice_tests::server::{self, Server};
use voice_tests::{has_espeak, published, published_or_skip};

const RATE: u32 = 22_050;

const SENTENCES: [&str; 7] = [
    "The quick brown fox jumps over the lazy dog, and then it runs into the forest.",
    "Your appointment is on Monday, the seventeenth of May, at half past ten in the morning.",
    "If the pain does not go away, call us at once.",
    "We have received your message, but the doctor is not available right now.",
    "Thank you for calling.",
    "The results of your blood test are ready, and everything looks normal.",
    "In the old town, where the river meets the sea, people gather every evening to talk and to listen.",
];

fn say(voice: &str, text: &str, arguments: &[&str]) -> Vec<i16> {
    let output = Command::new(server::program())
        .args(["say", text, "-o", "-", "--voice", voice])
        .args(arguments)
        .env_remove("VOICE_TTS_VOICES")
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    assert!(output.status.success());
    output.stdout.as_chunks().0.iter().map(|bytes| i16::from_le_bytes(*bytes)).collect()
}

/// Integrated loudness in LUFS and the true peak, as a part of full scale.
fn loudness(samples: &[i16], rate: u32) -> (f64, f64) {
    let mut meter = EbuR128::new(1, rate, Mode::I | Mode::TRUE_PEAK).unwrap();
    meter.add_frames_i16(samples).unwrap();
    (meter.loudness_global().unwrap(), meter.true_peak(0).unwrap())
}

/// The engine with a published voice, and the voice.
fn engine(path: &Path) -> (Engine, Arc<dyn Voice>) {
    let tts = vec![VoiceSource::vits(ModelSource::folder(path))];
    let engine = Engine::new(EngineOptions { tts, ..EngineOptions::default() });
    engine.load().unwrap();
    let voice = engine.voice("en_US-joe-medium", None).unwrap();
    (engine, voice)
}

fn still() -> Style {
    Style { noise: Some(0.0), ..Style::default() }
}

/// A text as a session says it.
fn spoken(engine: &Engine, text: &str, style: Style) -> Vec<f32> {
    let options = TtsOptions { style, loudness: None, ..TtsOptions::default() };
    let mut session = engine.tts_session(options).unwrap();
    session.push(text).unwrap();
    session.finish().unwrap();
    let mut samples = Vec::new();
    while let Some(event) = session.next_event().unwrap() {
        if let TtsEvent::Audio(chunk) = event {
            let bytes = chunk.audio.as_chunks().0.iter();
            samples.extend(bytes.map(|bytes| f32::from(i16::from_le_bytes(*bytes)) / 32_768.0));
        }
    }
    samples
}

/// A text as the voice says it when it gets it whole.
fn whole(voice: &Arc<dyn Voice>, text: &str) -> Vec<f32> {
    let speech = [Speech::Text(text.to_owned())];
    let mut rendering = Arc::clone(voice).render(&speech, &still(), &Canceller::default()).unwrap();
    std::iter::from_fn(|| rendering.next_chunk(Duration::from_secs(1)).unwrap()).flatten().collect()
}

/// Silences within the sound that are longer than those within words, in milliseconds.
fn pauses(samples: &[f32]) -> Vec<usize> {
    let loud = samples.iter().enumerate().filter(|(_, sample)| sample.abs() >= 0.01);
    let places: Vec<_> = loud.map(|(at, _)| at).collect();
    let lengths = places.windows(2).map(|pair| (pair[1] - pair[0]) * 1_000 / RATE as usize);
    lengths.filter(|ms| *ms >= 170).collect()
}

#[test]
fn speech_is_as_loud_as_people_expect_and_never_clipped() {
    let voice = published_or_skip!(published::PIPER_JOE);
    if !has_espeak() {
        return;
    }
    for voice in [voice.to_str().unwrap(), "espeak"] {
        let mut all = Vec::new();
        for text in SENTENCES {
            let (lufs, peak) = loudness(&say(voice, text, &[]), RATE);
            assert!(peak < 1.0, "{voice}: a peak of {peak} in {text}");
            assert!((-21.0..=-15.0).contains(&lufs), "{voice}: {lufs:.1} LUFS for {text}");
            all.push(lufs);
        }
        let mean = all.iter().sum::<f64>() / all.len() as f64;
        println!("{voice}: {mean:.1} LUFS, {all:.1?}");
        assert!((mean + 18.0).abs() < 1.0, "{voice}: {mean:.1} LUFS");
    }
    let set =
        |loudness: &str| self::loudness(&say("espeak", SENTENCES[1], &["--loudness", loudness]), RATE).0;
    let (quiet, loud) = (set("-30"), set("-20"));
    assert!((loud - quiet - 10.0).abs() < 0.5, "{quiet} and {loud}");
    // Far too loud for peaks as they are: the limiter holds them.
    let (_, peak) = loudness(
        &say(voice.to_str().unwrap(), SENTENCES[0], &["--loudness", "-10", "--rate", "48000"]),
        48_000,
    );
    assert!(peak < 1.0, "a peak of {peak}");
}

#[test]
fn pauses_at_commas_are_no_shorter_than_the_own_ones_of_the_voice() {
    let path = published_or_skip!(published::PIPER_JOE);
    if !has_espeak() {
        return;
    }
    let (engine, voice) = engine(&path);
    let (mut ours, mut own) = (Vec::new(), Vec::new());
    for text in SENTENCES {
        let mut own_ones = pauses(&whole(&voice, text));
        let mut our_ones = pauses(&spoken(&engine, text, still()));
        println!("{own_ones:?} {our_ones:?} {text}");
        let commas = text.matches(',').count();
        for found in [&mut own_ones, &mut our_ones] {
            found.sort_unstable_by(|a, b| b.cmp(a));
            found.truncate(commas);
        }
        ours.extend(our_ones);
        own.extend(own_ones);
    }
    let mean = |found: &[usize]| found.iter().sum::<usize>() / found.len();
    assert!(mean(&ours) >= mean(&own), "{ours:?} against {own:?}");
    assert!(mean(&ours) <= mean(&own) * 5 / 4, "{ours:?} against {own:?}");
    assert!(ours.iter().min() >= own.iter().min());
}

#[test]
fn speed_means_what_it_says() {
    let path = published_or_skip!(published::PIPER_JOE);
    if !has_espeak() {
        return;
    }
    let (engine, _) = engine(&path);
    let espeak = Engine::new(EngineOptions {
        tts: vec![VoiceSource::espeak("en".parse().unwrap())],
        ..EngineOptions::default()
    });
    espeak.load().unwrap();
    let text = SENTENCES[1];
    for engine in [&engine, &espeak] {
        let seconds = |speed| spoken(engine, text, Style { speed, ..still() }).len() as f32 / RATE as f32;
        let own = seconds(1.0);
        for speed in [0.25, 0.5, 0.8, 1.25, 2.0, 3.0, 4.0] {
            let times = own / seconds(speed);
            println!("{speed}: {times:.3} times as fast");
            assert!((times / speed - 1.0).abs() < 0.05, "{times} times as fast instead of {speed}");
        }
    }
}

#[test]
fn many_sessions_share_one_voice() {
    let path = published_or_skip!(published::PIPER_JOE);
    if !has_espeak() {
        return;
    }
    let server = Server::builder().env("VOICE_TTS_VOICES", format!("en={}", path.display())).start();
    let speak = |text: &str| {
        let wanted = json!({"input": text, "response_format": "pcm", "language": "en"}).to_string();
        let mut stream = TcpStream::connect(server.address()).unwrap();
        stream.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
        let length = wanted.len();
        write!(
            stream,
            "POST /v1/audio/speech HTTP/1.0\r\nhost: test\r\ncontent-length: {length}\r\n\r\n{wanted}"
        )
        .unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        assert!(answer.len() > 20_000, "{}", String::from_utf8_lossy(&answer));
    };
    for sentence in SENTENCES {
        speak(sentence);
    }
    let one = server.memory();
    std::thread::scope(|scope| {
        for number in 0..4 {
            let text = SENTENCES.map(|sentence| format!("{number}. {sentence}")).join(" ");
            scope.spawn(move || speak(&text));
        }
    });
    let four = server.memory();
    println!("{} MiB after one, {} MiB after four at once", one >> 20, four >> 20);
    // What runs at once takes room; a second copy of the weights would take twice as much.
    assert!(four - one.min(four) < 120 << 20, "{} MiB became {} MiB", one >> 20, four >> 20);
}

/// A session with the audio of a player that drops its buffer at a pause.
struct Player {
    session: TtsSession,
    audio: Vec<u8>,
}

impl Player {
    fn new(engine: &Engine, text: &str, sample_rate: u32) -> Self {
        let options = TtsOptions { style: still(), sample_rate: Some(sample_rate), ..TtsOptions::default() };
        let mut session = engine.tts_session(options).unwrap();
        session.push(text).unwrap();
        session.finish().unwrap();
        Self { session, audio: Vec::new() }
    }

    /// Takes audio until there are `ms` of it, or to the end.
    fn fill(&mut self, ms: u64) {
        while self.ms() < ms
            && let Some(event) = self.session.next_event().unwrap()
        {
            if let TtsEvent::Audio(chunk) = event {
                assert_eq!(chunk.at_ms, self.ms(), "times are contiguous");
                self.audio.extend(chunk.audio);
            }
        }
    }

    /// Stops after `ms` and drops the buffer.
    fn pause(&mut self, ms: u64) -> Heard {
        self.session.played(ms);
        self.session.pause();
        let Some(TtsEvent::Paused { heard, .. }) = self.session.next_event().unwrap() else {
            panic!("paused")
        };
        assert!(self.session.next_event().unwrap().is_none());
        assert_eq!(heard.ms, ms);
        self.audio.truncate(2 * (ms * self.rate()).div_ceil(1_000) as usize);
        heard
    }

    fn rate(&self) -> u64 {
        self.session.format().sample_rate().into()
    }

    fn ms(&self) -> u64 {
        self.audio.len() as u64 / 2 * 1_000 / self.rate()
    }
}

/// The greatest difference of two recordings in 16-bit steps.
fn difference(a: &[u8], b: &[u8]) -> u16 {
    assert_eq!(a.len(), b.len());
    let samples = |audio: &[u8]| -> Vec<i16> {
        audio.as_chunks().0.iter().map(|bytes| i16::from_le_bytes(*bytes)).collect()
    };
    samples(a).iter().zip(samples(b)).map(|(a, b)| a.abs_diff(b)).max().unwrap_or_default()
}

#[test]
fn resumed_speech_equals_uninterrupted_speech() {
    let path = published_or_skip!(published::PIPER_JOE);
    if !has_espeak() {
        return;
    }
    // Without a cache every session computes its audio.
    let tts = vec![VoiceSource::vits(ModelSource::folder(&path))];
    let engine = Engine::new(EngineOptions { tts, cache_bytes: 0, ..EngineOptions::default() });
    engine.load().unwrap();
    let text = SENTENCES[..3].join(" ");
    for rate in [RATE, 48_000] {
        let mut whole = Player::new(&engine, &text, rate);
        whole.fill(u64::MAX);
        // A player that fills a buffer of half a second, and one that takes everything at once.
        for ahead in [500, 60_000] {
            let mut player = Player::new(&engine, &text, rate);
            let mut texts = Vec::new();
            for heard in [700, 701, 1_500, 4_000, 6_321, 9_000] {
                player.fill(heard + ahead);
                texts.push(player.pause(heard).text);
                player.session.resume();
            }
            player.fill(u64::MAX);
            let most = difference(&player.audio, &whole.audio);
            println!("{rate} Hz, {ahead} ms ahead: differs by {most} of 32768, heard {texts:?}");
            // Chunks of other sizes differ by rounding, as without a pause.
            assert!(most <= 2, "{most}");
            assert!(texts.is_sorted() && texts[0] > 0, "{texts:?}");
        }
    }
}

#[test]
fn heard_text_matches_the_words_of_a_published_voice() {
    let path = published_or_skip!(published::PIPER_JOE);
    if !has_espeak() {
        return;
    }
    let (engine, _) = engine(&path);
    for text in [SENTENCES[1], SENTENCES[3], SENTENCES[5]] {
        let mut player = Player::new(&engine, text, RATE);
        player.fill(u64::MAX);
        let end = player.ms();
        let words = text.split(' ').count();
        let mut before = 0;
        for percent in [20, 40, 60, 80] {
            player.session.played(end * percent / 100);
            let heard = player.session.heard();
            let count = text[..heard.text].split_whitespace().count();
            println!("{percent} %: {:?}", &text[..heard.text]);
            assert!(heard.text >= before);
            let is_between = text[..heard.text].ends_with(' ') || text[heard.text..].starts_with(' ');
            assert!(is_between || heard.text == 0, "{}", heard.text);
            assert!(
                (count as f64 / words as f64 - percent as f64 / 100.0).abs() < 0.25,
                "{count} of {words} words"
            );
            before = heard.text;
        }
        player.session.played(end);
        assert_eq!(player.session.heard().text, text.len());
    }
}
