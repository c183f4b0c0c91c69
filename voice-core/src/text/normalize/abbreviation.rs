//! Expands common abbreviations.

use super::scan::{Place, Reading, blank, ends, is_digit, is_letter, word};
use crate::text::Language;

/// The text that must follow.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Before {
    Anything,
    /// A number.
    Number,
    /// A name, which distinguishes د. أحمد from the end of a sentence.
    Name,
    /// A name, with text before the abbreviation in the line; otherwise it may be a list item, أ. نعم.
    NameInLine,
}

use Before::{Anything, Name, NameInLine, Number};

const ENGLISH: &[(&str, &str, Before)] = &[
    ("Dr.", "Doctor", Name),
    ("Dr", "Doctor", Name),
    ("Mr.", "Mister", Name),
    ("Mr", "Mister", Name),
    ("Mrs.", "Missus", Name),
    ("Mrs", "Missus", Name),
    ("Ms.", "Miz", Name),
    ("Prof.", "Professor", Name),
    ("Eng.", "Engineer", Name),
    ("No.", "number", Number),
    ("no.", "number", Number),
    ("Nos.", "numbers", Number),
    ("Fig.", "figure", Number),
    ("Vol.", "volume", Number),
    ("ext.", "extension", Number),
    ("Ext.", "extension", Number),
    ("P.O. Box", "P O box", Anything),
    ("P.O.Box", "P O box", Anything),
    ("Ph.D.", "P H D", Anything),
    ("Ph.D", "P H D", Anything),
    ("B.Sc.", "B S C", Anything),
    ("M.Sc.", "M S C", Anything),
    ("e.g.", "for example", Anything),
    ("i.e.", "that is", Anything),
    ("etc.", "et cetera", Anything),
    ("vs.", "versus", Anything),
    ("approx.", "approximately", Anything),
    ("Tel.", "telephone", Anything),
    ("tel.", "telephone", Anything),
    ("Dept.", "department", Anything),
];

const ARABIC: &[(&str, &str, Before)] = &[
    ("أ.د.", "الأستاذ الدكتور", Name),
    ("أ. د.", "الأستاذ الدكتور", Name),
    ("أ.د", "الأستاذ الدكتور", Name),
    ("د.", "الدكتور", Name),
    ("د/", "الدكتور", Name),
    ("أ.", "الأستاذ", NameInLine),
    ("م.", "المهندس", NameInLine),
    ("إلخ", "إلى آخره", Anything),
    ("الخ", "إلى آخره", Anything),
    ("ص.ب.", "صندوق بريد", Anything),
    ("ص.ب", "صندوق بريد", Anything),
    ("ص. ب.", "صندوق بريد", Anything),
    ("ق.م", "قبل الميلاد", Anything),
    ("ج.", "جزء", Number),
    ("ص.", "صفحة", Number),
    ("ت:", "هاتف", Number),
    ("Dr.", "الدكتور", Name),
];

/// Reads the abbreviation at the start. A full stop that ends a sentence is kept.
pub(super) fn read(place: &Place) -> Option<Reading> {
    if !place.is_open() {
        return None;
    }
    let and = place.rest.strip_prefix('و').filter(|_| place.is_arabic());
    if let Some(reading) = and.and_then(|rest| find(&Place { rest, ..*place })) {
        return Some(Reading::new(format!("و{}", reading.spoken), reading.len + 'و'.len_utf8()));
    }
    find(place)
}

fn find(place: &Place) -> Option<Reading> {
    let table = match place.language {
        Language::Arabic => ARABIC,
        Language::English => ENGLISH,
    };
    let fits = table.iter().filter(|(written, _, before)| {
        place.rest.strip_prefix(written).is_some_and(|rest| {
            let next = &rest[blank(rest)..];
            let ended = written.ends_with(['.', '/', ':']) || ends(rest);
            ended
                && match before {
                    Anything => !rest.starts_with(is_letter),
                    Number => next.starts_with(is_digit),
                    NameInLine if matches!(place.before, None | Some('\n')) => false,
                    Name | NameInLine => next.starts_with(is_letter) && word(next).chars().nth(1).is_some(),
                }
        })
    });
    let (written, spoken, before) = fits.max_by_key(|(written, ..)| written.len())?;
    let rest = &place.rest[written.len()..];
    let ends_sentence = *before == Anything
        && written.ends_with('.')
        && (rest.is_empty()
            || rest.starts_with('\n')
            || rest.starts_with(' ') && rest[1..].starts_with(char::is_uppercase));
    Some(Reading::new(*spoken, written.len() - usize::from(ends_sentence)))
}
