//! Headers of WAV streams, which have no known end.

use super::header::Header;
use super::input::Input;
use super::layout::Coding;
use crate::audio::Format;
use crate::error::Result;

/// The format of a stream that begins with `head`, and the length of its header, if it is a WAV file whose samples
/// are stored as [`Decoder`](crate::audio::Decoder) takes them. `None` for other WAV files, for those whose audio comes
/// before its description, and for a header that is not whole.
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

/// The header of a mono 16-bit WAV stream whose length is not known yet: both of its lengths are the largest even
/// number, which players take as "to the end".
pub fn stream_header(sample_rate: u32) -> Result<[u8; 44]> {
    let rate = Format::pcm16(sample_rate)?.sample_rate();
    let mut header =
        *b"RIFF\xff\xff\xff\xffWAVEfmt \x10\0\0\0\x01\0\x01\0rate2*ra\x02\0\x10\0data\xfe\xff\xff\xff";
    header[24..28].copy_from_slice(&rate.to_le_bytes());
    header[28..32].copy_from_slice(&(2 * rate).to_le_bytes());
    Ok(header)
}
