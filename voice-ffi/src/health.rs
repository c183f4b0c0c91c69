//! Health: the state of an engine's models, as a struct and as JSON.

use std::mem::MaybeUninit;

use voice_core::supervision::{ModelHealth, ModelState};
use voice_core::{Health, Status};

use crate::boundary::{guard, required};
use crate::engine::voice_engine;
use crate::error::{voice_code, voice_error};
use crate::from_core::from_core;
use crate::owned::{self, Owned};
use crate::text::{Texts, voice_text};

/// The overall state of an engine.
#[repr(u32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum voice_status {
    /// A state that this header does not know; `json` names it.
    Other = 0,
    /// No session can be opened yet: a model is being loaded.
    Starting = 1,
    /// The first models work, and sessions get them.
    Healthy = 2,
    /// Sessions can be opened, but on a fallback model, or on one in state `VOICE_MODEL_STATE_DEGRADED`, or for one
    /// task only, or only if they name a language because no model for the first model's language works.
    Degraded = 3,
    /// No session can be opened.
    Unhealthy = 4,
}

/// The state of a model.
#[repr(u32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum voice_model_state {
    /// A state that this header does not know; `json` names it.
    Other = 0,
    /// Being downloaded, read and checked.
    Loading = 1,
    /// In use.
    Ready = 2,
    /// Not loaded; `reason` says why.
    Failed = 3,
    /// Loaded, but it failed or no longer answers.
    Degraded = 4,
}

/// The state of one model or voice. This struct never changes, since it is used in arrays; additions appear in
/// `json`.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct voice_model_health {
    /// Its state.
    pub state: voice_model_state,
    /// 1 if sessions without a language get it.
    pub in_use: u32,
    /// 1 if sessions may set a grammar.
    pub takes_grammar: u32,
    /// 1 if the voice gives audio before a clause is rendered completely.
    pub streams: u32,
    /// Its name, from its folder.
    pub name: voice_text,
    /// The engine that runs it; empty until it is ready.
    pub engine: voice_text,
    /// The stable name of its error, such as `model_invalid`; empty if there is none. For a ready model, the error of
    /// a failed reload.
    pub failure: voice_text,
    /// The error and what to do, as one sentence; empty if there is none.
    pub reason: voice_text,
}

/// The state of an engine at one moment.
#[repr(C)]
pub struct voice_health {
    /// Size of this struct in the library that is loaded; newer ones may add fields at the end.
    pub struct_size: u32,
    /// The overall state.
    pub status: voice_status,
    /// The whole report as one JSON object.
    pub json: voice_text,
    /// The speech-to-text models, in order of preference.
    pub stt: *const voice_model_health,
    /// Number of speech-to-text models.
    pub stt_len: usize,
    /// The voices, in order of preference.
    pub tts: *const voice_model_health,
    /// Number of voices.
    pub tts_len: usize,
}

/// Keeps alive what a [`voice_health`] points to.
struct Store {
    _texts: Texts,
    _models: [Vec<voice_model_health>; 2],
}

/// Takes a snapshot of the health of an engine and its models.
///
/// Ownership: `*health` is yours, with all that it points to; free it with `voice_health_free`.
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
        let (view, store) = view(&engine.core.health())?;
        out.write(Owned::give(view, store));
        Ok(())
    })
}

/// Frees a snapshot from `voice_engine_health`; NULL is allowed.
///
/// Ownership: takes `health`.
/// Threads: any thread, after all other calls on it.
/// Errors: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn voice_health_free(health: *mut voice_health) {
    // SAFETY: every `voice_health` that a host owns was returned by the function above.
    unsafe { Owned::<voice_health, Store>::free(health) };
}

fn view(health: &Health) -> Result<(voice_health, Store), voice_error> {
    let json = serde_json::to_string(health).map_err(|error| {
        voice_error::new(voice_code::Internal, &format!("the health cannot be written as JSON: {error}"))
    })?;
    let mut texts = Texts::default();
    let mut models = |models: &[ModelHealth]| -> Vec<voice_model_health> {
        models.iter().map(|health| model(&mut texts, health)).collect()
    };
    let kept = [models(&health.stt), models(&health.tts)];
    let [(stt, stt_len), (tts, tts_len)] = [owned::raw_parts(&kept[0]), owned::raw_parts(&kept[1])];
    let view = voice_health {
        struct_size: size_of::<voice_health>() as u32,
        status: health.status.into(),
        json: texts.add(json),
        stt,
        stt_len,
        tts,
        tts_len,
    };
    Ok((view, Store { _texts: texts, _models: kept }))
}

from_core!(Status => voice_status { Starting, Healthy, Degraded, Unhealthy } else Other);
from_core!(ModelState => voice_model_state { Loading, Ready, Degraded, Failed } else Other);

fn model(texts: &mut Texts, health: &ModelHealth) -> voice_model_health {
    let mut add = |text: Option<&str>| text.map_or(voice_text::EMPTY, |text| texts.add(text));
    voice_model_health {
        state: health.state.into(),
        in_use: health.in_use.into(),
        takes_grammar: health.takes_grammar.unwrap_or(false).into(),
        streams: health.streams.unwrap_or(false).into(),
        name: add(Some(&health.name)),
        engine: add(health.engine),
        failure: add(health.code),
        reason: add(health.reason.as_deref()),
    }
}
