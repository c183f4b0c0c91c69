//! Replaces compatibility characters by the plain ones that the readers and the voices know.
//!
//! This is NFKC, except for characters that have a meaning of their own here: `²` and `³` of units, fractions, the
//! riyal sign, `℃`, `№`, `…` and `™`. Digits of all scripts become ASCII digits, Persian ی and ک the Arabic letters,
//! and signs for whole phrases, such as ﷺ, their words. Letters with separate accents are composed.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization as _;

use super::scan::is_digit;

/// Folds `text`; text without such characters is borrowed.
pub(super) fn fold(text: &str) -> Cow<'_, str> {
    if text.is_ascii() || !text.chars().any(changes) {
        return Cow::Borrowed(text);
    }
    let text: Cow<str> = if text.chars().any(composes) { text.nfc().collect() } else { text.into() };
    let mut folded = String::with_capacity(text.len());
    // Whether the last character was a number in itself, such as ①, which does not join its neighbours.
    let mut closed = false;
    // Whether the last character was replaced by its plain form, such as ₂; a run of them is one number.
    let mut plain_before = false;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let joins = std::mem::take(&mut plain_before);
        if let Some(digit) = decimal(character) {
            part(&mut folded, closed);
            folded.push(digit);
            closed = false;
        } else if superscript(character).is_some() {
            let mut run = String::from(character);
            while let Some(next) = characters.next_if(|&next| superscript(next).is_some()) {
                run.push(next);
            }
            exponent(&run, &mut folded);
            closed = false;
        } else if let Some(number) = number(character) {
            part(&mut folded, true);
            folded.push_str(&number);
            closed = true;
        } else if character.is_ascii() || !changes(character) {
            folded.push(character);
            closed = false;
        } else {
            let start = folded.len();
            plain(character, &mut folded);
            // 1010₂ is not 10102.
            if !joins && folded[start..].starts_with(is_digit) && folded[..start].ends_with(is_digit) {
                folded.insert(start, ' ');
            }
            plain_before = true;
            closed = false;
        }
    }
    Cow::Owned(folded)
}

/// Separates a number from digits before it.
fn part(folded: &mut String, closed: bool) {
    if closed && folded.ends_with(is_digit) {
        folded.push(' ');
    }
}

/// Whether folding may change the character.
fn changes(character: char) -> bool {
    match character {
        '\0'..='\u{a9}'
        | 'ª'
        | 'º'
        | '℃'
        | '℉'
        | '™'
        | '℠'
        | '…'
        | '﷼'
        | '\u{fd3e}'
        | '\u{fd3f}'
        | '‼'
        | '⁇'
        | '⁈'
        | '⁉'
        | '\u{2007}'
        | '\u{2009}'
        | '\u{20a0}'..='\u{20cf}' => false,
        'ی' | 'ک' | 'ھ' | 'ہ' | 'ە' => true,
        _ if composes(character) => true,
        '\u{ac}'..='\u{2af}' => matches!(
            character,
            '\u{ad}' | '²' | '³' | '¹' | '¼'..='¾' | '\u{132}' | '\u{133}' | '\u{149}' | '\u{17f}' | '\u{1c4}'..='\u{1cc}'
        ),
        // Arabic-Indic and Persian digits are unified here, other letters of the block stay.
        '\u{600}'..='\u{6ff}' => decimal(character).is_some(),
        '\u{2010}'..='\u{205e}' => character == '\u{2044}',
        _ => {
            decimal(character).is_some()
                || number(character).is_some()
                || phrase(character).is_some()
                || matches!(character, '\u{3000}' | '\u{feff}' | '\u{2060}' | '№')
                || superscript(character).is_some()
                || std::iter::once(character).nfkc().next() != Some(character)
        }
    }
}

/// Marks that are composed with the letter before them.
fn composes(character: char) -> bool {
    matches!(character, '\u{300}'..='\u{36f}' | '\u{653}'..='\u{655}')
}

/// The value of a decimal digit of any script, as an ASCII digit.
fn decimal(character: char) -> Option<char> {
    /// The zeros of the scripts; nine other digits follow each (Unicode 16, general category Nd).
    const ZEROS: [u32; 73] = [
        0x30, 0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xde6,
        0xe50, 0xed0, 0xf20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50, 0x1bb0,
        0x1c40, 0x1c50, 0xa620, 0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0xff10, 0x104a0, 0x10d30,
        0x10d40, 0x11066, 0x110f0, 0x11136, 0x111d0, 0x112f0, 0x11450, 0x114d0, 0x11650, 0x116c0, 0x116d0,
        0x116da, 0x11730, 0x118e0, 0x11950, 0x11bf0, 0x11c50, 0x11d50, 0x11da0, 0x11f50, 0x16130, 0x16a60,
        0x16ac0, 0x16b50, 0x16d70, 0x1ccf0, 0x1d7ce, 0x1d7d8, 0x1d7e2, 0x1d7ec, 0x1d7f6, 0x1e140, 0x1e2f0,
        0x1e4f0,
    ];
    /// Further zeros, after the gap.
    const LATE: [u32; 3] = [0x1e5f1, 0x1e950, 0x1fbf0];
    let code = u32::from(character);
    let zero = match ZEROS.partition_point(|&zero| zero <= code).checked_sub(1) {
        Some(at) if at + 1 == ZEROS.len() => *LATE.iter().rfind(|&&zero| zero <= code).unwrap_or(&ZEROS[at]),
        Some(at) => ZEROS[at],
        None => return None,
    };
    char::from_digit(code - zero, 10).filter(|_| code - zero < 10)
}

