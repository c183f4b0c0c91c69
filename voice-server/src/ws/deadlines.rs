//! The deadlines of a session: when it ends, and when its client is pinged.

use std::time::{Duration, Instant};

use voice_core::supervision::Policy;
use voice_core::{Error, ErrorKind};

use crate::config::LimitsConfig;
use crate::refusal::{Reason, Refusal};
use crate::security::credentials::jwt::TokenError;

/// The longest time between two looks at the clock.
const CHECK_INTERVAL: Duration = Duration::from_secs(10);

/// The time for the last utterance of a session whose time is up: half a second, so that the session ends within a
/// second.
pub(super) const LAST_UTTERANCE_TIMEOUT: Duration = Duration::from_millis(500);

/// The same if audio that was received before still waits for its results.
pub(super) const LAST_RESULTS_TIMEOUT: Duration = Duration::from_secs(5);

pub(super) struct Deadlines {
    idle: Duration,
    /// A command without an outcome after this time fails, because its engine hangs.
    outcome_timeout: Duration,
    /// The same if the engine is known to hang.
    hung_outcome_timeout: Duration,
    ping: Option<Duration>,
    /// The end of the longest session.
    over: Instant,
    /// When its token expires, until that is reported.
    expires: Option<Instant>,
    /// When the client last sent something, including a pong.
    heard: Instant,
    /// When the client last sent a message.
    spoke: Instant,
    /// When the last outcome came, or nothing was in progress.
    served: Instant,
    pinged: Option<Instant>,
    /// When a session that is leaving must have ended.
    leave: Option<Instant>,
}

/// The state of the engine's work for the session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EngineState {
    Idle,
    /// A command waits for its outcome.
    Busy,
    /// A command waits, and the supervisor has given up on the engine.
    Hung,
}

/// What must be done at a time.
pub(super) enum Due {
    Nothing,
    Ping,
    /// Finish the last utterance, and then end the session.
    Leave(Refusal),
    /// The client is gone.
    Gone,
    Failed(Error),
    /// The time for leaving is over.
    Late,
}

impl Deadlines {
    pub(super) fn new(
        limits: &LimitsConfig,
        policy: &Policy,
        expires: Option<Instant>,
        now: Instant,
    ) -> Self {
        Self {
            idle: limits.idle,
            outcome_timeout: policy.outcome_deadline(),
            hung_outcome_timeout: policy.stuck_outcome_deadline(),
            ping: limits.ping,
            over: now + limits.session,
            expires,
            heard: now,
            spoke: now,
            served: now,
            pinged: None,
            leave: None,
        }
    }

    /// The client has another connection, with a token that `expires`.
    pub(super) fn reconnected(&mut self, expires: Option<Instant>, now: Instant) {
        self.expires = expires;
        self.heard(true, now);
    }

    pub(super) fn heard(&mut self, message: bool, now: Instant) {
        self.heard = now;
        self.pinged = None;
        if message {
            self.spoke = now;
        }
    }

    pub(super) fn served(&mut self, now: Instant) {
        self.served = now;
    }

    /// From now on the session has `time` to end, or less if it already had less.
    pub(super) fn leave_within(&mut self, time: Duration, now: Instant) {
        let end = now + time;
        self.leave = Some(self.leave.map_or(end, |leave| leave.min(end)));
    }

    /// The time at which the session is over in any case.
    pub(super) fn end(&self) -> Instant {
        let end = self.leave.unwrap_or(self.over);
        self.expires.map_or(end, |expires| expires.min(end)) + LAST_UTTERANCE_TIMEOUT
    }

    /// When to look at the clock again.
    pub(super) fn next(&self, now: Instant) -> Instant {
        let late = Some(self.served + self.hung_outcome_timeout);
        let times =
            [Some(now + CHECK_INTERVAL), Some(self.over), self.expires, self.leave, self.next_ping(), late];
        let ahead = times.into_iter().flatten().filter(|time| *time > now);
        ahead.min().unwrap_or(now + CHECK_INTERVAL)
    }

    fn next_ping(&self) -> Option<Instant> {
        let ping = self.ping?;
        Some(self.pinged.unwrap_or(self.heard) + ping)
    }

