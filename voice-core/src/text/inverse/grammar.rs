//! The grammar of number words.

use rust_decimal::Decimal;

use super::Words;
use super::items::{self, Item, Items};
use crate::text::Language;
use crate::text::numerals::Form;
use crate::text::numerals::Numeral::{
    self, And, Article, Bound, BoundHundred, Dozen, Except, Figures, Hundreds, Minus, Oh, Point, Preposition,
    Scale, Share, Teen, Ten, Tens, Unit, Zero,
};
use crate::text::numerals::Times;

/// Decimals of a share that has no finite number of them: a third.
const SHARE_DECIMALS: u32 = 6;

/// Reads numbers from the parts of words. A method takes the place of a part, and returns a value with the place after
/// its last part.
pub(super) struct Grammar<'a> {
    items: Items<'a>,
    pub(super) language: Language,
    /// Whether the formal order of Arabic is read.
    pub(super) reads_formal: bool,
}

/// A number before its decimals.
struct Whole {
    value: Decimal,
    /// The scale that it ends with: a million in "two million".
    scale: Option<u64>,
    end: usize,
}

/// A fraction with its terms as they were said.
pub(super) struct Fraction {
    pub(super) numerator: u64,
    pub(super) denominator: u64,
    pub(super) end: usize,
}

impl<'a> Grammar<'a> {
    /// The grammar of the words from `at` on.
    pub(super) fn new(words: &'a Words<'a>, at: usize, language: Language) -> Self {
        Self::until(words, at, usize::MAX, language)
    }

    /// The grammar of the words from `at` to `end`.
    pub(super) fn until(words: &'a Words<'a>, at: usize, end: usize, language: Language) -> Self {
        Self {
            items: Items::new(words, at, end, language),
            language,
            reads_formal: language == Language::Arabic,
        }
    }

    /// The part at that place, unless a pause comes before it.
    pub(super) fn get(&self, at: usize) -> Option<Numeral> {
        let is_apart = at.checked_sub(1).is_some_and(|before| self.pauses_after(before));
        self.items.get(at, |item| item.numeral).filter(|_| !is_apart)
    }

    /// واحد عشر: without the hamza, "and eleven" is written with the word "one".
    fn is_and_eleven(&self, at: usize) -> bool {
        self.get(at) == Some(Unit(1)) && self.get(at + 1) == Some(Ten)
    }

    fn is_arabic(&self) -> bool {
        self.language == Language::Arabic
    }

    /// The place after words that are joined to the first part: "and", a preposition.
    pub(super) fn start(&self) -> usize {
        let joined = |item: &Item| matches!(item.numeral, And | Preposition) && !item.ends;
        (0..3).take_while(|at| self.items.get(*at, joined) == Some(true)).count()
    }

    /// Whether a pause comes after that place.
    pub(super) fn pauses_after(&self, at: usize) -> bool {
        self.items.get(at, |item| item.pauses) == Some(true)
    }

    /// The number of parts.
    pub(super) fn len(&self) -> usize {
        self.items.len()
    }

    /// The digits of a part that is written in digits.
    pub(super) fn digits(&self, at: usize) -> Option<String> {
        self.items.get(at, |item| item.figures.clone())?
    }

    /// The index of the word after a place, if the place is the end of a word.
    pub(super) fn word_after(&self, end: usize) -> Option<usize> {
        self.items.get(end.checked_sub(1)?, |last| last.ends.then_some(last.word + 1))?
    }

    /// A number with its sign.
    pub(super) fn signed(&self, at: usize) -> Option<(Decimal, usize)> {
        if self.get(at) == Some(Minus) {
            let (value, end) = self.amount(at + 1)?;
            return Some((-value, end));
        }
        self.amount(at)
    }

    /// A number with decimals and shares.
    pub(super) fn amount(&self, at: usize) -> Option<(Decimal, usize)> {
        if let Some(share) = self.share(at) {
            let value = share.of(1)?;
            return match self.scale_of_share(share.end) {
                Some((scale, end)) => Some((share.of(scale)?, end)),
                None => Some((value, share.end)),
            };
        }
        let whole = match self.get(at)? {
            Point if !self.is_arabic() => Whole { value: Decimal::ZERO, scale: None, end: at },
            _ => self.whole(at)?,
        };
        if let Some((digits, end)) = self.decimals(whole.end) {
            let value = items::value(&format!("{}.{digits}", whole.value.trunc()))?;
            return self.scaled(value, end);
        }
        if whole.end == at {
            return None;
        }
        if let Some((share, is_less)) = self.share_after(whole.end) {
            let part = share.of(whole.scale.unwrap_or(1))?;
            let value =
                if is_less { whole.value.checked_sub(part)? } else { whole.value.checked_add(part)? };
            return if whole.scale.is_some() {
                Some((value, share.end))
            } else {
                self.scaled(value, share.end)
            };
        }
        match self.get(whole.end) {
            Some(Dozen) if !self.is_arabic() => {
                Some((whole.value.checked_mul(Decimal::from(12))?, whole.end + 1))
            }
            _ => Some((whole.value, whole.end)),
        }
    }

