//! Expands common abbreviations.

use super::scan::{Place, Reading, blank, ends, is_digit, is_letter, listed, sign_and_digit, small, word};
use super::{context, names, time};
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
    /// A number or a single capital: Apt. 5, Apt. B.
    Code,
    /// Something other than a name, with a capitalized word or an ordinal before: Sunset Blvd.
    AfterWord,
    /// As `AfterWord`, and the line ends or a comma follows.
    AfterStreet,
    /// A small word, a comma or a number; at the end only after a word or a mark of dates, so that "the Sun." stays.
    Weekday,
    /// A number, or a word or number of dates before, since it is also a given name: Jan.
    Month,
    /// A number of four digits.
    Year,
    /// A number, a colon, "of", "is" or "was", since it is also a word: temp.
    Measured,
    /// The name of the Prophet before.
    AfterProphet,
    /// A word before, but not the last one of the same words: رضي الله عنه (رض).
    AfterPerson,
    /// A blank and a word.
    WithWord,
    /// A blank and a number.
    PageNumber,
    /// A time of day: Sat 9am.
    Clock,
    /// A number, which may be Roman.
    Numeral,
    /// The word "date".
    Date,
}

use Before::{
    AfterPerson, AfterProphet, AfterStreet, AfterWord, Anything, Clock, Code, Date, Measured, Month, Name,
    NameInLine, Number, Numeral, PageNumber, Weekday, WithWord, Year,
};

