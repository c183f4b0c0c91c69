//! ONNX Runtime, loaded when it is first needed: a program without it starts, and says what is missing.

use std::path::Path;
use std::sync::Arc;

use once_cell::sync::OnceCell;
use ort::environment::Environment;
use ort::session::builder::GraphOptimizationLevel;
use ort::session::{NoSelectedOutputs, RunOptions, Session, SessionInputValue};

use ort::value::{DynValue, TensorElementType, TensorRef};

use crate::environment::CallEnvironment;
use crate::error::{Error, ErrorKind, Result};
use crate::native;

/// The library's own global state: it allows one environment in a process, for as long as that lives.
static LOADED: OnceCell<Environment> = OnceCell::new();

/// ONNX Runtime. A process has one: the first that is loaded stays, whatever path is given later.
#[derive(Clone)]
pub struct Runtime {
    environment: Environment,
}

impl Runtime {
    /// What the library's file is called on this system.
    pub const LIBRARY: &'static str = native::file_name!("onnxruntime");

    /// Loads the library at `path`; without one, the library beside libvoice or the program, in the folder above
    /// or in `lib` there, else wherever the system looks.
    pub fn load(path: Option<&Path>) -> Result<Self> {
        let environment = LOADED.get_or_try_init(|| {
            start(&path.map_or_else(|| native::find(Runtime::LIBRARY), Path::to_owned))
        })?;
        Ok(Self { environment: environment.clone() })
    }
}

fn start(path: &Path) -> Result<Environment> {
    let _environment = CallEnvironment::enter();
    let unavailable = |what| native::unavailable("ONNX Runtime", what, path, Runtime::LIBRARY);
    let builder = ort::init_from(path).map_err(|error| match error {
        ort::LoadDynamicError::BadVersion { .. } => unavailable("1.20 or newer is not").with_source(error),
        error => unavailable("cannot be loaded from").with_source(error),
    })?;
    let environment = builder.with_telemetry(false).build();
    environment.map_err(|error| unavailable("does not start at").with_source(error))
}

/// A graph ready to run, by one caller at a time.
pub(crate) struct Program {
    session: Session,
}

/// Numbers in the shape of a block, the last axis running fastest. Bytes are exact among them.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tensor {
    pub(crate) shape: Vec<i64>,
    pub(crate) data: Vec<f32>,
}

/// What a program is given.
pub(crate) enum Input<'a> {
    Floats(&'a [i64], &'a [f32]),
    Integers(&'a [i64], &'a [i64]),
}

/// Stops a program that runs, from another thread.
#[derive(Clone)]
pub(crate) struct Stop(Arc<RunOptions<NoSelectedOutputs>>);

impl Stop {
    pub(crate) fn new() -> Result<Self> {
        Ok(Self(Arc::new(
            RunOptions::new().map_err(|error| failed("cannot prepare a run").with_source(error))?,
        )))
    }

    /// Ends the run under way within a node, and refuses further ones.
    pub(crate) fn stop(&self) {
        // It can only fail for lack of memory, and then the run ends by itself.
        let _ = self.0.terminate();
    }
}

/// Where a program's model is.
#[derive(Clone, Copy)]
pub(crate) enum Model<'a> {
    /// An ONNX file in memory; once optimized, it is also written to the path, if there is one.
    New(&'a [u8], Option<&'a Path>),
    /// A file that was optimized before.
    Optimized(&'a Path),
}

impl Program {
    /// Prepares a model to run on one thread.
    pub(crate) fn load(runtime: &Runtime, model: Model) -> Result<Self> {
        let prepare = || -> ort::Result<Session> {
            let _environment = CallEnvironment::enter();
            // Spinning threads take the cores from whatever else runs. Patterns of memory pay for shapes that
            // repeat; those of speech do not, and each would be kept.
            let builder = Session::builder(&runtime.environment)?
                .with_intra_threads(1)?
                .with_inter_threads(1)?
                .with_intra_op_spinning(false)?
                .with_memory_pattern(false)?;
            match model {
                Model::New(bytes, None) => {
                    builder.with_optimization_level(GraphOptimizationLevel::All)?.commit_from_memory(bytes)
                }
                // Beyond this level files would fit one kind of processor only.
                Model::New(bytes, Some(path)) => builder
                    .with_optimization_level(GraphOptimizationLevel::Level2)?
                    .with_optimized_model_path(path)?
                    .commit_from_memory(bytes),
                Model::Optimized(path) => {
                    builder.with_optimization_level(GraphOptimizationLevel::All)?.commit_from_file(path)
                }
            }
        };
        let session = prepare().map_err(|error| {
            let message = "ONNX Runtime refuses the model; download it again";
            Error::new(ErrorKind::ModelLoadFailed, message).with_source(error)
        })?;
        Ok(Self { session })
    }

    /// Names of what it must be given.
    pub(crate) fn inputs(&self) -> impl Iterator<Item = &str> {
        self.session.inputs().iter().map(ort::value::Outlet::name)
    }

    /// Computes all outputs, which are floats or bytes, in the model's order.
    pub(crate) fn run(&mut self, inputs: &[(&str, Input)], stop: &Stop) -> Result<Vec<Tensor>> {
        let mut values: Vec<(&str, SessionInputValue)> = Vec::with_capacity(inputs.len());
        for (name, input) in inputs {
            let value = match *input {
                Input::Floats(shape, data) => TensorRef::from_array_view((shape, data)).map(Into::into),
                Input::Integers(shape, data) => TensorRef::from_array_view((shape, data)).map(Into::into),
            };
            values.push((name, value.map_err(|error| failed("an input does not fit").with_source(error))?));
        }
        let outputs = {
            let _environment = CallEnvironment::enter();
            self.session.run_with_options(values, &*stop.0)
        };
        let outputs = outputs.map_err(|error| failed("ONNX Runtime failed; try again").with_source(error))?;
        let tensors = outputs.values().map(|output| tensor(&output));
        tensors
            .collect::<ort::Result<_>>()
            .map_err(|error| failed("the model gives something other than numbers").with_source(error))
    }
}

/// A copy of an output.
fn tensor(output: &DynValue) -> ort::Result<Tensor> {
    if output.dtype().tensor_type() == Some(TensorElementType::Uint8) {
        let (shape, data) = output.try_extract_tensor::<u8>()?;
        return Ok(Tensor { shape: shape.to_vec(), data: data.iter().copied().map(f32::from).collect() });
    }
    let (shape, data) = output.try_extract_tensor::<f32>()?;
    Ok(Tensor { shape: shape.to_vec(), data: data.to_vec() })
}

fn failed(message: &str) -> Error {
    Error::new(ErrorKind::EngineFailed, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_that_is_none_is_an_error_that_says_what_to_do() {
        let file = tempfile::NamedTempFile::new().unwrap();
        for path in [Path::new("/nowhere/libonnxruntime.so"), file.path()] {
            let error = start(path).err().unwrap();
            assert_eq!(error.kind(), ErrorKind::EngineUnavailable);
            assert!(error.to_string().contains("beside the program"), "{error}");
        }
    }
}
