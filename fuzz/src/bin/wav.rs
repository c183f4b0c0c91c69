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
    vec![mono, float, riff(&extensible, &[1; 12]), bytes]
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

target!(seeds(), ["RIFF", "WAVE", "fmt ", "data", "fact", "LIST"], |data: &[u8]| {
    let ([few, many], file) = settings(data);
    let few = u32::from(few).max(1);
    let Some((audio, is_truncated)) = read(file, few) else { return };
    // Eight bits become four bytes; nothing else grows as much.
    assert!(audio.len() <= 4 * file.len());
    assert_eq!(read(file, few + u32::from(many)), Some((audio.clone(), is_truncated)));

    let samples: Vec<_> = audio.as_chunks().0.iter().map(|sample| i16::from_le_bytes(*sample)).collect();
    let mut written = Cursor::new(Vec::new());
    let mut writer = Writer::new(&mut written, 48_000).expect("a rate that is supported");
    writer.write(&samples).and_then(|()| writer.finish()).expect("a buffer takes all");
    let (back, is_truncated) = read(written.get_ref(), 20).expect("what was written can be read");
    assert!(!is_truncated);
    assert_eq!(back, audio[..2 * samples.len()]);
});
