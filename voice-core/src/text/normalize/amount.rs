//! Amounts (numbers, fractions, ranges) and the things that they count, in words.

use super::arabic::{Case, Gender, Noun};
use super::fraction::{self, Fraction};
use super::number::{Number, lex};
use super::scan::{Place, blank, is_equation, sign_and_digit};
use super::{agreement, context, gender, nouns};

/// An amount.
#[derive(Debug)]
pub(super) enum Amount {
    Number(Number),
    Fraction(Fraction),
    /// A range from the smaller to the larger number.
    Range(Number, Number),
}

/// The counted thing.
#[derive(Debug)]
pub(super) struct Thing {
    /// Singular and plural.
    pub(super) english: [String; 2],
    /// `None` if only the tail follows the number.
    pub(super) noun: Option<&'static Noun>,
    /// Invariable Arabic words after the noun, each after a space.
    pub(super) tail: String,
}

impl Amount {
    /// The amount at the start and its length.
    pub(super) fn lex(place: &Place) -> Option<(Self, usize)> {
        if let Some((fraction, len)) = fraction::lex(place) {
            return Some((Self::Fraction(fraction), len));
        }
        let run = lex(place.rest, place.language)?;
        let (first, len) = (run.number?, run.text.len());
        if let Some((last, more)) = Self::range_end(&first, &place.rest[len..], place) {
            return Some((Self::Range(first, last), len + more));
        }
        Some((Self::Number(first), len))
    }

    fn range_end(first: &Number, after: &str, place: &Place) -> Option<(Number, usize)> {
        let gap = blank(after);
        let dash = after[gap..].chars().next().filter(|c| matches!(c, '-' | '–'))?.len_utf8();
        let start = gap + dash + blank(&after[gap + dash..]);
        // A dash with a blank on one side only is a minus sign: 5 -3.
        if (gap == 0) != (start == gap + dash) || place.before == Some('-') {
            return None;
        }
        let run = lex(&after[start..], place.language)?;
        let (last, end) = (run.number?, start + run.text.len());
        let value = |number: &Number| format!("{}.{}", number.whole, number.fraction).parse::<f64>().ok();
        let (low, high) = (value(first)?, value(&last)?);
        // Hours and results of games fall too: open 9-5, a 3-2 win.
        let small = |number: &Number, most| number.value().is_some_and(|value| value <= most);
        let both = |most| small(first, most) && small(&last, most);
        let falls = gap == 0
            && (low > high && both(199) && low >= 20.0 && high >= 20.0 || low >= high && both(12))
            && !context::is_label(place)
            && !context::is_code(place, 8)
            && !context::is_call(place);
        // Hydrocodone/APAP 5-325 mg: the doses of two substances.
        let two = high >= 25.0 * low && after[end..].trim_start_matches(' ').starts_with("mg");
        let rises = low < high && !two || falls;
        let zeros = first.has_leading_zero() || last.has_leading_zero();
        let goes_on = ['-', '/', ':'].iter().any(|&sign| sign_and_digit(&after[end..], sign))
            || is_equation(&after[start..]);
        let spoken = first.whole_value().is_some() && last.whole_value().is_some();
        (rises && spoken && !zeros && !goes_on).then_some((last, end))
    }

    /// The integer that a noun after the amount agrees with: the last one of a range.
    pub(super) fn value(&self) -> Option<u64> {
        match self {
            Self::Number(number) | Self::Range(_, number) => number.value(),
            Self::Fraction(_) => None,
        }
    }

    /// The amount in words, with `thing`. Without one, the text `after` the amount may contain the counted noun.
    pub(super) fn say(&self, thing: Option<&Thing>, place: &Place, after: &str) -> String {
        if place.is_arabic() {
            self.arabic(thing, place, after)
        } else {
            self.english(thing, place.word.eq_ignore_ascii_case("between"))
        }
    }

    fn english(&self, thing: Option<&Thing>, between: bool) -> String {
        let name = |one: bool| match thing {
            Some(thing) => format!(" {}", thing.english[usize::from(!one)]),
            None => String::new(),
        };
        match self {
            Self::Number(number) => format!("{}{}", number.english(), name(number.is_one())),
            Self::Range(first, last) => {
                let to = if between { "and" } else { "to" };
                format!("{} {to} {}{}", first.english(), last.english(), name(false))
            }
            Self::Fraction(fraction) => {
                fraction.english(thing.map(|thing| thing.english.each_ref().map(String::as_str)))
            }
        }
    }

    fn arabic(&self, thing: Option<&Thing>, place: &Place, after: &str) -> String {
        let case = agreement::case(place);
        let noun = thing.and_then(|thing| thing.noun);
        let gender = match (noun, thing) {
            (Some(noun), _) => noun.gender,
            (None, Some(_)) => Gender::Masculine,
            (None, None) => gender::of_counted(place, after),
        };
        let words = match (self, noun) {
            (Self::Number(number), Some(noun)) => number.count(noun, case),
            (Self::Number(number), None) if thing.is_none() && nouns::follows(after) => {
                number.before_noun(gender, case)
            }
            (Self::Number(number), None) => number.arabic(gender, case),
            (Self::Range(first, last), noun) => {
                let last = match noun {
                    Some(noun) => last.count(noun, Case::Oblique),
                    None => last.arabic(gender, Case::Oblique),
                };
                // مرة إلى مرتين: one and two are forms of the noun.
                let first = match (noun, first.value()) {
                    (Some(noun), Some(1)) => noun.one.to_owned(),
                    (Some(noun), Some(2)) => first.count(noun, case),
                    _ => first.arabic(gender, case),
                };
                let to = if place.word == "بين" { "و" } else { "إلى " };
                format!("{first} {to}{last}")
            }
            (Self::Fraction(fraction), noun) => fraction.arabic(noun, case),
        };
        format!("{words}{}", thing.map_or("", |thing| &thing.tail))
    }
}
