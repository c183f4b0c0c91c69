//! Spoken text to written text: the inverse of [`normalize`](crate::text::normalize).

use rust_decimal::Decimal;

use super::fraction::{self, fraction};
use super::grammar::Grammar;
use super::items::is_mark;
use super::measure::measure;
use super::money::{Money, money};
use super::units::{MeasureUnit, named};
use super::{Words, number};
use crate::text::Language;
use crate::text::numerals::Numeral;

/// Writes the numbers of a spoken text in digits, with the signs of percentages, currencies and common units:
/// سبعة دولار وخمسون سنت is $7.50. Other text is kept.
///
/// * "One" and a single share ("half") stay words within a sentence, since they are often no numbers. Words of ordinal
///   numbers, dates and times stay too.
/// * Arabic and English numbers are written in Western digits without separators of thousands.
/// * Three or more digits that are said one by one are joined, as those of telephone numbers: صفر خمسة خمسة is 055.
///
/// The time is linear in the text.
///
/// ```
/// use voice_core::text::{Language, inverse};
///
/// assert_eq!(inverse::written("الوزن سبعين كيلو ونص", Language::Arabic), "الوزن 70.5 كغ");
/// assert_eq!(inverse::written("twenty-one percent", Language::English), "21%");
/// ```
pub fn written(text: &str, language: Language) -> String {
    let words = Words::new(text);
    let mut out = String::with_capacity(text.len());
    let (mut at, mut copied) = (0, 0);
    while at < words.len() {
        let Some(reading) = read(&words, at, language) else {
            at += 1;
            continue;
        };
        let span = words[at].span.start..words[reading.end - 1].span.end;
        out += &text[copied..span.start];
        let (before, after) = around(&words, at, reading.end);
        out += before;
        out += joined(&words, at, language);
        out += &reading.text;
        out += after;
        copied = span.end;
        at = reading.end;
    }
    out += &text[copied..];
    out
}

/// Words in writing.
struct Written {
    text: String,
    /// The word after them.
    end: usize,
}

/// The marks before the first and after the last word.
fn around<'a>(words: &Words<'a>, first: usize, end: usize) -> (&'a str, &'a str) {
    let is_outside = |c: char| is_mark(c) || matches!(c, '(' | ')' | '"' | '«' | '»' | '[' | ']');
    let (first, last) = (words[first].text, words[end - 1].text);
    let before = first.len() - first.trim_start_matches(is_outside).len();
    (&first[..before], &last[last.trim_end_matches(is_outside).len()..])
}

/// The letters that are joined to a number: و, ب, ل.
fn joined<'a>(words: &Words<'a>, at: usize, language: Language) -> &'a str {
    let count = Grammar::new(words, at, language).start();
    let text = words[at].text;
    let text = &text[around(words, at, at + 1).0.len()..];
    let sign = |c: char| matches!(c, '\u{64b}'..='\u{65f}');
    let letters = text.char_indices().filter(|(_, c)| !sign(*c)).map(|(start, _)| start);
    if count == 0 { "" } else { letters.skip(count).map(|end| &text[..end]).next().unwrap_or_default() }
}

fn read(words: &Words, at: usize, language: Language) -> Option<Written> {
    if let Some(amount) = of_power(words, at, language) {
        return Some(with_unit(words, amount, language));
    }
    let amount = amount(words, at, language);
    let reached = amount.as_ref().map_or(at, |amount| amount.end);
    if let Some(found) = money(words, at, language).filter(|found| found.words.end > reached)
        && let Some(text) = money_text(&found.value, language)
    {
        return Some(Written { text, end: found.words.end });
    }
    if let Some(found) = measure(words, at, language).filter(|found| found.words.end > reached)
        && let Some(sign) = sign(found.value.unit, language)
    {
        let text = format!("{}{sign}", found.value.value.normalize());
        return Some(Written { text, end: found.words.end });
    }
    let is_all = at == 0 && reached == words.len();
    let amount = amount?;
    let is_common = amount.is_common && !is_all;
    let written = with_unit(words, amount, language);
    (!is_common || written.end > reached).then_some(written)
}

/// A number in writing.
struct Amount {
    text: String,
    end: usize,
    /// Whether its word is often no number.
    is_common: bool,
}

