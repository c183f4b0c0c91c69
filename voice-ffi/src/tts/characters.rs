//! Text that arrives in pieces of bytes, cut anywhere.

use crate::error::{voice_code, voice_error};

/// The beginning of a character whose rest has not come yet.
#[derive(Default)]
pub(super) struct Characters(Vec<u8>);

impl Characters {
    /// The whole characters up to here. If `bytes` is no UTF-8, nothing of it is taken.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<String, voice_error> {
        let mut text = [&self.0, bytes].concat();
        let cut = match std::str::from_utf8(&text) {
            Ok(_) => text.len(),
            Err(error) if error.error_len().is_none() => error.valid_up_to(),
            Err(_) => return Err(not_utf8("text is not UTF-8; convert it")),
        };
        self.0 = text.split_off(cut);
        String::from_utf8(text).map_err(|_| not_utf8("text is not UTF-8; convert it"))
    }

    /// The text ends here; fails if that is within a character, which is dropped.
    pub(super) fn end(&mut self) -> Result<(), voice_error> {
        if std::mem::take(&mut self.0).is_empty() {
            return Ok(());
        }
        Err(not_utf8("the text ended within a character, which is left out; push it whole"))
    }

    /// Forgets the beginning of a character.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}

fn not_utf8(message: &str) -> voice_error {
    voice_error::new(voice_code::ArgumentInvalid, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_put_together_wherever_they_were_cut() {
        let text = "a باب 𐍈.";
        for size in 1..6 {
            let mut characters = Characters::default();
            let pieces = text.as_bytes().chunks(size).map(|piece| characters.push(piece).unwrap());
            assert_eq!(pieces.collect::<String>(), text);
            assert!(characters.end().is_ok());
        }
    }

    #[test]
    fn what_is_no_text_is_refused_and_leaves_the_rest_as_it_was() {
        let mut characters = Characters::default();
        assert_eq!(characters.push(b"a\xd8").unwrap(), "a");
        assert_eq!(characters.push(b"x").unwrap_err().code(), voice_code::ArgumentInvalid);
        assert_eq!(characters.push(b"\xa8b\xd8").unwrap(), "بb");
        assert_eq!(characters.end().unwrap_err().code(), voice_code::ArgumentInvalid);
        assert!(characters.end().is_ok());
    }
}
