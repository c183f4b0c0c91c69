//! The order of an interview, answers, confirmations, corrections and commands.

use super::*;
use crate::interview::identity::IdentityCheck;
use crate::interview::options::{HumanHelp, Populated};
use crate::interview::response::Confirmation;

fn yes_no() -> Json {
    json!([
        question("fever", "Do you have a fever?", "boolean"),
        question("cough", "Do you cough?", "boolean")
    ])
}

#[test]
fn consent_and_respondent_come_first_and_are_recorded() {
    let options = InterviewOptions { asks_consent: true, asks_respondent: true, ..plain() };
    let form = form(yes_no());
    let mut host = Host::new(Interview::new(Arc::clone(&form), options.clone()).unwrap());
    assert!(host.said.join(" ").contains("Do you agree to begin?"));
    assert!(host.hear("yes").contains("Are you the patient?"));
    assert!(host.hear("no").contains("on behalf of the patient. Do you have a fever?"));
    assert!(host.hear("yes").contains("Do you cough?"));
    assert!(host.hear("no").contains("That was the last question."));
    assert_eq!(host.end, Some((ResponseStatus::Completed, EndReason::Asked)));
    let fhir = host.fhir();
    assert_eq!((&fhir["status"], &fhir["source"]["type"]), (&json!("completed"), &json!("RelatedPerson")));
    let extensions = fhir["extension"].as_array().unwrap();
    assert!(extensions.contains(&json!({ "url": "urn:libvoice:consent", "valueBoolean": true })));
    assert!(extensions.contains(&json!({ "url": "urn:libvoice:respondent", "valueCode": "proxy" })));

    let mut refused = Host::new(Interview::new(form, options).unwrap());
    refused.hear("no");
    assert_eq!(refused.end, Some((ResponseStatus::Stopped, EndReason::NoConsent)));
    assert_eq!(refused.interview.records().consent, Some(false));
}

#[test]
fn identity_is_checked_before_questions() {
    let check = IdentityCheck::birth_date("1980-05-17".parse().unwrap(), b"a salt of a test").unwrap();
    let new = || Host::with(yes_no(), |it| it.identity = Some(check.clone()));
    let mut right = new();
    assert!(right.said.join(" ").contains("date of birth"));
    right.give(Input::Keypad("16051980#".into()));
    assert!(right.said.join(" ").contains("does not match"));
    assert!(right.give(Input::Keypad("17051980#".into())).contains("Do you have a fever?"));
    assert_eq!(right.interview.records().is_identified, Some(true));

    let mut wrong = new();
    for _ in 0..3 {
        wrong.give(Input::Keypad("16051980#".into()));
    }
    assert_eq!(wrong.end, Some((ResponseStatus::Stopped, EndReason::NotIdentified)));
    assert_eq!(wrong.interview.records().is_identified, Some(false));
    assert_eq!(wrong.escalated.len(), 1);
    let state = serde_json::to_string(&wrong.interview.state()).unwrap();
    assert!(!state.contains("1980-05"), "the answers to the check are not kept");
}

#[test]
fn groups_and_displays_are_read_in_their_order() {
    let host = host(json!([
        question("hello", "Some questions about today.", "display"),
        with(
            question("group", "First your lungs.", "group"),
            json!({
                "item": [question("cough", "Do you cough?", "boolean")]
            })
        ),
    ]));
    assert_eq!(host.said, ["Some questions about today.", "First your lungs.", "Do you cough?"]);
}

#[test]
fn nested_questions_follow_their_answer() {
    let days = with(
        question("days", "For how many days?", "integer"),
        json!({
            "enableWhen": [{ "question": "cough", "operator": "=", "answerBoolean": true }]
        }),
    );
    let items = json!([with(question("cough", "Do you cough?", "boolean"), json!({ "item": [days] }))]);
    let mut asked = host(items.clone());
    assert!(asked.hear("yes").contains("For how many days?"));
    asked.hear("three");
    assert_eq!(asked.values("days"), [Value::Integer(3)]);
    let mut not_asked = host(items);
    not_asked.hear("no");
    assert_eq!(not_asked.end, Some((ResponseStatus::Completed, EndReason::Asked)));
}

#[test]
fn repeating_question_is_asked_until_that_is_all() {
    for last in ["that's all", "no", "no that's all"] {
        let mut host = host(json!([
            with(question("drug", "Which medicine do you take?", "string"), json!({ "repeats": true })),
            question("cough", "Do you cough?", "boolean"),
        ]));
        assert!(host.hear("aspirin").contains("Is there another one?"));
        assert!(host.hear("metformin").contains("Is there another one?"));
        assert!(host.hear(last).contains("Do you cough?"), "{last}");
        let names: Vec<_> = host.values("drug");
        assert_eq!(names, [Value::String("aspirin".into()), Value::String("metformin".into())]);
    }
}

