//! Yes, no, or neither.

use super::lexicon::{COMMAND_FILLERS, COMMANDS, CORRECTIONS, FILLERS, POLARITY, Polarity};
use super::{Answer, Meaning, Reading};
use crate::interview::value::Value;
use crate::text::inverse::Words;

/// Confidence of an answer with a clear word and no other polarity.
const CLEAR: f32 = 1.0;
/// Of one with doubt: "I think so", "طيب".
const DOUBTFUL: f32 = 0.55;
/// Of one that has both polarities.
const CONTRADICTORY: f32 = 0.45;
/// Of a statement without yes or no.
const STATED: f32 = 0.7;

/// What was found in an utterance.
#[derive(Debug, Default)]
struct Evidence {
    /// Yes or no by its own word, the last one; and how many changes there were.
    explicit: Option<bool>,
    changes: usize,
    /// A negated or plain statement.
    stated: Option<bool>,
    likely: Option<bool>,
    /// Polarities of other kinds that occur.
    has: Vec<Polarity>,
    /// Words that are not known, before and after the first polarity.
    unknown_before: usize,
    unknown_after: usize,
}

/// What an answer to a yes/no question says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Said {
    Answer(bool, f32),
    /// No answer, with the side to which it leans.
    Unsure(Option<bool>),
    Nothing,
}

/// Reads an answer to a yes/no question.
pub(super) fn read(words: &Words) -> Option<Reading> {
    let answer = |yes| Meaning::Answer(Answer::Value(Value::Boolean(yes)));
    match said(words) {
        Said::Answer(yes, score) => {
            let mut reading = Reading::new(answer(yes), score);
            if score <= DOUBTFUL {
                reading.alternatives.push(answer(!yes));
            }
            Some(reading)
        }
        Said::Unsure(leans) => {
            let mut reading = Reading::new(Meaning::Unsure, 0.9);
            reading.alternatives.extend(leans.map(answer));
            Some(reading)
        }
        Said::Nothing => None,
    }
}

/// Whether the utterance is one phrase that answers.
pub(super) fn is_phrase(words: &Words) -> bool {
    POLARITY.at(words, 0).is_some_and(|(polarity, end)| {
        end == words.len()
            && !matches!(polarity, Polarity::Statement | Polarity::Negation | Polarity::Explanation)
    })
}

/// What the words say.
pub(super) fn said(words: &Words) -> Said {
    let found = gather(words);
    let has = |polarity| found.has.contains(&polarity);
    let unknown = found.unknown_before + found.unknown_after;
    // A clear word far inside of a story is no clear answer.
    let clarity = match (found.unknown_before, found.unknown_after) {
        (0, 0) => 1.0,
        (0, after) => 1.0 - 0.02 * after.min(10) as f32,
        (before, _) => 0.85 - 0.1 * before.min(5) as f32,
    };
    if has(Polarity::Unknown) {
        return Said::Unsure(found.explicit.or(found.likely));
    }
    if let Some(yes) = found.explicit {
        let contradicts = found.changes > 0
            || (found.unknown_before == 0 && found.stated == Some(false) && yes)
            || found.likely == Some(!yes);
        let base = if contradicts {
            CONTRADICTORY
        } else if has(Polarity::Between) || found.likely.is_some() {
            DOUBTFUL
        } else if has(Polarity::Pious) && found.explicit == Some(true) {
            0.85
        } else {
            CLEAR
        };
        return Said::Answer(yes, base * clarity);
    }
    if let Some(yes) = found.likely {
        return Said::Answer(yes, DOUBTFUL * clarity);
    }
    if has(Polarity::Between) {
        return Said::Unsure(found.stated);
    }
    if let Some(yes) = found.stated {
        return Said::Answer(yes, STATED - 0.05 * unknown.min(6) as f32);
    }
    if has(Polarity::Pious) {
        return Said::Unsure(None);
    }
    if has(Polarity::Agreement) && unknown == 0 {
        return Said::Answer(true, DOUBTFUL);
    }
    Said::Nothing
}

