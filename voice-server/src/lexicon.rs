//! The operator's own words for the voices. The file is read at the start and again at SIGHUP.

use std::path::PathBuf;
use std::sync::Arc;

use parking_lot::RwLock;
use voice_core::text::lexicon::Lexicon;
use voice_core::{Result, report};

pub(crate) struct CurrentLexicon {
    path: Option<PathBuf>,
    current: RwLock<Option<Arc<Lexicon>>>,
}

impl CurrentLexicon {
    /// Reads the file at `path`, if one is configured. Its errors name the file and the line.
    pub(crate) fn open(path: Option<PathBuf>) -> Result<Self> {
        let current = path.as_deref().map(Lexicon::read).transpose()?.map(Arc::new);
        Ok(Self { path, current: RwLock::new(current) })
    }

    /// The lexicon for a new session.
    pub(crate) fn get(&self) -> Option<Arc<Lexicon>> {
        self.current.read().clone()
    }

    /// Reads the file again. If it has a mistake, the old lexicon stays in use.
    pub(crate) fn reload(&self) {
        let Some(path) = &self.path else { return };
        match Lexicon::read(path) {
            Ok(lexicon) => {
                tracing::info!(entries = lexicon.len(), "lexicon read");
                *self.current.write() = Some(Arc::new(lexicon));
            }
            Err(error) => {
                tracing::error!(code = error.code(), "the old lexicon stays: {}", report(&error));
            }
        }
    }
}
