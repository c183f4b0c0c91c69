//! The words of Arabic numbers.

use super::Numeral::{
    self, And, Bound, BoundHundred, Counted, Dozen, Except, Hundreds, Minus, Point, Preposition, Repeat,
    Scale, Share, Teen, Ten, Tens, Twice, Unit, Zero,
};
use super::{Form, Times};

/// The numerals of a word: of "and" or a preposition that is joined to it, and of the rest.
pub(super) fn push(key: &str, numerals: &mut Vec<Numeral>) -> bool {
    if push_bare(key, numerals) {
        return true;
    }
    let Some(prefix) = key.chars().next() else { return false };
    let rest = &key[prefix.len_utf8()..];
    let before = numerals.len();
    let is_pushed = match prefix {
        'و' => {
            numerals.push(And);
            push_bare(rest, numerals) || push_after_preposition(rest, numerals)
        }
        _ => push_after_preposition(key, numerals),
    };
    if !is_pushed {
        numerals.truncate(before);
    }
    is_pushed
}

/// The numerals of a word after ب or ل. Short words are not taken: لست is a verb.
fn push_after_preposition(key: &str, numerals: &mut Vec<Numeral>) -> bool {
    let Some(rest) = key.strip_prefix(['ب', 'ل']).filter(|rest| rest.chars().count() > 3) else {
        return false;
    };
    numerals.push(Preposition);
    push_bare(rest, numerals)
        && !matches!(
            numerals.last(),
            Some(Share(..) | Counted(_) | Twice(_) | And | Point | Minus | Repeat(_))
        )
}

fn push_bare(key: &str, numerals: &mut Vec<Numeral>) -> bool {
    if let Some(numeral) = numeral(key) {
        numerals.push(numeral);
        return true;
    }
    // خمستلاف
    let thousands = key.strip_suffix("تلاف").and_then(hundreds_stem);
    if let Some(count) = thousands {
        numerals.extend([Unit(count), Scale(1_000, Times::Any)]);
    }
    thousands.is_some()
}

