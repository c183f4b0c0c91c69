//! The decoders of the two ADPCM codings in WAV files, with four bits per sample.

use audio_codec_algorithms::{AdpcmImaState, decode_adpcm_ima};

/// Bytes of each channel in the head of a block.
const IMA_HEAD: usize = 4;
const MICROSOFT_HEAD: usize = 7;

/// The adaptation of Microsoft's step size for each code.
const ADAPTATION: [i32; 16] =
    [230, 230, 230, 230, 307, 409, 512, 614, 768, 614, 512, 409, 307, 230, 230, 230];

/// The standard predictors, with which the list in every file begins.
const PREDICTORS: [(i16, i16); 7] =
    [(256, 0), (512, -256), (0, 0), (192, 64), (240, 0), (460, -208), (392, -232)];

/// Bytes of a block of IMA's coding that holds `samples` of each channel.
pub(super) fn ima_block(samples: usize, channels: usize) -> usize {
    channels * (IMA_HEAD + samples.saturating_sub(1).div_ceil(8) * 4)
}

/// Bytes of a block of Microsoft's coding that holds `samples` of each channel.
pub(super) fn microsoft_block(samples: usize, channels: usize) -> usize {
    channels * MICROSOFT_HEAD + (samples.saturating_sub(2) * channels).div_ceil(2)
}

/// Decodes a block of IMA ADPCM in the form of WAV files (format 0x11), and appends the interleaved samples. The block
/// has a head of four bytes per channel, then four bytes of each channel in turn.
///
/// A truncated block gives the samples that are complete for all channels.
pub(super) fn decode_ima(block: &[u8], channels: usize, out: &mut Vec<i16>) {
    let Some((head, body)) = block.split_at_checked(channels * IMA_HEAD) else { return };
    let mut states: Vec<_> = head
        .as_chunks::<IMA_HEAD>()
        .0
        .iter()
        .map(|head| {
            let mut state = AdpcmImaState::new();
            state.predictor = i16::from_le_bytes([head[0], head[1]]);
            state.step_index = head[2].min(88);
            state
        })
        .collect();
    out.extend(states.iter().map(|state| state.predictor));
    for group in body.chunks_exact(channels * 4) {
        let start = out.len();
        out.resize(start + 8 * channels, 0);
        for (channel, (bytes, state)) in group.as_chunks::<4>().0.iter().zip(&mut states).enumerate() {
            let codes = bytes.iter().flat_map(|byte| [byte & 15, byte >> 4]);
            for (n, code) in codes.enumerate() {
                out[start + n * channels + channel] = decode_adpcm_ima(code, state);
            }
        }
    }
}

/// The predictors in a WAV file's `fmt ` chunk. `extension` begins after the first sixteen bytes of the chunk.
pub(super) fn predictors(extension: &[u8]) -> Vec<(i16, i16)> {
    let listed = extension.get(6..).unwrap_or_default().as_chunks::<4>().0.iter();
    let mut predictors = PREDICTORS.to_vec();
    let further = listed.skip(PREDICTORS.len());
    predictors.extend(
        further.map(|pair| (i16::from_le_bytes([pair[0], pair[1]]), i16::from_le_bytes([pair[2], pair[3]]))),
    );
    predictors
}

/// Decodes a block of Microsoft ADPCM (format 2), and appends the interleaved samples.
///
/// A truncated block gives the samples that are complete for all channels.
pub(super) fn decode_microsoft(block: &[u8], channels: usize, predictors: &[(i16, i16)], out: &mut Vec<i16>) {
    let Some((head, body)) = block.split_at_checked(channels * MICROSOFT_HEAD) else { return };
    let (indices, words) = head.split_at(channels);
    let word = |kind: usize, channel: usize| {
        let at = 2 * (kind * channels + channel);
        i32::from(i16::from_le_bytes([words[at], words[at + 1]]))
    };
    let mut states: Vec<_> = (0..channels)
        .map(|channel| {
            let (first, second) =
                predictors.get(usize::from(indices[channel])).copied().unwrap_or(PREDICTORS[0]);
            Microsoft {
                factors: (first.into(), second.into()),
                step: word(0, channel),
                last: word(1, channel),
                before: word(2, channel),
            }
        })
        .collect();
    out.extend(states.iter().map(|state| state.before as i16));
    out.extend(states.iter().map(|state| state.last as i16));
    let codes: Vec<u8> = body.iter().flat_map(|byte| [byte >> 4, byte & 15]).collect();
    for frame in codes.chunks_exact(channels) {
        out.extend(frame.iter().zip(&mut states).map(|(code, state)| state.next(*code)));
    }
}

/// The state of one channel of Microsoft's coding.
struct Microsoft {
    factors: (i32, i32),
    step: i32,
    last: i32,
    before: i32,
}

impl Microsoft {
    fn next(&mut self, code: u8) -> i16 {
        let signed = i32::from(code) - if code > 7 { 16 } else { 0 };
        // Predictors in a file may have any value.
        let product = |sample: i32, factor: i32| i64::from(sample) * i64::from(factor);
        let predicted = (product(self.last, self.factors.0) + product(self.before, self.factors.1)) / 256;
        let sample = predicted + i64::from(signed * self.step);
        let sample = sample.clamp(i16::MIN.into(), i16::MAX.into()) as i32;
        self.before = std::mem::replace(&mut self.last, sample);
        // Limited, so that no file causes an overflow.
        self.step = ((self.step * ADAPTATION[usize::from(code)]) >> 8).clamp(16, 1 << 20);
        sample as i16
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn block_sizes_match_other_tools() {
        // The sizes that ffmpeg and sox write for 8 kHz mono.
        assert_eq!(ima_block(505, 1), 256);
        assert_eq!(ima_block(2_041, 1), 1_024);
        assert_eq!(ima_block(505, 2), 512);
        assert_eq!(microsoft_block(500, 1), 256);
        assert_eq!(microsoft_block(500, 2), 512);
    }

    #[test]
    fn any_bytes_decode_to_whole_frames() {
        let bytes: Vec<u8> = (0..=255).cycle().take(700).collect();
        for channels in 1..=8 {
            for length in 0..bytes.len() {
                let mut out = Vec::new();
                decode_ima(&bytes[..length], channels, &mut out);
                decode_microsoft(&bytes[bytes.len() - length..], channels, &PREDICTORS, &mut out);
                let hostile = [(i16::MIN, i16::MIN); 256];
                decode_microsoft(&bytes[..length], channels, &hostile, &mut out);
                assert_eq!(out.len() % channels, 0);
                assert!(out.len() <= 6 * length);
            }
        }
    }
}