    /// A value with the scale after it: "two and a half million".
    fn scaled(&self, value: Decimal, end: usize) -> Option<(Decimal, usize)> {
        match self.get(end) {
            Some(Scale(scale, Times::Any)) => {
                Some((value.checked_mul(Decimal::from(scale))?.normalize(), end + 1))
            }
            _ => Some((value, end)),
        }
    }

    /// The scale after a share: "half a million", نص مليون.
    fn scale_of_share(&self, at: usize) -> Option<(u64, usize)> {
        let at = if self.get(at) == Some(Article) { at + 1 } else { at };
        match self.get(at)? {
            Scale(scale, Times::Any) => Some((scale, at + 1)),
            Dozen => Some((12, at + 1)),
            _ => None,
        }
    }

    /// A share after a number, and whether it is taken off: ونص، إلا ربع, "and a half".
    pub(super) fn share_after(&self, at: usize) -> Option<(Fraction, bool)> {
        match self.get(at)? {
            And => Some((self.share(at + 1)?, false)),
            Except => Some((self.share(at + 1)?, true)),
            _ => None,
        }
    }

    /// A share: a half, two thirds, ثلاثة أرباع.
    pub(super) fn share(&self, at: usize) -> Option<Fraction> {
        let share = |numerator, of: u8, end| Some(Fraction { numerator, denominator: u64::from(of), end });
        match self.get(at)? {
            Article => match self.get(at + 1)? {
                Share(of, Form::One | Form::AlsoOrdinal) => share(1, of, at + 2),
                _ => None,
            },
            Share(of, Form::One) => share(1, of, at + 1),
            Share(of, Form::Two) => share(2, of, at + 1),
            _ => {
                let (count, end) = self.below_hundred(at)?;
                match self.get(end)? {
                    Share(of, Form::Many) => share(count, of, end + 1),
                    Share(of, Form::One | Form::AlsoOrdinal) if count == 1 && !self.is_arabic() => {
                        share(1, of, end + 1)
                    }
                    Share(4, Form::One) if !self.is_arabic() && count == 3 => share(count, 4, end + 1),
                    _ => None,
                }
            }
        }
    }

    /// The digits after a decimal mark.
    fn decimals(&self, at: usize) -> Option<(String, usize)> {
        /// More digits than any value has.
        const MOST: usize = 12;
        if self.get(at)? != Point {
            return None;
        }
        let mut digits = String::new();
        let mut end = at + 1;
        while digits.len() < MOST {
            let Some(numeral) = self.get(end) else { break };
            match numeral {
                Zero | Oh => digits.push('0'),
                Figures if digits.is_empty() => {
                    digits = self.digits(end).filter(|figures| !figures.contains('.'))?;
                    end += 1;
                    break;
                }
                _ => {
                    let number =
                        if self.is_arabic() { self.below_thousand(end) } else { self.below_hundred(end) };
                    let Some((value, after)) = number else { break };
                    if value < 10 {
                        digits += &value.to_string();
                    } else {
                        if digits.bytes().all(|digit| digit == b'0') {
                            digits += &value.to_string();
                            end = after;
                        }
                        break;
                    }
                }
            }
            end += 1;
        }
        (!digits.is_empty() && digits.len() <= MOST).then_some((digits, end))
    }

    fn whole(&self, at: usize) -> Option<Whole> {
        match self.get(at)? {
            Oh if self.get(at + 1) == Some(Point) => {
                Some(Whole { value: Decimal::ZERO, scale: None, end: at + 1 })
            }
            Zero => Some(Whole { value: Decimal::ZERO, scale: None, end: at + 1 }),
            Figures => self.figures(at),
            _ => {
                let (value, scale, end) = self.integer(at)?;
                Some(Whole { value: Decimal::from(value), scale, end })
            }
        }
    }

