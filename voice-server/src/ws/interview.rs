//! The interview that a conversation is: it asks through the dialog, and its answers are stored.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use tokio::sync::{mpsc, watch};
use voice_core::dialog::{DialogEvent, OutputCommand, Say};
use voice_core::interview::response::{Reference, ResponseStatus};
use voice_core::interview::{
    DateTime, Header, Input, Interview, InterviewOptions, InterviewSession, SessionAction, State,
};
use voice_core::stt::ModelInUse;
use voice_core::{Error, ErrorKind, LanguageTag};

use crate::app::App;
use crate::protocol::voice_v1::{Action, Conversation, InterviewStart, Told};
use crate::refusal::{Reason, Refusal};
use crate::store::{NewInterview, OpenInterview, Progress, ResumeToken, Status, StoreError};

/// How long the end of the last prompt is awaited.
const LAST_PROMPT_TIMEOUT: Duration = Duration::from_mins(1);

/// An interview that is ready to begin, or to go on.
pub(super) struct Prepared {
    interview: Interview,
    /// One that goes on, and the token for the next time.
    stored: Option<(OpenInterview, ResumeToken)>,
    origin: Origin,
}

/// What the response says of its origin.
#[derive(Clone)]
struct Origin {
    subject: Option<Reference>,
    utc_offset: i16,
}

/// An interview under way.
pub(super) struct Interviewer {
    session: InterviewSession,
    origin: Origin,
    began: Instant,
    /// The time without a connection, which is no silence of the user.
    away: Duration,
    away_since: Option<Instant>,
    /// The change that is to be stored next.
    changes: watch::Sender<Option<Progress>>,
    saved: mpsc::Receiver<Result<(), StoreError>>,
    speed: f32,
    /// What is said when the prompts before it are dropped.
    after_clear: Option<Say>,
    ended_at: Option<Instant>,
    is_storage_told: bool,
}

impl Prepared {
    /// The interview that `start` asks for: a new one, or a stored one. The token of a stored one is used up.
    pub(super) async fn new(
        start: &InterviewStart,
        language: Option<&LanguageTag>,
        subject: &str,
        app: &App,
    ) -> Result<Self, Refusal> {
        let store = app.store.as_ref().ok_or(Reason::InterviewsOff)?;
        let origin = Origin { subject: start.subject.clone(), utc_offset: start.utc_offset };
        let today = origin.now().date;
        let form = |url: &str| app.forms.find(url).ok_or_else(|| Refusal::from(Reason::FormUnknown));
        let Some(token) = &start.resume else {
            let form = form(start.form.as_deref().unwrap_or_default())?;
            let language = language.or(form.languages().first()).cloned();
            let language = language.unwrap_or_else(LanguageTag::undetermined);
            let options = start.options(InterviewOptions::new(language, today));
            let interview = Interview::new(form, options).map_err(|error| refused(&error))?;
            return Ok(Self { interview, stored: None, origin });
        };
        let (open, resumed, token) = store.resume(&ResumeToken::sent(token), subject).await?;
        let name = match &*resumed.form_version {
            "" => resumed.form_url,
            version => format!("{}|{version}", resumed.form_url),
        };
        let stored: Stored = serde_json::from_slice(&resumed.state).map_err(|_| StoreError::Unreadable)?;
        let mut interview =
            Interview::restore(form(&name)?, stored.state).map_err(|error| refused(&error))?;
        interview.set_today(today);
        let origin = Origin { subject: stored.subject, ..origin };
        Ok(Self { interview, stored: Some((open, token)), origin })
    }

    pub(super) fn language(&self) -> &LanguageTag {
        &self.interview.options().language
    }

