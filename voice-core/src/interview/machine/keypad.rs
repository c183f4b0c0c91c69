//! Answers that are typed on a telephone's keypad.

use rust_decimal::Decimal;

use crate::interview::understand::{Answer, Expected};
use crate::interview::value::{Date, PartialDate, Quantity, Time, Value};

/// The answer of typed digits. `*` is a decimal point, or stands between two numbers; a `#` at the end is dropped.
///
/// Yes is 1 and no is 2. An option is typed by its number on a scale, if each option has one, or by its place. A date is
/// typed as day, month and year in eight digits, a time in four.
pub(super) fn answer(typed: &str, expected: &Expected) -> Option<Answer> {
    let typed = typed.trim().trim_end_matches('#');
    if typed.is_empty()
        || typed.len() > 40
        || !typed.bytes().all(|byte| byte.is_ascii_digit() || byte == b'*')
    {
        return None;
    }
    let number = || typed.replacen('*', ".", 1).parse::<Decimal>().ok();
    Some(match expected {
        Expected::YesNo => Answer::Value(Value::Boolean(match typed {
            "1" => true,
            "2" => false,
            _ => return None,
        })),
        Expected::Number { is_whole: true, range: _ } => Answer::Value(Value::Integer(typed.parse().ok()?)),
        Expected::Number { .. } => Answer::Value(Value::Decimal(number()?)),
        Expected::Quantity { units, .. } => {
            let unit = units.first();
            Answer::Value(Value::Quantity(Quantity {
                value: number()?,
                unit: unit.map(|unit| unit.display.clone()),
                system: None,
                code: unit.map(|unit| unit.code.clone()),
            }))
        }
        Expected::BloodPressure => {
            let (systolic, diastolic) = typed.split_once('*')?;
            Answer::BloodPressure(systolic.parse().ok()?, diastolic.parse().ok()?)
        }
        Expected::Date { .. } => Answer::Value(Value::Date(PartialDate::Day(date(typed)?))),
        Expected::Time => Answer::Value(Value::Time(time(typed)?)),
        Expected::Duration | Expected::DateTime | Expected::Text => return None,
        Expected::Digits(_) => {
            let digits = typed.to_owned();
            if digits.contains('*') {
                return None;
            }
            Answer::Digits { digits, is_repaired: false }
        }
        Expected::Choice { options, .. } => {
            let value = number()?;
            let by_number = options.iter().all(|option| option.number.is_some());
            let at = if by_number {
                options.iter().position(|option| option.number == Some(value))?
            } else {
                let place: usize = typed.parse().ok()?;
                (1..=options.len()).contains(&place).then(|| place - 1)?
            };
            Answer::Options(vec![at])
        }
    })
}

fn date(typed: &str) -> Option<Date> {
    if typed.len() != 8 || typed.contains('*') {
        return None;
    }
    Date::new(typed[4..].parse().ok()?, typed[2..4].parse().ok()?, typed[..2].parse().ok()?)
}

fn time(typed: &str) -> Option<Time> {
    if typed.len() != 4 || typed.contains('*') {
        return None;
    }
    Time::new(typed[..2].parse().ok()?, typed[2..].parse().ok()?, 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interview::understand::{DigitsKind, OptionWords};

    fn option(number: Option<i64>) -> OptionWords {
        OptionWords { number: number.map(Decimal::from), ..OptionWords::default() }
    }

    #[test]
    fn keys_answer_each_kind_of_question() {
        let scale = Expected::Choice {
            options: (0..3).map(|number| option(Some(number))).collect(),
            is_multiple: false,
            is_open: false,
        };
        let list = Expected::Choice { options: vec![option(None); 3], is_multiple: false, is_open: false };
        let number = Expected::Number { is_whole: false, range: None };
        let value = |value| Some(Answer::Value(value));
        for (typed, expected, meaning) in [
            ("1#", &Expected::YesNo, value(Value::Boolean(true))),
            ("2", &Expected::YesNo, value(Value::Boolean(false))),
            ("3", &Expected::YesNo, None),
            ("37*5", &number, value(Value::Decimal("37.5".parse().unwrap()))),
            ("3*7*5", &number, None),
            ("120*80", &Expected::BloodPressure, Some(Answer::BloodPressure(120, 80))),
            ("99999*80", &Expected::BloodPressure, None),
            ("0", &scale, Some(Answer::Options(vec![0]))),
            ("3", &scale, None),
            ("0", &list, None),
            ("3", &list, Some(Answer::Options(vec![2]))),
            ("17051980", &Expected::Date { range: None }, value(Value::Date("1980-05-17".parse().unwrap()))),
            ("31021980", &Expected::Date { range: None }, None),
            ("0730", &Expected::Time, value(Value::Time("07:30:00".parse().unwrap()))),
            ("12", &Expected::Text, None),
            ("#", &Expected::YesNo, None),
            ("1٢", &number, None),
        ] {
            assert_eq!(answer(typed, expected), meaning, "{typed} {expected:?}");
        }
        let digits = Answer::Digits { digits: "0042".into(), is_repaired: false };
        assert_eq!(answer("0042", &Expected::Digits(DigitsKind::Any(Some(4)))), Some(digits));
    }
}
