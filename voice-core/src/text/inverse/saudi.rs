//! Numbers of Saudi Arabia: identity and telephone numbers.

use crate::text::Language;

/// Whether digits are a national identity number (first digit 1) or a resident's (iqama; 2): ten digits that pass Luhn's
/// check.
pub fn is_identity(digits: &str) -> bool {
    is_identity_shape(digits) && luhn(digits)
}

fn is_identity_shape(digits: &str) -> bool {
    digits.len() == 10 && digits.starts_with(['1', '2']) && digits.bytes().all(|digit| digit.is_ascii_digit())
}

/// Luhn's check of an even number of digits: the first, third, … are doubled.
fn luhn(digits: &str) -> bool {
    let sum: u32 = digits
        .bytes()
        .enumerate()
        .map(|(at, digit)| {
            let digit = u32::from(digit - b'0');
            let doubled = 2 * digit;
            if at % 2 > 0 { digit } else { doubled / 10 + doubled % 10 }
        })
        .sum();
    sum.is_multiple_of(10)
}

/// What can be done with the digits of an identity number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Repair {
    /// Nothing: they have another number of digits, or no repair is known.
    None,
    /// They pass the check.
    Valid,
    /// They pass it after exactly one change.
    One(String),
    /// More than one change makes them pass.
    Many,
}

/// Digits whose words sound alike, in both directions.
fn confusions(language: Language) -> &'static [(u8, u8)] {
    match language {
        // سبعة، تسعة
        Language::Arabic => &[(b'7', b'9')],
        // "Five", "nine".
        Language::English => &[(b'5', b'9')],
    }
}

/// Repairs an identity number of which one digit may have been taken for one that sounds alike. A repaired number must be
/// read back: two wrong digits can pass the check.
///
/// ```
/// use voice_core::text::Language;
/// use voice_core::text::inverse::saudi::{Repair, repair};
///
/// assert_eq!(repair("1000000008", Language::Arabic), Repair::Valid);
/// assert_eq!(repair("1000000059", Language::Arabic), Repair::One("1000000057".into()));
/// assert_eq!(repair("1000000004", Language::Arabic), Repair::None);
/// ```
pub fn repair(digits: &str, language: Language) -> Repair {
    if is_identity(digits) {
        return Repair::Valid;
    }
    if !is_identity_shape(digits) {
        return Repair::None;
    }
    let changed = (0..digits.len()).flat_map(|at| {
        confusions(language).iter().filter_map(move |&(one, other)| {
            let mut changed = digits.as_bytes().to_vec();
            changed[at] = match changed[at] {
                digit if digit == one => other,
                digit if digit == other => one,
                _ => return None,
            };
            String::from_utf8(changed).ok()
        })
    });
    one_valid(changed)
}

/// Chooses among readings of a recognizer, the best first: the first if it is valid, else the only other one that is.
pub fn choose<'a>(readings: impl IntoIterator<Item = &'a str>) -> Repair {
    let mut readings = readings.into_iter();
    match readings.next() {
        Some(first) if is_identity(first) => Repair::Valid,
        _ => one_valid(readings.map(str::to_owned)),
    }
}

fn one_valid(candidates: impl Iterator<Item = String>) -> Repair {
    let mut valid: Vec<String> = candidates.filter(|digits| is_identity(digits)).collect();
    valid.sort_unstable();
    valid.dedup();
    match valid.len() {
        0 => Repair::None,
        1 => valid.pop().map_or(Repair::None, Repair::One),
        _ => Repair::Many,
    }
}

/// A telephone number of Saudi Arabia.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Telephone {
    /// What it is.
    pub kind: TelephoneKind,
    /// With the country code: +966512345678.
    pub international: String,
    /// As it is dialled in the country: 0512345678.
    pub national: String,
}

/// A kind of telephone number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TelephoneKind {
    /// 05 and eight digits.
    Mobile,
    /// 01 and eight digits.
    Fixed,
    /// 800 and seven digits: free for the caller.
    TollFree,
    /// 920 and six digits.
    Shared,
}

/// The telephone number of these digits, with or without the country code (966, 00966) and the leading zero.
///
/// ```
/// use voice_core::text::inverse::saudi::telephone;
///
/// assert_eq!(telephone("0551234567").unwrap().international, "+966551234567");
/// ```
pub fn telephone(digits: &str) -> Option<Telephone> {
    let digits = digits.strip_prefix('+').unwrap_or(digits);
    if digits.len() > 20 || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let national =
        digits.strip_prefix("00966").or_else(|| digits.strip_prefix("966").filter(|rest| rest.len() >= 9));
    let national = national.unwrap_or(digits);
    let bare = national.strip_prefix('0').unwrap_or(national);
    let kind = kind(bare)?;
    let national = match kind {
        TelephoneKind::Mobile | TelephoneKind::Fixed => format!("0{bare}"),
        TelephoneKind::TollFree | TelephoneKind::Shared => bare.to_owned(),
    };
    Some(Telephone { kind, international: format!("+966{bare}"), national })
}

/// The kind of a number without the leading zero. Source: the national numbering plan as libphonenumber has it.
fn kind(bare: &str) -> Option<TelephoneKind> {
    let digit = |at: usize| bare.as_bytes().get(at).copied().unwrap_or_default();
    match (bare.len(), digit(0)) {
        (9, b'5') => {
            let fits = match digit(1) {
                b'0' | b'1' | b'3'..=b'6' | b'8' | b'9' => true,
                b'7' => digit(2) <= b'8' || digit(2) == b'9' && matches!(digit(3), b'0' | b'1'),
                _ => false,
            };
            fits.then_some(TelephoneKind::Mobile)
        }
        (9, b'1') => {
            let fits = match digit(1) {
                b'1' => true,
                b'2' => matches!(digit(2), b'2' | b'4'..=b'8'),
                b'3' => matches!(digit(2), b'3' | b'5'..=b'8'),
                b'4' => matches!(digit(2), b'3'..=b'6' | b'8'),
                b'6' => matches!(digit(2), b'2'..=b'5'),
                b'7' => matches!(digit(2), b'2' | b'3' | b'5'..=b'7'),
                _ => false,
            };
            fits.then_some(TelephoneKind::Fixed)
        }
        (10, b'8') if bare.starts_with("800") => Some(TelephoneKind::TollFree),
        (9, b'9') if bare.starts_with("920") => Some(TelephoneKind::Shared),
        _ => None,
    }
}
