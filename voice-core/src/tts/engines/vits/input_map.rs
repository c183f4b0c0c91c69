//! The inputs of VITS exports, which have different names in different exporters.

use super::config::Inference;
use super::stages::no_vits;
use crate::error::{Error, ErrorKind, Result};
use crate::onnx::Input;

/// The role of a model input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum InputRole {
    Ids,
    Length,
    /// Noise, length and noise of the durations in one tensor, as in Piper and Coqui.
    Scales,
    Noise,
    LengthScale,
    DurationNoise,
    Speaker,
    Language,
}

/// The inputs of a model.
#[derive(Debug, Clone)]
pub(super) struct InputMap(Vec<(String, InputRole)>);

/// The values of the inputs.
pub(super) struct Values {
    ids: Vec<i64>,
    ids_shape: [i64; 2],
    length: [i64; 1],
    speaker: [i64; 1],
    language: [i64; 1],
    scales: [f32; 3],
}

impl Values {
    pub(super) fn new(ids: Vec<i64>, speaker: i64, scales: Inference) -> Self {
        Self {
            ids_shape: [1, ids.len() as i64],
            length: [ids.len() as i64],
            ids,
            speaker: [speaker],
            language: [0],
            scales: [scales.noise_scale, scales.length_scale, scales.noise_w],
        }
    }

    /// The number of phoneme ids.
    pub(super) fn sounds(&self) -> usize {
        self.ids.len()
    }

    /// The same values with the length scaled by `times`.
    pub(super) fn stretched(mut self, times: f64) -> Self {
        self.scales[1] *= times as f32;
        self
    }
}

impl InputMap {
    pub(super) fn new<'a>(names: impl Iterator<Item = &'a str>) -> Result<Self> {
        let known = |name: &str| {
            let meaning = match name {
                "input" | "x" | "input_ids" | "tokens" | "text" => InputRole::Ids,
                "input_lengths" | "x_length" | "x_lengths" | "text_lengths" => InputRole::Length,
                "scales" => InputRole::Scales,
                "noise_scale" => InputRole::Noise,
                "length_scale" => InputRole::LengthScale,
                "noise_scale_w" | "noise_w" | "noise_scale_dur" => InputRole::DurationNoise,
                "sid" | "speaker" | "speaker_id" => InputRole::Speaker,
                "langid" | "language_id" | "lid" => InputRole::Language,
                _ => {
                    let message = format!(
                        "the model has an input `{name}`, which VITS voices do not have; choose another file"
                    );
                    return Err(Error::new(ErrorKind::ModelInvalid, message));
                }
            };
            Ok((name.to_owned(), meaning))
        };
        let input_map = names.map(known).collect::<Result<Vec<_>>>()?;
        let has = |meaning| input_map.iter().any(|(_, other)| *other == meaning);
        if has(InputRole::Ids) { Ok(Self(input_map)) } else { Err(no_vits()) }
    }

    /// Whether sessions may choose a speaker.
    pub(super) fn takes_speaker(&self) -> bool {
        self.0.iter().any(|(_, meaning)| *meaning == InputRole::Speaker)
    }

    /// `values` as named inputs, for the names in `wanted`.
    pub(super) fn fill<'a>(&'a self, values: &'a Values, wanted: &[String]) -> Vec<(&'a str, Input<'a>)> {
        let input_map = self.0.iter().filter(|(name, _)| wanted.contains(name));
        let filled = input_map.map(|(name, meaning)| {
            let input = match meaning {
                InputRole::Ids => Input::Integers(&values.ids_shape, &values.ids),
                InputRole::Length => Input::Integers(&[1], &values.length),
                InputRole::Speaker => Input::Integers(&[1], &values.speaker),
                InputRole::Language => Input::Integers(&[1], &values.language),
                InputRole::Scales => Input::Floats(&[3], &values.scales),
                InputRole::Noise => Input::Floats(&[1], &values.scales[..1]),
                InputRole::LengthScale => Input::Floats(&[1], &values.scales[1..2]),
                InputRole::DurationNoise => Input::Floats(&[1], &values.scales[2..]),
            };
            (name.as_str(), input)
        });
        filled.collect()
    }
}
