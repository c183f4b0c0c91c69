//! Forms: FHIR questionnaires that were read and checked.

mod condition;
mod expressions;
mod item;
mod parse;
mod problem;
mod settings;
mod translated;

use std::collections::{BTreeSet, HashMap};

pub use condition::{Condition, Operator};
pub use item::{
    AnswerOption, BloodPressure, Confirm, Escalation, EscalationAction, Item, ItemId, ItemVoice, Kind,
    Limits, UnitOption,
};
pub use problem::{Problem, ProblemCode, Problems};
pub use settings::{FormSettings, SeverityBand};
pub use translated::Translated;

pub(in crate::interview) use item::number;
pub(in crate::interview) use parse::{coding, decimal, fit, value};

use crate::language::LanguageTag;

/// A questionnaire that was read and checked. It does not change.
#[derive(Debug, Clone, PartialEq)]
pub struct Form {
    url: Option<String>,
    version: Option<String>,
    title: Translated,
    codes: Vec<super::Coding>,
    items: Vec<Item>,
    by_link_id: HashMap<String, ItemId>,
    /// Items in an order in which each one follows those that decide whether it is enabled.
    order: Vec<ItemId>,
    settings: FormSettings,
    languages: Vec<LanguageTag>,
    warnings: Vec<Problem>,
    /// The form's own expressions.
    expressions: expressions::Expressions,
    /// Whether the form or an item has an expression that decides something.
    has_expressions: bool,
    /// The JSON, for expressions.
    source: serde_json::Value,
}

impl Form {
    /// The largest form in bytes.
    pub const MAX_BYTES: usize = 4 << 20;
    /// The most items of a form.
    pub const MAX_ITEMS: usize = 2_000;
    /// The most options of an item.
    pub const MAX_OPTIONS: usize = 500;
    /// The deepest nesting of items.
    pub const MAX_DEPTH: usize = 16;

    /// Reads and checks a FHIR R4 `Questionnaire` in JSON. The types `coding` and `question` of R5 are accepted too.
    ///
    /// # Errors
    /// Everything that is wrong with the form.
    pub fn parse(json: &[u8]) -> Result<Self, Problems> {
        parse::form(json)
    }

    /// The canonical URL.
    pub fn url(&self) -> Option<&str> {
        self.url.as_deref()
    }

    /// The business version.
    pub fn version(&self) -> Option<&str> {
        self.version.as_deref()
    }

    /// The title, empty if the form has none.
    pub fn title(&self, language: &LanguageTag) -> &str {
        self.title.get(language)
    }

    /// The codes of the whole form, such as LOINC's of a panel.
    pub fn codes(&self) -> &[super::Coding] {
        &self.codes
    }

    /// The languages of which every text of the form exists. The form's own language is the first.
    pub fn languages(&self) -> &[LanguageTag] {
        &self.languages
    }

    /// Whether every text of the form exists in `language`, regions aside.
    ///
    /// # Errors
    /// Each text that does not.
    pub fn check_language(&self, language: &LanguageTag) -> Result<(), Problems> {
        let mut problems = Vec::new();
        self.each_text(&mut |path, text| {
            if !text.has(language) {
                let sentence = format!("has no translation to {language}");
                problems.push(Problem::new(path, ProblemCode::TranslationMissing, sentence));
            }
        });
        if problems.is_empty() { Ok(()) } else { Err(Problems::new(problems)) }
    }

    /// All items in document order: an item comes before those inside it.
    pub fn items(&self) -> &[Item] {
        &self.items
    }

    /// An item.
    ///
    /// # Panics
    /// If the item is of another, larger form.
    pub fn item(&self, id: ItemId) -> &Item {
        &self.items[id.index()]
    }

    /// The item with this `linkId`.
    pub fn find(&self, link_id: &str) -> Option<ItemId> {
        self.by_link_id.get(link_id).copied()
    }

    /// The items inside `parent`, or those at the top of the form.
    pub fn children(&self, parent: Option<ItemId>) -> impl Iterator<Item = &Item> {
        let (from, to) = match parent {
            Some(parent) => (parent.index() + 1, self.item(parent).end),
            None => (0, self.items.len()),
        };
        let mut at = from;
        std::iter::from_fn(move || {
            let item = self.items[..to].get(at)?;
            at = item.end;
            Some(item)
        })
    }

    /// What the form asks of a spoken interview as a whole.
    pub fn settings(&self) -> &FormSettings {
        &self.settings
    }

    /// What is accepted but probably not meant.
    pub fn warnings(&self) -> &[Problem] {
        &self.warnings
    }

    pub(super) fn expressions(&self) -> &expressions::Expressions {
        &self.expressions
    }

    pub(super) fn has_expressions(&self) -> bool {
        self.has_expressions
    }

    /// The form in JSON.
    pub(super) fn source(&self) -> &serde_json::Value {
        &self.source
    }

    pub(super) fn order(&self) -> &[ItemId] {
        &self.order
    }

    /// The languages in which all texts exist.
    fn complete_languages(&self) -> Vec<LanguageTag> {
        let mut languages = vec![self.title.language().clone()];
        let mut named = BTreeSet::new();
        self.each_text(&mut |_, text| {
            named.extend(text.translations().map(|(language, _)| language.clone()));
        });
        for language in named {
            let is_known = languages.iter().any(|known| known.primary() == language.primary());
            if !is_known && self.check_language(&language).is_ok() {
                languages.push(language);
            }
        }
        languages
    }

    /// Calls `f` with the path and each text that a user hears.
    fn each_text(&self, f: &mut dyn FnMut(String, &Translated)) {
        for constraint in &self.expressions.constraints {
            f("Questionnaire.extension".to_owned(), &constraint.human);
        }
        for item in self.items.iter().filter(|item| !item.hidden) {
            if !item.text.is_empty() {
                f(format!("{}.text", item.path), &item.text);
            }
            let messages = item.voice.escalations.iter().filter_map(|escalation| escalation.message.as_ref());
            let rules = item.expressions.constraints.iter().map(|constraint| &constraint.human);
            messages.chain(rules).for_each(|text| f(format!("{}.extension", item.path), text));
            for (at, option) in item.options.iter().enumerate() {
                if !option.label.is_empty() {
                    f(format!("{}.answerOption[{at}]", item.path), &option.label);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
