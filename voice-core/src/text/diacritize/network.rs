//! The network behind the vowels: ids of characters in, numbers of signs out.

use crate::error::{Error, ErrorKind, Result};
use crate::onnx::{Input, Model, Program, Runtime, Stop, Tensor};

const CHARACTERS: &str = "char_inputs";
const LENGTHS: &str = "input_lengths";

/// The network, for any number of callers at once.
pub(super) struct Network {
    program: Program,
    /// What it does takes milliseconds: nobody stops it.
    stop: Stop,
}

impl Network {
    /// Loads the ONNX file that `model` is.
    pub(super) fn load(runtime: &Runtime, model: &[u8]) -> Result<Self> {
        let program = Program::load(runtime, Model::New(model, None))?;
        let mut inputs: Vec<_> = program.inputs().collect();
        inputs.sort_unstable();
        if inputs != [CHARACTERS, LENGTHS] {
            return Err(no_diacritizer());
        }
        Ok(Self { program, stop: Stop::new()? })
    }

    /// Its outputs for the characters `ids`, which are some.
    pub(super) fn run(&self, ids: &[i64]) -> Result<Vec<Tensor>> {
        let length = ids.len().cast_signed() as i64;
        let inputs =
            [(CHARACTERS, Input::Integers(&[1, length], ids)), (LENGTHS, Input::Integers(&[1], &[length]))];
        self.program.run(&inputs, &self.stop)
    }
}

/// The error of a file that is not what its name says.
pub(super) fn invalid(what: &str) -> Error {
    Error::new(ErrorKind::ModelInvalid, format!("{what}; take all files of a diacritizer from one place"))
}

pub(super) fn no_diacritizer() -> Error {
    invalid("the network is no diacritizer, or not that of the tables beside it")
}