    /// Begins, and stores the interview. `speed` is that of the voice.
    pub(super) async fn begin(
        self,
        model: ModelInUse,
        speed: f32,
        subject: &str,
        app: &App,
    ) -> Result<(Interviewer, Started), Refusal> {
        let Self { interview, stored, origin } = self;
        let is_resumed = stored.is_some();
        let store = app.store.as_ref().ok_or(Reason::InterviewsOff)?;
        let form = interview.form();
        let (open, token) = if let Some(stored) = stored {
            stored
        } else {
            let new = NewInterview {
                subject: subject.to_owned(),
                form_url: form.url().unwrap_or_default().to_owned(),
                form_version: form.version().unwrap_or_default().to_owned(),
                language: interview.options().language.to_string(),
            };
            store.create(&new, |_| progress(&interview, &origin)).await?
        };
        let id = open.id().to_string();
        let (changes, receiver) = watch::channel(None);
        let (sender, saved) = mpsc::channel(1);
        tokio::spawn(save(open, receiver, sender));
        let interviewer = Interviewer {
            session: InterviewSession::new(interview, model),
            origin,
            began: Instant::now(),
            away: Duration::ZERO,
            away_since: None,
            changes,
            saved,
            speed,
            after_clear: None,
            ended_at: None,
            is_storage_told: false,
        };
        Ok((interviewer, Started { id, token: token.as_str().to_owned(), is_resumed }))
    }
}

/// What an interview asks for. The messages of the client are numbered when they are made, so each of these is done before
/// the next one is taken.
pub(super) enum Next {
    Act(Action),
    /// Drop the prompts that were not heard.
    Clear,
    /// Speak at this speed.
    Speed(f32),
}

/// What the client is told of an interview that begins.
pub(super) struct Started {
    id: String,
    token: String,
    is_resumed: bool,
}

impl Interviewer {
    /// The first message.
    pub(super) fn started(&self, started: &Started, conversation: &mut Conversation) -> Action {
        let mut message = self.session.begun();
        message["id"] = started.id.as_str().into();
        message["resumed"] = started.is_resumed.into();
        message["resume"] = started.token.as_str().into();
        conversation.tell_of_interview(message)
    }

    /// The time of the interview: without the time in which its client was gone.
    fn now(&self) -> Duration {
        let gone = self.away_since.map_or(Duration::ZERO, |since| since.elapsed());
        self.began.elapsed().saturating_sub(self.away + gone)
    }

    /// The connection is lost.
    pub(super) fn left(&mut self) {
        self.away_since.get_or_insert_with(Instant::now);
    }

    /// The client is back.
    pub(super) fn came_back(&mut self) {
        self.away += self.away_since.take().map_or(Duration::ZERO, |since| since.elapsed());
    }

    pub(super) fn event(&mut self, event: &DialogEvent) {
        self.session.event(event, self.now());
    }

    pub(super) fn told(&mut self, told: Told) {
        let input = match told {
            Told::Typed(text) => Input::Typed(text),
            Told::Keypad(keys) => Input::Keypad(keys),
        };
        self.session.input(input, self.now());
    }

    /// The next thing that the interview asks for, if there is room for it.
    pub(super) fn next(&mut self, conversation: &mut Conversation) -> Option<Next> {
        if !conversation.has_room_to_speak() {
            return None;
        }
        loop {
            let action = match self.after_clear.take() {
                Some(say) => SessionAction::Output(OutputCommand::Say(say)),
                None => self.session.next_action()?,
            };
            return Some(match action {
                SessionAction::Input(command) => Next::Act(conversation.listens_for(command)),
                // At once, even if audio is being made.
                SessionAction::Output(OutputCommand::Say(mut say)) if say.interrupts => {
                    say.interrupts = false;
                    self.after_clear = Some(say);
                    Next::Clear
                }
                SessionAction::Output(command) => Next::Act(conversation.speaks(command)),
                SessionAction::Speed(speed) => Next::Speed(self.speed * speed),
                SessionAction::Tell(message) => Next::Act(conversation.tell_of_interview(message)),
                SessionAction::Saved => {
                    let change = progress(self.session.interview(), &self.origin);
                    self.changes.send_replace(Some(change));
                    continue;
                }
                SessionAction::Escalate(escalated) => {
                    tracing::info!(reason = escalated.reason.code(), "an interview calls for help");
                    continue;
                }
                SessionAction::Finished { .. } => {
                    self.ended_at = Some(Instant::now());
                    continue;
                }
                _ => continue,
            });
        }
    }

