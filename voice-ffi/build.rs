//! Sets the ABI name of libvoice, and the search path of a linked libvosk.

use std::{env, fs};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src/version.rs");
    let abi = abi();
    let system = env::var("CARGO_CFG_TARGET_OS").unwrap_or_default();
    let rpaths = env::var("DEP_VOICE_NATIVE_RPATHS").unwrap_or_default();
    for rpath in rpaths.split(':').filter(|rpath| !rpath.is_empty()) {
        println!("cargo::rustc-link-arg=-Wl,-rpath,{rpath}");
    }
    match system.as_str() {
        "linux" => {
            println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,libvoice.so.{abi}");
            allow_large_pages();
        }
        "android" => {
            // Android packages accept only names that end in .so.
            println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,libvoice.so");
            allow_large_pages();
        }
        "macos" | "ios" => {
            println!("cargo::rustc-cdylib-link-arg=-Wl,-install_name,@rpath/libvoice.{abi}.dylib");
        }
        _ => {}
    }
}

/// Newer Android devices and some ARM servers have 16 KiB pages and need segments with this alignment.
fn allow_large_pages() {
    println!("cargo::rustc-cdylib-link-arg=-Wl,-z,max-page-size=16384");
}

/// The ABI number of the header, read from its source, src/version.rs.
fn abi() -> u32 {
    let source = fs::read_to_string("src/version.rs").expect("src/version.rs can be read");
    let digits = source
        .split_once("VOICE_ABI_VERSION: u32 = ")
        .and_then(|(_, rest)| rest.split(';').next())
        .expect("src/version.rs defines VOICE_ABI_VERSION");
    digits.parse().expect("VOICE_ABI_VERSION is a number")
}
