//! C programs, built and run against the library as a user would install it.

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::build::{library, model, recordings, root, run};

/// A folder with the library under the names by which programs find it.
struct Installed(tempfile::TempDir);

impl Installed {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let library = library();
        let vosk = library.parent().unwrap().join("../libvosk.so");
        symlink(&library, folder.path().join("libvoice.so")).unwrap();
        let soname = format!("libvoice.so.{}", voice::voice_abi_version());
        symlink(&library, folder.path().join(soname)).unwrap();
        symlink(vosk, folder.path().join("libvosk.so")).unwrap();
        Self(folder)
    }

    /// Compiles `source` and returns the program.
    fn program(&self, source: &Path) -> PathBuf {
        let program = self.0.path().join("program");
        let here = self.0.path().display().to_string();
        run(Command::new("cc")
            .args(["-std=c99", "-O1", "-Wall", "-Wextra", "-Wpedantic", "-Werror"])
            .arg(format!("-I{}", root().join("include").display()))
            .arg(source)
            .args(["-o", program.to_str().unwrap(), &format!("-L{here}"), "-lvoice"])
            .arg(format!("-Wl,-rpath,{here}")));
        program
    }

    fn transcribe(&self) -> Command {
        Command::new(self.program(&root().join("examples/c/transcribe.c")))
    }
}

/// Three commands by one speaker, a pause after each; and what was said.
fn recording() -> Option<(Vec<i16>, [&'static str; 3])> {
    let speaker = recordings("arabic-commands/val/00000012")?;
    let mut samples = vec![0; 8_000];
    for command in ["three", "open", "left"] {
        let mut take = claxon::FlacReader::open(speaker.join(command).join("01.flac")).unwrap();
        assert_eq!((take.streaminfo().sample_rate, take.streaminfo().channels), (16_000, 1));
        samples.extend(take.samples().map(|sample| i16::try_from(sample.unwrap()).unwrap()));
        samples.resize(samples.len() + 19_200, 0);
    }
    Some((samples, ["ثلاثة", "فتح", "يسار"]))
}

fn bytes(samples: &[i16]) -> Vec<u8> {
    samples.iter().flat_map(|sample| sample.to_le_bytes()).collect()
}

fn write_wav(path: &Path, samples: &[i16], bits_per_sample: u16, sample_format: hound::SampleFormat) {
    let spec = hound::WavSpec { channels: 2, sample_rate: 16_000, bits_per_sample, sample_format };
    let mut wav = hound::WavWriter::create(path, spec).unwrap();
    for &sample in samples {
        for _ in 0..spec.channels {
            match sample_format {
                hound::SampleFormat::Int => wav.write_sample(sample).unwrap(),
                hound::SampleFormat::Float => wav.write_sample(f32::from(sample) / 32_768.0).unwrap(),
            }
        }
    }
    wav.finalize().unwrap();
}

fn texts(transcript: &str) -> Vec<&str> {
    transcript.lines().map(|line| line.split_once(" s  ").map_or(line, |(_, text)| text)).collect()
}

#[test]
fn the_example_transcribes_people() {
    let (Some(model), Some((samples, said))) = (model(), recording()) else { return };
    let installed = Installed::new();
    let file = installed.0.path().join("recording");
    for (bits, format) in [(16, hound::SampleFormat::Int), (32, hound::SampleFormat::Float)] {
        write_wav(&file, &samples, bits, format);
        let transcript = run(installed.transcribe().args([&model, &file]));
        assert_eq!(texts(&transcript), said, "WAV of {bits} bits");
    }
    fs::write(&file, bytes(&samples)).unwrap();
    let raw = File::open(&file).unwrap();
    assert_eq!(texts(&run(installed.transcribe().arg(&model).stdin(raw))), said, "raw");
}

#[test]
fn the_program_in_the_header_transcribes_people() {
    let (Some(_), Some((samples, said))) = (model(), recording()) else { return };
    let installed = Installed::new();
    let (source, audio) = (installed.0.path().join("first.c"), installed.0.path().join("raw"));
    fs::write(&source, crate::header::opening_program(&crate::header::generate())).unwrap();
    fs::write(&audio, bytes(&samples)).unwrap();
    let program = installed.program(&source);
    // The program names its model relative to the folder it is started in.
    let transcript = run(Command::new(program).stdin(File::open(audio).unwrap()).current_dir(root()));
    assert_eq!(texts(&transcript), said);
}

#[test]
fn the_example_says_what_is_wrong_and_exits_with_1() {
    let installed = Installed::new();
    let unusual = installed.0.path().join("unusual.wav");
    write_wav(&unusual, &[0; 100], 24, hound::SampleFormat::Int);
    let program = installed.program(&root().join("examples/c/transcribe.c"));
    for (arguments, complaint) in [
        (&["no/such/model"][..], "transcribe: model_not_found: "),
        (&["m", "no/such/file"], "transcribe: no/such/file: cannot be opened"),
        (&["m", unusual.to_str().unwrap()], "transcribe: wav: not 16-bit or float PCM"),
        (&[], "transcribe: usage: "),
    ] {
        let done = Command::new(&program).args(arguments).stdin(Stdio::null()).output().unwrap();
        let said = String::from_utf8(done.stderr).unwrap();
        assert_eq!(done.status.code(), Some(1), "{said}");
        assert!(said.starts_with(complaint), "{said}");
    }
}
