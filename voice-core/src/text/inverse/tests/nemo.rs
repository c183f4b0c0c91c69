//! Compares with the Arabic test cases of NVIDIA's `NeMo` inverse text normalization.

use super::super::written;
use crate::text::Language::Arabic;
use crate::text::test_data as data;

/// Words that are read otherwise, with the reason.
const OTHERWISE: [(&str, &str); 3] = [
    // 2/7 there. With the ending of the accusative, which all dialects have, it is the number seventy; two sevenths are
    // written with their vowels (سُبعين).
    ("سبعين", "70"),
    // 1/5 and 1/7 there. Before a feminine noun they are the numbers five and seven; the shares are written with their
    // vowels (خُمس، سُبع).
    ("خمس", "5"),
    ("سبع", "7"),
];

fn check(name: &str, count: usize) {
    let Some(text) = data::read(&format!("text/nemo-ar-itn/test_cases_{name}.txt")) else { return };
    let cases: Vec<_> = text.lines().filter_map(|line| line.split_once('~')).collect();
    assert_eq!(cases.len(), count);
    let wrong: Vec<_> = cases
        .into_iter()
        .filter_map(|(spoken, expected)| {
            let otherwise = OTHERWISE.iter().find(|(word, _)| *word == spoken);
            let expected = otherwise.map_or(expected.trim_end(), |(_, other)| other);
            let found = written(spoken, Arabic);
            (found != expected).then(|| format!("{spoken}: {expected}, found {found}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn cardinals_match_nemo() {
    check("cardinal", 34);
}

#[test]
fn decimals_match_nemo() {
    check("decimal", 30);
}

#[test]
fn fractions_match_nemo_except_three_numbers() {
    check("fraction", 20);
}

#[test]
fn measures_match_nemo() {
    check("measure", 15);
}

#[test]
fn money_matches_nemo() {
    check("money", 21);
}

#[test]
fn other_text_is_kept_as_in_nemo() {
    check("whitelist", 6);
}
