//! The canary: a word that shows whether a voice still works.

use std::sync::Arc;
use std::time::Duration;

use super::voice::{Canceller, Speech, Style, Voice};
use crate::error::{Error, ErrorKind, Result};

/// Has the voice say a digit, which it can in every language. The first time, it is measured too: before sessions speak
/// with it, and on a thread with a deadline.
pub(crate) fn run(voice: &Arc<dyn Voice>) -> Result<()> {
    let style = Style { noise: Some(0.0), ..Style::default() };
    let speech = [Speech::Text("1".to_owned())];
    let mut rendering = Arc::clone(voice).render(&speech, &style, &Canceller::default())?;
    let mut samples = 0;
    while let Some(chunk) = rendering.next_chunk(Duration::ZERO)? {
        samples += chunk.len();
    }
    if samples > 0 {
        voice.calibration(None, &Canceller::default());
        return Ok(());
    }
    Err(Error::new(ErrorKind::EngineFailed, "the voice says nothing"))
}
