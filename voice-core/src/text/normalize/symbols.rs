//! Signs next to numbers: minus, less than, times. A sign without a number is kept.

use super::number::{Number, grouped};
use super::scan::{Place, Reading, blank, digits, ends, is_digit, is_equation, is_letter, listed, word};
use super::{calendar, code, dose, english, money, spelling, units};
use crate::text::Language;

/// The words for a sign before a number.
pub(super) fn read(place: &Place) -> Option<Reading> {
    let sign = place.rest.chars().next()?;
    let rest = &place.rest[sign.len_utf8()..];
    if let Some(reading) = arrow(place).or_else(|| key(place, sign)) {
        return Some(reading);
    }
    if let Some(reading) = power(place, sign, rest)
        .or_else(|| between(place, sign, rest))
        .or_else(|| between_letters(place, sign, rest))
    {
        return Some(reading);
    }
    if sign == '/'
        && (place.after_reading || place.before.is_some_and(is_letter))
        && let Some((words, len)) = units::divisor_word(place.rest, place.language)
    {
        return Some(Reading::new(words.trim_start(), len));
    }
    // السيدة/ هند, ذكر/أنثى: espeak-ng would name the sign.
    let is_arabic = |c: char| ('\u{620}'..='\u{652}').contains(&c);
    if sign == '/'
        && place.is_arabic()
        && (place.before.is_some_and(is_arabic) || place.after_reading)
        && (rest[blank(rest)..].starts_with(is_arabic) || is_letter_of_number(place, rest))
    {
        return Some(Reading::new("", 1));
    }
    if sign == '&' && place.is_arabic() && place.before == Some(' ') && rest.starts_with(' ') {
        return Some(Reading::new("و", 1));
    }
    if let Some((english, arabic)) = named(sign) {
        return Some(Reading::new(if place.is_arabic() { arabic } else { english }, sign.len_utf8()));
    }
    let gap = blank(rest);
    let number = |text: &str| {
        text.starts_with(is_digit) || text.strip_prefix('.').is_some_and(|rest| rest.starts_with(is_digit))
    };
    let after_number = place.after_reading || place.word.is_empty() && place.before == Some(' ');
    let (english, arabic, loose) = match sign {
        '-' | '−' if place.is_open() && (number(rest) || money::begins(rest)) => ("minus", "سالب", false),
        // Oct. 1–Dec. 15
        '-' | '–' if place.after_reading && !place.is_arabic() && calendar::find(rest).is_some() => {
            return Some(Reading::new("to", sign.len_utf8()));
        }
        '-' if matches!(place.word, "noon" | "midnight") => ("to", "إلى", false),
        '-' if place.after_reading && after_version(place) => ("dash", "شرطة", false),
        '-' | '–' | ':' if place.after_reading => ("to", "إلى", false),
        // كوفيد-19: no longer pause than between words.
        '-' if place.before.is_some_and(is_letter) && number(rest) => return Some(Reading::new("", 1)),
        '+' => ("plus", "زائد", true),
        '±' => ("plus or minus", "زائد أو ناقص", true),
        '<' => ("less than", "أقل من", true),
        '>' => ("more than", "أكثر من", true),
        '≤' => ("less than or equal to", "أقل من أو يساوي", true),
        '≥' => ("more than or equal to", "أكثر من أو يساوي", true),
        '≈' | '~' => ("about", "حوالي", true),
        '=' => ("equals", "يساوي", true),
        '×' if dose::how_often(place, &rest[gap..]).is_some() => {
            let (words, len) = dose::how_often(place, &rest[gap..])?;
            return Some(Reading::new(words, sign.len_utf8() + gap + len));
        }
        '×' if lasts(place, &rest[gap..]) => return Some(Reading::new("لمدة", sign.len_utf8())),
        '×' if after_number && is_size(&rest[gap..]) => ("by", "في", true),
        '×' if after_number => ("times", "في", true),
        '*' if after_number && place.before == Some(' ') && gap > 0 => ("times", "في", true),
        '÷' => ("divided by", "على", true),
        '/' if place.after_reading => {
            (spelling::mark('/', Language::English)?, spelling::mark('/', Language::Arabic)?, false)
        }
        '#' if code::begins(rest)
            || place.before == Some(' ') && (rest.starts_with(':') || numbered(rest)) =>
        {
            let blank = if rest.starts_with([' ', ':']) { "" } else { " " };
            return Some(Reading::new(
                format!("{}{blank}", if place.is_arabic() { "رقم" } else { "number" }),
                1,
            ));
        }
        '#' => ("number", "رقم", false),
        _ => return None,
    };
    let gap = if loose { gap } else { 0 };
    let price = matches!(sign, '-' | '~' | '≈' | '<' | '>' | '≤' | '≥' | '±') && money::begins(&rest[gap..]);
    let follows = number(&rest[gap..]) || price;
    let spoken = if place.is_arabic() { arabic } else { english };
    // Opening hours: after "8ص-" another time follows.
    let clock = place.after_clock && matches!(sign, '-' | '–');
    follows.then(|| Reading { clock, ..Reading::new(spoken, sign.len_utf8() + gap) })
}

