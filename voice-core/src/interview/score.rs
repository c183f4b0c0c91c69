//! Scores: sums of the weights of options.

use rust_decimal::Decimal;

use super::form::{ItemId, SeverityBand};
use super::response::Response;

/// A score of a response.
#[derive(Debug, Clone, PartialEq)]
pub struct Score {
    /// The item that has the score. `None` for the sum of all weights of the form.
    pub item: Option<ItemId>,
    /// The score.
    pub value: Decimal,
    /// Whether every enabled question that counts has an answer.
    pub is_complete: bool,
    /// What it means.
    pub band: Option<SeverityBand>,
}

impl Response {
    /// The scores of the form. A form of which no option has a weight has none.
    pub fn scores(&self) -> Vec<Score> {
        let counts = |item: &super::form::Item| item.options.iter().any(|option| option.weight.is_some());
        let mut value = Decimal::ZERO;
        let (mut answered, mut open) = (0, 0);
        for place in self.enabled().filter(|place| counts(self.item(place))) {
            let answers = self.answers(place);
            *(if answers.is_empty() { &mut open } else { &mut answered }) += 1;
            let options = &self.item(place).options;
            for given in answers {
                let option = options.iter().find(|option| option.value == given.value);
                value += option.and_then(|option| option.weight).unwrap_or_default();
            }
        }
        if answered + open == 0 {
            return Vec::new();
        }
        let bands = &self.form().settings().severity_bands;
        let band = bands.iter().find(|band| (band.low..=band.high).contains(&value)).cloned();
        vec![Score { item: None, value, is_complete: open == 0, band }]
    }
}
