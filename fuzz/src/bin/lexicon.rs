//! Lexicons: each entry is found in a text, and what no entry is for comes through as it was.

#![no_main]

use voice_core::text::lexicon::{Lexicon, Piece};
use voice_fuzz::target;

/// A lexicon and, behind its last line end, a text.
fn seeds() -> [&'static str; 3] {
    [
        "SQL\tsequel\nالرياض\t/arːijaːdˤ/\nLearn sql in الرِّيَاضِ.",
        "# words\n\nC++\tC plus plus\na b\tc\na b c\td\nA  B c++ a b",
        "\u{feff}é\te\nİ\ti\ne\u{301} i\u{307}\u{640}",
    ]
}

target!(seeds(), ["\t/", "/\n", "\t", "# ", "\u{feff}", "\u{640}", "\u{651}", "C++"], |text: &str| {
    let (entries, text) = text.rsplit_once('\n').unwrap_or(("", text));
    assert_eq!(Lexicon::new().apply(text).len(), usize::from(!text.is_empty()));
    let Ok(lexicon) = Lexicon::parse(entries) else { return };
    assert!(lexicon.len() <= entries.lines().count());
    check(&lexicon, text);

    for line in entries.trim_start_matches('\u{feff}').lines() {
        let Some((word, spoken)) = line.split_once('\t').filter(|_| !line.starts_with('#')) else { continue };
        let (word, spoken) = (word.trim(), spoken.trim());
        let [Piece::Spoken(found) | Piece::Phonemes(found)] = lexicon.apply(word)[..] else {
            // Marks that belong to no word may stand around it.
            check(&lexicon, word);
            continue;
        };
        let ipa = spoken.strip_prefix('/').and_then(|ipa| ipa.strip_suffix('/'));
        assert_eq!(found, ipa.map_or(spoken, str::trim), "{word}");
    }
});

/// The pieces that are text stand in `text`, in this order.
fn check(lexicon: &Lexicon, text: &str) {
    let mut rest = text;
    for piece in lexicon.apply(text) {
        let Piece::Text(piece) = piece else { continue };
        assert!(!piece.is_empty());
        let at = rest.find(piece).expect("a piece of the text");
        rest = &rest[at + piece.len()..];
    }
}
