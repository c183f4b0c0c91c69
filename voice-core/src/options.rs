//! What a caller may choose for a speech-to-text session. Every value is checked once, here.

use std::collections::HashSet;
use std::fmt;

use crate::audio::{Channel, Format};
use crate::error::{Error, ErrorKind, Result};
use crate::stt::Model;
use crate::stt::spelling::is_invisible;

/// Settings of one speech-to-text session.
///
/// ```
/// use voice_core::{Grammar, SttOptions, audio::Format};
///
/// let options = SttOptions {
///     format: Format::pcm16(8_000)?,
///     grammar: Some(Grammar::new(["نعم", "لا", "[unk]"])?),
///     words: true,
///     ..SttOptions::default()
/// };
/// # Ok::<(), voice_core::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct SttOptions {
    /// What the pushed bytes are. Default: 16-bit PCM, mono, 16 kHz.
    pub format: Format,
    /// Which of its channels are listened to. Default: all, mixed.
    pub channel: Channel,
    /// The language that will be spoken, as a BCP 47 tag such as `ar` or `en-GB`; it chooses the model.
    /// Default: that of the engine's first model.
    pub language: Option<String>,
    /// Phrases to listen for, instead of the model's whole vocabulary.
    pub grammar: Option<Grammar>,
    /// Report each word with its times and confidence.
    pub words: bool,
    /// Number of readings to report for each utterance; 0 for the best one only.
    pub max_alternatives: MaxAlternatives,
    /// When an utterance starts and ends.
    pub endpoint: Endpoint,
    /// How speech is told from silence.
    pub vad: VadMode,
    /// How many people speak.
    pub speaker: Speaker,
}

/// How many people speak in one session, for models that [adapt](crate::stt::ModelInfo::adapts) to a voice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Speaker {
    /// One: what is learnt of the voice is kept from utterance to utterance. Where two speak in turn, twice as many
    /// words are wrong.
    #[default]
    One,
    /// Many, such as in a meeting or on a line with several voices: each utterance begins without knowing the voice.
    /// Where one speaks, a sixth more of the words are wrong.
    Many,
}

/// How speech is told from silence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum VadMode {
    /// The built-in neural detector decides; silence is not decoded.
    #[default]
    Detect,
    /// Everything is speech: the host decides (a push-to-talk button). Utterances end at
    /// [`Endpoint::max_utterance_ms`], at a flush and at the end of the stream.
    Always,
}

/// Number of readings reported for each utterance, 0 to 10.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MaxAlternatives(u8);

impl MaxAlternatives {
    /// The most readings a session reports.
    pub const MAX: u8 = 10;

    /// Checks that `count` is at most [`MAX`](Self::MAX).
    pub fn new(count: u8) -> Result<Self> {
        if count > Self::MAX {
            return Err(Error::new(
                ErrorKind::OptionInvalid,
                format!("max_alternatives is {count}; ask for 0 to {}", Self::MAX),
            ));
        }
        Ok(Self(count))
    }

    /// The checked number.
    pub fn get(self) -> u8 {
        self.0
    }
}

/// When an utterance starts and ends, in milliseconds of audio.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Endpoint {
    /// Voice needed before speech counts as started, 16 to 1,000.
    pub start_ms: u32,
    /// Silence that ends an utterance, 100 to 10,000.
    ///
    /// Digit strings and addresses are spoken with pauses: 800 and more keeps them together.
    pub silence_ms: u32,
    /// Longest utterance, 1,000 to 120,000; what follows is a new utterance.
    ///
    /// A longer one ends at a pause of 240 ms in its last fifth, else between two words of its last 3 s (a quarter of
    /// it, if that is less), which are decoded again as the beginning of the next.
    pub max_utterance_ms: u32,
    /// Report [`NoSpeech`](crate::Event::NoSpeech) after each such stretch without voice, 100 to
    /// 3,600,000; `None` for never.
    pub no_speech_timeout_ms: Option<u32>,
}

impl Default for Endpoint {
    fn default() -> Self {
        Self { start_ms: 48, silence_ms: 800, max_utterance_ms: 30_000, no_speech_timeout_ms: None }
    }
}

impl Endpoint {
    /// Checks every value against its range.
    pub fn validate(&self) -> Result<()> {
        let check = |name: &str, value: u32, low: u32, high: u32| {
            if (low..=high).contains(&value) {
                return Ok(());
            }
            Err(Error::new(ErrorKind::OptionInvalid, format!("{name} is {value}; give {low} to {high}")))
        };
        check("start_ms", self.start_ms, 16, 1_000)?;
        check("silence_ms", self.silence_ms, 100, 10_000)?;
        check("max_utterance_ms", self.max_utterance_ms, 1_000, 120_000)?;
        check("no_speech_timeout_ms", self.no_speech_timeout_ms.unwrap_or(1_000), 100, 3_600_000)
    }
}

/// A checked list of phrases to listen for.
///
/// Words are separated by single spaces and must be in the model's vocabulary, in any Unicode spelling: without or
/// with Arabic vowels, decomposed, in presentation forms.
/// Add `[unk]` so that other speech is reported as `[unk]` instead of the nearest phrase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grammar(Vec<String>);

impl Grammar {
    /// The most phrases a grammar may hold.
    pub const MAX_PHRASES: usize = 10_000;
    /// The longest phrase, in bytes of UTF-8.
    pub const MAX_PHRASE_BYTES: usize = 1_000;

    /// The most words that all phrases may hold together: each is looked up in the model's vocabulary.
    pub const MAX_WORDS: usize = 20_000;

