//! Identification of file formats by their first bytes.

/// The format of a file that does not contain raw samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Container {
    /// RIFF, RIFX, RF64 or BW64 with a WAVE form.
    Wav,
    /// Sony Wave64.
    Wave64,
    /// MPEG audio, layer I to III.
    Mp3,
    /// AAC in an ADTS stream.
    Aac,
    /// FLAC.
    Flac,
    /// Ogg with Opus, Vorbis, Speex or FLAC.
    Ogg,
    /// `WebM` or Matroska.
    Webm,
    /// MPEG-4: M4A, MP4, MOV, 3GP.
    Mp4,
    /// Adaptive multi-rate, narrow or wide band.
    Amr,
    /// AIFF or AIFF-C.
    Aiff,
    /// Audio of Sun and `NeXT`.
    Au,
    /// Apple's Core Audio Format.
    Caf,
    /// Windows Media.
    Asf,
    /// AVI video.
    Avi,
    /// `WavPack`.
    WavPack,
    /// A ZIP or gzip archive.
    Archive,
    /// HTML, JSON, XML or other text.
    Text,
}

/// The most bytes that [`Container::identify`] reads.
pub const IDENTIFIABLE: usize = 4_096;

impl Container {
    /// The format of a file that begins with `head`; `None` if it may be raw samples.
    ///
    /// Raw samples are misidentified in less than one of a billion streams: a signature has at least four bytes. Frames
    /// of MPEG audio have a signature of only a few bits, so several consecutive frames are required.
    pub fn identify(head: &[u8]) -> Option<Self> {
        let head = &head[..head.len().min(IDENTIFIABLE)];
        let form = head.get(8..12).unwrap_or_default();
        Some(match head.get(..4)? {
            b"RIFF" if form == b"AVI " => Self::Avi,
            b"RIFF" | b"RIFX" | b"RF64" | b"BW64" if form == b"WAVE" => Self::Wav,
            b"riff" if head.get(4..8) == Some(&[0x2e, 0x91, 0xcf, 0x11]) => Self::Wave64,
            b"fLaC" => Self::Flac,
            b"OggS" => Self::Ogg,
            [0x1a, 0x45, 0xdf, 0xa3] => Self::Webm,
            b"FORM" if form.starts_with(b"AIF") => Self::Aiff,
            b".snd" => Self::Au,
            b"caff" => Self::Caf,
            b"wvpk" => Self::WavPack,
            [0x30, 0x26, 0xb2, 0x75] => Self::Asf,
            [b'P', b'K', 3, 4] | [0x1f, 0x8b, 8, 0 | 8] => Self::Archive,
            b"#!AM" if head.starts_with(b"#!AMR") => Self::Amr,
            _ if head.get(4..8) == Some(b"ftyp") => Self::Mp4,
            [b'I', b'D', b'3', 2..=4] => Self::Mp3,
            _ if has_consecutive_frames(head, mpeg_frame) => Self::Mp3,
            _ if has_consecutive_frames(head, adts_frame) => Self::Aac,
            _ if is_text(head) => Self::Text,
            _ => return None,
        })
    }

    /// The name of the format, with an article.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Wav => "a WAV file",
            Self::Wave64 => "a Wave64 file",
            Self::Mp3 => "an MP3 file",
            Self::Aac => "an AAC file",
            Self::Flac => "a FLAC file",
            Self::Ogg => "an Ogg file (Opus, Vorbis or Speex)",
            Self::Webm => "a WebM or Matroska file",
            Self::Mp4 => "an MPEG-4 file (M4A, MP4 or 3GP)",
            Self::Amr => "an AMR file",
            Self::Aiff => "an AIFF file",
            Self::Au => "an AU file",
            Self::Caf => "a CAF file",
            Self::Asf => "a Windows Media file",
            Self::Avi => "an AVI video",
            Self::WavPack => "a WavPack file",
            Self::Archive => "an archive",
            Self::Text => "text",
        }
    }

    /// Whether [`file::Reader`](super::file::Reader) decodes it, in builds with the feature `files`.
    pub const fn is_decoded(self) -> bool {
        matches!(
            self,
            Self::Wav
                | Self::Wave64
                | Self::Mp3
                | Self::Aac
                | Self::Flac
                | Self::Ogg
                | Self::Webm
                | Self::Mp4
                | Self::Aiff
                | Self::Caf
        )
    }

    /// Whether ffmpeg can convert it to a WAV file.
    pub const fn holds_audio(self) -> bool {
        !matches!(self, Self::Archive | Self::Text)
    }
}

/// Whether `head` begins with three consecutive frames, or with two if it ends there.
fn has_consecutive_frames(head: &[u8], length: fn(&[u8]) -> Option<usize>) -> bool {
    let mut rest = head;
    for frame in 0..3 {
        let Some(bytes) = length(rest) else { return false };
        match rest.get(bytes..) {
            Some(next) if next.len() >= 4 => rest = next,
            _ => return frame > 0,
        }
    }
    true
}