fn numeral(key: &str) -> Option<Numeral> {
    Some(match key {
        "صفر" | "زيرو" => Zero,
        "واحد" | "واحده" | "وحده" => Unit(1),
        "اثنان" | "اثنين" | "اثنتان" | "اثنتين" | "ثنين" | "ثنتين" | "ثنتان" | "اتنين" | "تنين" | "تنتين"
        | "اثنينه" | "ثنينه" => Unit(2),
        "ثلاثه" | "ثلاث" | "ثلاته" | "تلاته" | "تلات" | "تلاثه" => Unit(3),
        "اربعه" | "اربع" => Unit(4),
        "خمسه" | "خمس" => Unit(5),
        "سته" | "ست" => Unit(6),
        "سبعه" | "سبع" => Unit(7),
        "ثمانيه" | "ثماني" | "ثمان" | "ثمنيه" | "تمانيه" | "تماني" | "تمان" | "تمنيه" => {
            Unit(8)
        }
        "تسعه" | "تسع" => Unit(9),
        "احد" | "احدي" => Bound(1),
        "اثنا" | "اثني" | "اثنتا" | "اثنتي" => Bound(2),
        "عشره" | "عشر" => Ten,
        "عشرون" | "عشرين" => Tens(20),
        "ثلاثون" | "ثلاثين" | "تلاتين" | "ثلاتين" | "تلاثين" => Tens(30),
        "اربعون" | "اربعين" => Tens(40),
        "خمسون" | "خمسين" => Tens(50),
        "ستون" | "ستين" => Tens(60),
        "سبعون" | "سبعين" => Tens(70),
        "ثمانون" | "ثمانين" | "ثمنين" | "تمانين" | "تمنين" => Tens(80),
        "تسعون" | "تسعين" => Tens(90),
        "مئه" | "مائه" | "ميه" | "مايه" | "ماءه" => Hundreds(100),
        "مئتان" | "مئتين" | "مئتا" | "مئتي" | "مائتان" | "مائتين" | "مائتا" | "مائتي" | "ميتين" | "ميتان"
        | "مايتين" => Hundreds(200),
        "ميت" => BoundHundred,
        "الف" | "الاف" | "تلاف" | "الوف" => Scale(1_000, Times::Any),
        "الفان" | "الفين" | "الفي" => Scale(1_000, Times::Two),
        "الفا" => Scale(1_000, Times::TwoOrAny),
        "مليون" | "ملايين" | "ملاين" | "مليونات" => Scale(1_000_000, Times::Any),
        "مليونان" | "مليونين" | "مليوني" => Scale(1_000_000, Times::Two),
        "مليونا" => Scale(1_000_000, Times::TwoOrAny),
        "مليار" | "مليارات" | "بليون" | "بلايين" => Scale(1_000_000_000, Times::Any),
        "ملياران" | "مليارين" | "ملياري" | "بليونين" => {
            Scale(1_000_000_000, Times::Two)
        }
        "مليارا" => Scale(1_000_000_000, Times::TwoOrAny),
        "تريليون" | "تريليونات" | "ترليون" => Scale(1_000_000_000_000, Times::Any),
        "تريليونان" | "تريليونين" | "تريليوني" => {
            Scale(1_000_000_000_000, Times::Two)
        }
        "تريليونا" => Scale(1_000_000_000_000, Times::TwoOrAny),
        "كوادريليون" | "كوادريليونات" => Scale(1_000_000_000_000_000, Times::Any),
        "كوادريليونا" => Scale(1_000_000_000_000_000, Times::TwoOrAny),
        "دزينه" | "درزن" | "درزينه" => Dozen,
        "و" => And,
        "الا" => Except,
        "ناقص" | "سالب" | "السالب" => Minus,
        "فاصله" | "فاصل" | "نقطه" | "بوينت" => Point,
        "دبل" | "دوبل" => Repeat(2),
        "تربل" | "تريبل" => Repeat(3),
        "اصفار" | "صفور" => Counted(0),
        "واحدات" => Counted(1),
        "ثلاثات" => Counted(3),
        "اربعات" => Counted(4),
        "خمسات" => Counted(5),
        "ستات" => Counted(6),
        "سبعات" => Counted(7),
        "ثمانيات" | "ثمنيات" => Counted(8),
        "تسعات" => Counted(9),
        "صفرين" | "صفران" => Twice(0),
        "واحدين" => Twice(1),
        "اثنينين" => Twice(2),
        "ثلاثتين" => Twice(3),
        "اربعتين" => Twice(4),
        "خمستين" => Twice(5),
        "ستتين" => Twice(6),
        "سبعتين" => Twice(7),
        "ثمانيتين" | "ثمنيتين" => Twice(8),
        "تسعتين" => Twice(9),
        _ => return share(key).or_else(|| teen(key)).or_else(|| hundreds(key)),
    })
}

/// Shares whose words are those of no number. خمس and others are shares only if their vowels are written.
fn share(key: &str) -> Option<Numeral> {
    let (of, form) = match key {
        "نصف" | "نص" => (2, Form::One),
        "ثلث" | "تلت" => (3, Form::One),
        "ربع" => (4, Form::One),
        "سدس" => (6, Form::One),
        "ثمن" => (8, Form::One),
        "نصفين" | "نصفان" | "نصين" => (2, Form::Two),
        "ثلثين" | "ثلثان" => (3, Form::Two),
        "ربعين" | "ربعان" => (4, Form::Two),
        "سدسين" | "سدسان" => (6, Form::Two),
        "خمسان" => (5, Form::Two),
        "سبعان" => (7, Form::Two),
        "ثمنان" => (8, Form::Two),
        "تسعان" => (9, Form::Two),
        "عشران" => (10, Form::Two),
        "انصاف" => (2, Form::Many),
        "اثلاث" => (3, Form::Many),
        "ارباع" => (4, Form::Many),
        "اخماس" => (5, Form::Many),
        "اسداس" => (6, Form::Many),
        "اسباع" => (7, Form::Many),
        "اثمان" => (8, Form::Many),
        "اتساع" => (9, Form::Many),
        "اعشار" => (10, Form::Many),
        _ => return None,
    };
    Some(Share(of, form))
}

