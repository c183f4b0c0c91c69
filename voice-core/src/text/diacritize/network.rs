//! The diacritization network: character ids in, sign numbers out.

use crate::error::{Error, ErrorKind, Result};
use crate::onnx::{Input, Model, Program, Runtime, Stop, Tensor};

/// The inputs of libtashkeel.
const CHARACTERS: &str = "char_inputs";
const LENGTHS: &str = "input_lengths";
/// The input of rawi.
const INPUT: &str = "input";

/// The network, which any number of threads may run at once.
pub(super) struct Network {
    program: Program,
    /// Whether it is rawi and not libtashkeel.
    rawi: bool,
    /// Never used: a run takes only milliseconds.
    stop: Stop,
}

impl Network {
    /// Loads the ONNX file `model`.
    pub(super) fn load(runtime: &Runtime, model: &[u8], rawi: bool) -> Result<Self> {
        let program = Program::load(runtime, Model::New(model, None))?;
        let mut inputs: Vec<_> = program.inputs().collect();
        inputs.sort_unstable();
        let expected: &[&str] = if rawi { &[INPUT] } else { &[CHARACTERS, LENGTHS] };
        if inputs != expected {
            return Err(no_diacritizer());
        }
        Ok(Self { program, rawi, stop: Stop::new()? })
    }

    pub(super) fn is_rawi(&self) -> bool {
        self.rawi
    }

    /// Its outputs for the characters `ids`, which must not be empty.
    pub(super) fn run(&self, ids: &[i64]) -> Result<Vec<Tensor>> {
        let length = ids.len().cast_signed() as i64;
        if self.rawi {
            return self.program.run(&[(INPUT, Input::Integers(&[1, length], ids))], &self.stop);
        }
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
