//! The mix of several channels to mono.

use crate::audio::Format;
use crate::error::{Error, ErrorKind, Result};

/// The channels of the audio to use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Channel {
    /// The mean of all channels. Channels in opposite phase are inverted, so that they do not cancel each other.
    #[default]
    Mix,
    /// One channel, from 0, for example for a telephone call with one speaker on each channel.
    Only(u16),
}

/// The interval at which new weights are computed, and the time of the transition to them.
const BLOCK_MS: u32 = 10;

/// The decay of the correlation measures per block, so that they cover about 40 ms, some periods of a voice.
const DECAY: f32 = 0.75;

/// A channel is inverted below the first correlation, and restored above the second. Channels with different sounds
/// have correlations near 0.
const OPPOSITE: f32 = -0.5;
const TOGETHER: f32 = -0.25;

/// Hum and offset below this frequency are not compared.
const LOWEST_HZ: f32 = 80.0;

const MAX_CHANNELS: usize = Format::MAX_CHANNELS as usize;

/// Mixes several channels to one.
pub(super) struct Mixer {
    channels: usize,
    only: Option<usize>,
    /// Frames of one block.
    block: usize,
    /// Frames since the beginning of the block.
    at: usize,
    /// The weights at the beginning of this block and at its end.
    from: [f32; MAX_CHANNELS],
    to: [f32; MAX_CHANNELS],
    /// The signal of each channel below [`LOWEST_HZ`].
    slow: [f32; MAX_CHANNELS],
    smoothing: f32,
    /// The decayed sums of products of all pairs of channels.
    products: [[f32; MAX_CHANNELS]; MAX_CHANNELS],
}

impl Mixer {
    /// A mixer for frames of `format`. Fails with [`ErrorKind::OptionInvalid`] if it has no such channel.
    pub(super) fn new(format: Format, channel: Channel) -> Result<Self> {
        let channels = usize::from(format.channels());
        let only = match channel {
            Channel::Mix => None,
            Channel::Only(number) if usize::from(number) < channels => Some(usize::from(number)),
            Channel::Only(number) => {
                let message = format!("channel {number}; the audio has {channels}, counted from 0");
                return Err(Error::new(ErrorKind::OptionInvalid, message));
            }
        };
        let equal = [1.0 / channels as f32; MAX_CHANNELS];
        Ok(Self {
            channels,
            only,
            block: (format.sample_rate() * BLOCK_MS / 1_000) as usize,
            at: 0,
            from: equal,
            to: equal,
            slow: [0.0; MAX_CHANNELS],
            smoothing: std::f32::consts::TAU * LOWEST_HZ / format.sample_rate() as f32,
            products: [[0.0; MAX_CHANNELS]; MAX_CHANNELS],
        })
    }

    /// Appends one sample for each frame of `samples`, which must be complete frames.
    pub(super) fn mix(&mut self, mut samples: impl ExactSizeIterator<Item = f32>, mono: &mut Vec<f32>) {
        let channels = self.channels;
        mono.reserve(samples.len() / channels);
        let mut frame = [0.0; MAX_CHANNELS];
        while samples.len() >= channels {
            frame[..channels].iter_mut().zip(&mut samples).for_each(|(place, sample)| *place = sample);
            mono.push(match self.only {
                Some(only) => frame[only],
                None if channels == 1 => frame[0],
                None => self.mean(&frame),
            });
        }
    }

    fn mean(&mut self, frame: &[f32; MAX_CHANNELS]) -> f32 {
        let part = self.at as f32 / self.block as f32;
        let mut sum = 0.0;
        let mut quick = [0.0; MAX_CHANNELS];
        for channel in 0..self.channels {
            let weight = self.from[channel] + (self.to[channel] - self.from[channel]) * part;
            sum += frame[channel] * weight;
            self.slow[channel] += self.smoothing * (frame[channel] - self.slow[channel]);
            quick[channel] = frame[channel] - self.slow[channel];
            for other in 0..=channel {
                self.products[channel][other] += quick[channel] * quick[other];
            }
        }
        self.at += 1;
        if self.at == self.block {
            self.at = 0;
            self.update_weights();
        }
        sum
    }

