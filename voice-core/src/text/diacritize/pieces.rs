//! Splits a text into pieces for the network: sentences, and parts of long sentences.

use super::letters::clusters;

/// The maximum number of characters in a piece, without marks. The network compares all pairs of characters, so its
/// time grows with the square: 200 take 11 ms, 800 a fifth of a second.
const LONGEST: usize = 200;

/// Splits `text` after its sentences and, if these are too long, after a space. The concatenated pieces equal the
/// text.
pub(super) fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let (piece, next) = rest.split_at(first(rest));
        rest = next;
        Some(piece)
    })
}

/// The end of the first piece of `text`.
fn first(text: &str) -> usize {
    let (mut end, mut space) = (0, None);
    let (mut ended, mut in_gap) = (false, false);
    for (count, cluster) in clusters(text).enumerate() {
        let is_space = cluster.base.is_whitespace();
        if in_gap && ended && !is_space {
            return end;
        }
        if count == LONGEST {
            return space.unwrap_or(end);
        }
        end += cluster.base.len_utf8() + cluster.marks.len();
        if is_space {
            space = Some(end);
        }
        in_gap = is_space;
        ended = match cluster.base {
            '\n' | '.' | '!' | '?' | '؟' | '۔' | '…' => true,
            // Closing marks belong to the sentence before them.
            '"' | '\'' | '»' | '”' | '’' | ')' | ']' => ended,
            _ => ended && is_space,
        };
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> Vec<&str> {
        let found: Vec<_> = pieces(text).collect();
        assert_eq!(found.concat(), text);
        assert!(found.iter().all(|piece| clusters(piece).count() <= LONGEST && !piece.is_empty()));
        found
    }

    #[test]
    fn sentences_are_pieces() {
        assert_eq!(cut("وصل. «من؟» سعيد!\nلا"), ["وصل. ", "«من؟» ", "سعيد!\n", "لا"]);
        assert_eq!(cut("الثمن 3.5 فقط، نعم."), ["الثمن 3.5 فقط، نعم."]);
        assert_eq!(cut(" \n "), [" \n "]);
        assert!(cut("").is_empty());
    }

    #[test]
    fn long_sentences_are_split_at_spaces() {
        let long = "كلمة ".repeat(100);
        assert_eq!(cut(&long), ["كلمة ".repeat(40), "كلمة ".repeat(40), "كلمة ".repeat(20)]);
        assert_eq!(cut(&"ك".repeat(450)).len(), 3);
        assert_eq!(cut(&("ك".to_owned() + &"\u{64e}".repeat(100_000))).len(), 1, "marks are not counted");
        cut(&(" ".repeat(450) + &"ك".repeat(250)));
    }
}
