//! The manifest: the known models, with the URLs and hashes of their files.

use std::collections::HashSet;
use std::fmt;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::hash::{Md5Hash, Sha256Hash};
use crate::error::{Error, ErrorKind, Result};
use crate::language::LanguageTag;

/// The supported version of the format.
const VERSION: u32 = 1;

/// A list of models, in the format of `voice-core/manifest.toml`, which is built in.
#[derive(Debug, Clone)]
pub struct Manifest {
    models: Vec<ModelEntry>,
}

/// A known model.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ModelEntry {
    /// Its name, which is also the name of its folder.
    pub name: String,
    /// Other names of the model in deployments.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// Its task.
    pub task: Task,
    /// Its languages; empty if it has none.
    #[serde(default)]
    pub languages: Vec<LanguageTag>,
    /// Its engine: `vosk`, `vits`, …
    pub engine: String,
    /// Its licence, as an SPDX expression or in words.
    pub license: String,
    /// Notes for users.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub notes: String,
    /// Measured memory of the loaded model in bytes. Without it, the memory is estimated from the files.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory: Option<u64>,
    /// Its files.
    #[serde(rename = "file")]
    pub files: Vec<FileEntry>,
}

/// A file of a model: one that is downloaded, or one that ships with the project.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct FileEntry {
    /// Its URL; `None` for a file that ships with the project.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Its path below the model's folder. For an archive, its name during the download.
    pub path: String,
    /// Its length in bytes.
    pub size: u64,
    /// Its SHA-256.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha256: Option<Sha256Hash>,
    /// Its MD5, if the publisher gives no better hash.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub md5: Option<Md5Hash>,
    /// The kind of archive, if its content is to be unpacked as the model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unpack: Option<Archive>,
}

/// The task of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Task {
    /// Speech to text.
    Stt,
    /// Text to speech.
    Tts,
    /// Distinguishing speakers.
    Diarization,
    /// Adding vowel signs to Arabic text.
    Diacritization,
    /// Voice activity detection.
    Vad,
    /// Noise suppression.
    Denoising,
}

impl fmt::Display for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Stt => "stt",
            Self::Tts => "tts",
            Self::Diarization => "diarization",
            Self::Diacritization => "diacritization",
            Self::Vad => "vad",
            Self::Denoising => "denoising",
        })
    }
}

/// The kind of an archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Archive {
    /// A zip file with one folder, whose content is the model.
    Zip,
}

impl ModelEntry {
    /// Whether it ships with the project and is not downloaded.
    pub fn is_shipped(&self) -> bool {
        self.files.iter().all(|file| file.url.is_none())
    }

    /// The size of all files in bytes.
    pub fn size(&self) -> u64 {
        self.files.iter().map(|file| file.size).sum()
    }

    fn is_called(&self, name: &str) -> bool {
        self.name == name || self.aliases.iter().any(|alias| alias == name)
    }
}

#[derive(Deserialize)]
struct Version {
    version: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(rename = "version")]
    _version: u32,
    #[serde(default, rename = "model")]
    models: Vec<ModelEntry>,
}

impl Manifest {
    /// The built-in manifest.
    pub fn builtin() -> Result<Self> {
        Self::parse(include_str!("../../manifest.toml"))
    }

    /// Parses a manifest. Fails with [`ErrorKind::ManifestInvalid`].
    pub fn parse(text: &str) -> Result<Self> {
        // The version is checked first, because a newer format may have fields that are unknown here.
        let version: Version = toml::from_str(text).map_err(|error| invalid(error.message()))?;
        if version.version != VERSION {
            let message = format!(
                "its version is {}, this program reads {VERSION}; update one of them",
                version.version
            );
            return Err(invalid(&message));
        }
        let Document { models, .. } = toml::from_str(text).map_err(|error| invalid(&error.to_string()))?;
        let mut names = HashSet::new();
        for model in &models {
            check(model)?;
            for name in std::iter::once(&model.name).chain(&model.aliases) {
                if !is_plain_name(name) {
                    return Err(invalid(&format!("`{name}` cannot be the name of a folder")));
                }
                if !names.insert(name) {
                    return Err(invalid(&format!("`{name}` names two models")));
                }
            }
        }
        Ok(Self { models })
    }

