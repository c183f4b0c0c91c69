//! Words and signs of an expression.

use rust_decimal::Decimal;

use super::Unsupported;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Name(String),
    Text(String),
    Number(Decimal),
    /// `%name`.
    Variable(String),
    /// `$this` and its like.
    Dollar(String),
    Sign(&'static str),
}

/// Signs, the longest first.
const SIGNS: [&str; 23] = [
    "!=", "!~", ">=", "<=", "(", ")", "[", "]", "{", "}", ".", ",", "=", "~", ">", "<", "+", "-", "*", "/",
    "&", "|", ";",
];

pub(super) fn tokens(source: &str) -> Result<Vec<Token>, Unsupported> {
    let mut tokens = Vec::new();
    let mut rest = source.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, len) = match first {
            '/' if rest.starts_with("//") => {
                rest = rest.split_once('\n').map_or("", |(_, rest)| rest).trim_start();
                continue;
            }
            '/' if rest.starts_with("/*") => {
                rest = rest.split_once("*/").map_or("", |(_, rest)| rest).trim_start();
                continue;
            }
            '\'' | '"' | '`' => quoted(rest, first)?,
            '0'..='9' => number(rest)?,
            '@' => moment(rest),
            '%' => {
                let name = &rest[1..];
                let (name, len) = match name.chars().next() {
                    Some(quote @ ('`' | '\'' | '"')) => match quoted(name, quote)? {
                        (Token::Text(text) | Token::Name(text), len) => (text, len),
                        (_, len) => (String::new(), len),
                    },
                    _ => (word(name, "-").to_owned(), word(name, "-").len()),
                };
                (Token::Variable(name), len + 1)
            }
            '$' => {
                let name = word(&rest[1..], "");
                (Token::Dollar(name.to_owned()), name.len() + 1)
            }
            first if first.is_alphabetic() || first == '_' => {
                let name = word(rest, "");
                (Token::Name(name.to_owned()), name.len())
            }
            _ => {
                let sign = SIGNS.iter().find(|sign| rest.starts_with(**sign));
                let sign = sign.ok_or_else(|| Unsupported(format!("`{first}` is no sign of FHIRPath")))?;
                (Token::Sign(sign), sign.len())
            }
        };
        tokens.push(token);
        rest = rest[len..].trim_start();
    }
    Ok(tokens)
}

/// The letters, digits and underscores at the start, and the characters in `more`.
fn word<'a>(text: &'a str, more: &str) -> &'a str {
    let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_' || more.contains(c)));
    &text[..end.unwrap_or(text.len())]
}

fn quoted(text: &str, quote: char) -> Result<(Token, usize), Unsupported> {
    let mut value = String::new();
    let mut characters = text.char_indices().skip(1);
    while let Some((at, character)) = characters.next() {
        if character == quote {
            let len = at + character.len_utf8();
            return Ok((if quote == '`' { Token::Name(value) } else { Token::Text(value) }, len));
        }
        if character != '\\' {
            value.push(character);
            continue;
        }
        match characters.next().map(|(_, escaped)| escaped) {
            Some('n') => value.push('\n'),
            Some('r') => value.push('\r'),
            Some('t') => value.push('\t'),
            Some('f') => value.push('\u{c}'),
            Some('u') => {
                let code: String = characters.by_ref().take(4).map(|(_, digit)| digit).collect();
                let letter = u32::from_str_radix(&code, 16).ok().and_then(char::from_u32);
                value.push(letter.ok_or_else(|| Unsupported(format!("`\\u{code}` is no character")))?);
            }
            Some(other) => value.push(other),
            None => break,
        }
    }
    Err(Unsupported("a text has no end".to_owned()))
}

fn number(text: &str) -> Result<(Token, usize), Unsupported> {
    let whole = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let fraction = text[whole..].strip_prefix('.').map_or(0, |rest| {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        if digits == 0 { 0 } else { digits + 1 }
    });
    let len = whole + fraction;
    let number = text[..len].parse().map_err(|_| Unsupported("a number is too large".to_owned()))?;
    Ok((Token::Number(number), len))
}

/// A date or time, which is compared as a text.
fn moment(text: &str) -> (Token, usize) {
    let is_part = |c: char| c.is_ascii_digit() || matches!(c, '-' | ':' | 'T' | 'Z' | '+' | '.');
    let end = text[1..].find(|c: char| !is_part(c)).map_or(text.len(), |end| end + 1);
    let value = text[1..end].trim_end_matches(['.', 'T']);
    let len = value.len() + 1;
    // `@2020.year` and `@2020T` end their date before the sign.
    let len = if text[len..].starts_with('T') { len + 1 } else { len };
    (Token::Text(value.trim_start_matches('T').to_owned()), len)
}
