//! Dates and times, with their form in FHIR: that of ISO 8601.

use std::fmt;
use std::str::FromStr;

use icu_calendar::Iso;
use icu_calendar::cal::Hijri;
use icu_calendar::types::RataDie;
use serde::{Deserialize, Serialize};

/// A day of the Gregorian calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

/// A date of the Gregorian calendar of which parts may be unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum PartialDate {
    /// A year, 1 to 9999.
    Year(u16),
    /// A month of a year.
    Month(u16, u8),
    /// A day.
    Day(Date),
}

/// A time of day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Time {
    hour: u8,
    minute: u8,
    second: u8,
}

/// A day and a time of day at an offset from UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DateTime {
    /// The day.
    pub date: Date,
    /// The time of day.
    pub time: Time,
    /// Minutes east of UTC.
    pub offset_minutes: i16,
}

/// A text is no date or time of its form, or one that does not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidDate;

impl Date {
    /// A day that exists, from the year 1 to 9999.
    pub fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        let is_valid = (1..=9999).contains(&year)
            && icu_calendar::Date::try_new_iso(i32::from(year), month, day).is_ok();
        is_valid.then_some(Self { year, month, day })
    }

    /// 1 to 9999.
    pub fn year(self) -> u16 {
        self.year
    }

    /// 1 to 12.
    pub fn month(self) -> u8 {
        self.month
    }

    /// 1 to 31.
    pub fn day(self) -> u8 {
        self.day
    }

    /// The day so many days later, or earlier if negative, in the years 1 to 9999.
    pub fn plus_days(self, days: i64) -> Option<Self> {
        let day = self.to_iso().to_rata_die().to_i64_date().checked_add(days)?;
        let is_near = (0..=3_700_000).contains(&day);
        is_near.then(|| Self::from_iso(icu_calendar::Date::from_rata_die(RataDie::new(day), Iso)))?
    }

    /// The year, month (1 to 12) and day of the month in the Umm al-Qura calendar of Saudi Arabia. Before 1300 and after 1600
    /// AH its months are computed.
    ///
    /// The months are those that Unicode's ICU has from KACST. The calendar that was printed before 1420 AH began half of its
    /// months a day, seldom two days, earlier: say a Hijri date back in both calendars.
    pub fn hijri(self) -> (i32, u8, u8) {
        let date = self.to_iso().to_calendar(Hijri::new_umm_al_qura());
        (date.year().extended_year(), date.month().ordinal, date.day_of_month().0)
    }

    /// The day of a year, month and day of the Umm al-Qura calendar.
    pub fn of_hijri(year: i32, month: u8, day: u8) -> Option<Self> {
        let calendar = Hijri::new_umm_al_qura();
        let date = icu_calendar::Date::try_new_hijri_with_calendar(year, month, day, calendar).ok()?;
        Self::from_iso(date.to_calendar(Iso))
    }

    /// 1 for Monday to 7 for Sunday.
    pub fn weekday(self) -> u8 {
        self.to_iso().weekday() as u8
    }

    /// The day in the calendar of the library that knows calendars.
    pub(crate) fn to_iso(self) -> icu_calendar::Date<Iso> {
        icu_calendar::Date::try_new_iso(i32::from(self.year), self.month, self.day)
            .expect("a day that exists")
    }

    /// The day of a date of that library, if its year is 1 to 9999.
    pub(crate) fn from_iso(date: icu_calendar::Date<Iso>) -> Option<Self> {
        let year = u16::try_from(date.year().extended_year()).ok()?;
        Self::new(year, date.month().ordinal, date.day_of_month().0)
    }
}

impl PartialDate {
    /// The first day that it can be.
    pub fn first_day(self) -> Date {
        match self {
            Self::Year(year) => Date { year, month: 1, day: 1 },
            Self::Month(year, month) => Date { year, month, day: 1 },
            Self::Day(date) => date,
        }
    }

    /// The last day that it can be.
    pub fn last_day(self) -> Date {
        match self {
            Self::Year(year) => Date { year, month: 12, day: 31 },
            Self::Month(year, month) => {
                let last = (28..=31).rev().find_map(|day| Date::new(year, month, day));
                last.unwrap_or(Date { year, month, day: 28 })
            }
            Self::Day(date) => date,
        }
    }
}

