//! Amounts of money.

use std::collections::HashMap;
use std::sync::LazyLock;

use rust_decimal::Decimal;

use super::grammar::Grammar;
use super::measure::is_hundreds;
use super::units::trimmed;
use super::{Found, Words, items, number};
use crate::text::{Language, matching, spoken_currencies};

/// An amount of money.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Money {
    /// The amount. It has the decimals of the currency's subunit if the subunit was said.
    pub value: Decimal,
    /// The currency.
    pub currency: Currency,
}

/// A currency as it was said. "Riyal" alone is a currency too, whose country is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Currency {
    /// Its English name.
    pub name: &'static str,
    /// Its signs, such as `$`, or `ر.س` and `SAR`.
    pub signs: &'static [&'static str],
}

impl Currency {
    /// The sign with which it is written: `$`, `ر.س`, in English `SAR`.
    pub fn sign(&self, language: Language) -> &'static str {
        let first = self.signs.first().copied().unwrap_or_default();
        if language == Language::Arabic || first.chars().count() == 1 {
            return first;
        }
        self.code().unwrap_or(self.name)
    }

    /// Its code by ISO 4217, if the name tells it.
    pub fn code(&self) -> Option<&'static str> {
        let is_code = |sign: &&&str| sign.len() == 3 && sign.bytes().all(|byte| byte.is_ascii_uppercase());
        self.signs.iter().find(is_code).copied()
    }
}

/// A name of a currency or its subunit.
#[derive(Debug, Clone, Copy)]
struct Name {
    currency: &'static Entry,
    is_dual: bool,
}

#[derive(Debug)]
struct Entry {
    name: &'static str,
    signs: Vec<&'static str>,
    decimals: u32,
}

struct Index {
    main: HashMap<String, Name>,
    sub: HashMap<String, Vec<Name>>,
}

static ENTRIES: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    let decimals = |decimals| u32::try_from(decimals).unwrap_or(2);
    spoken_currencies()
        .map(|spoken| Entry { name: spoken.name, signs: spoken.signs, decimals: decimals(spoken.decimals) })
        .collect()
});

static INDEX: LazyLock<Index> = LazyLock::new(|| {
    let mut index = Index { main: HashMap::new(), sub: HashMap::new() };
    for (spoken, currency) in spoken_currencies().zip(ENTRIES.iter()) {
        let key = |name: &str| matching::words(name).join(" ");
        // Subunits, which the table of written currencies has as currencies too.
        if currency.signs.iter().any(|sign| matches!(*sign, "¢" | "سنت" | "هللة")) {
            continue;
        }
        let of_words = spoken.signs.iter().filter(|sign| sign.chars().count() > 3 && !sign.contains('.'));
        let names = spoken.names.iter().map(|name| (name.as_str(), false));
        let duals = spoken.duals.iter().map(|name| (name.as_str(), true));
        for (name, is_dual) in names.chain(duals).chain(of_words.map(|sign| (*sign, false))) {
            // اثنان يورو begins with a number.
            if !name.starts_with("اثن") {
                index.main.entry(key(name)).or_insert(Name { currency, is_dual });
            }
        }
        let names = spoken.sub_names.iter().map(|name| (name, false));
        for (name, is_dual) in names.chain(spoken.sub_duals.iter().map(|name| (name, true))) {
            index.sub.entry(key(name)).or_default().push(Name { currency, is_dual });
        }
    }
    index
});

/// Builds the tables, if no text needed them yet.
pub(super) fn build_table() {
    LazyLock::force(&ENTRIES);
    LazyLock::force(&INDEX);
}

/// The words of a name.
const LONGEST: usize = 3;

fn longest<T>(words: &Words, at: usize, find: impl Fn(&str) -> Option<T>) -> Option<(T, usize)> {
    let mut best = None;
    let mut name = String::new();
    for end in at..words.len().min(at + LONGEST) {
        if end > at {
            if words.pauses_after(end - 1) {
                break;
            }
            name.push(' ');
        }
        name += words.key(end);
        if let Some(found) = find(&name) {
            best = Some((found, end + 1));
        }
    }
    best
}

fn main_name(words: &Words, at: usize) -> Option<(Name, usize)> {
    longest(words, at, |name| INDEX.main.get(name).copied())
}

fn sub_name(words: &Words, at: usize, of: Option<&'static Entry>) -> Option<(Name, usize)> {
    let is_of = |name: &&Name| of.is_none_or(|entry| std::ptr::eq(entry, name.currency));
    longest(words, at, |name| INDEX.sub.get(name)?.iter().find(is_of).copied())
}

