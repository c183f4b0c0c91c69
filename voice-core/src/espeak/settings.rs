//! Rate, pitch and volume of a voice, as ratios and in espeak-ng's units.

use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind, Result};

/// How a voice speaks; 1.0 is its own way.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prosody {
    /// Speed; espeak-ng takes 0.46 to 2.57, and the nearest of these for values beyond.
    pub rate: f32,
    /// Height of the voice, an octave up or down at most: 0.5 to 2.0, and the nearest for values beyond.
    pub pitch: f32,
    /// Amplitude; 0.0 to 2.0, and the nearest for values beyond. Above 1.0, loud parts are distorted.
    pub volume: f32,
}

impl Default for Prosody {
    fn default() -> Self {
        Self { rate: 1.0, pitch: 1.0, volume: 1.0 }
    }
}

/// The same in espeak-ng's units.
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
            // Its table of pitches doubles every 50 steps.
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
    fn ratios_become_the_librarys_units_and_stay_in_its_range() {
        let units = |words_per_minute, pitch, volume| Settings { words_per_minute, pitch, volume };
        assert_eq!(Prosody::default().settings().unwrap(), units(175, 50, 100));
        assert_eq!(settings(2.0, 0.5, 0.0).unwrap(), units(350, 0, 0));
        assert_eq!(settings(0.01, 2.0, 1.5).unwrap(), units(80, 100, 150));
        assert_eq!(settings(1e30, 1e-30, 1e30).unwrap(), units(450, 0, 200));
    }

    #[test]
    fn a_ratio_that_is_none_is_refused_by_its_name() {
        for bad in [0.0, -1.0, f32::NAN, f32::INFINITY] {
            let error = settings(bad, 1.0, 1.0).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::OptionInvalid);
            assert!(error.to_string().starts_with("rate is "), "{error}");
            assert!(settings(1.0, bad, 1.0).is_err());
        }
        assert!(settings(1.0, 1.0, f32::NAN).is_err() && settings(1.0, 1.0, -0.1).is_err());
    }
}
