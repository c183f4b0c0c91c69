//! What a form says about the interview as a whole.

use rust_decimal::Decimal;

use super::Translated;
use crate::language::LanguageTag;

/// What a form says about the interview as a whole, by extensions of ours.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FormSettings {
    /// Words that escalate at any time, with their language (`urn:libvoice:red-flag`).
    pub red_flags: Vec<(LanguageTag, String)>,
    /// What the total score means (`urn:libvoice:severity-band`).
    pub severity_bands: Vec<SeverityBand>,
}

/// What a range of a score means.
#[derive(Debug, Clone, PartialEq)]
pub struct SeverityBand {
    /// The lowest score.
    pub low: Decimal,
    /// The highest score.
    pub high: Decimal,
    /// The name.
    pub label: Translated,
}