/// Whether a version comes directly before: 5.4.0-42.
fn after_version(place: &Place) -> bool {
    let version = place.near().rsplit(|c: char| !is_digit(c) && c != '.').next().unwrap_or_default();
    version.matches('.').count() >= 2
}

/// A sign with blanks around it: x² + y² = z, 5 mL @ 3: x² + y² = z.
fn between_letters(place: &Place, sign: char, rest: &str) -> Option<Reading> {
    if sign == '@' && place.before == Some(' ') && rest.starts_with(' ') {
        let at = if place.is_arabic() { "عند" } else { "at" };
        return rest[1..].starts_with(is_digit).then(|| Reading::new(at, 1));
    }
    let (english, arabic) = match sign {
        '+' => ("plus", "زائد"),
        '=' => ("equals", "يساوي"),
        '≤' => ("is less than or equal to", "أقل من أو يساوي"),
        '≥' => ("is more than or equal to", "أكثر من أو يساوي"),
        _ => return None,
    };
    let before = place.before == Some(' ')
        && place.near().trim_end().ends_with(|c: char| is_letter(c) || matches!(c, '²' | '³' | ')'));
    let after = rest.starts_with(' ') && rest[1..].starts_with(is_letter);
    (before && after).then(|| Reading::new(if place.is_arabic() { arabic } else { english }, sign.len_utf8()))
}

/// Signs with a name of their own.
fn named(sign: char) -> Option<(&'static str, &'static str)> {
    Some(match sign {
        '∞' => ("infinity", "ما لا نهاية"),
        '√' => ("square root of", "جذر"),
        '≠' => ("not equal to", "لا يساوي"),
        '∑' => ("sum", "مجموع"),
        '∫' => ("integral", "تكامل"),
        '∆' => ("delta", "دلتا"),
        '∝' => ("proportional to", "يتناسب مع"),
        _ => return None,
    })
}

/// Whether a single Arabic letter comes before and a number after: 77/ط/1447.
fn is_letter_of_number(place: &Place, rest: &str) -> bool {
    let mut before = place.near().chars().rev();
    let letter = before.next().is_some_and(is_letter);
    letter && before.next() == Some('/') && rest.starts_with(is_digit)
}

/// An arrow, which is "to" between two numbers and silent elsewhere: 10 mg -> 20 mg.
fn arrow(place: &Place) -> Option<Reading> {
    let len =
        ["-->", "->", "=>", "→", "⇒", "➔", "➜"].into_iter().find(|sign| place.rest.starts_with(sign))?.len();
    let gap = blank(&place.rest[len..]);
    let number = place.rest[len + gap..].starts_with(is_digit) && place.word.is_empty();
    let to = if place.is_arabic() { "إلى" } else { "to" };
    match place.rest.is_char_boundary(1) {
        _ if number => Some(Reading::new(to, len)),
        // espeak-ng would read the signs of "->".
        true => Some(Reading::new("", len)),
        false => None,
    }
}

