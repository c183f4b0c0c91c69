//! The response as a text for people: plain XHTML in each language of the form.

use std::fmt::Write as _;

use super::form::Kind;
use super::response::{Place, Response, SkipReason};
use super::value::Value;
use crate::language::LanguageTag;

/// The words of a narrative that no form has.
struct Words {
    yes: &'static str,
    no: &'static str,
    unanswered: &'static str,
    declined: &'static str,
    unknown: &'static str,
    score: &'static str,
    /// Whether the language is written from right to left.
    is_rtl: bool,
}

const ENGLISH: Words = Words {
    yes: "Yes",
    no: "No",
    unanswered: "Not answered",
    declined: "Not answered: the user did not want to",
    unknown: "Not answered: the user does not know",
    score: "Score",
    is_rtl: false,
};

const ARABIC: Words = Words {
    yes: "نعم",
    no: "لا",
    unanswered: "لم تتم الإجابة",
    declined: "لم تتم الإجابة: فضّل المستخدم عدم الإجابة",
    unknown: "لم تتم الإجابة: المستخدم لا يعرف",
    score: "الدرجة",
    is_rtl: true,
};

fn words(language: &LanguageTag) -> &'static Words {
    if language.primary() == "ar" { &ARABIC } else { &ENGLISH }
}

impl Response {
    /// A `div` of XHTML with the questions and answers: first in `language`, then in the form's other languages.
    pub fn narrative(&self, language: &LanguageTag) -> String {
        let is_same = |other: &&LanguageTag| other.primary() == language.primary();
        let others = self.form().languages().iter().filter(|other| !is_same(other));
        let mut xhtml = String::from(r#"<div xmlns="http://www.w3.org/1999/xhtml""#);
        // The language of the response, as its field says it.
        let primary = language.primary();
        let _ = write!(xhtml, r#" lang="{primary}" xml:lang="{primary}">"#);
        for language in [language].into_iter().chain(others) {
            self.narrate(language, &mut xhtml);
        }
        xhtml.push_str("</div>");
        xhtml
    }

    fn narrate(&self, language: &LanguageTag, xhtml: &mut String) {
        let words = words(language);
        let direction = if words.is_rtl { "rtl" } else { "ltr" };
        let _ = write!(xhtml, r#"<div lang="{language}" xml:lang="{language}" dir="{direction}">"#);
        let title = self.form().title(language);
        if !title.is_empty() {
            let _ = write!(xhtml, "<p><b>{}</b></p>", escape(title));
        }
        for place in self.enabled() {
            let item = self.item(place);
            if item.hidden && self.answers(place).is_empty() {
                continue;
            }
            let text = item.text(language);
            let text = if text.is_empty() { &item.link_id } else { text };
            match (item.kind, self.said(place, language, words)) {
                (Kind::Group, _) if !item.text.is_empty() => {
                    let _ = write!(xhtml, "<p><b>{}</b></p>", escape(text));
                }
                (_, Some(said)) => {
                    let _ = write!(xhtml, "<p>{}: {}</p>", escape(text), escape(&said));
                }
                _ => {}
            }
        }
        for score in self.scores() {
            let item = score.item.map(|item| self.form().item(item).text(language));
            let name = item.filter(|name| !name.is_empty()).unwrap_or(words.score);
            let band = score.band.map(|band| format!(" ({})", band.label.get(language))).unwrap_or_default();
            // A score of an item stands among the answers.
            if score.item.is_none() || !band.is_empty() {
                let _ = write!(xhtml, "<p>{}: {}{}</p>", escape(name), score.value, escape(&band));
            }
        }
        xhtml.push_str("</div>");
    }

    /// The answers in words, or why there is none.
    fn said(&self, place: &Place, language: &LanguageTag, words: &Words) -> Option<String> {
        let answers = self.answers(place);
        if !answers.is_empty() {
            let texts: Vec<_> =
                answers.iter().map(|given| self.value_text(place, &given.value, language, words)).collect();
            return Some(texts.join(if words.is_rtl { "، " } else { ", " }));
        }
        let unanswered = match self.skipped(place)? {
            SkipReason::Asked => words.declined,
            SkipReason::Unknown => words.unknown,
            SkipReason::NotUnderstood | SkipReason::Human => words.unanswered,
        };
        Some(unanswered.to_owned())
    }

    fn value_text(&self, place: &Place, value: &Value, language: &LanguageTag, words: &Words) -> String {
        if let Some(option) = self.item(place).options.iter().find(|option| option.value == *value) {
            return option.label(language).to_owned();
        }
        match value {
            Value::Boolean(value) => if *value { words.yes } else { words.no }.to_owned(),
            Value::Integer(value) => value.to_string(),
            Value::Decimal(value) => value.to_string(),
            Value::Quantity(quantity) => {
                let units = &self.item(place).units;
                let own = units.iter().find(|unit| unit.coding.code == quantity.code);
                let unit = own.map(|unit| unit.display.get(language)).or(quantity.unit.as_deref());
                format!("{} {}", quantity.value, unit.unwrap_or_default()).trim_end().to_owned()
            }
            Value::Date(date) => date.to_string(),
            Value::DateTime(at) => at.to_string(),
            Value::Time(time) => time.to_string(),
            Value::String(text) => text.clone(),
            Value::Coding(coding) => {
                coding.display.clone().or_else(|| coding.code.clone()).unwrap_or_default()
            }
        }
    }
}

/// A text in XHTML, without the characters that XML does not allow.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' | '\t' => escaped.push(' '),
            '\u{fffe}' | '\u{ffff}' => {}
            character if character.is_control() => {}
            character => escaped.push(character),
        }
    }
    escaped
}
