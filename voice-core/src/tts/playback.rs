//! What the listener of a session has heard.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::clause::ScriptClause;
use super::clause_positions::ClausePositions;
use super::clock::Clock;

/// How late a listener may be, compared with the estimate, so that the first report still finds all that was not heard.
const LATE: Duration = Duration::from_secs(10);

/// The playback of a session's audio, for any thread, even while the session computes.
///
/// The host [reports](Self::played) the position of its listener. Until its first report, the position is estimated
/// by the session's [`Clock`], for a listener who plays all audio at once and without a delay. Positions are those of
/// the events: milliseconds of audio since the start of the session.
#[derive(Clone)]
pub struct Playback(Arc<Shared>);

/// How much of a session's audio and text has been heard.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Heard {
    /// The position in the audio, in milliseconds since the start of the session.
    pub ms: u64,
    /// The end of the text that has been heard, as a byte offset in all pushed text.
    ///
    /// It is exact at the end of a clause. Within a clause it is the start of the word that is being heard, told by
    /// [`TtsEvent::Word`](super::TtsEvent::Word) if words are marked, and otherwise found in proportion to the length of the clause; it may be wrong by a word or two, since words differ in length. It is
    /// the start of the clause if its text comes from a document and is written in another way there, and in the first
    /// clause of a voice that does not know its length before the end.
    pub text: usize,
    /// The clause that is being heard, or was heard last, as byte offsets in all pushed text.
    pub clause: Range<usize>,
}

struct Shared {
    /// Frames per second.
    rate: u32,
    clock: Clock,
    epoch: Instant,
    /// The end of the audio that was returned, in frames.
    given: AtomicU64,
    /// The highest reported position, in frames.
    played: AtomicU64,
    /// The time of the report, in nanoseconds since `epoch`; 0 before the first.
    played_at: AtomicU64,
    reports: AtomicBool,
    state: Mutex<State>,
}

struct State {
    /// The end of the audio that was made, in frames. Dropped audio takes no time.
    made: u64,
    /// The audio before it has been heard or dropped, in frames.
    floor: u64,
    /// The time at which all audio that was returned will have been heard.
    until: Instant,
    /// The time and the position of the report that `until` depends on.
    anchor: (u64, u64),
    clauses: ClausePositions,
    pause: Pause,
    /// The time of the pause. Nothing is heard after it.
    stopped: Option<Instant>,
    /// The time of the last call of [`Playback::pause`].
    pause_called: Instant,
}

/// Whether audio is returned, and whether a pause has been told.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Pause {
    No,
    Paused {
        is_told: bool,
    },
    /// The audio that was not heard is to be returned again.
    Resumed {
        is_told: bool,
    },
    /// The listener hears no more.
    Over,
}

/// What a session does next.
pub(super) enum Turn {
    /// Give out events.
    Play,
    /// Tell that it is paused: the end of the audio that was returned in milliseconds, and what was heard.
    Tell(u64, Heard),
    /// Nothing.
    Wait,
    /// [Rewind](Playback::rewind).
    Rewind,
}

impl Playback {
    /// The playback of audio of `rate` frames per second.
    pub(super) fn new(rate: u32, clock: Clock) -> Self {
        let epoch = clock.now();
        let state = State {
            made: 0,
            floor: 0,
            until: epoch,
            anchor: (0, 0),
            clauses: ClausePositions::default(),
            pause: Pause::No,
            stopped: None,
            pause_called: epoch,
        };
        Self(Arc::new(Shared {
            rate,
            clock,
            epoch,
            given: AtomicU64::new(0),
            played: AtomicU64::new(0),
            played_at: AtomicU64::new(0),
            reports: AtomicBool::new(false),
            state: Mutex::new(state),
        }))
    }

    /// Reports that the listener has heard the audio before the position `ms`, by the times of the events.
    ///
    /// Positions never decrease: a report of less than was reported before changes nothing, as does a late report after
    /// a cancel. A position after the end of the audio that was returned counts as that end. Round down: the position
    /// is the first whole frame at or after `ms`, so that nothing counts as heard that was not.
    ///
    /// It neither waits nor allocates, so an audio callback may call it. A report for each buffer played, or every
    /// 200 ms, is enough.
    pub fn played(&self, ms: u64) {
        let shared = &*self.0;
        let given = shared.given.load(Ordering::Acquire);
        // Times of events are rounded down, the end too.
        let frames = if ms >= self.ms(given) { given } else { (ms * u64::from(shared.rate)).div_ceil(1_000) };
        if shared.played.fetch_max(frames, Ordering::AcqRel) <= frames {
            let at = shared.clock.now().saturating_duration_since(shared.epoch).as_nanos();
            shared.played_at.store(u64::try_from(at).unwrap_or(u64::MAX).max(1), Ordering::Release);
        }
        shared.reports.store(true, Ordering::Release);
    }

