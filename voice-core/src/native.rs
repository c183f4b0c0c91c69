//! The search for native libraries, and their loading at run time.

#![expect(unsafe_code, reason = "the path of this code is read from the loader, and libraries are loaded")]

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

/// The path of the library `file`: in the folder of this code (libvoice, or the program that it is linked into) or of
/// the program. If that folder belongs to an installation, such as `bin`, its parent and the parent's `lib` are
/// searched too. Otherwise the bare name, which the loader searches in the system's folders.
pub(crate) fn find(file: &str) -> PathBuf {
    let program = std::env::current_exe().ok();
    let own = own_file();
    // For a library that was loaded through a link, both the folder of the link and that of the file count.
    let linked = own.as_deref().and_then(|path| path.canonicalize().ok());
    let files = [own, linked, program];
    let folders = files.iter().flatten().flat_map(|path| folders_for(path));
    let found = folders.map(|folder| folder.join(file)).find(|path| path.is_file());
    found.unwrap_or_else(|| file.into())
}

/// The folders that may hold libraries of the program or library at `path`.
///
/// The parent folder counts only if `path` is in a known folder of an installation: other parents, such as `/tmp` of
/// `/tmp/app`, may be writable by other users.
fn folders_for(path: &Path) -> Vec<PathBuf> {
    /// Folders of an installation, and of Cargo, which puts tests and examples below the folder of the libraries.
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
    // SAFETY: `dladdr` takes any address, and the output has the right type.
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
    // The path may be relative to the working directory in which the program was started.
    std::path::absolute(path).ok()
}

#[cfg(not(unix))]
fn own_file() -> Option<PathBuf> {
    None
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
    #[cfg(unix)]
    fn own_file_is_the_program() {
        let program = std::env::current_exe().unwrap();
        assert_eq!(own_file().unwrap().canonicalize().unwrap(), program.canonicalize().unwrap());
    }

    #[test]
    fn parent_folder_is_searched_only_in_an_installation() {
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
    fn missing_library_is_left_to_the_loader() {
        assert_eq!(find("libnowhere.so"), Path::new("libnowhere.so"));
    }
}
