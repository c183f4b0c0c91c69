//! Tells the programs to look for the native libraries where voice-core put them.

fn main() {
    let rpaths = std::env::var("DEP_VOICE_NATIVE_RPATHS").unwrap_or_default();
    for rpath in rpaths.split(':').filter(|rpath| !rpath.is_empty()) {
        println!("cargo::rustc-link-arg=-Wl,-rpath,{rpath}");
    }
}
