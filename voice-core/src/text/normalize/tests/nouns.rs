//! Numbers with the nouns of an external list: gender, state and case, and the form of the noun.

use super::super::arabic::{self, Case, Gender};
use super::super::normalize;
use super::super::nouns;
use crate::text::{Language::Arabic, test_data};

fn bare(text: &str) -> String {
    text.chars().filter(|c| !matches!(c, '\u{64b}'..='\u{652}')).collect()
}

/// The right words for `number` with a noun given as in the list.
fn right(number: u64, columns: &[&str], case: Case) -> String {
    let [gender, one, two, two_oblique, few, many] = columns else { panic!("{columns:?}") };
    let gender = if *gender == "m" { Gender::Masculine } else { Gender::Feminine };
    let dual = if case == Case::Oblique { two_oblique } else { two };
    let form = match number % 100 {
        1 if number == 1 => {
            return format!("{one} {}", if gender == Gender::Masculine { "واحد" } else { "واحدة" });
        }
        2 if number == 2 => return (*dual).to_owned(),
        3..=10 => few,
        11..=99 => many,
        _ => one,
    };
    format!("{} {form}", arabic::construct(number, gender, case))
}

/// The counts of right and of all forms.
fn count(nouns: &str) -> (usize, usize) {
    let (mut good, mut all) = (0, 0);
    let numbers = (1..=25).chain([30, 47, 68, 99, 100, 200, 300, 1_000, 2_000, 11_000]);
    for number in numbers {
        for line in nouns.lines() {
            let columns: Vec<&str> = line.split('\t').collect();
            for (head, case) in [("", Case::Nominative), ("بـ", Case::Oblique)] {
                let written = match number % 100 {
                    3..=10 => columns[4],
                    11..=99 => columns[5],
                    _ => columns[1],
                };
                for noun in [written, columns[1]] {
                    let text = format!("{head}{number} {noun}");
                    let read = bare(&normalize(&text, Arabic));
                    let right =
                        bare(&format!("{}{}", head.trim_end_matches('ـ'), right(number, &columns, case)));
                    all += 1;
                    if read == right {
                        good += 1;
                    } else {
                        println!("{text} is read as {read}, and right is {right}");
                    }
                }
            }
        }
    }
    (good, all)
}

/// Nearly all of these nouns are in the tables, so this judges their forms and not how many nouns are known;
/// `other_nouns_agree` judges nouns outside of the tables.
#[test]
fn external_nouns_agree() {
    let Some(text) = test_data::read("cases/nouns-ar.tsv") else { return };
    let (_, nouns) = text.split_once('\n').unwrap();
    let (good, all) = count(nouns);
    assert!(good * 100 >= all * 99, "{good} of {all}");
}

/// Nouns that are in no table, in the forms that a writer uses. Their limit is lower, since their plural is unknown.
const OTHER: &str = "\
m	برغي	برغيان	برغيين	براغي	برغيا
f	مروحة	مروحتان	مروحتين	مروحات	مروحة
m	قناع	قناعان	قناعين	أقنعة	قناعا
m	منشار	منشاران	منشارين	مناشير	منشارا
m	تمثال	تمثالان	تمثالين	تماثيل	تمثالا
f	مظلة	مظلتان	مظلتين	مظلات	مظلة
f	ضمادة	ضمادتان	ضمادتين	ضمادات	ضمادة
f	فراشة	فراشتان	فراشتين	فراشات	فراشة
m	دلو	دلوان	دلوين	دلاء	دلوا
m	تنظيم	تنظيمان	تنظيمين	تنظيمات	تنظيما
m	مشرط	مشرطان	مشرطين	مشارط	مشرطا
f	قصبة	قصبتان	قصبتين	قصبات	قصبة";

#[test]
fn other_nouns_agree() {
    for line in OTHER.lines() {
        assert!(!nouns::is_known(line.split('\t').nth(1).unwrap()), "{line} is in a table");
    }
    let (good, all) = count(OTHER);
    assert!(good * 100 >= all * 79, "{good} of {all}");
}

/// A noun of the tables in its right form is never replaced by another one.
#[test]
fn right_forms_stay() {
    for noun in nouns::all() {
        for number in [3, 10, 11, 25, 99, 100, 300] {
            let form = bare(noun.form(number));
            let read = bare(&normalize(&format!("{number} {form}"), Arabic));
            assert!(read.ends_with(&format!(" {form}")), "{number} {form} is read as {read}");
        }
    }
}

/// The forms that mean two nouns. A new one must be looked at: the number may not decide which noun is meant.
#[test]
fn forms_of_two_nouns_are_known() {
    let mut found = nouns::ambiguous();
    found.sort_unstable();
    assert_eq!(found, AMBIGUOUS);
}

const AMBIGUOUS: [&str; 14] = [
    "أسرة",
    "بنات",
    "جمل",
    "دور",
    "عرض",
    "عرضا",
    "عرضان",
    "عرضين",
    "عقار",
    "عقارا",
    "عقاران",
    "عقارين",
    "غرامات",
    "كتاب",
];
