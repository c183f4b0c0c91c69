//! FHIR's form of a moment, `2026-11-26T19:08:38.120Z`, and milliseconds since 1970.

const DAY: i64 = 86_400_000;

/// The day number of a date of the Gregorian calendar, from 1970-01-01. The algorithm is `days_from_civil` of Howard
/// Hinnant, "chrono-Compatible Low-Level Date Algorithms".
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// The text of a time.
pub(super) fn format(milliseconds: i64) -> String {
    let (day, of_day) = (milliseconds.div_euclid(DAY), milliseconds.rem_euclid(DAY));
    // `civil_from_days` of the same source.
    let shifted = day + 719_468;
    let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let (seconds, milliseconds) = (of_day / 1_000, of_day % 1_000);
    format!(
        "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}.{milliseconds:03}Z",
        seconds / 3_600,
        seconds / 60 % 60,
        seconds % 60
    )
}

/// The first and the last millisecond that a date, or a date with a time and an offset, names.
pub(super) fn parse(text: &str) -> Option<(i64, i64)> {
    let number = |text: &str, length: usize, max: i64| {
        let is_number = text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<i64>().ok().filter(|number| is_number && *number <= max)
    };
    let (date, time) = text.split_once('T').map_or((text, None), |(date, time)| (date, Some(time)));
    let mut parts = date.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let (year, month, day) = (number(year, 4, 9_999)?, number(month, 2, 12)?, number(day, 2, 31)?);
    if parts.next().is_some() || month == 0 || day == 0 {
        return None;
    }
    let start = days(year, month, day) * DAY;
    if !format(start).starts_with(date) {
        // Such as the 30th of February.
        return None;
    }
    let Some(time) = time else { return Some((start, start + DAY - 1)) };
    let offset_at = time.find(['Z', '+', '-'])?;
    let (clock, offset) = time.split_at(offset_at);
    let minutes = |text: &str| {
        let (hour, minute) = text.split_once(':')?;
        Some(number(hour, 2, 23)? * 60 + number(minute, 2, 59)?)
    };
    let offset = match offset.split_at(1) {
        ("Z", "") => 0,
        ("+", east) => minutes(east)?,
        (_, west) => -minutes(west)?,
    };
    let (hours, seconds) = clock.split_at_checked(5)?;
    let (whole, fraction) = match seconds.strip_prefix(':')?.split_once('.') {
        None => (seconds.strip_prefix(':')?, None),
        Some((whole, fraction)) => (whole, Some(fraction)),
    };
    let start = start + (minutes(hours)? - offset) * 60_000 + number(whole, 2, 59)? * 1_000;
    match fraction {
        None => Some((start, start + 999)),
        Some(fraction) => {
            let is_number = (1..=9).contains(&fraction.len()) && fraction.bytes().all(|b| b.is_ascii_digit());
            let milliseconds =
                format!("{fraction:0<3}").get(..3)?.parse::<i64>().ok().filter(|_| is_number)?;
            Some((start + milliseconds, start + milliseconds))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_as_they_are_written() {
        for (milliseconds, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (1_795_720_118_120, "2026-11-26T19:08:38.120Z"),
            (951_782_399_999, "2000-02-28T23:59:59.999Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
        ] {
            assert_eq!(format(milliseconds), text);
            assert_eq!(parse(text), Some((milliseconds, milliseconds)), "{text}");
        }
        // From the year 53 to 9910.
        for day in (-700_000..2_900_000).step_by(97) {
            assert_eq!(parse(&format(day * DAY)), Some((day * DAY, day * DAY)));
        }
    }

    #[test]
    fn less_exact_moments_name_a_span() {
        assert_eq!(parse("2026-11-26"), Some((1_795_651_200_000, 1_795_737_599_999)));
        assert_eq!(parse("2026-11-26T22:08:38+03:00"), Some((1_795_720_118_000, 1_795_720_118_999)));
        assert_eq!(parse("2026-11-26T14:08:38.5-05:00"), Some((1_795_720_118_500, 1_795_720_118_500)));
        for wrong in [
            "",
            "2026",
            "2026-13-01",
            "2026-02-30",
            "2026-11-26T",
            "2026-11-26T19:08Z",
            "2026-11-26T19:08:38",
            "2026-11-26T24:08:38Z",
            "2026-11-26T19:08:38.Z",
            "+026-11-26",
            "2026-11-26Z",
            "2026-11-26T19:08:38+3",
            "٢٠٢٦-11-26",
            "2026-11-26T1é:08:38Z",
        ] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
