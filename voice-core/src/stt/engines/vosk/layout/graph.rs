//! The check of OpenFst graphs, of the four types that libvosk 0.3.45 registers, and of their symbol tables.
//!
//! File formats: OpenFst's `fst.cc`, `vector-fst.h`, `const-fst.h`, `add-on.h`, `label-reachable.h`,
//! `interval-set.h` and `symbol-table.cc`. All numbers are little-endian.

use super::ngram;
use super::part::Part;
use super::vocabulary::{Builder, Vocabulary};
use crate::error::Result;

const MAGIC: i32 = 2_125_659_606;
const SYMBOLS_MAGIC: i32 = 2_125_658_996;
const ADD_ON_MAGIC: i32 = 446_681_434;

const INPUT_SYMBOLS: i32 = 1;
const OUTPUT_SYMBOLS: i32 = 2;
const ALIGNED: i32 = 4;

/// The largest state or label number, which has 32 bits.
const MAX_STATE: i64 = i32::MAX as i64;

struct Header {
    kind: Vec<u8>,
    version: i32,
    flags: i32,
    start: i64,
    states: i64,
    arcs: i64,
}

/// Checks a graph of any type. Returns the words of its output symbols, if it has them.
pub(super) fn check(mut part: Part) -> Result<Option<Vocabulary>> {
    let (header, words) = header(&mut part)?;
    match header.kind.as_slice() {
        b"olabel_lookahead" => add_on(&mut part),
        _ => plain(&mut part, &header).map(|_| words),
    }
}

fn header(part: &mut Part) -> Result<(Header, Option<Vocabulary>)> {
    if part.int32()? != MAGIC {
        return Err(part.invalid("is not a graph"));
    }
    let (kind, arc) = (part.string(64)?, part.string(64)?);
    let (version, flags) = (part.int32()?, part.int32()?);
    let _properties = part.int64()?;
    let (start, states, arcs) = (part.int64()?, part.int64()?, part.int64()?);
    if arc != b"standard" {
        return Err(part.invalid("has a damaged header"));
    }
    let oldest = match kind.as_slice() {
        b"vector" => 2,
        b"const" | b"olabel_lookahead" => 1,
        b"ngram" => 4,
        _ => {
            let kind = String::from_utf8_lossy(&kind).into_owned();
            return Err(part.invalid(&format!("is a graph of type {kind:?}, which libvosk does not read")));
        }
    };
    if version < oldest {
        return Err(part.invalid("has a damaged header"));
    }
    if flags & INPUT_SYMBOLS != 0 {
        symbols(part, |_, _| ())?;
    }
    let mut words = None;
    if flags & OUTPUT_SYMBOLS != 0 {
        let mut builder = Builder::default();
        symbols(part, |word, id| {
            if id != 0 {
                builder.push(word);
            }
        })?;
        words = Some(builder.finish().ok_or_else(|| part.invalid("names no words"))?);
    }
    Ok((Header { kind, version, flags, start, states, arcs }, words))
}

/// Reads a table of names and numbers.
fn symbols(part: &mut Part, mut each: impl FnMut(&str, i64)) -> Result<()> {
    if part.int32()? != SYMBOLS_MAGIC {
        return Err(part.invalid("is damaged"));
    }
    let _name = part.string(usize::MAX)?;
    let _next_free = part.int64()?;
    // Each entry has a length of 4 bytes and a number of 8.
    for _ in 0..part.count(12)? {
        let symbol = part.string(usize::MAX)?;
        let id = part.int64()?;
        let symbol = std::str::from_utf8(&symbol).map_err(|_| part.invalid("is damaged"))?;
        if id < 0 {
            return Err(part.invalid("is damaged"));
        }
        each(symbol, id);
    }
    Ok(())
}

/// Checks a graph of a type with states and arcs. Returns the number of states.
fn plain(part: &mut Part, header: &Header) -> Result<i64> {
    match header.kind.as_slice() {
        b"vector" => vector(part, header),
        b"const" => constant(part, header),
        b"ngram" => ngram::check(part),
        _ => Err(part.invalid("is damaged")),
    }
}

