//! libvoice from C beside libvosk called directly: `cargo bench -p voice-ffi`. See docs/benchmarks.md.
//!
//! Work is counted in instructions, which other programs on the machine do not change; Valgrind counts them.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Words of one speaker, without pauses between them.
const WORDS: [&str; 12] =
    ["zero", "one", "two", "three", "four", "five", "six", "seven", "open", "left", "right", "cancel"];

/// Fresh processes, and pushes of silence.
const STARTS: u32 = 20;
const PUSHES: u32 = 5_000;

/// The compiled program and what it works on.
struct Bench {
    folder: tempfile::TempDir,
    model: PathBuf,
}

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let data = std::env::var_os("VOICE_DATA").map_or_else(|| root.join("../shared/data"), PathBuf::from);
    let speaker = data.join("arabic-commands/val/00000012");
    if !speaker.is_dir() {
        eprintln!("{} is missing; set VOICE_DATA to the folder of recordings", speaker.display());
        return;
    }
    let bench = Bench::new(&root, &speaker);
    let seconds = fs::metadata(bench.file("words")).expect("words").len() as f64 / 32_000.0;

    println!("{seconds:.1} s of words without pauses, in pieces of 100 ms, partial results after each\n");
    println!("| | million instructions for a second of audio | beside libvosk |\n|---|---|---|");
    let per_second = |work, audio| bench.instructions(work, audio) as f64 / seconds / 1e6;
    let vosk = per_second("vosk", "words");
    for (name, work) in [("libvosk", "vosk"), ("libvoice, vad always", "always"), ("libvoice", "detect")] {
        let count = if work == "vosk" { vosk } else { per_second(work, "words") };
        println!("| {name} | {count:.1} | {:+.2} % |", (count / vosk - 1.0) * 100.0);
    }
    let with_pauses = fs::metadata(bench.file("pauses")).expect("pauses").len() as f64 / 32_000.0;
    println!("\n{with_pauses:.1} s of the same words, a pause of 1.2 s after each\n");
    println!("| | million instructions for a second of audio | beside libvosk |\n|---|---|---|");
    let per_second = |work| bench.instructions(work, "pauses") as f64 / with_pauses / 1e6;
    let vosk = per_second("vosk");
    println!("| libvosk | {vosk:.1} | |");
    let detect = per_second("detect");
    println!("| libvoice | {detect:.1} | {:+.1} % |", (detect / vosk - 1.0) * 100.0);

    for kind in ["silence", "noise"] {
        let mut pushes = bench.numbers("silence", kind, PUSHES);
        pushes.sort_by(f64::total_cmp);
        let at = |share: f64| pushes[(share * (pushes.len() - 1) as f64) as usize];
        println!(
            "\npush of 20 ms of {kind}: {:.1} µs median, {:.1} p90, {:.1} p99, {:.1} least",
            at(0.5),
            at(0.9),
            at(0.99),
            at(0.0)
        );
    }
    let starts: Vec<_> = (0..STARTS).map(|_| bench.numbers("cold", "words", 1)).collect();
    let least = |at: usize| starts.iter().map(|times| times[at]).fold(f64::INFINITY, f64::min);
    let mut firsts: Vec<_> = starts.iter().map(|times| times[1]).collect();
    firsts.sort_by(f64::total_cmp);
    println!(
        "\nin a fresh process: opened after {:.1} ms, first transcript after {:.1} ms (least of {STARTS}; median {:.1})",
        least(0),
        least(1),
        firsts[firsts.len() / 2]
    );
}

impl Bench {
    fn new(root: &Path, speaker: &Path) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let deps = std::env::current_exe().expect("own path").parent().expect("its folder").to_owned();
        let library = |from: PathBuf, name: &str| symlink(from, folder.path().join(name)).expect("a link");
        library(deps.join("libvoice.so"), "libvoice.so");
        library(deps.join("libvoice.so"), &format!("libvoice.so.{}", voice::voice_abi_version()));
        library(deps.join("../libvosk.so"), "libvosk.so");
        let here = folder.path().display().to_string();
        run(Command::new("cc")
            .args(["-std=c99", "-O2", "-Wall", "-Wextra", "-Werror"])
            .arg(format!("-I{}", root.join("include").display()))
            .arg(root.join("benches/libvoice/load.c"))
            .args(["-o", &format!("{here}/load"), &format!("-L{here}"), "-lvoice", "-lvosk"])
            .arg(format!("-Wl,-rpath,{here}")));
        let bench = Self { folder, model: root.join("models/ar-commands") };
        let clips: Vec<_> = WORDS.iter().map(|word| clip(&speaker.join(word).join("01.flac"))).collect();
        bench.write("words", &clips.concat());
        let paused = clips.iter().flat_map(|clip| [clip.as_slice(), &vec![0; 19_200]].concat());
        bench.write("pauses", &paused.collect::<Vec<_>>());
        bench.write("silence", &vec![0; 160_000]);
        // As quiet as a room: what the energy gate has to tell from a voice.
        let mut random = fastrand::Rng::with_seed(1);
        bench.write("noise", &(0..160_000).map(|_| random.i16(-60..=60)).collect::<Vec<_>>());
        bench
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, samples: &[i16]) {
        let bytes: Vec<_> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
        fs::write(self.file(name), bytes).expect("written");
    }

    fn load(&self, before: &[&str], work: &str, audio: &str, passes: u32) -> Command {
        let program = self.file("load");
        let mut command = Command::new(before.first().map_or(program.as_os_str(), |tool| tool.as_ref()));
        if !before.is_empty() {
            command.args(&before[1..]).arg(&program);
        }
        command.arg(work).arg(&self.model).arg(self.file(audio)).arg(passes.to_string());
        command
    }

    /// Instructions of one pass over the audio, without those of starting.
    fn instructions(&self, work: &str, audio: &str) -> u64 {
        let count = |passes| {
            let callgrind = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"];
            let (_, told) = run(&mut self.load(&callgrind, work, audio, passes));
            let count = told.split("Collected : ").nth(1).and_then(|rest| rest.split_whitespace().next());
            count.and_then(|count| count.parse::<u64>().ok()).expect("what callgrind tells")
        };
        count(2) - count(1)
    }

    fn numbers(&self, work: &str, audio: &str, passes: u32) -> Vec<f64> {
        let (said, _) = run(&mut self.load(&[], work, audio, passes));
        said.split_whitespace().map(|word| word.parse().expect("a number")).collect()
    }
}

fn clip(path: &Path) -> Vec<i16> {
    let mut reader = claxon::FlacReader::open(path).expect("a recording");
    reader.samples().map(|sample| sample.expect("a sample") as i16).collect()
}

/// What a program wrote to standard output, and to standard error.
fn run(command: &mut Command) -> (String, String) {
    let done = command.output().unwrap_or_else(|error| panic!("cannot run {command:?}: {error}"));
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    let (said, told) = (text(done.stdout), text(done.stderr));
    assert!(done.status.success(), "{command:?}: {}\n{told}", done.status);
    (said, told)
}
