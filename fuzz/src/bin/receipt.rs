//! The receipt in a model's folder: whatever stands in it, nothing outside the folder is vouched for.

#![no_main]

use std::fs;

use voice_core::store::fuzzing::{check_receipt, copy_receipt};
use voice_fuzz::{scratch, target};

const NAME: &str = ".libvoice.json";

fn seeds() -> Vec<String> {
    // SHA-256 of "abc": FIPS 180-2, B.1.
    let hash = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    let part = |path: &str, size: u64| format!(r#"{{"path": "{path}", "size": {size}, "sha256": "{hash}"}}"#);
    let receipt = |files: &str| format!(r#"{{"version": 1, "model": "m", "files": [{files}]}}"#);
    vec![
        receipt(&part("am/a", 3)),
        receipt(""),
        receipt(&[part("am/a", 3), part("../secret", 3)].join(",")),
        receipt(&part("am/a", u64::MAX)),
    ]
}

target!(
    seeds(),
    ["\"version\":", "\"model\":", "\"files\":", "\"path\":", "\"size\":", "\"sha256\":", "../"],
    |data: &[u8]| {
        let (model, copy) = (scratch().join("model"), scratch().join("copy"));
        fs::create_dir_all(model.join("am"))
            .and_then(|()| fs::create_dir_all(&copy))
            .expect("scratch takes all");
        for place in [model.join("am/a"), scratch().join("secret")] {
            fs::write(place, "abc").expect("scratch takes all");
        }
        fs::write(model.join(NAME), data).expect("scratch takes all");

        if let Ok(Some(paths)) = check_receipt(&model) {
            assert!(paths.iter().all(|path| path == "am/a"), "{paths:?}");
        }
        if copy_receipt(&model, &copy).is_ok() {
            let written = fs::read(copy.join(NAME)).expect("a copy");
            copy_receipt(&copy, &copy).expect("what was written can be read");
            assert_eq!(fs::read(copy.join(NAME)).expect("a copy"), written);
        }
    }
);
