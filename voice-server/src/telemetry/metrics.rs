//! The metrics of `GET /metrics`, in the `OpenMetrics` text format that Prometheus reads.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use hyper::StatusCode;
use parking_lot::Mutex;
use prometheus_client::encoding::text::{encode_eof, encode_registry};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};
use voice_core::pool::Timing;

use super::dialogs::DialogMetrics;
use super::labels::Labels;
use super::store::StoreMetrics;
use crate::connections;

/// All metrics.
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<Labels<2>, Counter>,
    /// By stable code. A family cannot be listed, so one is made of these counts at each scrape.
    refusals: Mutex<BTreeMap<&'static str, u64>>,
    admission: Histogram,
    sessions: Counter,
    session_length: Histogram,
    audio_bytes: Counter,
    final_latency: Histogram,
    first_audio: Histogram,
    speech: Counter<f64, AtomicU64>,
    queue_wait: Histogram,
    real_time_factor: Histogram,
    pub(crate) connections: connections::ConnectionCounts,
    /// Sessions that sent faster than allowed.
    pub(crate) slowed: Counter,
    pub(crate) dialogs: DialogMetrics,
    pub(crate) store: StoreMetrics,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let mut metrics = Self {
            registry: Registry::with_prefix("voice"),
            requests: Family::default(),
            refusals: Mutex::default(),
            // 5 µs to 80 ms: from a decision in memory to one by another machine.
            admission: Histogram::new(exponential_buckets(5e-6, 2.0, 15)),
            sessions: Counter::default(),
            // 1 s to 4.5 h.
            session_length: Histogram::new(exponential_buckets(1.0, 4.0, 8)),
            audio_bytes: Counter::default(),
            // 1 ms to 8 s.
            final_latency: Histogram::new(exponential_buckets(0.001, 2.0, 14)),
            // 1 ms to 8 s.
            first_audio: Histogram::new(exponential_buckets(0.001, 2.0, 14)),
            speech: Counter::default(),
            queue_wait: Histogram::new(exponential_buckets(10e-6, 4.0, 10)),
            // Above 1, decoding takes longer than speaking.
            real_time_factor: Histogram::new(exponential_buckets(0.000_5, 2.0, 12)),
            connections: connections::ConnectionCounts::default(),
            slowed: Counter::default(),
            dialogs: DialogMetrics::new(),
            store: StoreMetrics::new(),
        };
        metrics.register();
        metrics
    }

    fn register(&mut self) {
        let to = &mut self.registry;
        to.register("http_requests", "Requests by path and status", self.requests.clone());
        to.register_with_unit(
            "admission",
            "Deciding whether a session may begin",
            Unit::Seconds,
            self.admission.clone(),
        );
        to.register("sessions", "Sessions begun", self.sessions.clone());
        to.register_with_unit(
            "session_length",
            "How long sessions lasted",
            Unit::Seconds,
            self.session_length.clone(),
        );
        to.register_with_unit("audio", "Audio received", Unit::Bytes, self.audio_bytes.clone());
        to.register_with_unit(
            "final_latency",
            "From the message that ends an utterance to its final result",
            Unit::Seconds,
            self.final_latency.clone(),
        );
        to.register_with_unit(
            "first_audio",
            "From a text to the first sound of it",
            Unit::Seconds,
            self.first_audio.clone(),
        );
        to.register_with_unit("speech", "Speech computed", Unit::Seconds, self.speech.clone());
        to.register_with_unit(
            "queue_wait",
            "Between a message and the first work on it",
            Unit::Seconds,
            self.queue_wait.clone(),
        );
        to.register_with_unit(
            "decode_real_time_factor",
            "Decoding time divided by the length of the audio, by message",
            Unit::Ratios,
            self.real_time_factor.clone(),
        );
        to.register("connections", "Open connections", self.connections.open.clone());
        to.register(
            "connections_displaced",
            "Idle connections closed to make room for others",
            self.connections.displaced.clone(),
        );
        to.register("sessions_slowed", "Sessions that sent more than they may", self.slowed.clone());
        self.dialogs.register(to);
        self.store.register(to);
    }

    pub(crate) fn request(&self, route: &'static str, status: StatusCode) {
        // By class of status. No value comes from a client, so clients cannot create series.
        let status = match status.as_u16() / 100 {
            1 => "1xx",
            2 => "2xx",
            3 => "3xx",
            4 => "4xx",
            _ => "5xx",
        };
        self.requests.get_or_create(&Labels([("route", route), ("status", status)])).inc();
    }

    pub(crate) fn refusal(&self, code: &'static str) {
        *self.refusals.lock().entry(code).or_default() += 1;
    }

    pub(crate) fn admission(&self, took: Duration) {
        self.admission.observe(took.as_secs_f64());
    }

    pub(crate) fn session_began(&self) {
        self.sessions.inc();
    }

    pub(crate) fn session_ended(&self, lasted: Duration, bytes: u64) {
        self.session_length.observe(lasted.as_secs_f64());
        self.audio_bytes.inc_by(bytes);
    }

    /// Records the durations of a command with this much audio.
    pub(crate) fn worked(&self, timing: Timing, audio: Duration) {
        if let Some(waited) = timing.waited {
            self.queue_wait.observe(waited.as_secs_f64());
        }
        if !audio.is_zero() {
            self.real_time_factor.observe(timing.worked.as_secs_f64() / audio.as_secs_f64());
        }
    }

    pub(crate) fn final_after(&self, latency: Duration) {
        self.final_latency.observe(latency.as_secs_f64());
    }

    pub(crate) fn first_audio_after(&self, latency: Duration) {
        self.first_audio.observe(latency.as_secs_f64());
    }

    /// Counts computed speech, in seconds.
    pub(crate) fn speech(&self, seconds: f64) {
        self.speech.inc_by(seconds);
    }

    /// The number of refusals by code.
    pub(crate) fn refusals(&self) -> Vec<(&'static str, u64)> {
        self.refusals.lock().iter().map(|(code, count)| (*code, *count)).collect()
    }

    /// All metrics, and the values that are read `now`.
    pub(crate) fn text(&self, now: &[Reading]) -> Result<String, std::fmt::Error> {
        let mut moment = Registry::with_prefix("voice");
        let refusals: Family<Labels<1>, Counter> = Family::default();
        for (code, count) in self.refusals() {
            refusals.get_or_create(&Labels([("code", code)])).inc_by(count);
        }
        moment.register("refusals", "Refusals by stable code", refusals);
        for reading in now {
            let gauge: Family<Vec<(String, String)>, Gauge<f64, AtomicU64>> = Family::default();
            for (labels, value) in &reading.series {
                gauge.get_or_create(labels).set(*value);
            }
            moment.register(reading.name, reading.help, gauge);
        }
        let mut text = String::new();
        encode_registry(&mut text, &self.registry)?;
        encode_registry(&mut text, &moment)?;
        encode_eof(&mut text)?;
        Ok(text)
    }
}

