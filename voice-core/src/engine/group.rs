//! The models of one task, in order of preference, and the choice among them.

use std::sync::Arc;
use std::time::Duration;

use super::Status;
use crate::error::{Error, ErrorKind, Result, report};
use crate::language::{LanguageTag, speaks};
use crate::supervision::{ModelHealth, ModelState, Policy, Slot, load_once};

/// Models of one task, in order of preference.
pub(super) struct Group<M: ?Sized> {
    /// The noun for them in errors.
    kind: &'static str,
    slots: Vec<Arc<Slot<M>>>,
}

impl<M: ?Sized> Group<M> {
    pub(super) fn new(kind: &'static str, slots: impl IntoIterator<Item = Slot<M>>) -> Self {
        Self { kind, slots: slots.into_iter().map(Arc::new).collect() }
    }

    pub(super) fn slots(&self) -> &[Arc<Slot<M>>] {
        &self.slots
    }

    pub(super) fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// Loads each model once.
    pub(super) fn load(&self, policy: &Policy)
    where
        M: Send + Sync + 'static,
    {
        let mut failed = Vec::new();
        for slot in &self.slots {
            let started = slot.clock().now();
            match load_once(slot, 1, policy, &Arc::default()) {
                Ok(loaded) => {
                    slot.install(loaded);
                    let ms = slot.clock().since(started).as_millis() as u64;
                    tracing::info!(model = slot.name(), ms, "model ready");
                }
                Err(error) => {
                    failed.push((slot.name(), error.code(), report(&error)));
                    slot.record_failure(error, None);
                }
            }
        }
        // If none works, the caller gets the error instead.
        for (model, code, reason) in failed.into_iter().filter(|_| self.works()) {
            tracing::error!(model, code, "{reason}");
        }
    }

    /// Succeeds if a model of any language can be used. The error is that of the first model's language.
    pub(super) fn check(&self) -> Result<()> {
        self.candidates(None)?;
        if self.works() { Ok(()) } else { self.working(None).map(drop) }
    }

    fn works(&self) -> bool {
        self.slots.iter().any(|slot| slot.model().is_ok())
    }

    /// The usable models for `language`, by default the first model's language: at least one, ready ones before
    /// degraded ones.
    pub(super) fn working(&self, language: Option<&LanguageTag>) -> Result<Vec<Arc<M>>> {
        let candidates = self.candidates(language)?;
        let mut refused = None;
        let (mut ready, mut degraded) = (Vec::new(), Vec::new());
        for slot in candidates {
            match slot.model() {
                Ok(model) if slot.is_ready() => ready.push(model),
                Ok(model) => degraded.push(model),
                Err(error) => refused = refused.or(Some(error)),
            }
        }
        ready.append(&mut degraded);
        match refused {
            Some(error) if ready.is_empty() => Err(error),
            _ => Ok(ready),
        }
    }

    /// The usable models of all languages, ready ones before degraded ones.
    pub(super) fn all_working(&self) -> Vec<Arc<M>> {
        let usable = |is_ready: bool| {
            let slots = self.slots.iter().filter(move |slot| slot.is_ready() == is_ready);
            slots.filter_map(|slot| slot.model().ok())
        };
        usable(true).chain(usable(false)).collect()
    }

    /// The model called `name`, by its slot or by `own_name`. The error says why it cannot be used; there is no
    /// fallback. If several have the name, the first one for `language`, else the first.
    pub(super) fn named(
        &self,
        name: &str,
        language: Option<&LanguageTag>,
        is_called: impl Fn(&str) -> bool,
        own_name: impl Fn(&M) -> String,
    ) -> Result<Arc<M>> {
        let has_name = |slot: &Slot<M>| {
            is_called(slot.name()) || slot.model().is_ok_and(|model| is_called(&own_name(&model)))
        };
        let found: Vec<_> = self.slots.iter().filter(|slot| has_name(slot)).collect();
        let fits = |slot: &&&Arc<Slot<M>>| language.is_some_and(|wanted| speaks(slot.languages(), wanted));
        let slot = found.iter().find(fits).or(found.first()).ok_or_else(|| self.unknown(name))?;
        slot.model()
    }

    fn unknown(&self, name: &str) -> Error {
        let names: Vec<_> = self.slots.iter().map(|slot| slot.name()).collect();
        let message = match &*names {
            [] => format!("no {} is called {name}, and none is configured; configure it", self.kind),
            names => format!("no {} is called {name}; choose one of: {}", self.kind, names.join(", ")),
        };
        Error::new(ErrorKind::ModelNotFound, message)
    }

    fn candidates(&self, language: Option<&LanguageTag>) -> Result<Vec<&Slot<M>>> {
        let first = self.slots.first().ok_or_else(|| {
            Error::new(ErrorKind::ModelNotFound, format!("no {} is configured; name one", self.kind))
        })?;
        let Some(wanted) = language.or_else(|| first.languages().first()) else {
            return Ok(self.slots.iter().map(|slot| &**slot).collect());
        };
        let found: Vec<_> =
            self.slots.iter().map(|slot| &**slot).filter(|slot| speaks(slot.languages(), wanted)).collect();
        if found.is_empty() {
            let mut configured: Vec<_> =
                self.slots.iter().flat_map(|slot| slot.languages()).map(LanguageTag::as_str).collect();
            configured.dedup();
            let message = format!(
                "no {} is configured for the language {wanted}; ask for {}, or configure one",
                self.kind,
                configured.join(" or ")
            );
            return Err(Error::new(ErrorKind::ModelNotFound, message));
        }
        Ok(found)
    }

    /// The state of each model and the summary; no summary without models. `describe` completes the state of a
    /// loaded model.
    pub(super) fn health(
        &self,
        describe: impl Fn(&mut ModelHealth, &M),
    ) -> (Vec<ModelHealth>, Option<Status>) {
        let used = self.working(None).ok().and_then(|models| models.into_iter().next());
        let models = self.slots.iter().map(|slot| {
            let view = slot.view();
            let mut health = ModelHealth::new(slot, &view);
            if let Some(model) = &view.model {
                health.in_use = used.as_ref().is_some_and(|used| Arc::ptr_eq(used, model));
                describe(&mut health, model);
            }
            health
        });
        let models: Vec<_> = models.collect();
        let status = models.first().map(|first| match &used {
            Some(_) if first.in_use && first.state == ModelState::Ready => Status::Healthy,
            Some(_) => Status::Degraded,
            None if self.works() => Status::Degraded,
            None if models.iter().any(|model| model.state == ModelState::Loading) => Status::Starting,
            None => Status::Unhealthy,
        });
        (models, status)
    }

    /// The time until the next attempt to load a model that failed.
    pub(super) fn next_try(&self) -> Option<Duration> {
        self.slots.iter().filter_map(|slot| slot.view().next_try).min()
    }
}
