//! Written text to spoken text: no digit stays unread, and what is said is not much longer than what was written.

#![no_main]

use voice_core::text::{Language, SayAs, normalize, say_as};
use voice_fuzz::{settings, target, text};

const WORDS: [&str; 20] = [
    "12/03/2024",
    "10:30",
    "٣٫٥",
    "$5",
    " ر.س",
    "5 mg",
    "%",
    "+966 55 123 4567",
    "https://a.b/c?d=1",
    "a@b.co",
    "1/2",
    "10–20",
    "No. ",
    "د. ",
    "1,234.5",
    "2e5",
    "v1.2.3",
    "٪",
    "و٥",
    "ـ",
];

fn seeds() -> Vec<Vec<u8>> {
    WORDS
        .iter()
        .flat_map(|word| [[&[0], word.as_bytes()].concat(), [&[3], word.as_bytes()].concat()])
        .collect()
}

target!(seeds(), WORDS, |data: &[u8]| {
    let ([how], rest) = settings(data);
    let text = text(rest);
    let language = if how & 1 == 0 { Language::Arabic } else { Language::English };
    let said = normalize(text, language);
    let is_digit = |c: char| matches!(c, '0'..='9' | '٠'..='٩' | '۰'..='۹');
    assert!(!said.contains(is_digit), "{said}");
    // As documented, and some bytes for the shortest texts.
    assert!(said.len() <= 60 * text.len() + 100, "{} bytes became {}", text.len(), said.len());

    let kinds = [
        SayAs::Cardinal,
        SayAs::Ordinal,
        SayAs::Digits,
        SayAs::Date,
        SayAs::Time,
        SayAs::Telephone,
        SayAs::Characters,
    ];
    if let Some(said) = say_as(text, kinds[usize::from(how >> 1) % kinds.len()], language) {
        assert!(said.len() <= 200 * text.len() + 100, "{} bytes became {}", text.len(), said.len());
    }
});
