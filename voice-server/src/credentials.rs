//! Variables that are passed as files, by a service manager or as container secrets.
//!
//! A variable that is not set is read from the file of its name in `$CREDENTIALS_DIRECTORY`. systemd's
//! `LoadCredential=` puts it there, and a folder of container secrets works as well. Unlike the environment, such a
//! file is not inherited by other processes and not shown by tools that list them.

use std::ffi::OsString;
use std::io::Read as _;
use std::os::unix::ffi::OsStringExt as _;
use std::path::Path;

/// The longest value in bytes.
const MAX: u64 = 64 << 10;

/// The variable `name`, from the environment or else from the credentials.
pub(crate) fn lookup(name: &str) -> Result<Option<OsString>, String> {
    let folder = || std::env::var_os("CREDENTIALS_DIRECTORY").filter(|folder| !folder.is_empty());
    match (std::env::var_os(name), folder()) {
        (None, Some(folder)) => read(Path::new(&folder), name),
        (value, _) => Ok(value),
    }
}

/// The names of everything that [`lookup`] can find, except the addresses of neighbours that orchestrators set.
pub(crate) fn names() -> impl Iterator<Item = String> {
    let is_address = |value: &OsString| {
        let value = value.as_encoded_bytes();
        value.starts_with(b"tcp://") || value.starts_with(b"udp://")
    };
    let set = std::env::vars_os().filter(move |(_, value)| !is_address(value)).map(|(name, _)| name);
    let folder = std::env::var_os("CREDENTIALS_DIRECTORY").filter(|folder| !folder.is_empty());
    let files = folder.and_then(|folder| std::fs::read_dir(folder).ok()).into_iter().flatten().flatten();
    set.chain(files.map(|file| file.file_name())).filter_map(|name| name.into_string().ok())
}

/// The file's content without the end of its last line. A file that exists and cannot be read is a mistake: using the
/// default instead might open the server.
fn read(folder: &Path, name: &str) -> Result<Option<OsString>, String> {
    let path = folder.join(name);
    let mut value = Vec::new();
    let read = std::fs::File::open(&path).and_then(|file| file.take(MAX + 1).read_to_end(&mut value));
    match read {
        Ok(length) if length as u64 > MAX => {
            Err(format!("{}: longer than {MAX} bytes; is it the right file?", path.display()))
        }
        Ok(_) => {
            let end = value.trim_ascii_end().len();
            value.truncate(end);
            Ok(Some(OsString::from_vec(value)))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(format!("{}: {error}; check who may read it", path.display())),
    }
}

/// The first line of a file, or of standard input.
pub(crate) fn from_file(path: &Path) -> Result<String, String> {
    let unreadable = |error: std::io::Error| format!("{}: {error}", path.display());
    let mut text = String::new();
    let read = if path.as_os_str() == "-" {
        std::io::stdin().take(MAX).read_to_string(&mut text)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(MAX).read_to_string(&mut text))
    };
    read.map_err(unreadable)?;
    let secret = text.lines().next().unwrap_or_default().trim();
    if secret.is_empty() {
        Err(format!("{}: no secret in it", path.display()))
    } else {
        Ok(secret.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credential_file_loses_its_last_line_end() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("VOICE_SERVICE_SECRET"), "a secret \nof two lines\n").unwrap();
        let value = read(folder.path(), "VOICE_SERVICE_SECRET");
        assert_eq!(value, Ok(Some("a secret \nof two lines".into())));
        assert_eq!(read(folder.path(), "VOICE_SERVICE_TOKEN"), Ok(None));
        assert_eq!(read(Path::new("/nowhere"), "VOICE_SERVICE_SECRET"), Ok(None));
    }

    #[test]
    fn unreadable_credential_is_a_mistake() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("VOICE_BASIC")).unwrap();
        assert!(read(folder.path(), "VOICE_BASIC").unwrap_err().contains("VOICE_BASIC"));
        for (length, fits) in [(MAX as usize, true), (MAX as usize + 1, false)] {
            std::fs::write(folder.path().join("REDIS_URL"), "x".repeat(length)).unwrap();
            assert_eq!(read(folder.path(), "REDIS_URL").is_ok(), fits);
        }
    }
}
