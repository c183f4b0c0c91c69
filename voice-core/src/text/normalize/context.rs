//! What the words before a number, and sometimes the one after it, tell of its kind.

use super::scan::{Place, blank, is_letter, listed, word};

/// The maximum number of words examined.
const WORDS: usize = 6;

/// The maximum length of an examined word, in bytes.
const LONGEST: usize = 48;

/// Names of codes and identities that are spoken digit by digit, from four digits.
const CODES: &str = "\
    pin otp code codes passcode password account acct iban card cpt hcpcs ndc upin bin pcn id ids mrn ssn license licence passport zip postal \
    postcode cvv cvc ending username npi vat imei pnr \
    plate رمز كود باسورد لوحة منتهي منتهية أرقام هوية إقامة اقامة جواز حساب بطاقة آيبان ايبان أيبان تحقق سري سرية مرور بريدي";

/// Names of records whose long numbers, from five digits, are spoken digit by digit.
const RECORDS: &str = "\
    policy serial tracking confirmation reference ref booking reservation member membership routing claim order \
    ticket case invoice registration voucher badge file record token chart number no ext extension rx prescription \
    سجل ملف حجز مرجع مرجعي بوليصة وثيقة عضوية تتبع شحنة تذكرة طلب فاتورة معاملة تأمين رخصة ترخيص موعد سند إيصال حوالة شيك تحويلة";

/// Words between such a name and its number.
const LINKS: &str = "\
    number num no nr is are was the your my our of with code verification security access zip postal time and \
    one digits last four card id account confirmation license plate tax patient national medical \
    رقم رقمها رقمه رقمك هو هي خاص خاصة بك بكم لك تجاري وطنية وطني شخصية مدنية مدني سري سرية موحد بنكي بنكية \
    مصرفي ائتمان ائتمانية صحي طبي طبية دولي تحقق مرور دخول أمان تفعيل تأكيد مؤقت سفر تأمين منتهية تنتهي رقم \
    ب عميل مريض ضريبي مرجعي بريدي جديد جديدة أدخل كلمة سيارة مركبة";

const CALLS: &str = "\
    call calls calling dial phone telephone tel mobile cell fax whatsapp text sms hotline ring contact \
    emergency police ambulance \
    كلم كلموا راسل راسلوا تواصلوا هاتف هاتفي جوال جوالي جواله اتصل اتصلي اتصلوا اتصال أتصل فاكس واتساب واتس موحد مجاني اطلب طوارئ إسعاف \
    تواصل تليفون تلفون استفسار خط أحمر شرطة مطافئ دفاع نجدة";

const CALL_LINKS: &str = "\
    number no us me back at on to is or the our my your على ب رقم برقم بنا بي معنا هو مع فورا أو او عبر طوارئ مباشرة مجانا ساخن مدني department service services";

/// Emergency and service numbers of three digits.
const SERVICES: &str = "\
    000 100 101 102 108 110 111 112 113 114 115 117 118 119 122 123 125 180 190 191 192 193 211 311 411 511 \
    711 811 900 901 911 920 930 933 935 937 938 940 966 985 986 987 988 989 990 992 993 994 995 996 997 998 999";

/// Names of things whose numbers may end in a letter: gate 12C.
const LABELS: &str = "\
    gate seat seats room rooms section article row unit apt apartment flat block terminal form hall platform bus \
    route line building zone schedule appendix chapter class grade table figure item rule clause paragraph annex \
    part group track exhibit suite stand bay ward bed gates locker floor lot box highway exit flight train \
    بوابة مقعد غرفة مادة شقة قسم صف مبنى ملحق فقرة بند جدول شكل مجموعة نموذج سرير جناح عيادة حافلة رحلة طابق موقف \
    شارع دور بلوك عمارة فيلا مكتب صفحة سطر فصل درس باب جزء حلقة محطة رصيف قطار ممر صالة منزل رف طريق مخرج حي عنبر مرحلة";

const RATIOS: &str = "\
    ratio scale correction score won win lost lose beat beats aspect odds dilution verse chapter proportion diluted mix mixed \
    lead leads led defeat defeated final result draw drew tied victory loss \
    نسبة مقياس رسم فاز فازت خسر خسرت تعادل تعادلت نتيجة شاشة أبعاد تركيز سورة آية تخفيف انتهت فريق تقدم هزم";

