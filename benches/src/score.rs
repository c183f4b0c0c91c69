//! From measurements to figures.

use std::cmp::Ordering;

/// The value below which `share` of the sorted `values` lie; the largest at 1.
pub fn percentile(values: &[f64], share: f64) -> f64 {
    let rank = (share * values.len() as f64).ceil() as usize;
    values.get(rank.saturating_sub(1)).copied().unwrap_or(f64::NAN)
}

pub fn sorted(values: impl IntoIterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(|a, b| a.partial_cmp(b).unwrap_or(Ordering::Equal));
    values
}

/// Words wrong, missing or extra: the fewest edits that turn `heard` into `said`.
pub fn word_errors(said: &[&str], heard: &[String]) -> usize {
    let mut row: Vec<usize> = (0..=heard.len()).collect();
    for (i, word) in said.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, other) in heard.iter().enumerate() {
            let changed = diagonal + usize::from(word != other);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[heard.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_occurred() {
        let values = sorted([3.0, 1.0, 2.0, 4.0]);
        for (share, value) in [(0.5, 2.0), (0.99, 4.0), (1.0, 4.0)] {
            assert!((percentile(&values, share) - value).abs() < 1e-9);
        }
        assert!(percentile(&[], 0.5).is_nan());
    }

    #[test]
    fn errors_count_changed_missing_and_extra_words() {
        let heard = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(word_errors(&["a", "b", "c"], &heard("a b c")), 0);
        assert_eq!(word_errors(&["a", "b", "c"], &heard("a x c")), 1);
        assert_eq!(word_errors(&["a", "b", "c"], &heard("b c d")), 2);
        assert_eq!(word_errors(&["a"], &[]), 1);
    }
}
