//! The protocol between this process and its helper: one frame each way per job.
//!
//! A frame consists of two little-endian 32-bit lengths, JSON of the first length, and bytes of the second: 16-bit
//! samples in native byte order.

use std::io::{Error, ErrorKind, Read, Result, Write};

use serde::Serialize;
use serde::de::DeserializeOwned;

/// The maximum JSON in a frame, in bytes. The phonemes of 4 KB of text need less.
const MAX_JSON: usize = 1 << 20;
/// The maximum samples in a frame, in bytes: 25 minutes, longer than 800 bytes of digits at the slowest rate.
const MAX_SAMPLES: usize = 64 << 20;

/// Encodes a frame.
pub(super) fn encode<T: Serialize>(head: &T, samples: &[i16]) -> Result<Vec<u8>> {
    let json = serde_json::to_vec(head)?;
    let length = samples.len() * 2;
    if json.len() > MAX_JSON || length > MAX_SAMPLES {
        return Err(Error::new(ErrorKind::InvalidData, "too long for one frame"));
    }
    let mut frame = Vec::with_capacity(8 + json.len() + length);
    frame.write_all(&(json.len() as u32).to_le_bytes())?;
    frame.write_all(&(length as u32).to_le_bytes())?;
    frame.write_all(&json)?;
    frame.extend(samples.iter().flat_map(|sample| sample.to_ne_bytes()));
    Ok(frame)
}

/// Reads the next frame; an error if the other side has closed.
pub(super) fn read<T: DeserializeOwned>(from: &mut impl Read) -> Result<(T, Vec<i16>)> {
    let mut lengths = [0; 8];
    from.read_exact(&mut lengths)?;
    let [json, samples] = lengths.as_chunks::<4>().0 else { return Err(ErrorKind::InvalidData.into()) };
    let (json, samples) = (u32::from_le_bytes(*json) as usize, u32::from_le_bytes(*samples) as usize);
    if json > MAX_JSON || samples > MAX_SAMPLES || samples % 2 > 0 {
        return Err(Error::new(ErrorKind::InvalidData, "a frame with wrong lengths"));
    }
    let mut head = vec![0; json];
    from.read_exact(&mut head)?;
    let mut bytes = vec![0; samples];
    from.read_exact(&mut bytes)?;
    let samples = bytes.as_chunks().0.iter().map(|sample| i16::from_ne_bytes(*sample)).collect();
    Ok((serde_json::from_slice(&head)?, samples))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frame_round_trips() {
        let frame = encode(&"سبعة", &[1, -2]).unwrap();
        let (head, samples): (String, _) = read(&mut &*frame).unwrap();
        assert_eq!((head.as_str(), &*samples), ("سبعة", &[1, -2][..]));
        for length in 0..frame.len() {
            assert!(read::<String>(&mut &frame[..length]).is_err(), "{length}");
        }
    }

    #[test]
    fn too_large_lengths_are_refused_before_allocation() {
        for lengths in [[u32::MAX, 0], [0, u32::MAX], [2, 1], [1 << 21, 0]] {
            let frame: Vec<_> = lengths.iter().flat_map(|length| length.to_le_bytes()).collect();
            assert_eq!(read::<String>(&mut &*frame).unwrap_err().kind(), ErrorKind::InvalidData);
        }
        assert!(encode(&"a".repeat(MAX_JSON), &[]).is_err());
    }
}
