//! Text that no person writes: it is spoken or told, and nothing of it is lost in silence.

use super::*;
use crate::tts::passage::tests::without_vowels;

/// What the voice of that language is given, and the warnings. Audio of a megabyte would take minutes.
fn ask(text: &str, language: &str) -> (String, Vec<ErrorKind>) {
    let session = session(&[&Letters::of_language("a", language, false)], TtsOptions::default());
    let explanation = session.explain(text, false).unwrap();
    let passages = explanation.clauses.iter().flat_map(|clause| &clause.passages);
    let given: Vec<_> = passages.map(|passage| passage.spoken.as_str()).collect();
    (without_vowels(&given.join(" ")), explanation.warnings.iter().map(Error::kind).collect())
}

#[test]
fn every_unicode_block_is_spoken_or_told() {
    for start in (0..0x20000).step_by(0x80) {
        let text: String = (start..start + 0x80).filter_map(char::from_u32).flat_map(|c| [c, ' ']).collect();
        for language in ["en", "ar"] {
            let (asked, warnings) = ask(&text, language);
            let has_words = text.contains(char::is_alphanumeric);
            assert!(
                !asked.is_empty() || warnings.contains(&ErrorKind::TextEmpty) || text.trim().is_empty(),
                "{start:x}"
            );
            assert!(!has_words || asked.contains(char::is_alphanumeric), "{start:x}: {asked}");
        }
    }
}

#[test]
fn ten_thousand_digits_are_all_heard() {
    for (digit, language, word) in
        [('7', "en", "seven"), ('7', "ar", "سبعة"), ('٧', "ar", "سبعة"), ('७', "en", "seven")]
    {
        let (asked, _) = ask(&digit.to_string().repeat(10_000), language);
        assert_eq!(asked.matches(word).count(), 10_000, "{digit} in {language}");
    }
}

#[test]
fn a_megabyte_without_a_space_is_spoken_to_its_end() {
    let length = (1 << 20) / 4;
    let (asked, _) = ask(&"abcd".repeat(length), "en");
    assert_eq!(asked.matches('a').count(), length);
    assert_eq!(asked.matches('d').count(), length);
    // In letters of another script: 128 KiB of Arabic for an English voice.
    let (asked, warnings) = ask(&"ب".repeat(1 << 16), "en");
    assert!(asked.matches('b').count() == 1 << 16 && warnings.is_empty());
}

#[test]
fn marks_and_controls_hide_no_word() {
    let zalgo: String = "five"
        .chars()
        .flat_map(|c| std::iter::once(c).chain(['\u{300}', '\u{321}', '\u{489}'].repeat(30)))
        .collect();
    let (asked, _) = ask(&zalgo, "en");
    let letters: String = asked.chars().filter(char::is_ascii_alphabetic).collect();
    // Accents of the first mark are composed with their letters.
    assert!(letters == "five" || asked.contains('v'), "{asked}");
    let (asked, _) = ask("\u{202e}Take 12\u{202c} \u{2066}pills\u{2069} \u{200f}now\u{200e}.", "en");
    for word in ["Take", "twelve", "pills", "now"] {
        assert!(asked.contains(word), "{asked}");
    }
    let (asked, _) = ask("\u{202e}خذ \u{2067}5 حبات\u{2069}.", "ar");
    assert!(asked.contains("خذ") && asked.contains("خمس حبات"), "{asked}");
}