/// A key of a telephone: press #, then *.
fn key(place: &Place, sign: char) -> Option<Reading> {
    const BEFORE: &str =
        "press dial hit enter by then and or followed اضغط اضغطي أدخل ثم أو متبوعا متبوعًا بـ زر مفتاح علامة";
    let rest = place.rest.strip_prefix(sign)?;
    let alone = place.before == Some(' ')
        && (rest.is_empty() || rest.starts_with(|c: char| c.is_whitespace() || ".,;،؛!?؟".contains(c)));
    let known = listed(BEFORE, &place.word.to_ascii_lowercase());
    let (english, arabic) = match sign {
        '#' => ("pound", "مربع"),
        '*' => ("star", "نجمة"),
        _ => return None,
    };
    (alone && known).then(|| Reading::new(if place.is_arabic() { arabic } else { english }, 1))
}

/// Whether a blank and a number or a code follow: # Q7RT2M.
fn numbered(rest: &str) -> bool {
    rest.strip_prefix(' ').is_some_and(|rest| rest.starts_with(is_digit) || code::begins(rest))
}

/// A dash or minus with blanks between two numbers: 5 − 3 = 2, -5 – 10; and -5--10.
fn between(place: &Place, sign: char, rest: &str) -> Option<Reading> {
    if !matches!(sign, '-' | '–' | '−') {
        return None;
    }
    let len = sign.len_utf8();
    let number = |text: &str| text.starts_with(is_digit);
    if place.after_reading && rest.strip_prefix(['-', '−']).is_some_and(number) {
        let to = if place.is_arabic() { "إلى سالب" } else { "to minus" };
        return Some(Reading::new(to, len + rest.chars().next()?.len_utf8()));
    }
    let gap = blank(rest);
    let after_number = place.near().trim_end().ends_with(is_digit) && place.word.is_empty();
    let after_number = after_number || place.after_clock || gap > 0 && same_unit(place, &rest[gap..]);
    let follows = number(&rest[gap..]) || money::begins(&rest[gap..]) && same_unit(place, &rest[gap..]);
    if gap == 0 || !after_number || place.before.is_none_or(|c| !c.is_whitespace()) || !follows {
        return None;
    }
    let minus = sign == '−' || is_equation(&rest[gap..]);
    let words = match (minus, place.is_arabic()) {
        (true, false) => "minus",
        (true, true) => "ناقص",
        (false, false) => "to",
        (false, true) => "إلى",
    };
    Some(Reading { clock: place.after_clock, ..Reading::new(words, len + gap) })
}

/// Whether the amounts before a dash and after it have the same unit: 5 kg - 7 kg, $50 - $70.
fn same_unit(place: &Place, after: &str) -> bool {
    let before = place.near().trim_end();
    let figures = |c: char| is_digit(c) || matches!(c, '.' | ',');
    let number = after.len() - after.trim_start_matches(figures).len();
    if number == 0 {
        return money::begins(after) && {
            let sign = after.chars().next().unwrap_or_default();
            before.trim_end_matches(figures).ends_with(sign)
        };
    }
    let Some(last) = before.rfind(is_digit) else { return false };
    let unit = before[last + 1..].trim_start();
    let rest = after[number..].trim_start_matches(' ');
    !unit.is_empty() && unit.len() < 40 && rest.strip_prefix(unit).is_some_and(ends)
}

/// An x before a number: 7.2 x10^9, x3 per day.
pub(super) fn times(place: &Place) -> Option<Reading> {
    let rest = place.rest.strip_prefix(['x', 'X'])?;
    let after_number = place.word.is_empty() && place.near().trim_end().ends_with(is_digit);
    let gap = blank(rest);
    let figures = digits(&rest[gap..]);
    if figures.is_empty() || !place.is_start() {
        return None;
    }
    if let Some((words, len)) = dose::how_often(place, &rest[gap..]) {
        return Some(Reading::new(words, 1 + gap + len));
    }
    // BID x 7 days.
    let unit = rest[gap + figures.len()..].trim_start_matches(' ');
    let days =
        ["day", "days", "d", "week", "weeks", "wk", "wks", "month", "months", "hours", "hrs", "hr", "h"]
            .iter()
            .any(|unit_name| word(unit) == *unit_name);
    if days && !place.is_arabic() {
        return Some(Reading::new("for", 1));
    }
    if lasts(place, &rest[gap..]) {
        return Some(Reading::new("لمدة", 1));
    }
    if after_number {
        let times = if is_size(&rest[gap..]) { "by" } else { "times" };
        return Some(Reading::new(if place.is_arabic() { "في" } else { times }, 1 + gap));
    }
    // In a password, as in "x9!Kp2", it is a letter.
    let free = |c: char| c.is_whitespace() || matches!(c, '.' | ',' | ';' | ':' | '/' | ')');
    if gap > 0 || figures.len() > 1 || !(rest[1..].is_empty() || rest[1..].starts_with(free)) {
        return None;
    }
    let number = Number::integer(figures.parse().ok()?).words(place.language);
    let (per, more) = units::divisor(&rest[1..], place.language).unwrap_or_default();
    let per = if per == " per day" { " a day".to_owned() } else { per };
    let words =
        if place.is_arabic() { format!("في {number}{per}") } else { format!("{number} times{per}") };
    Some(Reading::new(words, 2 + more))
}

