//! The library files: exported symbols, names, and segment alignment.

use std::path::PathBuf;
use std::process::Command;

use crate::build::{library, run};
use crate::header;

fn readelf(option: &str) -> String {
    run(Command::new("readelf").arg(option).arg(library()))
}

/// The exported symbols of a file, sorted.
fn defined(option: &str, file: PathBuf) -> Vec<String> {
    let symbols = run(Command::new("nm").args([option, "--defined-only", "--format=posix"]).arg(file));
    symbols.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
}

#[test]
fn shared_library_exports_only_header_functions() {
    let header = header::generate();
    let mut declared: Vec<_> = header::functions(&header).into_iter().map(|(name, _)| name).collect();
    declared.sort_unstable();
    let mut exported = defined("--dynamic", library());
    exported.sort_unstable();
    assert_eq!(exported, declared);
}

#[test]
fn static_library_exports_the_same_functions() {
    let header = header::generate();
    let defined = defined("--extern-only", library().with_extension("a"));
    for (name, _) in header::functions(&header) {
        assert!(defined.iter().any(|symbol| symbol == name), "{name}");
    }
}

#[test]
fn shared_library_needs_no_engine() {
    let dynamic = readelf("-dW");
    let soname = format!("Library soname: [libvoice.so.{}]", voice::voice_abi_version());
    assert!(dynamic.contains(&soname), "{dynamic}");
    let needs_libvosk = dynamic.contains("[libvosk.so]");
    assert_eq!(needs_libvosk, cfg!(feature = "vosk-linked"), "{dynamic}");
}

/// Devices with 16 KiB pages cannot load a library with smaller segment alignment.
#[test]
fn segments_fit_pages_of_16_kib() {
    let program = readelf("-lW");
    let loads: Vec<_> = program.lines().filter(|line| line.trim_start().starts_with("LOAD")).collect();
    assert!(loads.len() >= 2, "{program}");
    for load in loads {
        let alignment = load.rsplit("0x").next().and_then(|hex| u64::from_str_radix(hex.trim(), 16).ok());
        assert!(alignment.is_some_and(|bytes| bytes.is_multiple_of(16 << 10)), "{load}");
    }
}
