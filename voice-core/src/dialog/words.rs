//! Words of a listener that do not interrupt the speaker, and words that do at once.

use super::numerals;
use crate::language::LanguageTag;
use crate::text::matching::words;

/// What a listener says while the other side speaks, and the words of numbers. Each entry is a word or a short phrase.
///
/// Words are compared without vowel signs, and forms of one letter (أ إ آ ا, ى ي, ة ه, upper and lower case) are equal.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ListenerWords {
    backchannels: Vec<Vec<String>>,
    stops: Vec<Vec<String>>,
    /// Words of numbers and dates, sorted.
    numerals: Vec<String>,
}

/// What a text of a listener is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Said {
    /// No known word.
    Nothing,
    /// Only words that a listener says to show attention.
    Backchannel,
    /// It has a word that asks the speaker to stop.
    Stop,
    /// This many words, of which some are no backchannel.
    Words(usize),
}

/// The words of a language in the order of the table.
struct Table {
    language: &'static str,
    backchannels: &'static [&'static str],
    stops: &'static [&'static str],
}

/// Of a language that is not listed, no words are known: each word interrupts.
const TABLES: &[Table] = &[
    Table {
        language: "ar",
        backchannels: &[
            "أها",
            "اها",
            "آها",
            "إي",
            "ايه",
            "أيوه",
            "ايوا",
            "طيب",
            "تمام",
            "صح",
            "صحيح",
            "ماشي",
            "آه",
            "اه",
            "همم",
            "امم",
            "نعم",
            "حسنا",
            "أوكي",
            "اوك",
            "اوكيه",
            "زين",
            "أكيد",
            "فعلا",
            "إي نعم",
            "ممتاز",
            "موافق",
        ],
        stops: &[
            "لحظة",
            "وقف",
            "توقف",
            "بس",
            "اسمع",
            "اسمعني",
            "اسكت",
            "استنى",
            "انتظر",
            "خلاص",
            "كفاية",
            "قف",
        ],
    },
    Table {
        language: "en",
        backchannels: &[
            "mm",
            "hmm",
            "mhm",
            "mmhm",
            "mm hmm",
            "uh",
            "uh huh",
            "um",
            "ah",
            "aha",
            "oh",
            "yeah",
            "yep",
            "yup",
            "yes",
            "ok",
            "okay",
            "right",
            "sure",
            "i see",
            "got it",
            "alright",
            "all right",
            "good",
            "great",
            "exactly",
        ],
        stops: &["stop", "wait", "hold on", "hang on", "pause", "excuse me", "listen", "be quiet", "shut up"],
    },
];

impl ListenerWords {
    /// The built-in words of a language; none of a language without a list.
    pub fn of_language(language: &LanguageTag) -> Self {
        let table = TABLES.iter().find(|table| table.language == language.primary());
        let words = table.map_or_else(Self::default, |table| Self::new(table.backchannels, table.stops));
        words.with_numerals(&numerals::of_language(language))
    }

    /// Words that do not interrupt (`backchannels`), and words that interrupt at once (`stops`).
    pub fn new<S: AsRef<str>>(backchannels: &[S], stops: &[S]) -> Self {
        let phrases = |list: &[S]| {
            list.iter().map(|phrase| words(phrase.as_ref())).filter(|words| !words.is_empty()).collect()
        };
        Self { backchannels: phrases(backchannels), stops: phrases(stops), numerals: Vec::new() }
    }

    /// The same with words in which numbers and dates are read aloud. A turn that ends with some of them is not over after
    /// the silence of open speech, but after [that](super::TurnEndRules::incomplete_ms) of digits.
    #[must_use]
    pub fn with_numerals<S: AsRef<str>>(mut self, numerals: &[S]) -> Self {
        self.numerals = numerals.iter().flat_map(|numeral| words(numeral.as_ref())).collect();
        self.numerals.sort_unstable();
        self
    }

    /// Whether a number or a date is being read at the end of `text`.
    pub(super) fn end_in_numerals(&self, text: &str) -> bool {
        numerals::are_read(&words(text), &self.numerals)
    }

    /// The same with other words that do not interrupt.
    #[must_use]
    pub fn with_backchannels<S: AsRef<str>>(self, backchannels: &[S]) -> Self {
        Self { backchannels: Self::new(backchannels, &[]).backchannels, ..self }
    }

    /// The same with other words that interrupt at once.
    #[must_use]
    pub fn with_stops<S: AsRef<str>>(self, stops: &[S]) -> Self {
        Self { stops: Self::new(&[], stops).stops, ..self }
    }

    /// What `text` is.
    pub(super) fn classify(&self, text: &str) -> Said {
        let words = words(text);
        if words.is_empty() {
            return Said::Nothing;
        }
        if (0..words.len()).any(|at| longest(&self.stops, &words[at..]).is_some()) {
            return Said::Stop;
        }
        let mut at = 0;
        while let Some(length) = longest(&self.backchannels, &words[at..]) {
            at += length;
            if at == words.len() {
                return Said::Backchannel;
            }
        }
        Said::Words(words.len())
    }
}

/// The length of the longest phrase that `words` begin with.
fn longest(phrases: &[Vec<String>], words: &[String]) -> Option<usize> {
    phrases.iter().filter(|phrase| words.starts_with(phrase)).map(Vec::len).max()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(language: &str) -> ListenerWords {
        ListenerWords::of_language(&language.parse().unwrap())
    }

    #[test]
    fn backchannels_are_told_from_words() {
        let arabic = of("ar-SA");
        for (text, said) in [
            ("", Said::Nothing),
            ("[unk]", Said::Nothing),
            ("إي", Said::Backchannel),
            ("ايه تمام", Said::Backchannel),
            ("طَيِّب", Said::Backchannel),
            ("طيب أريد موعدا", Said::Words(3)),
            ("موعد", Said::Words(1)),
            ("لحظه", Said::Stop),
            ("طيب وقّف شوي", Said::Stop),
        ] {
            assert_eq!(arabic.classify(text), said, "{text}");
        }
        let english = of("en-GB");
        for (text, said) in [
            ("Uh huh.", Said::Backchannel),
            ("mm hmm OK", Said::Backchannel),
            ("uh I need help", Said::Words(4)),
            ("please hold on", Said::Stop),
            ("hold", Said::Words(1)),
        ] {
            assert_eq!(english.classify(text), said, "{text}");
        }
    }

    #[test]
    fn numbers_and_dates_are_told_from_other_ends() {
        let arabic = of("ar");
        for (text, expected) in [
            ("رقمي خمسة خمسة", true),
            ("خمسة وعشرون", true),
            ("ولدت في الخامس من مارس", true),
            ("55 12", true),
            ("عندي ثلاثة", false),
            ("خمسة خمسة شكرا", false),
            ("", false),
        ] {
            assert_eq!(arabic.end_in_numerals(text), expected, "{text}");
        }
        let english = of("en-US");
        assert!(english.end_in_numerals("My number is oh five") && english.end_in_numerals("on March third"));
        assert!(!english.end_in_numerals("I need one") && !of("ko").end_in_numerals("one two"));
    }

    #[test]
    fn language_without_a_list_has_only_words() {
        assert_eq!(of("ko").classify("네"), Said::Words(1));
    }
}
