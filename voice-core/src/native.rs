//! Native libraries that are loaded at run time: where they are looked for, and how they are opened.

#![expect(unsafe_code, reason = "the loader is asked where this code is, and runs the code that it loads")]

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

/// Where the library `file` is: beside this code (libvoice, or the program that it is linked into) or beside the
/// program; where that is a folder of an installation, such as `bin`, also in the folder above it or in `lib` there; else
/// the bare name, which the loader looks up in the system's folders.
pub(crate) fn find(file: &str) -> PathBuf {
    let program = std::env::current_exe().ok();
    let own = own_file();
    // A library that was found through a link may have its neighbours beside the link or beside the file.
    let linked = own.as_deref().and_then(|path| path.canonicalize().ok());
    let files = [own, linked, program];
    let folders = files.iter().flatten().flat_map(|path| folders_for(path));
    let found = folders.map(|folder| folder.join(file)).find(|path| path.is_file());
    found.unwrap_or_else(|| file.into())
}

/// Folders whose libraries belong to the program or library at `path`.
///
/// The folder above belongs to it where both are parts of one tree: what is above a folder of any other name, such as
/// `/tmp` above `/tmp/app`, may be open to others.
fn folders_for(path: &Path) -> Vec<PathBuf> {
    /// Of an installation, and of Cargo: tests and examples lie below the folder that has the libraries.
    const INNER: [&str; 4] = ["bin", "lib", "deps", "examples"];

    let Some(beside) = path.parent() else { return Vec::new() };
    let mut folders = vec![beside.to_owned()];
    if INNER.iter().any(|name| beside.ends_with(name))
        && let Some(above) = beside.parent()
    {
        folders.extend([above.to_owned(), above.join("lib")]);
    }
    folders
}

/// The file that this code was loaded from.
#[cfg(unix)]
fn own_file() -> Option<PathBuf> {
    use std::ffi::{CStr, OsStr};
    use std::mem::MaybeUninit;
    use std::os::unix::ffi::OsStrExt as _;

    let here: fn() -> Option<PathBuf> = own_file;
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
    let path = Path::new(OsStr::from_bytes(unsafe { CStr::from_ptr(name) }.to_bytes())).to_owned();
    // As it was given to the loader: perhaps relative to the folder that the program was started in.
    std::path::absolute(path).ok()
}

#[cfg(not(unix))]
fn own_file() -> Option<PathBuf> {
    None
}

/// Loads the library at `path`. Its symbols are visible to its own caller alone, not to other libraries of the
/// process, and it stays loaded until the process ends.
#[cfg(all(feature = "vosk", not(feature = "vosk-linked")))]
pub(crate) fn open(path: &Path) -> Result<libloading::Library, libloading::Error> {
    #[cfg(unix)]
    {
        use libloading::os::unix::{Library, RTLD_LOCAL, RTLD_NOW};

        // SAFETY: what the loader runs is the initialization of a library that the caller vouches for.
        unsafe { Library::open(Some(path), RTLD_NOW | RTLD_LOCAL | libc::RTLD_NODELETE) }.map(Into::into)
    }
    #[cfg(not(unix))]
    {
        // SAFETY: as above.
        unsafe { libloading::Library::new(path) }
    }
}

/// The error about a library that cannot be used: what it is, what is wrong, and how to bring it.
pub(crate) fn unavailable(library: &str, what: &str, path: &Path, file: &str) -> Error {
    let message =
        format!("{library} {what} {}; put {file} beside the program, or name its path", path.display());
    Error::new(ErrorKind::EngineUnavailable, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(unix)]
    fn own_code_comes_from_the_program() {
        let program = std::env::current_exe().unwrap();
        assert_eq!(own_file().unwrap().canonicalize().unwrap(), program.canonicalize().unwrap());
    }

    #[test]
    fn the_folder_above_is_searched_in_an_installation_alone() {
        let folders = |path: &str| folders_for(Path::new(path));
        assert_eq!(folders("/tmp/app/program"), [Path::new("/tmp/app")]);
        assert_eq!(folders("/tmp/cabin/program"), [Path::new("/tmp/cabin")]);
        assert_eq!(
            folders("/opt/app/bin/program"),
            ["/opt/app/bin", "/opt/app", "/opt/app/lib"].map(Path::new)
        );
        assert_eq!(folders("/program"), [Path::new("/")]);
        assert_eq!(folders("/bin/program"), ["/bin", "/", "/lib"].map(Path::new));
        assert!(folders("/").is_empty());
    }

    #[test]
    fn library_that_is_nowhere_is_left_to_the_loader() {
        assert_eq!(find("libnowhere.so"), Path::new("libnowhere.so"));
    }
}
