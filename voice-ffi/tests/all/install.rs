//! The installed libvoice, found by pkg-config and `CMake`.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::build::{has, library, model, root, run};
use crate::header;

/// The files of `make install` in a temporary folder. The folder is moved once, since installed files must not
/// contain its path.
struct Prefix {
    folder: tempfile::TempDir,
}

impl Prefix {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (built, stage) = (folder.path().join("built"), folder.path().join("stage"));
        fs::create_dir(&built).unwrap();
        let beside = library().parent().unwrap().join("..");
        for file in [library(), library().with_extension("a")] {
            symlink(&file, built.join(file.file_name().unwrap())).unwrap();
        }
        for engine in ["libvosk.so", "libonnxruntime.so"] {
            symlink(beside.join(engine), built.join(engine)).unwrap();
        }
        run(Command::new(root().join("scripts/install.sh")).envs([
            ("PREFIX", Path::new("/usr/voice")),
            ("DESTDIR", &stage),
            ("BUILT", &built),
        ]));
        fs::rename(stage.join("usr/voice"), folder.path().join("moved")).unwrap();
        Self { folder }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("moved")
    }

    /// The program from the header's comment, as a file in this folder.
    fn source(&self) -> PathBuf {
        let source = self.folder.path().join("first.c");
        fs::write(&source, header::opening_program(&header::generate())).unwrap();
        source
    }
}

/// Runs a program built from [`Prefix::source`] without audio, in the folder of its model.
fn runs(program: &Path) {
    if cfg!(feature = "vosk") && model().is_some() {
        let said = run(Command::new(program).stdin(Stdio::null()).current_dir(root()));
        assert_eq!(said, "");
    }
}

#[test]
fn pkg_config_finds_libvoice() {
    if !has("pkg-config") {
        return;
    }
    let prefix = Prefix::new();
    let ask = |what: &[&str]| {
        let answer = run(Command::new("pkg-config")
            .args(what)
            .arg("voice")
            .env("PKG_CONFIG_PATH", prefix.path().join("lib/pkgconfig")));
        answer.split_whitespace().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(ask(&["--modversion"]), [env!("CARGO_PKG_VERSION")]);
    let (program, folder) = (prefix.folder.path().join("program"), ask(&["--variable=libdir"]));
    run(Command::new("cc")
        .args(["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-o"])
        .arg(&program)
        .arg(prefix.source())
        .args(ask(&["--cflags", "--libs"]))
        .arg(format!("-Wl,-rpath,{}", folder[0])));
    runs(&program);
}

#[test]
fn cmake_finds_libvoice() {
    if !has("cmake") {
        return;
    }
    let prefix = Prefix::new();
    prefix.source();
    let (folder, build) = (prefix.folder.path(), prefix.folder.path().join("build"));
    let project = "cmake_minimum_required(VERSION 3.16)\n\
        project(first C)\n\
        find_package(voice 0.1 REQUIRED)\n\
        add_executable(shared first.c)\n\
        target_link_libraries(shared PRIVATE voice::voice)\n\
        add_executable(alone first.c)\n\
        target_link_libraries(alone PRIVATE voice::static)\n";
    fs::write(folder.join("CMakeLists.txt"), project).unwrap();
    run(Command::new("cmake")
        .args(["-S", ".", "-B", "build"])
        .arg(format!("-DCMAKE_PREFIX_PATH={}", prefix.path().display()))
        .current_dir(folder));
    run(Command::new("cmake").args(["--build", "build"]).current_dir(folder));
    runs(&build.join("shared"));
    runs(&build.join("alone"));

    // Incompatible versions are refused.
    fs::write(folder.join("CMakeLists.txt"), project.replace("voice 0.1", "voice 0.2")).unwrap();
    let refused =
        Command::new("cmake").args(["-S", ".", "-B", "other"]).current_dir(folder).output().unwrap();
    assert!(!refused.status.success());
}

#[test]
fn uninstall_removes_installed_files() {
    let prefix = Prefix::new();
    run(Command::new(root().join("scripts/install.sh")).arg("--uninstall").env("PREFIX", prefix.path()));
    let left = run(Command::new("find").arg(prefix.path()).args(["-not", "-type", "d"]));
    assert_eq!(left, "");
}
