//! Text to speech through the program that users run.

use std::fs;
use std::io::{Read as _, Write as _};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

use voice_core::audio::wav;
use voice_core::{Engine, Grammar, SttEvent, SttOptions};
use voice_tests::{has_espeak, server};

fn program() -> Command {
    let mut command = Command::new(server::program());
    command.current_dir(std::env::temp_dir());
    for variable in ["VOICE_TTS_VOICES", "TTS_HOME", "VOICE_ONNXRUNTIME", "VOICE_ESPEAK"] {
        command.env_remove(variable);
    }
    command
}

/// A folder and the file in it that is spoken to.
struct Spoken {
    _folder: tempfile::TempDir,
    path: PathBuf,
}

impl Spoken {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.wav");
        Self { _folder: folder, path }
    }

    fn try_say(&self, arguments: &[&str]) -> Output {
        program().arg("say").args(arguments).arg("-o").arg(&self.path).output().unwrap()
    }

    fn samples(&self) -> (u32, Vec<i16>) {
        let mut reader = wav::Reader::open(&self.path).unwrap();
        let rate = reader.format().sample_rate();
        let (mut samples, mut block) = (Vec::new(), Vec::new());
        loop {
            reader.read(1_000, &mut block).unwrap();
            if block.is_empty() {
                return (rate, samples);
            }
            samples.extend(block.as_chunks().0.iter().map(|bytes| i16::from_le_bytes(*bytes)));
        }
    }
}

