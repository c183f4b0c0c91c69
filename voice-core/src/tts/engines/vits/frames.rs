//! Tensors of frames, whose last axis is time.

use crate::error::{Error, ErrorKind, Result};
use crate::onnx::Tensor;

/// Number of frames of `tensor`.
pub(super) fn count(tensor: &Tensor) -> usize {
    tensor.shape.last().map_or(0, |frames| usize::try_from(*frames).unwrap_or(0))
}

/// The frames from `begin` to before `end`.
pub(super) fn slice(tensor: &Tensor, begin: usize, end: usize) -> Tensor {
    let frames = count(tensor);
    let rows = tensor.data.chunks_exact(frames.max(1));
    let mut shape = tensor.shape.clone();
    if let Some(last) = shape.last_mut() {
        *last = (end - begin) as i64;
    }
    Tensor { shape, data: rows.flat_map(|row| &row[begin..end]).copied().collect() }
}

/// Resamples to `wanted` frames by dropping or repeating frames evenly.
pub(super) fn fit(tensor: &Tensor, wanted: usize) -> Tensor {
    let frames = count(tensor);
    let rows = tensor.data.chunks_exact(frames.max(1));
    let mut shape = tensor.shape.clone();
    if let Some(last) = shape.last_mut() {
        *last = wanted as i64;
    }
    // Each new frame is the old frame that contains its middle.
    let chosen = |at: usize| (2 * at + 1) * frames / (2 * wanted);
    Tensor { shape, data: rows.flat_map(|row| (0..wanted).map(move |at| row[chosen(at)])).collect() }
}

/// Appends the frames of `tensor` from `begin` to before `end` to `whole`.
pub(super) fn append(whole: &mut Tensor, tensor: &Tensor, begin: usize, end: usize) -> Result<()> {
    let (have, more) = (count(whole), count(tensor));
    let rows = whole.data.len() / have.max(1);
    if have == 0 {
        *whole = slice(tensor, begin, end);
        return Ok(());
    }
    if more == 0 || tensor.data.len() / more != rows {
        return Err(Error::new(ErrorKind::EngineFailed, "the voice gives frames of another size"));
    }
    let mut data = Vec::with_capacity(rows * (have + end - begin));
    for (old, new) in whole.data.chunks_exact(have).zip(tensor.data.chunks_exact(more)) {
        data.extend_from_slice(old);
        data.extend_from_slice(&new[begin..end]);
    }
    whole.data = data;
    if let Some(last) = whole.shape.last_mut() {
        *last = (have + end - begin) as i64;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_sliced_and_appended() {
        let whole = Tensor { shape: vec![1, 2, 3], data: vec![1.0, 2.0, 3.0, 10.0, 20.0, 30.0] };
        let middle = slice(&whole, 1, 3);
        assert_eq!(middle, Tensor { shape: vec![1, 2, 2], data: vec![2.0, 3.0, 20.0, 30.0] });
        let mut joined = slice(&whole, 0, 1);
        append(&mut joined, &middle, 0, 2).unwrap();
        assert_eq!(joined, whole);
        let mut nothing = Tensor { shape: vec![1, 2, 0], data: Vec::new() };
        append(&mut nothing, &whole, 0, 3).unwrap();
        assert_eq!(nothing, whole);
        let other = Tensor { shape: vec![1, 3, 1], data: vec![0.0; 3] };
        assert!(append(&mut joined, &other, 0, 1).is_err());
    }

    #[test]
    fn frames_are_resampled_evenly() {
        let whole = Tensor { shape: vec![1, 2, 4], data: vec![1.0, 2.0, 3.0, 4.0, 10.0, 20.0, 30.0, 40.0] };
        assert_eq!(fit(&whole, 4), whole);
        let fewer = Tensor { shape: vec![1, 2, 2], data: vec![2.0, 4.0, 20.0, 40.0] };
        assert_eq!(fit(&whole, 2), fewer);
        assert_eq!(fit(&whole, 6).data[..6], [1.0, 2.0, 2.0, 3.0, 4.0, 4.0]);
        assert_eq!(fit(&whole, 0), Tensor { shape: vec![1, 2, 0], data: Vec::new() });
    }
}
