//! Texts and paths between the host and the library.

use std::borrow::Cow;
use std::ffi::{CStr, c_char};
use std::path::PathBuf;

use crate::error::{voice_code, voice_error};
use crate::options::invalid;

/// A UTF-8 text with its length. Text from the library has a NUL after its last byte, so that `ptr` is also a C
/// string; text for the library needs no NUL. `VOICE_TEXT("…")` makes one from a literal.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct voice_text {
    /// The first byte. May be NULL if `len` is 0.
    pub ptr: *const c_char,
    /// Length in bytes, without the NUL.
    pub len: usize,
}

impl voice_text {
    /// The empty string.
    pub(crate) const EMPTY: Self = Self { ptr: c"".as_ptr(), len: 0 };

    /// The host's text.
    ///
    /// # Safety
    /// `ptr` is NULL or points to `len` bytes that stay unchanged while the result is used.
    pub(crate) unsafe fn read<'a>(self, name: &str) -> Result<&'a str, voice_error> {
        // SAFETY: the caller's promise.
        let bytes = unsafe { bytes(self.ptr.cast(), self.len, name) }?;
        std::str::from_utf8(bytes).map_err(|_| not_utf8(name))
    }
}

/// The host's bytes.
///
/// # Safety
/// `ptr` is NULL or points to `len` bytes that stay unchanged while the result is used.
pub(crate) unsafe fn bytes<'a>(ptr: *const u8, len: usize, name: &str) -> Result<&'a [u8], voice_error> {
    if len == 0 {
        return Ok(&[]);
    }
    if ptr.is_null() {
        let message = format!("{name} is NULL, but its length is {len}; pass both or neither");
        return Err(voice_error::new(voice_code::ArgumentNull, &message));
    }
    if isize::try_from(len).is_err() {
        let message = format!("{name} cannot be {len} bytes long; check the length");
        return Err(voice_error::new(voice_code::ArgumentInvalid, &message));
    }
    // SAFETY: not NULL and not too long, checked above; the rest is the caller's promise.
    Ok(unsafe { std::slice::from_raw_parts(ptr, len) })
}

/// The host's samples as little-endian bytes.
///
/// # Safety
/// `ptr` is NULL or points to `samples` samples that stay unchanged while the result is used.
pub(crate) unsafe fn samples<'a, T: Copy, const N: usize>(
    ptr: *const T,
    samples: usize,
    to_bytes: fn(T) -> [u8; N],
) -> Result<Cow<'a, [u8]>, voice_error> {
    // SAFETY: the caller's promise.
    let bytes = unsafe { bytes(ptr.cast(), samples.saturating_mul(N), "audio") }?;
    if cfg!(target_endian = "little") {
        return Ok(Cow::Borrowed(bytes));
    }
    // SAFETY: as above; the alignment does not matter.
    let swapped = (0..samples).flat_map(|at| to_bytes(unsafe { ptr.add(at).read_unaligned() }));
    Ok(Cow::Owned(swapped.collect()))
}

/// The host's NUL-terminated string; `None` for NULL.
///
/// # Safety
/// `ptr` is NULL or points to a NUL-terminated string that stays unchanged while the result is used.
pub(crate) unsafe fn c_string<'a>(ptr: *const c_char, name: &str) -> Result<Option<&'a str>, voice_error> {
    if ptr.is_null() {
        return Ok(None);
    }
    // SAFETY: not NULL; the rest is the caller's promise.
    let text = unsafe { CStr::from_ptr(ptr) };
    text.to_str().map(Some).map_err(|_| not_utf8(name))
}

/// The host's path; `None` for NULL.
///
/// # Safety
/// As for [`c_string`].
pub(crate) unsafe fn path(ptr: *const c_char, name: &str) -> Result<Option<PathBuf>, voice_error> {
    // SAFETY: the caller's promise.
    let path = unsafe { c_string(ptr, name) }?;
    if path == Some("") {
        return Err(invalid(format!("{name} is empty; give a path, or NULL for none")));
    }
    Ok(path.map(PathBuf::from))
}

pub(crate) fn not_utf8(name: &str) -> voice_error {
    voice_error::new(voice_code::ArgumentInvalid, &format!("{name} is not UTF-8 text; convert it"))
}

/// Owns the texts that a view points to.
#[derive(Default)]
pub(crate) struct Texts(Vec<Vec<u8>>);

impl Texts {
    /// Stores `text`. The result is valid for the life of `self`.
    pub(crate) fn add(&mut self, text: impl Into<String>) -> voice_text {
        let mut bytes = text.into().into_bytes();
        let len = bytes.len();
        bytes.push(0);
        let ptr = bytes.as_ptr().cast();
        self.0.push(bytes);
        voice_text { ptr, len }
    }
}