fn vector(part: &mut Part, header: &Header) -> Result<i64> {
    let mut states = 0;
    let mut furthest = i64::from(i32::MIN);
    // A graph that was written to a pipe has the count -1: its states fill the rest of the file.
    let until_the_end = header.states == -1;
    while if until_the_end { part.remaining() > 0 } else { states < header.states } {
        let _final_weight = part.int32()?;
        let arcs = part.count(16)?;
        part.table::<16>(arcs, |arc| {
            furthest = furthest.max(next_state(arc));
            arc_is_sound(arc, MAX_STATE)
        })?;
        states += 1;
    }
    if furthest >= states || !(0..states).contains(&header.start) {
        return Err(part.invalid("is damaged"));
    }
    Ok(states)
}

/// Checks the two tables: 20 bytes for a state, 16 for an arc.
fn constant(part: &mut Part, header: &Header) -> Result<i64> {
    let (states, arcs) = (header.states, header.arcs);
    if !(1..=MAX_STATE).contains(&states) || !(0..states).contains(&header.start) || arcs < 0 {
        return Err(part.invalid("has a damaged header"));
    }
    let is_aligned = header.version == 1 || header.flags & ALIGNED != 0;
    align(part, is_aligned)?;
    part.table::<20>(states as u64, |state| {
        let [.., p0, p1, p2, p3, n0, n1, n2, n3, _, _, _, _, _, _, _, _] = *state;
        let (first, count) = (u32::from_le_bytes([p0, p1, p2, p3]), u32::from_le_bytes([n0, n1, n2, n3]));
        i64::from(first) + i64::from(count) <= arcs
    })?;
    align(part, is_aligned)?;
    part.table::<16>(arcs as u64, |arc| arc_is_sound(arc, states))?;
    Ok(states)
}

fn align(part: &mut Part, is_aligned: bool) -> Result<()> {
    let padding = part.position().next_multiple_of(16) - part.position();
    if is_aligned { part.skip(padding) } else { Ok(()) }
}

fn arc_is_sound(arc: &[u8; 16], states: i64) -> bool {
    let [i0, i1, i2, i3, o0, o1, o2, o3, ..] = *arc;
    let (input, output) = (i32::from_le_bytes([i0, i1, i2, i3]), i32::from_le_bytes([o0, o1, o2, o3]));
    input >= 0 && output >= 0 && (0..states).contains(&next_state(arc))
}

fn next_state(arc: &[u8; 16]) -> i64 {
    let [.., n0, n1, n2, n3] = *arc;
    i32::from_le_bytes([n0, n1, n2, n3]).into()
}

/// Checks a graph with an add-on: an inner graph with a header of its own, and tables of reachable labels.
fn add_on(part: &mut Part) -> Result<Option<Vocabulary>> {
    if part.int32()? != ADD_ON_MAGIC {
        return Err(part.invalid("is damaged"));
    }
    let (inner, words) = header(part)?;
    if inner.kind != b"const" {
        return Err(part.invalid("is damaged"));
    }
    let states = constant(part, &inner)?;
    if part.flag()? {
        for is_input in [true, false] {
            if part.flag()? {
                reachable(part, is_input, states)?;
            }
        }
    }
    Ok(words)
}

/// Checks the intervals of labels that are reachable from each state.
fn reachable(part: &mut Part, is_input: bool, states: i64) -> Result<()> {
    if part.flag()? != is_input {
        return Err(part.invalid("is damaged"));
    }
    if part.flag()? {
        let labels = part.count(8)?;
        part.skip(labels * 8)?;
    }
    let _final_label = part.int32()?;
    // Each set has a length of 8 bytes and a count of 4.
    let sets = part.count(12)?;
    if sets != states as u64 {
        return Err(part.invalid("is damaged"));
    }
    for _ in 0..sets {
        let intervals = part.count(8)?;
        part.table::<8>(intervals, |interval| {
            let [b0, b1, b2, b3, e0, e1, e2, e3] = *interval;
            i32::from_le_bytes([b0, b1, b2, b3]) < i32::from_le_bytes([e0, e1, e2, e3])
        })?;
        let _count = part.int32()?;
    }
    Ok(())
}
