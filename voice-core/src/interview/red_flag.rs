//! Words that need help at once, in anything that the user says.

use super::form::Form;
use super::options::InterviewOptions;
use super::sentences::Sentences;
use crate::text::inverse::Words;
use crate::text::matching;

/// The phrases of a language, a form and the options.
#[derive(Debug, Clone)]
pub(super) struct RedFlags {
    /// As they are written.
    written: Vec<String>,
    /// Their words in the form in which words are compared.
    phrases: Vec<Vec<String>>,
    negations: Vec<String>,
}

/// Such words in an utterance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RedFlag {
    /// The words as they were said.
    pub(super) words: String,
    /// Whether a word before them may deny them.
    pub(super) is_denied: bool,
}

/// How many words before the phrase may deny it: "I do not have any chest pain".
const BEFORE: usize = 4;

impl RedFlags {
    pub(super) fn new(form: &Form, options: &InterviewOptions, sentences: Sentences) -> Self {
        let of_form = form.settings().red_flags.iter();
        let of_form = of_form.filter(|(language, _)| language.primary() == options.language.primary());
        let phrases = sentences.red_flags().iter().copied();
        let phrases = phrases.chain(of_form.map(|(_, phrase)| phrase.as_str()));
        let phrases = phrases.chain(options.red_flags.iter().map(String::as_str));
        let written: Vec<_> = phrases.map(str::to_owned).collect();
        Self {
            phrases: written
                .iter()
                .map(|phrase| matching::words(phrase))
                .filter(|words| !words.is_empty())
                .collect(),
            written,
            negations: sentences.negations().iter().map(|word| matching::key(word)).collect(),
        }
    }

    /// The phrases as a recognizer takes them.
    pub(super) fn phrases(&self) -> impl Iterator<Item = String> {
        self.written
            .iter()
            .map(|phrase| phrase.replace(['"', '\\'], " "))
            .filter(|phrase| phrase.len() <= 200)
    }

    /// The first such words of `text`, those that are not denied before those that may be.
    pub(super) fn find(&self, text: &str) -> Option<RedFlag> {
        let words = Words::new(text);
        let mut denied = None;
        for at in 0..words.len() {
            let Some(length) = self.longest(&words, at) else { continue };
            let is_denied = (at.saturating_sub(BEFORE)..at)
                .any(|before| self.negations.iter().any(|negation| negation == words.key(before)));
            let found = RedFlag { words: words.text(at..at + length).to_owned(), is_denied };
            if !is_denied {
                return Some(found);
            }
            denied.get_or_insert(found);
        }
        denied
    }

    /// The number of words of the longest phrase at a position.
    fn longest(&self, words: &Words, at: usize) -> Option<usize> {
        let fits = |phrase: &&Vec<String>| {
            phrase.iter().enumerate().all(|(offset, word)| {
                let key = words.key(at + offset);
                // "And" is a part of the next word in Arabic.
                key == word || offset == 0 && key.strip_prefix('و') == Some(word)
            })
        };
        self.phrases.iter().filter(fits).map(Vec::len).max()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flags(language: &str) -> RedFlags {
        let form = Form::parse(br#"{"resourceType":"Questionnaire","status":"active","item":[{"linkId":"1","text":"x","type":"display"}]}"#).unwrap();
        let options = InterviewOptions {
            red_flags: vec!["purple spots".into(), " ".into()],
            ..InterviewOptions::new(language.parse().unwrap(), "2026-11-26".parse().unwrap())
        };
        RedFlags::new(&form, &options, Sentences::of(&options.language).unwrap())
    }

    #[test]
    fn red_flags_are_found_within_other_words() {
        let arabic = flags("ar-SA");
        for (text, expected) in [
            ("خمسة بس عندي ألم في الصدر من أمس", Some(("ألم في الصدر", false))),
            ("وَجَعٌ فِي صَدْرِي", Some(("وَجَعٌ فِي صَدْرِي", false))),
            ("تعبان وما اقدر اتنفس", Some(("وما اقدر اتنفس", false))),
            ("ما أقدر أتنفّس", Some(("ما أقدر أتنفّس", false))),
            ("ما عندي ألم في الصدر", Some(("ألم في الصدر", true))),
            ("لا", None),
            ("عندي ألم في الركبة", None),
            ("", None),
        ] {
            let found = arabic.find(text);
            let found = found.as_ref().map(|flag| (flag.words.as_str(), flag.is_denied));
            assert_eq!(found, expected, "{text}");
        }
        let english = flags("en-GB");
        for (text, expected) in [
            ("seven, and I can't breathe!", Some(("can't breathe!", false))),
            ("I don't have any chest pain", Some(("chest pain", true))),
            ("no chest pain but I want to die", Some(("want to die", false))),
            ("three PURPLE spots", Some(("PURPLE spots", false))),
            ("chest", None),
        ] {
            let found = english.find(text);
            let found = found.as_ref().map(|flag| (flag.words.as_str(), flag.is_denied));
            assert_eq!(found, expected, "{text}");
        }
    }
}
