//! `voice-server say --show`: how a text is read.

use std::fmt::Write as _;

use voice_core::tts::Explanation;
use voice_core::{ErrorKind, Result, one_line, report};

use crate::output;

/// Prints each clause with its language, and what its voices are given. Fails if nothing can be said.
pub(super) fn show(explanation: &Explanation) -> Result<()> {
    for warning in explanation.warnings.iter().filter(|warning| warning.kind() != ErrorKind::TextEmpty) {
        output::complain(format_args!("voice-server: {}: {}", warning.code(), report(warning)));
    }
    let mut shown = String::new();
    for (at, clause) in explanation.clauses.iter().enumerate() {
        let (start, end) = (clause.span.start, clause.span.end);
        let text = one_line(clause.text.clone());
        let _ = writeln!(shown, "clause {} ({}, bytes {start}-{end}): {text}", at + 1, clause.language);
        if clause.passages.is_empty() {
            let _ = writeln!(shown, "  (nothing to say)");
        }
        for passage in &clause.passages {
            let _ = writeln!(shown, "  voice:    {} ({})", passage.voice.name, passage.voice.language);
            let _ = writeln!(shown, "  spoken:   {}", one_line(passage.spoken.clone()));
            if let Some(phonemes) = &passage.phonemes {
                let _ = writeln!(shown, "  phonemes: {}", one_line(phonemes.clone()));
            }
        }
    }
    output::write(shown.as_bytes())?;
    let is_silent = explanation.clauses.iter().all(|clause| clause.passages.is_empty());
    if is_silent { Err(super::silent()) } else { Ok(()) }
}
