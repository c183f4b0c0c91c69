//! Opus packets of a `WebM` stream that is still arriving, as browsers record it: RFC 8794 and 9559.

use super::MAX_PACKET;
use super::item::Item;

const SEGMENT: u32 = 0x1853_8067;
const CLUSTER: u32 = 0x1f43_b675;
const TRACKS: u32 = 0x1654_ae6b;
const TRACK_ENTRY: u32 = 0xae;
const TRACK_NUMBER: u32 = 0xd7;
const CODEC_ID: u32 = 0x86;
const CODEC_PRIVATE: u32 = 0x63a2;
const BLOCK_GROUP: u32 = 0xa0;
const BLOCK: u32 = 0xa1;
const SIMPLE_BLOCK: u32 = 0xa3;

/// The largest element that is kept: a packet and the header of its block.
const MAX_KEPT: u64 = MAX_PACKET as u64 + 16;

/// Finds the packets in blocks. It keeps at most one element.
#[derive(Default)]
pub(super) struct Demuxer {
    /// Bytes of an element that are skipped.
    skipped: u64,
    /// The description of a track that is being read.
    number: u64,
    is_opus: bool,
    header: Vec<u8>,
    /// The track whose packets are taken.
    track: Option<u64>,
}

impl Demuxer {
    /// Takes complete elements from the beginning of `bytes`, and returns how many bytes are done.
    pub(super) fn take(&mut self, bytes: &[u8], sink: &mut impl FnMut(Item<'_>)) -> usize {
        let mut done = 0;
        loop {
            let skipped = self.skipped.min((bytes.len() - done) as u64);
            self.skipped -= skipped;
            done += skipped as usize;
            let rest = &bytes[done..];
            let Some((id, id_length)) = id(rest) else { return done };
            let Some((size, size_length)) = size(&rest[id_length..]) else { return done };
            let head = id_length + size_length;
            match (id, size) {
                (SEGMENT | CLUSTER | TRACKS | BLOCK_GROUP, _) => done += head,
                (TRACK_ENTRY, _) => {
                    self.number = 0;
                    self.is_opus = false;
                    self.header.clear();
                    done += head;
                }
                (TRACK_NUMBER | CODEC_ID | CODEC_PRIVATE | BLOCK | SIMPLE_BLOCK, Some(size))
                    if size <= MAX_KEPT =>
                {
                    let Some(body) = rest.get(head..head + size as usize) else { return done };
                    self.element(id, body, sink);
                    done += head + size as usize;
                }
                // An element that is not needed, or a damaged one.
                (_, size) => {
                    self.skipped = size.unwrap_or(0);
                    done += head;
                }
            }
        }
    }

    fn element(&mut self, id: u32, body: &[u8], sink: &mut impl FnMut(Item<'_>)) {
        match id {
            TRACK_NUMBER => {
                self.number = body.iter().take(8).fold(0, |number, &byte| number << 8 | u64::from(byte));
            }
            CODEC_ID => self.is_opus = body == b"A_OPUS",
            CODEC_PRIVATE => self.header = body.to_vec(),
            _ => self.block(body, sink),
        }
        // The fields of a track come in any order.
        if self.track.is_none() && self.is_opus && self.number != 0 && !self.header.is_empty() {
            self.track = Some(self.number);
            sink(Item::Header(&self.header));
        }
    }

    fn block(&mut self, body: &[u8], sink: &mut impl FnMut(Item<'_>)) {
        let Some((Some(track), length)) = size(body) else { return };
        // After the number: two bytes of time, and flags with the kind of lacing.
        let Some((&[_, _, flags], packet)) = body[length..].split_first_chunk() else { return };
        if self.track != Some(track) {
            return;
        }
        // No browser puts several packets in a block.
        if flags & 6 == 0 { sink(Item::Packet(packet)) } else { sink(Item::Unsupported) }
    }
}

/// The identifier of an element and its length. A damaged one counts as one byte.
fn id(bytes: &[u8]) -> Option<(u32, usize)> {
    let length = (bytes.first()?.leading_zeros() as usize + 1).min(5);
    if length > 4 {
        return Some((0, 1)).filter(|_| bytes.len() > 1);
    }
    let id = bytes.get(..length)?.iter().fold(0, |id, &byte| id << 8 | u32::from(byte));
    Some((id, length))
}

/// A number of variable length and its length; the number is `None` if it is unknown.
fn size(bytes: &[u8]) -> Option<(Option<u64>, usize)> {
    let first = *bytes.first()?;
    let length = first.leading_zeros() as usize + 1;
    if length > 8 {
        return Some((None, 1));
    }
    let value = bytes.get(..length)?.iter().fold(0, |value, &byte| value << 8 | u64::from(byte));
    let mask = (1 << (7 * length)) - 1;
    let value = value & mask;
    Some(((value != mask).then_some(value), length))
}
