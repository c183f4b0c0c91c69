//! Values as they are read back to the user.
//!
//! Numbers stay digits: the voice's normalization speaks them. Digits of an identity or telephone number stand in groups
//! and apart, so that they are spoken one by one.

use icu_calendar::cal::Hijri;

use crate::interview::value::{Date, DateTime, PartialDate, Quantity, Time, Value};
use crate::text::{Language, month_name};

/// The texts of values in a language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::interview) struct ReadBack(pub(super) Language);

impl ReadBack {
    /// The text of a value. Of an option with a code that is its display; the caller knows its spoken label.
    pub(in crate::interview) fn value(self, value: &Value) -> String {
        match value {
            Value::Boolean(true) => self.choose("نَعَمْ", "yes").into(),
            Value::Boolean(false) => self.choose("لَا", "no").into(),
            Value::Integer(number) => number.to_string(),
            Value::Decimal(number) => number.normalize().to_string(),
            Value::Quantity(Quantity { value, unit, code, .. }) => {
                let unit = unit.as_deref().or(code.as_deref()).unwrap_or_default();
                format!("{} {unit}", value.normalize()).trim_end().to_owned()
            }
            Value::Date(date) => self.date(*date),
            Value::DateTime(at) => self.date_time(*at),
            Value::Time(time) => self.time(*time),
            Value::String(text) => text.clone(),
            Value::Coding(coding) => {
                coding.display.clone().or_else(|| coding.code.clone()).unwrap_or_default()
            }
        }
    }

    /// Several values.
    pub(in crate::interview) fn list(self, values: &[String]) -> String {
        values.join(self.choose("، ", ", "))
    }

    /// Digits one by one, in groups.
    pub(in crate::interview) fn digits(self, digits: &str) -> String {
        let digits: Vec<_> = digits.chars().collect();
        let groups = groups(digits.len()).scan(0, |at, length| {
            let group = &digits[*at..*at + length];
            *at += length;
            Some(group.iter().map(|digit| self.digit(*digit)).collect::<Vec<_>>().join(" "))
        });
        groups.collect::<Vec<_>>().join(self.choose("، ", ", "))
    }

    /// Systolic and diastolic pressure.
    pub(in crate::interview) fn blood_pressure(self, systolic: u16, diastolic: u16) -> String {
        format!("{systolic} {} {diastolic}", self.choose("عَلَى", "over"))
    }

    /// A duration in seconds, in its largest whole units.
    pub(in crate::interview) fn duration(self, seconds: u64) -> String {
        let units = [
            (604_800, "أسبوع", "weeks"),
            (86_400, "يوم", "days"),
            (3_600, "ساعة", "hours"),
            (60, "دقيقة", "minutes"),
            (1, "ثانية", "seconds"),
        ];
        let mut left = seconds;
        let mut parts = Vec::new();
        for (length, arabic, english) in units {
            let count = left / length;
            left %= length;
            if count > 0 {
                parts.push(format!("{count} {}", self.choose(arabic, english)));
            }
        }
        if parts.is_empty() { "0".into() } else { parts.join(self.choose(" و", " and ")) }
    }

    /// A date in both calendars; of a month or a year, in the Gregorian one.
    pub(in crate::interview) fn date(self, date: PartialDate) -> String {
        match date {
            PartialDate::Year(year) => year.to_string(),
            PartialDate::Month(year, month) => {
                format!("{} {year}", month_name(false, month, self.0))
            }
            PartialDate::Day(day) => self.day(day),
        }
    }

    fn day(self, day: Date) -> String {
        let gregorian = format!("{} {} {}", day.day(), month_name(false, day.month(), self.0), day.year());
        let hijri = day.to_iso().to_calendar(Hijri::new_umm_al_qura());
        let year = hijri.year().extended_year();
        if year < 1 {
            return gregorian;
        }
        let (day, month) = (hijri.day_of_month().0, month_name(true, hijri.month().ordinal, self.0));
        match self.0 {
            Language::Arabic => format!("{gregorian}، المُوَافِقُ {day} {month} {year} هـ"),
            Language::English => format!("{gregorian}, in the Hijri calendar {day} {month} {year}"),
        }
    }

