//! Finds libvosk for the linker and puts the native libraries beside the binaries being built.

use std::path::PathBuf;
use std::{env, fs};

fn main() {
    println!("cargo::rerun-if-env-changed=VOICE_NATIVE_DIR");
    println!("cargo::rerun-if-env-changed=DOCS_RS");
    if env::var_os("CARGO_FEATURE_VOSK").is_none() || env::var_os("DOCS_RS").is_some() {
        return;
    }
    let lib = env::var_os("VOICE_NATIVE_DIR").map_or_else(
        || PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap()).join("../native/lib"),
        PathBuf::from,
    );
    let name = if cfg!(target_os = "macos") { "libvosk.dylib" } else { "libvosk.so" };
    let vosk = lib.join(name);
    println!("cargo::rerun-if-changed={}", vosk.display());
    if !vosk.exists() {
        println!(
            "cargo::error={} is missing: run `make native`, set VOICE_NATIVE_DIR to the folder that holds it, \
             or build with --no-default-features",
            vosk.display()
        );
        return;
    }
    // Cargo puts search paths inside its target folder on the loader path of whatever it runs
    // (tests, doc tests, `cargo run`), so the linker is pointed at the copy, not at the original.
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap());
    // OUT_DIR is target/PROFILE/build/voice-core-HASH/out; binaries land in target/PROFILE.
    let beside_binaries = out.ancestors().nth(3).unwrap();
    let copied = fs::read(&vosk).and_then(|library| fs::write(beside_binaries.join(name), library));
    if let Err(error) = copied {
        println!("cargo::error=cannot put {name} beside the binaries: {error}");
    }
    println!("cargo::rustc-link-search=native={}", beside_binaries.display());
    // Dependents repeat these for their own binaries: cargo does not pass link arguments on.
    for rpath in rpaths() {
        println!("cargo::rustc-link-arg=-Wl,-rpath,{rpath}");
    }
}

/// Where a binary looks for the libraries: beside itself, in its parent (cargo's `deps/`), in `../lib`.
fn rpaths() -> [&'static str; 3] {
    if cfg!(target_os = "macos") {
        ["@loader_path", "@loader_path/..", "@loader_path/../lib"]
    } else {
        ["$ORIGIN", "$ORIGIN/..", "$ORIGIN/../lib"]
    }
}
