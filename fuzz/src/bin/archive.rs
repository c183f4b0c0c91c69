//! Zip files: what comes out lies in its folder, is what was said, and is no more than was allowed.

#![no_main]

use std::fs;
use std::io::{Cursor, Write as _};
use std::path::PathBuf;

use voice_core::store::fuzzing::{MAX_GROWTH, unzip};
use voice_fuzz::{files, scratch, target};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

fn archive(names: &[&str], method: CompressionMethod) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(method);
    for name in names {
        zip.start_file(*name, options).expect("a name that fits");
        zip.write_all(name.repeat(9).as_bytes()).expect("a buffer takes all");
    }
    zip.finish().expect("a buffer takes all").into_inner()
}

fn seeds() -> Vec<Vec<u8>> {
    let names = ["model/am/final.mdl", "model/conf/model.conf", "model/README"];
    vec![
        archive(&names, CompressionMethod::Deflated),
        archive(&names[..1], CompressionMethod::Stored),
        archive(&["./m/a", "__MACOSX/m/._a", "m/B"], CompressionMethod::Stored),
        archive(&["m/../../evil", "/etc/passwd", "m/a", "m/A"], CompressionMethod::Stored),
        archive(&["m//voice-fuzz-escaped", "m/./a"], CompressionMethod::Stored),
    ]
}

target!(
    seeds(),
    ["PK\x01\x02", "PK\x03\x04", "PK\x05\x06", "PK\x06\x06", "../", "m/", "\0\0"],
    |data: &[u8]| {
        let outer = scratch().join("outer");
        let (archive, target) = (outer.join("model.zip"), outer.join("model"));
        fs::create_dir_all(&outer)
            .and_then(|()| fs::write(&archive, data))
            .expect("the scratch folder takes all");
        let unpacked = unzip(&archive, &target);

        assert_eq!(
            files(scratch()).iter().filter(|path| !path.starts_with("outer/model")).count(),
            1,
            "all else is outside"
        );
        let mut found = if target.is_dir() { files(&target) } else { Vec::new() };
        let size =
            |path: &PathBuf| fs::symlink_metadata(target.join(path)).map_or(0, |metadata| metadata.len());
        let total: u64 = found.iter().map(size).sum();
        // A block that goes over the limit is refused before it is written.
        assert!(total <= MAX_GROWTH * data.len() as u64);
        if let Ok(parts) = unpacked {
            found.sort();
            let mut told: Vec<_> = parts.iter().map(|(path, _)| PathBuf::from(path)).collect();
            told.sort();
            assert_eq!(found, told);
            for (path, length) in &parts {
                assert_eq!(size(&PathBuf::from(path)), *length);
            }
        }
        fs::remove_dir_all(&outer).expect("the scratch folder can be emptied");
    }
);
