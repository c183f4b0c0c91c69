//! ONNX Runtime, loaded at first use, so that programs start without it and report that it is missing.

use std::ffi::CString;
use std::mem::ManuallyDrop;
use std::num::NonZeroUsize;
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
use crate::gate::VOICES;
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
    let _entry = VOICES.enter()?;
    let _environment = CallEnvironment::enter();
    let unavailable = |what| native::unavailable("ONNX Runtime", what, path, Runtime::LIBRARY);
    let builder = ort::init_from(path).map_err(|error| match error {
        ort::LoadDynamicError::BadVersion { .. } => unavailable("1.20 or newer is not").with_source(error),
        error => unavailable("cannot be loaded from").with_source(error),
    })?;
    let environment = builder.with_telemetry(false).build();
    VOICES.close_at_exit();
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

/// How a program runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ProgramOptions {
    /// The threads that compute one operation of the graph, the calling one included.
    pub(crate) threads: NonZeroUsize,
}

impl Default for ProgramOptions {
    /// One thread: sessions are computed in parallel, not operations.
    fn default() -> Self {
        Self { threads: NonZeroUsize::MIN }
    }
}

/// A tensor of floats in row-major order. Byte tensors are converted exactly.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tensor {
    pub(crate) shape: Vec<i64>,
    pub(crate) data: Vec<f32>,
}

/// An output of a program, in row-major order.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Output {
    pub(crate) shape: Vec<i64>,
    pub(crate) values: Values,
}

/// The values of an output.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Values {
    Floats(Vec<f32>),
    /// Bytes, or truth values as 0 and 1.
    Bytes(Vec<u8>),
    /// Integers of 64 or 32 bits.
    Integers(Vec<i64>),
}

impl Output {
    /// The output as floats. Fails if it has integers, which floats cannot hold exactly.
    fn into_floats(self) -> Result<Tensor> {
        let data = match self.values {
            Values::Floats(data) => data,
            Values::Bytes(data) => data.into_iter().map(f32::from).collect(),
            Values::Integers(_) => {
                return Err(failed("the model has an output of integers in the place of floats"));
            }
        };
        Ok(Tensor { shape: self.shape, data })
    }
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
    /// Prepares a model with the default options.
    pub(crate) fn load(runtime: &Runtime, model: Model) -> Result<Self> {
        Self::load_with(runtime, model, ProgramOptions::default())
    }