#[test]
fn repeating_group_is_asked_again_on_yes() {
    let mut host = host(json!([with(
        question("child", "Your children.", "group"),
        json!({
            "repeats": true,
            "item": [question("age", "How old is the child?", "integer")],
        })
    )]));
    assert!(host.hear("three").contains("is there another one?"));
    assert!(host.hear("yes").contains("How old is the child?"));
    host.hear("seven");
    host.hear("no");
    assert_eq!(host.values("age"), [Value::Integer(3), Value::Integer(7)]);
    assert_eq!(host.end, Some((ResponseStatus::Completed, EndReason::Asked)));
}

#[test]
fn unsure_answers_are_confirmed_and_corrected() {
    let mut host =
        host(json!([question("n", "How many?", "integer"), question("m", "How many more?", "integer")]));
    assert!(host.hear_with("five", 0.9).contains("How many more?"), "sure answers are taken");
    assert!(host.hear_with("five", 0.3).contains("You said: 5. Is that right?"));
    assert!(host.values("m").is_empty());
    let mut yes = host.clone();
    yes.hear("yes");
    assert_eq!(yes.values("m"), [Value::Integer(5)]);
    for correction in ["no, six", "no six", "six"] {
        let mut corrected = host.clone();
        let said = corrected.hear_with(correction, 0.95);
        if corrected.end.is_none() {
            assert!(said.contains("You said: 6."), "{correction}: {said}");
            corrected.hear("yes");
        }
        assert_eq!(corrected.values("m"), [Value::Integer(6)], "{correction}");
    }
    let mut no = host.clone();
    assert!(no.hear("no").contains("How many more?"));
    no.hear_with("six", 0.9);
    assert_eq!(no.values("m"), [Value::Integer(6)]);
    let mut again = host;
    again.hear("no");
    again.hear_with("five", 0.3);
    assert_eq!(again.values("m"), [Value::Integer(5)], "the same answer twice is meant");
}

#[test]
fn evidence_tells_how_an_answer_was_given() {
    let mut host =
        host(json!([question("n", "How many?", "integer"), question("m", "How many more?", "integer")]));
    host.hear_with("five", 0.3);
    host.hear("yes");
    host.give(Input::Keypad("7#".into()));
    let given = |link_id: &str| {
        let response = host.interview.response();
        let place = response.first_place(host.interview.form().find(link_id).unwrap());
        response.answers(&place)[0].evidence.clone()
    };
    let spoken = given("n");
    assert_eq!((spoken.raw_words.as_deref(), spoken.confirmation), (Some("five"), Confirmation::Confirmed));
    assert!(spoken.confidence.is_some_and(|confidence| confidence <= 0.3));
    assert_eq!(given("m").confirmation, Confirmation::Keypad);
}

#[test]
fn digits_are_read_back_and_asked_for_in_pairs() {
    let id = with(
        question("id", "Your identity number?", "string"),
        json!({
            "extension": [voice("digits", json!({ "valueCode": "saudi-id" }))]
        }),
    );
    let mut host = host(json!([id]));
    let mut wrong = host.clone();
    assert!(
        wrong.hear("one two three four five six seven eight nine zero one two").contains("two at a time")
    );
    assert_eq!(host.hear("one zero zero"), "", "a pause in a number");
    assert!(host.be_silent().contains("I heard one zero zero, and that cannot be the whole number. Go on"));
    assert_eq!(host.hear("zero zero zero"), "");
    let mut silent = host.clone();
    assert!(silent.be_silent().contains("Go on") && silent.be_silent().contains("two at a time"));
    let said = host.hear("zero zero zero eight");
    assert!(said.contains("one zero zero, zero zero zero, zero zero zero eight. Is that right?"), "{said}");
    host.hear("yes");
    assert_eq!(host.values("id"), [Value::String("1000000008".into())]);
}

#[test]
fn options_are_read_and_chosen() {
    let mut host = host(json!([with(
        question("how", "How do you feel?", "choice"),
        json!({
            "answerOption": [{ "valueString": "good" }, { "valueString": "so-so" }, { "valueString": "bad" }]
        })
    )]));
    assert!(host.said.join(" ").contains("good, so-so, or bad"));
    host.hear("bad");
    assert_eq!(host.values("how"), [Value::String("bad".into())]);
}

