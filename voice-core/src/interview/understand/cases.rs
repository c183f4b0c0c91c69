//! Utterances of patients with their meaning.

use super::tests::{heard_in, options};
use super::*;

/// What is asked.
fn question(name: &str, language: Language) -> Expected {
    let labels = |arabic: &[&str], english: &[&str]| {
        options(if language == Language::Arabic { arabic } else { english })
    };
    let choice = |options| Expected::Choice { options, is_multiple: false, is_open: false };
    let range = |from: u32, to: u32| Some(Decimal::from(from)..=Decimal::from(to));
    match name {
        "yesno" => Expected::YesNo,
        "often" => choice(labels(
            &["أبداً", "عدة أيام", "أكثر من نصف الأيام", "كل يوم تقريباً"],
            &["Not at all", "Several days", "More than half the days", "Nearly every day"],
        )),
        "pain" => choice(labels(
            &["لا يوجد ألم", "خفيف", "متوسط", "شديد"],
            &["No pain", "Mild", "Moderate", "Severe"],
        )),
        "smoking" => choice(labels(
            &["لم أدخن أبداً", "مدخن سابق", "مدخن حالياً"],
            &["Never smoked", "Former smoker", "Current smoker"],
        )),
        "agree" => choice(labels(&["نعم", "لا", "لا أعرف"], &["Yes", "No", "I don't know"])),
        "symptoms" => Expected::Choice {
            options: labels(
                &["صداع", "دوخة", "غثيان", "ألم في البطن", "لا شيء مما سبق"],
                &["Headache", "Dizziness", "Nausea", "Stomach pain", "None of the above"],
            ),
            is_multiple: true,
            is_open: false,
        },
        "place" => Expected::Choice {
            options: labels(&["الظهر", "الركبة", "الكتف"], &["Back", "Knee", "Shoulder"]),
            is_multiple: false,
            is_open: true,
        },
        "count" => Expected::Number { is_whole: true, range: range(0, 120) },
        "degrees" => Expected::Number { is_whole: false, range: range(30, 45) },
        "date" => Expected::Date { range: None },
        "time" => Expected::Time,
        "length" => Expected::Duration,
        "pressure" => Expected::BloodPressure,
        other => panic!("no question {other}"),
    }
}

/// A meaning in the words of the files.
fn written(meaning: &Meaning) -> String {
    match meaning {
        Meaning::Answer(Answer::Value(Value::Boolean(yes))) => if *yes { "yes" } else { "no" }.to_owned(),
        Meaning::Answer(Answer::Value(Value::Integer(value))) => value.to_string(),
        Meaning::Answer(Answer::Value(Value::Decimal(value))) => value.normalize().to_string(),
        Meaning::Answer(Answer::Value(Value::Date(date))) => date.to_string(),
        Meaning::Answer(Answer::Value(Value::Time(time))) => time.to_string()[..5].to_owned(),
        Meaning::Answer(Answer::Value(Value::String(_))) => "text".to_owned(),
        Meaning::Answer(Answer::Options(indices)) => {
            indices.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
        }
        Meaning::Answer(Answer::BloodPressure(systolic, diastolic)) => format!("{systolic}/{diastolic}"),
        Meaning::Answer(Answer::Duration(seconds)) if seconds % 86_400 == 0 => {
            format!("{}d", seconds / 86_400)
        }
        Meaning::Answer(Answer::Duration(seconds)) => format!("{}m", seconds / 60),
        Meaning::Command(command) => command.name().to_owned(),
        Meaning::Unsure => "unsure".to_owned(),
        Meaning::OutOfRange(_) => "out".to_owned(),
        Meaning::Ambiguous(_) => "ambiguous".to_owned(),
        Meaning::NotUnderstood => "none".to_owned(),
        other => format!("{other:?}"),
    }
}

/// The utterances of a file that were understood in another way.
fn wrong(cases: &str, language: Language) -> Vec<String> {
    let mut wrong = Vec::new();
    for case in cases.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        let [name, text, meaning] = case.split(" | ").collect::<Vec<_>>()[..] else { panic!("{case}") };
        let understood = heard_in(text, &question(name, language), language);
        let found = written(&understood.meaning);
        if found != meaning {
            wrong.push(format!("{name} | {text} | {meaning}: {found} ({:.2})", understood.confidence));
        }
    }
    wrong
}

#[test]
fn arabic_answers_are_understood() {
    let wrong = wrong(include_str!("cases/ar.txt"), Language::Arabic);
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn english_answers_are_understood() {
    let wrong = wrong(include_str!("cases/en.txt"), Language::English);
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}
