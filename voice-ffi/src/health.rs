//! Health: the state of an engine's models, as a struct and as JSON.

use std::mem::MaybeUninit;

use voice_core::Health;
use voice_core::model::{ModelHealth, ModelState};

use crate::boundary::{self, guard, required};
use crate::engine::voice_engine;
use crate::error::{voice_code, voice_error};
use crate::text::{Texts, voice_text};

/// Where a model is in its life.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum voice_model_state {
    /// A state this header does not know yet; `json` names it.
    Other = 0,
    /// Being downloaded, read and checked.
    Loading = 1,
    /// In use.
    Ready = 2,
    /// Not there; the reason is beside it.
    Failed = 3,
    /// Loaded, and not trusted: it failed, or no longer answers.
    Degraded = 4,
}

/// The state of one model. This struct never changes; `json` holds whatever is added.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct voice_model_health {
    /// Where the model is in its life.
    pub state: voice_model_state,
    /// 1 if sessions may bring a grammar.
    pub takes_grammar: u32,
    /// The model's name: that of its folder.
    pub name: voice_text,
    /// The engine that runs it; empty until it is ready.
    pub engine: voice_text,
    /// The stable name of the failure, such as `model_invalid`; empty without one.
    pub failure: voice_text,
    /// What failed and what to do, in words; empty without a failure.
    pub reason: voice_text,
}

/// The state of an engine at one moment.
#[repr(C)]
pub struct voice_health {
    /// Size of this struct in the library that is loaded; newer ones may add fields at the end.
    pub struct_size: u32,
    /// Zero.
    pub reserved: u32,
    /// Everything, as one JSON object.
    pub json: voice_text,
    /// The speech-to-text model that sessions get; the first choice if there is none.
    pub stt: voice_model_health,
}

/// What is handed out: the host sees the first field only.
#[repr(C)]
struct Owned {
    view: voice_health,
    /// Keeps alive what `view` points to.
    _texts: Texts,
}

/// Takes down the state of an engine and its models.
///
/// Ownership: `*health` is yours; free it with `voice_health_free`.
/// Threads: any thread, at once.
/// Errors: `argument_null`.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn voice_engine_health(
    engine: Option<&voice_engine>,
    health: Option<&mut MaybeUninit<*mut voice_health>>,
) -> Option<Box<voice_error>> {
    guard(|| {
        let engine = required(engine, "engine")?;
        let out = required(health, "health")?;
        let owned = Box::new(Owned::new(&engine.health())?);
        out.write(Box::into_raw(owned).cast());
        Ok(())
    })
}

/// Frees what `voice_engine_health` gave; NULL is allowed.
///
/// Ownership: takes `health`.
/// Threads: any thread, at once.
/// Errors: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn voice_health_free(health: *mut voice_health) {
    if !health.is_null() {
        // SAFETY: every `voice_health` a host owns was made from a `Box<Owned>`, whose first field it is.
        boundary::free(Some(unsafe { Box::from_raw(health.cast::<Owned>()) }));
    }
}

impl Owned {
    fn new(health: &Health) -> Result<Self, voice_error> {
        let json = serde_json::to_string(health).map_err(|error| {
            voice_error::new(voice_code::Internal, &format!("the health cannot be written as JSON: {error}"))
        })?;
        let mut texts = Texts::default();
        let view = voice_health {
            struct_size: size_of::<voice_health>() as u32,
            reserved: 0,
            json: texts.lend(json),
            stt: model(&mut texts, health.stt.iter().find(|model| model.in_use).or(health.stt.first())),
        };
        Ok(Self { view, _texts: texts })
    }
}

fn model(texts: &mut Texts, model: Option<&ModelHealth>) -> voice_model_health {
    let mut lend = |text: Option<&str>| text.map_or(voice_text::EMPTY, |text| texts.lend(text));
    voice_model_health {
        state: match model.map(|model| model.state) {
            Some(ModelState::Loading) => voice_model_state::Loading,
            Some(ModelState::Ready) => voice_model_state::Ready,
            Some(ModelState::Degraded) => voice_model_state::Degraded,
            Some(ModelState::Failed) => voice_model_state::Failed,
            _ => voice_model_state::Other,
        },
        takes_grammar: model.and_then(|model| model.takes_grammar).unwrap_or(false).into(),
        name: lend(model.map(|model| model.name.as_str())),
        engine: lend(model.and_then(|model| model.engine)),
        failure: lend(model.and_then(|model| model.code)),
        reason: lend(model.and_then(|model| model.reason.as_deref())),
    }
}
