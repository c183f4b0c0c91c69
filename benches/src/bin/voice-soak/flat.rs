//! Whether a server has grown.

use std::fmt;
use std::time::Duration;

use voice_bench::client::Seen;
use voice_bench::server::Server;

use crate::p99;

/// What a run may add to the memory: an allocator does not give back every page.
const MAX_GROWTH: f64 = 4.0;

/// Files that are open for a moment: a connection being accepted, a request for the health.
const MOMENTARY: usize = 8;

/// What a server uses at one moment.
pub(crate) struct Sample {
    /// Memory in MiB.
    memory: f64,
    pub(crate) files: usize,
    threads: usize,
    finals: usize,
    /// In milliseconds.
    p99: f64,
}

impl Sample {
    /// What `server` uses, and what its clients have seen since the last look.
    pub(crate) fn of(server: &Server, seen: &[Seen]) -> Self {
        Self {
            memory: server.memory() / 1_024.0,
            files: server.files(),
            threads: server.threads(),
            finals: seen.iter().map(|seen| seen.finals.len()).sum(),
            p99: p99(seen),
        }
    }
}

impl fmt::Display for Sample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { memory, files, threads, finals, p99 } = self;
        write!(f, "{memory:.1} | {files} | {threads} | {finals} | {p99:.1} |")
    }
}

/// What was found, or what has grown. `idle` and `after` are the server without clients.
pub(crate) fn verdict(
    idle: &Sample,
    samples: &[Sample],
    after: &Sample,
    sessions: usize,
    interval: Duration,
) -> Result<String, String> {
    let memory: Vec<_> = samples.iter().map(|sample| sample.memory).collect();
    let slope = slope(&memory);
    let growth = slope * memory.len().saturating_sub(1) as f64;
    if !growth.is_finite() {
        return Err("the memory could not be read".to_owned());
    }
    let mut grown = Vec::new();
    if growth > MAX_GROWTH {
        grown.push(format!("memory by {growth:.1} MiB, {slope:.3} MiB each {} s", interval.as_secs()));
    }
    let most = |figure: fn(&Sample) -> usize| samples.iter().map(figure).max().unwrap_or(0);
    let files = most(|sample| sample.files);
    if files > idle.files + sessions + MOMENTARY || after.files > idle.files {
        grown.push(format!("open files from {} to {files}, and {} at the end", idle.files, after.files));
    }
    let first = samples.first().map_or(0, |sample| sample.threads);
    if samples.last().is_some_and(|last| last.threads > first) || after.threads > first {
        grown.push(format!("threads from {first} to {}", after.threads));
    }
    if !grown.is_empty() {
        return Err(format!("the server has grown: {}", grown.join("; ")));
    }
    Ok(format!(
        "memory {growth:+.1} MiB, files {} to {}, threads {first} to {}",
        idle.files, after.files, after.threads
    ))
}

/// How much `values` rise from one to the next, by least squares.
fn slope(values: &[f64]) -> f64 {
    let mean = |values: &mut dyn ExactSizeIterator<Item = f64>| {
        let count = values.len() as f64;
        values.sum::<f64>() / count
    };
    let (x, y) = (mean(&mut (0..values.len()).map(|at| at as f64)), mean(&mut values.iter().copied()));
    let (mut above, mut below) = (0.0, 0.0);
    for (at, value) in values.iter().enumerate() {
        above += (at as f64 - x) * (value - y);
        below += (at as f64 - x).powi(2);
    }
    above / below
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(memory: impl Fn(usize) -> f64, files: usize, threads: usize) -> Vec<Sample> {
        let sample = |at| Sample { memory: memory(at), files, threads, finals: 1, p99: 1.0 };
        (0..100).map(sample).collect()
    }

    fn judge(samples: &[Sample], after: usize) -> Result<String, String> {
        let idle = Sample { memory: 50.0, files: 20, threads: 9, finals: 0, p99: 0.0 };
        let after = Sample { files: after, threads: samples[0].threads, ..idle };
        let idle = Sample { memory: 50.0, files: 20, threads: 9, finals: 0, p99: 0.0 };
        verdict(&idle, samples, &after, 8, Duration::from_secs(10))
    }

    #[test]
    fn what_wavers_is_flat_and_what_rises_is_not() {
        let wavering = |at: usize| 60.0 + (at % 7) as f64;
        assert!(judge(&samples(wavering, 28, 9), 20).is_ok());
        assert!(judge(&samples(|at| 60.0 + at as f64 * 0.05, 28, 9), 20).unwrap_err().contains("memory"));
        assert!(judge(&samples(wavering, 60, 9), 20).unwrap_err().contains("files"));
        assert!(judge(&samples(wavering, 28, 9), 21).unwrap_err().contains("files"));
        assert!(judge(&samples(|_| f64::NAN, 28, 9), 20).is_err());
        let mut more = samples(wavering, 28, 9);
        more.last_mut().unwrap().threads = 10;
        assert!(judge(&more, 20).unwrap_err().contains("threads"));
    }

    #[test]
    fn a_line_has_its_slope() {
        assert!((slope(&[1.0, 3.0, 5.0, 7.0]) - 2.0).abs() < 1e-9);
        assert!(slope(&[1.0]).is_nan());
    }
}
