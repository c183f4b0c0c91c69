//! The engines that implement [`Model`](super::Model), one folder for each family of models.

#[cfg(feature = "vosk")]
pub(super) mod vosk;
