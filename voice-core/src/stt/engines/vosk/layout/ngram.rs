//! The check of OpenFst's type `ngram`: a language model as a tree of contexts in bit maps.
//!
//! File format: OpenFst's `ngram-fst.h` and `bitmap-index.h`. The tree is a level-order unary degree
//! sequence, which libvosk follows without bounds checks.

use super::part::Part;
use crate::error::Result;

/// Checks the tables. Returns the number of states.
pub(super) fn check(part: &mut Part) -> Result<i64> {
    let begin = part.position();
    let (states, futures, finals) = (part.int64()?, part.int64()?, part.int64()?);
    // Each state and each future has a label and a weight.
    let states = part.checked(states, 8)?;
    let futures = part.checked(futures, 8)?;
    let finals = part.checked(finals, 4)?;
    if states == 0 || states > i32::MAX as u64 {
        return Err(part.invalid("has a damaged header"));
    }
    contexts(part, states)?;
    ones(part, futures + states + 1, futures)?;
    ones(part, states, finals)?;
    // The root has no word, and one entry is unused.
    part.table::<4>(states + 1, |word| i32::from_le_bytes(*word) >= -1)?;
    part.table::<4>(futures, |word| i32::from_le_bytes(*word) >= 0)?;
    let padding = (part.position() - begin).next_multiple_of(4) - (part.position() - begin);
    part.skip(padding + 4 * (states + 1 + finals + futures + 1))?;
    Ok(states as i64)
}

/// Reads a bit map of `bits`, the lowest bit of each 64-bit word first.
fn bit_map(part: &mut Part, bits: u64, mut each: impl FnMut(bool) -> bool) -> Result<()> {
    let mut left = bits;
    part.table::<8>(bits.div_ceil(64), |word| {
        let word = u64::from_le_bytes(*word);
        let here = left.min(64);
        left -= here;
        (0..here).all(|bit| each(word >> bit & 1 == 1))
    })
}

/// Checks the tree of contexts: a one for each child, a zero after the last child of a state, and the root first.
fn contexts(part: &mut Part, states: u64) -> Result<()> {
    let (mut ones, mut zeros, mut place) = (0u64, 0u64, 0u64);
    bit_map(part, 2 * states + 1, |bit| {
        let expected = match place {
            0 | 2 => bit,
            1 => !bit,
            _ => true,
        };
        place += 1;
        if bit {
            ones += 1;
        } else {
            zeros += 1;
        }
        // A state is described only after it has appeared as a child.
        expected && ones <= states && zeros <= ones + 1
    })?;
    if ones == states { Ok(()) } else { Err(part.invalid("is damaged")) }
}

/// Checks a bit map with a known number of ones.
fn ones(part: &mut Part, bits: u64, expected: u64) -> Result<()> {
    let mut ones = 0;
    bit_map(part, bits, |bit| {
        ones += u64::from(bit);
        true
    })?;
    if ones == expected { Ok(()) } else { Err(part.invalid("is damaged")) }
}