impl DateTime {
    /// The time so many seconds after the start of 1970 in UTC, at this offset, in the years 1 to 9999.
    pub fn from_unix(seconds: i64, offset_minutes: i16) -> Option<Self> {
        let seconds = seconds.checked_add(i64::from(offset_minutes) * 60)?;
        let date = Date::new(1970, 1, 1)?.plus_days(seconds.div_euclid(86_400))?;
        let second = seconds.rem_euclid(86_400);
        let time = Time::new((second / 3_600) as u8, (second / 60 % 60) as u8, (second % 60) as u8)?;
        Some(Self { date, time, offset_minutes })
    }
}

impl Time {
    /// A time from 00:00:00 to 23:59:59.
    pub fn new(hour: u8, minute: u8, second: u8) -> Option<Self> {
        (hour < 24 && minute < 60 && second < 60).then_some(Self { hour, minute, second })
    }

    /// 0 to 23.
    pub fn hour(self) -> u8 {
        self.hour
    }

    /// 0 to 59.
    pub fn minute(self) -> u8 {
        self.minute
    }

    /// 0 to 59.
    pub fn second(self) -> u8 {
        self.second
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl fmt::Display for PartialDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Year(year) => write!(f, "{year:04}"),
            Self::Month(year, month) => write!(f, "{year:04}-{month:02}"),
            Self::Day(date) => date.fmt(f),
        }
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}:{:02}", self.hour, self.minute, self.second)
    }
}

impl fmt::Display for DateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}T{}", self.date, self.time)?;
        match self.offset_minutes {
            0 => f.write_str("Z"),
            offset => {
                let sign = if offset < 0 { '-' } else { '+' };
                let offset = offset.unsigned_abs();
                write!(f, "{sign}{:02}:{:02}", offset / 60, offset % 60)
            }
        }
    }
}

/// A number of exactly this many digits.
fn digits<T: FromStr>(text: &str, count: usize) -> Result<T, InvalidDate> {
    let is_number = text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { text.parse().map_err(|_| InvalidDate) } else { Err(InvalidDate) }
}

impl FromStr for PartialDate {
    type Err = InvalidDate;

    fn from_str(text: &str) -> Result<Self, InvalidDate> {
        let mut parts = text.splitn(3, '-');
        let year: u16 = digits(parts.next().unwrap_or_default(), 4)?;
        let month = parts.next().map(|month| digits(month, 2)).transpose()?;
        let day = parts.next().map(|day| digits(day, 2)).transpose()?;
        match (month, day) {
            (None, _) if year > 0 => Ok(Self::Year(year)),
            (Some(month @ 1..=12), None) if year > 0 => Ok(Self::Month(year, month)),
            (Some(month), Some(day)) => Date::new(year, month, day).map(Self::Day).ok_or(InvalidDate),
            _ => Err(InvalidDate),
        }
    }
}

impl FromStr for Date {
    type Err = InvalidDate;

    fn from_str(text: &str) -> Result<Self, InvalidDate> {
        match text.parse()? {
            PartialDate::Day(date) => Ok(date),
            _ => Err(InvalidDate),
        }
    }
}

impl FromStr for Time {
    type Err = InvalidDate;

    /// `hh:mm:ss`, of which a fraction of a second is dropped.
    fn from_str(text: &str) -> Result<Self, InvalidDate> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        let mut parts = whole.splitn(3, ':').map(|part| digits(part, 2));
        let mut next = || parts.next().unwrap_or(Err(InvalidDate));
        let time = Self::new(next()?, next()?, next()?).ok_or(InvalidDate)?;
        digits::<u64>(fraction, fraction.len().clamp(1, 9))?;
        Ok(time)
    }
}

impl FromStr for DateTime {
    type Err = InvalidDate;

    fn from_str(text: &str) -> Result<Self, InvalidDate> {
        let (date, time) = text.split_once('T').ok_or(InvalidDate)?;
        let zone = time.find(['Z', '+', '-']).ok_or(InvalidDate)?;
        let (time, zone) = time.split_at(zone);
        let offset_minutes = match zone.split_at(1) {
            ("Z", "") => 0,
            (sign @ ("+" | "-"), offset) => {
                let (hours, minutes) = offset.split_once(':').ok_or(InvalidDate)?;
                let (hours, minutes) = (digits::<i16>(hours, 2)?, digits::<i16>(minutes, 2)?);
                if hours > 14 || minutes > 59 {
                    return Err(InvalidDate);
                }
                (hours * 60 + minutes) * if sign == "-" { -1 } else { 1 }
            }
            _ => return Err(InvalidDate),
        };
        Ok(Self { date: date.parse()?, time: time.parse()?, offset_minutes })
    }
}

