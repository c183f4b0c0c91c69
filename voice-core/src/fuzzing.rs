//! Doors for the fuzz targets into parsers that are no part of the interface.

pub use crate::espeak::fuzzing::windows;
pub use crate::text::diacritize::fuzzing::{Tables, pieces};
pub use crate::tts::engines::vits::fuzzing::{Config, Onnx, is_cache, sketch};
