//! ONNX models: reading their graphs, cutting them, and running them on ONNX Runtime.

mod graph;
mod runtime;
#[cfg(test)]
pub(crate) mod sketch;
mod wire;

pub(crate) use graph::{Graph, Node};
pub use runtime::Runtime;
pub(crate) use runtime::{Input, Model, Program, Stop, Tensor};