impl fmt::Display for InvalidDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no date or time of ISO 8601")
    }
}

impl std::error::Error for InvalidDate {}

macro_rules! as_text {
    ($($type:ty)*) => {
        $(
            impl TryFrom<String> for $type {
                type Error = InvalidDate;

                fn try_from(text: String) -> Result<Self, InvalidDate> {
                    text.parse()
                }
            }

            impl From<$type> for String {
                fn from(value: $type) -> Self {
                    value.to_string()
                }
            }
        )*
    };
}

as_text! { Date PartialDate Time DateTime }

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_over_months_and_years() {
        let date = |text: &str| text.parse::<Date>().unwrap();
        assert_eq!(date("2024-02-28").plus_days(2), Some(date("2024-03-01")));
        assert_eq!(date("2026-01-01").plus_days(-1), Some(date("2025-12-31")));
        assert_eq!((date("9999-12-31").plus_days(1), date("0001-01-01").plus_days(-1)), (None, None));
        assert_eq!(date("2026-01-01").plus_days(i64::MAX), None);
    }

    #[test]
    fn days_have_a_hijri_date() {
        let date = |text: &str| text.parse::<Date>().unwrap();
        for (text, hijri) in [
            ("1979-11-21", (1400, 1, 1)),
            ("1990-03-28", (1410, 9, 1)),
            ("2024-03-20", (1445, 9, 10)),
            ("2026-11-26", (1448, 6, 16)),
            ("2000-04-04", (1420, 12, 29)),
        ] {
            assert_eq!(date(text).hijri(), hijri, "{text}");
            assert_eq!(Date::of_hijri(hijri.0, hijri.1, hijri.2), Some(date(text)), "{text}");
        }
        assert_eq!((Date::of_hijri(1448, 13, 1), Date::of_hijri(1448, 6, 31)), (None, None));
        assert_eq!((date("2026-11-26").weekday(), date("2026-11-29").weekday()), (4, 7));
    }

    #[test]
    fn seconds_since_1970_are_a_day_and_a_time() {
        let text = |seconds, offset| DateTime::from_unix(seconds, offset).map(|time| time.to_string());
        assert_eq!(text(0, 0).as_deref(), Some("1970-01-01T00:00:00Z"));
        assert_eq!(text(1_795_725_259, 180).as_deref(), Some("2026-11-26T23:34:19+03:00"));
        assert_eq!(text(-1, -60).as_deref(), Some("1969-12-31T22:59:59-01:00"));
        assert_eq!(text(i64::MAX, 840), None);
    }

    fn round_trip<T: FromStr + fmt::Display>(text: &str) -> Option<String> {
        text.parse::<T>().ok().map(|value| value.to_string())
    }

    #[test]
    fn forms_of_fhir_are_read_and_written() {
        for text in ["2026", "2026-03", "2024-02-29"] {
            assert_eq!(round_trip::<PartialDate>(text).as_deref(), Some(text));
        }
        for text in [
            "0000",
            "26",
            "2026-3",
            "2026-13",
            "2026-02-29",
            "2026-01-01-",
            "2026-01-01T",
            "٢٠٢٦",
            "+026",
            "",
        ] {
            assert_eq!(round_trip::<PartialDate>(text), None, "{text}");
        }
        assert_eq!(round_trip::<Time>("23:59:59.123").as_deref(), Some("23:59:59"));
        for text in ["24:00:00", "1:00:00", "10:00", "10:00:00:00", "10:00:00.", "10:00:00.x"] {
            assert_eq!(round_trip::<Time>(text), None, "{text}");
        }
        for text in ["2026-11-26T08:30:00Z", "2026-11-26T08:30:00+03:00", "2026-11-26T08:30:00-09:30"] {
            assert_eq!(round_trip::<DateTime>(text).as_deref(), Some(text));
        }
        for text in
            ["2026-11-26T08:30:00", "2026-11T08:30:00Z", "2026-11-26T08:30:00+3", "2026-11-26T08:30:00+15:00"]
        {
            assert_eq!(round_trip::<DateTime>(text), None, "{text}");
        }
    }
}
