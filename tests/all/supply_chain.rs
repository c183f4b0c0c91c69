//! What the project is made of: the parts of `make deny` that need no tool, by the same lists, and the bill of
//! materials.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::process::Command;

use serde_json::Value;
use spdx::{Expression, LicenseReq};

const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// The systems that libraries are pinned for; licences of crates for others are looked at by `make deny`.
const TARGET: &str = "x86_64-unknown-linux-gnu";

fn toml(path: &str) -> toml::Value {
    toml::from_str(&std::fs::read_to_string(voice_tests::root().join(path)).unwrap()).unwrap()
}

fn stdout(command: &mut Command) -> Value {
    let output = command.current_dir(voice_tests::root()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The workspaces: what is shipped and its tests, and the fuzz targets.
const WORKSPACES: [&str; 2] = [".", "fuzz"];

fn metadata(workspace: &str) -> Value {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    stdout(Command::new(cargo).args([
        "metadata",
        "--format-version=1",
        "--locked",
        "--all-features",
        "--filter-platform",
        TARGET,
        "--manifest-path",
        &format!("{workspace}/Cargo.toml"),
    ]))
}

/// The packages of all workspaces, some of them more than once.
fn packages() -> Vec<Value> {
    let of = |workspace| metadata(workspace)["packages"].as_array().unwrap().clone();
    WORKSPACES.into_iter().flat_map(of).collect()
}

fn strings(list: &toml::Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect()
}

#[test]
fn every_licence_is_one_that_the_product_may_pass_on() {
    let rules = toml("deny.toml");
    let allowed = strings(&rules["licenses"]["allow"]);
    let exceptions: BTreeMap<_, _> = rules["licenses"]["exceptions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|exception| (exception["crate"].as_str().unwrap(), strings(&exception["allow"])))
        .collect();
    let packages = packages();
    let mut used = HashSet::new();
    for package in &packages {
        let name = package["name"].as_str().unwrap();
        let license = package["license"].as_str().unwrap_or_else(|| panic!("{name} has no licence"));
        let expression = Expression::parse_mode(license, spdx::ParseMode::LAX).unwrap();
        let within = |list: &[&str]| {
            expression.evaluate(|required: &LicenseReq| list.contains(&required.to_string().as_str()))
        };
        if within(&allowed) {
            continue;
        }
        // Beside what everybody may have, as cargo-deny reads it.
        let more = exceptions.get(name).unwrap_or_else(|| panic!("{name} is under {license}; see deny.toml"));
        assert!(within(&[&*allowed, more].concat()), "{name} is under {license}; see deny.toml");
        used.insert(name);
    }
    for name in exceptions.keys() {
        assert!(used.contains(name), "{name} needs no exception any more");
    }
}

#[test]
fn crates_come_from_one_place_and_once() {
    let rules = toml("deny.toml");
    let locks = WORKSPACES.map(|workspace| toml(&format!("{workspace}/Cargo.lock")));
    for package in locks.iter().flat_map(|lock| lock["package"].as_array().unwrap()) {
        let name = package["name"].as_str().unwrap();
        match package.get("source") {
            Some(source) => {
                assert_eq!(source.as_str(), Some(CRATES_IO), "{name}");
                assert!(package.get("checksum").is_some(), "{name} has no checksum");
            }
            None => assert!(name.starts_with("voice-"), "{name} is neither ours nor from crates.io"),
        }
    }
    // Of one system: others' crates are in the lock, and in nothing that is built here.
    let workspaces = WORKSPACES.map(metadata);
    let versions = workspaces.each_ref().map(|metadata| {
        let mut versions = BTreeMap::<_, BTreeSet<_>>::new();
        for package in metadata["packages"].as_array().unwrap() {
            let (name, version) = (package["name"].as_str().unwrap(), package["version"].as_str().unwrap());
            versions.entry(name).or_default().insert(version);
        }
        versions
    });
    let skipped = rules["bans"]["skip"].as_array().unwrap();
    let skipped: BTreeSet<_> = skipped
        .iter()
        .map(|skip| {
            assert!(skip["reason"].as_str().is_some_and(|reason| !reason.is_empty()));
            skip["crate"].as_str().unwrap().split('@').next().unwrap()
        })
        .collect();
    let mut unused = skipped.clone();
    for (name, versions) in versions.iter().flatten().filter(|(_, versions)| versions.len() > 1) {
        assert!(
            skipped.contains(name),
            "{name} is there as {versions:?}; move to one, or say why in deny.toml"
        );
        unused.remove(name);
    }
    assert!(unused.is_empty(), "there once, and skipped in deny.toml: {unused:?}");
    for ban in rules["bans"]["deny"].as_array().unwrap() {
        let name = ban["crate"].as_str().unwrap();
        assert!(ban["reason"].as_str().is_some_and(|reason| !reason.is_empty()), "{name}");
        assert!(
            versions.iter().all(|versions| !versions.contains_key(name)),
            "{name} is banned: {}",
            ban["reason"]
        );
    }
}

fn bill(package: &str) -> Value {
    stdout(Command::new("python3").args(["scripts/sbom.py", "--package", package, "--target", TARGET]))
}

#[test]
fn the_bill_of_materials_names_everything_that_is_linked() {
    for package in ["voice-server", "voice-ffi"] {
        let bill = bill(package);
        assert_eq!((&bill["bomFormat"], &bill["specVersion"]), (&"CycloneDX".into(), &"1.6".into()));
        let components = bill["components"].as_array().unwrap();
        let mut refs = BTreeSet::from([bill["metadata"]["component"]["bom-ref"].as_str().unwrap()]);
        for component in components {
            let name = component["name"].as_str().unwrap();
            assert!(refs.insert(component["bom-ref"].as_str().unwrap()), "{name} twice");
            let license = component["licenses"][0]["expression"].as_str().unwrap();
            Expression::parse(license).unwrap_or_else(|error| panic!("{name}: {error}"));
            let is_ours = name.starts_with("voice-") || component["scope"] == "optional";
            let hash = component["hashes"][0]["content"].as_str().unwrap_or_default();
            assert!(is_ours || hash.len() == 64, "{name} has no hash");
        }
        for dependency in bill["dependencies"].as_array().unwrap() {
            for other in dependency["dependsOn"].as_array().unwrap() {
                assert!(refs.contains(other.as_str().unwrap()), "{other} is not in the list");
            }
        }
        // As cargo sees it, by another way of asking.
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let tree = Command::new(cargo)
            .args([
                "tree",
                "--locked",
                "--package",
                package,
                "--edges",
                "normal,no-proc-macro",
                "--target",
                TARGET,
            ])
            .args(["--prefix", "none", "--format", "crate:{p}"])
            .current_dir(voice_tests::root())
            .output()
            .unwrap();
        let tree = String::from_utf8(tree.stdout).unwrap();
        let linked: BTreeSet<_> = tree
            .lines()
            .filter_map(|line| line.split_once(" v"))
            .map(|(name, rest)| format!("{name}@{}", rest.split(' ').next().unwrap()))
            .collect();
        let listed: BTreeSet<_> =
            refs.iter().filter(|name| name.starts_with("crate:")).map(|name| (*name).to_owned()).collect();
        assert_eq!(linked.difference(&listed).collect::<Vec<_>>(), Vec::<&String>::new(), "{package}");
        let natives = ["native:libvosk.so", "native:libonnxruntime.so"];
        assert!(natives.iter().all(|native| refs.contains(native)), "{package}: {refs:?}");
    }
    assert_eq!(bill("voice-server"), bill("voice-server"), "the same inputs give the same bill");
}