    /// Prepares a model.
    pub(crate) fn load_with(runtime: &Runtime, model: Model, options: ProgramOptions) -> Result<Self> {
        let _entry = VOICES.enter()?;
        let prepare = || -> ort::Result<Session> {
            let _environment = CallEnvironment::enter();
            // Spinning threads would take cores from other work. Memory patterns help only for repeated shapes;
            // shapes of speech do not repeat, and each pattern would be kept.
            let builder = Session::builder(&runtime.environment)?
                .with_intra_threads(options.threads.get())?
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
        VOICES.close_at_exit();
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
        self.outputs(inputs, stop)?.into_iter().map(Output::into_floats).collect()
    }

    /// Computes all outputs in the model's order.
    pub(crate) fn outputs(&self, inputs: &[(&str, Input)], stop: &Stop) -> Result<Vec<Output>> {
        // Released after the last value is dropped.
        let _entry = VOICES.enter()?;
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
        self.has_run.call_once(|| VOICES.close_at_exit());
        let outputs = outputs.map_err(|error| failed("ONNX Runtime failed; try again").with_source(error))?;
        let outputs = outputs.iter().map(output);
        outputs.collect::<ort::Result<_>>().map_err(|error| {
            failed("the model has an output that is not a tensor of floats, bytes, integers or truth values")
                .with_source(error)
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
        if let Ok(_entry) = VOICES.enter() {
            // SAFETY: dropped here once and not used afterwards.
            unsafe { ManuallyDrop::drop(&mut self.session) };
        }
    }
}

/// A copy of an output.
fn output(output: &DynValue) -> ort::Result<Output> {
    let (shape, values) = match output.dtype().tensor_type() {
        Some(TensorElementType::Uint8) => {
            let (shape, data) = output.try_extract_tensor::<u8>()?;
            (shape, Values::Bytes(data.to_vec()))
        }
        Some(TensorElementType::Bool) => {
            let (shape, data) = output.try_extract_tensor::<bool>()?;
            (shape, Values::Bytes(data.iter().copied().map(u8::from).collect()))
        }
        Some(TensorElementType::Int64) => {
            let (shape, data) = output.try_extract_tensor::<i64>()?;
            (shape, Values::Integers(data.to_vec()))
        }
        Some(TensorElementType::Int32) => {
            let (shape, data) = output.try_extract_tensor::<i32>()?;
            (shape, Values::Integers(data.iter().copied().map(i64::from).collect()))
        }
        _ => {
            let (shape, data) = output.try_extract_tensor::<f32>()?;
            (shape, Values::Floats(data.to_vec()))
        }
    };
    Ok(Output { shape: shape.to_vec(), values })
}

fn failed(message: &str) -> Error {
    Error::new(ErrorKind::EngineFailed, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::onnx::builder::{ElementType, GraphBuilder, node};

    /// The runtime, or `None` after printing why the test is skipped; in CI a missing one fails the test.
    fn runtime() -> Option<Runtime> {
        let runtime = Runtime::load(None);
        if let Err(error) = &runtime {
            assert!(std::env::var_os("CI").is_none(), "{error}");
            println!("skipped: {error}");
        }
        runtime.ok()
    }

    /// A program that casts its input to `types`, one output for each.
    fn casts(runtime: &Runtime, types: &[ElementType], threads: usize) -> Program {
        let names: Vec<_> = (0..types.len()).map(|number| format!("out{number}")).collect();
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        let graph = GraphBuilder::new(&["in"], &names).with_types(&[ElementType::Float], types);
        let graph = names.iter().zip(types).fold(graph, |graph, (name, kind)| {
            graph.with(node("Cast", &["in"], name).integer("to", *kind as i64))
        });
        let options = ProgramOptions { threads: NonZeroUsize::new(threads).unwrap() };
        Program::load_with(runtime, Model::New(&graph.to_bytes(), None), options).unwrap()
    }

    const INPUT: &[f32] = &[0.0, 1.0, 3.0, 200.0];

    #[test]
    fn outputs_keep_their_types() {
        let Some(runtime) = runtime() else { return };
        let types = [
            ElementType::Float,
            ElementType::Uint8,
            ElementType::Int64,
            ElementType::Int32,
            ElementType::Bool,
        ];
        let program = casts(&runtime, &types, 1);
        let (inputs, stop) = ([("in", Input::Floats(&[2, 2], INPUT))], Stop::new().unwrap());
        let outputs = program.outputs(&inputs, &stop).unwrap();
        assert!(outputs.iter().all(|output| output.shape == [2, 2]));
        let values: Vec<_> = outputs.into_iter().map(|output| output.values).collect();
        let integers = || Values::Integers(vec![0, 1, 3, 200]);
        let expected = [
            Values::Floats(INPUT.to_vec()),
            Values::Bytes(vec![0, 1, 3, 200]),
            integers(),
            integers(),
            Values::Bytes(vec![0, 1, 1, 1]),
        ];
        assert_eq!(values, expected);
        assert_eq!(program.run(&inputs, &stop).unwrap_err().kind(), ErrorKind::EngineFailed, "integers");
        let doubles = casts(&runtime, &[ElementType::Double], 1);
        assert_eq!(doubles.outputs(&inputs, &stop).unwrap_err().kind(), ErrorKind::EngineFailed);
        let bytes = casts(&runtime, &[ElementType::Uint8], 1).run(&inputs, &stop).unwrap();
        assert_eq!(bytes[0], Tensor { shape: vec![2, 2], data: INPUT.to_vec() });
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn threads_are_an_option() {
        /// The name that the threads of a program inherit from the one that loads it.
        const NAME: &str = "onnx-threads";
        let Some(runtime) = runtime() else { return };
        let count = move |threads| {
            let program = casts(&runtime, &[ElementType::Float], threads);
            let inputs = [("in", Input::Floats(&[4], INPUT))];
            assert_eq!(program.run(&inputs, &Stop::new().unwrap()).unwrap()[0].data, INPUT);
            let tasks = std::fs::read_dir("/proc/self/task").unwrap().flatten();
            let names = tasks.filter_map(|task| std::fs::read_to_string(task.path().join("comm")).ok());
            names.filter(|name| name.trim_end() == NAME).count()
        };
        let counts = move || [count(1), count(3)];
        let loading = std::thread::Builder::new().name(NAME.into()).spawn(counts).unwrap();
        assert_eq!(loading.join().unwrap(), [1, 3]);
    }

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