    /// A whole number that is not counted in thousands or more.
    pub(super) fn count(&self, at: usize) -> Option<(u64, usize)> {
        let whole = self.whole(at).filter(|whole| whole.scale.is_none())?;
        Some((super::fraction::integer(whole.value)?, whole.end))
    }

    /// A number in digits, and words that multiply it: 5 آلاف.
    fn figures(&self, at: usize) -> Option<Whole> {
        let value = items::value(&self.digits(at)?)?;
        let plain = Whole { value, scale: None, end: at + 1 };
        let scale = match self.get(at + 1) {
            Some(Scale(scale, Times::Any | Times::TwoOrAny)) => scale,
            Some(Hundreds(100)) if value < Decimal::TEN => 100,
            _ => return Some(plain),
        };
        let value = value.checked_mul(Decimal::from(scale))?.normalize();
        let mut whole = Whole { value, scale: (scale > 100).then_some(scale), end: at + 2 };
        let rest = if self.get(whole.end) == Some(And) { whole.end + 1 } else { whole.end };
        if self.get(rest) == Some(Figures) && rest > whole.end {
            let more = items::value(&self.digits(rest)?)?;
            if more < Decimal::from(scale) {
                whole = Whole { value: whole.value.checked_add(more)?, scale: None, end: rest + 1 };
            }
        } else if let Some((more, _, end)) = self.integer(rest).filter(|(more, ..)| *more < scale)
            && rest > whole.end
            && self.share(rest).is_none()
        {
            whole = Whole { value: whole.value.checked_add(Decimal::from(more))?, scale: None, end };
        }
        Some(whole)
    }

    /// A number of words, and the scale that it ends with.
    pub(super) fn integer(&self, at: usize) -> Option<(u64, Option<u64>, usize)> {
        if let Some((value, end)) = self.reversed(at) {
            return Some((value, None, end));
        }
        let mut total = 0_u64;
        let mut last_scale = None;
        let mut end = at;
        loop {
            let mut next = end;
            if end > at {
                let has_and = self.get(next) == Some(And);
                next += usize::from(has_and);
                if has_and && self.share(next).is_some() {
                    break;
                }
                // Arabic joins all parts by "and". In quick speech it is not heard before hundreds.
                if self.is_arabic()
                    && !has_and
                    && !matches!(self.get(next), Some(Hundreds(_)))
                    && !self.is_and_eleven(next)
                {
                    break;
                }
            }
            let Some((value, scale, after)) = self.group(next) else { break };
            if last_scale.is_some_and(|scale| value >= scale) {
                break;
            }
            total = total.checked_add(value)?;
            (end, last_scale) = (after, scale);
            if scale.is_none() {
                break;
            }
        }
        (end > at).then_some((total, last_scale, end))
    }

    /// The formal order of Arabic, with the largest part last: خمس وثمانين وتسعمئة وألف is 1985, ستة وستين وتسعمية 966.
    pub(super) fn reversed(&self, at: usize) -> Option<(u64, usize)> {
        if !self.reads_formal {
            return None;
        }
        let (units, end) = self.below_hundred(at).filter(|(_, end)| self.get(*end) == Some(And))?;
        let is_compound = units > 20 && !units.is_multiple_of(10);
        let thousand = |at| match self.get(at) {
            Some(Scale(1_000, Times::Any)) => Some((1_000, at + 1)),
            Some(Scale(1_000, Times::Two)) => Some((2_000, at + 1)),
            _ => None,
        };
        let (value, end) = match (self.hundreds_arabic(end + 1), thousand(end + 1)) {
            (Some((hundreds, end)), _) => match thousand(end + 1).filter(|_| self.get(end) == Some(And)) {
                Some((thousands, end)) => (units + hundreds + thousands, end),
                None if is_compound => (units + hundreds, end),
                None => return None,
            },
            (None, Some((thousands, end))) if is_compound => (units + thousands, end),
            _ => return None,
        };
        // خمسة وثمانين ومية وعشرين: two numbers. خمسة وثمانين ومية ألف: the usual order.
        let goes_on = match self.get(end) {
            Some(And) => self.share(end + 1).is_none() && self.below_thousand(end + 1).is_some(),
            Some(Scale(..)) => true,
            _ => false,
        };
        (!goes_on).then_some((value, end))
    }

