//! The diacritizer without its network: signs are added, and nothing else changes.

#![no_main]

use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization as _;
use voice_core::fuzzing::{Tables, pieces};
use voice_fuzz::{settings, target, text};

const SIGNS: &str = r#"{"_": 0, "": 1, "َ": 2, "ْ": 3, "َّ": 4, "ُّ": 5, "ٌ": 6}"#;

/// Every letter, a space and a digit.
static INPUTS: LazyLock<String> = LazyLock::new(|| {
    let letters = ('\u{621}'..='\u{63a}').chain('\u{641}'..='\u{64a}').chain(" #.،".chars());
    let table: serde_json::Map<_, _> =
        letters.zip(1..).map(|(letter, id)| (letter.to_string(), id.into())).collect();
    serde_json::Value::Object(table).to_string()
});

static TABLES: LazyLock<Tables> =
    LazyLock::new(|| Tables::parse(INPUTS.as_bytes(), SIGNS.as_bytes()).expect("the tables are sound"));

fn seeds() -> Vec<Vec<u8>> {
    let kind = |kind: u8, text: &str| [&[kind], text.as_bytes()].concat();
    let texts = ["وصل. «من؟» سعيد!\nلا", "كَتَبَ الدّرس ٣ ـــ ڤيگا b\u{301}", "ك\u{200f}لمة كلمة"];
    let texts = texts.iter().map(|text| kind(4, text));
    texts.chain([kind(1, SIGNS), kind(2, &INPUTS)]).collect()
}

fn is_sign(c: char) -> bool {
    matches!(c, '\u{64b}'..='\u{652}')
}

target!(seeds(), ["\u{651}", "\u{64e}", "\u{640}", "ڤ", "؟ ", "\":"], |data: &[u8]| {
    let ([kind], rest) = settings(data);
    let other = match kind % 3 {
        1 => Tables::parse(INPUTS.as_bytes(), rest),
        2 => Tables::parse(rest, SIGNS.as_bytes()),
        _ => return check(&TABLES, kind, text(rest)),
    };
    if let Ok(tables) = other {
        check(&tables, kind, "كَتَبَ الدّرس ٣");
    }
});

fn check(tables: &Tables, number: u8, text: &str) {
    let text: String = text.nfc().collect();
    let pieces = pieces(&text);
    assert_eq!(pieces.concat(), text);
    let mut all = String::new();
    for piece in pieces {
        assert!(!piece.is_empty());
        // A number that the table lacks is refused.
        let Ok(written) = tables.write(piece, &[number / 3, 2, 4]) else { return };
        all.push_str(&written);
    }
    let bare = |text: &str| text.nfd().filter(|c| !is_sign(*c)).collect::<String>();
    assert_eq!(bare(&all), bare(&text));
    let signs = |text: &str| text.chars().filter(|c| is_sign(*c)).count();
    assert!(signs(&all) >= signs(&text));
    // Text without Arabic letters gets no sign.
    if !text.contains(|c| matches!(c, '\u{621}'..='\u{64a}' | 'ٱ' | 'پ' | 'چ' | 'ڤ' | 'ک' | 'گ' | 'ی'))
    {
        assert_eq!(all, text);
    }
}