    /// Checks and normalizes `phrases`: surrounding and repeated white space is dropped.
    pub fn new<S: AsRef<str>>(phrases: impl IntoIterator<Item = S>) -> Result<Self> {
        let invalid = |message: String| Err(Error::new(ErrorKind::GrammarInvalid, message));
        let mut checked = Vec::new();
        let mut words = 0;
        for phrase in phrases {
            let phrase = phrase.as_ref();
            // These would end the string in the engine's own notation for phrase lists.
            if phrase.chars().any(|c| matches!(c, '"' | '\\') || (c.is_control() && !c.is_whitespace())) {
                return invalid("a phrase holds a quote, backslash or control character; remove it".into());
            }
            if phrase.len() > Self::MAX_PHRASE_BYTES {
                return invalid(format!("a phrase is over {} bytes; split it", Self::MAX_PHRASE_BYTES));
            }
            let phrase: Vec<_> = phrase.split_whitespace().collect();
            if phrase.is_empty() {
                continue;
            }
            words += phrase.len();
            if words > Self::MAX_WORDS {
                return invalid(format!(
                    "the phrases have more than {} words; shorten the list",
                    Self::MAX_WORDS
                ));
            }
            checked.push(phrase.join(" "));
            if checked.len() > Self::MAX_PHRASES {
                return invalid(format!("more than {} phrases; shorten the list", Self::MAX_PHRASES));
            }
        }
        if checked.is_empty() {
            return invalid(
                "the list of phrases is empty; name at least one, or leave the grammar out".into(),
            );
        }
        Ok(Self(checked))
    }

    /// The phrases, each a sequence of words separated by single spaces.
    pub fn phrases(&self) -> &[String] {
        &self.0
    }

    /// All words of all phrases, with repetitions.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.0.iter().flat_map(|phrase| phrase.split(' '))
    }

    /// The phrases in the spelling of `model`, and the words that it does not know, which are left out, as libvosk
    /// does.
    ///
    /// No grammar if nothing is left to listen for, be it that only `[unk]` is.
    pub fn spelled_by(&self, model: &dyn Model) -> (Option<Self>, LeftOut) {
        let mut left_out = LeftOut::default();
        let mut phrases = Vec::new();
        for phrase in &self.0 {
            let mut words = Vec::new();
            for word in phrase.split(' ') {
                match model.spelling(word) {
                    Some(spelling) => words.push(spelling),
                    None => left_out.add(word),
                }
            }
            if !words.is_empty() {
                phrases.push(words.join(" "));
            }
        }
        let is_empty = phrases.iter().all(|phrase| phrase == UNKNOWN && !left_out.is_empty());
        ((!is_empty).then_some(Self(phrases)), left_out)
    }
}

/// What libvosk calls a word that is none of the others.
const UNKNOWN: &str = "[unk]";

/// Words that were left out of a [`Grammar`]. [`Display`](fmt::Display) names the first of them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LeftOut {
    words: Vec<String>,
    seen: HashSet<String>,
}

impl LeftOut {
    /// The most words that are named.
    const NAMED: usize = 10;
    /// The most characters of each.
    const LONGEST: usize = 40;

    /// Adds `word`, unless it is there.
    pub fn add(&mut self, word: &str) {
        if self.seen.insert(word.to_owned()) {
            self.words.push(word.to_owned());
        }
    }

    /// Whether nothing was left out.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// The words, in the order of the list.
    pub fn words(&self) -> &[String] {
        &self.words
    }
}

impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, word) in self.words.iter().take(Self::NAMED).enumerate() {
            f.write_str(if number == 0 { "" } else { ", " })?;
            let mut seen = word.chars().filter(|c| !is_invisible(*c));
            seen.by_ref().take(Self::LONGEST).try_for_each(|c| write!(f, "{c}"))?;
            f.write_str(if seen.next().is_some() { "…" } else { "" })?;
        }
        match self.words.len().saturating_sub(Self::NAMED) {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grammar_normalizes_white_space_and_drops_empty_phrases() {
        let grammar = Grammar::new([" نعم\t  لا ", "", "[unk]"]).unwrap();
        assert_eq!(grammar.phrases(), ["نعم لا", "[unk]"]);
        assert_eq!(grammar.words().collect::<Vec<_>>(), ["نعم", "لا", "[unk]"]);
    }

    #[test]
    fn grammar_refuses_what_would_break_the_engines_notation() {
        for bad in ["a\"b", "a\\b", "a\0b", "\u{7}"] {
            assert_eq!(Grammar::new([bad]).unwrap_err().kind(), ErrorKind::GrammarInvalid, "{bad:?}");
        }
        assert!(Grammar::new(["", " "]).is_err());
        assert!(Grammar::new(["x".repeat(1_001)]).is_err());
        assert!(Grammar::new((0..10_001).map(|i| i.to_string())).is_err());
    }

    #[test]
    fn words_that_were_left_out_are_named_within_bounds() {
        let mut left_out = LeftOut::default();
        for word in ["a\u{202e}b", "c", "c"] {
            left_out.add(word);
        }
        assert_eq!(left_out.to_string(), "ab, c");
        left_out.add(&"d".repeat(1_000));
        (0..20).for_each(|n| left_out.add(&n.to_string()));
        assert_eq!(
            left_out.to_string(),
            format!("ab, c, {}…, 0, 1, 2, 3, 4, 5, 6 and 13 more", "d".repeat(40))
        );
    }

    #[test]
    fn endpoint_names_the_value_that_is_out_of_range() {
        let rules = Endpoint { silence_ms: 5, ..Endpoint::default() };
        assert_eq!(rules.validate().unwrap_err().to_string(), "silence_ms is 5; give 100 to 10000");
        assert!(Endpoint::default().validate().is_ok());
    }
}
