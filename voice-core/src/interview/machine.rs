//! The interview: a state machine without clock, thread or sound.
//!
//! A host tells it what happens ([`Input`]), with the time, and does what it asks ([`Action`]). At [`Interview::timeout`]
//! without another input the host gives [`Input::Tick`]. Every state has such a timeout, and silence ends every
//! interview: the question is asked twice more, then the user is asked to be there, then the interview stops with the
//! answers that were given.
//!
//! The order is: consent, who answers, the check of identity, then the form in its order. What needs help at once is
//! looked for in everything that the user says.

mod action;
mod answering;
mod asking;
mod commands;
mod confirming;
mod escalating;
mod fhir;
mod input;
mod keypad;
mod opening;
mod silence;
mod state;
#[cfg(test)]
mod tests;
mod values;

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use self::state::{Core, FormName, Phase, Question, Speed, Timer, Tries, VERSION};
use super::form::{Form, Item};
use super::options::InterviewOptions;
use super::red_flag::RedFlags;
use super::response::{Place, Progress, Response, ResponseStatus};
use super::sentences::{Sentence, Sentences};
use super::value::Date;
use crate::error::{Error, ErrorKind, Result};

pub use action::{Action, EndReason, Escalated, EscalationReason, Listen, Prompt};
pub use input::{Heard, Input, Reading};
pub use state::{Records, State};

/// An interview of one user with one form.
///
/// ```
/// use std::sync::Arc;
/// use std::time::Duration;
/// use voice_core::interview::{Action, Form, Heard, Input, Interview, InterviewOptions};
///
/// let form = br#"{"resourceType": "Questionnaire", "status": "active", "language": "en",
///     "item": [{"linkId": "1", "text": "Do you have a fever?", "type": "boolean"}]}"#;
/// let form = Arc::new(Form::parse(form).unwrap());
/// let options = InterviewOptions {
///     asks_consent: false,
///     asks_respondent: false,
///     ..InterviewOptions::new("en".parse()?, "2026-11-26".parse().unwrap())
/// };
/// let mut interview = Interview::new(form, options)?;
/// let asked: Vec<_> = std::iter::from_fn(|| interview.next_action()).collect();
/// assert!(asked.iter().any(|action| matches!(action, Action::Say(prompt) if prompt.text == "Do you have a fever?")));
/// interview.handle(Input::Heard(Heard::text("yes")), Duration::from_secs(5));
/// # Ok::<(), voice_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Interview {
    form: Arc<Form>,
    sentences: Sentences,
    red_flags: Arc<RedFlags>,
    response: Response,
    core: Core,
    /// The host's time of the last input.
    now: Duration,
    actions: VecDeque<Action>,
}

impl Interview {
    /// The longest text of one input in bytes. What is longer is cut.
    pub const MAX_TEXT: usize = 64 << 10;

    /// Begins an interview. Its first actions are ready.
    ///
    /// Fails with [`ErrorKind::OptionInvalid`], also if the form or this library does not speak the language.
    pub fn new(form: Arc<Form>, options: InterviewOptions) -> Result<Self> {
        let response = Response::new(Arc::clone(&form));
        let core = Core {
            options,
            records: Records::default(),
            question: Question::Nothing,
            phase: Phase::Ask,
            hold: None,
            doubt: None,
            tries: Tries::default(),
            digits: String::new(),
            text: String::new(),
            timer: Timer::Listening { until: Duration::ZERO },
            elapsed: Duration::ZERO,
            prompts: 0,
            awaited: None,
            speed: Speed::default(),
            left_out: 0,
            since_progress: 0,
            ended_groups: BTreeSet::new(),
            used: BTreeSet::new(),
            end: None,
        };
        let mut interview = Self::of(form, response, core)?;
        interview.begin();
        Ok(interview)
    }

    /// Goes on with an interview of this form: the question is asked again.
    ///
    /// Fails with [`ErrorKind::OptionInvalid`] if the state is of another form or of a later version.
    pub fn restore(form: Arc<Form>, state: State) -> Result<Self> {
        if state.version != VERSION {
            return Err(invalid(format!(
                "the state of the interview has the format {}; this version reads {VERSION}",
                state.version
            )));
        }
        if state.form != FormName::of(&form) {
            return Err(invalid(
                "the state of the interview is of another form, or of another version of it",
            ));
        }
        let response = Response::restore(Arc::clone(&form), state.response)
            .map_err(|error| invalid(format!("the state of the interview cannot be read: {error}")))?;
        let mut interview = Self::of(form, response, state.core)?;
        interview.check_places()?;
        if interview.core.end.is_none() {
            interview.ask_again(&[]);
        }
        Ok(interview)
    }

    fn of(form: Arc<Form>, response: Response, core: Core) -> Result<Self> {
        core.options.validate()?;
        let language = &core.options.language;
        let sentences = Sentences::of(language).ok_or_else(|| {
            invalid(format!("interviews are in Arabic or English; `{language}` is neither"))
        })?;
        form.check_language(language).map_err(|problems| invalid(problems.first().to_string()))?;
        for populated in &core.options.populated {
            if form.find(&populated.link_id).is_none() {
                return Err(invalid("populated has a linkId that the form does not have"));
            }
        }
        let red_flags = Arc::new(RedFlags::new(&form, &core.options, sentences));
        Ok(Self { form, sentences, red_flags, response, core, now: Duration::ZERO, actions: VecDeque::new() })
    }

