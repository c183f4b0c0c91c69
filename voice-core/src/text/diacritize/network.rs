//! The diacritization network: character ids in, sign numbers out.

use crate::error::{Error, ErrorKind, Result};
use crate::onnx::{Input, Model, Program, Runtime, Stop, Tensor};

const CHARACTERS: &str = "char_inputs";
const LENGTHS: &str = "input_lengths";

/// The network, which any number of threads may run at once.
pub(super) struct Network {
    program: Program,
    /// Never used: a run takes only milliseconds.
    stop: Stop,
}

impl Network {
    /// Loads the ONNX file `model`.
    pub(super) fn load(runtime: &Runtime, model: &[u8]) -> Result<Self> {
        let program = Program::load(runtime, Model::New(model, None))?;
        let mut inputs: Vec<_> = program.inputs().collect();
        inputs.sort_unstable();
        if inputs != [CHARACTERS, LENGTHS] {
            return Err(no_diacritizer());
        }
        Ok(Self { program, stop: Stop::new()? })
    }

    /// Its outputs for the characters `ids`, which must not be empty.
    pub(super) fn run(&self, ids: &[i64]) -> Result<Vec<Tensor>> {
        let length = ids.len().cast_signed() as i64;
        let inputs =
            [(CHARACTERS, Input::Integers(&[1, length], ids)), (LENGTHS, Input::Integers(&[1], &[length]))];
        self.program.run(&inputs, &self.stop)
    }
}

/// The error of an invalid file.
pub(super) fn invalid(what: &str) -> Error {
    Error::new(ErrorKind::ModelInvalid, format!("{what}; use all files of one diacritizer"))
}

pub(super) fn no_diacritizer() -> Error {
    invalid("the network is not a diacritizer, or does not match its tables")
}
