//! The time that a clause takes before a voice gets it: segmentation and normalization, no voice.
//!
//! `voice-bench-text [ROUNDS [Arabic|English]]` reads the texts of `normalize/tests/readings-*.tsv`. Counted with
//! `valgrind --tool=callgrind`, the difference of 3 rounds and 1 round is two rounds without building the tables.

use std::time::Instant;

use voice_core::text::segment::Segmenter;
use voice_core::text::{Language, normalize_with_vowels};

const TEXTS: [(Language, &str, &str); 2] = [
    (
        Language::Arabic,
        "Arabic",
        include_str!("../../../voice-core/src/text/normalize/tests/readings-ar.tsv"),
    ),
    (
        Language::English,
        "English",
        include_str!("../../../voice-core/src/text/normalize/tests/readings-en.tsv"),
    ),
];

fn main() {
    let rounds: u32 =
        std::env::args().nth(1).map_or(20, |rounds| rounds.parse().expect("a number of rounds"));
    let only = std::env::args().nth(2);
    for (language, name, table) in TEXTS {
        if only.as_deref().is_some_and(|only| only != name) {
            continue;
        }
        let (mut clauses, mut bytes) = (0_u32, 0);
        let start = Instant::now();
        for _ in 0..rounds {
            for (written, _) in table.lines().filter_map(|line| line.split_once('\t')) {
                let mut segmenter = Segmenter::default();
                segmenter.push(written);
                segmenter.finish();
                while let Some(clause) = segmenter.next_clause() {
                    bytes += normalize_with_vowels(&clause.text, language).len();
                    clauses += 1;
                }
            }
        }
        let time = start.elapsed().as_secs_f64() * 1e6 / f64::from(clauses);
        println!("{name}: {clauses} clauses, {bytes} bytes spoken, {time:.1} µs for each clause");
    }
}