/// The length of the frame of MPEG audio that `bytes` begins with; ISO/IEC 11172-3, 2.4.1.3.
fn mpeg_frame(bytes: &[u8]) -> Option<usize> {
    const V1: [[u16; 14]; 3] = [
        [32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
        [32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
        [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
    ];
    const V2: [[u16; 14]; 2] = [
        [32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
        [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
    ];
    let &[0xff, second, third, _, ..] = bytes else { return None };
    let (version, layer) = (second >> 3 & 3, second >> 1 & 3);
    if second & 0xe0 != 0xe0 || version == 1 || layer == 0 {
        return None;
    }
    let layer = usize::from(4 - layer);
    let table = if version == 3 { V1[layer - 1] } else { V2[(layer - 1).min(1)] };
    let kbits = usize::from(*table.get(usize::from(third >> 4).checked_sub(1)?)?);
    let rate = *[44_100, 48_000, 32_000].get(usize::from(third >> 2 & 3))?;
    let rate = rate >> [2, 0, 1, 0][usize::from(version)];
    let padding = usize::from(third >> 1 & 1);
    Some(match (layer, version) {
        (1, _) => (12_000 * kbits / rate + padding) * 4,
        (3, 0 | 2) => 72_000 * kbits / rate + padding,
        _ => 144_000 * kbits / rate + padding,
    })
}

/// The length of the ADTS frame that `bytes` begins with; ISO/IEC 13818-7, 6.2.
fn adts_frame(bytes: &[u8]) -> Option<usize> {
    let &[0xff, second, third, fourth, fifth, sixth, ..] = bytes else { return None };
    if second & 0xf6 != 0xf0 || third >> 2 & 15 > 12 {
        return None;
    }
    let length = usize::from(fourth & 3) << 11 | usize::from(fifth) << 3 | usize::from(sixth >> 5);
    (length > 7).then_some(length)
}

/// Whether `head` is text of at least 16 bytes.
fn is_text(head: &[u8]) -> bool {
    let text = match str::from_utf8(head) {
        Ok(text) => text,
        // The head may end within a character.
        Err(error) if error.error_len().is_none() => {
            str::from_utf8(&head[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return false,
    };
    text.len() >= 16 && !text.chars().any(|c| c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{c}'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_are_identified() {
        for (head, expected) in [
            (&b"RIFF\xff\xff\xff\xffWAVEfmt "[..], Some(Container::Wav)),
            (b"RF64\xff\xff\xff\xffWAVEds64", Some(Container::Wav)),
            (b"RIFF\x00\x00\x00\x10AVI LIST", Some(Container::Avi)),
            (b"\x1a\x45\xdf\xa3\x9fB\x86\x81", Some(Container::Webm)),
            (b"fLaC\0\0\0\x22", Some(Container::Flac)),
            (b"OggS\0\x02\0\0", Some(Container::Ogg)),
            (b"ID3\x04\0\0\0\0\0", Some(Container::Mp3)),
            (b"\0\0\0\x20ftypM4A ", Some(Container::Mp4)),
            (b"#!AMR\n<", Some(Container::Amr)),
            (b"#!AMR-WB\n", Some(Container::Amr)),
            (b"<!DOCTYPE html><html>", Some(Container::Text)),
            (b"", None),
            (b"RI", None),
            (b"\xff\xfb\x90\x64", None),
            (b"hello", None),
        ] {
            assert_eq!(Container::identify(head), expected, "{head:?}");
        }
    }

    #[test]
    fn consecutive_mpeg_frames_are_identified() {
        // 128 kbit/s at 44.1 kHz: 417 bytes.
        let frame = [&[0xff, 0xfb, 0x90, 0x64][..], &[0; 413]].concat();
        assert_eq!(Container::identify(&frame.repeat(3)), Some(Container::Mp3));
        assert_eq!(Container::identify(&frame), None, "one frame is not enough");
        assert_eq!(Container::identify(&[&frame[..], &[0; 417]].concat()), None);
        let adts = [&[0xff, 0xf1, 0x60, 0x40, 0x03, 0x20, 0xfc][..], &[0; 18]].concat();
        assert_eq!(Container::identify(&adts.repeat(3)), Some(Container::Aac));
    }

    #[test]
    fn samples_are_not_identified_as_a_container() {
        let mut random = fastrand::Rng::with_seed(1);
        for level in [1, 30, 1_000, 32_767] {
            for _ in 0..2_000 {
                let samples = std::iter::repeat_with(|| random.i16(-level..=level));
                let head: Vec<u8> = samples.take(256).flat_map(i16::to_le_bytes).collect();
                assert_eq!(Container::identify(&head), None, "{:?}", &head[..16]);
            }
        }
    }
}
