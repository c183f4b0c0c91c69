//! A place in a list: "the second one", "الأخير".

use crate::text::Language;
use crate::text::inverse::{self, Words};

/// A place in a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// From the beginning, the first is 1.
    Nth(u8),
    Last,
    LastButOne,
}

/// The place at `at`, and the index after its last word.
pub(super) fn place(words: &Words, at: usize, language: Language) -> Option<(Place, usize)> {
    let key = words.key(at);
    let bare = key.strip_prefix('و').unwrap_or(key);
    let next = words.key(at + 1);
    let (place, mut end) = match (bare, next) {
        ("قبل", "الاخير" | "الاخيره" | "اخر") | ("second", "last") => {
            (Place::LastButOne, at + 2)
        }
        ("second" | "next", "to") if words.key(at + 2) == "last" => (Place::LastButOne, at + 3),
        ("last", "but") if words.key(at + 2) == "one" => (Place::LastButOne, at + 3),
        ("الاخير" | "الاخيره" | "اخر" | "last" | "الاخراني" | "final", _) => {
            (Place::Last, at + 1)
        }
        _ => {
            let found = inverse::ordinal(words, at, language)?;
            (Place::Nth(u8::try_from(found.value).ok()?), found.words.end)
        }
    };
    if matches!(words.key(end), "one" | "option" | "choice" | "answer" | "واحد" | "وحده" | "واحده" | "خيار")
    {
        end += 1;
    }
    Some((place, end))
}
