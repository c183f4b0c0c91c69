//! The engines that implement [`Voice`](super::Voice).

#[cfg(feature = "espeak")]
pub(super) mod espeak;
#[cfg(feature = "onnx")]
pub(crate) mod vits;
