//! The diacritizer of an engine, loaded for the first voice that needs it.

use std::sync::{Arc, Once};

use once_cell::sync::OnceCell;

use super::Tashkeel;
use crate::error::Result;
use crate::onnx::Runtime;
use crate::source::ModelSource;
use crate::store::OnProgress;

/// Where a diacritizer comes from, and the diacritizer once it is here.
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
    /// The diacritizer; none, which is told in the log once, if nobody has named one or if it cannot be
    /// loaded. The next voice tries again.
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
    fn a_diacritizer_that_is_missing_is_told_and_none() {
        let runtime = Runtime::load(None).unwrap();
        for source in [None, Some(ModelSource::folder("/nowhere/tashkeel"))] {
            let on_demand = OnDemand::from(source);
            assert!(on_demand.get(&runtime, &mut |_| ControlFlow::Continue(())).is_none());
            assert!(on_demand.warned.is_completed());
        }
    }

    #[test]
    fn it_is_loaded_once_as_soon_as_it_is_there() {
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
