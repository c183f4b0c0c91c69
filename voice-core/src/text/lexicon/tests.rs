//! Tests of the lexicon.

use super::*;

fn lexicon(entries: &[(&str, &str)]) -> Lexicon {
    let mut lexicon = Lexicon::new();
    for (word, spoken) in entries {
        lexicon.insert(word, Pronunciation::Spoken((*spoken).into())).unwrap();
    }
    lexicon
}

/// The text with each replacement in brackets.
fn apply(lexicon: &Lexicon, text: &str) -> String {
    let show = |piece: Piece| match piece {
        Piece::Text(text) => text.to_owned(),
        Piece::Spoken(words) => format!("[{words}]"),
        Piece::Phonemes(ipa) => format!("/{ipa}/"),
    };
    lexicon.apply(text).into_iter().map(show).collect()
}

#[test]
fn entries_match_whole_words_in_any_case() {
    let lexicon = lexicon(&[
        ("SQL", "sequel"),
        ("api", "A P I"),
        ("C++", "see plus plus"),
        ("Wi-Fi", "why fye"),
        ("é", "e"),
    ]);
    for (text, expected) in [
        ("SQL", "[sequel]"),
        ("sql, Sql and (sQl).", "[sequel], [sequel] and ([sequel])."),
        ("mysql sqlite SQL3 sql_x", "mysql sqlite SQL3 sql_x"),
        ("API's", "[A P I]'s"),
        ("c++ and C", "[see plus plus] and C"),
        ("wi-fi Wi - Fi", "[why fye] Wi - Fi"),
        ("É", "[e]"),
        ("", ""),
        ("...", "..."),
    ] {
        assert_eq!(apply(&lexicon, text), expected);
    }
}

#[test]
fn arabic_matches_without_vowel_signs() {
    let lexicon = lexicon(&[("محمد", "1"), ("مَدْرَسَة", "2"), ("الرياض", "3")]);
    for (text, expected) in [
        ("محمد", "[1]"),
        ("مُحَمَّدٌ", "[1]"),
        ("محـــمد.", "[1]."),
        ("مدرسة مدرَسة", "[2] [2]"),
        ("\u{200f}الرياض\u{200f}، والرياض", "[3]، والرياض"),
        ("محمدي", "محمدي"),
        ("محمد SQL محمد", "[1] SQL [1]"),
    ] {
        assert_eq!(apply(&lexicon, text), expected);
    }
}

#[test]
fn longest_phrase_wins() {
    let lexicon = lexicon(&[
        ("new", "1"),
        ("New York", "2"),
        ("new york city hall", "3"),
        ("city", "4"),
        ("دولة الإمارات", "5"),
    ]);
    for (text, expected) in [
        ("new york city", "[2] [4]"),
        ("New\n  York", "[2]"),
        ("new york city hall city", "[3] [4]"),
        ("new, york", "[1], york"),
        ("new \u{200f}\u{200f}york", "[2]"),
        ("newyork new", "newyork [1]"),
        ("في دَولة الإمارات", "في [5]"),
    ] {
        assert_eq!(apply(&lexicon, text), expected);
    }
}

#[test]
fn text_pieces_borrow_from_the_text() {
    let lexicon = lexicon(&[("b", "x")]);
    assert_eq!(lexicon.apply("a b c"), [Piece::Text("a "), Piece::Spoken("x"), Piece::Text(" c")]);
    assert_eq!(lexicon.apply("bb"), [Piece::Text("bb")]);
    assert_eq!(Lexicon::new().apply("a"), [Piece::Text("a")]);
    assert_eq!(Lexicon::new().apply(""), []);
}

#[test]
fn later_insert_replaces() {
    let mut lexicon = lexicon(&[("word", "one")]);
    lexicon.insert("WORD", Pronunciation::Phonemes("wɜːd".into())).unwrap();
    assert_eq!((lexicon.len(), apply(&lexicon, "Word!")), (1, "/wɜːd/!".into()));
}

#[test]
fn the_format_has_words_phonemes_and_comments() {
    let text = "\u{feff}# names\r\nSQL\tsequel\r\n\r\n  \nتونس\t/tuːnis/\nNew York\t the big apple \n";
    let lexicon = Lexicon::parse(text).unwrap();
    assert_eq!(lexicon.len(), 3);
    assert_eq!(apply(&lexicon, "sql تونس new york"), "[sequel] /tuːnis/ [the big apple]");
    assert!(Lexicon::parse("").unwrap().is_empty());
}

