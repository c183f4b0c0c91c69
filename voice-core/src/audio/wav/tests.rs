//! WAV files of all forms, and damaged ones.

use super::*;
use std::io::Cursor;

use hound::{SampleFormat, WavSpec, WavWriter};

fn wav(samples: &[i16]) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    let mut writer = Writer::new(&mut file, 8_000).unwrap();
    writer.write(samples).unwrap();
    writer.finish().unwrap();
    file.into_inner()
}

fn read_all(bytes: &[u8]) -> Result<(Vec<u8>, bool)> {
    let mut reader = Reader::new(bytes)?;
    let (mut all, mut block) = (Vec::new(), Vec::new());
    loop {
        reader.read(100, &mut block)?;
        if block.is_empty() {
            return Ok((all, reader.is_truncated()));
        }
        all.extend_from_slice(&block);
    }
}

#[test]
fn stream_without_a_length_is_read_to_its_end() {
    let file = wav(&[1, -2, 3]);
    let streamed = [&stream_header(8_000).unwrap(), &file[44..]].concat();
    assert_eq!(streamed[8..40], file[8..40]);
    assert_eq!(read_all(&streamed).unwrap(), (file[44..].to_vec(), false));
    assert!(stream_header(0).is_err());
}

#[test]
fn written_file_is_read_back() {
    let samples: Vec<i16> = (0..2_000).map(|n| n * 16).collect();
    let reader_bytes = wav(&samples);
    let reader = Reader::new(reader_bytes.as_slice()).unwrap();
    assert_eq!(reader.format(), Format::pcm16(8_000).unwrap());
    assert_eq!(reader.duration_ms(), Some(250));
    let expected: Vec<u8> = samples.iter().flat_map(|s| s.to_le_bytes()).collect();
    assert_eq!(read_all(&reader_bytes).unwrap(), (expected, false));
}

#[test]
fn wide_integers_become_floats() {
    let spec =
        WavSpec { channels: 2, sample_rate: 44_100, bits_per_sample: 24, sample_format: SampleFormat::Int };
    let mut file = Cursor::new(Vec::new());
    let mut writer = WavWriter::new(&mut file, spec).unwrap();
    writer.write_sample(1 << 22).unwrap();
    writer.write_sample(-(1 << 23)).unwrap();
    writer.finalize().unwrap();
    let (bytes, _) = read_all(&file.into_inner()).unwrap();
    assert_eq!(bytes, [0.5f32, -1.0].map(f32::to_le_bytes).concat());
}

#[test]
fn truncated_file_gives_an_error_or_its_audio() {
    let whole = wav(&[7; 1_000]);
    for length in 0..whole.len() {
        match read_all(&whole[..length]) {
            Ok((bytes, truncated)) => {
                assert!(truncated, "truncation at {length} was not detected");
                assert_eq!(bytes.len(), (length - 44) / 2 * 2);
            }
            Err(error) => assert_eq!(error.kind(), ErrorKind::AudioFileInvalid),
        }
    }
}

fn chunk(id: [u8; 4], body: &[u8]) -> Vec<u8> {
    [&id, &(body.len() as u32).to_le_bytes()[..], body].concat()
}

/// A file with `chunks`, mono 16-bit at 8 kHz.
fn riff(chunks: &[&[u8]]) -> Vec<u8> {
    let body = [b"WAVE", &*chunks.concat()].concat();
    chunk(*b"RIFF", &body)
}

fn fmt() -> Vec<u8> {
    wav(&[])[12..36].to_vec()
}

/// Audio whose bytes are not the name of a chunk.
fn sound(frames: u16) -> Vec<u8> {
    (0..frames).flat_map(|n| (n.wrapping_mul(977) | 0x80).to_le_bytes()).collect()
}

#[test]
fn chunks_may_come_in_any_order_and_number() {
    let sound = sound(400);
    let (first, second) = sound.split_at(300);
    let list = chunk(*b"LIST", b"INFOISFT\0\0\0me\0\0");
    let odd = [chunk(*b"iXML", b"<a>"), vec![0]].concat();
    let unpadded = chunk(*b"iXML", b"<a>");
    for chunks in [
        vec![fmt(), chunk(*b"data", &sound)],
        vec![list.clone(), odd.clone(), fmt(), odd.clone(), chunk(*b"data", &sound), list.clone()],
        vec![unpadded.clone(), fmt(), unpadded, chunk(*b"data", &sound)],
        vec![chunk(*b"data", &sound), fmt()],
        vec![fmt(), chunk(*b"data", first), chunk(*b"data", second)],
        vec![fmt(), chunk(*b"data", first), odd, chunk(*b"data", second), list],
        vec![fmt(), chunk(*b"LIST", &[b"wavl", &*chunk(*b"data", first), &chunk(*b"data", second)].concat())],
    ] {
        let chunks: Vec<&[u8]> = chunks.iter().map(Vec::as_slice).collect();
        assert_eq!(read_all(&riff(&chunks)).unwrap(), (sound.clone(), false));
    }
}

