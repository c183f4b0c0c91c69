//! The forms that interviews can ask: those that ship with the server, or those of the operator's folder. The folder is
//! read at the start and again at SIGHUP.

use std::path::Path;
use std::sync::Arc;

use parking_lot::RwLock;
use voice_core::interview::{Catalogue, Form};

pub(crate) struct CurrentForms(RwLock<Catalogue>);

impl CurrentForms {
    /// Reads the forms in `folder`, if one is configured. Its errors name every file and problem.
    pub(crate) fn open(folder: Option<&Path>) -> Result<Self, String> {
        let catalogue = match folder {
            Some(folder) => Catalogue::open(folder).map_err(|problems| problems.to_string())?,
            None => Catalogue::embedded(),
        };
        Ok(Self(RwLock::new(catalogue)))
    }

    /// The form of `url`, which may name a version after a `|`.
    pub(crate) fn find(&self, url: &str) -> Option<Arc<Form>> {
        self.0.read().find(url, None).cloned()
    }

    /// All forms.
    pub(crate) fn all(&self) -> Vec<Arc<Form>> {
        self.0.read().forms().to_vec()
    }

    /// Reads the folder again. If a file has a mistake, the old forms stay in use.
    pub(crate) fn reload(&self) {
        let mut forms = self.0.read().clone();
        if forms.folder().is_none() {
            return;
        }
        match forms.reload() {
            Ok(()) => {
                tracing::info!(forms = forms.forms().len(), "forms read");
                *self.0.write() = forms;
            }
            Err(problems) => tracing::error!("the old forms stay: {problems}"),
        }
    }
}