    /// How much has been heard.
    pub fn heard(&self) -> Heard {
        let now = self.0.clock.now();
        let state = self.lock();
        self.heard_at(&state, now)
    }

    /// Holds the audio back until [`resume`](Self::resume), for example while the listener speaks and it is not clear
    /// yet whether this is an interruption. Drop the playback buffer: a resume returns its audio again.
    ///
    /// The session returns [`TtsEvent::Paused`](super::TtsEvent::Paused) and then nothing. Audio that it returns
    /// before this event is of the audio to drop, even if a call returns it after the pause. A pause during a pause
    /// does nothing, nor does a pause after everything was heard. A later cancel ends the pause; the event of an earlier
    /// one may come after the pause.
    pub fn pause(&self) {
        let now = self.0.clock.now();
        let mut state = self.lock();
        state.pause_called = now;
        if matches!(state.pause, Pause::No | Pause::Resumed { .. }) {
            state.pause = Pause::Paused { is_told: false };
            state.stopped = state.stopped.or(Some(now));
        }
    }

    /// Ends a pause: audio that was returned and not heard before it is returned again, from the position that was
    /// heard. Without a pause it does nothing.
    pub fn resume(&self) {
        let mut state = self.lock();
        if let Pause::Paused { is_told } = state.pause {
            state.pause = Pause::Resumed { is_told };
        }
    }

    /// What the session does next.
    pub(super) fn turn(&self) -> Turn {
        let now = self.0.clock.now();
        let mut state = self.lock();
        match state.pause {
            Pause::No => return Turn::Play,
            Pause::Paused { is_told: true } | Pause::Over => return Turn::Wait,
            Pause::Resumed { is_told: true } => return Turn::Rewind,
            Pause::Paused { is_told: false } => state.pause = Pause::Paused { is_told: true },
            Pause::Resumed { is_told: false } => state.pause = Pause::Resumed { is_told: true },
        }
        let heard = self.heard_at(&state, now);
        Turn::Tell(self.ms(self.given()), heard)
    }

    /// Whether the session is paused and has told so.
    pub(super) fn holds(&self) -> bool {
        matches!(self.lock().pause, Pause::Paused { is_told: true })
    }

    /// The duration of the audio that was made and not returned.
    pub(super) fn waiting(&self) -> Duration {
        let state = self.lock();
        self.duration(state.made - self.given())
    }

    /// Whether a pause came by the time `at`, and its audio was not returned again.
    pub(super) fn is_paused(&self, at: Instant) -> bool {
        let state = self.lock();
        !matches!(state.pause, Pause::No | Pause::Over) && state.stopped.is_some_and(|stopped| stopped <= at)
    }

    /// Ends a pause of a session whose audio has all been heard.
    pub(super) fn forget_pause(&self) {
        let mut state = self.lock();
        if state.pause != Pause::Over {
            state.pause = Pause::No;
        }
    }

    /// Goes back to the position that was heard, or to the last one before it that is a multiple of `unit` frames, unless
    /// another pause came. Returns that position and the end of the audio returned before, in frames.
    pub(super) fn rewind(&self, unit: u64) -> Option<(u64, u64)> {
        let now = self.0.clock.now();
        let mut state = self.lock();
        if !matches!(state.pause, Pause::Resumed { is_told: true }) {
            return None;
        }
        let (heard, end) = (self.position(&state, now), self.given());
        let heard = heard - heard % unit;
        self.0.given.store(heard, Ordering::Release);
        state.until = now;
        (state.pause, state.stopped) = (Pause::No, None);
        Some((heard, end))
    }

    /// Drops what was made from the frame `at` on; it is made again.
    pub(super) fn remake(&self, at: u64) {
        let mut state = self.lock();
        state.made = at;
        self.0.given.fetch_min(at, Ordering::AcqRel);
        state.clauses.remake(at);
    }

    /// Ends the playback at the time `at`, after the last audio was returned.
    pub(super) fn stop(&self, at: Instant) {
        let now = self.0.clock.now();
        let mut state = self.lock();
        // What was not heard is no longer counted, so later reports and cancels change nothing.
        let heard = self.position(&state, at);
        self.0.given.store(heard, Ordering::Release);
        (state.made, state.floor, state.until) = (heard, heard, now);
        (state.pause, state.stopped) = (Pause::Over, None);
    }

    /// Whether the listener has heard everything.
    pub(super) fn is_over(&self) -> bool {
        let now = self.0.clock.now();
        let state = self.lock();
        self.position(&state, now) == state.made
    }

    /// The duration of the audio that was made and has not been heard, estimated between two reports by the clock.
    pub(crate) fn ahead(&self) -> Duration {
        let now = self.0.clock.now();
        let mut state = self.lock();
        self.follow_reports(&mut state);
        state.until.saturating_duration_since(now) + self.duration(state.made - self.given())
    }