/// 11 to 19 in one word, by the beginning and the ending of the word.
fn teen(key: &str) -> Option<Numeral> {
    const ENDINGS: [&str; 14] = [
        "طعشره",
        "طعشر",
        "تعشر",
        "طاشر",
        "تاشر",
        "اعشر",
        "عشره",
        "طعش",
        "تعش",
        "طاش",
        "تاش",
        "اشر",
        "عشر",
        "عش",
    ];
    let value = ENDINGS.iter().find_map(|ending| match key.strip_suffix(ending)? {
        "احد" | "حد" | "احدا" | "حدا" | "احدي" | "هد" | "اهد" => Some(11),
        "اثن" | "اثنا" | "اثني" | "ثن" | "ثنا" | "اتن" | "اتنا" | "اطن" | "طن" | "اثنت" => {
            Some(12)
        }
        "ثلاث" | "ثلث" | "تلات" | "تلت" | "ثلاثه" | "ثلا" | "ثل" | "تل" | "تلا" | "ثلت" => {
            Some(13)
        }
        "اربع" | "ربع" | "اربعه" | "اربا" | "ارب" => Some(14),
        "خمس" | "خمسه" | "خم" => Some(15),
        "ست" | "س" | "سته" => Some(16),
        "سبع" | "سبعه" | "سب" => Some(17),
        "ثمن" | "ثمان" | "تمن" | "تمان" | "ثماني" | "تماني" | "ثمانيه" => {
            Some(18)
        }
        "تسع" | "تسعه" | "تس" => Some(19),
        _ => None,
    })?;
    Some(Teen(value))
}

/// 300 to 900 in one word.
fn hundreds(key: &str) -> Option<Numeral> {
    const ENDINGS: [&str; 6] = ["مائه", "مئه", "ميه", "مايه", "ماءه", "ميت"];
    let stem = ENDINGS.iter().find_map(|ending| key.strip_suffix(ending))?;
    hundreds_stem(stem).map(|count| Hundreds(u16::from(count) * 100))
}

/// 3 to 9 as the beginning of such a word.
fn hundreds_stem(stem: &str) -> Option<u8> {
    Some(match stem {
        "ثلاث" | "ثلث" | "تلات" | "تلت" | "ثلاثه" => 3,
        "اربع" | "ربع" | "اربعه" => 4,
        "خمس" | "خمسه" => 5,
        "ست" | "سته" => 6,
        "سبع" | "سبعه" => 7,
        "ثمن" | "ثمان" | "تمن" | "تمان" | "ثماني" | "تماني" | "ثمانيه" => 8,
        "تسع" | "تسعه" => 9,
        _ => return None,
    })
}

/// An ordinal number of one word, with or without the article.
pub(super) fn ordinal(key: &str) -> Option<u64> {
    let bare = key.strip_prefix("ال").unwrap_or(key);
    Some(match bare {
        "اول" | "اولي" | "اوله" | "اولاني" => 1,
        "ثاني" | "ثانيه" | "تاني" | "تانيه" | "ثان" => 2,
        "ثالث" | "ثالثه" | "تالت" | "تالته" => 3,
        "رابع" | "رابعه" => 4,
        "خامس" | "خامسه" => 5,
        "سادس" | "سادسه" => 6,
        "سابع" | "سابعه" => 7,
        "ثامن" | "ثامنه" | "تامن" | "تامنه" => 8,
        "تاسع" | "تاسعه" => 9,
        "عاشر" | "عاشره" => 10,
        "حادي" | "حاديه" => 11,
        _ => return None,
    })
}
