//! Texts with their translations.

use crate::language::LanguageTag;

/// A text of a form, and its translations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Translated {
    language: LanguageTag,
    text: String,
    translations: Vec<(LanguageTag, String)>,
}

impl Translated {
    /// A text in the form's own language.
    pub fn new(language: LanguageTag, text: impl Into<String>) -> Self {
        Self { language, text: text.into(), translations: Vec::new() }
    }

    pub(super) fn add(&mut self, language: LanguageTag, text: impl Into<String>) {
        self.translations.push((language, text.into()));
    }

    /// The language of the form.
    pub fn language(&self) -> &LanguageTag {
        &self.language
    }

    /// The translations, without the text in the form's own language.
    pub fn translations(&self) -> impl Iterator<Item = (&LanguageTag, &str)> {
        self.translations.iter().map(|(language, text)| (language, text.as_str()))
    }

    /// Whether there is no text in any language.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty() && self.translations.is_empty()
    }

    /// The text in `language` or another region's form of it.
    pub fn find(&self, language: &LanguageTag) -> Option<&str> {
        let own = (!self.text.is_empty()).then_some((&self.language, self.text.as_str()));
        let all = || own.into_iter().chain(self.translations());
        all()
            .find(|(tag, _)| *tag == language)
            .or_else(|| all().find(|(tag, _)| tag.primary() == language.primary()))
            .map(|(_, text)| text)
    }

    /// Whether there is a text in `language`, regions aside.
    pub fn has(&self, language: &LanguageTag) -> bool {
        self.find(language).is_some()
    }

    /// The text in `language`, or in the form's own language.
    pub fn get(&self, language: &LanguageTag) -> &str {
        self.find(language).unwrap_or(&self.text)
    }
}
