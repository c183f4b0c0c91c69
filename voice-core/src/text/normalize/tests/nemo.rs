//! Compares with the Arabic test cases of NVIDIA's `NeMo` text normalization.
//!
//! Differences in spelling only: hundreds in two words (ثلاث مئة), مائة, و apart from its word, آلاف with a fatha in
//! the place of the madda. Readings that are considered wrong, with the rule that compares them:
//!
//! * The counted noun stays in the singular without an ending (سبعة دولار). Three to ten require the plural, eleven
//!   to ninety-nine the accusative: [`singular`].
//! * "One" stands before its noun (واحد درهم); it is an adjective and follows: [`one_first`]. A subunit has no name
//!   (وعشرون); here it must have one.
//! * Decimals are read as hundredths, so that 101.50 and 1.51 sound the same (مئة وواحد وخمسون من مئة); here the
//!   decimal mark is named: [`of_power`].
//! * A comma before three decimals is a decimal mark (658,888). It separates thousands, in CLDR for `ar` and on Saudi
//!   bills; the case is compared with an unambiguous mark instead.
//! * Numbers after a preposition are in the nominative (على ثلاث مئة وسبعة وثمانون), only duals in the oblique
//!   (ثلثين): [`case_blind`], for fractions only.
//! * A leading zero is dropped (09%). Here it is read, since it is a digit.
//! * `f9` is nine degrees Fahrenheit. A letter before a number is a name, such as B12; the case is compared with the
//!   sign after the number, and without the degrees that `NeMo` omits: [`without_degrees`].

use super::super::arabic::{self, Case, Gender};
use super::super::normalize;
use crate::text::Language::Arabic;
use crate::text::test_data as data;

const FOLDER: &str = "text/nemo-ar-tn/test_cases_";

/// The pairs of a file as (written, spoken).
fn cases(name: &str) -> Option<Vec<(String, String)>> {
    let reversed = matches!(name, "fraction" | "measure");
    let text = data::read(&format!("{FOLDER}{name}.txt"))?;
    let pair = |line: &str| {
        let (left, right) = line.split_once('~').unwrap();
        let (written, spoken) = if reversed { (right, left) } else { (left, right) };
        (written.trim().to_owned(), spelling(spoken.trim()))
    };
    Some(text.lines().filter(|line| !line.trim().is_empty()).map(pair).collect())
}

fn check(name: &str, count: usize, ours: impl Fn(&str) -> String, theirs: impl Fn(&str) -> String) {
    let Some(cases) = cases(name) else { return };
    assert_eq!(cases.len(), count);
    for (written, spoken) in cases {
        // Signs tell the share خُمْس from the number.
        let read: String = ours(&written).chars().filter(|c| !matches!(c, '\u{64f}' | '\u{652}')).collect();
        assert_eq!(read, theirs(&spoken), "{written}: {}", normalize(&written, Arabic));
    }
}

fn spelling(text: &str) -> String {
    let mut text = text.replace("اَلاف", "آلاف").replace("مائة", "مئة").replace(" و ", " و");
    for hundreds in ["ثلاث", "أربع", "خمس", "ست", "سبع", "ثمان", "تسع"] {
        text = text.replace(&format!("{hundreds} مئة"), &format!("{hundreds}مئة"));
    }
    text
}

fn words(text: &str, change: impl Fn(&str) -> String) -> String {
    text.split(' ').map(change).collect::<Vec<_>>().join(" ")
}

fn singular(text: &str) -> String {
    let text = text.replace("دنانير كويتية", "دينار كويتي").replace("ريالات سعودية", "ريال سعودي");
    words(&text, |word| {
        let word = word.strip_suffix("ًا").unwrap_or(word);
        if matches!(word, "دولارات" | "سنتات") {
            word.trim_end_matches("ات").to_owned()
        } else {
            word.to_owned()
        }
    })
}

/// درهم إماراتي واحد وعشرون فلس becomes واحد درهم إماراتي وعشرون.
fn one_first(text: &str) -> String {
    match text.strip_prefix("درهم إماراتي واحد ").and_then(|rest| rest.strip_suffix(" فلس"))
    {
        Some(part) => format!("واحد درهم إماراتي {part}"),
        None => text.to_owned(),
    }
}