const ENGLISH: &[(&str, &str, Before)] = &[
    ("Dr.", "Doctor", Name),
    ("Dr", "Doctor", Name),
    ("Drs.", "Doctors", Name),
    ("Rev.", "Reverend", Name),
    ("Fr.", "Father", Name),
    ("Hon.", "Honorable", Name),
    ("Sgt.", "Sergeant", Name),
    ("Cpl.", "Corporal", Name),
    ("Pvt.", "Private", Name),
    ("Capt.", "Captain", Name),
    ("Cmdr.", "Commander", Name),
    ("Lt.", "Lieutenant", Name),
    ("Col.", "Colonel", Name),
    ("Maj.", "Major", Name),
    ("Gen.", "General", Name),
    ("Adm.", "Admiral", Name),
    ("Gov.", "Governor", Name),
    ("Sen.", "Senator", Name),
    ("Rep.", "Representative", Name),
    ("Pres.", "President", Name),
    ("Supt.", "Superintendent", Name),
    ("Asst.", "assistant", Name),
    ("Assoc.", "associate", Name),
    ("Messrs.", "Messieurs", Name),
    ("Mt.", "Mount", Name),
    ("Ft.", "Fort", Name),
    ("St.", "Saint", Name),
    ("Jr.", "Junior", AfterWord),
    ("Sr.", "Senior", AfterWord),
    ("St.", "Street", AfterWord),
    ("St", "Street", AfterStreet),
    ("Ave.", "Avenue", Anything),
    ("Ave", "Avenue", AfterWord),
    ("Blvd.", "Boulevard", Anything),
    ("Blvd", "Boulevard", Anything),
    ("Rd.", "Road", AfterWord),
    ("Rd", "Road", AfterWord),
    ("Hwy.", "Highway", Anything),
    ("Hwy", "Highway", Anything),
    ("Pkwy.", "Parkway", AfterWord),
    ("Ln.", "Lane", AfterWord),
    ("Ct.", "Court", AfterWord),
    ("Sq.", "Square", AfterWord),
    ("Apt.", "apartment", Code),
    ("apt.", "apartment", Code),
    ("Ste.", "suite", Code),
    ("Rm.", "room", Code),
    ("Bldg.", "building", Anything),
    ("bldg.", "building", Anything),
    ("Bldg.", "building", Code),
    ("bldg.", "building", Code),
    ("Mon", "Monday", Clock),
    ("Tue", "Tuesday", Anything),
    ("Tues", "Tuesday", Anything),
    ("Wed", "Wednesday", Clock),
    ("Thu", "Thursday", Anything),
    ("Thur", "Thursday", Anything),
    ("Thurs", "Thursday", Anything),
    ("Fri", "Friday", Anything),
    ("Sat", "Saturday", Clock),
    ("Sun", "Sunday", Clock),
    ("Mon.", "Monday", Anything),
    ("Tue.", "Tuesday", Anything),
    ("Tues.", "Tuesday", Anything),
    ("Wed.", "Wednesday", Anything),
    ("Thu.", "Thursday", Anything),
    ("Thur.", "Thursday", Anything),
    ("Thurs.", "Thursday", Anything),
    ("Fri.", "Friday", Anything),
    ("Sat.", "Saturday", Weekday),
    ("Sun.", "Sunday", Weekday),
    ("Ltd.", "Limited", AfterWord),
    ("Corp.", "Corporation", AfterWord),
    ("Inc.", "Incorporated", AfterWord),
    ("Inc", "Incorporated", AfterWord),
    ("Bros.", "Brothers", AfterWord),
    ("est.", "estimated", WithWord),
    ("Est.", "estimated", WithWord),
    ("est.", "established", Year),
    ("Est.", "established", Year),
    ("ca.", "circa", Number),
    ("c.", "circa", Number),
    ("Vol.", "volume", Numeral),
    ("vol.", "volume", Numeral),
    ("Ch.", "chapter", Numeral),
    ("exp.", "expires", Number),
    ("Exp.", "expires", Number),
    ("s/p", "status post", Anything),
    ("c/o", "complains of", Anything),
    ("h/o", "history of", Anything),
    ("f/u", "follow-up", Anything),
    ("Dx", "diagnosis", Anything),
    ("Rx", "prescription", Anything),
    ("Hx", "history", Anything),
    ("appt.", "appointment", Anything),
    ("Appt.", "appointment", Anything),
    ("exp.", "expiration", Date),
    ("Exp.", "expiration", Date),
    ("Tx", "treatment", Anything),
    ("hx", "history", Anything),
    ("appt", "appointment", Anything),
    ("Appt", "appointment", Anything),
    ("appts", "appointments", Anything),
    ("acct.", "account", Anything),
    ("Acct.", "account", Anything),
    ("acct", "account", Anything),
    ("Acct", "account", Anything),
    ("fl.", "floor", Number),
    ("Fl.", "floor", Number),
    ("fl.", "floor", AfterWord),
    ("pls", "please", Anything),
    ("Pls", "please", Anything),
    ("plz", "please", Anything),
    ("thx", "thanks", Anything),
    ("Thx", "thanks", Anything),
    ("msg", "message", Anything),
    ("msgs", "messages", Anything),
    ("txt", "text", Anything),
    ("Txt", "text", Anything),
    ("ur", "your", Anything),
    ("amt.", "amount", Anything),
    ("hrs", "hours", Anything),
    ("Fl.", "floor", AfterWord),
    ("tmrw", "tomorrow", Anything),
    ("Tmrw", "tomorrow", Anything),
    ("ea.", "each", Anything),
    ("wt", "weight", Number),
    ("Wt", "weight", Number),
    ("wt.", "weight", Number),
    ("ht", "height", Number),
    ("Ht", "height", Number),
    ("ht.", "height", Number),
    ("govt.", "government", Anything),
    ("Govt.", "government", Anything),
    ("dept.", "department", Anything),
    ("attn:", "attention:", Anything),
    ("Attn:", "attention:", Anything),
    ("attn.", "attention", Anything),
    ("WWI", "World War One", Anything),
    ("WWII", "World War Two", Anything),
    ("w/o", "without", Anything),
    ("w/", "with", WithWord),
    ("vs", "versus", Anything),
    ("p.", "page", Number),
    ("pg.", "page", Number),
    ("pp.", "pages", Number),
    ("pgs.", "pages", Number),
    ("fig.", "figure", Number),
    ("figs.", "figures", Number),
    ("Figs.", "figures", Number),
    ("vol.", "volume", Number),
    ("ch.", "chapter", Number),
    ("Ch.", "chapter", Number),
    ("chap.", "chapter", Number),
    ("sect.", "section", Number),
    ("Sec.", "section", Number),
    ("eq.", "equation", Number),
    ("Eq.", "equation", Number),
    ("Art.", "article", Number),
    ("art.", "article", Number),
    ("ver.", "version", Number),
    ("nos.", "numbers", Number),
    ("Jan.", "January", Month),
    ("Feb.", "February", Anything),
    ("Mar.", "March", Number),
    ("Apr.", "April", Anything),
    ("Aug.", "August", Anything),
    ("Sept.", "September", Anything),
    ("Sep.", "September", Anything),
    ("Oct.", "October", Anything),
    ("Nov.", "November", Anything),
    ("Dec.", "December", Anything),
    ("Approx.", "approximately", Anything),
    ("max.", "maximum", Anything),
    ("Max.", "maximum", Number),
    ("temp.", "temperature", Measured),
    ("incl.", "including", Anything),
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
    ("Ext", "extension", Number),
    ("ext", "extension", Number),
];

