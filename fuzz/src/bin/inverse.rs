//! Spoken words to values: every reader stays inside the text, digits are digits, and what is written is not longer than
//! what was said.

#![no_main]

use voice_core::text::inverse::{self, Found, Words, saudi};
use voice_core::text::{Language, normalize};
use voice_fuzz::{settings, target, text};

const WORDS: [&str; 48] = [
    "خمسة ",
    "وعشرين ",
    "مية ",
    "ألف ",
    "ألفين ",
    "مليون ",
    "ونص ",
    "إلا ربع ",
    "فاصلة ",
    "ناقص ",
    "أرباع ",
    "من عشرة ",
    "على ",
    "دبل ",
    "أصفار ",
    "كيلو ",
    "متر و",
    "ريال ",
    "هللة ",
    "بالمية ",
    "درجة مئوية ",
    "الحادي عشر ",
    "بعد المئة ",
    "احدعش ",
    "one ",
    "twenty-",
    "hundred and ",
    "thousand ",
    "million ",
    "point ",
    "half a ",
    "quarters ",
    "minus ",
    "oh ",
    "double ",
    "over ",
    "out of ten ",
    "dollars ",
    "cents ",
    "kilos ",
    "feet ",
    "degrees ",
    "first ",
    "0551234567 ",
    "1,234.5",
    "٣٧٫٥",
    "120/80",
    "9999999999999999999999999999",
];

fn seeds() -> Vec<Vec<u8>> {
    WORDS
        .iter()
        .flat_map(|word| [[&[0], word.as_bytes()].concat(), [&[1], word.as_bytes()].concat()])
        .collect()
}

fn check<T>(words: &Words, at: usize, found: Option<&Found<T>>) {
    if let Some(found) = found {
        assert_eq!(found.words.start, at);
        assert!(found.words.end > at && found.words.end <= words.len());
    }
}

target!(seeds(), WORDS, |data: &[u8]| {
    let ([how], rest) = settings(data);
    let text = text(rest);
    let language = if how & 1 == 0 { Language::Arabic } else { Language::English };
    let written = inverse::written(text, language);
    // A sign may be longer than its name, in bytes.
    assert!(written.len() <= 2 * text.len() + 100, "{} bytes became {}", text.len(), written.len());
    let _ = normalize(&written, language);

    let words = Words::new(text);
    for at in (0..words.len() + 2).take(64) {
        check(&words, at, inverse::number(&words, at, language).as_ref());
        check(&words, at, inverse::ordinal(&words, at, language).as_ref());
        check(&words, at, inverse::year(&words, at, language).as_ref());
        check(&words, at, inverse::fraction(&words, at, language).as_ref());
        check(&words, at, inverse::rating(&words, at, language).as_ref());
        check(&words, at, inverse::blood_pressure(&words, at, language).as_ref());
        check(&words, at, inverse::temperature(&words, at, language).as_ref());
        check(&words, at, inverse::glucose(&words, at, language).as_ref());
        check(&words, at, inverse::weight(&words, at, language).as_ref());
        check(&words, at, inverse::height(&words, at, language).as_ref());
        check(&words, at, inverse::percent(&words, at, language).as_ref());
        check(&words, at, inverse::measure(&words, at, language).as_ref());
        check(&words, at, inverse::money(&words, at, language).as_ref());
        let digits = inverse::digits(&words, at, language);
        check(&words, at, digits.as_ref());
        if let Some(Found { value, words: range }) = digits {
            assert!(!value.is_empty() && value.bytes().all(|digit| digit.is_ascii_digit()));
            assert!(inverse::digits_of(&words, range, language, None).contains(&value) || value.len() > 64);
            let _ = (saudi::repair(&value, language), saudi::telephone(&value));
        }
    }
});