fn amount(words: &Words, at: usize, language: Language) -> Option<Amount> {
    let new = |text: String, end: usize| Some(Amount { text, end, is_common: false });
    // خمسة إلا ربع is a time there.
    if at > 0 && words.key(at - 1) == "الساعه" {
        let grammar = Grammar::new(words, at, language);
        let (value, end) = grammar.count(grammar.start())?;
        return new(value.to_string(), grammar.word_after(end)?);
    }
    if let Some(run) = run(words, at, language) {
        return Some(run);
    }
    if let Some(found) = ratio(words, at, language) {
        return Some(found);
    }
    if let Some(found) = fraction(words, at, language) {
        let fraction = found.value;
        let terms = format!("{}/{}", fraction.numerator, fraction.denominator);
        let number = number(words, at, language).map_or(0, |number| number.words.end);
        // Half a million is a number.
        if found.words.end >= number {
            // "A quarter past five".
            let is_common = fraction.whole.is_none() && fraction.numerator == 1;
            let text = fraction.whole.map_or_else(|| terms.clone(), |whole| format!("{whole} {terms}"));
            return Some(Amount { text, end: found.words.end, is_common });
        }
    }
    let found = number(words, at, language)?;
    let before = at.checked_sub(1).map_or("", |before| words.key(before));
    // A word for zero is a month too, a word for two a day, one for six a lady. "At this point five".
    let is_common = found.words.len() == 1 && found.value <= Decimal::ONE
        || words.key(at) == "point"
        || matches!(before, "يوم" | "يا") && found.words.len() == 1;
    let is_common = is_common && !is_figures(words, at);
    // Numbers that are written already stay as they are.
    if found.words.len() == 1 && is_figures(words, at) {
        return new(figures_as_written(words, at, language), found.words.end);
    }
    let is_article = language == Language::English && words.key(at) == "a" && found.words.len() == 1;
    (!is_article).then_some(Amount { text: found.value.to_string(), end: found.words.end, is_common })
}

fn is_figures(words: &Words, at: usize) -> bool {
    words[at].text.contains(char::is_numeric)
}

fn figures_as_written(words: &Words, at: usize, language: Language) -> String {
    let (before, after) = around(words, at, at + 1);
    let text = words[at].text;
    let text = &text[before.len()..text.len() - after.len()];
    text.strip_prefix(joined(words, at, language)).unwrap_or(text).to_owned()
}

/// Digits that are said one by one: at least three, and no number of its own.
fn run(words: &Words, at: usize, language: Language) -> Option<Amount> {
    /// A longer run is more than one.
    const MOST: usize = 40;
    let grammar = Grammar::new(words, at, language);
    // A pause ends the group.
    let is_digit = |at: &usize| {
        let is_digit = matches!(grammar.get(*at), Some(Numeral::Zero | Numeral::Oh | Numeral::Unit(_)));
        is_digit && grammar.word_after(at + 1).is_some()
    };
    let count = (0..MOST).take_while(is_digit).count();
    if count < 3 {
        return None;
    }
    // The last digits may begin a number: "five six twenty", خمسة ستة وعشرين.
    let mut end = 0;
    let mut text = String::new();
    while end < count {
        match grammar.get(end)? {
            Numeral::Zero | Numeral::Oh => text.push('0'),
            _ => match grammar.below_hundred(end)? {
                (value @ ..10, after) if after == end + 1 => text += &value.to_string(),
                _ => break,
            },
        }
        end += 1;
    }
    let word = grammar.word_after(end)?;
    (end >= 3).then_some(Amount { text, end: word, is_common: false })
}

/// "120 over 80", "seven out of ten", مئتان و واحد على ثلاث مئة.
fn ratio(words: &Words, at: usize, language: Language) -> Option<Amount> {
    let first = number(words, at, language)?;
    let end = first.words.end;
    // ستة عشر و سبعة عشر على ثلاثة: the whole number is not part of the number after it.
    if words.key(end) == "و" && language == Language::Arabic {
        let whole = fraction::integer(first.value)?;
        let rest = number(words, end + 1, language)?;
        (words.key(rest.words.end) == "علي").then_some(())?;
        let below = number(words, rest.words.end + 1, language)?;
        let (above, end) = (fraction::integer(rest.value)?, below.words.end);
        let text = format!("{whole} {above}/{}", fraction::integer(below.value)?);
        return Some(Amount { text, end, is_common: false });
    }
    let (next, is_score) = match (language, words.key(end), words.key(end + 1)) {
        (Language::Arabic, "علي", _) | (Language::English, "over", _) => (end + 1, false),
        (Language::Arabic, "من", _) => (end + 1, true),
        (Language::English, "out", "of") => (end + 2, true),
        _ => return None,
    };
    if words.pauses_after(end - 1) || words.pauses_after(next - 1) {
        return None;
    }
    let second = number(words, next, language)?;
    let below = fraction::integer(second.value)?;
    if is_score && !(matches!(below, 10 | 100) && first.value <= second.value) {
        return None;
    }
    let above = fraction::integer(first.value)?;
    let text = match (at + 1..end).rev().find(|word| words.key(*word) == "و") {
        // و as a word of its own separates the whole number.
        Some(and) if !is_score => {
            let whole = fraction::integer(exact(words, at, and, language)?)?;
            let above = fraction::integer(exact(words, and + 1, end, language)?)?;
            format!("{whole} {above}/{below}")
        }
        _ => format!("{above}/{below}"),
    };
    Some(Amount { text, end: second.words.end, is_common: false })
}