const ARABIC: &[(&str, &str, Before)] = &[
    ("أ.د.", "الأستاذ الدكتور", Name),
    ("أ. د.", "الأستاذ الدكتور", Name),
    ("أ.د", "الأستاذ الدكتور", Name),
    ("د.", "الدكتور", Name),
    ("د/", "الدكتور", Name),
    ("أ.", "الأستاذ", NameInLine),
    ("م.", "المهندس", Name),
    ("م/", "المهندس", Name),
    ("أ/", "الأستاذ", Name),
    ("ش.", "شارع", Name),
    ("ط.", "الطابق", Number),
    ("ص", "صفحة", PageNumber),
    ("(ص)", "صلى الله عليه وسلم", AfterProphet),
    ("(رض)", "رضي الله عنه", AfterPerson),
    ("إلخ", "إلى آخره", Anything),
    ("الخ", "إلى آخره", Anything),
    ("ص.ب.", "صندوق بريد", Anything),
    ("ص.ب", "صندوق بريد", Anything),
    ("ص. ب.", "صندوق بريد", Anything),
    ("ق.م", "قبل الميلاد", Anything),
    ("ج.", "جزء", Number),
    ("ص.", "صفحة", Number),
    ("ت:", "هاتف", Number),
    ("ت/", "هاتف", Number),
    ("ت /", "هاتف", Number),
    ("س", "الساعة", Clock),
    ("Dr.", "الدكتور", Name),
];

/// Reads the abbreviation at the start. A full stop that ends a sentence is kept.
pub(super) fn read(place: &Place) -> Option<Reading> {
    if !place.is_open() {
        return None;
    }
    if let Some(reading) = range(place) {
        return Some(reading);
    }
    let and = place.rest.strip_prefix('و').filter(|_| place.is_arabic());
    if let Some(reading) = and.and_then(|rest| find(&Place { rest, ..*place })) {
        return Some(Reading::new(format!("و{}", reading.spoken), reading.len + 'و'.len_utf8()));
    }
    find(place)
}

/// Whether a code comes next, such as B2304.
fn is_code(next: &str) -> bool {
    let letters = next.bytes().take_while(u8::is_ascii_uppercase).count();
    (1..=4).contains(&letters) && next[letters..].trim_start_matches('-').starts_with(is_digit)
}

/// The name after a title, and after further titles: د. م. سارة.
fn titled(rest: &str) -> &str {
    /// The maximum number of titles.
    const TITLES: usize = 3;
    let mut rest = rest;
    for _ in 0..TITLES {
        let next = &rest[blank(rest)..];
        let name = word(next);
        match next[name.len()..].strip_prefix(['.', '/']) {
            Some(after) if name.chars().nth(1).is_none() && !name.is_empty() => rest = after,
            _ => return name,
        }
    }
    ""
}

