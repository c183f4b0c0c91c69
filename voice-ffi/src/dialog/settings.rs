//! Options of a dialog, and what the user is expected to say next.

use std::ops::RangeInclusive;

use voice_core::dialog::{
    BargeIn, Decider, DialogOptions, EchoCanceller, Expect, ListenerWords, TurnEndRules,
};
use voice_core::{Grammar, GrammarUpdate, LanguageTag, SttOptions};

use crate::error::voice_error;
use crate::options::{self, Options, array, given, invalid, unused};
use crate::stt::voice_stt_options;
use crate::text::voice_text;
use crate::tts::voice_tts_options;

/// Who decides whether voice of the user interrupts the speech.
#[repr(u32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum voice_decider {
    /// The recognized words.
    Words = 0,
    /// The host, with `voice_dialog_confirm` or `voice_dialog_reject`. If it does not decide in time, the words do.
    Application = 1,
    /// Voice never interrupts.
    Never = 2,
}

/// What the device does against the echo of its loudspeaker in its microphone.
#[repr(u32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum voice_echo_canceller {
    /// It removes the echo, as phones do in their mode for calls.
    Device = 0,
    /// Nothing. The dialog removes the echo, for models that take audio at 16 kHz. Report the position of the player
    /// with `voice_dialog_played`: it tells what is audible.
    None = 1,
}

/// What the user is expected to say, which tells when an answer is complete.
#[repr(u32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum voice_expect {
    /// Anything.
    Open = 0,
    /// One of `phrases`.
    Phrases = 1,
    /// Digits that are read one by one; `digits` of them if that is not 0.
    Digits = 2,
    /// Speech that ends when the host calls `voice_dialog_finalize`, such as with a push-to-talk button.
    Manual = 3,
}

/// What happens to the grammar of the recognizer.
#[repr(u32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum voice_expect_grammar {
    /// It stays.
    Unchanged = 0,
    /// Only `phrases` and `[unk]`, which stands for other speech, are recognized.
    Phrases = 1,
    /// It is removed: all words of the model are recognized.
    Removed = 2,
}

/// What the user is expected to say next.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct voice_expect_options {
    /// `sizeof(voice_expect_options)`.
    pub struct_size: u32,
    /// A `voice_expect`. Default: `VOICE_EXPECT_OPEN`.
    pub expect: u32,
    /// The number of digits, up to 255. Default: 0, unknown.
    pub digits: u32,
    /// A `voice_expect_grammar`. Default: `VOICE_EXPECT_GRAMMAR_UNCHANGED`.
    pub grammar: u32,
    /// The phrases, for `VOICE_EXPECT_PHRASES` and `VOICE_EXPECT_GRAMMAR_PHRASES`. Read during the call only.
    pub phrases: *const voice_text,
    /// Number of phrases, up to 10000.
    pub phrases_len: usize,
}

// SAFETY: integers and a raw pointer without padding, as the tests check.
unsafe impl Options for voice_expect_options {}

/// Options of a dialog. Arrays and nested options are read during the call only.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct voice_dialog_options {
    /// `sizeof(voice_dialog_options)`.
    pub struct_size: u32,
    /// A `voice_decider`. Default: `VOICE_DECIDER_WORDS`.
    pub decider: u32,
    /// A `voice_echo_canceller`. Default: `VOICE_ECHO_CANCELLER_DEVICE`.
    pub echo_canceller: u32,
    /// The words that confirm an interruption, 1 to 10; backchannels do not count, and a stop word confirms alone.
    /// Default: 1.
    pub min_words: u32,
    /// The duration of voice that confirms an interruption although no word was recognized, 200 to 10000 ms; negative
    /// for never. Default: 1500.
    pub min_voice_ms: i32,
    /// The time for a decision, 200 to 10000 ms; then the speech goes on. Default: 2000.
    pub decision_ms: u32,
    /// The speech at the start of the dialog in which voice does not pause it, up to 10000 ms, while an echo canceller
    /// settles; negative for none. Default: 3000.
    pub warm_up_ms: i32,
    /// The silence that ends a turn after a complete answer, 100 to 5000 ms. Default: 160.
    pub complete_ms: u32,
    /// The least silence that ends a turn in open speech, 100 to 5000 ms. Between the least and the most it follows the
    /// pauses of the user. Default: 600.
    pub open_min_ms: u32,
    /// The most, 100 to 5000 ms. Default: 800.
    pub open_max_ms: u32,
    /// The least silence that ends a turn while digits or a part of an expected answer were said, 100 to 5000 ms. Default:
    /// 1200.
    pub incomplete_min_ms: u32,
    /// The most, 100 to 5000 ms. Default: 1500.
    pub incomplete_max_ms: u32,
    /// The silence after which `VOICE_DIALOG_EVENT_TYPE_TURN_EAGER` tells that the turn may end, 100 to 5000 ms. Default:
    /// 320.
    pub eager_ms: u32,
    /// The silence of both sides after which `VOICE_DIALOG_EVENT_TYPE_IDLE` comes, 1000 to 600000 ms. Default: 15000.
    pub idle_ms: u32,
    /// The time without audio of the microphone after which a turn ends, 200 to 60000 ms. Default: 1000.
    pub audio_gap_ms: u32,
    /// The speech that is computed ahead of the listener, 100 to 30000 ms. Default: 2000.
    pub ahead_ms: u32,
    /// Options of the microphone's audio and its recognition; `silence_ms` and
    /// `no_speech_timeout_ms` are not used, see `idle_ms`. Default: NULL, all defaults.
    pub stt: *const voice_stt_options,
    /// Options of the voice. Default: NULL, all defaults.
    pub tts: *const voice_tts_options,
    /// Words and short phrases of a listener that do not interrupt, such as "yes". Default: NULL, those that are built in
    /// for the language of `stt`, with its words of numbers: a number that is read in open speech is waited for as digits
    /// are.
    pub backchannels: *const voice_text,
    /// Number of `backchannels`, up to 1000.
    pub backchannels_len: usize,
    /// Words and short phrases that interrupt at once, such as "wait". Default: NULL, as for `backchannels`; both lists
    /// are given or neither.
    pub stop_words: *const voice_text,
    /// Number of `stop_words`, up to 1000.
    pub stop_words_len: usize,
}

