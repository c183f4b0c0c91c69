//! The search for native libraries, and their loading at run time.

#![cfg_attr(
    all(feature = "vosk", not(feature = "vosk-linked")),
    expect(unsafe_code, reason = "libraries are loaded")
)]

use std::path::{Path, PathBuf};

use crate::error::{Error, ErrorKind};

/// The file name of the library `stem` on this system, such as `libvosk.so`.
macro_rules! file_name {
    ($stem:literal) => {
        if cfg!(target_vendor = "apple") {
            concat!("lib", $stem, ".dylib")
        } else if cfg!(windows) {
            concat!($stem, ".dll")
        } else {
            concat!("lib", $stem, ".so")
        }
    };
}
pub(crate) use file_name;

/// The path of the library `file` that [ships with this code](crate::shipped::find). Otherwise the bare name, which the
/// loader searches in the system's folders.
pub(crate) fn find(file: &str) -> PathBuf {
    crate::shipped::find(&[Path::new(file), &Path::new("lib").join(file)]).unwrap_or_else(|| file.into())
}

/// Loads the library at `path`. Its symbols are not visible to other libraries of the process. It stays loaded until
/// the process ends.
#[cfg(all(feature = "vosk", not(feature = "vosk-linked")))]
pub(crate) fn open(path: &Path) -> Result<libloading::Library, libloading::Error> {
    #[cfg(unix)]
    {
        use libloading::os::unix::{Library, RTLD_LOCAL, RTLD_NOW};

        // SAFETY: the loader runs the initialization of a library that the caller trusts.
        unsafe { Library::open(Some(path), RTLD_NOW | RTLD_LOCAL | libc::RTLD_NODELETE) }.map(Into::into)
    }
    #[cfg(not(unix))]
    {
        // SAFETY: as above.
        unsafe { libloading::Library::new(path) }
    }
}

/// The error for a library that cannot be used. `what` is the predicate before the path.
pub(crate) fn unavailable(library: &str, what: &str, path: &Path, file: &str) -> Error {
    let message =
        format!("{library} {what} {}; put {file} beside the program, or name its path", path.display());
    Error::new(ErrorKind::EngineUnavailable, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_library_is_left_to_the_loader() {
        assert_eq!(find("libnowhere.so"), Path::new("libnowhere.so"));
    }
}
