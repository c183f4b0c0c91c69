//! Recordings in all containers: however they are read in blocks, the audio is the same, or the error names the file.

#![no_main]

use std::io::Cursor;
use std::process::Command;

use voice_core::ErrorKind;
use voice_core::audio::file::Reader;
use voice_core::audio::{Container, Format};
use voice_fuzz::{settings, target};

/// A second of one of these lasts some bytes, so a small file can last long; more is not read.
const MAX_AUDIO: usize = 64 << 20;

/// What ffmpeg writes, where it is installed; otherwise only the signatures.
fn seeds() -> Vec<Vec<u8>> {
    let mut seeds: Vec<Vec<u8>> = [
        &b"fLaC\0\0\0\x22"[..],
        b"OggS\0\x02",
        b"ID3\x04\0\0",
        b"\0\0\0\x20ftypM4A ",
        b"\x1a\x45\xdf\xa3",
        b"caff\0\x01",
    ]
    .map(|signature| [&[100][..], signature].concat())
    .to_vec();
    for (form, options) in [
        ("flac", &[][..]),
        ("mp3", &["-b:a", "32k"]),
        ("mp2", &["-b:a", "32k"]),
        ("ogg", &["-c:a", "libvorbis"]),
        ("ogg", &["-c:a", "libopus", "-b:a", "16k"]),
        ("ogg", &["-c:a", "flac"]),
        ("webm", &["-c:a", "libopus", "-b:a", "16k", "-live", "1"]),
        ("matroska", &["-c:a", "libvorbis"]),
        ("adts", &["-b:a", "32k"]),
        ("mp4", &["-c:a", "aac", "-b:a", "32k", "-movflags", "frag_keyframe+empty_moov"]),
        ("mp4", &["-c:a", "alac", "-movflags", "frag_keyframe+empty_moov"]),
        ("mp4", &["-c:a", "libopus", "-b:a", "16k", "-movflags", "frag_keyframe+empty_moov"]),
        ("caf", &["-c:a", "pcm_s16le"]),
        ("aiff", &["-c:a", "pcm_s16be"]),
    ] {
        let mut command = Command::new("ffmpeg");
        command.args(["-v", "error", "-f", "lavfi", "-i", "sine=f=300:r=16000:d=0.15", "-ar", "16000"]);
        let output = command.args(options).args(["-f", form, "-"]).output();
        if let Ok(output) = output
            && !output.stdout.is_empty()
        {
            seeds.push([&[100][..], &output.stdout].concat());
        }
    }
    seeds
}

/// The audio in blocks of so many milliseconds, or the error.
fn read(file: &[u8], ms: u32) -> Result<(Format, Vec<u8>), ErrorKind> {
    let mut reader = Reader::new(Cursor::new(file.to_vec())).map_err(|error| error.kind())?;
    let format = reader.format();
    let most = format.bytes_in(ms).max(format.frame_bytes());
    let (mut all, mut block) = (Vec::new(), Vec::new());
    loop {
        reader.read(ms, &mut block).map_err(|error| error.kind())?;
        assert!(block.len() <= most, "{} bytes in a block of {most}", block.len());
        assert!(block.len().is_multiple_of(format.frame_bytes()), "whole frames only");
        all.extend_from_slice(&block);
        if block.is_empty() || all.len() > MAX_AUDIO {
            let _ = reader.remarks();
            return Ok((format, all));
        }
    }
}

target!(
    seeds(),
    [
        "fLaC",
        "OggS",
        "OpusHead",
        "\u{1}vorbis",
        "ftyp",
        "moov",
        "moof",
        "mdat",
        "stsd",
        "mp4a",
        "caff",
        "FORM",
        "COMM",
        "SSND",
        "ID3",
        "A_OPUS"
    ],
    |data: &[u8]| {
        let ([ms], file) = settings(data);
        // WAV has a target of its own.
        if matches!(Container::identify(file), None | Some(Container::Wav | Container::Wave64)) {
            return;
        }
        match read(file, u32::from(ms).max(1)) {
            Ok((format, audio)) if audio.len() <= MAX_AUDIO => {
                assert!(read(file, 250) == Ok((format, audio)), "other audio in other blocks");
            }
            Ok(_) => {}
            Err(kind) => assert!(
                matches!(kind, ErrorKind::AudioFileInvalid | ErrorKind::AudioFormatUnsupported),
                "{kind:?}"
            ),
        }
    }
);
