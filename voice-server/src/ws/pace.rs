//! How fast a session may send: token buckets for its audio, its messages and its text.

use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use voice_core::audio::Input;
use voice_core::stt::{DecodedAudio, SttSession};

use crate::config::LimitsConfig;

/// Seconds of audio that may arrive at once.
const AUDIO_BURST: f64 = 60.0;

/// Messages that may arrive at once, as a time at the long-run rate.
const MESSAGES_BURST: f64 = 10.0;

/// Bytes of text messages per second, and at once. Text is parsed where messages are received, not by the pool's
/// workers. The longest phrase list may arrive a few times, and no session takes long over its text.
const TEXT_RATE: f64 = 65_536.0;
const TEXT_BURST: f64 = 16.0 * TEXT_RATE;

/// Compares what a session has sent with what it may send. A session that is ahead is not read until it no longer is.
/// It slows itself, loses nothing, and does not delay other sessions.
pub(super) struct Pace {
    audio: Option<Bucket>,
    messages: Option<Bucket>,
    text: Bucket,
}

struct Bucket {
    rate: f64,
    burst: f64,
    /// Below zero for what was sent ahead.
    level: f64,
    at: Instant,
}

/// The compressed audio of a session, whose length is known when it is decoded.
pub(super) struct Compressed {
    decoded: DecodedAudio,
    counted: Duration,
}

impl Compressed {
    /// `None` if the session takes samples.
    pub(super) fn of(session: &SttSession) -> Option<Self> {
        let is_compressed = session.options().input != Input::Samples;
        is_compressed.then(|| Self { decoded: session.decoded_audio(), counted: Duration::ZERO })
    }

    /// The duration of what was decoded since the last call.
    pub(super) fn take(&mut self) -> Duration {
        let decoded = self.decoded.duration();
        decoded.saturating_sub(std::mem::replace(&mut self.counted, decoded))
    }
}

impl Pace {
    pub(super) fn new(limits: &LimitsConfig, now: Instant) -> Self {
        let bucket = |rate: Option<NonZeroU32>, burst: &dyn Fn(f64) -> f64| {
            let rate = f64::from(rate?.get());
            Some(Bucket { rate, burst: burst(rate), level: burst(rate), at: now })
        };
        Self {
            audio: bucket(limits.audio_rate, &|_| AUDIO_BURST),
            messages: bucket(limits.messages_per_second, &|rate| rate * MESSAGES_BURST),
            text: Bucket { rate: TEXT_RATE, burst: TEXT_BURST, level: TEXT_BURST, at: now },
        }
    }

    /// Counts a message with this much audio and this many bytes of text.
    pub(super) fn count(&mut self, audio: Duration, text: usize, now: Instant) {
        if let Some(bucket) = &mut self.audio {
            bucket.take(audio.as_secs_f64(), now);
        }
        if let Some(bucket) = &mut self.messages {
            bucket.take(1.0, now);
        }
        self.text.take(text as f64, now);
    }

    /// Counts audio of messages that were counted without it.
    pub(super) fn count_decoded(&mut self, audio: Duration, now: Instant) {
        if let Some(bucket) = &mut self.audio
            && !audio.is_zero()
        {
            bucket.take(audio.as_secs_f64(), now);
        }
    }

    /// When the session may be read again; `None` if it may be read now.
    pub(super) fn resumes(&self) -> Option<Instant> {
        let buckets = [self.audio.as_ref(), self.messages.as_ref(), Some(&self.text)];
        buckets.into_iter().flatten().filter_map(Bucket::resumes).max()
    }
}

impl Bucket {
    fn take(&mut self, amount: f64, now: Instant) {
        let passed = now.saturating_duration_since(self.at).as_secs_f64();
        self.level = (self.level + passed * self.rate).min(self.burst) - amount;
        self.at = now;
    }

    fn resumes(&self) -> Option<Instant> {
        let debt = -self.level;
        (debt > 0.0).then(|| self.at + Duration::from_secs_f64(debt / self.rate))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pace(variables: &[(&str, &str)], now: Instant) -> Pace {
        let value =
            |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into());
        Pace::new(&crate::config::parse(&|name| Ok(value(name))).unwrap().limits, now)
    }

    #[test]
    fn audio_burst_is_a_minute_then_four_seconds_a_second() {
        let start = Instant::now();
        let mut pace = pace(&[], start);
        for _ in 0..6 {
            assert_eq!(pace.resumes(), None);
            pace.count(Duration::from_secs(10), 0, start);
        }
        assert_eq!(pace.resumes(), None);
        pace.count(Duration::from_secs(10), 0, start);
        let resumes = pace.resumes().unwrap();
        assert_eq!(resumes.duration_since(start), Duration::from_millis(2_500));
        pace.count(Duration::from_secs(4), 0, resumes);
        assert_eq!(pace.resumes().unwrap().duration_since(resumes), Duration::from_secs(1));
        // At the pace of speech the whole burst becomes available again.
        let mut now = resumes + Duration::from_mins(1);
        for _ in 0..1_000 {
            pace.count(Duration::from_millis(100), 0, now);
            assert_eq!(pace.resumes(), None);
            now += Duration::from_millis(100);
        }
    }

    #[test]
    fn messages_have_a_separate_rate() {
        let start = Instant::now();
        let mut slow = pace(&[("VOICE_MESSAGES_PER_SECOND", "5")], start);
        for _ in 0..50 {
            slow.count(Duration::ZERO, 0, start);
            assert_eq!(slow.resumes(), None);
        }
        slow.count(Duration::ZERO, 0, start);
        assert_eq!(slow.resumes().unwrap().duration_since(start), Duration::from_millis(200));
        let mut free = pace(&[("VOICE_MESSAGES_PER_SECOND", "0"), ("VOICE_AUDIO_RATE", "0")], start);
        for _ in 0..100_000 {
            free.count(Duration::from_secs(10), 0, start);
        }
        assert_eq!(free.resumes(), None);
    }
    #[test]
    fn text_rate_cannot_be_switched_off() {
        let start = Instant::now();
        let mut pace = pace(&[("VOICE_MESSAGES_PER_SECOND", "0"), ("VOICE_AUDIO_RATE", "0")], start);
        for _ in 0..4 {
            pace.count(Duration::ZERO, 256 << 10, start);
            assert_eq!(pace.resumes(), None);
        }
        pace.count(Duration::ZERO, 256 << 10, start);
        assert_eq!(pace.resumes().unwrap().duration_since(start), Duration::from_secs(4));
    }
}
