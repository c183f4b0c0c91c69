//! This process as the operating system sees it.

/// The resident memory in bytes; `None` if the system does not report it.
pub(crate) fn memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    Some(kibibytes << 10)
}

/// The number of open files; `None` if the system does not report it.
pub(crate) fn open_files() -> Option<u64> {
    // The folder that is being read is one of them.
    Some((std::fs::read_dir("/proc/self/fd").ok()?.count() as u64).saturating_sub(1))
}

/// Keeps the kernel from backing the heap with huge pages. The allocator asks for them, and each takes 2 MiB at its first
/// use.
pub(crate) fn use_small_pages() {
    // If the kernel refuses, the server only takes more memory.
    #[cfg(target_os = "linux")]
    let _ = rustix::thread::disable_transparent_huge_pages(true);
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn process_reports_memory_and_files() {
        assert!(memory().is_some_and(|bytes| bytes > 100 << 10));
        let files: Vec<_> = (0..50).map(|_| std::fs::File::open("/dev/null").unwrap()).collect();
        assert!(open_files().is_some_and(|count| count >= files.len() as u64));
    }
}