// SAFETY: integers and raw pointers without padding, as the tests check.
unsafe impl Options for voice_dialog_options {}

/// The most words of a list.
const MAX_WORDS: usize = 1_000;

/// Bounds of the audio that is computed ahead, in milliseconds.
const AHEAD_MS: RangeInclusive<u32> = 100..=30_000;

impl voice_dialog_options {
    /// The options of speech to text and of text to speech.
    ///
    /// # Safety
    /// `stt` and `tts` are NULL or point to whole options, which meet the contracts of their own types.
    pub(super) unsafe fn sessions(&self) -> Result<(SttOptions, voice_core::tts::TtsOptions), voice_error> {
        // SAFETY: the caller's promise.
        let (stt, tts) = unsafe { (options::read(self.stt)?, options::read(self.tts)?) };
        // SAFETY: the same.
        unsafe { Ok((stt.checked()?, tts.read()?)) }
    }

    /// The rules for a user who speaks `language`. Their ranges are checked when the dialog opens.
    ///
    /// # Safety
    /// The lists of words are NULL or point to as many texts as they say, each as [`voice_text::read`] wants it.
    pub(super) unsafe fn rules(&self, language: &LanguageTag) -> Result<DialogOptions, voice_error> {
        let (barge_in, turn_end) = (BargeIn::default(), TurnEndRules::default());
        Ok(DialogOptions {
            barge_in: BargeIn {
                decider: match self.decider {
                    decider if decider == voice_decider::Words as u32 => Decider::Words,
                    decider if decider == voice_decider::Application as u32 => Decider::Application,
                    decider if decider == voice_decider::Never as u32 => Decider::Never,
                    other => return Err(invalid(format!("decider is {other}; give a voice_decider"))),
                },
                min_words: match given(self.min_words) {
                    // More than 255 is above the range in any case.
                    Some(words) => u8::try_from(words).unwrap_or(u8::MAX),
                    None => barge_in.min_words,
                },
                min_voice_ms: match self.min_voice_ms {
                    0 => barge_in.min_voice_ms,
                    ms => u32::try_from(ms).ok(),
                },
                decision_ms: given(self.decision_ms).unwrap_or(barge_in.decision_ms),
                warm_up_ms: match self.warm_up_ms {
                    0 => barge_in.warm_up_ms,
                    ms => ms.max(0).unsigned_abs(),
                },
            },
            turn_end: TurnEndRules {
                complete_ms: given(self.complete_ms).unwrap_or(turn_end.complete_ms),
                open_ms: range(self.open_min_ms, self.open_max_ms, &turn_end.open_ms),
                incomplete_ms: range(self.incomplete_min_ms, self.incomplete_max_ms, &turn_end.incomplete_ms),
                eager_ms: given(self.eager_ms).unwrap_or(turn_end.eager_ms),
                idle_ms: given(self.idle_ms).unwrap_or(turn_end.idle_ms),
                audio_gap_ms: given(self.audio_gap_ms).unwrap_or(turn_end.audio_gap_ms),
            },
            echo_canceller: match self.echo_canceller {
                echo if echo == voice_echo_canceller::Device as u32 => EchoCanceller::Device,
                echo if echo == voice_echo_canceller::None as u32 => EchoCanceller::None,
                other => {
                    return Err(invalid(format!("echo_canceller is {other}; give a voice_echo_canceller")));
                }
            },
            // SAFETY: the caller's promise.
            words: unsafe { self.words(ListenerWords::of_language(language)) }?,
        })
    }

