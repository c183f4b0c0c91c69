//! Joins UTF-8 text that is split at any byte.

use crate::error::voice_error;
use crate::text::not_utf8;

/// The most bytes of an incomplete character.
const MAX: usize = 3;

/// The first bytes of an incomplete character.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Characters {
    bytes: [u8; MAX],
    len: usize,
}

impl Characters {
    /// Returns the complete characters so far. Invalid UTF-8 changes nothing.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> Result<String, voice_error> {
        let mut text = [&self.bytes[..self.len], bytes].concat();
        let whole = match std::str::from_utf8(&text) {
            Ok(_) => text.len(),
            Err(error) if error.error_len().is_none() => error.valid_up_to(),
            Err(_) => return Err(not_utf8("text")),
        };
        let cut = text.split_off(whole);
        let text = String::from_utf8(text).map_err(|_| not_utf8("text"))?;
        self.len = cut.len();
        self.bytes[..cut.len()].copy_from_slice(&cut);
        Ok(text)
    }

    /// Whether a character is incomplete.
    pub(crate) fn is_within(&self) -> bool {
        self.len > 0
    }

    /// Drops an incomplete character and returns its length in bytes.
    pub(crate) fn clear(&mut self) -> usize {
        std::mem::take(&mut self.len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::voice_code;

    #[test]
    fn split_characters_are_joined() {
        let text = "a باب 𐍈.";
        for size in 1..6 {
            let mut characters = Characters::default();
            let pieces = text.as_bytes().chunks(size).map(|piece| characters.push(piece).unwrap());
            assert_eq!(pieces.collect::<String>(), text);
            assert_eq!(characters.clear(), 0);
        }
    }

    #[test]
    fn invalid_utf8_changes_nothing() {
        let mut characters = Characters::default();
        assert_eq!(characters.push(b"a\xd8").unwrap(), "a");
        assert_eq!(characters.push(b"x").unwrap_err().code(), voice_code::ArgumentInvalid);
        assert_eq!(characters.push(b"\xa8b\xd8").unwrap(), "بb");
        assert_eq!(characters.clear(), 1);
        assert_eq!(characters.clear(), 0);
    }
}
