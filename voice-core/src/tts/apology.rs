//! The sentence to speak when recognition is not available.

use crate::language::LanguageTag;
use crate::text::Language;

/// A spoken apology for not being able to listen, in `language`, or in English for languages without one.
pub fn apology(language: &LanguageTag) -> &'static str {
    match Language::from_tag(language) {
        Some(Language::Arabic) => "عذرًا، لا أستطيع أن أسمعك الآن. حاول مرة أخرى بعد قليل.",
        Some(Language::English) | None => {
            "I am sorry, I cannot hear you right now. Please try again in a moment."
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_gets_an_apology() {
        let apology = |tag: &str| apology(&tag.parse().unwrap());
        assert!(apology("ar-SA").contains("عذر"));
        assert!(apology("en").contains("sorry"));
        assert_eq!(apology("fr"), apology("en"));
    }
}
