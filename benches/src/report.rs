//! Figures as Markdown.

use std::fmt::Write as _;

use crate::measure::{Footprint, Load};
use crate::score::{percentile, sorted};

/// A figure of each server; `None` where it was not asked for.
type Pair<T> = [Option<T>; 2];

#[derive(Default)]
pub struct Report {
    text: String,
}

impl Report {
    pub fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    pub fn into_text(self) -> String {
        self.text
    }

    /// What `sessions` clients at once brought about.
    pub fn load(&mut self, sessions: usize, loads: &Pair<Load>) {
        let finals =
            loads.each_ref().map(|load| load.as_ref().map_or(0, |load| collect(load, Which::Final).len()));
        let title = format!("{sessions} real-time session{}", if sessions == 1 { "" } else { "s" });
        self.head(&title);
        self.row("CPU s per audio s", 4, true, &figure(loads, Load::cpu_per_second));
        let beside = |load: &Load| 100.0 * load.beside / (load.cpu - load.beside);
        self.row("CPU beside decoding, % of it", 1, false, &figure(loads, beside));
        for (name, which) in [
            ("final result", Which::Final),
            ("end of stream", Which::Eof),
            ("any reply", Which::Any),
            ("end of speech to its words", Which::AfterSpeech),
        ] {
            let ratio = which != Which::AfterSpeech;
            let values = loads.each_ref().map(|load| load.as_ref().map(|load| collect(load, which)));
            for (label, share) in [("p50", 0.50), ("p99", 0.99), ("max", 1.0)] {
                let pick = figure(&values, |values| percentile(values, share));
                self.row(&format!("{name}, {label}, ms"), 1, ratio, &pick);
            }
        }
        let errors = |load: &Load| 100.0 * load.word_errors as f64 / load.words as f64;
        self.row("word errors, %", 2, false, &figure(loads, errors));
        self.row("sessions that failed", 0, false, &figure(loads, |load| load.failures.len() as f64));
        let own = |load: &Load| load.own_cpu / load.audio_seconds;
        self.row("CPU s per audio s of this program", 4, false, &figure(loads, own));
        let lag = |load: &Load| {
            percentile(&sorted(load.seen.iter().flat_map(|seen| seen.own_lag.iter().copied())), 0.99)
        };
        self.row("own lateness, p99, ms", 1, false, &figure(loads, lag));
        let words = loads.iter().flatten().map(|load| load.words).max().unwrap_or(0);
        self.line(&format!("\n{} and {} final results of {words} words.", finals[0], finals[1]));
        for problem in loads.iter().flatten().filter_map(|load| load.failures.first()) {
            self.line(&format!("First failure: {problem}."));
        }
    }

    /// What clients of one kind take up.
    pub fn footprint(&mut self, title: &str, prints: &Pair<Footprint>) {
        self.head(title);
        self.row("memory per session, KiB", 1, true, &figure(prints, |print| print.per_session));
        self.row("memory without sessions, KiB", 0, true, &figure(prints, |print| print.base));
        let cpu = |print: &Footprint| print.load.cpu_per_second();
        self.row("CPU s per audio s", 4, true, &figure(prints, cpu));
        let failed = |print: &Footprint| print.load.failures.len() as f64;
        self.row("sessions that failed", 0, false, &figure(prints, failed));
    }

    fn head(&mut self, title: &str) {
        self.line(&format!("\n| {title} | voice-server | Python | ratio |\n|---|---:|---:|---:|"));
    }

    fn row(&mut self, name: &str, digits: usize, ratio: bool, values: &Pair<f64>) {
        let cell = |value: Option<f64>| match value {
            Some(value) if value.is_finite() => format!("{value:.digits$}"),
            _ => "–".to_owned(),
        };
        let ratio = match values {
            [Some(ours), Some(peer)] if ratio && *peer > 0.0 && ours.is_finite() => {
                format!("{:.2}", ours / peer)
            }
            _ => String::new(),
        };
        let _ = writeln!(self.text, "| {name} | {} | {} | {ratio} |", cell(values[0]), cell(values[1]));
    }
}

fn figure<T>(pair: &Pair<T>, of: impl Fn(&T) -> f64) -> Pair<f64> {
    pair.each_ref().map(|value| value.as_ref().map(&of))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Which {
    Final,
    Eof,
    Any,
    AfterSpeech,
}

fn collect(load: &Load, which: Which) -> Vec<f64> {
    sorted(load.seen.iter().flat_map(|seen| match which {
        Which::Final => seen.finals.clone(),
        Which::Eof => vec![seen.eof],
        Which::Any => seen.replies.clone(),
        Which::AfterSpeech => seen.after_speech.clone(),
    }))
}

/// The machine, and how busy it was when asked.
pub fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let file = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let info = file("/proc/cpuinfo");
    let processor = info
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(':').map(|(_, name)| name.trim()))
        .unwrap_or("unknown processor");
    let load = file("/proc/loadavg");
    let load = load.split_whitespace().next().unwrap_or("unknown");
    let date = std::process::Command::new("date").args(["-u", "+%F"]).output();
    let date =
        date.map_or_else(|_| String::new(), |done| String::from_utf8_lossy(&done.stdout).trim().to_owned());
    format!("{cores} cores of {processor}, {date}; load average before the run {load}")
}
