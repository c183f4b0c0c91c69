//! The words of English numbers.

use super::Numeral::{
    self, And, Article, Counted, Dozen, Hundreds, Minus, Oh, Point, Repeat, Scale, Share, Teen, Ten, Tens,
    Unit, Zero,
};
use super::{Form, Times};

pub(super) fn numeral(key: &str) -> Option<Numeral> {
    Some(match key {
        "zero" | "nought" | "naught" => Zero,
        "oh" | "o" => Oh,
        "one" => Unit(1),
        "two" => Unit(2),
        "three" => Unit(3),
        "four" => Unit(4),
        "five" => Unit(5),
        "six" => Unit(6),
        "seven" => Unit(7),
        "eight" => Unit(8),
        "nine" => Unit(9),
        "ten" => Ten,
        "eleven" => Teen(11),
        "twelve" => Teen(12),
        "thirteen" => Teen(13),
        "fourteen" => Teen(14),
        "fifteen" => Teen(15),
        "sixteen" => Teen(16),
        "seventeen" => Teen(17),
        "eighteen" => Teen(18),
        "nineteen" => Teen(19),
        "twenty" => Tens(20),
        "thirty" => Tens(30),
        "forty" | "fourty" => Tens(40),
        "fifty" => Tens(50),
        "sixty" => Tens(60),
        "seventy" => Tens(70),
        "eighty" => Tens(80),
        "ninety" => Tens(90),
        "hundred" => Hundreds(100),
        "thousand" => Scale(1_000, Times::Any),
        "million" => Scale(1_000_000, Times::Any),
        "billion" => Scale(1_000_000_000, Times::Any),
        "trillion" => Scale(1_000_000_000_000, Times::Any),
        "quadrillion" => Scale(1_000_000_000_000_000, Times::Any),
        "dozen" => Dozen,
        "a" | "an" => Article,
        "and" => And,
        "minus" | "negative" => Minus,
        "point" => Point,
        "half" => Share(2, Form::One),
        "halves" => Share(2, Form::Many),
        "quarter" => Share(4, Form::One),
        "quarters" => Share(4, Form::Many),
        "double" => Repeat(2),
        "triple" | "treble" => Repeat(3),
        "quadruple" => Repeat(4),
        "zeros" | "zeroes" | "ohs" => Counted(0),
        "ones" => Counted(1),
        "twos" => Counted(2),
        "threes" => Counted(3),
        "fours" => Counted(4),
        "fives" => Counted(5),
        "sixes" => Counted(6),
        "sevens" => Counted(7),
        "eights" => Counted(8),
        "nines" => Counted(9),
        _ => return share(key),
    })
}

fn share(key: &str) -> Option<Numeral> {
    let one = |key: &str| ordinal(key).filter(|of| (3..=10).contains(of)).map(|of| of as u8);
    if let Some(of) = one(key) {
        return Some(Share(of, Form::AlsoOrdinal));
    }
    let of = one(key.strip_suffix('s')?)?;
    Some(Share(of, Form::Many))
}

pub(super) fn ordinal(key: &str) -> Option<u64> {
    Some(match key {
        "zeroth" => 0,
        "first" => 1,
        "second" => 2,
        "third" => 3,
        "fourth" => 4,
        "fifth" => 5,
        "sixth" => 6,
        "seventh" => 7,
        "eighth" => 8,
        "ninth" => 9,
        "tenth" => 10,
        "eleventh" => 11,
        "twelfth" => 12,
        "thirteenth" => 13,
        "fourteenth" => 14,
        "fifteenth" => 15,
        "sixteenth" => 16,
        "seventeenth" => 17,
        "eighteenth" => 18,
        "nineteenth" => 19,
        "twentieth" => 20,
        "thirtieth" => 30,
        "fortieth" => 40,
        "fiftieth" => 50,
        "sixtieth" => 60,
        "seventieth" => 70,
        "eightieth" => 80,
        "ninetieth" => 90,
        "hundredth" => 100,
        "thousandth" => 1_000,
        "millionth" => 1_000_000,
        _ => return None,
    })
}
