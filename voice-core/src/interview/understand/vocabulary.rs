//! What can be answered to a question, for the grammar of a recognizer.

use std::collections::HashSet;

use super::lexicon::{COMMANDS, POLARITY, Polarity, QUANTIFIERS, Quantifier};
use super::{Command, Expected, separated};
use crate::dialog::numerals;
use crate::language::LanguageTag;
use crate::text::{Language, matching, ordinal};

/// The most phrases.
pub const MAX_PHRASES: usize = 1_000;

/// How many phrases of each command and of each polarity are given.
const OF_COMMAND: usize = 60;
const OF_POLARITY: usize = 40;

/// The places of options in both genders.
const ARABIC_PLACES: [&str; 10] = [
    "الأول|الأولى",
    "الثاني|الثانية",
    "الثالث|الثالثة",
    "الرابع|الرابعة",
    "الخامس|الخامسة",
    "السادس|السادسة",
    "السابع|السابعة",
    "الثامن|الثامنة",
    "التاسع|التاسعة",
    "العاشر|العاشرة",
];

const COMMANDS_OFFERED: [Command; 10] = [
    Command::Repeat,
    Command::Back,
    Command::Skip,
    Command::Slower,
    Command::Wait,
    Command::Resume,
    Command::Stop,
    Command::Human,
    Command::Help,
    Command::Done,
];

/// The words and phrases with which a question can be answered, and the commands, for the grammar of a recognizer: at most
/// [`MAX_PHRASES`], without marks, each once. It is empty if any text is an answer, and for languages other than Arabic and
/// English.
pub fn phrases(expected: &Expected, language: &LanguageTag) -> Vec<String> {
    let Some(known) = Language::from_tag(language) else { return Vec::new() };
    let mut list = List::default();
    match expected {
        Expected::Text | Expected::Choice { is_open: true, .. } => return Vec::new(),
        Expected::YesNo => {
            for polarity in
                [Polarity::Yes, Polarity::No, Polarity::Agreement, Polarity::LikelyYes, Polarity::LikelyNo]
            {
                list.extend(POLARITY.of(polarity, known).take(OF_POLARITY));
            }
            list.extend(POLARITY.of(Polarity::Between, known).take(OF_COMMAND));
        }
        Expected::Choice { options, is_multiple, .. } => {
            for option in options {
                list.push(&option.label);
                list.extend(option.synonyms.iter().map(String::as_str));
            }
            let places = options.len().min(ARABIC_PLACES.len());
            match known {
                Language::Arabic => {
                    list.extend(ARABIC_PLACES.iter().take(places).flat_map(|place| place.split('|')));
                    list.extend(["الأخير", "الأخيرة", "الخيار", "رقم", "و"]);
                }
                Language::English => {
                    for place in 1..=places as u64 {
                        list.push(&ordinal(place));
                    }
                    list.extend(["last", "option", "number", "and", "the", "one"]);
                }
            }
            list.extend(numerals::of_language(language).iter().map(String::as_str));
            if *is_multiple {
                for quantifier in [Quantifier::All, Quantifier::Both, Quantifier::None] {
                    list.extend(QUANTIFIERS.of(quantifier, known));
                }
            }
            // An option may say yes or no.
            list.extend(POLARITY.of(Polarity::Yes, known).take(OF_COMMAND));
            list.extend(POLARITY.of(Polarity::No, known).take(OF_COMMAND));
        }
        _ => list.extend(numerals::of_language(language).iter().map(String::as_str)),
    }
    list.extend(POLARITY.of(Polarity::Unknown, known).take(OF_COMMAND));
    for command in COMMANDS_OFFERED {
        list.extend(COMMANDS.of(command, known).take(OF_COMMAND));
    }
    list.phrases
}

/// Phrases, each once.
#[derive(Debug, Default)]
struct List {
    phrases: Vec<String>,
    known: HashSet<String>,
}

impl List {
    fn push(&mut self, phrase: &str) {
        let separated = separated(phrase);
        let words = separated.split_whitespace().map(|word| {
            word.trim_matches(|letter: char| {
                !letter.is_alphanumeric() && !('\u{64b}'..='\u{65f}').contains(&letter)
            })
        });
        let phrase = words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
        let is_usable = !phrase.is_empty() && phrase.len() <= 200 && self.phrases.len() < MAX_PHRASES;
        // Spelling variants are of use to a recognizer only if its dictionary has them, so that they are kept.
        if is_usable && !matching::words(&phrase).is_empty() && self.known.insert(phrase.clone()) {
            self.phrases.push(phrase);
        }
    }

    fn extend<'a>(&mut self, phrases: impl IntoIterator<Item = &'a str>) {
        for phrase in phrases {
            self.push(phrase);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::OptionWords;
    use super::*;

    fn of(expected: &Expected, language: &str) -> Vec<String> {
        phrases(expected, &language.parse().unwrap())
    }

    #[test]
    fn phrases_hold_what_can_be_answered() {
        let has = |list: &[String], phrase: &str| list.iter().any(|known| known == phrase);
        let words = of(&Expected::YesNo, "ar-SA");
        assert!(["نعم", "لا والله", "عيد السؤال", "ما أدري"].iter().all(|phrase| has(&words, phrase)));
        let option =
            OptionWords {
                label: "عدة أيام، تقريبًا.".into(), synonyms: vec!["كم يوم".into()], number: None
            };
        let options = vec![option; 400];
        let expected = Expected::Choice { options, is_multiple: true, is_open: false };
        let words = of(&expected, "ar");
        assert!(
            ["عدة أيام تقريبًا", "كم يوم", "الثاني", "كلهم", "خمسة"].iter().all(|phrase| has(&words, phrase))
        );
        assert!(words.len() <= MAX_PHRASES);
        assert!(of(&Expected::Text, "en").is_empty() && of(&Expected::YesNo, "ko").is_empty());
        assert!(has(&of(&Expected::BloodPressure, "en"), "eighty"));
    }
}
