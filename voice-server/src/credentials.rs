//! Variables that come as files: what the service manager keeps for us.
//!
//! A variable that is not set is looked for as a file of its name in `$CREDENTIALS_DIRECTORY`: systemd's
//! `LoadCredential=` puts it there, and a folder of container secrets does as well. Unlike the environment,
//! such a file is not inherited by other processes and not shown by tools that list them.

use std::ffi::OsString;
use std::io::Read as _;
use std::os::unix::ffi::OsStringExt as _;
use std::path::Path;

/// No value is longer.
const MAX: u64 = 64 << 10;

/// The variable `name`, from the environment or else from the credentials.
pub(crate) fn lookup(name: &str) -> Option<OsString> {
    let folder = || std::env::var_os("CREDENTIALS_DIRECTORY").filter(|folder| !folder.is_empty());
    std::env::var_os(name).or_else(|| read(Path::new(&folder()?), name))
}

/// The file's content, without the end of its last line.
fn read(folder: &Path, name: &str) -> Option<OsString> {
    let path = folder.join(name);
    let mut value = Vec::new();
    let read = std::fs::File::open(&path).and_then(|file| file.take(MAX).read_to_end(&mut value));
    match read {
        Ok(_) => {
            let end = value.trim_ascii_end().len();
            value.truncate(end);
            Some(OsString::from_vec(value))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => {
            // Before there is a log: without the value, the configuration says what is missing.
            eprintln!("voice-server: {}: {error}; check who may read it", path.display());
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_credential_is_a_file_without_its_last_line_end() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("VOICE_SERVICE_SECRET"), "a secret \nof two lines\n").unwrap();
        let value = read(folder.path(), "VOICE_SERVICE_SECRET");
        assert_eq!(value, Some("a secret \nof two lines".into()));
        assert_eq!(read(folder.path(), "VOICE_SERVICE_TOKEN"), None);
        assert_eq!(read(Path::new("/nowhere"), "VOICE_SERVICE_SECRET"), None);
    }
}