/// The value of words that are one number.
fn exact(words: &Words, from: usize, end: usize, language: Language) -> Option<Decimal> {
    // In the formal order the decimals would be hundreds: واحد وعشرون وثمان مئة من ألف.
    let mut grammar = Grammar::until(words, from, end, language);
    grammar.reads_formal = false;
    let (value, after) = grammar.signed(grammar.start())?;
    (grammar.word_after(after)? == end).then_some(value)
}

/// Decimals as parts of a power of ten: ستة وثمانية وثمانون من مئة is 6.88.
fn of_power(words: &Words, at: usize, language: Language) -> Option<Amount> {
    /// The most words of a number and its decimals.
    const MOST: usize = 24;
    if language != Language::Arabic || number(words, at, language).is_none() {
        return None;
    }
    let of = (at..words.len().min(at + MOST)).find(|word| words.key(*word) == "من")?;
    let grammar = Grammar::until(words, at, of, language);
    (grammar.word_after(grammar.len())? == of).then_some(())?;
    let power = number(words, of + 1, language)?;
    let digits = match fraction::integer(power.value)? {
        10 => 1,
        100 => 2,
        1_000 => 3,
        10_000 => 4,
        100_000 => 5,
        1_000_000 => 6,
        _ => return None,
    };
    // A number that is no larger than the power is a share: خمسة وثمانين من مئة.
    if exact(words, at, of, language).is_some_and(|value| value <= power.value) {
        return None;
    }
    let (whole, part) = (at + 1..of).rev().find_map(|and| {
        let begins = words.key(and).starts_with('و') && words.key(and) != "واحد";
        let begins = begins || words.key(and) == "واحد" && words[and].text.contains('أ');
        // ستة وواحد: the word itself begins with the letter.
        let rest = if words.key(and) == "و" { and + 1 } else { and };
        let whole = exact(words, at, and, language).filter(|_| begins)?;
        let part = exact(words, rest, of, language).filter(|part| *part < power.value)?;
        Some((fraction::integer(whole)?, fraction::integer(part)?))
    })?;
    Some(Amount { text: format!("{whole}.{part:0digits$}"), end: power.words.end, is_common: false })
}

/// An amount with the sign of the unit after it.
fn with_unit(words: &Words, amount: Amount, language: Language) -> Written {
    let unit = named(words, amount.end).filter(|unit| !unit.is_dual && !words.pauses_after(amount.end - 1));
    if let Some(unit) = unit
        && let Some(sign) = sign(unit.unit, language)
    {
        return Written { text: format!("{}{sign}", amount.text), end: unit.end };
    }
    Written { text: amount.text, end: amount.end }
}

/// Units that are written with a sign, in English and in Arabic, with the space before it. The names of others stay.
const SIGNS: [(&str, &str, &str); 22] = [
    ("%", "%", "%"),
    ("°C", "°C", "°م"),
    ("°F", "°F", "°ف"),
    ("f", "°F", "f"),
    ("kg", " kg", " كغ"),
    ("كيلو", " kg", " كغ"),
    ("g", " g", " غ"),
    ("mg", " mg", " ملغ"),
    ("mcg", " mcg", " مكغ"),
    ("ml", " ml", " مل"),
    ("l", " L", " لتر"),
    ("km", " km", " كم"),
    ("m", " m", " م"),
    ("cm", " cm", " سم"),
    ("mm", " mm", " ملم"),
    ("mmHg", " mmHg", " ملم زئبق"),
    ("mg/dL", " mg/dL", " ملغ/دل"),
    ("mmol/L", " mmol/L", " mmol/L"),
    ("bpm", " bpm", " نبضة/دقيقة"),
    ("oz", " oz", " oz"),
    ("mph", " mph", " mph"),
    ("km/h", " km/h", " كم/س"),
];

fn sign(unit: MeasureUnit, language: Language) -> Option<&'static str> {
    let (_, english, arabic) = SIGNS.iter().find(|(sign, ..)| *sign == unit.sign)?;
    Some(if language == Language::Arabic { arabic } else { english })
}

/// Money with the sign of its currency, if that is not a word.
fn money_text(money: &Money, language: Language) -> Option<String> {
    let sign = money.currency.sign(language);
    let is_word = sign.chars().count() > 3 && !sign.contains('.');
    // Pounds are a weight too.
    if is_word || language == Language::English && sign == "£" {
        return None;
    }
    let gap = if sign.len() > 1 && sign.is_ascii() { " " } else { "" };
    let (minus, value) = if money.value.is_sign_negative() { ("-", -money.value) } else { ("", money.value) };
    Some(format!("{minus}{sign}{gap}{value}"))
}
