//! C programs, built and run against the library as a user would install it.

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::build::{library, model, recordings, root, run};

/// A folder with the library under the names by which programs find it.
pub(crate) struct Installed(tempfile::TempDir);

impl Installed {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let library = library();
        let beside = library.parent().unwrap().join("..");
        symlink(&library, folder.path().join("libvoice.so")).unwrap();
        let soname = format!("libvoice.so.{}", voice::voice_abi_version());
        symlink(&library, folder.path().join(soname)).unwrap();
        symlink(beside.join("libvosk.so"), folder.path().join("libvosk.so")).unwrap();
        Self(folder)
    }

    pub(crate) fn folder(&self) -> &Path {
        self.0.path()
    }

    /// Compiles `source` with further `flags`, and returns the program.
    pub(crate) fn program(&self, source: &Path, flags: &[&str]) -> PathBuf {
        let program = self.0.path().join(source.file_stem().unwrap());
        let here = self.0.path().display().to_string();
        run(Command::new("cc")
            .args(["-std=c99", "-O1", "-Wall", "-Wextra", "-Wpedantic", "-Werror"])
            .args(flags)
            .arg(format!("-I{}", root().join("include").display()))
            .arg(source)
            .args(["-o", program.to_str().unwrap(), &format!("-L{here}"), "-lvoice"])
            // Comes before cargo's LD_LIBRARY_PATH, which may hold an older build.
            .arg(format!("-Wl,--disable-new-dtags,-rpath,{here}")));
        program
    }

    /// An example program.
    fn example(&self, name: &str) -> Command {
        Command::new(self.program(&root().join("examples/c").join(name), &[]))
    }
}

