//! The English sentences.

use super::Sentence;

/// Words that need help at once.
pub(super) const RED_FLAGS: &[&str] = &[
    "chest pain",
    "chest pains",
    "pain in my chest",
    "pain in the chest",
    "pressure in my chest",
    "tightness in my chest",
    "my chest hurts",
    "cannot breathe",
    "can't breathe",
    "can not breathe",
    "not able to breathe",
    "unable to breathe",
    "hard to breathe",
    "trouble breathing",
    "short of breath",
    "choking",
    "kill myself",
    "end my life",
    "hurt myself",
    "harm myself",
    "suicide",
    "want to die",
    "going to faint",
    "passed out",
    "lost consciousness",
    "bleeding heavily",
    "heavy bleeding",
    "cannot move my arm",
    "can't move my arm",
    "face is drooping",
    "having a stroke",
    "heart attack",
    "having a seizure",
    "took an overdose",
];

/// Words that deny what follows.
pub(super) const NEGATIONS: &[&str] =
    &["no", "not", "never", "without", "don't", "dont", "doesn't", "didn't", "haven't", "isn't", "denies"];

#[allow(clippy::enum_glob_use, clippy::too_many_lines, reason = "a table of all sentences")]
pub(super) fn text(sentence: Sentence<'_>) -> String {
    use Sentence::*;
    let fixed = match sentence {
        Greeting { title } => return format!("Hello. This is the questionnaire: {title}."),
        SayNumberBetween { low, high } => return format!("Please say a number from {low} to {high}."),
        SayQuantity { unit } => return format!("Please say the number, in {unit}."),
        SayOneOf { options } => return format!("Please say one of these: {options}."),
        SaySomeOf { options } => return format!("Please say all that apply: {options}."),
        DigitsWrong { heard } => return format!("I heard {heard}, and that cannot be the whole number."),
        IsItRight { answer } => return format!("You said: {answer}. Is that right?"),
        IsItRecorded { answer } => return format!("Our records say: {answer}. Is that right?"),
        AskAnotherOf { group } => return format!("{group}: is there another one? Please say yes or no."),
        AnswerBefore { answer } => {
            return format!("Your answer was: {answer}. Say a new answer, or say continue to keep it.");
        }
        NoHuman { health } => {
            return format!(
                "Nobody can take the call now. You can reach the health line at {health}. Let's go on."
            );
        }
        Emergency { emergency, health } => {
            return format!(
                "This may need help right now. Please call {emergency} at once. For medical advice you can call {health}."
            );
        }
        Clinician { emergency, health } => {
            return format!(
                "Thank you for telling me. A member of the care team will be informed. If you are in danger now, call {emergency}. For medical advice you can call {health}."
            );
        }
        IsItHappening { words } => {
            return format!("You mentioned: {words}. Is that happening to you now?");
        }
        Progress { answered, total } => return format!("{answered} of {total} questions are answered."),
        AskConsent => {
            "Your answers will be recorded and given to your care team. Do you agree to begin? Please say yes or no."
        }
        ConsentRefused => "All right, I will not ask any questions. Thank you, and goodbye.",
        AskIsPatient => "Are you the patient? Say yes, or say no if you answer for the patient.",
        ProxyNoted => "Thank you. Please answer on behalf of the patient.",
        AskBirthDate => "First I need to know who is speaking. What is the patient's date of birth?",
        AskLastDigits => {
            "First I need to know who is speaking. What are the last four digits of the patient's identity number?"
        }
        IdentityWrong => "That does not match our records. Please try again.",
        IdentityConfirmed => "Thank you, that matches our records.",
        IdentityFailed => "I could not confirm who is speaking, so I cannot ask the questions.",
        SayYesOrNo => "Please say yes or no.",
        SayNumber => "Please say a number.",
        SayBloodPressure => "Please say both numbers, such as 120 over 80.",
        SayDate => "Please say the day, the month and the year.",
        SayDateAndTime => "Please say the day and the time.",
        SayTime => "Please say the time, such as half past three in the afternoon.",
        SayDuration => "Please say how long, such as three days.",
        SayDigits => "Please say the digits one after the other.",
        SayText => "Please answer in your own words.",
        NotHeard => "I did not hear anything.",
        NotUnderstood => "I did not understand that.",
        SayInPairs => "Please say the digits again, two at a time.",
        GoOnWithDigits => "Go on with the next digits.",
        OutOfRange => "That is outside of what can be recorded here.",
        TooManyDecimals => "That has more decimal places than can be recorded here.",
        TooLong => "That is longer than can be recorded here. Please say it more briefly.",
        NotAccepted => "That cannot be recorded here.",
        Implausible => "That reading is unlikely.",
        PressuresReversed => "The first number should be higher than the second.",
        MeasureAgain => "Please rest for a moment, measure again, and tell me the new reading.",
        Corrected => "All right, let's try again.",
        AskAnother => "Is there another one? Say it, or say that's all.",
        NoQuestionBefore => "This is the first question.",
        MustBeAnswered => "This question is needed. If you would rather not answer it, say skip once more.",
        Skipped => "All right, we leave that out.",
        SkippedUnanswered => "I will leave this question open for now.",
        UnsureAgain => "If you are not certain, give your best answer, or say again that you don't know.",
        UnsureNoted => "All right, I note that you don't know.",
        Slower => "All right, I will speak more slowly.",
        MeasureNow => "Take your time to measure. Tell me the reading when you have it.",
        Hold => "All right, take your time. Say continue when you are ready.",
        StillHolding => "I am still here. Take your time.",
        HoldOver => "Let's go on.",
        GoOn => "Thank you. Let's go on.",
        OfferKeypadAndHuman => {
            "I still cannot understand. You can type your answer on the keypad, or say human to speak with a person."
        }
        OfferKeypad => "I still cannot understand. You can type your answer on the keypad.",
        OfferHuman => "I still cannot understand. You can say human to speak with a person.",
        OfferSkip => "I still cannot understand. You can answer again, or say skip.",
        StillThere => "Are you still there? Please answer, or say wait if you need time.",
        EndedBySilence => "I cannot hear you, so I end here. Your answers so far are kept. Goodbye.",
        EndedByTime => "The time for this call is over. Your answers so far are kept. Goodbye.",
        Stopped => "All right, we stop here. Your answers so far are kept. Thank you, and goodbye.",
        HumanComes => "All right, I am passing you to a person. Please stay on the line.",
        HumanCallsBack => "All right, a person will call you back. Your answers so far are kept.",
        Help => {
            "You can say: repeat, back, skip, slower, wait, stop, or human. You can also say that you don't know."
        }
        Completed => "That was the last question. Your answers are recorded. Thank you, and goodbye.",
        Incomplete => {
            "That was the last question. Some questions are still open, and the care team will see that. Thank you, and goodbye."
        }
    };
    fixed.to_owned()
}
