//! Clauses: the same however the text was cut, none of it lost, none longer than it may be.

#![no_main]

use voice_core::text::segment::{Clause, SegmentOptions, Segmenter};
use voice_fuzz::{cut, settings, target, text};

fn seeds() -> Vec<Vec<u8>> {
    let texts = [
        "It costs 3.5 dollars, e.g. at Dr. Smith's. Do you want it?\n\n- One\n- Two",
        "أهلاً وسهلاً، كيف حالك؟ «نعم.» قال: لا… ص. ب. ١٢٣٫٤",
        "\"Yes!\" she said; 1. first 2) second — example.com/a.b?c=d — 10–20 🙂.. ***\r\n\r\nend",
        "word word word word word word word wordwordwordwordwordwordwordwordwordword\u{301}\u{200d}👩‍👩‍👧",
    ];
    texts.iter().map(|text| [&[20, 3, 4, 5], text.as_bytes()].concat()).collect()
}

fn clauses<'a>(options: SegmentOptions, pieces: impl Iterator<Item = &'a str>) -> Vec<Clause> {
    let mut segmenter = Segmenter::new(options);
    let mut clauses = Vec::new();
    for piece in pieces {
        segmenter.push(piece);
        clauses.extend(std::iter::from_fn(|| segmenter.next_clause()));
    }
    segmenter.finish();
    clauses.extend(std::iter::from_fn(|| segmenter.next_clause()));
    clauses
}

/// Whether a voice has certainly something to say for it: Latin and Arabic letters. Digits in circles and the like are
/// left to the segmenter.
fn is_spoken(c: char) -> bool {
    c.is_ascii_alphabetic() || matches!(c, '\u{621}'..='\u{63a}' | '\u{641}'..='\u{64a}')
}

target!(
    seeds(),
    [". ", "، ", "؟ ", "\n\n", "e.g. ", "«", "»", "…", "—", "3.5", "\u{301}", "\r\n"],
    |data: &[u8]| {
        let ([max, first, comma, seed], rest) = settings(data);
        let text = text(rest);
        let options = SegmentOptions {
            first_comma_letters: first.into(),
            comma_letters: comma.into(),
            max_chars: usize::from(max),
        };
        let whole = clauses(options, std::iter::once(text));
        assert_eq!(clauses(options, cut(text, seed)), whole);

        let longest = options.max_chars.clamp(20, 10_000) + 17;
        let mut done = 0;
        for clause in &whole {
            assert_eq!(clause.text, text[clause.span.clone()].trim_end());
            assert_eq!(clause.text, clause.text.trim());
            assert!(clause.text.chars().count() <= longest, "{} characters", clause.text.chars().count());
            assert!(!text[done..clause.span.start].contains(is_spoken), "lost in front of a clause");
            done = clause.span.end;
        }
        assert!(!text[done..].contains(is_spoken), "lost at the end");
    }
);
