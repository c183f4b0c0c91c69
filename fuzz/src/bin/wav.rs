//! WAV files: however they are read in blocks, the audio is the same, and no more than the file holds.

#![no_main]

use std::io::Cursor;

use voice_core::audio::wav::{Reader, Writer};
use voice_fuzz::{settings, target};

fn seeds() -> Vec<Vec<u8>> {
    let mut mono = Cursor::new(Vec::new());
    let mut writer = Writer::new(&mut mono, 16_000).expect("a rate that is supported");
    writer
        .write(&[0, 1, -1, i16::MAX, i16::MIN, 5])
        .and_then(|()| writer.finish())
        .expect("a buffer takes all");
    let mono = [&[3, 50][..], &mono.into_inner()].concat();
    // Float stereo, then the extensible form of 24 bits.
    let float = riff(&[3, 0, 2, 0, 0x80, 0xbb, 0, 0, 0, 0xdc, 5, 0, 8, 0, 32, 0], &[0; 16]);
    let mut extensible =
        vec![0xfe, 0xff, 1, 0, 0x40, 0x1f, 0, 0, 0xc0, 0x5d, 0, 0, 3, 0, 24, 0, 22, 0, 24, 0, 4, 0, 0, 0];
    extensible.extend([1, 0, 0, 0, 0, 0, 16, 0, 128, 0, 0, 170, 0, 56, 155, 113]);
    let bytes = riff(&[1, 0, 1, 0, 0x40, 0x1f, 0, 0, 0x40, 0x1f, 0, 0, 1, 0, 8, 0], &[128; 9]);
    let coded = [(6, 1, 8), (7, 1, 8), (0x11, 36, 4), (2, 32, 4), (0x31, 65, 0)].map(|(tag, block, bits)| {
        let format = [tag, 0, 1, 0, 0x40, 0x1f, 0, 0, 0x40, 0x1f, 0, 0, block, 0, bits, 0, 2, 0, 57, 0];
        riff(&format, &[0x59; 140])
    });
    [vec![mono, float, riff(&extensible, &[1; 12]), bytes, long(), wave64()], coded.to_vec()].concat()
}

/// RF64 with an unwritten length in its `data` chunk.
fn long() -> Vec<u8> {
    let sizes = [&[28, 0, 0, 0][..], &[0; 8], &[8, 0, 0, 0, 0, 0, 0, 0], &[0; 12]].concat();
    let format = [&[16, 0, 0, 0, 1, 0, 1, 0, 0x40, 0x1f, 0, 0, 0x80, 0x3e, 0, 0, 2, 0, 16, 0][..]].concat();
    let parts: [&[u8]; 6] =
        [b"RF64\xff\xff\xff\xffWAVEds64", &sizes, b"fmt ", &format, b"data\xff\xff\xff\xff", &[5; 8]];
    [&[1, 10][..], &parts.concat()].concat()
}

fn wave64() -> Vec<u8> {
    let behind = [0xf3, 0xac, 0xd3, 0x11, 0x8c, 0xd1, 0, 0xc0, 0x4f, 0x8e, 0xdb, 0x8a];
    let riff =
        [&b"riff"[..], &[0x2e, 0x91, 0xcf, 0x11, 0xa5, 0xd6, 0x28, 0xdb, 4, 0xc1, 0, 0], &[0; 8]].concat();
    let format = [1, 0, 1, 0, 0x40, 0x1f, 0, 0, 0x80, 0x3e, 0, 0, 2, 0, 16, 0];
    let chunk = |name: &[u8; 4], body: &[u8]| {
        [name, &behind[..], &(body.len() as u64 + 24).to_le_bytes(), body].concat()
    };
    let parts = [riff, [&b"wave"[..], &behind].concat(), chunk(b"fmt ", &format), chunk(b"data", &[5; 16])];
    [&[1, 10][..], &parts.concat()].concat()
}

fn riff(format: &[u8], data: &[u8]) -> Vec<u8> {
    let chunk = |name: &[u8; 4], body: &[u8]| [name, &(body.len() as u32).to_le_bytes()[..], body].concat();
    let body = [b"WAVE", &*chunk(b"fmt ", format), &*chunk(b"data", data)].concat();
    [&[1, 10][..], &chunk(b"RIFF", &body)].concat()
}

/// The audio, read in blocks of so many milliseconds, and whether it ended early; `None` if it cannot be read.
fn read(file: &[u8], ms: u32) -> Option<(Vec<u8>, bool)> {
    let mut reader = Reader::new(file).ok()?;
    let format = reader.format();
    let most = format.bytes_in(ms);
    let (mut all, mut block) = (Vec::new(), Vec::new());
    loop {
        reader.read(ms, &mut block).ok()?;
        assert!(block.len() <= most);
        assert_eq!(block.len() % format.frame_bytes(), 0, "whole frames only");
        if block.is_empty() {
            return Some((all, reader.is_truncated()));
        }
        all.extend_from_slice(&block);
    }
}

target!(
    seeds(),
    ["RIFF", "RIFX", "RF64", "ds64", "WAVE", "fmt ", "data", "fact", "LIST", "wavl"],
    |data: &[u8]| {
        let ([few, many], file) = settings(data);
        let few = u32::from(few).max(1);
        let Some((audio, is_truncated)) = read(file, few) else { return };
        // 65 bytes of GSM become 640; nothing else grows as much.
        assert!(audio.len() <= 10 * file.len());
        assert_eq!(read(file, few + u32::from(many)), Some((audio.clone(), is_truncated)));

        let samples: Vec<_> = audio.as_chunks().0.iter().map(|sample| i16::from_le_bytes(*sample)).collect();
        let mut written = Cursor::new(Vec::new());
        let mut writer = Writer::new(&mut written, 48_000).expect("a rate that is supported");
        writer.write(&samples).and_then(|()| writer.finish()).expect("a buffer takes all");
        let (back, is_truncated) = read(written.get_ref(), 20).expect("what was written can be read");
        assert!(!is_truncated);
        assert_eq!(back, audio[..2 * samples.len()]);
    }
);
