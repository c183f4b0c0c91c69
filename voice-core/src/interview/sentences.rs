//! What the engine itself says, in each language that it speaks. A sentence of a form is the form's own.
//!
//! A sentence is a variant with the values of its places, and a language is a function with a text for every variant:
//! the compiler checks that no language lacks a sentence, and a test that each text has all values.

mod arabic;
mod english;
mod read_back;

use crate::language::LanguageTag;
use crate::text::Language;

pub(super) use read_back::ReadBack;

/// A sentence that the engine says, with the values of its places. Values are texts in the language of the interview.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sentence<'a> {
    /// The first words.
    Greeting {
        title: &'a str,
    },
    AskConsent,
    ConsentRefused,
    AskIsPatient,
    ProxyNoted,
    AskBirthDate,
    AskLastDigits,
    IdentityWrong,
    IdentityConfirmed,
    IdentityFailed,
    /// How a question is answered.
    SayYesOrNo,
    SayNumber,
    SayNumberBetween {
        low: &'a str,
        high: &'a str,
    },
    SayQuantity {
        unit: &'a str,
    },
    SayBloodPressure,
    SayDate,
    SayDateAndTime,
    SayTime,
    SayDuration,
    SayDigits,
    SayText,
    SayOneOf {
        options: &'a str,
    },
    SaySomeOf {
        options: &'a str,
    },
    /// Nothing was heard.
    NotHeard,
    NotUnderstood,
    /// The digits are too few, too many, or fail their check.
    DigitsWrong {
        heard: &'a str,
    },
    SayInPairs,
    GoOnWithDigits,
    OutOfRange,
    TooManyDecimals,
    TooLong,
    NotAccepted,
    Implausible,
    PressuresReversed,
    MeasureAgain,
    /// A read-back.
    IsItRight {
        answer: &'a str,
    },
    IsItRecorded {
        answer: &'a str,
    },
    Corrected,
    AskAnother,
    AskAnotherOf {
        group: &'a str,
    },
    AnswerBefore {
        answer: &'a str,
    },
    NoQuestionBefore,
    MustBeAnswered,
    Skipped,
    SkippedUnanswered,
    UnsureAgain,
    UnsureNoted,
    Slower,
    MeasureNow,
    Hold,
    StillHolding,
    HoldOver,
    GoOn,
    OfferKeypadAndHuman,
    OfferKeypad,
    OfferHuman,
    OfferSkip,
    StillThere,
    EndedBySilence,
    EndedByTime,
    Stopped,
    HumanComes,
    HumanCallsBack,
    NoHuman {
        health: &'a str,
    },
    Help,
    /// What needs help at once.
    Emergency {
        emergency: &'a str,
        health: &'a str,
    },
    Clinician {
        emergency: &'a str,
        health: &'a str,
    },
    IsItHappening {
        words: &'a str,
    },
    Progress {
        answered: &'a str,
        total: &'a str,
    },
    Completed,
    Incomplete,
}

/// The sentences of a language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sentences(Language);

impl Sentences {
    /// Those of a language, if it has them.
    pub(super) fn of(language: &LanguageTag) -> Option<Self> {
        Language::from_tag(language).map(Self)
    }

    /// The text of a sentence.
    pub(super) fn text(self, sentence: Sentence<'_>) -> String {
        match self.0 {
            Language::Arabic => arabic::text(sentence),
            Language::English => english::text(sentence),
        }
    }

    /// The text of a value as it is read back.
    pub(super) fn read_back(self) -> ReadBack {
        ReadBack(self.0)
    }

    /// A list of options, of which one can be said.
    pub(super) fn list<S: AsRef<str>>(self, options: &[S]) -> String {
        let (between, last) = match self.0 {
            Language::Arabic => ("، ", "، أَوْ "),
            Language::English => (", ", ", or "),
        };
        let mut text = String::new();
        for (at, option) in options.iter().enumerate() {
            text.push_str(if at == 0 {
                ""
            } else if at + 1 == options.len() {
                last
            } else {
                between
            });
            text.push_str(option.as_ref());
        }
        text
    }

