//! ONNX models: reading their graphs, cutting them, and running them on ONNX Runtime.

#[cfg(any(test, fuzzing))]
#[cfg_attr(fuzzing, allow(dead_code, reason = "the fuzz targets draw one graph only"))]
pub(crate) mod builder;
mod graph;
pub(crate) mod planar;
mod runtime;
mod wire;

pub(crate) use graph::{Graph, Node};
pub use runtime::Runtime;
pub(crate) use runtime::{Input, Model, Program, Stop, Tensor};