#[test]
fn wrong_length_of_audio_is_corrected() {
    let sound = sound(400);
    let with = |length: u32, after: &[u8]| {
        let mut file = riff(&[&fmt(), &chunk(*b"data", &sound), after]);
        file[40..44].copy_from_slice(&length.to_le_bytes());
        file
    };
    for length in [0, u32::MAX, 0x7fff_ffff, 0x7fff_f000, 0xffff_fffe] {
        assert_eq!(read_all(&with(length, &[])).unwrap(), (sound.clone(), false), "{length:x}");
    }
    // A length that is too short, at a frame and within one.
    for length in [2, 100, 333] {
        let file = with(length, &[]);
        let mut reader = Reader::new(&*file).unwrap();
        let mut block = Vec::new();
        reader.read(1_000, &mut block).unwrap();
        assert_eq!((&block, reader.remarks()), (&sound, &[Remark::Longer][..]), "{length}");
    }
    assert_eq!(read_all(&with(801, &[])).unwrap(), (sound.clone(), true), "one byte too few");
    assert_eq!(read_all(&with(801, &[9])).unwrap(), (sound.clone(), false), "one byte too many");
    assert_eq!(read_all(&with(0, &chunk(*b"LIST", b"INFO"))).unwrap().0[..800], sound, "length zero");
    let empty = riff(&[&fmt(), &chunk(*b"data", &[]), &chunk(*b"LIST", b"INFO")]);
    assert_eq!(read_all(&empty).unwrap(), (Vec::new(), false));
}

#[test]
fn wrong_chunk_length_does_not_hide_the_audio() {
    let sound = sound(400);
    let list = chunk(*b"LIST", b"INFOISFT\0\0\0me\0\0");
    for length in [u32::MAX, 100, 101, 400, 401, 4] {
        let mut file = riff(&[&list, &fmt(), &chunk(*b"data", &sound)]);
        file[16..20].copy_from_slice(&length.to_le_bytes());
        assert_eq!(read_all(&file).unwrap().0, sound, "{length}");
        let mut file = riff(&[&fmt(), &list, &chunk(*b"data", &sound)]);
        file[40..44].copy_from_slice(&length.to_le_bytes());
        assert_eq!(read_all(&file).unwrap().0, sound, "{length}");
    }
}

#[test]
fn concatenated_files_are_read_as_one() {
    let (one, other) = (wav(&[1; 100]), wav(&[2; 100]));
    assert_eq!(read_all(&[&*one, &other].concat()).unwrap().0, [&one[44..], &other[44..]].concat());
    let mut faster = other;
    faster[25] += 1;
    let files = [one, faster].concat();
    let mut reader = Reader::new(&*files).unwrap();
    let mut block = Vec::new();
    reader.read(1_000, &mut block).unwrap();
    assert_eq!((block.len(), reader.remarks()), (200, &[Remark::SecondFile][..]));
}

#[test]
fn header_of_a_raw_stream_is_read() {
    let file = wav(&[1, 2, 3]);
    assert_eq!(raw_header(&file), Some((Format::pcm16(8_000).unwrap(), 44)));
    let list = chunk(*b"LIST", b"INFOISFT\x04\0\0\0me\0\0");
    let longer = riff(&[&list, &fmt(), &chunk(*b"data", &sound(100))]);
    assert_eq!(raw_header(&longer).unwrap().1, 44 + list.len());
    assert_eq!(raw_header(&file[..40]), None);
    let late = riff(&[&chunk(*b"data", &sound(100)), &fmt()]);
    assert_eq!(raw_header(&late), None, "the audio precedes the fmt chunk");
    let mut law = file;
    law[20] = 6;
    assert_eq!(raw_header(&law), None);
}

#[test]
fn other_formats_are_named() {
    for (bytes, name) in [
        (&b""[..], "empty"),
        (b"OggS\0\x02", "Ogg"),
        (b"<html><body>Not found</body></html>", "text"),
        (b"\x01\x02\x03\x04\x05\x06", "nor another known format"),
        (b"RIFF\0\0\0\0WAVEdata\x04\0\0\0\0\0\0\0", "no fmt chunk"),
        (&wav(&[])[..36], "no audio"),
    ] {
        let error = Reader::new(bytes).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::AudioFileInvalid);
        assert!(error.to_string().contains(name), "{error}");
    }
}

#[test]
fn integers_of_any_width_and_order_keep_their_level() {
    assert_eq!(integer(&[0], false).to_bits(), (-1.0f32).to_bits());
    assert_eq!(integer(&[0xc0], true).to_bits(), 0.5f32.to_bits());
    assert_eq!(integer(&[0, 0, 0x40], false).to_bits(), 0.5f32.to_bits());
    assert_eq!(integer(&[0x40, 0, 0], true).to_bits(), 0.5f32.to_bits());
    assert_eq!(integer(&[0, 0, 0, 0x80], false).to_bits(), (-1.0f32).to_bits());
    assert_eq!(integer(&[0, 0, 0, 0, 0, 0, 0, 0xc0], false).to_bits(), (-0.5f32).to_bits());
    assert_eq!(float(&0.25f64.to_be_bytes(), true).to_bits(), 0.25f32.to_bits());
    assert_eq!(float(&0.25f32.to_le_bytes(), false).to_bits(), 0.25f32.to_bits());
}
