//! Amounts of money, with the sign before or after the number, in either script.

mod table;

use std::collections::HashMap;
use std::sync::LazyLock;

use super::amount::{Amount, Thing};
use super::arabic::{self, Case, Noun};
use super::number::{Number, lex};
use super::scan::{Place, Reading, blank, digits, ends, is_digit, is_letter, listed, word};
use super::{agreement, english, units};
use crate::text::Language;
use table::CURRENCIES;

/// A currency and the words for it and its subunit (a hundredth or thousandth).
#[derive(Debug)]
pub(super) struct Currency {
    /// Signs, codes and written names, separated by `|`. Codes in capitals match any case.
    signs: &'static str,
    english: [&'static str; 2],
    arabic: Noun,
    /// The number of decimals of the subunit: 2, or 3 for the fils of the Gulf.
    decimals: usize,
    english_sub: [&'static str; 2],
    arabic_sub: Noun,
}

/// Reads an amount with the sign before the number: $5, SAR 5, ر.س 5, and $5 million.
pub(super) fn prefixed(place: &Place) -> Option<Reading> {
    /// The maximum length of a sign and a blank.
    const NEAR: usize = 40;
    if !place.rest.bytes().take(NEAR).any(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (currency, sign) = find(place.rest)?;
    let mut start = sign + blank(&place.rest[sign..]);
    // $-5
    let negative = place.rest[start..].starts_with(['-', '−']) && place.is_open();
    if negative {
        start += place.rest[start..].chars().next()?.len_utf8();
    }
    let at = Place { before: None, ..place.further(start) };
    let (amount, len) =
        european(&at).or_else(|| both_signs(&at, &place.rest[..sign])).or_else(|| Amount::lex(&at))?;
    let end = start + len;
    if !ends(&place.rest[end..]) && scaled(&place.rest[end..]).is_none() {
        return None;
    }
    if is_test(&place.rest[..sign], &amount) {
        return None;
    }
    let (mut spoken, mut more) = currency.say(&amount, place, &place.rest[end..]);
    if let Some((per, len)) = units::divisor(&place.rest[end + more..], place.language) {
        spoken += &per;
        more += len;
    }
    if negative {
        spoken = format!("{} {spoken}", if place.is_arabic() { "سالب" } else { "minus" });
    }
    Some(Reading::new(spoken, end + more))
}

/// Whether INR is the test of blood clotting and not the Indian rupee, or PHP the language and not the peso: their
/// numbers are small.
fn is_test(sign: &str, amount: &Amount) -> bool {
    let small =
        |number: &Number| number.whole_value().is_some_and(|value| value < 10) && number.fraction.len() < 2;
    matches!(sign, "INR" | "PHP")
        && match amount {
            Amount::Number(number) | Amount::Range(_, number) => small(number),
            Amount::Fraction(_) => false,
        }
}

/// 10,50 and 1.234,56: a comma before exactly two digits is a decimal mark.
pub(super) fn european(place: &Place) -> Option<(Amount, usize)> {
    let run = lex(place.rest, place.language)?.text;
    let (whole, fraction) = run.split_once(',')?;
    let mut groups = whole.split('.');
    let first = groups.next()?;
    let grouped =
        whole.contains('.') && (1..=3).contains(&first.len()) && groups.all(|group| group.len() == 3);
    let plain = !whole.contains('.');
    let fits =
        fraction.len() == 2 && fraction.bytes().all(|byte| byte.is_ascii_digit()) && (grouped || plain);
    let number = Number { whole: whole.replace('.', ""), fraction: fraction.to_owned() };
    (fits && !number.whole.is_empty()).then_some((Amount::Number(number), run.len()))
}

/// $10–$20: the sign is written twice.
fn both_signs(place: &Place, sign: &str) -> Option<(Amount, usize)> {
    let first = lex(place.rest, place.language)?;
    let mut len = first.text.len();
    len += place.rest[len..].chars().next().filter(|c| matches!(c, '-' | '–'))?.len_utf8();
    len += place.rest[len..].strip_prefix(sign).map(|_| sign.len())?;
    let last = lex(&place.rest[len..], place.language)?;
    len += last.text.len();
    Some((Amount::Range(first.number?, last.number?), len))
}

/// Reads a sign after `amount`; `after` is the text after the number. Returns the words, and the length of blank and
/// sign.
pub(super) fn suffixed(amount: &Amount, place: &Place, after: &str) -> Option<(String, usize)> {
    let gap = blank(after);
    if !after[gap..].starts_with(may_begin) {
        return None;
    }
    let (currency, len) = find(&after[gap..])?;
    let (sign, rest) = after[gap..].split_at(len);
    // "5 $3": the sign belongs to the next number. "5 دولار كندي": another currency.
    let another = sign.starts_with(is_letter) && !sign.contains('.') && agreement::adjective_follows(rest);
    if rest.starts_with(is_digit) || another {
        return None;
    }
    Some((currency.say(amount, place, "").0, gap + len))
}

/// Whether a sign may begin with that character.
pub(super) fn may_begin(character: char) -> bool {
    is_letter(character) || matches!(character, '$' | '¢' | '£' | '¥' | '﷼' | '\u{20a0}'..='\u{20c1}')
}

/// The currency with the longest notation at the start of `text`.
fn find(text: &str) -> Option<(&'static Currency, usize)> {
    let first = text.chars().next()?.to_ascii_uppercase();
    let signs = INDEX.get(&first)?;
    let fits = signs.iter().filter(|(_, sign)| {
        let Some(head) = text.get(..sign.len()) else { return false };
        let rest = &text[sign.len()..];
        let is_code = sign.len() > 1 && sign.bytes().all(|byte| byte.is_ascii_uppercase());
        let same = if is_code { head.eq_ignore_ascii_case(sign) } else { head == *sign };
        same && (!sign.ends_with(is_letter) || ends(rest) || rest.starts_with(is_digit))
    });
    fits.map(|&(currency, sign)| (currency, sign.len())).max_by_key(|&(_, len)| len)
}

/// The signs by their first character, in upper case.
static INDEX: LazyLock<HashMap<char, Vec<(&'static Currency, &'static str)>>> = LazyLock::new(|| {
    let mut index: HashMap<char, Vec<_>> = HashMap::new();
    for currency in &CURRENCIES {
        for sign in currency.signs.split('|') {
            let first = sign.chars().next().unwrap_or_default().to_ascii_uppercase();
            index.entry(first).or_default().push((currency, sign));
        }
    }
    index
});

/// Builds the table, if no text needed it yet.
pub(super) fn build_table() {
    LazyLock::force(&INDEX);
}

/// A scale word or letter: "million", "مليون", the M of $5M. Its value, English word and length.
fn scaled(after: &str) -> Option<(u64, &'static str, usize)> {
    const SCALES: [(u64, &str, char); 4] = [
        (1_000, "thousand", 'K'),
        (1_000_000, "million", 'M'),
        (1_000_000_000, "billion", 'B'),
        (1_000_000_000_000, "trillion", 'T'),
    ];
    let gap = blank(after);
    let name = word(&after[gap..]);
    let len = gap + name.len();
    if gap == 0 {
        let found = SCALES.iter().find(|(_, word, letter)| match name {
            "k" => *letter == 'K',
            "m" | "mn" | "mln" | "MM" => *letter == 'M',
            "b" | "bn" | "BN" => *letter == 'B',
            "tn" | "trn" => *letter == 'T',
            _ => (name.len() == 1 && name.starts_with(*letter)) || name == *word,
        });
        return found.map(|&(value, word, _)| (value, word, len));
    }
    let value = arabic::scale(name);
    let found = SCALES.iter().find(|(scale, word, _)| value == Some(*scale) || name == *word);
    found.map(|&(value, word, _)| (value, word, len))
}

impl Currency {
    /// The amount in words, and how much of `after` belongs to it.
    fn say(&'static self, amount: &Amount, place: &Place, after: &str) -> (String, usize) {
        const DESCRIBED: &str = "bill bills note notes coin coins coupon voucher vouchers";
        if let Amount::Range(first, last) = amount
            && let Some((scale, word, len)) = scaled(after)
        {
            // $10-$20 million: the scale belongs to both.
            let (first, to) = match place.language {
                Language::Arabic => (first.arabic(arabic::Gender::Masculine, agreement::case(place)), "إلى"),
                Language::English => (first.english(), "to"),
            };
            let at = Place { word: if place.is_arabic() { "إلى" } else { "" }, ..*place };
            return (format!("{first} {to} {}", self.say_scaled(last, scale, word, &at)), len);
        }
        if let Amount::Number(number) = amount {
            if let Some((scale, word, len)) = scaled(after) {
                return (self.say_scaled(number, scale, word, place), len);
            }
            if let Some((whole, part)) = self.split(number) {
                return (self.say_split(whole, part, place), 0);
            }
        }
        // A $20 bill has the singular.
        let described = is_described(after) && listed(DESCRIBED, word(&after[1..]));
        let adjective = !place.is_arabic()
            && (described || matches!(place.word, "a" | "an" | "A" | "An") && is_described(after));
        let english = if adjective { [self.english[0]; 2] } else { self.english };
        let thing =
            Thing { english: english.map(str::to_owned), noun: Some(&self.arabic), tail: String::new() };
        (amount.say(Some(&thing), place, ""), 0)
    }

    /// Whole units and subunits, if the decimals are not finer than the subunit.
    fn split(&self, number: &Number) -> Option<(u64, u64)> {
        if number.fraction.is_empty() || number.has_leading_zero() {
            return None;
        }
        let (decimals, finer) = number.fraction.split_at(self.decimals.min(number.fraction.len()));
        if finer.bytes().any(|digit| digit != b'0') {
            return None;
        }
        let part: u64 = decimals.parse().ok()?;
        // 3.000 may mean three thousand, so all digits are read.
        if part == 0 && !finer.is_empty() {
            return None;
        }
        let missing = u32::try_from(self.decimals - decimals.len()).ok()?;
        Some((number.whole_value()?, part * 10_u64.pow(missing)))
    }

    fn say_split(&self, whole: u64, part: u64, place: &Place) -> String {
        let case = agreement::case(place);
        let [main, sub] = match place.language {
            Language::Arabic => {
                [arabic::count(whole, &self.arabic, case), arabic::count(part, &self.arabic_sub, case)]
            }
            Language::English => [
                format!("{} {}", english::cardinal(whole), self.english[usize::from(whole != 1)]),
                format!("{} {}", english::cardinal(part), self.english_sub[usize::from(part != 1)]),
            ],
        };
        match (whole, part) {
            (_, 0) => main,
            (0, _) => sub,
            _ if place.is_arabic() => format!("{main} و{sub}"),
            _ => format!("{main} and {sub}"),
        }
    }

    fn say_scaled(&self, number: &Number, scale: u64, word: &str, place: &Place) -> String {
        if !place.is_arabic() {
            let adjective = matches!(place.word, "a" | "an" | "A" | "An");
            return format!("{} {word} {}", number.english(), self.english[usize::from(!adjective)]);
        }
        let case = agreement::case(place);
        let product = number.value().and_then(|value| value.checked_mul(scale));
        if let Some(product) = product.filter(|product| *product <= 1_000_000_000_000_000) {
            return arabic::count(product, &self.arabic, case);
        }
        let scale = arabic::cardinal(scale, arabic::Gender::Masculine, Case::Oblique);
        format!("{} {scale} {}", number.arabic(arabic::Gender::Masculine, case), self.arabic.one)
    }
}

/// Whether a word follows that the amount describes.
fn is_described(after: &str) -> bool {
    after.starts_with(' ') && after[1..].starts_with(|c: char| c.is_ascii_lowercase())
}

/// A currency, as it is written and as it is spoken.
#[cfg(feature = "interview")]
pub(crate) struct SpokenCurrency {
    /// Its English name.
    pub(crate) name: &'static str,
    /// All its signs. The first is the usual one in Arabic.
    pub(crate) signs: Vec<&'static str>,
    /// Its names in both languages.
    pub(crate) names: Vec<String>,
    /// Arabic names that mean two of it.
    pub(crate) duals: Vec<String>,
    /// The decimals of its subunit.
    pub(crate) decimals: usize,
    /// The names of its subunit.
    pub(crate) sub_names: Vec<String>,
    /// Arabic names that mean two of the subunit.
    pub(crate) sub_duals: Vec<String>,
}

/// The currencies, for the reader of spoken amounts.
#[cfg(feature = "interview")]
pub(crate) fn spoken() -> impl Iterator<Item = SpokenCurrency> {
    let split = |noun: &Noun, english: [&str; 2]| {
        let (duals, mut names): (Vec<_>, Vec<_>) = noun.forms().partition(|form| noun.two.contains(&&**form));
        names.extend(english.map(str::to_owned));
        (names, duals)
    };
    CURRENCIES.iter().map(move |currency| {
        let (names, duals) = split(&currency.arabic, currency.english);
        let (sub_names, sub_duals) = split(&currency.arabic_sub, currency.english_sub);
        let signs = currency.signs.split('|').collect();
        SpokenCurrency {
            name: currency.english[0],
            signs,
            names,
            duals,
            decimals: currency.decimals,
            sub_names,
            sub_duals,
        }
    })
}

/// Whether a currency comes next, after an optional blank.
pub(super) fn follows(after: &str) -> bool {
    let rest = &after[blank(after)..];
    rest.starts_with(may_begin) && find(rest).is_some()
}

/// Whether a currency sign and a number come next.
pub(super) fn begins(text: &str) -> bool {
    text.starts_with(may_begin)
        && find(text).is_some_and(|(_, len)| !digits(&text[len + blank(&text[len..])..]).is_empty())
}