#[test]
fn errors_name_the_line() {
    let long_word = "a".repeat(201) + "\tb";
    let long_spoken = "a\t".to_owned() + &"b".repeat(1_001);
    let phrase = "a ".repeat(17) + "\tb";
    for (line, why) in [
        ("word", "no tab"),
        ("word spoken", "no tab"),
        ("\tspoken", "the word is empty"),
        ("word\t", "its pronunciation is empty"),
        ("word\t \t", "its pronunciation is empty"),
        ("word\t/ipa", "two slashes"),
        ("word\t/", "two slashes"),
        ("word\t//", "its pronunciation is empty"),
        ("word\t/a/b/", "two slashes"),
        ("\u{200f}\tx", "nothing to read"),
        ("a\0b\tx", "control character"),
        ("a\tb\tc", "control character"),
        ("FIRST\tx", "already"),
        (&long_word, "201 bytes"),
        (&long_spoken, "1001 bytes"),
        (&phrase, "17 words"),
    ] {
        let error = Lexicon::parse(&format!("# names\nfirst\tx\n{line}\nlast\tx")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::LexiconInvalid);
        assert!(
            error.to_string().starts_with("line 3: ") && error.to_string().contains(why),
            "{line}: {error}"
        );
    }
}

#[test]
fn the_size_is_limited() {
    let line = |index: usize| format!("w{index}\tx\n");
    let most: String = (0..Lexicon::MAX_ENTRIES).map(line).collect();
    assert_eq!(Lexicon::parse(&most).unwrap().len(), Lexicon::MAX_ENTRIES);
    let error = Lexicon::parse(&(most + "more\tx")).unwrap_err();
    assert!(error.to_string().starts_with("line 50001: "), "{error}");
    let error = Lexicon::parse(&"#".repeat(Lexicon::MAX_BYTES + 1)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TextTooLarge);
}

#[test]
fn hostile_text_takes_linear_time() {
    let mut lexicon = lexicon(&[("a", "x"), ("a a a a a a a a a a a a a a a b", "y")]);
    for index in 0..10_000 {
        lexicon.insert(&format!("a {index}"), Pronunciation::Spoken("z".into())).unwrap();
    }
    for text in [
        "a ".repeat(1 << 16),
        "a".repeat(1 << 18),
        "َ".repeat(1 << 16),
        "+".repeat(1 << 16),
        "a\u{200f}".repeat(1 << 16),
        "\0".repeat(1 << 16),
    ] {
        assert!(!lexicon.apply(&text).is_empty());
    }
}

#[test]
fn unreplaced_text_is_kept() {
    const PARTS: &[&str] =
        &["a", "b", "A", " ", "\n", "+", "محمد", "َ", "ـ", "\u{200f}", "\u{301}", "😀", "'", "ab", "İ", "ß"];
    let lexicon = lexicon(&[("a", "1"), ("a b", "1"), ("محمد a", "1"), ("a+", "1"), ("😀", "1")]);
    for seed in 0..1_000 {
        let mut random = fastrand::Rng::with_seed(seed);
        let text: String = (0..random.usize(0..60)).map(|_| PARTS[random.usize(..PARTS.len())]).collect();
        let mut at = 0;
        for piece in lexicon.apply(&text) {
            match piece {
                Piece::Text(kept) => at = text[at..].find(kept).map(|found| at + found + kept.len()).unwrap(),
                Piece::Spoken(spoken) => assert_eq!(spoken, "1"),
                Piece::Phonemes(_) => unreachable!(),
            }
        }
    }
}

#[test]
fn invalid_phonemes_name_their_line() {
    for good in ["arːijaːdˤ", "həlˈoʊ", "t͡ʃɪˈkɑːɡoʊ", "ma˥ ma˧˥", "ᵻ", "ǃa"] {
        Lexicon::parse(&format!("word\t/{good}/")).unwrap();
    }
    for bad in ["HELLO", "سلام", "a_b", "x@y", "...", "ˈˌ", "你"] {
        let error = Lexicon::parse(&format!("a\tb\n# a comment\nword\t/{bad}/")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::LexiconInvalid, "{bad}");
        assert!(error.to_string().starts_with("line 3: "), "{error}");
    }
}

#[test]
fn invalid_file_is_named() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "SQL\tsequel\nno tab").unwrap();
    let error = Lexicon::read(file.path()).unwrap_err().to_string();
    assert!(error.contains(&*file.path().to_string_lossy()) && error.contains("line 2: "), "{error}");
    std::fs::write(file.path(), "SQL\tsequel").unwrap();
    assert_eq!(Lexicon::read(file.path()).unwrap().len(), 1);
    assert_eq!(Lexicon::read(std::path::Path::new("/nowhere/x")).unwrap_err().kind(), ErrorKind::Io);
}

#[test]
fn documented_example_is_valid() {
    let example = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/lexicon.tsv");
    assert!(Lexicon::read(&example).unwrap().len() >= 4);
}
