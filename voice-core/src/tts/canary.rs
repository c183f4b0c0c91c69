//! The canary: a word that tests whether a voice works.

use std::sync::Arc;
use std::time::Duration;

use super::voice::{Canceller, Speech, Style, Voice};
use crate::error::{Error, ErrorKind, Result};

/// Renders a digit, which every voice can speak. The first run also measures the voice, before sessions use it and on
/// a thread with a deadline.
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
    Err(Error::new(ErrorKind::EngineFailed, "the voice gives no audio"))
}