    /// Computes the weights for the next block: channels opposite to the loudest one get the other sign.
    fn update_weights(&mut self) {
        self.from = self.to;
        let power = |channel: usize| self.products[channel][channel];
        let loudest = (0..self.channels).max_by(|a, b| power(*a).total_cmp(&power(*b))).unwrap_or(0);
        for channel in (0..self.channels).filter(|channel| *channel != loudest) {
            let product = self.products[channel.max(loudest)][channel.min(loudest)];
            let correlation = product / (power(channel) * power(loudest)).sqrt();
            if correlation < OPPOSITE {
                self.to[channel] = -self.to[loudest];
            } else if correlation > TOGETHER {
                self.to[channel] = self.to[loudest];
            }
        }
        self.products.as_flattened_mut().iter_mut().for_each(|product| *product *= DECAY);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::SampleEncoding;
    use std::f32::consts::TAU;

    const RATE: u32 = 16_000;

    fn mixer(channels: u16, channel: Channel) -> Result<Mixer> {
        Mixer::new(Format::new(SampleEncoding::PcmF32, RATE, channels)?, channel)
    }

    /// The mix of one second of `frame`.
    fn mixed<const N: usize>(frame: impl Fn(f32) -> [f32; N]) -> Vec<f32> {
        let samples: Vec<f32> = (0..RATE).flat_map(|n| frame(n as f32 / RATE as f32)).collect();
        let mut mono = Vec::new();
        mixer(N as u16, Channel::Mix).unwrap().mix(samples.into_iter(), &mut mono);
        mono
    }

    fn voice(time: f32) -> f32 {
        0.3 * (TAU * 150.0 * time).sin() + 0.2 * (TAU * 710.0 * time).sin()
    }

    fn level(samples: &[f32]) -> f32 {
        (samples.iter().map(|sample| sample * sample).sum::<f32>() / samples.len() as f32).sqrt()
    }

    /// The level after the first 50 ms, relative to one channel.
    fn kept(samples: &[f32]) -> f32 {
        let one: Vec<f32> = (0..RATE).map(|n| voice(n as f32 / RATE as f32)).collect();
        level(&samples[800..]) / level(&one[800..])
    }

    #[test]
    fn channels_in_opposite_phase_do_not_cancel() {
        assert!(kept(&mixed(|time| [voice(time), -voice(time)])) > 0.99);
        assert!(kept(&mixed(|time| [voice(time), -0.5 * voice(time)])) > 0.74);
        assert!(kept(&mixed(|time| [0.1 + voice(time), 0.1 - voice(time)])) > 0.95, "with an offset");
        let hum = |time: f32| 0.2 * (TAU * 25.0 * time).sin();
        assert!(kept(&mixed(|time| [hum(time) + voice(time), hum(time) - voice(time)])) > 0.95, "with a hum");
        let of_five = kept(&mixed(|time| [voice(time), -voice(time), voice(time), 0.0, -voice(time)]));
        assert!((0.79..0.81).contains(&of_five), "{of_five}");
    }

    #[test]
    fn other_channels_are_averaged() {
        let same = mixed(|time| [voice(time), voice(time)]);
        assert!((0..RATE).all(|n| (same[n as usize] - voice(n as f32 / RATE as f32)).abs() < 1e-6));
        let different = mixed(|time| [voice(time), 0.3 * (TAU * 333.0 * time).sin()]);
        let mean = |time: f32| f32::midpoint(voice(time), 0.3 * (TAU * 333.0 * time).sin());
        assert!((0..RATE).all(|n| (different[n as usize] - mean(n as f32 / RATE as f32)).abs() < 1e-6));
    }

    #[test]
    fn inversion_makes_no_click() {
        // One channel is inverted for 200 ms.
        let samples =
            mixed(|time| [voice(time), if (0.4..0.6).contains(&time) { -voice(time) } else { voice(time) }]);
        let steepest = samples.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f32::max);
        // Not steeper than the voice itself and the step in the input.
        assert!(steepest < 0.12, "{steepest}");
        assert!(level(&samples[7_600..9_600]) > 0.2);
    }

    #[test]
    fn one_channel_can_be_chosen() {
        let mut mono = Vec::new();
        mixer(2, Channel::Only(1)).unwrap().mix([1.0, 2.0, 3.0, 4.0].into_iter(), &mut mono);
        assert_eq!(mono, [2.0, 4.0]);
        assert_eq!(mixer(2, Channel::Only(2)).err().unwrap().kind(), ErrorKind::OptionInvalid);
    }
}
