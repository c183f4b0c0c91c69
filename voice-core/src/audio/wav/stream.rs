//! Headers of WAV streams, whose length is not known.

use super::header::Header;
use super::input::Input;
use super::layout::Coding;
use crate::audio::Format;
use crate::error::Result;

/// The format and the header length of a WAV stream that begins with `head`, if
/// [`Decoder`](crate::audio::Decoder) can decode its samples. `None` for other codings, for files whose audio precedes
/// the `fmt ` chunk, and for an incomplete header.
pub fn raw_header(head: &[u8]) -> Option<(Format, usize)> {
    let mut input = Input::new(head);
    let header = Header::read(&mut input).ok()?;
    let layout = &header.layout;
    let is_raw = match layout.coding {
        Coding::Pcm => layout.sample_bytes() == 2,
        Coding::Float => layout.sample_bytes() == 4,
        _ => false,
    };
    let format = layout.format().ok()?;
    (is_raw && !header.is_early && !layout.is_big_endian).then(|| (format, input.position()))
}

/// The header of a mono 16-bit WAV stream of unknown length. Both of its lengths are the largest even number, which
/// players read as "to the end". Fails with [`AudioFormatUnsupported`](crate::ErrorKind::AudioFormatUnsupported).
pub fn stream_header(sample_rate: u32) -> Result<[u8; 44]> {
    let rate = Format::pcm16(sample_rate)?.sample_rate();
    let mut header =
        *b"RIFF\xff\xff\xff\xffWAVEfmt \x10\0\0\0\x01\0\x01\0rate2*ra\x02\0\x10\0data\xfe\xff\xff\xff";
    header[24..28].copy_from_slice(&rate.to_le_bytes());
    header[28..32].copy_from_slice(&(2 * rate).to_le_bytes());
    Ok(header)
}
