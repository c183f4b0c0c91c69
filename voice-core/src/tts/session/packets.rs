//! Cuts the audio of a session into pieces for an encoder of packets, and encodes them when they are given out.

use crate::audio::{Format, Output, Packer};
use crate::error::Result;

/// The packets of a session.
pub(super) struct Packets {
    packer: Packer,
    format: Format,
    /// Audio of an incomplete piece.
    pending: Vec<u8>,
    /// Whether the audio was filled up, and nothing came after it.
    is_filled: bool,
}

impl Packets {
    /// The packets for `output`, if it has any. Fails with
    /// [`ErrorKind::AudioFormatUnsupported`](crate::ErrorKind::AudioFormatUnsupported).
    pub(super) fn new(output: Output, format: Format) -> Result<Option<Self>> {
        let packer = Packer::new(output, format)?;
        Ok(packer.map(|packer| Self { packer, format, pending: Vec::new(), is_filled: true }))
    }

    /// The frames of a packet. All pieces are whole numbers of packets.
    pub(super) fn frames(&self) -> u64 {
        u64::from(self.format.sample_rate() / 1_000 * Packer::PACKET_MS)
    }

    /// Takes audio, and returns the pieces that are complete with it.
    pub(super) fn cut(&mut self, audio: &[u8]) -> Vec<Vec<u8>> {
        self.is_filled = false;
        self.pending.extend_from_slice(audio);
        let piece = self.format.bytes_in(self.packer.piece_ms());
        let whole = self.pending.len() - self.pending.len() % piece;
        let rest = self.pending.split_off(whole);
        std::mem::replace(&mut self.pending, rest).chunks(piece).map(<[u8]>::to_vec).collect()
    }

    /// The remaining audio with silence up to a whole packet, late enough that a decoder gives all of it.
    pub(super) fn fill(&mut self, is_end: bool) -> Option<Vec<u8>> {
        if std::mem::replace(&mut self.is_filled, true) {
            return None;
        }
        let mut rest = std::mem::take(&mut self.pending);
        if is_end && self.packer.ends_anywhere() {
            return Some(rest).filter(|rest| !rest.is_empty());
        }
        let late = self.packer.lookahead() as usize * self.format.frame_bytes();
        let packet = self.format.bytes_in(Packer::PACKET_MS);
        rest.resize((rest.len() + late).next_multiple_of(packet), 0);
        Some(rest)
    }

    /// Drops the remaining audio.
    pub(super) fn clear(&mut self) {
        self.pending.clear();
        self.is_filled = true;
    }

    /// Encodes a piece.
    pub(super) fn encode(&mut self, piece: &[u8]) -> Result<Vec<u8>> {
        self.packer.push(piece)
    }

    /// The bytes after the last piece, if there are any.
    pub(super) fn finish(&mut self) -> Result<Option<Vec<u8>>> {
        self.packer.finish()
    }
}
