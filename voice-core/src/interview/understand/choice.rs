//! Options of a question: by label, synonym, number or place, or by a part of a label.

use std::collections::HashMap;

use super::lexicon::{CORRECTIONS, FILLERS, POLARITY, QUANTIFIERS, Quantifier};
use super::ordinal::{self, Place};
use super::yes_no::{self, Said};
use super::{Answer, Meaning, OptionWords, Reading, numbers};
use crate::text::Language;
use crate::text::inverse::Words;

/// The longest utterance, in words, that is compared with labels that it does not contain.
const MAX_COMPARED: usize = 16;
/// The most pairs of words that are compared letter by letter.
const MAX_PAIRS: usize = 20_000;
/// The least similarity of an utterance and a label.
const ALIKE: f32 = 0.5;
/// The least difference of the best and the second-best option.
const MARGIN: f32 = 0.15;

/// Some words that name an option.
#[derive(Debug, Clone, PartialEq)]
struct Mention {
    /// Its options; more than one if the words do not tell them apart.
    options: Vec<usize>,
    start: usize,
    end: usize,
    score: f32,
    is_negated: bool,
}

/// The words of all options.
pub(super) struct Options<'a> {
    list: &'a [OptionWords],
    phrases: Vec<(usize, Vec<String>)>,
    /// Indices of `phrases` by the first word, the longest phrase first.
    by_first: HashMap<String, Vec<usize>>,
}

impl<'a> Options<'a> {
    pub(super) fn new(options: &'a [OptionWords]) -> Self {
        let mut phrases = Vec::new();
        for (index, option) in options.iter().enumerate() {
            for text in std::iter::once(&option.label).chain(&option.synonyms) {
                let text = super::separated(text);
                let keys: Vec<String> = Words::new(&text).iter().map(|word| word.key.clone()).collect();
                if !keys.is_empty() {
                    phrases.push((index, keys));
                }
            }
        }
        let mut by_first: HashMap<String, Vec<usize>> = HashMap::new();
        for (at, (_, phrase)) in phrases.iter().enumerate() {
            by_first.entry(stem(&phrase[0]).to_owned()).or_default().push(at);
        }
        for list in by_first.values_mut() {
            list.sort_by_key(|&at| std::cmp::Reverse(phrases[at].1.len()));
        }
        Self { list: options, phrases, by_first }
    }

    /// Whether the words, apart from fillers, are a label or a synonym.
    pub(super) fn is_label(&self, words: &Words) -> bool {
        (0..words.len()).any(|at| {
            self.label(words, at).is_some_and(|mention| {
                let outside = (0..at).chain(mention.end..words.len());
                mention.score >= 1.0 && outside.into_iter().all(|at| FILLERS.at(words, at).is_some())
            })
        })
    }

    /// The options whose label or synonym begins at `at`: those of the longest one.
    fn label(&self, words: &Words, at: usize) -> Option<Mention> {
        // "والثالث": the conjunction is written together with the word.
        let key = words.key(at);
        let bare = key.strip_prefix('و').filter(|rest| rest.chars().count() > 2);
        [Some(key), bare].into_iter().flatten().find_map(|first| {
            let list = self.by_first.get(stem(first))?;
            let fits = |phrase: &[String]| {
                stem(&phrase[0]) == stem(first)
                    && (1..phrase.len()).all(|n| stem(words.key(at + n)) == stem(&phrase[n]))
            };
            let longest = list.iter().find(|&&index| fits(&self.phrases[index].1))?;
            let length = self.phrases[*longest].1.len();
            // "لا أدري" is no "لا".
            if POLARITY.at(words, at).is_some_and(|(_, end)| end > at + length) {
                return None;
            }
            let same = list.iter().map(|&index| &self.phrases[index]);
            let mut options: Vec<usize> = same
                .filter(|(_, phrase)| phrase.len() == length && fits(phrase))
                .map(|(option, _)| *option)
                .collect();
            options.sort_unstable();
            options.dedup();
            Some(Mention { options, start: at, end: at + length, score: 1.0, is_negated: false })
        })
    }

    /// The option that a place names: "the second one", "last".
    fn place(&self, place: Place) -> Option<usize> {
        match place {
            Place::Nth(n) => usize::from(n).checked_sub(1).filter(|index| *index < self.list.len()),
            Place::Last => self.list.len().checked_sub(1),
            Place::LastButOne => self.list.len().checked_sub(2),
        }
    }

    /// Options whose label says yes, no, or that it is unknown.
    fn of_polarity(&self, wanted: Option<bool>) -> Vec<usize> {
        let fits = |option: &OptionWords| {
            let label = super::separated(&option.label);
            match yes_no::said(&Words::new(&label)) {
                Said::Answer(yes, score) => score > 0.9 && wanted == Some(yes),
                Said::Unsure(None) => wanted.is_none(),
                _ => false,
            }
        };
        (0..self.list.len()).filter(|&index| fits(&self.list[index])).collect()
    }

