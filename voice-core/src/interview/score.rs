//! Scores: sums of the weights of options.

use rust_decimal::Decimal;

use super::form::{Item, ItemId, SeverityBand, number};
use super::response::{Place, Response};
use super::value::Value;

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
    /// The scores of the form: of each numeric item with a `calculatedExpression`, or else the sum of the weights of all
    /// chosen options. A form without either has none.
    pub fn scores(&self) -> Vec<Score> {
        let form = self.form();
        let weighed = |item: &Item| item.options.iter().any(|option| option.weight.is_some());
        let counting: Vec<_> =
            self.enabled().filter(|place| weighed(self.item(place)) && !self.item(place).hidden).collect();
        let is_complete = counting.iter().all(|place| !self.answers(place).is_empty());
        let scores: Vec<_> =
            self.enabled().filter_map(|place| self.calculated_score(place, is_complete)).collect();
        if !scores.is_empty() || counting.is_empty() {
            return scores;
        }
        let value = counting
            .iter()
            .filter_map(|place| self.weight(place))
            .fold(Decimal::ZERO, Decimal::saturating_add);
        vec![Score { item: None, value, is_complete, band: band(&form.settings().severity_bands, value) }]
    }

    /// The score of an item with a `calculatedExpression`.
    fn calculated_score(&self, place: &Place, is_complete: bool) -> Option<Score> {
        let item = self.item(place);
        item.expressions.calculated.as_ref()?;
        let value = number(&self.answers(place).first()?.value)?;
        let own = &item.voice.severity_bands;
        let bands = if own.is_empty() { &self.form().settings().severity_bands } else { own };
        Some(Score { item: Some(item.id), value, is_complete, band: band(bands, value) })
    }

    /// What the answers at a place count together.
    pub fn weight(&self, place: &Place) -> Option<Decimal> {
        let options = &self.item(place).options;
        let weight = |value: &Value| options.iter().find(|option| option.value == *value)?.weight;
        let weights: Vec<_> = self.answers(place).iter().filter_map(|given| weight(&given.value)).collect();
        if weights.is_empty() {
            None
        } else {
            weights.into_iter().try_fold(Decimal::ZERO, Decimal::checked_add)
        }
    }
}

fn band(bands: &[SeverityBand], value: Decimal) -> Option<SeverityBand> {
    bands.iter().find(|band| (band.low..=band.high).contains(&value)).cloned()
}
