//! Tells the test binaries to look for the native libraries beside itself and in `../lib`.

fn main() {
    let here = if cfg!(target_os = "macos") { "@loader_path" } else { "$ORIGIN" };
    for rpath in [here.to_owned(), format!("{here}/.."), format!("{here}/../lib")] {
        println!("cargo::rustc-link-arg=-Wl,-rpath,{rpath}");
    }
}