    /// Reads the manifest in the file at `path`. Fails with [`ErrorKind::ManifestInvalid`].
    pub fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).map_err(|error| {
            let message = format!("the manifest {} cannot be read; check its path", path.display());
            Error::new(ErrorKind::ManifestInvalid, message).with_source(error)
        })?;
        Self::parse(&text).map_err(|error| {
            Error::new(ErrorKind::ManifestInvalid, format!("the manifest {}: {error}", path.display()))
        })
    }

    /// Adds the models of `other`, which replace models with the same name and take over equal aliases.
    pub fn extend(&mut self, other: Self) {
        for model in &other.models {
            let taken = |name: &String| model.is_called(name);
            self.models.retain(|ours| !taken(&ours.name));
            for ours in &mut self.models {
                ours.aliases.retain(|alias| !taken(alias));
            }
        }
        self.models.extend(other.models);
    }

    /// All models.
    pub fn models(&self) -> &[ModelEntry] {
        &self.models
    }

    /// The model with this name or alias.
    pub fn find(&self, name: &str) -> Option<&ModelEntry> {
        self.models.iter().find(|model| model.is_called(name))
    }

    /// The model with this name or alias. The error suggests the nearest known name.
    pub fn get(&self, name: &str) -> Result<&ModelEntry> {
        self.find(name).ok_or_else(|| {
            let message = format!("no model is called `{}`; {}", name.escape_debug(), self.hint(name));
            Error::new(ErrorKind::ModelNotFound, message)
        })
    }

    /// The advice for an unknown name: the nearest name, and the command that lists all.
    pub(super) fn hint(&self, name: &str) -> String {
        let names = self.models.iter().flat_map(|model| std::iter::once(&model.name).chain(&model.aliases));
        match super::name::nearest(name, names.map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`? `models list` shows the known names"),
            None => "`models list` shows the known names".to_owned(),
        }
    }
}

fn check(model: &ModelEntry) -> Result<()> {
    let wrong = |what: &str| Err(invalid(&format!("{}: {what}", model.name)));
    if model.files.is_empty() {
        return wrong("it has no files");
    }
    if model.files.iter().any(|file| file.url.is_none()) && !model.is_shipped() {
        return wrong("either all files have a url or none has");
    }
    let mut paths = HashSet::new();
    for file in &model.files {
        if !is_inside(&file.path) {
            return wrong(&format!("`{}` is not a path below the model's folder", file.path));
        }
        if !paths.insert(&file.path) {
            return wrong(&format!("`{}` is listed twice", file.path));
        }
        if file.sha256.is_none() && file.md5.is_none() {
            return wrong(&format!("`{}` has no hash; every file needs one", file.path));
        }
        let scheme = file.url.as_deref().and_then(|url| url.split_once("://")).map(|(scheme, _)| scheme);
        if file.url.is_some() && !matches!(scheme, Some("http" | "https")) {
            return wrong(&format!("the url of `{}` is neither http:// nor https://", file.path));
        }
        if file.unpack.is_some() && (model.files.len() > 1 || file.url.is_none()) {
            return wrong("an archive must be downloaded and be the model's only file");
        }
    }
    Ok(())
}

/// Whether `name` is valid for a folder on every system: letters, digits, dots, dashes and underscores.
fn is_plain_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    !name.is_empty() && name.len() <= 100 && !name.starts_with('.') && name.bytes().all(plain)
}

/// Whether the relative `path` stays below its folder and has no hidden, empty, `.` or `..` parts.
///
/// The parts are checked one by one: `Path::components` reads `a//b` like `a/b`, but the rest after `a/` is an absolute
/// path.
pub(super) fn is_inside(path: &str) -> bool {
    path.len() <= 255
        && !path.contains(['\\', '\0', ':'])
        && path.split('/').all(|part| !part.is_empty() && !part.starts_with('.'))
}

fn invalid(what: &str) -> Error {
    Error::new(ErrorKind::ManifestInvalid, what.trim_end().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: &str = "md5 = '900150983cd24fb0d6963f7d28e17f72'";

    fn one(name: &str, file: &str) -> String {
        format!(
            "version = 1\n[[model]]\nname = '{name}'\ntask = 'stt'\nengine = 'vosk'\nlicense = 'CC0'\n\
             [[model.file]]\n{file}\n"
        )
    }

    fn file(url: &str, path: &str) -> String {
        format!("url = '{url}'\npath = '{path}'\nsize = 3\n{HASH}")
    }

    #[test]
    fn builtin_manifest_is_valid() {
        let manifest = Manifest::builtin().unwrap();
        assert_eq!(manifest.get("vosk-model-ar-0.22").unwrap().name, "vosk-model-ar-0.22-linto-1.1.0");
        assert!(manifest.get("ar-commands").unwrap().is_shipped());
        let error = manifest.get("vosk-model-ar-mgb9").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ModelNotFound);
        assert!(error.to_string().contains("did you mean `vosk-model-ar-mgb2-0.4`?"), "{error}");
    }

    #[test]
    fn errors_name_the_mistake() {
        let good = file("https://a.example/m", "m");
        let cases = [
            ("version = 2\nnew = 1".to_owned(), "version is 2"),
            ("model = 1".to_owned(), "version"),
            (one("../up", &good), "../up"),
            (one(".hidden", &good), ".hidden"),
            (one("a", &file("ftp://a.example/m", "m")), "http"),
            (one("a", &file("https://a.example/m", "../m")), "../m"),
            (one("a", &file("https://a.example/m", "/m")), "/m"),
            (one("a", &file("https://a.example/m", "x//m")), "x//m"),
            (one("a", &file("https://a.example/m", "x/./m")), "x/./m"),
            (one("a", &file("https://a.example/m", "x/../m")), "x/../m"),
            (one("a", &file("https://a.example/m", ".libvoice.json")), "below"),
            (one("a", "url = 'https://a.example/m'\npath = 'm'\nsize = 3"), "no hash"),
            (one("a", &format!("{good}\nsha256 = 'abc'")), "abc"),
            (one("a", &format!("{good}\ncolour = 1")), "colour"),
            (one("a", &format!("{good}\n[[model.file]]\n{good}")), "twice"),
            (one("a", &format!("{good}\n[[model.file]]\npath = 'n'\nsize = 1\n{HASH}")), "either"),
            (one("a", &format!("path = 'n'\nsize = 1\n{HASH}\nunpack = 'zip'")), "archive"),
            (one("a", &good) + &one("a", &good).replace("version = 1\n", ""), "two models"),
            ("version = 1\n[[model]]\nname = 'a'".to_owned(), "missing field"),
        ];
        for (text, part) in cases {
            let error = Manifest::parse(&text).expect_err(&text);
            assert_eq!(error.kind(), ErrorKind::ManifestInvalid);
            assert!(error.to_string().contains(part), "{error} lacks {part}");
        }
    }

    #[test]
    fn added_entry_replaces_the_builtin_one() {
        let mut manifest = Manifest::builtin().unwrap();
        let count = manifest.models().len();
        let url = "https://mirror.example/ar.zip";
        manifest.extend(Manifest::parse(&one("vosk-model-ar-0.22", &file(url, "ar.zip"))).unwrap());
        assert_eq!(manifest.models().len(), count + 1, "the alias moves, its old model stays");
        let found = manifest.get("vosk-model-ar-0.22").unwrap();
        assert_eq!(found.files[0].url.as_deref(), Some(url));
        manifest.extend(Manifest::parse(&one("ar-commands", &file(url, "ar.zip"))).unwrap());
        assert_eq!(manifest.models().len(), count + 1);
    }

    #[test]
    fn missing_file_error_has_its_path() {
        let error = Manifest::read(Path::new("/nowhere/manifest.toml")).unwrap_err();
        assert!(error.to_string().contains("/nowhere/manifest.toml"));
    }
}
