//! Written text with its reading, clause by clause, as a session reads it: `readings-en.tsv` and `readings-ar.tsv`.
//!
//! A line is a text and its spoken form, with `¦` between clauses. The readings were judged one by one; a new reading
//! that is as good may replace one.

use super::super::normalize;
use crate::text::segment::Segmenter;
use crate::text::{LETTER, Language};

fn read(text: &str, language: Language) -> String {
    let mut segmenter = Segmenter::default();
    segmenter.push(text);
    segmenter.finish();
    let clauses =
        std::iter::from_fn(|| segmenter.next_clause()).map(|clause| normalize(&clause.text, language));
    clauses.collect::<Vec<_>>().join(" ¦ ").replace(LETTER, "")
}

fn check(table: &str, language: Language) {
    let mut wrong = 0;
    let lines = table.lines().filter(|line| !line.is_empty() && !line.starts_with("# "));
    for line in lines {
        let (written, spoken) = line.split_once('\t').expect(line);
        let said = read(written, language);
        if said != spoken {
            println!("{written}\n  is read as {said}\n    and was {spoken}");
            wrong += 1;
        }
    }
    assert!(wrong == 0, "{wrong} readings changed");
}

#[test]
fn english_readings_are_kept() {
    check(include_str!("readings-en.tsv"), Language::English);
}

#[test]
fn arabic_readings_are_kept() {
    check(include_str!("readings-ar.tsv"), Language::Arabic);
}
