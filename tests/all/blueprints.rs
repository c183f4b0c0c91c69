//! The Blueprints for Render, against what Render documents.
//!
//! Render publishes a JSON schema, but only on its own site, and no package carries a copy. So the documented
//! fields that we use are types here, and all others are errors: stricter than the schema, and without its word
//! for it. What no schema says, such as fields that exclude each other, is checked beside them.

mod schema;

use std::collections::HashSet;
use std::path::Path;

use schema::{Blueprint, Mistake, read};

const SHIPPED: [&str; 2] = ["render.yaml", "deploy/render-scaled.yaml"];

fn text(path: &str) -> String {
    std::fs::read_to_string(voice_tests::root().join(path)).unwrap()
}

fn shipped(path: &str) -> Blueprint {
    read(&text(path)).unwrap_or_else(|mistakes| panic!("{path}: {mistakes:?}"))
}

#[test]
fn both_blueprints_are_as_render_documents_them() {
    let [disk, scaled] = SHIPPED.map(shipped);
    let web = disk.web();
    let mount = web.disk.as_ref().unwrap();
    assert_eq!((mount.mount_path.as_str(), mount.size_gb), ("/data", 5));
    assert_eq!(web.value("VOSK_MODEL_PATH"), Some("/data/models/vosk-model-ar-mgb2-0.4"));
    assert_eq!(web.value("TTS_HOME"), Some("/data/tts_cache"));
    let web = scaled.web();
    assert!(web.disk.is_none() && web.scaling.is_some());
    assert!(web.variable("REDIS_URL").unwrap().from_service.is_some());
    assert!(web.variable("DATABASE_URL").unwrap().from_database.is_some());
    let grace: u32 = web.value("VOICE_GRACE_SECONDS").unwrap().parse().unwrap();
    assert!(grace < web.max_shutdown_delay_seconds.unwrap(), "Render would end it first");
}

#[test]
fn every_variable_is_one_that_the_server_or_the_image_reads() {
    let guide = text("docs/deploy.md");
    let image = text("Dockerfile");
    for path in SHIPPED {
        for variable in &shipped(path).web().env_vars {
            let key = &variable.key;
            let known = guide.contains(&format!("| `{key}` |")) || image.contains(&format!("ARG {key}="));
            assert!(known, "{path}: nothing reads {key}");
        }
    }
}

#[test]
fn secrets_are_never_written_down() {
    for path in SHIPPED {
        for key in ["VOICE_SERVICE_SECRET", "VOICE_SERVICE_TOKEN", "VOICE_STORE_KEYS"] {
            let blueprint = shipped(path);
            let variable = blueprint.web().variable(key).unwrap();
            assert!(variable.generate_value == Some(true) && variable.value.is_none(), "{path}: {key}");
        }
    }
}

#[test]
fn what_blueprints_name_is_there() {
    let root = voice_tests::root();
    let manifest = text("models/manifest.toml");
    for path in SHIPPED {
        let blueprint = shipped(path);
        let web = blueprint.web();
        assert!(root.join(web.dockerfile_path.as_deref().unwrap()).is_file());
        let voices: Vec<_> = web.value("VOICE_TTS_VOICES").unwrap().split(',').collect();
        assert!(voices.ends_with(&["ar=espeak", "en=espeak"]), "{path}: speech needs no download");
        for voice in voices.iter().filter(|voice| !voice.contains('=')) {
            assert!(manifest.contains(&format!("name = \"{voice}\"")), "{path}: no voice {voice}");
            let baked =
                web.value("BAKED_MODELS").is_none_or(|baked| baked.split(' ').any(|name| name == *voice));
            assert!(baked, "{path}: {voice} is not part of the image");
        }
        let model = Path::new(web.value("VOSK_MODEL_PATH").unwrap()).file_name().unwrap().to_str().unwrap();
        for name in [model, web.value("VOICE_STT_MODELS").unwrap()] {
            assert!(manifest.contains(&format!("name = \"{name}\"")), "{path}: no model {name}");
        }
    }
}

/// Each is one change of a Blueprint that Render would refuse or that would do harm.
#[test]
fn wrong_blueprints_are_refused() {
    let [disk, scaled] = SHIPPED.map(text);
    let cases = [
        (&disk, "    disk:", "    maxShutdownDelaySeconds: 60\n    disk:", Mistake::DelayBesideDisk),
        (&disk, "    disk:", "    numInstances: 2\n    disk:", Mistake::DiskOfSeveral),
        (
            &disk,
            "    disk:",
            "    scaling:\n      minInstances: 1\n      maxInstances: 2\n    disk:",
            Mistake::DiskOfSeveral,
        ),
        (&disk, "plan: standard", "plan: free", Mistake::FreeWithDisk),
        (&disk, "sizeGB: 5", "sizeGB: 0", Mistake::DiskSize),
        (&disk, "mountPath: /data", "mountPath: data", Mistake::MountPath),
        (&disk, "mountPath: /data", "mountPath: /", Mistake::MountPath),
        (&disk, "value: INFO", "value: INFO\n        sync: false", Mistake::VariableSources),
        (&disk, "        value: INFO", "", Mistake::VariableSources),
        (&disk, "key: LOG_LEVEL", "key: VOICE_BASIC", Mistake::VariableTwice),
        (&disk, "value: \"60\"", "value: 60", Mistake::Shape),
        (&disk, "region: frankfurt", "region: riyadh", Mistake::Shape),
        (&disk, "region: frankfurt", "regoin: frankfurt", Mistake::Shape),
        (&disk, "autoDeployTrigger: checksPass", "autoDeployTrigger: always", Mistake::Shape),
        (&disk, "healthCheckPath: /livez", "healthCheckPath: livez", Mistake::HealthCheckPath),
        (&scaled, "maxShutdownDelaySeconds: 120", "maxShutdownDelaySeconds: 301", Mistake::Delay),
        (&scaled, "plan: standard", "plan: free", Mistake::FreeWithDelay),
        (&scaled, "minInstances: 2", "minInstances: 7", Mistake::Scaling),
        (&scaled, "targetCPUPercent: 60", "targetCPUPercent: 0", Mistake::Scaling),
        (
            &scaled,
            "name: voice-limits\n          property",
            "name: voice-cache\n          property",
            Mistake::UnknownReference,
        ),
        (
            &scaled,
            "name: voice-results\n          property",
            "name: results\n          property",
            Mistake::UnknownReference,
        ),
        (&scaled, "property: connectionString", "property: connection", Mistake::Shape),
        (&scaled, "    ipAllowList: []\n\n", "\n", Mistake::Shape),
        (&scaled, "name: voice-limits\n    region", "name: voice-server\n    region", Mistake::NameTwice),
    ];
    let mut seen = HashSet::new();
    for (good, from, to, mistake) in cases {
        let bad = good.replacen(from, to, 1);
        assert_ne!(&bad, good, "{from:?} is not there");
        let mistakes = read(&bad).expect_err(to);
        assert!(mistakes.contains(&mistake), "{to:?}: {mistakes:?}");
        seen.insert(mistake);
    }
    assert_eq!(seen.len(), Mistake::COUNT, "every kind of mistake has a case");
}
