//! The decoder of GSM 06.10 full rate: 13 kbit/s speech at 8 kHz, in the WAV49 packing of WAV files.
//!
//! Source: ETSI EN 300 961 (GSM 06.10); the functions name its sections. All arithmetic is that of the standard, in
//! saturating 16 bits, so the output is bit-exact.

/// Samples of one frame.
const FRAME: usize = 160;

/// Samples of one sub-frame.
const SUB_FRAME: usize = 40;

/// The longest lag of the long-term predictor.
const LONGEST_LAG: usize = 120;

/// Bytes of two frames in WAV49.
pub(super) const BLOCK_BYTES: usize = 65;

/// Samples of two frames.
pub(super) const BLOCK_SAMPLES: usize = 2 * FRAME;

/// Bits of each log area ratio in a frame.
const LAR_BITS: [u32; 8] = [6, 6, 5, 5, 4, 4, 3, 3];

/// Table 4.1: the quantization of the log area ratios.
const LAR_B: [i16; 8] = [0, 0, 2_048, -2_560, 94, -1_792, -341, -1_144];
const LAR_MIC: [i16; 8] = [-32, -32, -16, -16, -8, -8, -4, -4];

/// Table 4.2: reciprocals of table 4.1's factors.
const LAR_INVERSE_A: [i16; 8] = [13_107, 13_107, 13_107, 13_107, 19_223, 17_476, 31_454, 29_708];

/// Table 4.3b: the gain of the long-term predictor.
const LTP_GAIN: [i16; 4] = [3_277, 11_469, 21_299, 32_767];

/// Table 4.6: the normalized mantissa of the excitation's maximum.
const MANTISSA: [i16; 8] = [18_431, 20_479, 22_527, 24_575, 26_623, 28_671, 30_719, 32_767];

/// The state of a decoder between frames.
pub(super) struct Decoder {
    /// The excitation of the last frames, newest at the end, with space for one more sub-frame.
    excitation: [i16; LONGEST_LAG + SUB_FRAME],
    lag: usize,
    log_area_ratios: [i16; 8],
    synthesis: [i16; 9],
    emphasis: i16,
}

impl Default for Decoder {
    fn default() -> Self {
        Self {
            excitation: [0; LONGEST_LAG + SUB_FRAME],
            lag: SUB_FRAME,
            log_area_ratios: [0; 8],
            synthesis: [0; 9],
            emphasis: 0,
        }
    }
}

impl Decoder {
    /// Appends the samples of a block of WAV49 to `out`. A truncated block gives its complete frames.
    pub(super) fn decode(&mut self, block: &[u8], out: &mut Vec<i16>) {
        // The two frames are 260 bits each, and the second begins in the middle of a byte.
        let frames = block.len() * 8 / 260;
        let mut bits = Bits { bytes: block, at: 0 };
        for _ in 0..frames.min(2) {
            self.frame(&mut bits, out);
        }
    }

    fn frame(&mut self, bits: &mut Bits, out: &mut Vec<i16>) {
        let coded: [i16; 8] = std::array::from_fn(|n| bits.take(LAR_BITS[n]));
        let mut residual = [0; FRAME];
        for sub_frame in residual.as_chunks_mut::<SUB_FRAME>().0 {
            self.sub_frame(bits, sub_frame);
        }
        let before = std::mem::replace(&mut self.log_area_ratios, log_area_ratios(coded));
        let now = self.log_area_ratios;
        // 4.2.9.1: the filter changes in four steps.
        let mix = |near: [i16; 8], far: [i16; 8]| {
            std::array::from_fn(|n| add(add(near[n] >> 2, far[n] >> 2), near[n] >> 1))
        };
        let half = std::array::from_fn(|n| add(before[n] >> 1, now[n] >> 1));
        for (range, ratios) in
            [(0..13, mix(before, now)), (13..27, half), (27..40, mix(now, before)), (40..FRAME, now)]
        {
            let coefficients = ratios.map(reflection);
            for sample in &residual[range] {
                let sample = self.synthesize(*sample, &coefficients);
                // 4.3.5 and 4.3.7: de-emphasis, and clearing of the three lowest bits.
                self.emphasis = add(sample, multiply(self.emphasis, 28_180));
                out.push((add(self.emphasis, self.emphasis) as u16 & 0xfff8) as i16);
            }
        }
    }

