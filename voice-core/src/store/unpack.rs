//! Unpacks a model's archive, which is untrusted input.

use std::collections::HashSet;
use std::fs::File;
use std::io::{BufWriter, Read as _, Write as _};
use std::ops::ControlFlow;
use std::path::Path;

use zip::ZipArchive;
use zip::read::ZipFile;

use super::files::{make_folder, megabytes, require_space, written};
use super::hash::Hasher;
use super::manifest::is_inside;
use super::receipt::Part;
use crate::error::{Error, ErrorKind, Result};

/// The most files of an archive. Models have some dozens.
const MAX_FILES: usize = 10_000;

/// The largest ratio of the unpacked size to the archive. Graphs shrink to a quarter, word lists to a fifth.
pub(super) const MAX_GROWTH: u64 = 20;

/// Unpacks the zip file `archive` into the new folder `target`.
///
/// The archive must have one folder, whose content becomes that of `target`. `watch` gets the number of unpacked bytes
/// and the total.
pub(super) fn unzip(
    archive: &Path,
    target: &Path,
    watch: &mut dyn FnMut(u64, u64) -> ControlFlow<()>,
) -> Result<Vec<Part>> {
    let name = archive.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let invalid =
        |what: &str| Error::new(ErrorKind::ArchiveInvalid, format!("{name} {what}; nothing was kept"));
    let damaged = |error: zip::result::ZipError| invalid("is damaged").with_source(error);
    let file = File::open(archive).map_err(|error| written(archive, error))?;
    let packed = file.metadata().map_err(|error| written(archive, error))?.len();
    let mut zip = ZipArchive::new(file).map_err(damaged)?;
    if zip.len() > MAX_FILES {
        return Err(invalid(&format!("has {} files; a model has fewer than {MAX_FILES}", zip.len())));
    }
    let limit = packed.saturating_mul(MAX_GROWTH);
    let promised = zip.decompressed_size().unwrap_or(0).try_into().unwrap_or(u64::MAX);
    let too_large = || invalid(&format!("unpacks to more than {MAX_GROWTH} times its {}", megabytes(packed)));
    if promised > limit {
        return Err(too_large());
    }
    make_folder(target)?;
    require_space(target, promised)?;

    let mut parts = Vec::new();
    let (mut seen, mut done) = (HashSet::new(), 0);
    let mut top = None;
    let mut block = vec![0; 128 << 10];
    for index in 0..zip.len() {
        let mut entry = zip.by_index(index).map_err(damaged)?;
        let Some((folder, path)) = place(&entry).map_err(|what| invalid(&what))? else { continue };
        let expected = top.get_or_insert_with(|| folder.clone());
        if *expected != folder {
            return Err(invalid(&format!("has the folder `{folder}` beside `{expected}`")));
        }
        // Names that differ only in case are the same file on some systems.
        if !seen.insert(path.to_lowercase()) {
            return Err(invalid(&format!("has `{path}` twice")));
        }
        let place = target.join(&path);
        place.parent().map_or(Ok(()), make_folder)?;
        let created = File::options().write(true).create_new(true).open(&place);
        let mut file = BufWriter::new(created.map_err(|error| written(&place, error))?);
        let mut hasher = Hasher::default();
        loop {
            let length = entry.read(&mut block).map_err(|error| invalid("is damaged").with_source(error))?;
            if length == 0 {
                break;
            }
            done += length as u64;
            // The size in the entry may be wrong, so the written bytes are counted.
            if done > limit {
                return Err(too_large());
            }
            file.write_all(&block[..length]).map_err(|error| written(&place, error))?;
            hasher.update(&block[..length]);
            if watch(done, promised).is_break() {
                return Err(Error::new(ErrorKind::Cancelled, "unpacking was cancelled; nothing was kept"));
            }
        }
        let file = file.into_inner().map_err(|error| written(&place, error.into_error()))?;
        file.sync_all().map_err(|error| written(&place, error))?;
        parts.push(Part { path, size: hasher.length(), sha256: hasher.finish().sha256 });
    }
    if parts.is_empty() { Err(invalid("has no files")) } else { Ok(parts) }
}

/// The archive's folder and the path of an entry below it; `None` for folders, and for hidden files, which some systems
/// add.
fn place(entry: &ZipFile<File>) -> Result<Option<(String, String)>, String> {
    let name = entry.name().map_err(|_| "has a name that is not UTF-8".to_owned())?.into_owned();
    if entry.is_symlink() {
        return Err(format!("has the link `{name}`"));
    }
    if entry.encrypted() {
        return Err(format!("needs a password for `{name}`"));
    }
    let path = name.strip_prefix("./").unwrap_or(&name);
    let is_hidden = |part: &str| part == "__MACOSX" || part.starts_with('.');
    let leads_out = |part: &str| part == "." || part == "..";
    if path.split('/').any(is_hidden) && !path.split('/').any(leads_out) {
        return Ok(None);
    }
    let trimmed = path.trim_end_matches('/');
    if !is_inside(trimmed) {
        return Err(format!("has the path `{name}`, which leads out of its folder"));
    }
    if entry.is_dir() {
        return Ok(None);
    }
    match trimmed.split_once('/') {
        Some((folder, inner)) => Ok(Some((folder.to_owned(), inner.to_owned()))),
        None => Err(format!("has `{name}` outside of its folder")),
    }
}

#[cfg(test)]
mod tests {
    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    /// Unpacks an archive with files of these names. Returns their paths.
    fn unpacked(names: &[&str]) -> Result<Vec<String>> {
        let folder = tempfile::tempdir().unwrap();
        let archive = folder.path().join("model.zip");
        let mut zip = ZipWriter::new(File::create(&archive).unwrap());
        for name in names {
            zip.start_file(*name, SimpleFileOptions::default()).unwrap();
            zip.write_all(b"content").unwrap();
        }
        zip.finish().unwrap();
        let target = folder.path().join("model");
        let parts = unzip(&archive, &target, &mut |_, _| ControlFlow::Continue(()))?;
        assert!(parts.iter().all(|part| target.join(&part.path).is_file()));
        Ok(parts.into_iter().map(|part| part.path).collect())
    }

    #[test]
    fn hidden_files_are_skipped() {
        let names = [
            "m/am/final.mdl",
            ".DS_Store",
            "__MACOSX/m/._final.mdl",
            "m/.gitignore",
            "m/.git/config",
            "./m/README",
        ];
        assert_eq!(unpacked(&names).unwrap(), ["am/final.mdl", "README"]);
    }

    #[test]
    fn paths_outside_of_the_folder_are_refused() {
        for names in [&["m/a", "n/b"][..], &["m/a", "b"], &["m/a", "m/../.hidden"], &["m/a", "../.hidden/b"]]
        {
            assert_eq!(unpacked(names).unwrap_err().kind(), ErrorKind::ArchiveInvalid, "{names:?}");
        }
    }
}
