//! Tests of the options of a dialog.

use super::*;
use crate::error::voice_code;
use crate::options::tests::zero;

fn check(options: &voice_dialog_options) -> Result<DialogOptions, voice_code> {
    // SAFETY: the lists of the tests are slices, or refused unread.
    let rules = unsafe { options.rules(&LanguageTag::undetermined()) }.map_err(|error| error.code())?;
    rules.validate().map_err(|error| voice_code::from(error.kind()))?;
    Ok(rules)
}

fn given() -> voice_dialog_options {
    zero()
}

fn text(text: &str) -> voice_text {
    voice_text { ptr: text.as_ptr().cast(), len: text.len() }
}

#[test]
fn zero_is_default() {
    assert_eq!(check(&given()).unwrap(), DialogOptions::default());
    assert_eq!(given().ahead_ms().unwrap(), 2_000);
    // SAFETY: no pointers.
    let expected = unsafe { zero::<voice_expect_options>().checked() }.unwrap();
    assert_eq!(expected, (Expect::Open, GrammarUpdate::Unchanged));
}

#[test]
fn every_field_is_passed() {
    let (backchannels, stops) = ([text("yes"), text("all right")], [text("wait")]);
    let options = check(&voice_dialog_options {
        decider: voice_decider::Never as u32,
        echo_canceller: voice_echo_canceller::None as u32,
        min_words: 2,
        min_voice_ms: 300,
        decision_ms: 400,
        warm_up_ms: 500,
        complete_ms: 110,
        open_min_ms: 120,
        open_max_ms: 130,
        incomplete_min_ms: 140,
        incomplete_max_ms: 150,
        eager_ms: 160,
        idle_ms: 1_700,
        audio_gap_ms: 1_800,
        ahead_ms: 200,
        backchannels: backchannels.as_ptr(),
        backchannels_len: 2,
        stop_words: stops.as_ptr(),
        stop_words_len: 1,
        ..given()
    });
    let expected = DialogOptions {
        barge_in: BargeIn {
            decider: Decider::Never,
            min_words: 2,
            min_voice_ms: Some(300),
            decision_ms: 400,
            warm_up_ms: 500,
        },
        turn_end: TurnEndRules {
            complete_ms: 110,
            open_ms: 120..=130,
            incomplete_ms: 140..=150,
            eager_ms: 160,
            idle_ms: 1_700,
            audio_gap_ms: 1_800,
        },
        echo_canceller: EchoCanceller::None,
        words: ListenerWords::new(&["yes", "all right"], &["wait"]),
    };
    assert_eq!(options, Ok(expected));
}

#[test]
fn negative_is_none() {
    let options = check(&voice_dialog_options { min_voice_ms: -1, warm_up_ms: -1, ..given() }).unwrap();
    assert_eq!((options.barge_in.min_voice_ms, options.barge_in.warm_up_ms), (None, 0));
}

#[test]
fn one_end_of_a_range_moves_the_other() {
    let options =
        check(&voice_dialog_options { open_min_ms: 900, incomplete_max_ms: 1_000, ..given() }).unwrap();
    assert_eq!((options.turn_end.open_ms, options.turn_end.incomplete_ms), (900..=900, 1_000..=1_000));
    let crossed = voice_dialog_options { open_min_ms: 900, open_max_ms: 800, ..given() };
    assert_eq!(check(&crossed), Err(voice_code::OptionInvalid));
}

#[test]
fn values_outside_their_range_are_refused() {
    for options in [
        voice_dialog_options { decider: 3, ..given() },
        voice_dialog_options { echo_canceller: 2, ..given() },
        voice_dialog_options { min_words: 257, ..given() },
        voice_dialog_options { min_voice_ms: 100, ..given() },
        voice_dialog_options { decision_ms: 1, ..given() },
        voice_dialog_options { warm_up_ms: 10_001, ..given() },
        voice_dialog_options { idle_ms: 1, ..given() },
        voice_dialog_options { backchannels: std::ptr::dangling(), ..given() },
        voice_dialog_options { stop_words: std::ptr::dangling(), stop_words_len: 1_001, ..given() },
    ] {
        assert_eq!(check(&options), Err(voice_code::OptionInvalid), "{options:?}");
    }
    assert!(voice_dialog_options { ahead_ms: 99, ..given() }.ahead_ms().is_err());
    assert!(voice_dialog_options { ahead_ms: 30_001, ..given() }.ahead_ms().is_err());
}

#[test]
fn expectation_has_its_grammar() {
    let phrases = [text("yes"), text("no"), text("[unk]")];
    let expect = |options: voice_expect_options| {
        let options = voice_expect_options { phrases: phrases.as_ptr(), phrases_len: 3, ..options };
        // SAFETY: three phrases.
        unsafe { options.checked() }.map_err(|error| error.code())
    };
    let known = ["yes", "no", "[unk]"];
    let (expected, grammar) = expect(voice_expect_options {
        expect: voice_expect::Phrases as u32,
        grammar: voice_expect_grammar::Phrases as u32,
        ..zero()
    })
    .unwrap();
    assert_eq!(expected, Expect::Phrases(known.map(str::to_owned).into()));
    assert_eq!(grammar, GrammarUpdate::Replaced(Grammar::new(known).unwrap()));
    let digits = |digits| expect(voice_expect_options { expect: 2, digits, grammar: 2, ..zero() });
    assert_eq!(digits(0), Ok((Expect::Digits { count: None }, GrammarUpdate::Removed)));
    assert_eq!(digits(6), Ok((Expect::Digits { count: Some(6) }, GrammarUpdate::Removed)));
    assert_eq!(digits(256), Err(voice_code::OptionInvalid));
    assert_eq!(expect(voice_expect_options { expect: 3, ..zero() }).unwrap().0, Expect::Manual);
    assert_eq!(expect(voice_expect_options { expect: 4, ..zero() }), Err(voice_code::OptionInvalid));
    assert_eq!(expect(voice_expect_options { grammar: 3, ..zero() }), Err(voice_code::OptionInvalid));
}

#[test]
fn options_have_no_padding() {
    let pointers = 4 * size_of::<usize>() + 2 * size_of::<usize>();
    assert_eq!(size_of::<voice_dialog_options>(), 16 * 4 + pointers);
    assert_eq!(size_of::<voice_expect_options>(), 4 * 4 + 2 * size_of::<usize>());
}
