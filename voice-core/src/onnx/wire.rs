//! The wire format of protocol buffers, as far as ONNX files need it.
//!
//! Messages stay encoded: a graph is extracted by copying fields, so unknown fields are kept unchanged. Source: the
//! encoding guide of protocol buffers.

use crate::error::{Error, ErrorKind, Result};

/// One field of a message.
#[derive(Debug, Clone, Copy)]
pub(super) struct Field<'a> {
    pub(super) number: u32,
    pub(super) value: Value<'a>,
    /// The raw field, including its key.
    pub(super) raw: &'a [u8],
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Value<'a> {
    Varint(u64),
    Bytes(&'a [u8]),
    /// A fixed-size number.
    Fixed,
}

impl<'a> Field<'a> {
    /// The content of a string, message or packed field.
    pub(super) fn bytes(&self) -> &'a [u8] {
        if let Value::Bytes(bytes) = self.value { bytes } else { &[] }
    }

    pub(super) fn text(&self) -> Result<&'a str> {
        str::from_utf8(self.bytes()).map_err(|_| damaged())
    }

    /// The integers of a repeated field, packed or not.
    pub(super) fn integers(&self) -> Result<Vec<i64>> {
        match self.value {
            Value::Varint(value) => Ok(vec![value.cast_signed()]),
            Value::Fixed => Ok(Vec::new()),
            Value::Bytes(mut bytes) => {
                let mut values = Vec::new();
                while !bytes.is_empty() {
                    values.push(varint(&mut bytes)?.cast_signed());
                }
                Ok(values)
            }
        }
    }
}

/// The fields of `message`, in order.
pub(super) fn fields(mut message: &[u8]) -> impl Iterator<Item = Result<Field<'_>>> {
    std::iter::from_fn(move || {
        if message.is_empty() {
            return None;
        }
        let field = next(&mut message);
        if field.is_err() {
            // Data after a damaged field cannot be trusted.
            message = &[];
        }
        Some(field)
    })
}

fn next<'a>(rest: &mut &'a [u8]) -> Result<Field<'a>> {
    let start = *rest;
    let key = varint(rest)?;
    let value = match key & 7 {
        0 => Value::Varint(varint(rest)?),
        1 => fixed(rest, 8)?,
        2 => {
            let length = usize::try_from(varint(rest)?).map_err(|_| damaged())?;
            Value::Bytes(take(rest, length)?)
        }
        5 => fixed(rest, 4)?,
        _ => return Err(damaged()),
    };
    let number = u32::try_from(key >> 3).map_err(|_| damaged())?;
    Ok(Field { number, value, raw: &start[..start.len() - rest.len()] })
}

fn fixed<'a>(rest: &mut &'a [u8], length: usize) -> Result<Value<'a>> {
    take(rest, length).map(|_| Value::Fixed)
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> Result<&'a [u8]> {
    let (taken, behind) = rest.split_at_checked(length).ok_or_else(damaged)?;
    *rest = behind;
    Ok(taken)
}

fn varint(rest: &mut &[u8]) -> Result<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let [byte] = take(rest, 1)? else { return Err(damaged()) };
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok(value);
        }
    }
    Err(damaged())
}

/// Appends a field with `content`, a string or a message.
pub(super) fn put_bytes(out: &mut Vec<u8>, number: u32, content: &[u8]) {
    put_varint(out, u64::from(number) << 3 | 2);
    put_varint(out, content.len() as u64);
    out.extend_from_slice(content);
}

pub(super) fn put_integer(out: &mut Vec<u8>, number: u32, value: u64) {
    put_varint(out, u64::from(number) << 3);
    put_varint(out, value);
}

fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

pub(super) fn damaged() -> Error {
    Error::new(
        ErrorKind::ModelInvalid,
        "it is not an ONNX file, or it is truncated; download the voice again",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn written_fields_are_read_back() {
        let mut message = Vec::new();
        put_bytes(&mut message, 3, b"abc");
        put_integer(&mut message, 700, u64::MAX);
        message.extend([5 << 3 | 5, 1, 2, 3, 4]);
        let found: Vec<_> = fields(&message).map(Result::unwrap).collect();
        assert_eq!((found[0].number, found[0].bytes()), (3, &b"abc"[..]));
        assert_eq!((found[1].number, found[1].integers().unwrap()), (700, vec![-1]));
        assert_eq!((found[2].number, found[2].raw.len()), (5, 5));
        assert_eq!(found.iter().map(|field| field.raw.len()).sum::<usize>(), message.len());
    }

    #[test]
    fn damaged_field_ends_the_message() {
        for bytes in [&[0x80][..], &[0x0a, 5, 1], &[0x0b], &[0xff; 12], &[0x09, 1]] {
            let found: Vec<_> = fields(bytes).collect();
            assert!(found.len() == 1 && found[0].is_err(), "{bytes:?}");
        }
    }
}