    /// The words that need help at once, each as it is said.
    pub(super) fn red_flags(self) -> &'static [&'static str] {
        match self.0 {
            Language::Arabic => arabic::RED_FLAGS,
            Language::English => english::RED_FLAGS,
        }
    }

    /// Words that deny what follows.
    pub(super) fn negations(self) -> &'static [&'static str] {
        match self.0 {
            Language::Arabic => arabic::NEGATIONS,
            Language::English => english::NEGATIONS,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every sentence, with values that no text contains by itself, and these values.
    fn all() -> Vec<(Sentence<'static>, Vec<&'static str>)> {
        use Sentence::*;
        let (a, b) = ("⟨a⟩", "⟨b⟩");
        let plain = [
            AskConsent,
            ConsentRefused,
            AskIsPatient,
            ProxyNoted,
            AskBirthDate,
            AskLastDigits,
            IdentityWrong,
            IdentityConfirmed,
            IdentityFailed,
            SayYesOrNo,
            SayNumber,
            SayBloodPressure,
            SayDate,
            SayDateAndTime,
            SayTime,
            SayDuration,
            SayDigits,
            SayText,
            NotHeard,
            NotUnderstood,
            SayInPairs,
            GoOnWithDigits,
            OutOfRange,
            TooManyDecimals,
            TooLong,
            NotAccepted,
            Implausible,
            PressuresReversed,
            MeasureAgain,
            Corrected,
            AskAnother,
            NoQuestionBefore,
            MustBeAnswered,
            Skipped,
            SkippedUnanswered,
            UnsureAgain,
            UnsureNoted,
            Slower,
            MeasureNow,
            Hold,
            StillHolding,
            HoldOver,
            GoOn,
            OfferKeypadAndHuman,
            OfferKeypad,
            OfferHuman,
            OfferSkip,
            StillThere,
            EndedBySilence,
            EndedByTime,
            Stopped,
            HumanComes,
            HumanCallsBack,
            Help,
            Completed,
            Incomplete,
        ];
        let with_values = [
            (Greeting { title: a }, vec![a]),
            (SayNumberBetween { low: a, high: b }, vec![a, b]),
            (SayQuantity { unit: a }, vec![a]),
            (SayOneOf { options: a }, vec![a]),
            (SaySomeOf { options: a }, vec![a]),
            (DigitsWrong { heard: a }, vec![a]),
            (IsItRight { answer: a }, vec![a]),
            (IsItRecorded { answer: a }, vec![a]),
            (AskAnotherOf { group: a }, vec![a]),
            (AnswerBefore { answer: a }, vec![a]),
            (NoHuman { health: a }, vec![a]),
            (Emergency { emergency: a, health: b }, vec![a, b]),
            (Clinician { emergency: a, health: b }, vec![a, b]),
            (IsItHappening { words: a }, vec![a]),
            (Progress { answered: a, total: b }, vec![a, b]),
        ];
        plain.into_iter().map(|sentence| (sentence, Vec::new())).chain(with_values).collect()
    }

    fn languages() -> [Sentences; 2] {
        [Sentences(Language::Arabic), Sentences(Language::English)]
    }

    #[test]
    fn each_language_has_every_sentence_with_all_its_values() {
        for sentences in languages() {
            let mut seen = std::collections::HashSet::new();
            for (sentence, values) in all() {
                let text = sentences.text(sentence);
                assert!(text.ends_with(['.', '?', '؟', '!', ':', '⟩']), "{text}");
                assert!(!text.contains(['{', '}']), "{text}");
                for value in &values {
                    assert_eq!(text.matches(value).count(), 1, "{sentence:?}: {text}");
                }
                assert_eq!(text.matches('⟨').count(), values.len(), "{text}");
                assert!(seen.insert(text.clone()), "two sentences are the same: {text}");
            }
        }
    }

    #[test]
    fn arabic_sentences_have_vowel_signs() {
        let is_sign = |letter: char| matches!(letter, '\u{64b}'..='\u{652}' | '\u{670}');
        for (sentence, _) in all() {
            let text = Sentences(Language::Arabic).text(sentence);
            for word in text.split([' ', '،', '.', '؟', ':', '⟨', '⟩', '!']) {
                let letters =
                    word.chars().filter(|letter| letter.is_alphabetic() && !is_sign(*letter)).count();
                let signs = word.chars().filter(|letter| is_sign(*letter)).count();
                // Long vowels and the article have no sign of their own.
                assert!(letters < 2 || word.is_ascii() || signs * 4 >= letters, "{word} in: {text}");
            }
        }
    }

    #[test]
    fn english_sentences_are_of_english_letters() {
        for (sentence, _) in all() {
            let text = Sentences(Language::English).text(sentence);
            assert!(text.chars().all(|letter| letter.is_ascii() || matches!(letter, '⟨' | '⟩')), "{text}");
        }
    }

    #[test]
    fn options_are_joined_as_a_list() {
        let [arabic, english] = languages();
        assert_eq!(english.list(&["a", "b", "c"]), "a, b, or c");
        assert_eq!(arabic.list(&["أ", "ب"]), "أ، أَوْ ب");
        assert_eq!((english.list::<&str>(&[]), english.list(&["a"])), (String::new(), "a".into()));
    }

    #[test]
    fn language_without_sentences_has_none() {
        assert_eq!(Sentences::of(&"ko".parse().unwrap()), None);
        assert_eq!(Sentences::of(&"ar-SA".parse().unwrap()), Some(Sentences(Language::Arabic)));
    }
}