/// The number that a character other than a decimal digit stands for: ½, ①, ㉑, ❶, Ⅷ stays letters.
fn number(character: char) -> Option<Cow<'static, str>> {
    let code = u32::from(character);
    let counted = |first: u32, value: u32| Some((code - first + value).to_string().into());
    match code {
        0xbc..=0xbe | 0x2150..=0x215e | 0x2189 => {
            let plain: String = std::iter::once(character).nfkc().collect();
            Some(plain.replace('⁄', "/").into())
        }
        0x2460..=0x2473 => counted(0x2460, 1),
        0x2474..=0x2487 => counted(0x2474, 1),
        0x2488..=0x249b => counted(0x2488, 1),
        0x24ea | 0x24ff => Some("0".into()),
        0x24eb..=0x24f4 => counted(0x24eb, 11),
        0x24f5..=0x24fe => counted(0x24f5, 1),
        0x2776..=0x277f => counted(0x2776, 1),
        0x2780..=0x2789 => counted(0x2780, 1),
        0x278a..=0x2793 => counted(0x278a, 1),
        0x3251..=0x325f => counted(0x3251, 21),
        0x32b1..=0x32bf => counted(0x32b1, 36),
        _ => None,
    }
}

fn superscript(character: char) -> Option<char> {
    Some(match character {
        '⁰' => '0',
        '¹' => '1',
        '²' => '2',
        '³' => '3',
        '⁴'..='⁹' => char::from_digit(u32::from(character) - 0x2070, 10)?,
        '⁺' => '+',
        '⁻' => '-',
        _ => return None,
    })
}

/// Superscript digits: `²` and `³` stay, since units and powers have names for them; others follow `^`.
fn exponent(run: &str, folded: &mut String) {
    if matches!(run, "²" | "³") {
        folded.push_str(run);
        return;
    }
    let base = folded.ends_with(|c: char| c.is_alphanumeric() || c == ')');
    if base {
        folded.push('^');
    }
    folded.extend(run.chars().filter_map(superscript));
}

/// The words of a sign for a phrase.
fn phrase(character: char) -> Option<&'static str> {
    Some(match character {
        '\u{fd40}' => "رحمه الله",
        '\u{fd41}' => "رضي الله عنه",
        '\u{fd42}' => "رضي الله عنها",
        '\u{fd43}' => "رضي الله عنهم",
        '\u{fd44}' => "رضي الله عنهما",
        '\u{fd45}' => "رضي الله عنهن",
        '\u{fd46}' => "صلى الله عليه وآله",
        '\u{fd47}' => "عليه السلام",
        '\u{fd48}' => "عليهم السلام",
        '\u{fd49}' => "عليهما السلام",
        '\u{fd4a}' => "عليه الصلاة والسلام",
        '\u{fd4b}' => "قدس سره",
        '\u{fd4c}' => "صلى الله عليه وآله وسلم",
        '\u{fd4d}' => "عليها السلام",
        '\u{fd4e}' => "تبارك وتعالى",
        '\u{fd4f}' => "رحمهم الله",
        '\u{fdfa}' => "صلى الله عليه وسلم",
        '\u{fdfb}' => "جل جلاله",
        '\u{fdfd}' => "بسم الله الرحمن الرحيم",
        '\u{fdfe}' => "سبحانه وتعالى",
        '\u{fdff}' => "عز وجل",
        _ => return None,
    })
}

/// The plain form of another character.
fn plain(character: char, folded: &mut String) {
    if let Some(words) = phrase(character) {
        if folded.ends_with(char::is_alphanumeric) {
            folded.push(' ');
        }
        folded.push_str(words);
        return;
    }
    match character {
        'ی' => folded.push('ي'),
        'ک' => folded.push('ك'),
        'ھ' | 'ہ' | 'ە' => folded.push('ه'),
        '№' => folded.push('#'),
        // They join letters and digits, and have no sound.
        '\u{ad}' | '\u{2060}' | '\u{feff}' => {}
        _ => {
            let plain: String = std::iter::once(character).nfkc().collect();
            // A vowel sign in isolated form has a blank before it.
            folded.push_str(if plain.starts_with(' ') && plain.len() > 1 { &plain[1..] } else { &plain });
        }
    }
}
