//! The audio between the host's audio callback and the thread that recognizes.

use rtrb::{Consumer, Producer, RingBuffer};
use voice_core::audio::{Format, SampleEncoding};

use super::signal::Signal;
use crate::error::{voice_code, voice_error};

/// The audio that may wait, in seconds.
const SECONDS: usize = 5;

/// The length before each piece, in bytes.
const HEAD: usize = size_of::<u32>();

/// The end of the audio callback. It neither waits nor allocates, unless it makes an error.
pub(super) struct Microphone {
    queue: Producer<u8>,
    /// The samples that are pushed; `None` if they are compressed.
    pub(super) encoding: Option<SampleEncoding>,
}

/// The end of the thread that recognizes.
pub(super) struct Pieces(Consumer<u8>);

pub(super) fn microphone(format: Format, encoding: Option<SampleEncoding>) -> (Microphone, Pieces) {
    let second = format.sample_rate() as usize * format.frame_bytes();
    let (queue, pieces) = RingBuffer::new(second * SECONDS);
    (Microphone { queue, encoding }, Pieces(pieces))
}

impl Microphone {
    /// Queues a piece as a whole, or refuses it.
    pub(super) fn push(&mut self, audio: &[u8], signal: &Signal) -> Result<(), voice_error> {
        if audio.is_empty() {
            return Ok(());
        }
        let most = self.queue.buffer().capacity() - HEAD;
        if audio.len() > most {
            let message = format!("{} bytes in one piece; push at most {most}", audio.len());
            return Err(voice_error::new(voice_code::MessageTooLarge, &message));
        }
        let Ok(room) = self.queue.write_chunk_uninit(HEAD + audio.len()) else {
            let message = "too much audio waits; call voice_dialog_listen without a pause";
            let error = voice_core::Error::new(voice_core::ErrorKind::Overloaded, message);
            return Err(error.into());
        };
        // `most` fits.
        let length = (audio.len() as u32).to_ne_bytes();
        room.fill_from_iter(length.into_iter().chain(audio.iter().copied()));
        signal.set();
        Ok(())
    }
}

impl Pieces {
    /// The next piece.
    pub(super) fn pop(&mut self) -> Option<Vec<u8>> {
        let mut length = [0; HEAD];
        self.0.pop_entire_slice(&mut length).ok()?;
        let mut piece = vec![0; u32::from_ne_bytes(length) as usize];
        // It was queued together with its length.
        self.0.pop_entire_slice(&mut piece).ok()?;
        Some(piece)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_stay_whole_and_bounded() {
        let format = Format::new(SampleEncoding::PcmI16, 8_000, 1).unwrap();
        let (mut microphone, mut pieces) = microphone(format, None);
        let signal = Signal::default();
        let code = |outcome: Result<(), voice_error>| outcome.map_err(|error| error.code());
        assert_eq!(code(microphone.push(&[], &signal)), Ok(()));
        assert_eq!(pieces.pop(), None);
        for round in 0..100 {
            let sent = [vec![round; 1_001], vec![1; 7_000], vec![2; 72_000]];
            for piece in &sent[..2] {
                assert_eq!(code(microphone.push(piece, &signal)), Ok(()));
            }
            assert_eq!(code(microphone.push(&sent[2], &signal)), Err(voice_code::Overloaded));
            for piece in &sent[..2] {
                assert_eq!(pieces.pop().as_ref(), Some(piece));
            }
            assert!(pieces.is_empty() && pieces.pop().is_none());
        }
        assert_eq!(code(microphone.push(&vec![0; 80_000], &signal)), Err(voice_code::MessageTooLarge));
    }
}
