//! Numbers in English words, without "and": one hundred twenty-three.

const SMALL: [&str; 20] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];

const TENS: [&str; 10] =
    ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];

const SCALES: [(u64, &str); 6] = [
    (1_000_000_000_000_000, "quadrillion"),
    (1_000_000_000_000, "trillion"),
    (1_000_000_000, "billion"),
    (1_000_000, "million"),
    (1_000, "thousand"),
    (100, "hundred"),
];

/// The word of one digit.
pub(super) fn digit(digit: u8) -> &'static str {
    SMALL[usize::from(digit % 10)]
}

/// `number` in words, at most 10¹⁸ − 1.
pub(crate) fn cardinal(number: u64) -> String {
    let Some(&small) = usize::try_from(number).ok().and_then(|index| SMALL.get(index)) else {
        return large(number);
    };
    small.to_owned()
}

fn large(number: u64) -> String {
    for (scale, name) in SCALES {
        if number >= scale {
            let head = format!("{} {name}", cardinal(number / scale));
            return match number % scale {
                0 => head,
                rest => format!("{head} {}", cardinal(rest)),
            };
        }
    }
    let tens = TENS[(number / 10 % 10) as usize];
    match number % 10 {
        0 => tens.to_owned(),
        rest => format!("{tens}-{}", cardinal(rest)),
    }
}

/// `number` as an ordinal: twenty-first.
pub(crate) fn ordinal(number: u64) -> String {
    let words = cardinal(number);
    let last = words.rfind([' ', '-']).map_or(0, |at| at + 1);
    let (head, last) = words.split_at(last);
    let ending = match last {
        "one" => "first".to_owned(),
        "two" => "second".to_owned(),
        "three" => "third".to_owned(),
        "five" => "fifth".to_owned(),
        "eight" => "eighth".to_owned(),
        "nine" => "ninth".to_owned(),
        "twelve" => "twelfth".to_owned(),
        _ => match last.strip_suffix('y') {
            Some(stem) => format!("{stem}ieth"),
            None => format!("{last}th"),
        },
    };
    format!("{head}{ending}")
}

/// The ending of an ordinal in figures.
pub(super) fn ordinal_ending(value: u64) -> &'static str {
    match (value % 100, value % 10) {
        (11..=13, _) => "th",
        (_, 1) => "st",
        (_, 2) => "nd",
        (_, 3) => "rd",
        _ => "th",
    }
}

/// A four-digit year in words: nineteen oh five, two thousand five, twenty twenty-four.
pub(super) fn year(number: u64) -> String {
    if !(1_000..10_000).contains(&number) || number % 1_000 < 10 {
        return cardinal(number);
    }
    let century = cardinal(number / 100);
    match number % 100 {
        0 => format!("{century} hundred"),
        rest @ 1..10 => format!("{century} oh {}", cardinal(rest)),
        rest => format!("{century} {}", cardinal(rest)),
    }
}

/// The years of a decade: nineteen sixties.
pub(super) fn decade(number: u64) -> String {
    let year = year(number);
    match year.strip_suffix('y') {
        Some(stem) => format!("{stem}ies"),
        None => format!("{year}s"),
    }
}

/// The name of the share for a denominator: half, third, quarter; the plural if `many`.
pub(super) fn share(denominator: u64, many: bool) -> String {
    match (denominator, many) {
        (2, false) => "half".to_owned(),
        (2, true) => "halves".to_owned(),
        (4, false) => "quarter".to_owned(),
        (4, true) => "quarters".to_owned(),
        (_, false) => ordinal(denominator),
        (_, true) => format!("{}s", ordinal(denominator)),
    }
}