/// Speaks with the voice that is always there.
fn say(arguments: &[&str]) -> (u32, Vec<i16>) {
    let spoken = Spoken::new();
    let output = spoken.try_say(arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    spoken.samples()
}

fn voice(name: &str) -> String {
    voice_tests::root().join("tests/voices").join(name).to_str().unwrap().to_owned()
}

#[test]
fn our_own_recognizer_understands_the_digits_and_answers_that_the_fallback_voice_speaks() {
    if !has_espeak() {
        return;
    }
    let engine = Engine::open(voice_tests::shipped_model()).unwrap();
    let words =
        ["صفر", "واحد", "اثنان", "ثلاثة", "أربعة", "خمسة", "ستة", "سبعة", "ثمانية", "تسعة", "نعم", "لا"];
    let mut wrong = Vec::new();
    for word in words {
        // Numbers are read first, as a text has them.
        let text = words[..10]
            .iter()
            .position(|digit| *digit == word)
            .map_or(word.to_owned(), |digit| digit.to_string());
        let (rate, samples) = say(&[&text, "--language", "ar", "--rate", "16000"]);
        assert_eq!(rate, 16_000);
        let options = SttOptions {
            grammar: Some(Grammar::new(words).unwrap()),
            // The voice is no human one: the test is about the words.
            vad: voice_core::VadMode::Always,
            ..SttOptions::default()
        };
        let mut session = engine.stt_session(options).unwrap();
        let silence = [0u8; 9_600];
        session.push(&silence).unwrap();
        session.push(&voice_tests::recordings::bytes(&samples)).unwrap();
        session.push(&silence).unwrap();
        session.finish().unwrap();
        let mut heard = String::new();
        while let Some(event) = session.next_event().unwrap() {
            if let SttEvent::Final(transcript) = event {
                heard = transcript.text;
            }
        }
        if heard != word {
            wrong.push((word, heard));
        }
    }
    // A model trained on people hears a machine.
    assert!(wrong.len() <= 2, "{wrong:?}");
}

#[test]
fn a_neural_voice_speaks_at_any_rate_and_speed() {
    if !has_espeak() {
        return;
    }
    let text = "One and two are three, and four is more.";
    let length = |arguments: &[&str]| {
        let (rate, samples) = say(&[&[text, "--voice", &voice("tiny-piper.onnx")], arguments].concat());
        let loudest = samples.iter().map(|sample| sample.unsigned_abs()).max().unwrap();
        assert!(loudest > 3_000, "it is silent");
        (rate, samples.len() as f64 / f64::from(rate))
    };
    let (rate, seconds) = length(&[]);
    assert_eq!(rate, 22_050);
    assert_eq!(length(&["--rate", "8000"]).0, 8_000);
    let (_, fast) = length(&["--speed", "2"]);
    assert!((0.35..0.75).contains(&(fast / seconds)), "{fast} s instead of {seconds} s");
}

/// `say` with pipes for its text and its samples.
fn say_what_is_piped() -> Child {
    program()
        .args(["say", "-", "-o", "-", "--rate", "16000"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

#[test]
fn text_that_arrives_is_spoken_and_bare_samples_go_to_a_pipe() {
    if !has_espeak() {
        return;
    }
    let mut child = say_what_is_piped();
    child.stdin.take().unwrap().write_all("The first line.\nThe second line.\n".as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    assert!(output.stdout.len() > 2 * 16_000, "{} bytes", output.stdout.len());
}

#[test]
fn words_are_spoken_before_the_line_ends_wherever_their_bytes_are_cut() {
    if !has_espeak() {
        return;
    }
    let mut child = say_what_is_piped();
    let mut input = child.stdin.take().unwrap();
    let mut output = child.stdout.take().unwrap();
    for byte in "قال الطبيب إن الموعد غداً، ثم ".bytes() {
        input.write_all(&[byte]).unwrap();
    }
    // Neither a line end nor the end of the input has come.
    let mut first = [0; 3_200];
    output.read_exact(&mut first).unwrap();
    input.write_all("انتهى".as_bytes()).unwrap();
    drop(input);
    let mut rest = Vec::new();
    output.read_to_end(&mut rest).unwrap();
    assert!(child.wait().unwrap().success());
    assert!(rest.len() > 16_000, "{} bytes", rest.len());
}

#[test]
fn file_of_opus_has_the_duration_of_the_wav_file() {
    if !has_espeak() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let [wav, opus] = ["speech.wav", "speech.Opus"].map(|name| folder.path().join(name));
    for path in [&wav, &opus] {
        let output =
            program().args(["say", "One two three.", "--rate", "24000", "-o"]).arg(path).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let ms = |path: &PathBuf| {
        let mut reader = voice_core::audio::file::Reader::open(path).unwrap();
        let mut block = Vec::new();
        reader.read(60_000, &mut block).unwrap();
        reader.format().duration_of(block.len()).as_millis()
    };
    assert!(fs::read(&opus).unwrap().starts_with(b"OggS"));
    assert!(ms(&wav).abs_diff(ms(&opus)) <= 1, "{} and {} ms", ms(&wav), ms(&opus));
}

#[test]
fn text_that_is_not_utf8_is_an_error() {
    for bytes in [&b"hello \xff"[..], b"hello \xd8"] {
        let mut child = program()
            .args(["say", "-", "-o", "/dev/null"])
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(bytes).unwrap();
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(1) && said.contains("UTF-8"), "{said}");
    }
}

#[test]
fn markup_and_a_lexicon_change_what_is_heard() {
    if !has_espeak() {
        return;
    }
    let seconds = |arguments: &[&str]| {
        let (rate, samples) = say(arguments);
        samples.len() as f64 / f64::from(rate)
    };
    let plain = seconds(&["--ssml", "<speak>One. Two.</speak>"]);
    let paused = seconds(&["--ssml", "<speak>One. <break time='2s'/> Two.</speak>"]);
    assert!((1.4..2.1).contains(&(paused - plain)), "{plain} s and {paused} s");
    let lexicon = tempfile::NamedTempFile::new().unwrap();
    fs::write(&lexicon, "XYZ\tthe central hospital of the whole country\n").unwrap();
    let short = seconds(&["Go to XYZ now."]);
    let long = seconds(&["Go to XYZ now.", "--lexicon", lexicon.path().to_str().unwrap()]);
    assert!(long > short + 0.5, "{short} s and {long} s");
}

#[test]
fn what_cannot_be_spoken_is_told_with_its_code() {
    for (arguments, code) in [
        (&["hello", "--speed", "100"][..], "option_invalid"),
        (&["--ssml", "<speak>&bomb;</speak>"], "ssml_invalid"),
        (&["hello", "--rate", "1"], "audio_format_unsupported"),
        (&["hello", "--lexicon", "/nowhere"], "io"),
        (&["hello", "--language", "a b"], "option_invalid"),
        (&["...", "--language", "en"], "text_empty"),
        (&["\u{202e}\u{200b} —"], "text_empty"),
        (&[""], "text_empty"),
        (&["--ssml", "<speak><mark name='a'/></speak>"], "text_empty"),
    ] {
        if !has_espeak() {
            return;
        }
        let spoken = Spoken::new();
        let output = spoken.try_say(arguments);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains(&format!("voice-server: {code}: ")), "{said}");
        assert!(!spoken.path.exists(), "{arguments:?}: a file without audio");
    }
}

#[test]
fn a_named_voice_that_fails_is_an_error() {
    if !has_espeak() {
        return;
    }
    let damaged = tempfile::tempdir().unwrap();
    let damaged = damaged.path().join("damaged.onnx");
    fs::copy(voice("tiny-piper.onnx.json"), damaged.with_extension("onnx.json")).unwrap();
    fs::write(&damaged, "no model").unwrap();
    let configured = format!("en={}", damaged.display());
    for (name, code, told) in [
        (&*voice("none.onnx"), "model_not_found", "check the path"),
        (damaged.to_str().unwrap(), "model_invalid", "damaged.onnx"),
        ("damaged", "model_invalid", "damaged.onnx"),
        ("en_US-jo-medium", "model_not_found", "ar_JO-kareem-medium"),
        ("espeak-ng-xx", "model_not_found", "xx"),
    ] {
        let spoken = Spoken::new();
        let output = program()
            .args(["say", "hello", "--voice", name, "-o"])
            .arg(&spoken.path)
            .env("VOICE_TTS_VOICES", &configured)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{name}: {said}");
        assert!(said.contains(code) && said.contains(told), "{name}: {said}");
        assert!(!spoken.path.exists(), "{name}: another voice spoke");
    }
}

#[test]
fn voices_are_known_by_every_name_that_is_shown() {
    if !has_espeak() {
        return;
    }
    let configured = format!("en={}", voice("tiny-piper.onnx"));
    for name in ["espeak", "espeak-ng", "espeak-ng-en", "tiny-piper", "tiny-piper.onnx"] {
        let output = program()
            .args(["say", "hello", "--voice", name, "-o", "-"])
            .env("VOICE_TTS_VOICES", &configured)
            .output()
            .unwrap();
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        assert!(output.stdout.len() > 4_000, "{name}");
    }
}

#[test]
fn without_the_libraries_there_is_an_error_that_says_what_to_install() {
    let say = |arguments: &[&str]| {
        let output = program()
            .args(["say", "hello", "-o", "/dev/null"])
            .args(arguments)
            .env("VOICE_ESPEAK", "/nowhere/libespeak-ng.so")
            .env("VOICE_ONNXRUNTIME", "/nowhere/libonnxruntime.so")
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1));
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let said = say(&[]);
    assert!(said.contains("engine_unavailable") && said.contains("espeak-ng"), "{said}");
    let said = say(&["--voice", &voice("tiny-piper.onnx")]);
    assert!(said.contains("engine_unavailable") && said.contains("ONNX Runtime"), "{said}");
}

#[test]
fn show_prints_how_a_text_is_read() {
    if !has_espeak() {
        return;
    }
    let lexicon = tempfile::NamedTempFile::new().unwrap();
    fs::write(&lexicon, "Panadol\tبنادول\n8\t/θamaːnija/\n").unwrap();
    let show = |arguments: &[&str]| {
        let output = program().args(["say", "--show"]).args(arguments).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(0), "{said}");
        // Numbers and units have vowel signs.
        let shown = String::from_utf8(output.stdout).unwrap();
        (shown.replace(|c: char| ('\u{64b}'..='\u{652}').contains(&c), ""), said)
    };
    let text = "خذ حبة Panadol كل 8 ساعات. Take it with MRI at 5 pm.";
    let (shown, _) = show(&[text]);
    for line in [
        "clause 1 (ar, bytes 0-38): خذ حبة Panadol كل 8 ساعات.",
        "  voice:    espeak-ng-ar (ar)",
        "  spoken:   خذ حبة Panadol كل ثماني ساعات.",
        "clause 2 (en, bytes 39-64): Take it with MRI at 5 pm.",
        "  voice:    espeak-ng-en (en)",
        "  spoken:   Take it with MRI at five p m.",
    ] {
        assert!(shown.lines().any(|shown| shown == line), "{line}: {shown}");
    }
    assert_eq!(shown.lines().filter(|line| line.starts_with("  phonemes: ")).count(), 2, "{shown}");
    let (shown, _) = show(&[text, "--lexicon", lexicon.path().to_str().unwrap()]);
    assert!(shown.contains("spoken:   خذ حبة بنادول كل /θamaːnija/ ساعات."), "{shown}");
    let (_, warned) = show(&["--ssml", "<speak xml:lang='en'>One <lang xml:lang='tlh'>two</lang></speak>"]);
    assert!(warned.contains("voice-server: model_not_found: ") && warned.contains("tlh"), "{warned}");
    let silent = program().args(["say", "--show", "..."]).output().unwrap();
    assert_eq!(silent.status.code(), Some(1));
    let both = program().args(["say", "--show", "a", "-o", "-"]).output().unwrap();
    assert!(String::from_utf8_lossy(&both.stderr).contains("option_invalid"));
    let neither = program().args(["say", "a"]).output().unwrap();
    assert_eq!(neither.status.code(), Some(2));
}

#[test]
fn words_of_other_languages_are_spoken_by_configured_voices() {
    if !has_espeak() {
        return;
    }
    let configured = format!("espeak-ng-ar,en={}", voice("tiny-piper.onnx"));
    let output = program()
        .args(["say", "--show", "برنامج Windows متوفر الآن."])
        .env("VOICE_TTS_VOICES", configured)
        .output()
        .unwrap();
    let shown = String::from_utf8_lossy(&output.stdout).into_owned();
    let voices: Vec<_> = shown.lines().filter_map(|line| line.strip_prefix("  voice:    ")).collect();
    assert_eq!(voices, ["espeak-ng-ar (ar)", "tiny-piper (en-US)", "espeak-ng-ar (ar)"], "{shown}");
}
