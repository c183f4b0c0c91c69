//! The metrics of conversations.

use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};
use voice_core::dialog::{ResumeReason, TurnEnd};

use super::labels::Labels;

/// The metrics of conversations.
pub(crate) struct DialogMetrics {
    interruptions: Counter,
    /// Pauses that were no interruption, by reason.
    resumes: Family<Labels<1>, Counter>,
    turns: Family<Labels<1>, Counter>,
    cut_offs: Counter,
    /// From a pause to its decision.
    decision: Histogram,
    /// From the end of the voice to the end of the turn.
    turn_end: Histogram,
}

impl DialogMetrics {
    pub(super) fn new() -> Self {
        Self {
            interruptions: Counter::default(),
            resumes: Family::default(),
            turns: Family::default(),
            cut_offs: Counter::default(),
            // 50 ms to 6.4 s.
            decision: Histogram::new(exponential_buckets(0.05, 2.0, 8)),
            turn_end: Histogram::new(exponential_buckets(0.05, 2.0, 8)),
        }
    }

    pub(super) fn register(&self, to: &mut Registry) {
        to.register("interruptions", "Interruptions of speech by users", self.interruptions.clone());
        to.register(
            "barge_in_resumes",
            "Pauses of speech by voice that was no interruption, by reason",
            self.resumes.clone(),
        );
        to.register("turns", "Turns of users, by the rule that ended them", self.turns.clone());
        to.register(
            "turn_cut_offs",
            "Turns after whose end the user went on within a second",
            self.cut_offs.clone(),
        );
        to.register_with_unit(
            "barge_in_decision",
            "From a pause of speech to the decision whether it is an interruption",
            Unit::Seconds,
            self.decision.clone(),
        );
        to.register_with_unit(
            "turn_end",
            "From the end of the user's voice to the end of the turn",
            Unit::Seconds,
            self.turn_end.clone(),
        );
    }

    pub(crate) fn interrupted(&self, decided: Option<Duration>) {
        self.interruptions.inc();
        self.decided(decided);
    }

    pub(crate) fn resumed(&self, reason: ResumeReason, decided: Option<Duration>) {
        self.resumes.get_or_create(&Labels([("reason", reason.code())])).inc();
        self.decided(decided);
    }

    fn decided(&self, after: Option<Duration>) {
        if let Some(after) = after {
            self.decision.observe(after.as_secs_f64());
        }
    }

    pub(crate) fn turn_ended(&self, reason: TurnEnd, silence_ms: u32) {
        self.turns.get_or_create(&Labels([("reason", reason.code())])).inc();
        self.turn_end.observe(f64::from(silence_ms) / 1_000.0);
    }

    pub(crate) fn cut_off(&self, count: u64) {
        self.cut_offs.inc_by(count);
    }
}
