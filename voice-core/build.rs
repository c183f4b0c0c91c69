//! Puts the native libraries beside the binaries being built, and points the linker at libvosk where it is linked.

use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    println!("cargo::rerun-if-env-changed=VOICE_NATIVE_DIR");
    if env::var_os("DOCS_RS").is_some() {
        return;
    }
    let system = env::var("CARGO_CFG_TARGET_OS").unwrap_or_default();
    let on_macos = system == "macos";
    let extension = match system.as_str() {
        "macos" => "dylib",
        "ios" => "a",
        _ => "so",
    };
    let library = |name: &str| format!("lib{name}.{extension}");
    let native = env::var_os("VOICE_NATIVE_DIR")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../native/lib"), PathBuf::from);
    // OUT_DIR is target/PROFILE/build/voice-core-HASH/out; binaries land in target/PROFILE.
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap());
    let beside_binaries = out.ancestors().nth(3).unwrap();
    let copy = |name: &str| {
        let from = native.join(name);
        println!("cargo::rerun-if-changed={}", from.display());
        fs::read(&from).and_then(|bytes| replace(&beside_binaries.join(name), &bytes))
    };

    let has = |feature: &str| env::var_os(format!("CARGO_FEATURE_{feature}")).is_some();
    // Loaded at run time: without the library the build goes on, and the error at run time says how to bring it.
    if has("ONNX") {
        let _ = copy(&library("onnxruntime"));
    }
    let vosk = library("vosk");
    if has("VOSK") && !has("VOSK_LINKED") {
        let _ = copy(&vosk);
    }
    if !has("VOSK_LINKED") {
        return;
    }
    // Cargo puts search paths inside its target folder on the loader path of whatever it runs
    // (tests, doc tests, `cargo run`), so the linker is pointed at a copy, not at the original.
    if let Err(error) = copy(&vosk) {
        println!(
            "cargo::error=cannot use {}: {error}; run `make native`, set VOICE_NATIVE_DIR to the folder that holds \
             it, or build without vosk-linked",
            native.join(vosk).display()
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