    /// The option that stands for none of the others.
    fn none_option(&self) -> Option<usize> {
        let is_none = |option: &OptionWords| {
            let label = super::separated(&option.label);
            let words = Words::new(&label);
            QUANTIFIERS.at(&words, 0).is_some_and(|(quantifier, _)| quantifier == Quantifier::None)
                || matches!(words.key(0), "لا" | "بدون" | "no" | "غير") && words.len() <= 3
        };
        let found: Vec<usize> = (0..self.list.len()).filter(|&index| is_none(&self.list[index])).collect();
        if let [one] = found[..] { Some(one) } else { None }
    }
}

/// Reads the choice of options. A part of a label is accepted if `is_loose`.
pub(super) fn read(
    words: &Words,
    all: &Options,
    is_multiple: bool,
    language: Language,
    is_loose: bool,
) -> Option<Reading> {
    if let Some(reading) = quantified(words, all, is_multiple) {
        return Some(reading);
    }
    if is_loose && let Some(reading) = corrected(words, all, is_multiple, language) {
        return Some(reading);
    }
    let mentions = mentions(words, all, language);
    if !mentions.is_empty() {
        return Some(chosen(words, all, &mentions, is_multiple))
            .filter(|reading| is_loose || reading.score >= 0.9);
    }
    if !is_loose {
        return None;
    }
    by_polarity(words, all).or_else(|| alike(words, all))
}

/// The choice after words that take back what was said before them: "several days, no, every day".
fn corrected(words: &Words, all: &Options, is_multiple: bool, language: Language) -> Option<Reading> {
    let mut at = 1;
    let mut rest = None;
    while at < words.len() {
        at = match (all.label(words, at), CORRECTIONS.at(words, at)) {
            (Some(label), correction) if correction.is_none_or(|((), end)| label.end >= end) => label.end,
            (_, Some(((), end))) => {
                rest = Some((at, end));
                end
            }
            _ => at + 1,
        };
    }
    let (start, end) = rest.filter(|(_, end)| *end < words.len())?;
    let named = |range: std::ops::Range<usize>| {
        let part = Words::new(words.text(range));
        read_part(&part, all, is_multiple, language)
    };
    named(0..start)?;
    let mut reading = named(end..words.len())?;
    reading.score *= 0.5;
    Some(reading)
}

/// Reads a part of an utterance, in which nothing is taken back.
fn read_part(words: &Words, all: &Options, is_multiple: bool, language: Language) -> Option<Reading> {
    let mentions = mentions(words, all, language);
    let reading =
        if mentions.is_empty() { alike(words, all)? } else { chosen(words, all, &mentions, is_multiple) };
    matches!(reading.meaning, Meaning::Answer(_)).then_some(reading)
}

/// "All", "both", "none".
fn quantified(words: &Words, all: &Options, is_multiple: bool) -> Option<Reading> {
    let content: Vec<usize> = content(words);
    let first = *content.first()?;
    let (quantifier, end) = QUANTIFIERS.at(words, first)?;
    if content.iter().any(|&at| at >= end) || all.label(words, first).is_some_and(|label| label.end >= end) {
        return None;
    }
    let none = all.none_option();
    let options: Vec<usize> = match quantifier {
        Quantifier::None if none.is_some() => none.into_iter().collect(),
        Quantifier::None if is_multiple => Vec::new(),
        Quantifier::Both if all.list.len() - usize::from(none.is_some()) != 2 => return None,
        Quantifier::Both | Quantifier::All if is_multiple => {
            (0..all.list.len()).filter(|index| Some(*index) != none).collect()
        }
        _ => return None,
    };
    Some(Reading::new(Meaning::Answer(Answer::Options(options)), 0.9))
}

/// The words that are no fillers.
fn content(words: &Words) -> Vec<usize> {
    let mut content = Vec::new();
    let mut at = 0;
    while at < words.len() {
        if let Some(((), end)) = FILLERS.at(words, at) {
            at = end;
        } else {
            content.push(at);
            at += 1;
        }
    }
    content
}

/// The options that the words name, in the order of the words.
fn mentions(words: &Words, all: &Options, language: Language) -> Vec<Mention> {
    let mut mentions: Vec<Mention> = Vec::new();
    let mut at = 0;
    while at < words.len() {
        let mention = all.label(words, at).or_else(|| pointed(words, at, all, language));
        let Some(mut mention) = mention else {
            at += 1;
            continue;
        };
        mention.is_negated = at > 0 && is_negator(words.key(at - 1));
        at = mention.end;
        mentions.push(mention);
    }
    mentions
}

