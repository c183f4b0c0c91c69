//! What a user can ask for instead of an answer.

use super::Command;
use super::lexicon::{COMMAND_FILLERS, COMMANDS, FILLERS, POLARITY, Polarity};
use crate::text::inverse::Words;

/// The longest utterance that is searched for a command, in words.
const MAX_WORDS: usize = 16;

/// A command of an utterance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) command: Command,
    /// Whether the utterance is one word, which could be part of an answer too.
    pub(super) is_one_word: bool,
}

/// The command that the whole utterance is, apart from words that mean nothing. The last one counts.
pub(super) fn read(words: &Words) -> Option<Asked> {
    if words.is_empty() || words.len() > MAX_WORDS {
        return None;
    }
    let mut asked = None;
    let mut is_answered = false;
    let mut at = 0;
    while at < words.len() {
        let command = COMMANDS.at(words, at).filter(|_| !is_forbidden(words, at));
        let filler = filler(words, at);
        at = match (command, filler) {
            // "Let's go" is a command and "let's" a filler; "the question" a filler and no command.
            (Some((command, end)), filler) if filler.is_none_or(|filler| filler <= end) => {
                // "بس" and "خلاص" go with other commands, and so do the options: "خلاص وقف", "عيد الخيارات".
                if asked.is_none() || !matches!(command, Command::Done | Command::Help) {
                    asked = Some(command);
                }
                is_answered = false;
                end
            }
            (_, Some(end)) => {
                is_answered |= is_yes_or_no(words, at);
                end
            }
            (_, None) => return None,
        };
    }
    // "No, wait, yes" is an answer.
    let asked = asked.filter(|command| !is_answered || !matches!(command, Command::Wait | Command::Repeat));
    asked.map(|command| Asked { command, is_one_word: words.len() == 1 })
}

/// "لا توقف" forbids what "لا، وقف" asks for; "don't stop" has a word that is no filler.
fn is_forbidden(words: &Words, at: usize) -> bool {
    at > 0 && words.key(at - 1) == "لا" && words.key(at).starts_with('ت') && words.key(at) != "تخطي"
}

fn is_yes_or_no(words: &Words, at: usize) -> bool {
    matches!(POLARITY.at(words, at), Some((Polarity::Yes | Polarity::No, _)))
}

fn filler(words: &Words, at: usize) -> Option<usize> {
    let polar = POLARITY
        .at(words, at)
        .filter(|(polarity, end)| *end == at + 1 && matches!(polarity, Polarity::Yes | Polarity::Agreement));
    let ends = [
        FILLERS.at(words, at).map(|found| found.1),
        COMMAND_FILLERS.at(words, at).map(|found| found.1),
        polar.map(|found| found.1),
    ];
    ends.into_iter().flatten().max()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_utterance_is_a_command() {
        for (text, command) in [
            ("عيد السؤال لو سمحت", Some(Command::Repeat)),
            ("نعم وش قلت", Some(Command::Repeat)),
            ("ممكن تعيد السؤال", Some(Command::Repeat)),
            ("sorry can you say that again please", Some(Command::Repeat)),
            ("ارجع للسؤال اللي قبل", Some(Command::Back)),
            ("تخطى هذا السؤال", Some(Command::Skip)),
            ("تكلمي شوي شوي", Some(Command::Slower)),
            ("لحظة شوي", Some(Command::Wait)),
            ("خلاص جاهز", Some(Command::Resume)),
            ("خلاص وقف", Some(Command::Stop)),
            ("لا، وقف", Some(Command::Stop)),
            ("لا توقف", None),
            ("don't stop", None),
            ("أبغى أكلم موظف", Some(Command::Human)),
            ("I want to talk to a human please", Some(Command::Human)),
            ("أبغى أكلم الدكتور لو سمحت", Some(Command::Human)),
            ("وش الخيارات", Some(Command::Help)),
            ("خلاص", Some(Command::Done)),
            ("my back hurts", None),
            ("وقف قلبي", None),
            ("", None),
        ] {
            assert_eq!(read(&Words::new(text)).map(|asked| asked.command), command, "{text}");
        }
    }
}
