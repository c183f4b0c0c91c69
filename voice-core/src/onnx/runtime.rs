//! ONNX Runtime, loaded at first use, so that programs start without it and report that it is missing.

use std::ffi::CString;
use std::mem::ManuallyDrop;
use std::path::Path;
use std::ptr::NonNull;
use std::sync::{Arc, Once};

use once_cell::sync::OnceCell;
use ort::AsPointer as _;
use ort::environment::Environment;
use ort::memory::Allocator;
use ort::session::builder::GraphOptimizationLevel;
use ort::session::{NoSelectedOutputs, RunOptions, Session, SessionInputValue};

use ort::value::{DynValue, TensorElementType, TensorRef};

use crate::environment::CallEnvironment;
use crate::error::{Error, ErrorKind, Result};
use crate::gate;
use crate::native;

/// The library's global state. A process has one environment, which is never dropped.
static LOADED: OnceCell<Environment> = OnceCell::new();

/// ONNX Runtime. A process loads it once; later paths are ignored.
#[derive(Clone)]
pub struct Runtime {
    environment: Environment,
}

impl Runtime {
    /// The file name of the library on this system.
    pub const LIBRARY: &'static str = native::file_name!("onnxruntime");

    /// Loads the library at `path`. Without a path, it searches beside libvoice and the program, in the folder above
    /// or its `lib`, and then on the system's library path.
    pub fn load(path: Option<&Path>) -> Result<Self> {
        let environment = LOADED.get_or_try_init(|| {
            start(&path.map_or_else(|| native::find(Runtime::LIBRARY), Path::to_owned))
        })?;
        Ok(Self { environment: environment.clone() })
    }
}

fn start(path: &Path) -> Result<Environment> {
    let _entry = gate::enter()?;
    let _environment = CallEnvironment::enter();
    let unavailable = |what| native::unavailable("ONNX Runtime", what, path, Runtime::LIBRARY);
    let builder = ort::init_from(path).map_err(|error| match error {
        ort::LoadDynamicError::BadVersion { .. } => unavailable("1.20 or newer is not").with_source(error),
        error => unavailable("cannot be loaded from").with_source(error),
    })?;
    let environment = builder.with_telemetry(false).build();
    gate::close_at_exit();
    environment.map_err(|error| unavailable("does not start at").with_source(error))
}

/// A loaded model. Any number of threads may run it at once and share its weights.
pub(crate) struct Program {
    session: ManuallyDrop<Session>,
    /// Whether it has run, so that the library's lazy initialisation is done.
    has_run: Once,
    /// Names of its inputs, and of its outputs, in the model's order.
    inputs: Vec<CString>,
    outputs: Vec<CString>,
}

/// A tensor of floats in row-major order. Byte tensors are converted exactly.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tensor {
    pub(crate) shape: Vec<i64>,
    pub(crate) data: Vec<f32>,
}

/// An input of a program.
pub(crate) enum Input<'a> {
    Floats(&'a [i64], &'a [f32]),
    Integers(&'a [i64], &'a [i64]),
}

/// Stops a running program from another thread.
#[derive(Clone)]
pub(crate) struct Stop(Arc<RunOptions<NoSelectedOutputs>>);

impl Stop {
    pub(crate) fn new() -> Result<Self> {
        Ok(Self(Arc::new(
            RunOptions::new().map_err(|error| failed("cannot prepare a run").with_source(error))?,
        )))
    }

    /// Ends the current run, also within a node, and refuses further runs.
    pub(crate) fn stop(&self) {
        // It can fail only for lack of memory, and then the run ends by itself.
        let _ = self.0.terminate();
    }
}

/// The source of a program's model.
#[derive(Clone, Copy)]
pub(crate) enum Model<'a> {
    /// An ONNX file in memory. The optimized model is also written to the path, if there is one.
    New(&'a [u8], Option<&'a Path>),
    /// An already optimized file.
    Optimized(&'a Path),
}

impl Program {
    /// Prepares a model to run on one thread.
    pub(crate) fn load(runtime: &Runtime, model: Model) -> Result<Self> {
        let _entry = gate::enter()?;
        let prepare = || -> ort::Result<Session> {
            let _environment = CallEnvironment::enter();
            // Spinning threads would take cores from other work. Memory patterns help only for repeated shapes;
            // shapes of speech do not repeat, and each pattern would be kept.
            let builder = Session::builder(&runtime.environment)?
                .with_intra_threads(1)?
                .with_inter_threads(1)?
                .with_intra_op_spinning(false)?
                .with_memory_pattern(false)?;
            match model {
                Model::New(bytes, None) => {
                    builder.with_optimization_level(GraphOptimizationLevel::All)?.commit_from_memory(bytes)
                }
                // Higher levels would make files that fit one kind of processor only.
                Model::New(bytes, Some(path)) => builder
                    .with_optimization_level(GraphOptimizationLevel::Level2)?
                    .with_optimized_model_path(path)?
                    .commit_from_memory(bytes),
                Model::Optimized(path) => {
                    builder.with_optimization_level(GraphOptimizationLevel::All)?.commit_from_file(path)
                }
            }
        };
        let session = prepare();
        gate::close_at_exit();
        let session = session.map_err(|error| {
            let message = "ONNX Runtime refuses the model; download it again";
            Error::new(ErrorKind::ModelLoadFailed, message).with_source(error)
        })?;
        let names = |outlets: &[ort::value::Outlet]| {
            let names = outlets.iter().map(|outlet| CString::new(outlet.name()));
            names.collect::<std::result::Result<Vec<_>, _>>().map_err(|error| {
                Error::new(ErrorKind::ModelInvalid, "a name in the model holds a NUL").with_source(error)
            })
        };
        let (inputs, outputs) = (names(session.inputs())?, names(session.outputs())?);
        Ok(Self { session: ManuallyDrop::new(session), has_run: Once::new(), inputs, outputs })
    }