/// The abbreviations of days and months with their names.
const DAYS: &[(&str, &str)] = &[
    ("Mon", "Monday"),
    ("Tue", "Tuesday"),
    ("Tues", "Tuesday"),
    ("Wed", "Wednesday"),
    ("Thu", "Thursday"),
    ("Thur", "Thursday"),
    ("Thurs", "Thursday"),
    ("Fri", "Friday"),
    ("Sat", "Saturday"),
    ("Sun", "Sunday"),
    ("Jan", "January"),
    ("Feb", "February"),
    ("Mar", "March"),
    ("Apr", "April"),
    ("May", "May"),
    ("Jun", "June"),
    ("Jul", "July"),
    ("Aug", "August"),
    ("Sep", "September"),
    ("Sept", "September"),
    ("Oct", "October"),
    ("Nov", "November"),
    ("Dec", "December"),
];

/// Days or months from one to the other: Mon-Fri, الأحد-الخميس.
fn range(place: &Place) -> Option<Reading> {
    const ARABIC_DAYS: &str = "\
        الأحد الاحد الاثنين الإثنين الثلاثاء الأربعاء الاربعاء الخميس الجمعة السبت \
        يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر";
    let first = word(place.rest);
    let dot = usize::from(place.rest[first.len()..].starts_with('.'));
    let rest = &place.rest[first.len() + dot..];
    let gap = blank(rest);
    let dash = match rest[gap..].chars().next()? {
        dash @ ('-' | '–') => dash.len_utf8(),
        _ if rest[gap..].starts_with("to ") => 2,
        _ => return None,
    };
    let start = first.len() + dot + gap + dash;
    let start = start + blank(&place.rest[start..]);
    let last = word(&place.rest[start..]);
    let stop = place.rest[start + last.len()..].starts_with(". ");
    let end = start + last.len() + usize::from(dot > 0 && stop);
    if place.is_arabic() {
        let both = listed(ARABIC_DAYS, first) && listed(ARABIC_DAYS, last);
        return both.then(|| Reading::new(format!("{first} إلى {last}"), end));
    }
    // M-F 9-5
    let clock =
        place.after_clock || place.rest[end..].trim_start_matches([' ', ',', ':']).starts_with(is_digit);
    let letter =
        ["F", "Th", "Fri", "Sat", "Sun"].iter().zip(["Friday", "Thursday", "Friday", "Saturday", "Sunday"]);
    if first == "M"
        && let Some((short, name)) = letter.into_iter().find(|(short, _)| **short == last)
        && (clock || short.len() > 1)
    {
        return Some(Reading::new(format!("Monday to {name}"), end));
    }
    let name =
        |word: &str| DAYS.iter().find(|(short, long)| *short == word || *long == word).map(|(_, long)| *long);
    Some(Reading::new(format!("{} to {}", name(first)?, name(last)?), end))
}

