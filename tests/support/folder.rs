//! Copies of the shipped model, to be damaged.

use std::fs;
use std::path::{Path, PathBuf};

/// The files that every such model needs.
pub const FILES: [&str; 7] = [
    "am/final.mdl",
    "conf/mfcc.conf",
    "conf/model.conf",
    "graph/HCLr.fst",
    "graph/Gr.fst",
    "graph/disambig_tid.int",
    "graph/words.txt",
];

/// A file that a model may lack.
pub const OPTIONAL: &str = "graph/phones/word_boundary.int";

/// A copy that goes with its owner.
pub struct Copy {
    root: PathBuf,
    _folder: tempfile::TempDir,
}

impl Copy {
    /// A whole model in a folder with an unknown name.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let copy = Self { root: folder.path().join("model"), _folder: folder };
        copy.restore();
        copy
    }

    /// The model's folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where `file` is in the copy.
    pub fn path(&self, file: &str) -> PathBuf {
        self.root.join(file)
    }

    /// Makes it whole again.
    pub fn restore(&self) {
        for file in FILES.iter().chain(&[OPTIONAL]) {
            let target = self.path(file);
            fs::create_dir_all(target.parent().expect("a file lies in a folder")).expect("a folder");
            fs::copy(crate::shipped_model().join(file), target).expect("the shipped model is there");
        }
    }

    /// Damage that only libvosk itself can find: a transition with a probability above 1, at which it
    /// aborts the process.
    pub fn poison(&self) {
        let path = self.path("am/final.mdl");
        let mut bytes = fs::read(&path).expect("a model");
        let tag = b"<LogProbs> FV ";
        let at = bytes.windows(tag.len()).position(|window| window == tag).expect("transitions");
        // Behind the tag: a byte for the length of an int, the int, and the values; the first is unused.
        let value = at + tag.len() + 5 + 4;
        bytes[value..value + 4].copy_from_slice(&3.0f32.to_le_bytes());
        fs::write(path, bytes).expect("a writable copy");
    }
}

impl Default for Copy {
    fn default() -> Self {
        Self::new()
    }
}