    /// What must be done now.
    pub(super) fn due(&mut self, engine: EngineState, now: Instant) -> Due {
        if self.leave.is_some_and(|leave| now >= leave) {
            return Due::Late;
        }
        // A server that is stopping gives no extra time to a session with an expired token.
        if self.expires.take_if(|expires| now >= *expires).is_some() {
            return Due::Leave(TokenError::Expired.into());
        }
        if self.leave.is_some() {
            return Due::Nothing;
        }
        if now >= self.over {
            return Due::Leave(Reason::SessionTooLong.into());
        }
        let timeout = match engine {
            EngineState::Idle => {
                self.served = now;
                None
            }
            EngineState::Busy => Some(self.outcome_timeout),
            EngineState::Hung => Some(self.hung_outcome_timeout),
        };
        if let Some(timeout) = timeout {
            if now < self.served + timeout {
                return Due::Nothing;
            }
            return Due::Failed(Error::new(ErrorKind::ModelStuck, "the engine does not answer; reconnect"));
        }
        if now >= self.spoke + self.idle {
            let message = format!("nothing was sent for {} seconds", self.idle.as_secs());
            return Due::Failed(Error::new(ErrorKind::SessionEnded, message));
        }
        match (self.pinged, self.next_ping()) {
            (None, Some(next)) if now >= next => {
                self.pinged = Some(now);
                Due::Ping
            }
            (Some(_), Some(next)) if now >= next => Due::Gone,
            _ => Due::Nothing,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deadlines(now: Instant, expires: Option<u64>) -> Deadlines {
        let config = crate::config::parse(&|_| Ok(None)).unwrap();
        Deadlines::new(
            &config.limits,
            &config.policy,
            expires.map(|seconds| now + Duration::from_secs(seconds)),
            now,
        )
    }

    #[test]
    fn silent_client_is_dropped_after_two_pings() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut deadlines = deadlines(start, None);
        assert!(matches!(deadlines.due(EngineState::Idle, at(29)), Due::Nothing));
        assert!(matches!(deadlines.due(EngineState::Idle, at(30)), Due::Ping));
        assert!(matches!(deadlines.due(EngineState::Idle, at(59)), Due::Nothing));
        assert!(matches!(deadlines.due(EngineState::Idle, at(60)), Due::Gone));
    }

    #[test]
    fn client_that_answers_or_speaks_stays() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut pongs = deadlines(start, None);
        for seconds in (30..600).step_by(30) {
            assert!(matches!(pongs.due(EngineState::Idle, at(seconds)), Due::Ping), "{seconds}");
            pongs.heard(false, at(seconds));
        }
        assert!(
            matches!(pongs.due(EngineState::Idle, at(600)), Due::Failed(_)),
            "pongs alone do not keep a session"
        );
        // Some clients never send pongs, and send audio all the time.
        let mut speaks = deadlines(start, None);
        for seconds in (0..3_600).step_by(20) {
            speaks.heard(true, at(seconds));
            assert!(matches!(speaks.due(EngineState::Idle, at(seconds)), Due::Nothing));
        }
    }

    #[test]
    fn session_ends_when_its_token_expires() {
        let start = Instant::now();
        let mut deadlines = deadlines(start, Some(5));
        assert_eq!(deadlines.next(start), start + Duration::from_secs(5));
        let due = deadlines.due(EngineState::Busy, start + Duration::from_secs(5));
        assert!(matches!(due, Due::Leave(refusal) if refusal.code == "token_expired"));
        deadlines.leave_within(Duration::from_secs(1), start + Duration::from_secs(5));
        assert_eq!(deadlines.next(start + Duration::from_secs(5)), start + Duration::from_secs(6));
        assert!(matches!(deadlines.due(EngineState::Busy, start + Duration::from_secs(6)), Due::Late));
    }

    #[test]
    fn expired_token_ends_session_while_server_stops() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut deadlines = deadlines(start, Some(5));
        deadlines.leave_within(Duration::from_secs(20), start);
        assert_eq!((deadlines.next(start), deadlines.end()), (at(5), at(5) + LAST_UTTERANCE_TIMEOUT));
        assert!(matches!(deadlines.due(EngineState::Busy, at(4)), Due::Nothing));
        let due = deadlines.due(EngineState::Busy, at(5));
        assert!(matches!(due, Due::Leave(refusal) if refusal.code == "token_expired"));
        deadlines.leave_within(LAST_RESULTS_TIMEOUT, at(5));
        assert_eq!(deadlines.next(at(5)), at(10));
        assert!(matches!(deadlines.due(EngineState::Busy, at(9)), Due::Nothing), "it is told once");
        deadlines.leave_within(Duration::from_secs(20), at(9));
        assert!(matches!(deadlines.due(EngineState::Busy, at(10)), Due::Late), "no later time counts");
    }

    #[test]
    fn engine_has_one_minute() {
        let start = Instant::now();
        let mut deadlines = deadlines(start, None);
        assert!(matches!(deadlines.due(EngineState::Busy, start + Duration::from_secs(59)), Due::Nothing));
        assert!(matches!(deadlines.due(EngineState::Busy, start + Duration::from_mins(1)), Due::Failed(_)));
    }

    #[test]
    fn hung_engine_has_fifteen_seconds() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut deadlines = deadlines(start, None);
        assert!(matches!(deadlines.due(EngineState::Hung, at(14)), Due::Nothing));
        assert_eq!(deadlines.next(at(14)), at(15));
        assert!(matches!(deadlines.due(EngineState::Hung, at(15)), Due::Failed(_)));
        assert!(matches!(deadlines.due(EngineState::Idle, at(20)), Due::Nothing));
        assert_eq!(
            deadlines.next(at(20)),
            at(30),
            "a session that waits for nothing is not checked more often"
        );
    }
}