    /// 4.3.2: one sub-frame of the short-term residual.
    fn sub_frame(&mut self, bits: &mut Bits, out: &mut [i16; SUB_FRAME]) {
        let lag = bits.take(7) as usize;
        let gain = LTP_GAIN[bits.take(2) as usize];
        let grid = bits.take(2) as usize;
        let maximum = bits.take(6);
        let mut pulses = [0; SUB_FRAME];
        let (mantissa, exponent) = mantissa_and_exponent(maximum);
        let shift = 6 - exponent;
        let rounding = if shift > 0 { 1i16 << (shift - 1) } else { 0 };
        for n in 0..13 {
            // 4.2.16: a pulse of three bits.
            let pulse = (bits.take(3) * 2 - 7) << 12;
            pulses[grid + 3 * n] = add(multiply(MANTISSA[mantissa], pulse), rounding) >> shift;
        }
        if (SUB_FRAME..=LONGEST_LAG).contains(&lag) {
            self.lag = lag;
        }
        for (n, pulse) in pulses.into_iter().enumerate() {
            let predicted = multiply(gain, self.excitation[LONGEST_LAG + n - self.lag]);
            self.excitation[LONGEST_LAG + n] = add(pulse, predicted);
        }
        out.copy_from_slice(&self.excitation[LONGEST_LAG..]);
        self.excitation.copy_within(SUB_FRAME.., 0);
    }

    /// 4.3.4: the lattice filter of the vocal tract.
    fn synthesize(&mut self, residual: i16, coefficients: &[i16; 8]) -> i16 {
        let mut sample = residual;
        for n in (0..8).rev() {
            sample = subtract(sample, multiply(coefficients[n], self.synthesis[n]));
            self.synthesis[n + 1] = add(self.synthesis[n], multiply(coefficients[n], sample));
        }
        self.synthesis[0] = sample;
        sample
    }
}

/// 4.2.8: decoding of the log area ratios.
fn log_area_ratios(coded: [i16; 8]) -> [i16; 8] {
    std::array::from_fn(|n| {
        let value = subtract(add(coded[n], LAR_MIC[n]) << 10, LAR_B[n] << 1);
        let value = multiply(LAR_INVERSE_A[n], value);
        add(value, value)
    })
}

/// 4.2.9.2: a ratio as a reflection coefficient.
fn reflection(ratio: i16) -> i16 {
    let size = if ratio == i16::MIN { i16::MAX } else { ratio.abs() };
    let size = match size {
        ..11_059 => size << 1,
        11_059..20_070 => size + 11_059,
        _ => add(size >> 2, 26_112),
    };
    if ratio < 0 { -size } else { size }
}

/// 4.2.15: the index of the mantissa, and the exponent.
fn mantissa_and_exponent(maximum: i16) -> (usize, i16) {
    let mut exponent = if maximum > 15 { (maximum >> 3) - 1 } else { 0 };
    let mut mantissa = maximum - (exponent << 3);
    if mantissa == 0 {
        return (7, -4);
    }
    while mantissa <= 7 {
        mantissa = mantissa << 1 | 1;
        exponent -= 1;
    }
    ((mantissa - 8) as usize, exponent)
}

fn add(a: i16, b: i16) -> i16 {
    a.saturating_add(b)
}

fn subtract(a: i16, b: i16) -> i16 {
    a.saturating_sub(b)
}

/// The product of two fractions, rounded.
fn multiply(a: i16, b: i16) -> i16 {
    ((i32::from(a) * i32::from(b) + 16_384) >> 15).min(i16::MAX.into()) as i16
}

/// A bit reader that starts with the lowest bit of each byte.
struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Bits<'_> {
    fn take(&mut self, count: u32) -> i16 {
        let mut value = 0;
        for bit in 0..count {
            let byte = self.bytes.get(self.at / 8).copied().unwrap_or(0);
            value |= i16::from(byte >> (self.at % 8) & 1) << bit;
            self.at += 1;
        }
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_bytes_decode_to_whole_frames() {
        for seed in 0..=255u8 {
            let block: Vec<u8> = (0..BLOCK_BYTES)
                .map(|n| seed.wrapping_mul(31).wrapping_add((n as u8).wrapping_mul(7)))
                .collect();
            let mut decoder = Decoder::default();
            let mut out = Vec::new();
            decoder.decode(&block, &mut out);
            decoder.decode(&block[..33], &mut out);
            decoder.decode(&block[..32], &mut out);
            assert_eq!(out.len(), BLOCK_SAMPLES + FRAME);
            assert!(out.iter().all(|sample| sample.trailing_zeros() >= 3));
        }
    }
}
