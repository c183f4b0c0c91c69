//! Manifests: what is read keeps every promise that the store relies on, and reads the same when written again.

#![no_main]

use std::collections::HashSet;
use std::path::{Component, Path};

use voice_core::store::Manifest;
use voice_fuzz::target;

const WORDS: [&str; 16] = [
    "[[model]]\n",
    "[[model.file]]\n",
    "version = 1\n",
    "name = ",
    "aliases = ",
    "task = \"stt\"\n",
    "languages = ",
    "engine = ",
    "license = ",
    "notes = ",
    "memory = ",
    "url = \"https://a/b\"\n",
    "path = ",
    "size = ",
    "sha256 = ",
    "unpack = \"zip\"\n",
];

fn seeds() -> Vec<String> {
    let hash = "0".repeat(64);
    let model = |name: &str, rest: &str| {
        format!(
            "[[model]]\nname = \"{name}\"\ntask = \"tts\"\nengine = \"vits\"\nlicense = \"MIT\"\n[[model.file]]\n\
             size = 7\nsha256 = \"{hash}\"\n{rest}"
        )
    };
    let archive = model("b", "path = \"b.zip\"\nurl = \"https://a/b.zip\"\nunpack = \"zip\"\n");
    vec![
        "version = 1\n".into(),
        format!("version = 1\n{}{archive}", model("a", "path = \"deep/a.onnx\"\n")),
        include_str!("../../../models/manifest.toml").chars().take(4_000).collect(),
    ]
}

target!(seeds(), WORDS, |text: &str| {
    let Ok(manifest) = Manifest::parse(text) else { return };
    let mut names = HashSet::new();
    for model in manifest.models() {
        assert!(!model.files.is_empty());
        for name in std::iter::once(&model.name).chain(&model.aliases) {
            assert!(names.insert(name), "`{name}` names two models");
            assert_eq!(Path::new(name).components().count(), 1);
            assert_eq!(manifest.get(name).map(|found| &found.name).ok(), Some(&model.name));
        }
        for file in &model.files {
            let path = Path::new(&file.path);
            assert!(path.components().all(|part| matches!(part, Component::Normal(_))), "{}", file.path);
            assert!(file.sha256.is_some() || file.md5.is_some());
        }
        // Never more than a number can say.
        let _ = (model.size(), model.is_shipped());
    }
    let table = serde_json::json!({"version": 1, "model": manifest.models()});
    let written = toml::to_string(&table).expect("a manifest can be written");
    let again = Manifest::parse(&written).expect("what was written can be read");
    assert_eq!(format!("{:?}", again.models()), format!("{:?}", manifest.models()));
    let mut both = manifest.clone();
    both.extend(again);
    assert_eq!(both.models().len(), manifest.models().len(), "the same names take each other's places");
});
