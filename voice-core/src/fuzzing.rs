//! Entry points of the fuzz targets to private parsers.

pub use crate::espeak::fuzzing::windows;
pub use crate::text::diacritize::fuzzing::{Tables, pieces};
pub use crate::tts::engines::vits::fuzzing::{Config, Onnx, is_cache, sketch};
