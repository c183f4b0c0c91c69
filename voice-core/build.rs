//! Finds libvosk for the linker and puts the native libraries beside the binaries being built.

use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    println!("cargo::rerun-if-env-changed=VOICE_NATIVE_DIR");
    if env::var_os("CARGO_FEATURE_VOSK").is_none() || env::var_os("DOCS_RS").is_some() {
        return;
    }
    let on_macos = env::var("CARGO_CFG_TARGET_OS").is_ok_and(|system| system == "macos");
    let name = if on_macos { "libvosk.dylib" } else { "libvosk.so" };
    let native = env::var_os("VOICE_NATIVE_DIR")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../native/lib"), PathBuf::from);
    let library = native.join(name);
    println!("cargo::rerun-if-changed={}", library.display());

    // Cargo puts search paths inside its target folder on the loader path of whatever it runs
    // (tests, doc tests, `cargo run`), so the linker is pointed at a copy, not at the original.
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap());
    // OUT_DIR is target/PROFILE/build/voice-core-HASH/out; binaries land in target/PROFILE.
    let beside_binaries = out.ancestors().nth(3).unwrap();
    let copied = fs::read(&library).and_then(|bytes| replace(&beside_binaries.join(name), &bytes));
    if let Err(error) = copied {
        println!(
            "cargo::error=cannot use {}: {error}; run `make native`, set VOICE_NATIVE_DIR to the folder that holds \
             it, or build with --no-default-features",
            library.display()
        );
        return;
    }
    println!("cargo::rustc-link-search=native={}", beside_binaries.display());

    // A binary looks beside itself, in its parent (cargo's deps/) and in ../lib.
    let here = if on_macos { "@loader_path" } else { "$ORIGIN" };
    let rpaths = [here.to_owned(), format!("{here}/.."), format!("{here}/../lib")];
    for rpath in &rpaths {
        println!("cargo::rustc-link-arg=-Wl,-rpath,{rpath}");
    }
    // Cargo does not pass link arguments on; dependents' build scripts read this and repeat them.
    println!("cargo::metadata=rpaths={}", rpaths.join(":"));
}

/// A program that runs keeps the old file; writing into it would pull the code from under it.
fn replace(target: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let _ = fs::remove_file(target);
    fs::write(target, bytes)
}