    /// Places of a restored state must exist.
    fn check_places(&self) -> Result<()> {
        let mut places: Vec<&Place> = self.core.ended_groups.iter().collect();
        if let Question::Item { place, .. } | Question::Group(place) = &self.core.question {
            places.push(place);
        }
        if let Phase::Confirm(pending) = &self.core.phase {
            places.extend(pending.parts.iter().map(|(place, _)| place));
        }
        let exists = |place: &&Place| {
            let steps = place.steps();
            let items = self.form.items();
            steps.iter().all(|(item, _)| item.index() < items.len())
                && steps.windows(2).all(|pair| items[pair[1].0.index()].parent == Some(pair[0].0))
        };
        let is_question = match &self.core.question {
            Question::Item { place, .. } if exists(&place) => {
                self.item(place).expected(&self.core.options.language).is_some()
            }
            _ => true,
        };
        if places.iter().all(exists) && is_question {
            Ok(())
        } else {
            Err(invalid("the state of the interview names a place that the form does not have"))
        }
    }

    /// What the host does next, or `None` until another input.
    pub fn next_action(&mut self) -> Option<Action> {
        self.actions.pop_front()
    }

    /// Tells what happens. `now` is the time since this value was made, by [`new`](Self::new) or
    /// [`restore`](Self::restore). A time that goes back is taken to stand still.
    pub fn handle(&mut self, input: Input, now: Duration) {
        self.core.elapsed += now.saturating_sub(self.now);
        self.now = now.max(self.now);
        if self.core.end.is_some() {
            return;
        }
        match input {
            Input::Heard(heard) => self.heard(heard),
            Input::SpeechStarted => self.speech_started(),
            Input::Typed(text) => self.typed(&text),
            Input::Keypad(typed) => self.keyed(&typed),
            Input::Spoken { id } => self.was_spoken(&id),
            Input::Interrupted => self.was_interrupted(),
            Input::Silence => {
                if matches!(self.core.timer, Timer::Listening { .. }) {
                    self.silent();
                }
            }
            Input::Tick => {}
        }
        if self.core.end.is_none() {
            self.tick();
        }
    }

    /// The time after the last input at which [`Input::Tick`] is due. `None` if the interview is over.
    pub fn timeout(&self) -> Option<Duration> {
        let due = self.core.timer.until().min(self.core.options.longest);
        self.core.end.is_none().then(|| due.saturating_sub(self.core.elapsed))
    }

    /// The state, to be stored. It has no actions that were not taken: take them before.
    pub fn state(&self) -> State {
        State {
            version: VERSION,
            form: FormName::of(&self.form),
            response: self.response.snapshot(),
            core: self.core.clone(),
        }
    }

    /// The form.
    pub fn form(&self) -> &Arc<Form> {
        &self.form
    }

    /// The answers.
    pub fn response(&self) -> &Response {
        &self.response
    }

    /// The options.
    pub fn options(&self) -> &InterviewOptions {
        &self.core.options
    }

    /// What was noted beside the answers.
    pub fn records(&self) -> &Records {
        &self.core.records
    }

    /// How far the interview is.
    pub fn progress(&self) -> Progress {
        self.response.progress()
    }

    /// The status and the reason of the end, if the interview is over.
    pub fn end(&self) -> Option<(ResponseStatus, EndReason)> {
        self.core.end
    }

    /// The `linkId` of the question that the user is asked, if it is one of the form.
    pub fn link_id(&self) -> Option<&str> {
        match &self.core.question {
            Question::Item { place, .. } => Some(&self.item(place).link_id),
            _ => None,
        }
    }

    /// The answer that is read back, in the words of the read-back; `None` while none is.
    pub fn read_back(&self) -> Option<&str> {
        match &self.core.phase {
            Phase::Confirm(pending) if self.core.end.is_none() => Some(&pending.read_back),
            _ => None,
        }
    }

    /// The day from which "yesterday" counts: for an interview that goes on on another day.
    pub fn set_today(&mut self, today: Date) {
        self.core.options.today = today;
    }

    /// Ends the interview from outside, such as after a hang-up. The answers are kept.
    pub fn stop(&mut self) {
        if self.core.end.is_none() {
            self.escalate_unconfirmed();
            self.finish(ResponseStatus::Stopped, EndReason::UserStopped);
        }
    }

    fn item(&self, place: &Place) -> &Item {
        self.form.item(place.item())
    }

    fn text(&self, sentence: Sentence<'_>) -> String {
        self.sentences.text(sentence)
    }

    /// The interview is over.
    fn finish(&mut self, status: ResponseStatus, reason: EndReason) {
        self.core.question = Question::Nothing;
        self.core.phase = Phase::Ask;
        self.core.hold = None;
        self.core.doubt = None;
        self.core.end = Some((status, reason));
        self.actions.push_back(Action::Saved);
        self.actions.push_back(Action::Finished { status, reason });
    }
}

fn invalid(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::OptionInvalid, message)
}
