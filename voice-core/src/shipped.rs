//! The search for files that ship with the program or the library: native libraries, models.

#![expect(unsafe_code, reason = "the path of this code is read from the loader")]

use std::path::{Path, PathBuf};

/// Finds a file or folder that ships with this code. `candidates` are relative paths, in order of preference.
///
/// They are searched in the folder of this code (libvoice, or the program that it is linked into) and in that of the
/// program. If that folder belongs to an installation, such as `bin`, or to a build by Cargo, the installation's own
/// folder or the workspace is searched too, unless every user may write there.
pub fn find(candidates: &[impl AsRef<Path>]) -> Option<PathBuf> {
    let program = std::env::current_exe().ok();
    let own = own_file();
    // For a library that was loaded through a link, both the folder of the link and that of the file count.
    let linked = own.as_deref().and_then(|path| path.canonicalize().ok());
    let files = [own, linked, program];
    let folders = files.iter().flatten().flat_map(|path| folders(path));
    folders
        .flat_map(|folder| candidates.iter().map(move |candidate| folder.join(candidate)))
        .find(|path| path.exists())
}

/// The folders that may hold files of the program or library at `path`.
fn folders(path: &Path) -> Vec<PathBuf> {
    let beside = path.parent().map(Path::to_owned);
    std::iter::successors(beside, |folder| above(folder).filter(|above| is_protected(above))).collect()
}

/// The folder that `folder` is a part of, if its name says so: other parents, such as `/tmp` of `/tmp/app`, belong to
/// something else.
fn above(folder: &Path) -> Option<PathBuf> {
    /// Folders of an installation, and of Cargo, which puts tests and examples below the folder of the libraries.
    const INNER: [&str; 4] = ["bin", "lib", "deps", "examples"];

    if INNER.iter().any(|name| folder.ends_with(name)) {
        return folder.parent().map(Path::to_owned);
    }
    // `target/PROFILE` or `target/PLATFORM/PROFILE` of a workspace.
    let target = folder.ancestors().skip(1).take(2).find(|folder| folder.ends_with("target"))?;
    target.parent().map(Path::to_owned)
}

/// Whether only some users may write to `folder`. Any user may put a file into `/tmp`.
#[cfg(unix)]
fn is_protected(folder: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;

    const WRITABLE_BY_OTHERS: u32 = 0o002;
    folder.metadata().is_ok_and(|metadata| metadata.permissions().mode() & WRITABLE_BY_OTHERS == 0)
}

#[cfg(not(unix))]
fn is_protected(_: &Path) -> bool {
    true
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
    let name = OsStr::from_bytes(unsafe { CStr::from_ptr(name) }.to_bytes());
    // Of code in the program itself, the loader tells the program's first argument. That may be a name alone, which would
    // be taken for a file in the working directory. The system tells the program's file.
    if std::env::args_os().next().is_some_and(|first| first == name) || !name.as_bytes().contains(&b'/') {
        return std::env::current_exe().ok();
    }
    // The path may be relative to the working directory in which the program was started.
    std::path::absolute(name).ok().filter(|path| path.exists())
}

#[cfg(not(unix))]
fn own_file() -> Option<PathBuf> {
    None
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

    /// Started by its name alone, as a shell starts a program that it finds by PATH.
    #[test]
    #[cfg(unix)]
    fn working_directory_is_not_searched() {
        use std::os::unix::process::CommandExt as _;

        const CHILD: &str = "VOICE_TEST_STARTED_BY_NAME";
        if std::env::var_os(CHILD).is_some() {
            assert_eq!(find(&["planted"]), None);
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("planted"), "").unwrap();
        std::fs::write(folder.path().join("program"), "").unwrap();
        for first in ["program", "./program"] {
            let status = std::process::Command::new(std::env::current_exe().unwrap())
                .arg0(first)
                .args(["--exact", "shipped::tests::working_directory_is_not_searched"])
                .env(CHILD, "1")
                .current_dir(folder.path())
                .status();
            assert!(status.unwrap().success(), "{first}");
        }
    }

    #[test]
    fn parent_is_searched_only_in_an_installation_or_a_build() {
        let chain = |path: &str| {
            let beside = Path::new(path).parent().map(Path::to_owned);
            std::iter::successors(beside, |folder| above(folder)).collect::<Vec<_>>()
        };
        for (path, folders) in [
            ("/tmp/app/program", &["/tmp/app"][..]),
            ("/tmp/cabin/program", &["/tmp/cabin"]),
            ("/opt/app/bin/program", &["/opt/app/bin", "/opt/app"]),
            ("/program", &["/"]),
            ("/bin/program", &["/bin", "/"]),
            ("/w/target/debug/program", &["/w/target/debug", "/w"]),
            ("/w/target/debug/deps/test", &["/w/target/debug/deps", "/w/target/debug", "/w"]),
            (
                "/w/target/aarch64-linux-android/release/program",
                &["/w/target/aarch64-linux-android/release", "/w"],
            ),
            ("/w/target/program", &["/w/target"]),
            ("/", &[]),
        ] {
            assert_eq!(chain(path), folders.iter().map(Path::new).collect::<Vec<_>>(), "{path}");
        }
    }

    #[test]
    #[cfg(unix)]
    fn parent_that_others_may_write_is_not_searched() {
        use std::os::unix::fs::PermissionsExt as _;

        let shared = tempfile::tempdir().unwrap();
        let bin = shared.path().join("bin");
        std::fs::create_dir(&bin).unwrap();
        for (mode, folders_searched) in [(0o755, 2), (0o1777, 1), (0o777, 1), (0o775, 2)] {
            std::fs::set_permissions(shared.path(), std::fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(folders(&bin.join("program")).len(), folders_searched, "{mode:o}");
        }
    }
}
