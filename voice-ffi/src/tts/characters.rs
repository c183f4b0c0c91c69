//! Text that arrives in pieces of bytes, cut anywhere.

use crate::error::voice_error;
use crate::text::not_utf8;

/// The longest beginning of a character: all of its bytes but one.
const MAX: usize = 3;

/// The beginning of a character whose rest has not come yet.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Characters {
    bytes: [u8; MAX],
    len: usize,
}

impl Characters {
    /// The whole characters up to here. If `bytes` is no UTF-8, nothing of it is taken.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<String, voice_error> {
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

    /// Forgets the beginning of a character; how many bytes it had.
    pub(super) fn clear(&mut self) -> usize {
        std::mem::take(&mut self.len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::voice_code;

    #[test]
    fn characters_are_put_together_wherever_they_were_cut() {
        let text = "a باب 𐍈.";
        for size in 1..6 {
            let mut characters = Characters::default();
            let pieces = text.as_bytes().chunks(size).map(|piece| characters.push(piece).unwrap());
            assert_eq!(pieces.collect::<String>(), text);
            assert_eq!(characters.clear(), 0);
        }
    }

    #[test]
    fn what_is_no_text_is_refused_and_leaves_the_rest_as_it_was() {
        let mut characters = Characters::default();
        assert_eq!(characters.push(b"a\xd8").unwrap(), "a");
        assert_eq!(characters.push(b"x").unwrap_err().code(), voice_code::ArgumentInvalid);
        assert_eq!(characters.push(b"\xa8b\xd8").unwrap(), "بb");
        assert_eq!(characters.clear(), 1);
        assert_eq!(characters.clear(), 0);
    }
}