    /// The duration of the audio that was returned and has not been heard, estimated between two reports by the clock. It
    /// is zero in a pause, after which that audio is returned again.
    pub(crate) fn buffered(&self) -> Duration {
        let now = self.0.clock.now();
        let mut state = self.lock();
        self.follow_reports(&mut state);
        if state.pause == Pause::No { state.until.saturating_duration_since(now) } else { Duration::ZERO }
    }

    /// The end of the audio that was made, in frames.
    pub(super) fn made(&self) -> u64 {
        self.lock().made
    }

    /// Counts audio that was made; returns its start in frames.
    pub(super) fn make(&self, frames: u64) -> u64 {
        let mut state = self.lock();
        state.made += frames;
        state.made - frames
    }

    /// Counts audio that is returned, unless a pause came. Returns a position that was heard, also if the listener is
    /// [late](LATE), and the end of the audio returned before, in frames.
    pub(super) fn give(&self, frames: u64) -> Option<(u64, u64)> {
        let now = self.0.clock.now();
        let mut state = self.lock();
        if state.pause != Pause::No {
            return None;
        }
        self.follow_reports(&mut state);
        let sure = now.checked_sub(LATE).map_or(state.floor, |late| self.position(&state, late));
        state.floor = sure;
        let before = (sure, self.given());
        // After an underrun the next audio is heard later.
        state.until = state.until.max(now) + self.duration(frames);
        self.0.given.fetch_add(frames, Ordering::AcqRel);
        state.clauses.forget(before.0);
        Some(before)
    }

    /// Begins the speech of a clause.
    pub(super) fn begin(&self, clause: &ScriptClause) {
        let mut state = self.lock();
        let made = state.made;
        state.clauses.begin(clause, made);
    }

    /// Sets the expected length of the clause begun last, in frames.
    pub(super) fn expect(&self, frames: u64) {
        self.lock().clauses.expect(frames);
    }

    /// Begins a word of the clause begun last, whose text starts at a byte of all pushed text.
    pub(super) fn begin_word(&self, text: usize) {
        let mut state = self.lock();
        let made = state.made;
        state.clauses.begin_word(made, text);
    }

    /// Ends the speech of a clause.
    pub(super) fn end(&self) {
        let mut state = self.lock();
        let made = state.made;
        state.clauses.end(made);
    }

    /// Ends all audio, which the listener stopped to hear at the time `at`. Returns the end of the audio that was
    /// returned, in milliseconds, and what was heard.
    pub(super) fn drop_unheard(&self, at: Instant) -> (u64, Heard) {
        let now = self.0.clock.now();
        let mut state = self.lock();
        let heard = self.heard_at(&state, at);
        let given = self.given();
        (state.made, state.floor, state.until) = (given, given, now);
        state.clauses.clear(heard.text);
        // A pause that came after the cancel remains.
        state.pause = match state.pause {
            Pause::Paused { .. } if state.pause_called > at => Pause::Paused { is_told: false },
            Pause::Resumed { is_told } if state.pause_called > at => Pause::Resumed { is_told },
            _ => Pause::No,
        };
        state.stopped = (state.pause != Pause::No).then_some(state.pause_called);
        (self.ms(given), heard)
    }

    fn heard_at(&self, state: &State, at: Instant) -> Heard {
        let position = self.position(state, at);
        let place = state.clauses.place(position, state.made);
        Heard { ms: self.ms(position), text: place.text, clause: place.clause }
    }

    /// The position of the listener at a time, in frames.
    fn position(&self, state: &State, at: Instant) -> u64 {
        let given = self.given();
        let at = state.stopped.map_or(at, |stopped| stopped.min(at));
        let heard = if self.0.reports.load(Ordering::Acquire) {
            self.0.played.load(Ordering::Acquire)
        } else {
            given.saturating_sub(self.frames(state.until.saturating_duration_since(at)))
        };
        heard.max(state.floor).min(given)
    }

    /// Corrects the estimate by the last report.
    fn follow_reports(&self, state: &mut State) {
        let at = self.0.played_at.load(Ordering::Acquire);
        let played = self.0.played.load(Ordering::Acquire);
        if (at, played) != state.anchor {
            state.anchor = (at, played);
            let left = self.duration(self.given().saturating_sub(played.max(state.floor)));
            state.until = self.0.epoch + Duration::from_nanos(at) + left;
        }
    }

    fn given(&self) -> u64 {
        self.0.given.load(Ordering::Acquire)
    }

    fn ms(&self, frames: u64) -> u64 {
        frames * 1_000 / u64::from(self.0.rate)
    }

    fn duration(&self, frames: u64) -> Duration {
        Duration::from_secs_f64(frames as f64 / f64::from(self.0.rate))
    }

    fn frames(&self, duration: Duration) -> u64 {
        (duration.as_secs_f64() * f64::from(self.0.rate)).round() as u64
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