/// An option by its place or its number.
fn pointed(words: &Words, at: usize, all: &Options, language: Language) -> Option<Mention> {
    let mention = |options, end, score| Mention { options, start: at, end, score, is_negated: false };
    if let Some((place, end)) = ordinal::place(words, at, language) {
        return Some(mention(vec![all.place(place)?], end, 0.95));
    }
    let is_pointer =
        at > 0 && matches!(words.key(at - 1), "رقم" | "الخيار" | "خيار" | "number" | "option" | "choice");
    let (value, end) = numbers::at(words, at, language)?;
    let by_place =
        usize::try_from(value).ok().and_then(|n| u8::try_from(n).ok()).and_then(|n| all.place(Place::Nth(n)));
    let by_number = all.list.iter().position(|option| option.number == Some(value));
    let has_numbers = all.list.iter().any(|option| option.number.is_some());
    match (by_number, by_place) {
        (Some(number), Some(place)) if number == place => Some(mention(vec![number], end, 0.95)),
        // "Option two" is a place, "two" a value on a scale.
        (Some(number), Some(place)) if is_pointer => Some(mention(vec![place, number], end, 0.5)),
        (Some(number), Some(place)) => Some(mention(vec![number, place], end, 0.6)),
        (Some(number), None) => Some(mention(vec![number], end, 0.95)),
        (None, Some(place)) => Some(mention(vec![place], end, if has_numbers { 0.6 } else { 0.9 })),
        (None, None) => None,
    }
}

fn is_negator(key: &str) -> bool {
    matches!(key, "مو" | "مب" | "مهوب" | "موب" | "مش" | "ليس" | "ليست" | "ماهو" | "not" | "isnt" | "غير")
}

/// The answer of these mentions.
fn chosen(words: &Words, all: &Options, mentions: &[Mention], is_multiple: bool) -> Reading {
    // A correction makes void what was said before it.
    let is_corrected = |left: &Mention, right: &Mention| {
        (left.end..right.start)
            .any(|at| CORRECTIONS.at(words, at).is_some_and(|((), end)| end <= right.start))
    };
    let last_correction =
        mentions.windows(2).rposition(|pair| !pair[0].is_negated && is_corrected(&pair[0], &pair[1]));
    let valid = &mentions[last_correction.map_or(0, |at| at + 1)..];
    let named: Vec<&Mention> = valid.iter().filter(|mention| !mention.is_negated).collect();
    let options = |indices: Vec<usize>| Meaning::Answer(Answer::Options(indices));

    let covered: usize = mentions.iter().map(|mention| mention.end - mention.start).sum();
    let unknown = content(words)
        .into_iter()
        .filter(|&at| {
            !mentions.iter().any(|mention| (mention.start..mention.end).contains(&at))
                && !is_negator(words.key(at))
                && CORRECTIONS.at(words, at).is_none()
                && !is_glue(words.key(at))
        })
        .count();
    let coverage = covered as f32 / (covered + unknown).max(1) as f32;
    let mut score = 0.35 + 0.65 * coverage;
    if last_correction.is_some() {
        score *= 0.5;
    }
    if named.is_empty() {
        // "Not the first" of two is the second.
        let denied: Vec<usize> = valid.iter().flat_map(|mention| mention.options.clone()).collect();
        let left: Vec<usize> = (0..all.list.len()).filter(|index| !denied.contains(index)).collect();
        return match left[..] {
            [one] => Reading::new(options(vec![one]), 0.55 * score),
            _ => Reading::new(Meaning::NotUnderstood, 0.0),
        };
    }
    score *= named.iter().map(|mention| mention.score).fold(1.0, f32::min);
    let mut indices: Vec<usize> = Vec::new();
    for mention in &named {
        if !indices.contains(&mention.options[0]) {
            indices.push(mention.options[0]);
        }
    }
    let others: Vec<usize> = named.iter().flat_map(|mention| mention.options[1..].to_vec()).collect();
    if is_multiple {
        indices.sort_unstable();
    } else if indices.len() > 1 {
        // The longest label tells more than a word that is a label too.
        let longest = named.iter().map(|mention| mention.end - mention.start).max().unwrap_or_default();
        let long: Vec<_> = named.iter().filter(|mention| mention.end - mention.start == longest).collect();
        return match long[..] {
            [one] if longest > 1 => Reading::new(options(vec![one.options[0]]), score * 0.6),
            _ => {
                let readings = indices.iter().map(|index| Answer::Options(vec![*index])).collect();
                Reading::new(Meaning::Ambiguous(readings), score)
            }
        };
    }
    let alternatives = others.into_iter().filter(|other| !indices.contains(other));
    let alternatives = alternatives.map(|other| options(vec![other])).collect();
    Reading { meaning: options(indices), score, alternatives }
}

