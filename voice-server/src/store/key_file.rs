//! The key of a local store, in a file beside the database.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use super::keys::Keys;
use crate::credentials;

/// The keys in the file beside the database; a new file, if there is no database yet.
pub(super) fn read_or_make(database: &Path) -> Result<Keys, String> {
    let path = database.with_extension("key");
    let failed = |error: std::io::Error| format!("{}: {error}", path.display());
    if !path.try_exists().map_err(failed)? {
        let has_answers = std::fs::metadata(database).is_ok_and(|file| file.len() > 0);
        if has_answers {
            return Err(format!(
                "{} is missing, and the answers in {} cannot be opened without it; restore it, or set VOICE_STORE_KEYS",
                path.display(),
                database.display()
            ));
        }
        make(&path).map_err(failed)?;
        tracing::warn!(
            "the key of the answers was made in {}: keep a copy of it, or set VOICE_STORE_KEYS",
            path.display()
        );
    }
    let mode = std::fs::metadata(&path).map_err(failed)?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(format!("{}: others can read it; run chmod 600 on it", path.display()));
    }
    Keys::parse(&credentials::from_file(&path)?).map_err(|problem| format!("{}: {problem}", path.display()))
}

/// Makes a file with a new key. A file that another process made meanwhile stays.
fn make(path: &Path) -> std::io::Result<()> {
    let key = Keys::generate().map_err(std::io::Error::other)?;
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let unfinished = path.with_extension(format!("{:016x}", fastrand::u64(..)));
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&unfinished)?;
    file.write_all(key.as_bytes())?;
    file.write_all(b"\n")?;
    file.sync_all()?;
    let linked = std::fs::hard_link(&unfinished, path);
    std::fs::remove_file(&unfinished)?;
    match linked {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        _ => File::open(folder)?.sync_all(),
    }
}
