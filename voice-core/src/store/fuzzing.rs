//! Entry points for the fuzz targets to parsers that are not public.

use std::ops::ControlFlow;
use std::path::Path;

use super::receipt::Receipt;
use crate::error::Result;

/// The largest ratio of an archive's unpacked size to its size.
pub const MAX_GROWTH: u64 = super::unpack::MAX_GROWTH;

/// Unpacks `archive` into the new folder `target`. Returns the relative path and size of each file.
pub fn unzip(archive: &Path, target: &Path) -> Result<Vec<(String, u64)>> {
    let parts = super::unpack::unzip(archive, target, &mut |_, _| ControlFlow::Continue(()))?;
    Ok(parts.into_iter().map(|part| (part.path, part.size)).collect())
}

/// Reads the receipt in `folder` and compares every file with it. Returns the paths in the receipt.
pub fn check_receipt(folder: &Path) -> Result<Option<Vec<String>>> {
    let Some(receipt) = Receipt::read(folder)? else { return Ok(None) };
    receipt.check(folder)?;
    Ok(Some(receipt.files.into_iter().map(|part| part.path).collect()))
}

/// Writes the receipt in `from` to the folder `to`.
pub fn copy_receipt(from: &Path, to: &Path) -> Result<()> {
    Receipt::read(from)?.map_or(Ok(()), |receipt| receipt.write(to))
}