/// Words that join or point to options.
fn is_glue(key: &str) -> bool {
    matches!(
        key,
        "و" | "او"
            | "ايضا"
            | "كمان"
            | "بعد"
            | "برضو"
            | "خيار"
            | "الخيار"
            | "الاجابه"
            | "رقم"
            | "من"
            | "ثم"
            | "حق"
            | "اظن"
            | "اعتقد"
            | "عندي"
            | "فيني"
            | "ايه"
            | "اي"
            | "نعم"
            | "and"
            | "or"
            | "also"
            | "plus"
            | "option"
            | "choice"
            | "number"
            | "one"
            | "ones"
            | "of"
            | "then"
            | "too"
            | "yes"
            | "yeah"
            | "both"
    )
}

/// An option that says yes, no or that it is unknown, by an answer that does.
fn by_polarity(words: &Words, all: &Options) -> Option<Reading> {
    let (wanted, score) = match yes_no::said(words) {
        Said::Answer(yes, score) => (Some(yes), score),
        Said::Unsure(_) => (None, 0.9),
        Said::Nothing => return None,
    };
    let found = all.of_polarity(wanted);
    let [index] = found[..] else { return None };
    Some(Reading::new(Meaning::Answer(Answer::Options(vec![index])), score * 0.9))
}

/// The option whose label is most like the utterance, by the letters and by the words that only it has.
fn alike(words: &Words, all: &Options) -> Option<Reading> {
    let content = content(words);
    if content.is_empty() || content.len() > MAX_COMPARED {
        return None;
    }
    let said: Vec<&str> = content.iter().map(|&at| stem(words.key(at))).collect();
    let whole = said.concat();
    // Of many options, only equal words count: the work is bounded.
    let is_small =
        all.phrases.iter().map(|(_, phrase)| phrase.len()).sum::<usize>() * said.len() <= MAX_PAIRS;
    let mut scores = vec![0.0_f32; all.list.len()];
    for (option, phrase) in &all.phrases {
        let label: Vec<&str> = phrase.iter().map(|word| stem(word)).collect();
        if !is_small {
            let hits = said.iter().filter(|word| label.contains(word)).count() as f32;
            scores[*option] = scores[*option].max(hits / said.len() as f32);
            continue;
        }
        let hits: f32 = said
            .iter()
            .map(|word| label.iter().map(|other| word_likeness(word, other)).fold(0.0, f32::max))
            .sum();
        let precision = hits / said.len() as f32;
        let recall = (hits / label.len() as f32).min(1.0);
        let letters = if whole.len() > 5 { likeness(&whole, &label.concat()) } else { 0.0 };
        let score = (0.75 * precision + 0.25 * recall).max(if letters >= 0.7 { letters } else { 0.0 });
        scores[*option] = scores[*option].max(score);
    }
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|a, b| scores[*b].total_cmp(&scores[*a]));
    let best = *order.first()?;
    let second = order.get(1).map_or(0.0, |&index| scores[index]);
    let margin = scores[best] - second;
    if scores[best] < ALIKE || margin < MARGIN {
        return None;
    }
    let alternatives = order[1..].iter().filter(|&&index| scores[index] >= ALIKE).take(3);
    let alternatives = alternatives.map(|&index| Meaning::Answer(Answer::Options(vec![index]))).collect();
    let score = (scores[best] * (0.6 + 0.4 * (margin / 0.5).min(1.0))).min(0.9);
    Some(Reading { meaning: Meaning::Answer(Answer::Options(vec![best])), score, alternatives })
}

/// A word without the article.
fn stem(word: &str) -> &str {
    word.strip_prefix("ال").filter(|rest| rest.chars().count() > 2).unwrap_or(word)
}

/// How alike two words are, or 0 if they are too short to be alike by chance.
fn word_likeness(one: &str, other: &str) -> f32 {
    if one == other || unpossessed(one) == unpossessed(other) {
        return 1.0;
    }
    if one.chars().count().min(other.chars().count()) < 4
        || one.chars().any(char::is_numeric)
        || one.len().max(other.len()) > 64
    {
        return 0.0;
    }
    let alike = likeness(one, other);
    if alike >= 0.75 { alike } else { 0.0 }
}

/// An Arabic noun without "my" and the ending of the feminine: ركبتي, الركبة.
fn unpossessed(word: &str) -> &str {
    let bare = ["تي", "ي", "ه"].iter().find_map(|ending| word.strip_suffix(ending));
    bare.filter(|bare| bare.chars().count() >= 3).unwrap_or(word)
}

fn likeness(one: &str, other: &str) -> f32 {
    let (short, long) = (one.len().min(other.len()), one.len().max(other.len()));
    if long > 128 || short * 10 < long * 7 {
        return 0.0;
    }
    strsim::normalized_damerau_levenshtein(one, other) as f32
}
