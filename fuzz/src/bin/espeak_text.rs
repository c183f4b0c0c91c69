//! What espeak-ng is given: no control character, no more at once than it takes, and an end.

#![no_main]

use voice_core::fuzzing::windows;
use voice_fuzz::target;

/// As documented in the library: what espeak-ng sees at once.
const WINDOW: usize = 4_096;

const LANGUAGES: [&str; 5] = ["ar", "en-us", "ru", "ja", "vi"];

fn seeds() -> [String; 4] {
    [
        "مرحبا، كيف حالك؟\n\nabc\u{1}Vx\t b\r\n".into(),
        "مُهِم\u{64b}\u{651}ا د\u{651}\u{64e}".into(),
        "abcمرحبا 3mg-ж x1ب 🙂 Ω".into(),
        "كلمة word ".repeat(600),
    ]
}

target!(seeds(), ["\u{651}", "\u{64e}", "\n\n", "\u{1}", "ж", "漢", "🙂", "⣟", "Ω"], |text: &str| {
    let language = LANGUAGES[text.len() % LANGUAGES.len()];
    let windows = windows(text, language).expect("a text within the limit");
    assert!(windows.len() <= 1 + 32 * text.len(), "each window takes something");
    for window in &windows {
        assert!(!window.is_empty() && window.len() <= WINDOW);
        let window = str::from_utf8(window).expect("cut between characters");
        assert!(!window.contains(|c: char| c.is_control() && c != '\n'));
        assert!(!window.contains("  ") && !window.contains("\n\n\n\n\n"));
    }
});
