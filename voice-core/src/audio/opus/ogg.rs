//! Opus packets of an Ogg stream that is still arriving: RFC 3533 and 7845.

use super::MAX_PACKET;
use super::item::Item;

/// The bytes of a page before its table of segments.
const HEADER: usize = 27;

/// Finds the packets in pages. It keeps at most one page and one packet.
#[derive(Default)]
pub(super) struct Demuxer {
    /// The number of the stream whose packets are taken.
    serial: Option<u32>,
    /// The beginning of a packet that goes on in the next page.
    packet: Vec<u8>,
    is_too_long: bool,
    /// Whether the packet after the header, with tags, was skipped.
    has_tags: bool,
}

impl Demuxer {
    /// Takes complete pages from the beginning of `bytes`, and returns how many bytes are done.
    pub(super) fn take(&mut self, bytes: &[u8], sink: &mut impl FnMut(Item<'_>)) -> usize {
        let mut done = 0;
        loop {
            let rest = &bytes[done..];
            if !rest.starts_with(&b"OggS"[..rest.len().min(4)]) {
                // A damaged page: the next one is searched, whose beginning may be at the end of `rest`.
                let next = rest.windows(4).position(|name| name == b"OggS");
                done += next.unwrap_or(rest.len().saturating_sub(3).max(1));
                continue;
            }
            let Some(count) = rest.get(HEADER - 1).map(|&count| usize::from(count)) else { return done };
            let Some(table) = rest.get(HEADER..HEADER + count) else { return done };
            let length: usize = table.iter().map(|&length| usize::from(length)).sum();
            let Some(body) = rest.get(HEADER + count..HEADER + count + length) else { return done };
            let serial = u32::from_le_bytes([rest[14], rest[15], rest[16], rest[17]]);
            self.page(serial, rest[5], table, body, sink);
            done += HEADER + count + length;
        }
    }

    fn page(
        &mut self,
        serial: u32,
        flags: u8,
        table: &[u8],
        mut body: &[u8],
        sink: &mut impl FnMut(Item<'_>),
    ) {
        let is_first = flags & 2 != 0;
        if is_first && body.starts_with(b"OpusHead") {
            // Another recording may follow the first.
            self.serial = Some(serial);
            self.has_tags = false;
        }
        if self.serial != Some(serial) {
            return;
        }
        if flags & 1 == 0 {
            self.packet.clear();
            self.is_too_long = false;
        }
        for &length in table {
            let (part, rest) = body.split_at(usize::from(length));
            body = rest;
            if self.packet.len() + part.len() > MAX_PACKET {
                self.is_too_long = true;
            } else {
                self.packet.extend_from_slice(part);
            }
            if length < 255 {
                self.packet_is_complete(sink);
            }
        }
    }

    fn packet_is_complete(&mut self, sink: &mut impl FnMut(Item<'_>)) {
        if self.packet.starts_with(b"OpusHead") {
            sink(Item::Header(&self.packet));
        } else if !self.has_tags {
            // The tags may have any length.
            self.has_tags = true;
        } else if !self.is_too_long {
            sink(Item::Packet(&self.packet));
        }
        self.packet.clear();
        self.is_too_long = false;
    }
}