fn gather(words: &Words) -> Evidence {
    let mut found = Evidence::default();
    let mut at = 0;
    while at < words.len() {
        // "Any" is written as "yes" is: ما عندي أي أمراض.
        if words.key(at) == "اي" && (1..words.len() - 1).contains(&at) && !is_filler(words, at - 1) {
            at += 1;
            continue;
        }
        let has_answer = found.explicit.is_some() || found.likely.is_some();
        let Some((polarity, end)) = phrase(words, at) else {
            let end = skipped(words, at);
            if end == at {
                if has_answer || found.stated.is_some() {
                    found.unknown_after += 1;
                } else {
                    found.unknown_before += 1;
                }
            }
            at = end.max(at + 1);
            continue;
        };
        match polarity {
            Polarity::Yes | Polarity::No => {
                let yes = polarity == Polarity::Yes;
                // "Definitely no", "بالتأكيد لا": a word of emphasis takes the side of the word after it.
                let is_emphasis = found.explicit == Some(true) && at > 0 && emphasizes(words, at - 1);
                if found.explicit.is_some_and(|before| before != yes) && !is_emphasis {
                    found.changes += 1;
                }
                found.explicit = Some(yes);
            }
            Polarity::LikelyYes => found.likely = Some(found.likely.unwrap_or(true)),
            Polarity::LikelyNo => found.likely = Some(false),
            Polarity::Statement => found.stated = Some(found.stated.unwrap_or(true)),
            Polarity::Negation => {
                // "Don't stop" says nothing about the question.
                if COMMANDS.at(words, end).is_some() {
                    return Evidence::default();
                }
                found.stated = Some(false);
                // What is negated is no yes: "ما … صح".
                at = end.max(negated(words, end));
                continue;
            }
            Polarity::Agreement | Polarity::Unknown | Polarity::Between | Polarity::Pious => {
                found.has.push(polarity);
            }
            Polarity::Explanation if has_answer => {
                let mut rest = (end..words.len()).filter_map(|at| POLARITY.at(words, at));
                found.has.extend(rest.find(|found| found.0 == Polarity::Between).map(|found| found.0));
                found.unknown_after += words.len() - end;
                break;
            }
            Polarity::Explanation => {}
        }
        at = end;
    }
    found
}

/// The phrase at a place. A negation may be written together with its word: ماعندي.
fn phrase(words: &Words, at: usize) -> Option<(Polarity, usize)> {
    POLARITY.at(words, at).or_else(|| {
        let rest = words.key(at).strip_prefix("ما")?;
        let stated = Words::new(rest);
        let is_verb = matches!(POLARITY.at(&stated, 0), Some((Polarity::Statement, _)));
        (is_verb || VERBS.contains(&rest)).then_some((Polarity::No, at + 1))
    })
}

/// Verbs that are often written together with ما.
const VERBS: &[&str] = &["ادخن", "اشرب", "اخذ", "استخدم", "اعاني", "اشتكي", "احس", "اكل", "انام", "اتعاطي"];

fn is_filler(words: &Words, at: usize) -> bool {
    FILLERS.at(words, at).is_some() || CORRECTIONS.at(words, at).is_some()
}

/// Words that agree, and strengthen what follows them.
fn emphasizes(words: &Words, at: usize) -> bool {
    matches!(
        words.key(at),
        "اكيد"
            | "طبعا"
            | "بالتاكيد"
            | "بالطبع"
            | "صح"
            | "definitely"
            | "absolutely"
            | "certainly"
            | "course"
            | "sure"
            | "تماما"
            | "right"
            | "well"
            | "oh"
    )
}

/// The end of a word of agreement that a negation denies.
fn negated(words: &Words, at: usize) -> usize {
    match POLARITY.at(words, at) {
        Some((
            Polarity::Yes | Polarity::Statement | Polarity::LikelyYes | Polarity::Agreement | Polarity::Pious,
            end,
        )) => end,
        _ => at,
    }
}

/// The end of words at `at` that mean nothing here.
fn skipped(words: &Words, at: usize) -> usize {
    let ends = [FILLERS.at(words, at), CORRECTIONS.at(words, at), COMMAND_FILLERS.at(words, at)];
    ends.into_iter().flatten().map(|((), end)| end).max().unwrap_or(at)
}