const SCORES: &str = "\
    score won win lost lose beat beats lead leads led defeat defeated final draw drew tied victory loss result \
    فاز فازت خسر خسرت تعادل تعادلت نتيجة فريق تقدم هزم انتهت";

/// Words before a grade: pain 7/10, GCS 15/15.
const GRADES: &str = "grade gcs score scored scores pain apgar rated rating درجة بدرجة تقييم ألم الألم";

const DATES: &str = "\
    date dated due on by until before after since from monday tuesday wednesday thursday friday saturday sunday mon \
    tue tues wed thu thurs fri sat sun appointment appt visit week starts starting begins effective expires born dob \
    يوم تاريخ موافق موعد موعدك موعدكم أحد احد اثنين إثنين ثلاثاء أربعاء اربعاء خميس جمعة سبت حتى قبل بعد منذ ليلة صباح مساء \
    بدءا بدءًا ابتداء ابتداءً اعتبارا اعتبارًا بداية";

const EXPIRIES: &str = "\
    exp expires expire expiry expiration valid thru until through انتهاء انتهاؤه ينتهي تنتهي صلاحية صالح صالحة";

const CLOCKS: &str = "\
    ساعة موعد موعدك موعدكم غدا غدًا يوم أحد اثنين ثلاثاء أربعاء خميس جمعة سبت يفتح تفتح نفتح يغلق تغلق نغلق دوام \
    عمل يبدأ تبدأ ينتهي تنتهي حضور احضر زيارة فترة موعده موعدها";

const HEAT: &str = "temp temperature fever hot cold heat oven weather body حرارة حرارته حرارتها درجة طقس";

/// The words before, from the last one, as far as they belong to the number: without digits or the end of a sentence
/// between.
fn before<'a>(place: &Place<'a>) -> impl Iterator<Item = &'a str> + use<'a> {
    let mut rest = place.near();
    std::iter::from_fn(move || {
        let skips = |c: char| {
            c.is_whitespace()
                || matches!(
                    c,
                    ')' | ']' | ':' | '#' | '-' | '(' | '"' | '=' | '\u{640}' | '/' | '\'' | '*' | '`' | '_'
                )
        };
        let mut text = rest.trim_end_matches(skips);
        if text.len() < rest.len() && text.ends_with('.') {
            // The stop of an abbreviation, as in "No.".
            let short = text.trim_end_matches('.');
            let word = short.len() - short.bytes().rev().take(5).take_while(u8::is_ascii_alphabetic).count();
            if short.len() - word > 4 {
                return None;
            }
            text = short;
        }
        let start = text.char_indices().rev().take_while(|&(_, c)| is_letter(c) || c == '\u{640}').last()?.0;
        if text.len() - start > LONGEST {
            return None;
        }
        rest = &text[..start];
        Some(&text[start..])
    })
    .take(WORDS)
}

/// Whether a list contains the word, in any case, with or without Arabic particles, article and suffix.
fn has(list: &str, word: &str) -> bool {
    if word.is_ascii() {
        return listed(list, &word.to_ascii_lowercase());
    }
    let word = word.trim_end_matches(['\u{640}', 'ً']);
    if listed(list, word) {
        return true;
    }
    let bare = ["ولل", "وال", "بال", "فال", "كال", "لل", "ال", "و", "ب", "ل", "ف"]
        .iter()
        .find_map(|head| word.strip_prefix(head))
        .filter(|bare| bare.chars().count() >= 2);
    if bare.is_some_and(|bare| listed(list, bare)) {
        return true;
    }
    // رمزك، بطاقتك.
    let stem = ["ها", "كم", "هم", "نا", "ك", "ه", "ي"].iter().find_map(|tail| word.strip_suffix(tail));
    let Some(stem) = stem.filter(|stem| stem.chars().count() >= 3) else { return false };
    listed(list, stem) || stem.strip_suffix('ت').is_some_and(|stem| listed(list, &format!("{stem}ة")))
}

