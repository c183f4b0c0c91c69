//! Doors for the fuzz targets into parsers that are no part of the interface.

pub use super::espeak::fuzzing::windows;
pub use super::tashkeel::fuzzing::{Tables, pieces};
pub use super::vits::fuzzing::{Config, Onnx, is_memo, sketch};