#[test]
fn back_keeps_the_answer_until_a_new_one_is_given() {
    let mut host = host(yes_no());
    assert!(host.hear("back").contains("first question"));
    host.hear("yes");
    assert!(host.hear("back").contains("Do you have a fever? Your answer was: yes."));
    assert_eq!(host.values("fever"), [Value::Boolean(true)]);
    let mut kept = host.clone();
    assert!(kept.hear("continue").contains("Do you cough?"));
    assert_eq!(kept.values("fever"), [Value::Boolean(true)]);
    assert!(host.hear("no").contains("Do you cough?"));
    assert_eq!(host.values("fever"), [Value::Boolean(false)]);
}

#[test]
fn skipping_a_required_question_is_asked_twice_and_told() {
    let mut host = host(json!([
        with(question("fever", "Do you have a fever?", "boolean"), json!({ "required": true })),
        question("cough", "Do you cough?", "boolean"),
    ]));
    assert!(host.hear("skip").contains("This question is needed"));
    assert!(host.hear("skip").contains("Do you cough?"));
    assert!(host.hear("skip").contains("still open"));
    assert_eq!(host.end, Some((ResponseStatus::InProgress, EndReason::Asked)));
    assert!(host.fhir().to_string().contains("asked-declined"));
}

#[test]
fn not_knowing_is_recorded_at_the_second_time() {
    let mut host = host(yes_no());
    assert!(host.hear("I don't know").contains("best answer"));
    assert!(host.hear("I don't know").contains("I note that you don't know. Do you cough?"));
}

#[test]
fn stop_is_a_stop() {
    let mut host = host(yes_no());
    host.hear("yes");
    host.hear("stop");
    assert_eq!(host.end, Some((ResponseStatus::Stopped, EndReason::UserStopped)));
    assert_eq!((&host.fhir()["status"], host.values("fever").len()), (&json!("stopped"), 1));
}

#[test]
fn human_is_called() {
    let mut host = Host::with(yes_no(), |it| it.human = HumanHelp::Transfer);
    assert!(host.hear("I want to talk to a human").contains("stay on the line"));
    assert_eq!(host.end, Some((ResponseStatus::Stopped, EndReason::Human)));
    assert_eq!(host.escalated[0].reason.code(), "asked");
    let mut none = Host::with(yes_no(), |it| it.human = HumanHelp::None);
    assert!(none.hear("human").contains("937"));
    assert!(none.end.is_none());
}

#[test]
fn slower_changes_the_speed_of_prompts() {
    let mut interview = Interview::new(form(yes_no()), plain()).unwrap();
    let mut speeds = Vec::new();
    for _ in 0..3 {
        while let Some(action) = interview.next_action() {
            if let Action::Say(prompt) = action {
                speeds.push(prompt.speed);
            }
        }
        interview.handle(Input::Heard(Heard::text("slower please")), Duration::from_secs(1));
    }
    speeds.dedup();
    assert_eq!(speeds, [1.0, 0.8, 0.65]);
}

#[test]
fn three_failures_offer_another_way_and_six_leave_the_question_open() {
    let mut host = host(yes_no());
    assert!(host.hear("purple").contains("I did not understand"));
    host.hear("purple");
    assert!(host.hear("purple").contains("keypad, or say human"));
    host.hear("purple");
    host.hear("purple");
    assert!(host.hear("purple").contains("leave this question open for now. Do you cough?"));
    for _ in 0..6 {
        host.hear("purple");
    }
    assert_eq!(host.end, Some((ResponseStatus::Completed, EndReason::Asked)), "no question was required");
    assert_eq!(host.fhir().get("item"), None);
}

#[test]
fn known_answers_are_confirmed_and_not_asked() {
    let populate = |it: &mut InterviewOptions| {
        it.populated = vec![Populated { link_id: "n".into(), values: vec![Value::Integer(70)] }];
    };
    let items = json!([question("n", "How much do you weigh?", "integer")]);
    let mut right = Host::with(items.clone(), populate);
    assert!(right.said.join(" ").contains("Our records say: 70. Is that right?"));
    right.hear("yes");
    assert_eq!(right.values("n"), [Value::Integer(70)]);
    assert_eq!(right.end, Some((ResponseStatus::Completed, EndReason::Asked)));
    let mut wrong = Host::with(items.clone(), populate);
    let said = wrong.hear("no");
    assert!(said.contains("How much do you weigh?"), "{said}");
    assert!(wrong.values("n").is_empty());
    let mut corrected = Host::with(items, populate);
    corrected.hear_with("no, eighty", 1.0);
    corrected.hear("yes");
    assert_eq!(corrected.values("n"), [Value::Integer(80)]);
}