/// Whether one of `names` comes before, with only `links` between.
fn follows(place: &Place, names: &str, links: &str) -> bool {
    for word in before(place) {
        if has(names, word) {
            return true;
        }
        if !has(links, word) && word != "in" && !is_part_of_plate(word) {
            return false;
        }
    }
    false
}

/// Whether a word may be the letters of a plate or a code: ABC, أ.
fn is_part_of_plate(word: &str) -> bool {
    let capitals = word.len() <= 4 && word.bytes().all(|byte| byte.is_ascii_uppercase());
    capitals || word.len() == 2 && word.starts_with(|c: char| ('\u{621}'..='\u{64a}').contains(&c))
}

/// Whether letters at that place are spelled: those of the plate of a car.
pub(super) fn is_plate(place: &Place) -> bool {
    follows(place, "plate license لوحة", "number no is رقم سيارة مركبة")
}

/// Cities and states before a postal code.
const CITIES: &str = "\
    riyadh jeddah dammam makkah mecca medina madinah khobar taif tabuk abha buraidah \
    رياض جدة دمام مكة مدينة منورة خبر طائف تبوك أبها بريدة جبيل حائل نجران جازان ظهران هفوف";

/// Codes of the states of the USA.
const STATES: &str = "\
    AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA \
    RI SC SD TN TX UT VT VA WA WV WI WY DC";

/// Whether five digits at that place are a postal code: the name of a city or state comes before, and nothing after.
pub(super) fn is_postcode(place: &Place, rest: &str) -> bool {
    let ends = rest.is_empty() || rest.starts_with(['\n', '.', ',', '،', ')']);
    let state = place.word.len() == 2 && listed(STATES, place.word);
    ends && (state || has(CITIES, place.word))
}

/// Whether one of the last words is in `names`.
fn near(place: &Place, names: &str, words: usize) -> bool {
    before(place).take(words).any(|word| has(names, word))
}

/// Whether a number of `digits` digits names something and is spoken digit by digit.
pub(super) fn is_code(place: &Place, digits: usize) -> bool {
    const SHORT: &str = "pin otp cvv cvc passcode code ending رمز كود منتهي منتهية";
    (digits >= 4 && follows(place, CODES, LINKS))
        || (digits == 3 && follows(place, SHORT, LINKS))
        || (digits >= 5 && (place.before == Some('#') || follows(place, RECORDS, LINKS)))
}

/// Whether a telephone number is expected.
pub(super) fn is_call(place: &Place) -> bool {
    follows(place, CALLS, CALL_LINKS)
}

/// Whether `digits` is a service number, such as an emergency number.
pub(super) fn is_service(digits: &str) -> bool {
    listed(SERVICES, digits)
}

/// Whether the number is the label of a thing, such as a gate.
pub(super) fn is_label(place: &Place) -> bool {
    follows(place, LABELS, "number no nr رقم")
}

/// Whether `a:b` is a ratio and not a time of day; `after` is the text after it.
pub(super) fn is_ratio(place: &Place, after: &str) -> bool {
    let next = word(&after[blank(after)..]);
    near(place, RATIOS, 3) || matches!(next, "ratio" | "scale" | "mix" | "dilution" | "odds" | "aspect")
}

/// Whether `a-b` is the result of a game.
pub(super) fn is_score(place: &Place) -> bool {
    near(place, SCORES, 3)
}

/// Whether `2/4` is a grade: two out of four.
pub(super) fn is_grade(place: &Place) -> bool {
    near(place, GRADES, 2)
}

/// Whether `5/6` is a day and a month.
pub(super) fn is_date(place: &Place) -> bool {
    follows(place, DATES, "the is of هو في من")
}

/// Whether `05/26` is a month and a year.
pub(super) fn is_expiry(place: &Place) -> bool {
    near(place, EXPIRIES, 3)
}

/// Whether a number before م or alone is an hour.
pub(super) fn is_clock(place: &Place) -> bool {
    near(place, CLOCKS, 3)
}

/// Whether a temperature is expected.
pub(super) fn is_heat(place: &Place) -> bool {
    near(place, HEAT, 3)
}