    /// A number below a thousand and the scale that it multiplies.
    fn group(&self, at: usize) -> Option<(u64, Option<u64>, usize)> {
        let Some((count, end)) = self.below_thousand(at) else {
            let at = if self.get(at) == Some(Article) { at + 1 } else { at };
            return match self.get(at)? {
                Scale(scale, Times::Any) => Some((scale, Some(scale), at + 1)),
                Scale(scale, Times::Two | Times::TwoOrAny) => Some((2 * scale, Some(scale), at + 1)),
                Dozen => Some((12, None, at + 1)),
                _ => None,
            };
        };
        match self.get(end) {
            Some(Scale(scale, Times::Any | Times::TwoOrAny)) => {
                Some((count.checked_mul(scale)?, Some(scale), end + 1))
            }
            _ => Some((count, None, end)),
        }
    }

    /// 1 to 999, in English also "fifteen hundred".
    pub(super) fn below_thousand(&self, at: usize) -> Option<(u64, usize)> {
        let (hundreds, end) =
            if self.is_arabic() { self.hundreds_arabic(at) } else { self.hundreds_english(at) }
                .unwrap_or((0, at));
        if hundreds == 0 {
            let (value, end) = self.below_hundred(at)?;
            return Some(self.short_hundreds(value, end).unwrap_or((value, end)));
        }
        let has_and = self.get(end) == Some(And);
        let rest = end + usize::from(has_and);
        let is_share = has_and && self.share(rest).is_some();
        match self.below_hundred(rest) {
            Some((value, end)) if !is_share && (has_and || !self.is_arabic() || self.is_and_eleven(rest)) => {
                Some((hundreds + value, end))
            }
            _ => Some((hundreds, end)),
        }
    }

    fn hundreds_arabic(&self, at: usize) -> Option<(u64, usize)> {
        match (self.get(at)?, self.get(at + 1)) {
            (BoundHundred, Some(Scale(_, Times::Any))) => Some((100, at + 1)),
            (Hundreds(value), _) => Some((u64::from(value), at + 1)),
            (Unit(count @ 3..), Some(Hundreds(100) | BoundHundred)) => Some((u64::from(count) * 100, at + 2)),
            _ => None,
        }
    }

    fn hundreds_english(&self, at: usize) -> Option<(u64, usize)> {
        let (count, end) = match self.get(at)? {
            Hundreds(_) => (1, at),
            Article => (1, at + 1),
            _ => self.below_hundred(at)?,
        };
        let fits = count < 10 || count > 10 && count % 10 > 0;
        (fits && matches!(self.get(end), Some(Hundreds(_)))).then_some((count * 100, end + 1))
    }

    /// "One twenty", "one oh five": hundreds without their word.
    fn short_hundreds(&self, count: u64, at: usize) -> Option<(u64, usize)> {
        if self.is_arabic() || count > 9 {
            return None;
        }
        match (self.get(at)?, self.get(at + 1)) {
            (Oh, Some(Unit(unit))) => Some((count * 100 + u64::from(unit), at + 2)),
            (Tens(_) | Teen(_) | Ten, _) => {
                let (rest, end) = self.below_hundred(at)?;
                Some((count * 100 + rest, end))
            }
            _ => None,
        }
    }

    /// 1 to 99.
    pub(super) fn below_hundred(&self, at: usize) -> Option<(u64, usize)> {
        let (first, second) = (self.get(at)?, self.get(at + 1));
        let number = |value: u8, parts| Some((u64::from(value), at + parts));
        match (first, second) {
            (Unit(unit) | Bound(unit), Some(Ten)) if self.is_arabic() => number(10 + unit, 2),
            (Unit(unit) | Bound(unit), Some(And)) if self.is_arabic() => match (self.get(at + 2), first) {
                (Some(Tens(tens)), _) => number(tens + unit, 3),
                (_, Unit(_)) => number(unit, 1),
                _ => None,
            },
            (Tens(tens), Some(Unit(unit))) if !self.is_arabic() => number(tens + unit, 2),
            (Unit(value) | Teen(value) | Tens(value), _) => number(value, 1),
            (Ten, _) => number(10, 1),
            _ => None,
        }
    }
}

impl Fraction {
    /// So much of a number.
    pub(super) fn of(&self, number: u64) -> Option<Decimal> {
        let part = Decimal::from(self.numerator).checked_mul(Decimal::from(number))?;
        Some(part.checked_div(Decimal::from(self.denominator))?.round_dp(SHARE_DECIMALS).normalize())
    }
}