/// The amount of money that begins with the word `at`: خمسة ريال سعودي, "seven dollars and fifty cents", تسعون سنت.
pub fn money(words: &Words, at: usize, language: Language) -> Option<Found<Money>> {
    if let Some(found) = sign_first(words, at) {
        return Some(found);
    }
    if let Some((value, name, end)) = counted(words, at, language, main_name) {
        let entry = name.currency;
        let found =
            |value, end| Some(Found { value: Money { value, currency: entry.currency() }, words: at..end });
        if let Some((next, after)) = joined_name(words, end, &main_name)
            && std::ptr::eq(next.currency, entry)
            && is_hundreds(value)
        {
            let more = if next.is_dual { Decimal::TWO } else { Decimal::ONE };
            return found(value.checked_add(more)?, after);
        }
        if is_hundreds(value)
            && words.key(end).starts_with('و')
            && let Some((more, next, after)) = counted(words, end, language, main_name)
            && std::ptr::eq(next.currency, entry)
            && more < Decimal::ONE_HUNDRED
        {
            return found(value.checked_add(more)?, after);
        }
        // عشرة ريالات ونص
        let grammar = Grammar::new(words, end, language);
        if let Some((share, is_less)) = grammar.share_after(0)
            && let Some(after) = grammar.word_after(share.end)
            && value.fract().is_zero()
            && !words.pauses_after(end - 1)
        {
            let part = share.of(1)?;
            let value = if is_less { value.checked_sub(part)? } else { value.checked_add(part)? };
            return found(value, after);
        }
        if value.fract().is_zero() && !value.is_sign_negative() && !words.pauses_after(end - 1) {
            let rest = end + usize::from(matches!(words.key(end), "and" | "و"));
            if let Some((part, _, after)) =
                counted(words, rest, language, |words, at| sub_name(words, at, Some(entry)))
                && let Some(part) = subunits(part, entry)
            {
                return found(value.checked_add(part)?, after);
            }
        }
        return found(value, end);
    }
    let (value, name, end) = counted(words, at, language, |words, at| sub_name(words, at, None))?;
    let entry = name.currency;
    // A piastre or a fils alone may be that of several countries.
    let is_unique = matches!(entry.signs.first(), Some(&("$" | "ريال" | "ر.س" | "£")));
    let value = subunits(value, entry).filter(|_| is_unique)?;
    // Of "cents" and "halalas" the first currency of the table is meant.
    Some(Found { value: Money { value, currency: entry.currency() }, words: at..end })
}

impl Entry {
    fn currency(&'static self) -> Currency {
        Currency { name: self.name, signs: &self.signs }
    }
}

/// Subunits in the main unit.
fn subunits(count: Decimal, entry: &Entry) -> Option<Decimal> {
    let most = Decimal::from(10_u32.pow(entry.decimals));
    let is_part = count.fract().is_zero() && count < most && !count.is_sign_negative();
    is_part.then(|| Decimal::try_new(i64::try_from(count).ok()?, entry.decimals).ok())?
}

/// A number and the name that it counts; a dual alone is two, and a name with "one" after it is one.
fn counted<'a>(
    words: &Words<'a>,
    at: usize,
    language: Language,
    name: impl Fn(&Words<'a>, usize) -> Option<(Name, usize)>,
) -> Option<(Decimal, Name, usize)> {
    if let Some(found) = number(words, at, language)
        && !words.pauses_after(found.words.end - 1)
        && let Some((name, end)) = name(words, found.words.end)
        && !name.is_dual
    {
        return Some((found.value, name, end));
    }
    if language != Language::Arabic {
        return None;
    }
    let (name, end) = name(words, at).or_else(|| joined_name(words, at, &name))?;
    if name.is_dual {
        return Some((Decimal::TWO, name, end));
    }
    (words.key(end) == "واحد" || words.key(end) == "واحده").then_some((Decimal::ONE, name, end + 1))
}

/// وسنتان: the name after the "and" that is joined to it.
fn joined_name<'a>(
    words: &Words<'a>,
    at: usize,
    name: &impl Fn(&Words<'a>, usize) -> Option<(Name, usize)>,
) -> Option<(Name, usize)> {
    let text = words.text(at..words.len().min(at + LONGEST));
    let (found, end) = name(&Words::new(text.strip_prefix('و')?), 0)?;
    Some((found, at + end))
}

/// $7, €9.50: a sign and a number in one word.
fn sign_first(words: &Words, at: usize) -> Option<Found<Money>> {
    let text = trimmed(words.iter().nth(at)?.text);
    let start = text.find(|c: char| c.is_numeric()).filter(|start| *start > 0)?;
    let (sign, number) = text.split_at(start);
    let entry = ENTRIES.iter().find(|entry| entry.signs.contains(&sign))?;
    let (_, figures) = items::figures(number)?;
    let value = items::value(&figures)?;
    Some(Found { value: Money { value, currency: entry.currency() }, words: at..at + 1 })
}
