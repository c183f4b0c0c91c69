//! What is due, in every state.

use std::time::{Duration, Instant};

use super::rules::Rules;
use super::state::Facts;

/// The longest time until a state is looked at again.
const MAX_WAIT: Duration = Duration::from_mins(10);

impl Rules {
    /// The time of the next [`tick`](Self::tick).
    pub(super) fn deadline(&self, facts: &Facts) -> Instant {
        let mut deadline = facts.now + MAX_WAIT;
        let mut soonest = |at: Instant| deadline = deadline.min(at);
        soonest(self.turn_deadline());
        if let Some(at) = self.output_deadline(facts) {
            soonest(at);
        }
        deadline
    }

    /// Does what is due.
    pub(super) fn tick(&mut self, facts: &Facts) {
        self.output_tick(facts);
        self.turn_tick(facts);
    }
}