/// ستة فاصلة ثمانية وثمانون becomes ستة وثمانية وثمانون من مئة.
fn of_power(text: &str) -> String {
    let (number, unit) = match text.strip_suffix(" في المئة") {
        Some(number) => (number, " في المئة"),
        None => (text, ""),
    };
    let Some((whole, fraction)) = number.split_once(" فاصلة ") else { return text.to_owned() };
    let two =
        (10..100).find(|&value| arabic::cardinal(value, Gender::Masculine, Case::Nominative) == fraction);
    let digits = match two {
        Some(value) => value.to_string(),
        None => fraction.split(' ').map(|word| digit(word).to_string()).collect(),
    };
    let power = ["عشرة", "مئة", "ألف", "عشرة آلاف"][digits.len() - 1];
    let value = digits.parse().unwrap();
    format!("{whole} و{} من {power}{unit}", arabic::cardinal(value, Gender::Masculine, Case::Nominative))
}

fn digit(word: &str) -> u8 {
    (0..10).find(|&value| arabic::digit(value) == word).unwrap_or_else(|| panic!("{word} is no digit"))
}

fn with_plain_comma(written: &str) -> String {
    let thousands = written
        .split_once(',')
        .is_some_and(|(whole, after)| after.len() == 3 && whole.trim_start_matches('%').len() <= 3);
    if thousands { written.replace(',', "٫") } else { written.to_owned() }
}

fn case_blind(text: &str) -> String {
    words(text, |word| {
        let stem = ["ون", "ان"].iter().find_map(|ending| word.strip_suffix(ending));
        stem.map_or_else(|| word.to_owned(), |stem| format!("{stem}ين"))
    })
}

fn without_degrees(text: &str) -> String {
    text.replace("تسع درجات ", "تسعة ")
}

fn without_zero(text: &str) -> String {
    text.strip_prefix("صفر ").unwrap_or(text).to_owned()
}

#[test]
fn cardinals_match_nemo() {
    check("cardinal", 27, |written| normalize(written, Arabic), str::to_owned);
}

#[test]
fn decimals_have_the_digits_of_nemo() {
    let ours = |written: &str| of_power(&normalize(&with_plain_comma(written), Arabic));
    check("decimal", 30, ours, str::to_owned);
}

#[test]
fn comma_before_three_digits_separates_thousands() {
    let Some(cases) = cases("decimal") else { return };
    let grouped: Vec<_> = cases.iter().filter(|(written, _)| with_plain_comma(written) != *written).collect();
    assert_eq!(grouped.len(), 2);
    for (written, _) in grouped {
        let value = written.replace(',', "").parse().unwrap();
        let expected = arabic::cardinal(value, Gender::Masculine, Case::Nominative);
        assert_eq!(normalize(written, Arabic), expected);
    }
}

#[test]
fn fractions_match_nemo_except_case() {
    check("fraction", 20, |written| case_blind(&normalize(written, Arabic)), case_blind);
}

#[test]
fn measures_match_nemo_except_noun() {
    let ours = |written: &str| {
        let written = if written == "f9" { "9°F".to_owned() } else { with_plain_comma(written) };
        without_degrees(&without_zero(&of_power(&normalize(&written, Arabic))))
    };
    check("measure", 14, ours, str::to_owned);
}

#[test]
fn money_matches_nemo_except_nouns() {
    let ours = |written: &str| one_first(&without_zero(&singular(&normalize(written, Arabic))));
    check("money", 27, ours, singular);
}

#[test]
fn comparison_rules_can_fail() {
    assert_ne!(of_power("ستة فاصلة ثمانية"), of_power("ستة فاصلة صفر ثمانية"));
    assert_ne!(singular("سبعة دولارات"), singular("ثمانية دولارات"));
    assert_ne!(case_blind("ثلثان"), case_blind("ثلاثون"));
    assert_ne!(spelling("ثلاث مئة"), spelling("ثلاثة مئة"));
}