/// Whether × before a number of days tells how long a medicine is taken, in Arabic: كل 8 ساعات × 5 أيام.
fn lasts(place: &Place, after: &str) -> bool {
    let rest = after.trim_start_matches(is_digit);
    let unit = word(rest.trim_start_matches(' '));
    let time = matches!(
        unit,
        "يوم"
            | "أيام"
            | "ايام"
            | "يوما"
            | "يومًا"
            | "أسبوع"
            | "أسابيع"
            | "اسابيع"
            | "أسبوعين"
            | "أشهر"
    );
    let money = place.near().trim_end().ends_with(is_digit) || place.near().contains("ريال");
    place.is_arabic() && rest.len() < after.len() && time && !money
}

/// The most lengths of a size. A text of × is looked at only so far at each of them.
const MAX_LENGTHS: usize = 8;

/// Whether lengths follow: 3 x 2 x 0.5 cm.
fn is_size(after: &str) -> bool {
    let mut rest = after;
    for _ in 0..MAX_LENGTHS {
        let number = rest.trim_start_matches(|c: char| is_digit(c) || c == '.');
        if number.len() == rest.len() {
            return false;
        }
        let next = number.trim_start_matches(' ');
        match next.strip_prefix(['x', 'X', '×']) {
            Some(more) => rest = more.trim_start_matches(' '),
            None => {
                return matches!(
                    word(next),
                    "cm" | "mm" | "m" | "in" | "inch" | "inches" | "ft" | "feet" | "foot"
                );
            }
        }
    }
    false
}

/// A power: 10^-3, m², 10⁹/L.
fn power(place: &Place, sign: char, rest: &str) -> Option<Reading> {
    let after_base = place.after_reading || place.before.is_some_and(|c| is_letter(c) || c == ')');
    let arabic = place.is_arabic();
    let named = match sign {
        '²' => Some(if arabic { "تربيع" } else { "squared" }),
        '³' => Some(if arabic { "تكعيب" } else { "cubed" }),
        '^' if after_base => None,
        _ => return None,
    };
    let (words, len) = if let Some(words) = named {
        (words.to_owned(), sign.len_utf8())
    } else {
        let negative = rest.starts_with(['-', '−']);
        let from =
            if negative { rest.chars().next()?.len_utf8() } else { usize::from(rest.starts_with('+')) };
        let exponent = digits(&rest[from..]);
        if exponent.is_empty() || !ends(&rest[from + exponent.len()..]) {
            return None;
        }
        (raised(exponent, negative, place.language), 1 + from + exponent.len())
    };
    let (per, more) = units::divisor(&place.rest[len..], place.language).unwrap_or_default();
    Some(Reading::new(format!("{words}{per}"), len + more))
}

fn raised(exponent: &str, negative: bool, language: Language) -> String {
    let number = match exponent.parse() {
        Ok(value) if !exponent.starts_with('0') || exponent.len() == 1 => {
            Number::integer(value).words(language)
        }
        _ => grouped(exponent, language),
    };
    match (language, exponent, negative) {
        (Language::English, "2", false) => "squared".to_owned(),
        (Language::English, "3", false) => "cubed".to_owned(),
        (Language::English, _, false) => match exponent.parse() {
            Ok(value @ 1..100) if !exponent.starts_with('0') => format!("to the {}", english::ordinal(value)),
            _ => format!("to the power of {number}"),
        },
        (Language::English, _, true) => format!("to the power of minus {number}"),
        (Language::Arabic, _, false) => format!("أس {number}"),
        (Language::Arabic, _, true) => format!("أس سالب {number}"),
    }
}
