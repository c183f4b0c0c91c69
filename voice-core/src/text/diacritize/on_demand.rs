//! The diacritizer of an engine, loaded for the first voice that needs it.

use std::sync::{Arc, Once};

use once_cell::sync::OnceCell;

use super::Tashkeel;
use crate::error::Result;
use crate::onnx::Runtime;
use crate::source::ModelSource;
use crate::store::OnProgress;

/// The source of a diacritizer, and the loaded diacritizer.
pub(crate) struct OnDemand {
    source: Option<ModelSource>,
    loaded: OnceCell<Arc<Tashkeel>>,
    warned: Once,
}

impl From<Option<ModelSource>> for OnDemand {
    fn from(source: Option<ModelSource>) -> Self {
        Self { source, loaded: OnceCell::new(), warned: Once::new() }
    }
}

impl OnDemand {
    /// The diacritizer. `None`, logged once, if none is configured or if it cannot be loaded; the next voice tries
    /// again.
    pub(crate) fn get(&self, runtime: &Runtime, progress: &mut OnProgress) -> Option<Arc<Tashkeel>> {
        let Some(source) = &self.source else {
            self.warned.call_once(|| {
                tracing::warn!(
                    "an Arabic voice speaks without a diacritizer and guesses vowels; name the folder of one"
                );
            });
            return None;
        };
        let load = || -> Result<_> { Ok(Arc::new(Tashkeel::load(&source.prepare(progress)?, runtime)?)) };
        let loaded = self.loaded.get_or_try_init(load).inspect_err(|error| {
            self.warned.call_once(|| {
                tracing::warn!(
                    code = error.code(),
                    reason = crate::error::report(error),
                    "an Arabic voice speaks without the diacritizer and guesses vowels"
                );
            });
        });
        loaded.ok().cloned()
    }

    /// Whether a source is set.
    #[cfg(feature = "espeak")]
    pub(crate) fn is_configured(&self) -> bool {
        self.source.is_some()
    }

    #[cfg(all(test, feature = "espeak"))]
    pub(crate) fn is_loaded(&self) -> bool {
        self.loaded.get().is_some()
    }
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;

    use super::*;

    #[test]
    fn missing_diacritizer_is_logged() {
        let runtime = Runtime::load(None).unwrap();
        for source in [None, Some(ModelSource::folder("/nowhere/tashkeel"))] {
            let on_demand = OnDemand::from(source);
            assert!(on_demand.get(&runtime, &mut |_| ControlFlow::Continue(())).is_none());
            assert!(on_demand.warned.is_completed());
        }
    }

    #[test]
    fn diacritizer_is_loaded_once() {
        let Some(folder) = super::super::tests::folder() else { return };
        let runtime = Runtime::load(None).unwrap();
        let empty = tempfile::tempdir().unwrap();
        let on_demand = OnDemand::from(Some(ModelSource::folder(empty.path())));
        assert!(on_demand.get(&runtime, &mut |_| ControlFlow::Continue(())).is_none());
        for file in [super::super::MODEL, super::super::INPUTS, super::super::TARGETS] {
            std::fs::copy(folder.join(file), empty.path().join(file)).unwrap();
        }
        let first = on_demand.get(&runtime, &mut |_| ControlFlow::Continue(())).unwrap();
        assert!(Arc::ptr_eq(&first, &on_demand.get(&runtime, &mut |_| ControlFlow::Continue(())).unwrap()));
    }
}