/// Three commands by one speaker, a pause after each, and their words.
pub(crate) fn recording() -> Option<(Vec<i16>, [&'static str; 3])> {
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

pub(crate) fn bytes(samples: &[i16]) -> Vec<u8> {
    samples.iter().flat_map(|sample| sample.to_le_bytes()).collect()
}

pub(crate) fn write_wav(
    path: &Path,
    samples: &[i16],
    bits_per_sample: u16,
    sample_format: hound::SampleFormat,
) {
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

/// The same, 16-bit mono.
pub(crate) fn write_mono_wav(path: &Path, samples: &[i16]) {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 16_000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut wav = hound::WavWriter::create(path, spec).unwrap();
    for &sample in samples {
        wav.write_sample(sample).unwrap();
    }
    wav.finalize().unwrap();
}

/// Checks that a WAV file holds half a second of sound or more.
pub(crate) fn is_speech(path: &Path) {
    let mut wav = hound::WavReader::open(path).unwrap();
    assert_eq!((wav.spec().channels, wav.spec().bits_per_sample), (1, 16));
    let samples: Vec<_> = wav.samples::<i16>().map(Result::unwrap).collect();
    assert!(2 * samples.len() as u32 > wav.spec().sample_rate, "{} samples", samples.len());
    assert!(samples.iter().any(|sample| sample.abs() > 500), "{} is silent", path.display());
}

pub(crate) fn texts(transcript: &str) -> Vec<&str> {
    transcript.lines().map(|line| line.split_once(" s  ").map_or(line, |(_, text)| text)).collect()
}

#[test]
fn example_transcribes_recordings() {
    let (Some(model), Some((samples, said))) = (model(), recording()) else { return };
    let installed = Installed::new();
    let file = installed.0.path().join("recording");
    for (bits, format) in [(16, hound::SampleFormat::Int), (32, hound::SampleFormat::Float)] {
        write_wav(&file, &samples, bits, format);
        let transcript = run(installed.example("transcribe.c").args([&model, &file]));
        assert_eq!(texts(&transcript), said, "WAV of {bits} bits");
        let wav = fs::read(&file).unwrap();
        let data = wav.windows(4).position(|name| name == b"data").unwrap();
        // Data after the audio chunk is not audio.
        let behind = [&wav, &b"LIST"[..], &wav[data + 4..]].concat();
        // A live recording has no length yet.
        let unknown = |length: u32| [&wav[..data + 4], &length.to_le_bytes(), &wav[data + 8..]].concat();
        for (what, wav) in [("a LIST", behind), ("length 0", unknown(0)), ("no length", unknown(u32::MAX))] {
            fs::write(&file, wav).unwrap();
            let transcript = run(installed.example("transcribe.c").args([&model, &file]));
            assert_eq!(texts(&transcript), said, "WAV of {bits} bits with {what}");
        }
    }
    fs::write(&file, bytes(&samples)).unwrap();
    let raw = File::open(&file).unwrap();
    assert_eq!(texts(&run(installed.example("transcribe.c").arg(&model).stdin(raw))), said, "raw");
}

#[test]
fn header_program_transcribes_recordings() {
    let (Some(_), Some((samples, said))) = (model(), recording()) else { return };
    let installed = Installed::new();
    let (source, audio) = (installed.0.path().join("first.c"), installed.0.path().join("raw"));
    fs::write(&source, crate::header::opening_program(&crate::header::generate())).unwrap();
    fs::write(&audio, bytes(&samples)).unwrap();
    let program = installed.program(&source, &[]);
    // The program names its model relative to the folder it is started in.
    let transcript = run(Command::new(program).stdin(File::open(audio).unwrap()).current_dir(root()));
    assert_eq!(texts(&transcript), said);
}

#[test]
fn the_example_says_what_is_wrong_and_exits_with_1() {
    let installed = Installed::new();
    let unusual = installed.0.path().join("unusual.wav");
    write_wav(&unusual, &[0; 100], 24, hound::SampleFormat::Int);
    let program = installed.program(&root().join("examples/c/transcribe.c"), &[]);
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

/// Speech at 8 kHz in a program that declares 16 kHz.
#[test]
fn examples_tell_of_a_wrong_sample_rate() {
    let (Some(model), Some(speech)) = (model(), recordings("arabic-speech")) else { return };
    let installed = Installed::new();
    let file = installed.folder().join("raw");
    let mut samples = Vec::new();
    for name in ["ar-AR_Broadband_sample1.wav", "ar-AR_Broadband_sample2.wav"] {
        let mut wav = hound::WavReader::open(speech.join(name)).unwrap();
        samples.extend(wav.samples::<i16>().map(Result::unwrap));
    }
    let slow: Vec<i16> = samples.as_chunks::<2>().0.iter().map(|&[a, b]| a.midpoint(b)).collect();
    for example in ["transcribe.c", "live.c"] {
        for (audio, is_told) in [(&slow, true), (&samples, false)] {
            fs::write(&file, bytes(audio).repeat(2)).unwrap();
            let mut program = installed.example(example);
            let output = program.arg(&model).stdin(File::open(&file).unwrap()).output().unwrap();
            let said = String::from_utf8(output.stderr).unwrap();
            assert!(output.status.success(), "{said}");
            assert_eq!(said.contains("the voices are too high and too fast"), is_told, "{example}: {said}");
        }
    }
}

#[test]
fn live_example_prints_partials() {
    let (Some(model), Some((samples, said))) = (model(), recording()) else { return };
    let installed = Installed::new();
    let file = installed.folder().join("raw");
    fs::write(&file, bytes(&samples)).unwrap();
    let live = |phrases: &[&str]| {
        let raw = File::open(&file).unwrap();
        run(installed.example("live.c").arg(&model).args(phrases).stdin(raw))
    };
    let shown = live(&[]);
    assert!(shown.starts_with("listening with ar-commands\n"), "{shown}");
    let finals: Vec<_> = shown.lines().filter(|line| line.contains(" s  ")).collect();
    assert_eq!(finals.iter().map(|line| texts(line)[0]).collect::<Vec<_>>(), said, "{shown}");
    let partials = shown.matches(" ...").count();
    assert!(partials >= said.len(), "{shown}");
    // Only phrases of the grammar are recognized.
    let shown = live(&[said[1], "[unk]"]);
    assert!(shown.contains(said[1]) && !shown.contains(said[2]), "{shown}");
}

#[test]
fn speak_example_writes_audio() {
    if crate::build::engine().is_none() {
        return;
    }
    let installed = Installed::new();
    let (text, wav) = (installed.folder().join("text"), installed.folder().join("out.wav"));
    // Longer than the program's buffer, so that it is split within a character.
    let words = "نعم و".repeat(200) + ".\nHello, world.\n";
    fs::write(&text, words).unwrap();
    let voices = [crate::build::voice(), "espeak-ng".into(), "espeak-ng-en".into()];
    for voice in &voices {
        let text = File::open(&text).unwrap();
        run(installed.example("speak.c").arg("en").args([voice, &wav]).stdin(text));
        let mut reader = hound::WavReader::open(&wav).unwrap();
        assert_eq!((reader.spec().channels, reader.spec().bits_per_sample), (1, 16));
        let samples: Vec<_> = reader.samples::<i16>().map(Result::unwrap).collect();
        assert!(samples.len() as u32 > reader.spec().sample_rate, "{}: {}", voice.display(), samples.len());
        assert!(samples.iter().any(|sample| sample.abs() > 500), "{} is silent", voice.display());
    }
    let unknown = installed.example("speak.c").args(["en", "no/such/voice"]).arg(&wav).output().unwrap();
    assert_eq!(unknown.status.code(), Some(1), "no other voice speaks");
}

/// What a microphone hears: silence while a text is spoken, a person who interrupts it, and silence again.
pub(crate) fn interruption() -> Option<Vec<i16>> {
    let take = recordings("arabic-commands/val/00000012/cancel/01.flac")?;
    let mut take = claxon::FlacReader::open(take).unwrap();
    let mut samples = vec![0; 4 * 16_000];
    samples.extend(take.samples().map(|sample| i16::try_from(sample.unwrap()).unwrap()));
    samples.resize(samples.len() + 3 * 16_000, 0);
    Some(samples)
}

/// A text that is still being spoken then.
pub(crate) const LONG: &str = "مرحبا بك في عيادة الأسنان. يمكنك حجز موعد جديد، أو تغيير موعدك الحالي، أو التحدث إلى موظف الاستقبال، \
     أو سماع مواعيد العمل، أو ترك رسالة للطبيب، أو الاستماع إلى هذه الخيارات مرة أخرى.";

/// Checks the events of a conversation that a person interrupted, and the audio that was played meanwhile.
pub(crate) fn was_interrupted(events: &str, reply: &Path) {
    let lines: Vec<_> = events.lines().collect();
    let of = |start: &str| {
        let found = lines.iter().position(|line| line.starts_with(start));
        found.unwrap_or_else(|| panic!("no line begins with {start:?}: {events}"))
    };
    assert!(of("speaking greeting") < of("paused") && of("paused") < of("interrupted after: "), "{events}");
    assert!(of("heard: إلغاء") < of("turn ended") && of("turn ended") < of("speaking answer"), "{events}");
    let heard = lines[of("interrupted after: ")].trim_start_matches("interrupted after: ");
    assert!(LONG.starts_with(heard) && !heard.is_empty() && heard.len() < LONG.len(), "{heard}");
    let mut wav = hound::WavReader::open(reply).unwrap();
    let played: Vec<_> = wav.samples::<i16>().map(Result::unwrap).collect();
    let is_loud = |samples: &[i16]| samples.iter().any(|sample| sample.abs() > 500);
    // The text is audible before the person speaks, and nothing between the end of that and the answer.
    assert!(is_loud(&played[2 * 16_000..4 * 16_000]));
    let end = played[4 * 16_000..].windows(3_200).position(|samples| !is_loud(samples));
    assert!(end.is_some(), "the text went on");
}

#[test]
fn conversation_example_is_interrupted() {
    let (Some(model), Some(samples)) = (model(), interruption()) else { return };
    if crate::build::engine().is_none() {
        return;
    }
    let installed = Installed::new();
    let [microphone, reply] = ["microphone.wav", "reply.wav"].map(|name| installed.folder().join(name));
    write_mono_wav(&microphone, &samples);
    let program = installed.program(&root().join("examples/c/conversation.c"), &["-pthread"]);
    let converse = |input: Option<File>, files: &[&Path]| {
        let mut command = Command::new(&program);
        command.arg(&model).args(["ar", "espeak-ng", LONG]).args(files);
        command.stdin(input.map_or_else(Stdio::null, Stdio::from)).output().unwrap()
    };
    let done = converse(None, &[&microphone, &reply]);
    let events = String::from_utf8(done.stderr).unwrap();
    assert!(done.status.success(), "{events}");
    was_interrupted(&events, &reply);
    // Raw audio between pipes comes and goes as fast as the other programs are.
    let raw = installed.folder().join("raw");
    fs::write(&raw, bytes(&samples[..16_000])).unwrap();
    let done = converse(Some(File::open(&raw).unwrap()), &[]);
    assert!(done.status.success());
    assert_eq!(done.stdout.len(), 32_000, "as much as the microphone");
    let refused = converse(None, &[Path::new("no/such/file")]);
    assert!(String::from_utf8_lossy(&refused.stderr).starts_with("conversation: no/such/file"));
}

#[test]
fn python_conversation_is_interrupted() {
    let (Some(model), Some(samples)) = (model(), interruption()) else { return };
    if crate::build::engine().is_none() || !crate::build::has("python3") {
        return;
    }
    let installed = Installed::new();
    let [microphone, reply] = ["microphone.wav", "reply.wav"].map(|name| installed.folder().join(name));
    write_mono_wav(&microphone, &samples);
    let converse = |files: &[&Path]| {
        let mut command = Command::new("python3");
        command.env("VOICE_LIBRARY", installed.folder().join("libvoice.so"));
        command.arg(root().join("examples/python/conversation.py"));
        command.arg(&model).args(["ar", "espeak-ng", LONG]).args(files).stdin(Stdio::null()).output().unwrap()
    };
    let done = converse(&[&microphone, &reply]);
    let events = String::from_utf8(done.stderr).unwrap();
    assert!(done.status.success(), "{events}");
    was_interrupted(&events, &reply);
    let refused = converse(&[Path::new("no/such/file")]);
    let complained = String::from_utf8_lossy(&refused.stderr);
    assert_eq!(refused.status.code(), Some(1), "{complained}");
    assert!(complained.contains("no/such/file"), "{complained}");
}

/// The number of engine cycles: `VOICE_ENGINE_CYCLES`, or a small default.
fn engine_cycles() -> String {
    std::env::var("VOICE_ENGINE_CYCLES").unwrap_or_else(|_| "50".to_owned())
}

#[test]
fn repeated_open_and_free_leaks_no_memory() {
    let Some(model) = model() else { return };
    if crate::build::engine().is_none() {
        return;
    }
    let installed = Installed::new();
    let program = installed.program(&root().join("voice-ffi/tests/c/cycles.c"), &[]);
    let said =
        run(Command::new(program).args([&model, &crate::build::voice()]).args([&engine_cycles(), "10000"]));
    // The last two numbers of each line: KiB before and after.
    let growths: Vec<_> = said
        .lines()
        .map(|line| {
            let numbers = line.split(|c: char| !c.is_ascii_digit()).filter(|word| !word.is_empty());
            let numbers: Vec<i64> = numbers.map(|word| word.parse().unwrap()).collect();
            numbers[2] - numbers[1]
        })
        .collect();
    println!("{said}");
    // What the allocator keeps was given back before each count.
    assert!(matches!(growths[..], [engines, sessions] if engines < 8 << 10 && sessions < 2 << 10), "{said}");
}
