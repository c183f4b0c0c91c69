//! Plain numbers against the spell-out rules of Unicode CLDR.
//!
//! English agrees word for word, except for the hyphen in "oh-five" of years. CLDR's Arabic is questionable in these
//! points, each of which [`arabic_of`] undoes before the comparison:
//!
//! * إثنان with a hamza; the word begins with a joining alef: اثنان.
//! * إحدى عشر mixes a feminine with a masculine half; counting is masculine: أحد عشر.
//! * ثلاثة مائة; "hundred" is feminine and takes ثلاث: ثلاثمئة (مائة is the older spelling of مئة).
//! * ألفين and ألفي for 2,000; the first is oblique, the second waits for a noun: ألفان. مائتان before ألف on
//!   the other hand must lose its ن: مئتا ألف.
//! * ألف stays unchanged after every number over ten; it is a noun like others: أحد عشر ألفًا, مئة وثلاثة آلاف.

use super::super::arabic::{self, Case, Gender};
use super::super::english;
use super::rbnf::Rules;
use crate::text::test_data as data;

/// All numbers to 10,000, and some thousands of numbers up to a million.
fn numbers() -> impl Iterator<Item = u64> {
    let mut random = fastrand::Rng::with_seed(20);
    let beyond = std::iter::repeat_with(move || random.u64(10_000..1_000_000)).take(5_000);
    (0..=10_000).chain(beyond).chain([11_000, 100_000, 200_000, 211_000, 999_999, 1_000_000])
}

fn arabic_of(cldr: &str) -> String {
    let mut text = cldr.replace("إثن", "اثن").replace("إحدى عشر", "أحد عشر").replace("مائ", "مئ");
    for (theirs, ours) in [
        ("ثلاثة", "ثلاث"),
        ("أربعة", "أربع"),
        ("خمسة", "خمس"),
        ("ستة", "ست"),
        ("سبعة", "سبع"),
        ("ثمانية", "ثمان"),
        ("تسعة", "تسع"),
    ] {
        text = text.replace(&format!("{theirs} مئة"), &format!("{ours}مئة"));
    }
    let words = text.split(' ').map(|word| match word {
        "ألفين" | "ألفي" => "ألفان",
        _ => word,
    });
    words.collect::<Vec<_>>().join(" ")
}

/// The project's words with ألف unchanged after numbers over ten.
fn unchanged_thousands(number: u64, ours: &str) -> String {
    let thousands = number / 1_000;
    let plural = thousands > 10 && (3..=10).contains(&(thousands % 100));
    let ours = if plural { ours.replace("آلاف", "ألف") } else { ours.replace("ألفًا", "ألف") };
    ours.replace("مئتا ألف", "مئتان ألف")
}

#[test]
fn english_numbers_match_cldr() {
    let Some(xml) = data::read("text/cldr-rbnf-en.xml") else { return };
    let rules = Rules::parse(&xml);
    for number in numbers() {
        assert_eq!(english::cardinal(number), rules.spell("spellout-cardinal", number));
        assert_eq!(english::ordinal(number), rules.spell("spellout-ordinal", number));
    }
    for year in 1_000..3_000 {
        let cldr = rules.spell("spellout-numbering-year", year).replace("oh-", "oh ");
        assert_eq!(english::year(year), cldr, "{year}");
    }
}

#[test]
fn arabic_numbers_match_cldr() {
    let Some(xml) = data::read("text/cldr-rbnf-ar.xml") else { return };
    let rules = Rules::parse(&xml);
    for set in ["spellout-numbering", "spellout-cardinal-masculine"] {
        for number in numbers() {
            let ours = arabic::cardinal(number, Gender::Masculine, Case::Nominative);
            let cldr = arabic_of(&rules.spell(set, number));
            assert_eq!(unchanged_thousands(number, &ours), cldr, "{set} {number}: {ours}");
        }
    }
}

#[test]
fn arabic_ordinals_match_cldr() {
    let Some(xml) = data::read("text/cldr-rbnf-ar.xml") else { return };
    let rules = Rules::parse(&xml);
    let genders =
        [("spellout-ordinal-masculine", Gender::Masculine), ("spellout-ordinal-feminine", Gender::Feminine)];
    for (set, gender) in genders {
        // "First" in compounds ends with a blank in CLDR.
        for number in 1..100 {
            let cldr = rules.spell(set, number).replace("  ", " ");
            assert_eq!(arabic::ordinal(number, gender, Case::Nominative), cldr, "{set} {number}");
        }
    }
}
