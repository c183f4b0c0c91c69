//! Dates that count from today.

use std::sync::LazyLock;

use rust_decimal::prelude::ToPrimitive as _;

use super::SaidDate;
use crate::interview::{Date, PartialDate};
use crate::text::Language;
use crate::text::inverse::phrases::{Phrases, Row};
use crate::text::inverse::{Unit, Words, duration};

static DAY_ROWS: &[Row<i64>] = &[
    (
        0,
        "اليوم|النهاردة|هاليوم|هذا اليوم|الليلة|الليله|اليوم الصبح|الحين|الآن|دحين",
        "today|tonight|this morning|this evening|this afternoon|now|right now|just now",
    ),
    (
        -1,
        "أمس|امس|البارح|البارحة|امبارح|إمبارح|مبارح|أمس بالليل|أمس الصبح|ليلة أمس|الأمس|يوم أمس",
        "yesterday|last night|yesterday morning|yesterday evening|yesterday afternoon",
    ),
    (
        -2,
        "أول أمس|اول امس|قبل أمس|قبل امس|أول امبارح|قبل البارح|قبل البارحة|أول البارح|أول البارحة|أمس الأول|أول من أمس|قبل امبارح|اولمس",
        "day before yesterday|the day before yesterday",
    ),
    (1, "بكرة|بكره|بكرا|غدا|غداً|الغد|باكر|يوم غد|بكرة الصبح", "tomorrow|tomorrow morning|tomorrow evening"),
    (
        2,
        "بعد بكرة|بعد بكره|بعد بكرا|بعد غد|بعد الغد|بعد باكر|عقب بكرة|عقب باكر",
        "day after tomorrow|the day after tomorrow",
    ),
];

static DAYS: LazyLock<Phrases<i64>> = LazyLock::new(|| Phrases::new(DAY_ROWS));

/// Monday is 1.
static WEEKDAY_ROWS: &[Row<u8>] = &[
    (1, "الاثنين|الإثنين|الاتنين|الثنين", "monday"),
    (2, "الثلاثاء|الثلاثا|الثلوث|التلات", "tuesday"),
    (3, "الأربعاء|الاربعاء|الأربعا|الاربعا|الربوع|الأربع", "wednesday"),
    (4, "الخميس", "thursday"),
    (5, "الجمعة|الجمعه", "friday"),
    (6, "السبت", "saturday"),
    (7, "الأحد|الاحد|الحد", "sunday"),
];

static WEEKDAYS: LazyLock<Phrases<u8>> = LazyLock::new(|| Phrases::new(WEEKDAY_ROWS));

/// The side of today on which a date lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Past,
    This,
    Future,
}

static SIDE_ROWS: &[Row<Side>] = &[
    (
        Side::Past,
        "الماضي|الماضية|الماضيه|الفائت|الفائتة|الفايت|الفايتة|اللي فات|اللي فاتت|الي فات|الي فاتت|اللي راح|اللي راحت|الي راح|الي راحت|اللي مضى|اللي مضت|اللي قبل|اللي قبله|المنصرم|\
         المنصرمة|السابق|السابقة|اللي طاف|اللي طافت",
        "last|this past|past|previous",
    ),
    (Side::This, "هذا|هذي|هذه|الحالي|الحالية|الجاري", "this|current"),
    (
        Side::Future,
        "الجاي|الجاية|الجايه|القادم|القادمة|المقبل|المقبلة|اللي جاي|اللي جاية|الي جاي|الي جاية|اللي يجي|الياي|الياية|اللي بعده|التالي|القادمه",
        "next|this coming|coming|the following|following",
    ),
];

static SIDES: LazyLock<Phrases<Side>> = LazyLock::new(|| Phrases::new(SIDE_ROWS));

/// Builds the tables, if no text needed them yet.
pub(super) fn build_tables() {
    LazyLock::force(&DAYS);
    LazyLock::force(&WEEKDAYS);
    LazyLock::force(&SIDES);
}

/// Readings, and the index after the last word.
pub(super) type Read = (Vec<SaidDate>, usize);

/// The date at `at`, if it counts from today.
pub(super) fn read(words: &Words, at: usize, today: Date, language: Language) -> Option<Read> {
    let day = DAYS
        .at(words, at)
        .and_then(|(days, end)| Some((vec![SaidDate::new(PartialDate::Day(today.plus_days(days)?))], end)));
    day.or_else(|| ago(words, at, today, language))
        .or_else(|| weekday(words, at, today))
        .or_else(|| period(words, at, today))
}

