//! The check of Kaldi's objects: their first and last bytes, and the inputs of the network.

use super::part::Part;
use crate::error::Result;

/// The properties of a checked acoustic model.
pub(super) struct Acoustic {
    /// Whether it has an input for the speaker's vector.
    pub(super) needs_ivector: bool,
}

/// Checks `final.mdl`, which starts with a transition model and ends with the vector of priors.
pub(super) fn check_acoustic_model(part: Part) -> Result<Acoustic> {
    let not_a_model = part.invalid("is not an acoustic model");
    let (bytes, cut_short) = part.read_all()?;
    if !content(&bytes).starts_with(b"<TransitionModel>") {
        return Err(not_a_model);
    }
    let tag = b"<Priors> ";
    let tag_at = bytes.windows(tag.len()).rposition(|window| window == tag);
    let priors = tag_at.map_or(&[][..], |at| &bytes[at + tag.len()..]);
    let complete = match priors {
        // Binary: "FV " or "DV ", then byte 4, the dimension, and that many values.
        [precision @ (b'F' | b'D'), b'V', b' ', 4, d0, d1, d2, d3, values @ ..] => {
            let size = if *precision == b'F' { 4 } else { 8 };
            values.len() as u64 == u64::from(u32::from_le_bytes([*d0, *d1, *d2, *d3])) * size
        }
        text => text.trim_ascii_end().ends_with(b"]"),
    };
    if !complete {
        return Err(cut_short);
    }
    let input = b"input-node name=ivector ";
    Ok(Acoustic { needs_ivector: bytes.windows(input.len()).any(|window| window == input) })
}

/// Checks an object between two tags, in text or binary form.
pub(super) fn check_object(part: Part, first: &str, last: &str) -> Result<()> {
    let (other, cut_short) = (part.invalid("is not what its name says"), part.invalid("is cut short"));
    let (head, tail) = part.ends(64)?;
    if !content(&head).starts_with(first.as_bytes()) {
        return Err(other);
    }
    if tail.trim_ascii_end().ends_with(last.as_bytes()) { Ok(()) } else { Err(cut_short) }
}

/// Checks a matrix of floats: the length of the binary form, or the closing bracket of the text form.
pub(super) fn check_matrix(part: Part) -> Result<()> {
    let (other, cut_short) = (part.invalid("is not a matrix"), part.invalid("is cut short"));
    let len = part.len();
    let (head, tail) = part.ends(64)?;
    let complete = match head.as_slice() {
        [0, b'B', precision @ (b'F' | b'D'), b'M', b' ', 4, r0, r1, r2, r3, 4, c0, c1, c2, c3, ..] => {
            let size = if *precision == b'F' { 4 } else { 8 };
            let rows = u128::from(u32::from_le_bytes([*r0, *r1, *r2, *r3]));
            let columns = u128::from(u32::from_le_bytes([*c0, *c1, *c2, *c3]));
            u128::from(len) == 15 + rows * columns * size
        }
        // One of the three compressed forms.
        [0, b'B', b'C', b'M', b' ' | b'2' | b'3', ..] => true,
        text if text.trim_ascii_start().starts_with(b"[") => tail.trim_ascii_end().ends_with(b"]"),
        _ => return Err(other),
    };
    if complete { Ok(()) } else { Err(cut_short) }
}

/// The content after the mark of a binary file, if there is one.
fn content(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\0B").unwrap_or(bytes).trim_ascii_start()
}
