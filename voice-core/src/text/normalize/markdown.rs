//! The marks of Markdown, which have no sound: `**bold**`, `# heading`, `` `code` ``, `[text](address)`.

use super::scan::{Place, Reading, is_digit, is_letter};
use super::web;

/// The longest link that is examined, in bytes.
const LONGEST: usize = 2_000;

/// Skips the marks at the start.
pub(super) fn read(place: &Place) -> Option<Reading> {
    let mark = place.rest.chars().next()?;
    let line_start = place.before.is_none_or(|c| c == '\n');
    match mark {
        '#' if line_start => {
            let marks = run(place.rest, '#');
            let rest = &place.rest[marks..];
            let heading =
                marks <= 6 && rest.strip_prefix(' ').is_some_and(|rest| rest.starts_with(is_letter));
            heading.then(|| Reading::new("", marks + 1))
        }
        '*' | '+'
            if line_start
                && place.rest[1..].strip_prefix(' ').is_some_and(|rest| rest.starts_with(is_letter)) =>
        {
            Some(Reading::new("", 2))
        }
        '*' | '`' | '~' | '_' => emphasis(place, mark),
        '[' => task(place).or_else(|| link(place.rest)),
        _ => None,
    }
}

/// How often `mark`, an ASCII character, stands at the start: up to seven times.
fn run(text: &str, mark: char) -> usize {
    text.chars().take(7).take_while(|&c| c == mark).count()
}

/// Marks directly before or after a word.
fn emphasis(place: &Place, mark: char) -> Option<Reading> {
    let len = run(place.rest, mark);
    let after = place.rest[len..].chars().next();
    let said = |c: char| is_letter(c) || is_digit(c);
    let fits = match mark {
        '*' => len <= 3,
        '`' => len == 1,
        _ => len == 2,
    };
    // Between two words or numbers it is a sign: 2*3, snake__case.
    let opens = place.before.is_none_or(|c| !said(c) && c != ')') && after.is_some_and(said);
    let closes = place.before.is_some_and(|c| said(c) || ".,:;!?؟،)".contains(c))
        && after.is_none_or(|c| !said(c))
        && place.near().contains(mark);
    (fits && (opens || closes)).then(|| Reading::new("", len))
}

/// The box of a task, after the dash of a list: - [x] Call.
fn task(place: &Place) -> Option<Reading> {
    let rest = ["[x] ", "[X] ", "[ ] "].iter().find(|sign| place.rest.starts_with(**sign))?;
    matches!(place.near().trim_end(), "-" | "*").then(|| Reading::new("", rest.len()))
}

/// The text of a link.
fn link(text: &str) -> Option<Reading> {
    let text = &text[..text.floor_char_boundary(LONGEST)];
    let (name, rest) = text[1..].split_once("](")?;
    let end = rest.find(')')?;
    let plain = !name.is_empty() && !name.contains(['[', '\n']) && !name.contains(is_digit);
    (plain && is_address(&rest[..end])).then(|| Reading::new(name, 1 + name.len() + 2 + end + 1))
}

/// Whether the target of a link is an address. Other text in brackets is read: `[adult](0.5mg)`.
fn is_address(target: &str) -> bool {
    let local = target.strip_prefix(['/', '#']).is_some_and(|rest| rest.starts_with(is_letter));
    let known = ["https://", "http://", "mailto:", "tel:", "www."]
        .iter()
        .any(|start| target.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start)));
    !target.contains(char::is_whitespace) && (known || local || web::is_address(target))
}