    /// Whether the last prompt was heard, or should have been.
    pub(super) fn is_over(&self) -> bool {
        self.session.is_over() || self.ended_at.is_some_and(|at| at.elapsed() > LAST_PROMPT_TIMEOUT)
    }

    /// When [`tick`](Self::tick) is due.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let end = self.ended_at.map(|at| at + LAST_PROMPT_TIMEOUT);
        let timeout = self.session.timeout().map(|timeout| Instant::now() + timeout);
        [end, timeout].into_iter().flatten().min()
    }

    pub(super) fn tick(&mut self) {
        self.session.input(Input::Tick, self.now());
    }

    /// Waits until a change was stored, or could not be.
    pub(super) async fn stored(&mut self) -> Result<(), StoreError> {
        match self.saved.recv().await {
            Some(result) => result,
            // The task ends after this value.
            None => std::future::pending().await,
        }
    }

    /// The client is told what became of a change.
    pub(super) fn tell_stored(
        &mut self,
        stored: Result<(), StoreError>,
        conversation: &mut Conversation,
    ) -> Vec<Action> {
        match stored {
            Ok(()) => {
                self.is_storage_told = false;
                vec![conversation.saved()]
            }
            Err(StoreError::Unavailable) if self.is_storage_told => Vec::new(),
            Err(StoreError::Unavailable) => {
                self.is_storage_told = true;
                conversation
                    .warn(&Error::new(ErrorKind::StorageUnavailable, StoreError::Unavailable.to_string()))
            }
            Err(error) => {
                let mut actions = vec![conversation.failed(&Refusal::from(error).problem())];
                actions.extend(conversation.end(error.code()));
                actions
            }
        }
    }
}

impl Drop for Interviewer {
    /// The state at the end is stored: what was asked last belongs to it.
    fn drop(&mut self) {
        self.changes.send_replace(Some(progress(self.session.interview(), &self.origin)));
    }
}

/// The state of an interview with what is not the core's.
#[derive(Serialize, Deserialize)]
struct Stored {
    state: State,
    subject: Option<Reference>,
}

impl Origin {
    /// The time at the client.
    fn now(&self) -> DateTime {
        let seconds = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        DateTime::from_unix(seconds as i64, self.utc_offset).expect("a year of four digits")
    }
}

/// What is stored of an interview now.
fn progress(interview: &Interview, origin: &Origin) -> Progress {
    let header = Header { subject: origin.subject.clone(), ..interview.header(origin.now()) };
    let response = interview.to_fhir(&header).or_else(|_| {
        // The interview does not say that a response is complete if it is not.
        interview.to_fhir(&Header { status: ResponseStatus::InProgress, ..header.clone() })
    });
    let status = match header.status {
        ResponseStatus::InProgress => Status::InProgress,
        ResponseStatus::Completed => Status::Completed,
        ResponseStatus::Amended => Status::Amended,
        ResponseStatus::Stopped => Status::Stopped,
    };
    let stored = Stored { state: interview.state(), subject: origin.subject.clone() };
    Progress {
        status,
        state: serde_json::to_vec(&stored).unwrap_or_default(),
        response: response.map(|response| response.to_string().into_bytes()).unwrap_or_default(),
    }
}

/// Stores the latest change, until the interview ends and its last change was stored.
async fn save(
    mut open: OpenInterview,
    mut changes: watch::Receiver<Option<Progress>>,
    saved: mpsc::Sender<Result<(), StoreError>>,
) {
    while changes.changed().await.is_ok() {
        let Some(change) = changes.borrow_and_update().clone() else { continue };
        let result = open.save(&change).await;
        let is_lost = !matches!(result, Ok(()) | Err(StoreError::Unavailable));
        // A client that has not taken the last result is told this one's.
        let _ = saved.try_send(result);
        if is_lost {
            return;
        }
    }
}

fn refused(error: &Error) -> Refusal {
    Refusal::of(error, None)
}