    /// The names of its inputs.
    pub(crate) fn inputs(&self) -> impl Iterator<Item = &str> {
        self.session.inputs().iter().map(ort::value::Outlet::name)
    }

    /// Computes all outputs, which are floats or bytes, in the model's order.
    pub(crate) fn run(&self, inputs: &[(&str, Input)], stop: &Stop) -> Result<Vec<Tensor>> {
        // Released after the last value is dropped.
        let _entry = gate::enter()?;
        let mut names = Vec::with_capacity(inputs.len());
        let mut values: Vec<SessionInputValue> = Vec::with_capacity(inputs.len());
        for (name, input) in inputs {
            let known = self.inputs.iter().find(|known| known.to_bytes() == name.as_bytes());
            names.push(known.ok_or_else(|| failed("the model has no such input"))?.as_ptr());
            let value = match *input {
                Input::Floats(shape, data) => TensorRef::from_array_view((shape, data)).map(Into::into),
                Input::Integers(shape, data) => TensorRef::from_array_view((shape, data)).map(Into::into),
            };
            values.push(value.map_err(|error| failed("an input does not fit").with_source(error))?);
        }
        let outputs = {
            let _environment = CallEnvironment::enter();
            self.call(&names, &values, stop)
        };
        self.has_run.call_once(gate::close_at_exit);
        let outputs = outputs.map_err(|error| failed("ONNX Runtime failed; try again").with_source(error))?;
        let tensors = outputs.iter().map(tensor);
        tensors.collect::<ort::Result<_>>().map_err(|error| {
            failed("the model has an output that is not a tensor of floats or bytes").with_source(error)
        })
    }

    /// Runs the session on the named inputs.
    ///
    /// `Session::run` of the binding takes `&mut self`, since not every execution provider supports parallel runs.
    /// The CPU provider, the only one used here, does: "Multiple threads can invoke the `Run()` method on the same
    /// inference session object" (ONNX Runtime, "Thread management").
    #[expect(unsafe_code, reason = "the binding cannot run a shared session")]
    fn call(
        &self,
        names: &[*const std::ffi::c_char],
        values: &[SessionInputValue],
        stop: &Stop,
    ) -> ort::Result<Vec<DynValue>> {
        let inputs: Vec<_> = values.iter().map(|value| value.ptr()).collect();
        let wanted: Vec<_> = self.outputs.iter().map(|name| name.as_ptr()).collect();
        let mut outputs = vec![std::ptr::null_mut(); wanted.len()];
        // SAFETY: the session, the options, the values and the names outlive the call, the names end with a NUL, each
        // array has the given length, and a run does not change the session.
        let status = unsafe {
            (ort::api().Run)(
                self.session.ptr().cast_mut(),
                stop.0.ptr(),
                names.as_ptr(),
                inputs.as_ptr(),
                inputs.len(),
                wanted.as_ptr(),
                wanted.len(),
                outputs.as_mut_ptr(),
            )
        };
        // SAFETY: the status comes from the call and is used once.
        unsafe { ort::Error::result_from_status(status) }?;
        let allocator = Allocator::default();
        let outputs = outputs.into_iter().filter_map(NonNull::new);
        // SAFETY: a successful run returns values that the caller owns.
        Ok(outputs.map(|output| unsafe { DynValue::from_ptr(output, Some(&allocator)) }).collect())
    }
}

#[expect(unsafe_code, reason = "a session is not dropped at process exit")]
impl Drop for Program {
    fn drop(&mut self) {
        // At process exit the memory need not be freed.
        if let Ok(_entry) = gate::enter() {
            // SAFETY: dropped here once and not used afterwards.
            unsafe { ManuallyDrop::drop(&mut self.session) };
        }
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
    fn missing_runtime_names_the_fix() {
        let file = tempfile::NamedTempFile::new().unwrap();
        for path in [Path::new("/nowhere/libonnxruntime.so"), file.path()] {
            let error = start(path).err().unwrap();
            assert_eq!(error.kind(), ErrorKind::EngineUnavailable);
            assert!(error.to_string().contains("beside the program"), "{error}");
        }
    }
}
