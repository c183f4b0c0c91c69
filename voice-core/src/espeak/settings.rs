//! Rate, pitch and volume of a voice, as ratios and in espeak-ng's units.

use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind, Result};

/// Factors of rate, pitch and volume; 1.0 is the voice's own.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prosody {
    /// Speaking rate factor. espeak-ng supports 0.46 to 2.57; other values are clamped.
    pub rate: f32,
    /// Pitch factor, 0.5 to 2.0 (an octave down or up); other values are clamped.
    pub pitch: f32,
    /// Amplitude factor, 0.0 to 2.0; other values are clamped. Above 1.0, loud parts are distorted.
    pub volume: f32,
}

impl Default for Prosody {
    fn default() -> Self {
        Self { rate: 1.0, pitch: 1.0, volume: 1.0 }
    }
}

/// A [`Prosody`] in espeak-ng's units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Settings {
    /// 80 to 450; 175 is normal.
    pub(super) words_per_minute: i32,
    /// 0 to 100; 50 is normal.
    pub(super) pitch: i32,
    /// 0 to 200; 100 is normal.
    pub(super) volume: i32,
}

impl Prosody {
    pub(super) fn settings(self) -> Result<Settings> {
        let Self { rate, pitch, volume } = self;
        for (name, value, is_positive) in
            [("rate", rate, rate > 0.0), ("pitch", pitch, pitch > 0.0), ("volume", volume, volume >= 0.0)]
        {
            if !is_positive || !value.is_finite() {
                let message = format!("{name} is {value}; give a ratio such as 1.0");
                return Err(Error::new(ErrorKind::OptionInvalid, message));
            }
        }
        Ok(Settings {
            words_per_minute: (175.0 * rate).round().clamp(80.0, 450.0) as i32,
            // The library's pitch doubles every 50 steps.
            pitch: (50.0 + 50.0 * pitch.log2()).round().clamp(0.0, 100.0) as i32,
            volume: (100.0 * volume).round().clamp(0.0, 200.0) as i32,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(rate: f32, pitch: f32, volume: f32) -> Result<Settings> {
        Prosody { rate, pitch, volume }.settings()
    }

    #[test]
    fn factors_are_converted_and_clamped() {
        let units = |words_per_minute, pitch, volume| Settings { words_per_minute, pitch, volume };
        assert_eq!(Prosody::default().settings().unwrap(), units(175, 50, 100));
        assert_eq!(settings(2.0, 0.5, 0.0).unwrap(), units(350, 0, 0));
        assert_eq!(settings(0.01, 2.0, 1.5).unwrap(), units(80, 100, 150));
        assert_eq!(settings(1e30, 1e-30, 1e30).unwrap(), units(450, 0, 200));
    }

    #[test]
    fn invalid_factor_is_named() {
        for bad in [0.0, -1.0, f32::NAN, f32::INFINITY] {
            let error = settings(bad, 1.0, 1.0).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::OptionInvalid);
            assert!(error.to_string().starts_with("rate is "), "{error}");
            assert!(settings(1.0, bad, 1.0).is_err());
        }
        assert!(settings(1.0, 1.0, f32::NAN).is_err() && settings(1.0, 1.0, -0.1).is_err());
    }
}
