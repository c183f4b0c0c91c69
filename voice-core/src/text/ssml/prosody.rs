//! The values of `prosody` and `break`.
//!
//! SSML does not define how fast `fast` is. The keywords have the values that Azure documents for rate and pitch, and
//! steps of 6 dB for volume.

use super::{MAX_BREAK_MS, Style};

/// Whether the value was clamped; `None` if it could not be read.
type Moved = Option<bool>;

/// Multiplies the rate: a keyword, `120%`, `+20%` or `1.2`.
pub(super) fn rate(value: &str, style: &mut Style) -> Moved {
    let factor = match value {
        "x-slow" => 0.5,
        "slow" => 0.64,
        "medium" | "default" => 1.0,
        "fast" => 1.55,
        "x-fast" => 2.0,
        _ => match percent(value) {
            Some(factor) => factor,
            None => unsigned(value)?,
        },
    };
    let wanted = style.rate * factor;
    Some(set(&mut style.rate, wanted, 0.2, 5.0))
}

/// Changes the pitch: a keyword, `+2st` or `+10%`. Values in hertz would depend on the voice.
pub(super) fn pitch(value: &str, style: &mut Style) -> Moved {
    let semitones = match value {
        "x-low" => semitones(0.55),
        "low" => semitones(0.8),
        "medium" | "default" => 0.0,
        "high" => semitones(1.2),
        "x-high" => semitones(1.45),
        _ => match value.strip_suffix("st") {
            Some(value) => number(value)?,
            None => semitones(percent(value)?),
        },
    };
    let wanted = style.pitch + semitones;
    Some(set(&mut style.pitch, wanted, -12.0, 12.0))
}

/// Changes the volume: a keyword, `+6dB`, `+20%`, or 0 to 100 as in SSML 1.0.
pub(super) fn volume(value: &str, style: &mut Style) -> Moved {
    const SILENT: f32 = -1_000.0;
    let of = |factor: f32| if factor > 0.0 { 20.0 * factor.log10() } else { SILENT };
    let decibels = match value {
        "silent" => SILENT,
        "x-soft" => -12.0,
        "soft" => -6.0,
        "medium" | "default" => 0.0,
        "loud" => 6.0,
        "x-loud" => 12.0,
        _ => match value.strip_suffix("dB").or_else(|| value.strip_suffix("db")) {
            Some(value) => number(value)?,
            None => match percent(value) {
                Some(factor) => of(factor),
                None => of(unsigned(value)? / 100.0),
            },
        },
    };
    let wanted = style.volume_db + decibels;
    Some(set(&mut style.volume_db, wanted, -100.0, 12.0) && decibels > SILENT)
}

/// The milliseconds of `1.5s` or `200ms`, and whether they were clamped.
pub(super) fn time(value: &str) -> Option<(u32, bool)> {
    let ms = match value.strip_suffix("ms") {
        Some(value) => unsigned(value)?,
        None => unsigned(value.strip_suffix('s')?)? * 1_000.0,
    };
    Some((ms.min(MAX_BREAK_MS as f32).round() as u32, ms > MAX_BREAK_MS as f32))
}

/// The milliseconds of a strength such as `strong`.
pub(super) fn strength(value: &str) -> Option<u32> {
    Some(match value {
        "none" => 0,
        "x-weak" => 100,
        "weak" => 250,
        "medium" => 500,
        "strong" => 750,
        "x-strong" => 1_000,
        _ => return None,
    })
}

/// Sets a value clamped to its range; returns whether it was clamped.
fn set(value: &mut f32, wanted: f32, low: f32, high: f32) -> bool {
    *value = wanted.clamp(low, high);
    !(low..=high).contains(&wanted)
}

fn semitones(factor: f32) -> f32 {
    // A factor of 0 gives minus infinity, which is clamped to the range.
    12.0 * factor.log2()
}

/// The factor of `120%`, `+20%` or `-20%`; not below 0.
fn percent(value: &str) -> Option<f32> {
    let value = value.strip_suffix('%')?;
    let relative = value.starts_with(['+', '-']);
    let percent = number(value)?;
    Some((if relative { 1.0 + percent / 100.0 } else { percent / 100.0 }).max(0.0))
}

fn unsigned(value: &str) -> Option<f32> {
    if value.starts_with(['+', '-']) { None } else { number(value) }
}

/// A plain decimal number; unlike `f32::from_str`, without exponents, infinities and NaN.
fn number(value: &str) -> Option<f32> {
    let plain = value.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'+' | b'-'));
    value.parse().ok().filter(|number: &f32| plain && number.is_finite())
}