    /// The audio that is computed ahead, in milliseconds.
    pub(super) fn ahead_ms(&self) -> Result<u32, voice_error> {
        let ms = given(self.ahead_ms).unwrap_or(2_000);
        if AHEAD_MS.contains(&ms) {
            return Ok(ms);
        }
        let (least, most) = AHEAD_MS.into_inner();
        Err(invalid(format!("ahead_ms is {ms}; give {least} to {most}")))
    }

    /// The words of the language, with the host's lists in the place of theirs if it gives any. The words of numbers stay.
    ///
    /// # Safety
    /// As for [`rules`](Self::rules).
    unsafe fn words(&self, built_in: ListenerWords) -> Result<ListenerWords, voice_error> {
        // SAFETY: the caller's promise.
        let (backchannels, stops) = unsafe {
            (
                texts(self.backchannels, self.backchannels_len, MAX_WORDS, "backchannels")?,
                texts(self.stop_words, self.stop_words_len, MAX_WORDS, "stop_words")?,
            )
        };
        if self.backchannels.is_null() != self.stop_words.is_null() {
            return Err(invalid(
                "one of backchannels and stop_words is NULL; give both or neither".to_owned(),
            ));
        }
        if self.backchannels.is_null() {
            return Ok(built_in);
        }
        Ok(built_in.with_backchannels(&backchannels).with_stops(&stops))
    }
}

impl voice_expect_options {
    /// What is expected, and the change of the grammar.
    ///
    /// # Safety
    /// `phrases` is NULL or points to `phrases_len` texts, each as [`voice_text::read`] wants it.
    pub(super) unsafe fn checked(&self) -> Result<(Expect, GrammarUpdate), voice_error> {
        // SAFETY: the caller's promise.
        let phrases = unsafe { texts(self.phrases, self.phrases_len, Grammar::MAX_PHRASES, "phrases") }?;
        let grammar = match self.grammar {
            grammar if grammar == voice_expect_grammar::Unchanged as u32 => GrammarUpdate::Unchanged,
            grammar if grammar == voice_expect_grammar::Removed as u32 => GrammarUpdate::Removed,
            grammar if grammar == voice_expect_grammar::Phrases as u32 => {
                let known = phrases.iter().copied().filter(|phrase| *phrase != Grammar::UNKNOWN);
                GrammarUpdate::Replaced(Grammar::new(known.chain([Grammar::UNKNOWN]))?)
            }
            other => return Err(invalid(format!("grammar is {other}; give a voice_expect_grammar"))),
        };
        let is_digits = self.expect == voice_expect::Digits as u32;
        if !is_digits {
            unused(self.digits.into())?;
        }
        let expect = match self.expect {
            expect if expect == voice_expect::Open as u32 => Expect::Open,
            expect if expect == voice_expect::Manual as u32 => Expect::Manual,
            expect if expect == voice_expect::Phrases as u32 => {
                if phrases.is_empty() {
                    return Err(invalid("phrases_len is 0; give the phrases that are expected".to_owned()));
                }
                Expect::Phrases(phrases.into_iter().map(str::to_owned).collect())
            }
            _ if is_digits => {
                let count = u8::try_from(self.digits)
                    .map_err(|_| invalid(format!("digits is {}; give at most {}", self.digits, u8::MAX)))?;
                Expect::Digits { count: Some(count).filter(|count| *count > 0) }
            }
            other => return Err(invalid(format!("expect is {other}; give a voice_expect"))),
        };
        Ok((expect, grammar))
    }
}

/// The range from `least` to `most`, of which zero means default.
fn range(least: u32, most: u32, default: &RangeInclusive<u32>) -> RangeInclusive<u32> {
    let least_or_default = given(least).unwrap_or(*default.start());
    // A least value above the default of the most raises that too.
    let most = given(most).unwrap_or((*default.end()).max(least_or_default));
    let least = given(least).unwrap_or(least_or_default.min(most));
    RangeInclusive::new(least, most)
}

/// Reads an array of texts.
///
/// # Safety
/// `ptr` is NULL or points to `len` texts, each as [`voice_text::read`] wants it.
unsafe fn texts<'a>(
    ptr: *const voice_text,
    len: usize,
    max: usize,
    name: &str,
) -> Result<Vec<&'a str>, voice_error> {
    // SAFETY: the caller's promise; any bytes are a `voice_text`.
    let given = unsafe { array(ptr, len, max, name) }?;
    let mut texts = Vec::with_capacity(len);
    for (index, text) in given.into_iter().enumerate() {
        if text.len > Grammar::MAX_PHRASE_BYTES {
            let (len, max) = (text.len, Grammar::MAX_PHRASE_BYTES);
            return Err(invalid(format!("{name}[{index}] is {len} bytes long; give at most {max}")));
        }
        // SAFETY: the caller's promise.
        texts.push(unsafe { text.read(&format!("{name}[{index}]")) }?);
    }
    Ok(texts)
}

#[cfg(test)]
mod tests;
