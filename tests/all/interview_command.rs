//! `voice-server interview`: forms at the terminal, answered by keyboard and by people's recordings.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};
use voice_core::audio::wav;
use voice_tests::recordings::{self, keyword};
use voice_tests::{recordings_or_skip, server};

/// A form in Arabic: a number from 0 to 10, and yes or no.
fn form(folder: &Path) -> PathBuf {
    let limit = |name: &str, value: i32| json!({ "url": format!("http://hl7.org/fhir/StructureDefinition/{name}"), "valueInteger": value });
    let form = json!({
        "resourceType": "Questionnaire", "status": "active", "language": "ar",
        "item": [
            {
                "linkId": "pain", "type": "integer", "text": "ما شدة الألم من صفر إلى عشرة؟",
                "extension": [limit("minValue", 0), limit("maxValue", 10)],
            },
            { "linkId": "fever", "type": "boolean", "text": "هل لديكم حمى؟" },
        ],
    });
    let path = folder.join("form.json");
    fs::write(&path, form.to_string()).unwrap();
    path
}

fn run(arguments: &[&Path], typed: &str) -> Output {
    let mut command = Command::new(server::program())
        .arg("interview")
        .args(arguments)
        .env_remove("VOSK_MODEL_PATH")
        .current_dir(std::env::temp_dir())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    command.stdin.take().unwrap().write_all(typed.as_bytes()).unwrap();
    command.wait_with_output().unwrap()
}

/// The response at the end of the output.
fn response(output: &Output) -> Value {
    let text = String::from_utf8_lossy(&output.stdout);
    let from = text.find("\n{\n").unwrap_or_else(|| panic!("no response: {text}"));
    serde_json::from_str(&text[from..]).unwrap()
}

fn answers(response: &Value) -> Vec<Value> {
    response["item"].as_array().unwrap().iter().map(|item| item["answer"][0].clone()).collect()
}

#[test]
fn form_is_answered_by_keyboard() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(&[&form(folder.path())], "نعم\nنعم\nسبعة\n2#\n");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let response = response(&output);
    assert_eq!((&response["status"], &response["language"]), (&json!("completed"), &json!("ar")));
    let answers = answers(&response);
    assert_eq!((&answers[0]["valueInteger"], &answers[1]["valueBoolean"]), (&json!(7), &json!(false)));
    assert!(String::from_utf8_lossy(&output.stdout).contains("هل لديكم حمى؟"));
}

#[test]
fn end_of_the_input_stops_the_interview_and_keeps_its_answers() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("response.json");
    let output = run(&[&form(folder.path()), Path::new("--output"), &file], "نعم\nنعم\nسبعة\n");
    assert_eq!(output.status.code(), Some(1));
    let response: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    assert_eq!(response["status"], "stopped");
    assert_eq!(answers(&response)[0]["valueInteger"], 7);
}

#[test]
fn wrong_form_is_refused_with_all_its_problems() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("form.json");
    fs::write(
        &path,
        r#"{"resourceType":"Questionnaire","status":"active","item":[{"linkId":"1","type":"x"},{"linkId":"1","type":"y"}]}"#,
    )
    .unwrap();
    let output = run(&[&path], "");
    let problems = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1));
    assert!(problems.contains("item[0].type: `x`") && problems.contains("item[1].type: `y`"), "{problems}");
}

#[test]
fn form_is_answered_by_recordings() {
    let data = recordings_or_skip!();
    let folder = tempfile::tempdir().unwrap();
    let recorded = folder.path().join("answers");
    fs::create_dir(&recorded).unwrap();
    for (number, word) in (1..).zip(["yes", "yes", "seven", "no"]) {
        let mut file =
            wav::Writer::create(&recorded.join(format!("{number}.wav")), recordings::RATE).unwrap();
        file.write(&keyword(&data, recordings::SPEAKER, word)).unwrap();
        file.finish().unwrap();
    }
    let output = run(&[&form(folder.path()), Path::new("--answers"), &recorded], "");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    let answers = answers(&response(&output));
    assert_eq!((&answers[0]["valueInteger"], &answers[1]["valueBoolean"]), (&json!(7), &json!(false)));
}

#[test]
fn answers_of_six_people_are_understood() {
    use voice_bench::interview::{DIGITS, Outcomes, User, engine, scale, yes_no};
    use voice_core::interview::Value;

    let data = recordings_or_skip!();
    let engine = engine().unwrap();
    let (scale, yes_no) = (scale().unwrap(), yes_no().unwrap());
    let mut all = Outcomes::default();
    for speaker in voice_bench::recordings::speakers(&data).unwrap() {
        let mut user = User::new(&data, &speaker).unwrap();
        for (digit, word) in (0..).zip(DIGITS) {
            let said = [keyword(&data, &speaker, word)];
            let right = Value::Integer(digit);
            all.add(user.answer(&engine, &scale, &said, &right, &digit.to_string()).unwrap());
        }
        for (word, yes, read_back) in [("yes", true, "نَعَمْ"), ("no", false, "لَا")] {
            let said = [keyword(&data, &speaker, word)];
            all.add(user.answer(&engine, &yes_no, &said, &Value::Boolean(yes), read_back).unwrap());
        }
    }
    assert_eq!(all.questions, 72);
    assert!(all.first * 100 >= all.questions * 95 && all.wrong_unasked == 0 && all.lost == 0, "{all}");
}