    fn date_time(self, at: DateTime) -> String {
        let (day, time) = (self.day(at.date), self.time(at.time));
        match self.0 {
            Language::Arabic => format!("{day}، السَّاعَةَ {time}"),
            Language::English => format!("{day}, at {time}"),
        }
    }

    fn time(self, time: Time) -> String {
        let hour = match time.hour() % 12 {
            0 => 12,
            hour => hour,
        };
        let half = match (self.0, time.hour() < 12) {
            (Language::Arabic, true) => "صَبَاحًا",
            (Language::Arabic, false) => "مَسَاءً",
            (Language::English, true) => "AM",
            (Language::English, false) => "PM",
        };
        format!("{hour}:{:02} {half}", time.minute())
    }

    fn digit(self, digit: char) -> &'static str {
        let value = digit.to_digit(10).unwrap_or_default() as usize;
        match self.0 {
            Language::Arabic => ARABIC_DIGITS[value],
            Language::English => ENGLISH_DIGITS[value],
        }
    }

    fn choose(self, arabic: &'static str, english: &'static str) -> &'static str {
        match self.0 {
            Language::Arabic => arabic,
            Language::English => english,
        }
    }
}

/// The digits without case endings, as they are counted aloud.
const ARABIC_DIGITS: [&str; 10] =
    ["صِفْر", "وَاحِد", "اِثْنَان", "ثَلَاثَة", "أَرْبَعَة", "خَمْسَة", "سِتَّة", "سَبْعَة", "ثَمَانِيَة", "تِسْعَة"];

const ENGLISH_DIGITS: [&str; 10] =
    ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];

/// The lengths of the groups of so many digits: threes, and fours or twos at the end so that no digit is alone.
fn groups(count: usize) -> impl Iterator<Item = usize> {
    let (threes, last): (usize, &[usize]) = match (count / 3, count % 3) {
        (0, 0) => (0, &[]),
        (threes, 0) => (threes, &[]),
        (0, rest @ 1..) => (0, if rest == 1 { &[1] } else { &[2] }),
        (threes, 1) => (threes - 1, &[4]),
        (threes, _) => (threes, &[2]),
    };
    std::iter::repeat_n(3, threes).chain(last.iter().copied())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARABIC: ReadBack = ReadBack(Language::Arabic);
    const ENGLISH: ReadBack = ReadBack(Language::English);

    #[test]
    fn days_are_read_in_both_calendars() {
        let day = Value::Date("2020-03-15".parse().unwrap());
        assert_eq!(ARABIC.value(&day), "15 مارس 2020، المُوَافِقُ 20 رجب 1441 هـ");
        assert_eq!(ENGLISH.value(&day), "15 March 2020, in the Hijri calendar 20 Rajab 1441");
        assert_eq!(ARABIC.value(&Value::Date("2026-03".parse().unwrap())), "مارس 2026");
        assert_eq!(ENGLISH.value(&Value::Date("0500-01-01".parse().unwrap())), "1 January 500");
        let at = Value::DateTime("2020-03-15T00:05:00+03:00".parse().unwrap());
        assert!(ENGLISH.value(&at).ends_with(", at 12:05 AM"));
    }

    #[test]
    fn digits_are_read_one_by_one() {
        assert_eq!(ENGLISH.digits("1000000008"), "one zero zero, zero zero zero, zero zero zero eight");
        assert_eq!(ARABIC.digits("05"), "صِفْر خَمْسَة");
        for count in 0..20 {
            assert_eq!(groups(count).sum::<usize>(), count);
            assert!(count == 1 || groups(count).all(|length| length > 1), "{count}");
        }
    }

    #[test]
    fn numbers_and_durations_are_read_with_their_units() {
        let temperature =
            Quantity { value: "37.50".parse().unwrap(), unit: Some("°C".into()), system: None, code: None };
        assert_eq!(ENGLISH.value(&Value::Quantity(temperature)), "37.5 °C");
        assert_eq!(ENGLISH.duration(90_000), "1 days and 1 hours");
        assert_eq!(ARABIC.duration(3 * 86_400), "3 يوم");
        assert_eq!(ARABIC.blood_pressure(120, 80), "120 عَلَى 80");
        assert_eq!(ENGLISH.value(&Value::Time("15:30:00".parse().unwrap())), "3:30 PM");
    }
}
