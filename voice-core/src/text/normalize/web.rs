//! Web and email addresses: names are kept, marks are named, digits are read.

use super::number::{one_by_one, part};
use super::scan::{Place, Reading, digits, word};
use super::spelling::{mark, spell};
use crate::text::Language;

/// Endings for which `name.ending` is an address and not a missing space.
const TOP_LEVEL: &[&str] = &[
    "com", "org", "net", "edu", "gov", "mil", "int", "info", "sa", "ae", "kw", "qa", "bh", "om", "eg", "jo",
    "io", "uk", "de", "eu", "app", "dev", "health",
];

/// Endings that are also words: an address only before a path, as in youtu.be/abc.
const SHORT: &[&str] = &["me", "be", "co", "ly", "tv", "us", "ca", "gl", "link", "page", "to", "gg"];

/// Reads the address at the start of a run without blanks.
pub(super) fn read(place: &Place) -> Option<Reading> {
    let first = place.rest.as_bytes().first()?;
    let outside = |c: char| c.is_whitespace() || "()<>[]{}\"'«»“”،؛؟".contains(c);
    // Each run is examined once, from its start, so that the time stays linear.
    if place.before.is_some_and(|c| !outside(c)) || !first.is_ascii_alphanumeric() {
        return None;
    }
    let stretch = &place.rest[..place.rest.find(outside).unwrap_or(place.rest.len())];
    let stretch = stretch.trim_end_matches(['.', ',', ';', ':', '!', '?']);
    let scheme = ["https://", "http://"]
        .into_iter()
        .find(|scheme| stretch.get(..scheme.len()).is_some_and(|head| head.eq_ignore_ascii_case(scheme)));
    let address = &stretch[scheme.map_or(0, str::len)..];
    if is_ipv6(address) {
        let words = address.chars().map(|c| match c {
            ':' => mark(c, place.language).unwrap_or_default().to_owned(),
            _ if c.is_ascii_digit() => one_by_one(&c.to_string(), place.language),
            _ => spell(&c.to_string(), place.language),
        });
        return Some(Reading::new(words.collect::<Vec<_>>().join(" "), stretch.len()));
    }
    let is_address = !address.is_empty() && (scheme.is_some() || self::is_address(address));
    is_address.then(|| Reading::new(say(address, place.language), stretch.len()))
}

/// Whether `text` is the address of a mailbox or of a known host.
pub(super) fn is_address(text: &str) -> bool {
    is_mailbox(text) || is_host(text)
}

/// An IPv6 address with an empty or with all groups.
fn is_ipv6(text: &str) -> bool {
    let groups = text.split(':');
    let known = |byte: u8| byte.is_ascii_hexdigit() || byte == b':';
    let count = groups.clone().count();
    (text.contains("::") && (3..=8).contains(&count) || count == 8)
        && text.bytes().all(known)
        && groups.clone().all(|group| group.len() <= 4)
        && text.bytes().any(|byte| byte.is_ascii_digit())
}

fn is_mailbox(text: &str) -> bool {
    let Some((user, host)) = text.split_once('@') else { return false };
    let labels = host.split('.').all(is_label);
    !user.is_empty() && host.contains('.') && labels && user.chars().all(|c| c.is_ascii_graphic())
}

fn is_host(text: &str) -> bool {
    let host = &text[..text.find(['/', '?', '#', ':']).unwrap_or(text.len())];
    let Some((name, ending)) = host.rsplit_once('.') else { return false };
    let is = |known: &&str| ending.eq_ignore_ascii_case(known);
    let known = TOP_LEVEL.iter().any(is) || text[host.len()..].starts_with('/') && SHORT.iter().any(is);
    let web = name.get(..4).is_some_and(|head| head.eq_ignore_ascii_case("www."));
    (known || web) && name.split('.').all(is_label) && name.contains(|c: char| c.is_ascii_alphabetic())
}

fn is_label(label: &str) -> bool {
    !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

fn say(address: &str, language: Language) -> String {
    let mut words: Vec<String> = Vec::new();
    let mut rest = address;
    while let Some(first) = rest.chars().next() {
        let run = digits(rest);
        let letters = word(rest);
        let len = if !run.is_empty() {
            words.push(part(run, language));
            run.len()
        } else if !letters.is_empty() {
            words.push(letters.to_owned());
            letters.len()
        } else {
            words.push(mark(first, language).map_or_else(|| first.to_string(), str::to_owned));
            first.len_utf8()
        };
        rest = &rest[len..];
    }
    words.join(" ")
}
