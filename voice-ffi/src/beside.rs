//! What lies beside libvoice: libraries that are loaded at run time are installed where it is.

use std::ffi::{CStr, OsStr};
use std::mem::MaybeUninit;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use voice_core::tts::Runtime;

/// ONNX Runtime, if it is there.
pub(crate) fn onnxruntime() -> Option<PathBuf> {
    Some(own_path()?.parent()?.join(Runtime::LIBRARY)).filter(|path| path.is_file())
}

/// The file that this code was loaded from: libvoice, or the program that it is linked into.
fn own_path() -> Option<PathBuf> {
    let here: fn() -> Option<PathBuf> = own_path;
    let mut found = MaybeUninit::<libc::Dl_info>::uninit();
    // SAFETY: any address may be asked for, and the answer has the right size.
    if unsafe { libc::dladdr(here as *const libc::c_void, found.as_mut_ptr()) } == 0 {
        return None;
    }
    // SAFETY: written on success.
    let name = unsafe { found.assume_init() }.dli_fname;
    if name.is_null() {
        return None;
    }
    // SAFETY: a string that lives as long as this code.
    let name = unsafe { CStr::from_ptr(name) };
    // Relative for a program that was started by a relative path, and then to the folder it was started in.
    Path::new(OsStr::from_bytes(name.to_bytes())).canonicalize().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_of_a_program_comes_from_its_file() {
        let program = std::env::current_exe().unwrap();
        assert_eq!(own_path(), program.canonicalize().ok());
    }
}
