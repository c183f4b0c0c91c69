//! The free memory, so that a model that is too large gets an error before the system kills the process.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{Error, ErrorKind, Result};
use crate::store::files::megabytes;

/// Fails if fewer than `needed` bytes are free. If the free memory is unknown, every model is accepted.
pub(crate) fn require(needed: u64, what: &str) -> Result<()> {
    match available(Path::new("/")) {
        Some(free) if free < needed => {
            let message = format!(
                "{what} needs about {} of memory and {} are free; free some, raise the container's limit, or \
                 choose a smaller model",
                megabytes(needed),
                megabytes(free)
            );
            Err(Error::new(ErrorKind::MemoryInsufficient, message))
        }
        _ => Ok(()),
    }
}

/// Bytes that this process may still use: the least that the machine, its control groups and the limit of its address
/// space (`ulimit -v`) leave.
///
/// Sources: proc(5), and the kernel's documents on cgroup v1 (`memory.limit_in_bytes`) and v2
/// (`memory.max`). Page cache counts as free: the kernel drops it first.
fn available(root: &Path) -> Option<u64> {
    let meminfo = fs::read_to_string(root.join("proc/meminfo")).ok()?;
    let machine = field(&meminfo, "MemAvailable:")? << 10;
    let groups = fs::read_to_string(root.join("proc/self/cgroup")).unwrap_or_default();
    let limits = groups.lines().flat_map(|line| limits(root, line));
    Some(limits.chain(address_space(root)).fold(machine, u64::min))
}

/// The bytes that the limit of the address space leaves, if there is one.
fn address_space(root: &Path) -> Option<u64> {
    let limits = fs::read_to_string(root.join("proc/self/limits")).ok()?;
    let limit = limits.lines().find_map(|line| line.strip_prefix("Max address space"))?;
    // `unlimited` does not parse.
    let limit: u64 = limit.split_whitespace().next()?.parse().ok()?;
    let status = fs::read_to_string(root.join("proc/self/status")).ok()?;
    Some(limit.saturating_sub(field(&status, "VmSize:")? << 10))
}

/// The bytes that the control group of a line of `/proc/self/cgroup` leaves, and those of each group above it.
fn limits(root: &Path, line: &str) -> Vec<u64> {
    let mut fields = line.splitn(3, ':');
    let (Some(_), Some(controllers), Some(group)) = (fields.next(), fields.next(), fields.next()) else {
        return Vec::new();
    };
    let (mount, limit, usage, cache) = match controllers {
        "" => ("sys/fs/cgroup", "memory.max", "memory.current", "inactive_file"),
        list if list.split(',').any(|name| name == "memory") => {
            ("sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
        }
        _ => return Vec::new(),
    };
    let mount = root.join(mount);
    let number = |folder: &Path, name| fs::read_to_string(folder.join(name)).ok()?.trim().parse::<u64>().ok();
    let left = |folder: PathBuf| {
        // `max` does not parse and means no limit, like the huge number of version 1.
        let limit = number(&folder, limit)?;
        let statistics = fs::read_to_string(folder.join("memory.stat")).unwrap_or_default();
        let used = number(&folder, usage)?.saturating_sub(field(&statistics, cache).unwrap_or(0));
        Some(limit.saturating_sub(used))
    };
    // Inside a container the mount may show the container's own group as its root.
    let below = mount.join(group.trim_start_matches('/'));
    below
        .ancestors()
        .take_while(|folder| folder.starts_with(&mount))
        .map(Path::to_owned)
        .filter_map(left)
        .collect()
}

/// The number after `name` at the start of a line.
fn field(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find(|line| line.split_whitespace().next() == Some(name))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIB: u64 = 1 << 30;

    struct System(tempfile::TempDir);

    impl System {
        /// A machine with 8 GiB free.
        fn new() -> Self {
            let system = Self(tempfile::tempdir().unwrap());
            system.write("proc/meminfo", "MemTotal: 16777216 kB\nMemAvailable: 8388608 kB\n");
            system
        }

        fn write(&self, path: &str, text: &str) {
            let path = self.0.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }

        fn available(&self) -> Option<u64> {
            available(self.0.path())
        }
    }

    #[test]
    fn machine_memory_counts_without_a_control_group() {
        let system = System::new();
        assert_eq!(system.available(), Some(8 * GIB));
        system.write("proc/self/cgroup", "0::/app\n3:cpu:/x\nnonsense\n");
        system.write("sys/fs/cgroup/app/memory.max", "max\n");
        assert_eq!(system.available(), Some(8 * GIB));
    }

    #[test]
    fn address_space_limit_counts() {
        let system = System::new();
        let limits = |limit: &str| {
            let rows = format!(
                "Limit Soft Limit Hard Limit Units\nMax address space         {limit}  unlimited  bytes\n"
            );
            system.write("proc/self/limits", &rows);
        };
        system.write("proc/self/status", "Name: x\nVmSize:\t  1048576 kB\n");
        limits("unlimited");
        assert_eq!(system.available(), Some(8 * GIB));
        limits(&(3 * GIB).to_string());
        assert_eq!(system.available(), Some(2 * GIB));
        limits(&(GIB / 2).to_string());
        assert_eq!(system.available(), Some(0));
    }

    #[test]
    fn tightest_group_decides_and_cache_is_free() {
        let system = System::new();
        system.write("proc/self/cgroup", "0::/pod/app\n");
        system.write("sys/fs/cgroup/pod/memory.max", &(2 * GIB).to_string());
        system.write("sys/fs/cgroup/pod/memory.current", &(GIB + GIB / 2).to_string());
        system.write("sys/fs/cgroup/pod/memory.stat", &format!("anon 1\ninactive_file {GIB}\n"));
        system.write("sys/fs/cgroup/pod/app/memory.max", "max\n");
        assert_eq!(system.available(), Some(GIB + GIB / 2));
    }

    #[test]
    fn own_group_as_root_is_read() {
        let system = System::new();
        system.write("proc/self/cgroup", "0::/docker/0123\n");
        system.write("sys/fs/cgroup/memory.max", &GIB.to_string());
        system.write("sys/fs/cgroup/memory.current", "0");
        assert_eq!(system.available(), Some(GIB));
    }

    #[test]
    fn cgroup_version_1_is_read() {
        let system = System::new();
        system.write("proc/self/cgroup", "5:cpu,memory:/a\n");
        system.write("sys/fs/cgroup/memory/a/memory.limit_in_bytes", &GIB.to_string());
        system.write("sys/fs/cgroup/memory/a/memory.usage_in_bytes", &(2 * GIB).to_string());
        assert_eq!(system.available(), Some(0));
    }

    #[test]
    fn unknown_memory_refuses_nothing() {
        assert_eq!(available(Path::new("/nowhere")), None);
        require(1, "a model").unwrap();
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn too_large_model_is_refused_with_numbers() {
        let error = require(u64::MAX, "the model x").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::MemoryInsufficient);
        assert!(error.to_string().contains("the model x needs about "), "{error}");
    }
}