/// A metric that is read at each scrape, with one value for each set of labels.
pub(crate) struct Reading {
    pub(crate) name: &'static str,
    pub(crate) help: &'static str,
    pub(crate) series: Vec<(Vec<(String, String)>, f64)>,
}

impl Reading {
    /// One value without labels.
    pub(crate) fn single(name: &'static str, help: &'static str, value: f64) -> Self {
        Self { name, help, series: vec![(Vec::new(), value)] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_has_every_metric_and_one_end() {
        let metrics = Metrics::new();
        metrics.request("/health", StatusCode::OK);
        metrics.refusal("rate_limited");
        let timing = Timing {
            waited: Some(Duration::from_micros(20)),
            worked: Duration::from_millis(1),
            took: Duration::from_millis(2),
        };
        metrics.worked(timing, Duration::from_millis(100));
        let labels = vec![("model".to_owned(), "a \"b\"".to_owned())];
        let reading = Reading { name: "model_state", help: "Which", series: vec![(labels, 1.0)] };
        let text = metrics.text(&[reading, Reading::single("memory_bytes", "Held", 5.0)]).unwrap();
        assert_eq!(text.matches("# EOF").count(), 1);
        assert!(text.ends_with("# EOF\n"));
        for line in [
            "voice_http_requests_total{route=\"/health\",status=\"2xx\"} 1",
            "voice_refusals_total{code=\"rate_limited\"} 1",
            "voice_decode_real_time_factor_ratios_count 1",
            "voice_model_state{model=\"a \\\"b\\\"\"} 1.0",
            "voice_memory_bytes 5.0",
        ] {
            assert!(text.contains(line), "{line} is missing from\n{text}");
        }
        assert_eq!(metrics.refusals(), [("rate_limited", 1)]);
    }
}
