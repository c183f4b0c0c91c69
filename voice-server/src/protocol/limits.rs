//! How much audio a client may send in one message.

use voice_core::audio::Input;

/// The most bytes of samples in one message, and those in progress at which a client is no longer read. Clients of
/// vosk-server send messages up to this size.
pub(crate) const MAX_SAMPLES: usize = 1 << 20;

/// The same of compressed audio: 16 s at 128 kbit/s, and hours of silence. How long it is, is known when it is decoded.
pub(crate) const MAX_COMPRESSED: usize = 256 << 10;

/// The most audio of a message and in progress, in bytes.
pub(crate) const fn max_audio(input: Input) -> usize {
    match input {
        Input::Samples => MAX_SAMPLES,
        _ => MAX_COMPRESSED,
    }
}
