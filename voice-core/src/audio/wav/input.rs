//! A byte source with look-ahead.

use std::io::{self, ErrorKind, Read};

/// Bytes read from the source at a time.
const PIECE: usize = 16 << 10;

/// A source with look-ahead. It is read sequentially, because standard input cannot seek.
pub(super) struct Input<R> {
    source: R,
    ahead: Vec<u8>,
    /// The number of consumed bytes of `ahead`.
    used: usize,
    /// The number of bytes read from the source.
    total: usize,
}

impl<R: Read> Input<R> {
    pub(super) fn new(source: R) -> Self {
        Self { source, ahead: Vec::new(), used: 0, total: 0 }
    }

    /// The number of consumed bytes.
    pub(super) fn position(&self) -> usize {
        self.total - (self.ahead.len() - self.used)
    }

    /// The next `count` bytes, or fewer at the end, without consuming them.
    pub(super) fn peek(&mut self, count: usize) -> io::Result<&[u8]> {
        self.fill(count)?;
        let ahead = &self.ahead[self.used..];
        Ok(&ahead[..ahead.len().min(count)])
    }

    /// Appends the next `count` bytes to `out`, or fewer at the end, and returns their number.
    pub(super) fn read(&mut self, count: usize, out: &mut Vec<u8>) -> io::Result<usize> {
        self.fill(count)?;
        let count = count.min(self.ahead.len() - self.used);
        out.extend_from_slice(&self.ahead[self.used..self.used + count]);
        self.used += count;
        Ok(count)
    }

    /// Skips `count` bytes, or fewer at the end. The first ones are appended to `kept`, up to its capacity.
    pub(super) fn skip(&mut self, mut count: u64, kept: &mut Vec<u8>) -> io::Result<()> {
        while count > 0 {
            let piece = self.peek(count.min(PIECE as u64) as usize)?;
            let room = kept.capacity() - kept.len();
            kept.extend_from_slice(&piece[..piece.len().min(room)]);
            let length = piece.len();
            if length == 0 {
                break;
            }
            self.used += length;
            count -= length as u64;
        }
        Ok(())
    }

    /// Inserts `bytes` before the next byte.
    pub(super) fn put_back(&mut self, bytes: &[u8]) {
        self.ahead.splice(..self.used, bytes.iter().copied());
        self.used = 0;
    }

    fn fill(&mut self, count: usize) -> io::Result<()> {
        if self.ahead.len() - self.used >= count {
            return Ok(());
        }
        self.ahead.drain(..self.used);
        self.used = 0;
        while self.ahead.len() < count {
            let length = self.ahead.len();
            self.ahead.resize(count.max(length + PIECE), 0);
            let read = match self.source.read(&mut self.ahead[length..]) {
                Err(error) if error.kind() == ErrorKind::Interrupted => Ok(0),
                Ok(0) => {
                    self.ahead.truncate(length);
                    return Ok(());
                }
                read => read,
            };
            let count = *read.as_ref().unwrap_or(&0);
            self.ahead.truncate(length + count);
            self.total += count;
            read?;
        }
        Ok(())
    }
}