#[test]
fn typed_and_spoken_answers_are_mixed() {
    let mut host = host(yes_no());
    host.give(Input::Typed("yes".into()));
    host.give(Input::Keypad("2".into()));
    assert_eq!(
        (host.values("fever"), host.values("cough")),
        (vec![Value::Boolean(true)], vec![Value::Boolean(false)])
    );
    assert_eq!(host.end, Some((ResponseStatus::Completed, EndReason::Asked)));
}

#[test]
fn limits_of_the_form_are_told() {
    let limited = with(
        question("n", "From 0 to 10, how bad is it?", "integer"),
        json!({
            "extension": [
                { "url": "http://hl7.org/fhir/StructureDefinition/minValue", "valueInteger": 0 },
                { "url": "http://hl7.org/fhir/StructureDefinition/maxValue", "valueInteger": 10 },
            ]
        }),
    );
    let mut host = host(json!([limited]));
    assert!(
        host.hear("fifty")
            .contains("outside of what can be recorded here. Please say a number from 0 to 10.")
    );
    host.hear("five");
    assert_eq!(host.values("n"), [Value::Integer(5)]);
}

#[test]
fn progress_is_told_now_and_then() {
    let items: Vec<_> = (0..6).map(|at| question(&at.to_string(), "Do you cough?", "boolean")).collect();
    let mut host = Host::with(json!(items), |it| it.progress_every = 2);
    assert!(!host.hear("yes").contains("answered"));
    assert!(host.hear("yes").contains("2 of 6 questions are answered."));
    assert!(!host.hear("yes").contains("answered"));
}

#[test]
fn form_without_the_language_is_refused() {
    let options = InterviewOptions { language: "ar".parse().unwrap(), ..plain() };
    let refused = Interview::new(form(yes_no()), options).unwrap_err();
    assert!(refused.to_string().contains("no translation to ar"), "{refused}");
    let options = InterviewOptions { language: "ko".parse().unwrap(), ..plain() };
    assert!(Interview::new(form(yes_no()), options).unwrap_err().to_string().contains("`ko` is neither"));
}

#[test]
fn state_of_another_form_is_refused() {
    let host = host(yes_no());
    let other = form(json!([question("fever", "Do you have a fever?", "boolean")]));
    assert!(Interview::restore(other, host.interview.state()).is_err());
    let mut state = host.interview.state();
    state.version = 99;
    let refused = Interview::restore(Arc::clone(host.interview.form()), state).unwrap_err();
    assert!(refused.to_string().contains("format 99"));
}

#[test]
fn restored_interview_asks_again() {
    let mut host = host(yes_no());
    host.hear("yes");
    let restored = host.restored();
    assert_eq!(restored.said, ["Do you cough?"]);
    assert_eq!(restored.values("fever"), [Value::Boolean(true)]);
}

#[test]
fn listening_has_the_phrases_of_the_question() {
    let host = host(yes_no());
    let listen = host.listen.unwrap();
    let has = |phrase: &str| listen.phrases.iter().any(|known| known == phrase);
    assert!(has("yes") && has("no") && has("repeat") && has("chest pain"));
    assert!(
        matches!(listen.expect, crate::dialog::Expect::Phrases(phrases) if phrases.contains(&"yes".into()) && !phrases.contains(&"chest pain".into()))
    );
}

#[test]
fn turn_does_not_wait_for_words_that_add_nothing() {
    let mut interview = Interview::new(form(yes_no()), plain()).unwrap();
    let listen = std::iter::from_fn(|| interview.next_action()).find_map(|action| match action {
        Action::Listen(listen) => Some(listen),
        _ => None,
    });
    let crate::dialog::Expect::Phrases(phrases) = listen.unwrap().expect else { panic!("no phrases") };
    assert!(phrases.contains(&"yes".into()) && phrases.contains(&"no".into()));
    let goes_on = |short: &str| phrases.iter().find(|phrase| phrase.starts_with(&format!("{short} ")));
    assert_eq!((goes_on("yes"), goes_on("no")), (None, None));
}

#[test]
fn answer_with_two_meanings_is_read_back() {
    let mut host =
        host(json!([question("pills", "How many pills?", "integer"), question("end", "Done?", "boolean")]));
    assert!(host.hear("five or six").contains("You said: 5. Is that right?"));
    assert!(host.hear("no, six").contains("Done?"));
    assert_eq!(host.values("pills"), [Value::Integer(6)]);
}