/// "Two weeks ago", قبل أسبوعين، من شهرين، بعد أسبوع, "in three days".
fn ago(words: &Words, at: usize, today: Date, language: Language) -> Option<Read> {
    let key = words.key(at);
    let (start, sign) = match key {
        "قبل" | "من" | "منذ" | "صارلي" | "صارله" => (at + 1, Some(-1)),
        "صار" if matches!(words.key(at + 1), "لي" | "له" | "لها") => (at + 2, Some(-1)),
        "بعد" | "in" | "خلال" | "عقب" => (at + 1, Some(1)),
        "before" | "since" => return None,
        _ => (at, None),
    };
    let start = start + usize::from(matches!(words.key(start), "حوالي" | "تقريبا" | "about" | "around"));
    let found = duration(words, start, language)?;
    let mut end = found.words.end;
    let (sign, end) = match sign {
        Some(sign) => (sign, end),
        None => match (words.key(end), words.key(end + 1)) {
            ("ago" | "back" | "earlier", _) => (-1, end + 1),
            ("from", "now" | "today") => (1, end + 2),
            ("later", _) => (1, end + 1),
            ("قبل" | "مضت", _) => {
                end += 1;
                (-1, end)
            }
            _ => return None,
        },
    };
    // "من ثلاثة" before a month is a day; a duration has a unit.
    let said = found.value;
    let months = |per: i64| (said.count * rust_decimal::Decimal::from(per)).round().to_i64();
    let date = match said.unit {
        Unit::Year if said.count.fract().is_zero() => {
            let year = i64::from(today.year()) + sign * said.count.to_i64()?;
            PartialDate::Year(u16::try_from(year).ok().filter(|year| (1..=9999).contains(year))?)
        }
        Unit::Year => month(today, sign * months(12)?)?,
        Unit::Month => month(today, sign * months(1)?)?,
        _ => PartialDate::Day(today.plus_days(sign * i64::try_from(said.seconds / 86_400).ok()?)?),
    };
    let is_rough = matches!(said.unit, Unit::Month | Unit::Year) && !said.count.fract().is_zero();
    Some((vec![SaidDate { is_rough, ..SaidDate::new(date) }], end))
}

/// The month so many months from today's.
fn month(today: Date, months: i64) -> Option<PartialDate> {
    let index = i64::from(today.year()) * 12 + i64::from(today.month()) - 1 + months;
    let (year, month) = (index.div_euclid(12), index.rem_euclid(12) + 1);
    let year = u16::try_from(year).ok().filter(|year| (1..=9999).contains(year))?;
    Some(PartialDate::Month(year, u8::try_from(month).ok()?))
}

/// "Last Monday", الاثنين الجاي; a weekday alone is before or after today.
fn weekday(words: &Words, at: usize, today: Date) -> Option<Read> {
    let before = SIDES.at(words, at);
    let start = before.map_or(at, |(_, end)| end);
    let start = start + usize::from(matches!(words.key(start), "يوم" | "on"));
    let (weekday, mut end) = WEEKDAYS.at(words, start)?;
    let mut side = before.map(|found| found.0);
    if side.is_none()
        && let Some((after, next)) = SIDES.at(words, end).filter(|_| is_arabic(words, start))
    {
        side = Some(after);
        end = next;
    }
    let since = (i64::from(today.weekday()) - i64::from(weekday)).rem_euclid(7);
    let past = if since == 0 { 7 } else { since };
    let future = if since == 0 { 7 } else { 7 - since };
    let day = |days: i64| Some(SaidDate::new(PartialDate::Day(today.plus_days(days)?)));
    let readings = match side {
        Some(Side::Past) => vec![day(-past)?],
        Some(Side::Future) => vec![day(future)?],
        Some(Side::This) | None => vec![day(if since == 0 { 0 } else { -past })?, day(future)?],
    };
    Some((readings, end))
}

fn is_arabic(words: &Words, at: usize) -> bool {
    !words.key(at).is_ascii()
}

/// "Last month", الشهر الماضي، السنة الجاية.
fn period(words: &Words, at: usize, today: Date) -> Option<Read> {
    let unit = |at: usize| {
        Some(match words.key(at) {
            "الاسبوع" | "week" | "هالاسبوع" => Unit::Week,
            "الشهر" | "month" | "هالشهر" => Unit::Month,
            "السنه" | "العام" | "year" | "هالسنه" => Unit::Year,
            _ => return None,
        })
    };
    let (unit, side, end) = if let Some(unit) = unit(at) {
        if words.key(at).starts_with("هال") {
            (unit, Side::This, at + 1)
        } else {
            let (side, end) = SIDES.at(words, at + 1)?;
            (unit, side, end)
        }
    } else {
        let (side, start) = SIDES.at(words, at)?;
        (unit(start)?, side, start + 1)
    };
    let step = match side {
        Side::Past => -1,
        Side::This => 0,
        Side::Future => 1,
    };
    let date = match unit {
        Unit::Week => PartialDate::Day(today.plus_days(7 * step)?),
        Unit::Month => month(today, step)?,
        _ => PartialDate::Year(u16::try_from(i64::from(today.year()) + step).ok()?),
    };
    Some((vec![SaidDate { is_rough: unit == Unit::Week, ..SaidDate::new(date) }], end))
}