/// Whether the words before show that a day or a month comes: a word, a comma or a number of dates.
fn dated(place: &Place) -> bool {
    const BEFORE: &str = "\
        on in by of from to until till since closed open every each last next this before after and or early late mid through";
    let near = place.near().trim_end_matches([' ', '\t']);
    listed(BEFORE, &place.word.to_ascii_lowercase())
        || near.is_empty()
        || near.ends_with([',', '\n'])
        || near.ends_with(is_digit)
        || ["st", "nd", "rd", "th"]
            .iter()
            .any(|end| near.strip_suffix(end).is_some_and(|near| near.ends_with(is_digit)))
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
                    Number => {
                        next.starts_with(is_digit) || written.eq_ignore_ascii_case("no.") && is_code(next)
                    }
                    NameInLine if matches!(place.before, None | Some('\n')) => names::is_given(word(next)),
                    Name if next.starts_with('&') => true,
                    Name | NameInLine => {
                        let name = word(next);
                        // Dr. J. Smith, د. م. خالد.
                        let initial = blank(rest) > 0
                            && next[name.len()..].starts_with('.')
                            && next[name.len() + 1..].trim_start_matches(' ').starts_with(is_letter);
                        next.starts_with(is_letter) && (name.chars().nth(1).is_some() || initial)
                    }
                    Clock => {
                        let at = Place {
                            word: "",
                            before: Some(' '),
                            ..place.further(place.rest.len() - next.len())
                        };
                        // Mon 12/8, Mon & Wed; س 9 only where an hour is expected.
                        let date = small(next, 2).is_some_and(|(_, len)| sign_and_digit(&next[len..], '/'));
                        let hours = small(next, 2).is_some_and(|(_, len)| sign_and_digit(&next[len..], '-'));
                        let day = word(next.trim_start_matches([',', '&', '/', ' ', '-']));
                        let day = DAYS.iter().any(|(short, _)| *short == day) && !place.is_arabic();
                        let hour = place.is_arabic() && small(next, 2).is_some() && context::is_clock(place);
                        let clock = next.starts_with(is_digit) && (hour || time::read(&at).is_some());
                        clock || !place.is_arabic() && (date || hours) || day
                    }
                    Year => small(next, 4).is_some_and(|(_, digits)| digits == 4),
                    Date => word(next) == "date",
                    Numeral => {
                        let name = word(next);
                        let roman = !name.is_empty() && name.bytes().all(|byte| b"IVXL".contains(&byte));
                        next.starts_with(is_digit) || roman
                    }
                    Code => {
                        let name = word(next);
                        next.starts_with(is_digit)
                            || name.len() == 1 && name.as_bytes()[0].is_ascii_uppercase()
                    }
                    AfterWord => {
                        let named = place.word.starts_with(char::is_uppercase)
                            || matches!(place.word, "th" | "st" | "nd" | "rd");
                        let ordinal =
                            ["st ", "nd ", "rd ", "th "].iter().any(|end| place.back.ends_with(end));
                        let saint = written.starts_with("St") && listed(names::SAINTS, word(next));
                        !rest.starts_with(is_letter) && (named || ordinal) && !saint
                    }
                    AfterStreet => {
                        place.word.starts_with(char::is_uppercase)
                            && (rest.is_empty() || rest.starts_with([',', '\n']))
                    }
                    Weekday if next.is_empty() || next.starts_with('\n') => dated(place),
                    Weekday => !next.starts_with(char::is_uppercase),
                    Month => next.starts_with(is_digit) || dated(place),
                    Measured => {
                        next.starts_with(is_digit)
                            || rest.starts_with(':')
                            || matches!(word(next), "of" | "is" | "was")
                    }
                    AfterPerson => !place.word.is_empty() && !place.word.starts_with("عنه"),
                    AfterProphet => {
                        listed("النبي للنبي نبينا الرسول رسول محمد محمدا الله المصطفى", place.word)
                    }
                    WithWord => rest.is_empty() || next.starts_with(is_letter) || next.starts_with(is_digit),
                    PageNumber => blank(rest) > 0 && next.starts_with(is_digit),
                }
        })
    });
    let (written, spoken, before) = fits.max_by_key(|(written, ..)| written.len())?;
    let rest = &place.rest[written.len()..];
    let spoken = if matches!(before, Name | NameInLine) && names::is_woman(titled(rest)) {
        spoken.split(' ').map(|title| format!("{title}ة")).collect::<Vec<_>>().join(" ")
    } else {
        (*spoken).to_owned()
    };
    let ends_sentence = matches!(before, Anything | Weekday | Month)
        && written.ends_with('.')
        && (rest.is_empty()
            || rest.starts_with('\n')
            || rest.starts_with(' ') && rest[1..].starts_with(char::is_uppercase));
    Some(Reading::new(spoken, written.len() - usize::from(ends_sentence)))
}
