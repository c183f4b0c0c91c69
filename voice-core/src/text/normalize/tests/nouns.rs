//! Numbers with the nouns of an external list: gender, state and case, and the form of the noun.

use super::super::arabic::{self, Case, Gender};
use super::super::normalize;
use super::super::nouns;
use crate::text::{Language::Arabic, test_data};

fn bare(text: &str) -> String {
    text.chars().filter(|c| !matches!(c, '\u{64b}'..='\u{652}')).collect()
}

/// The right words for `number` with a noun given as in the list.
fn right(number: u64, columns: &[&str], case: Case) -> String {
    let [gender, one, two, two_oblique, few, many] = columns else { panic!("{columns:?}") };
    let gender = if *gender == "m" { Gender::Masculine } else { Gender::Feminine };
    let dual = if case == Case::Oblique { two_oblique } else { two };
    let form = match number % 100 {
        1 if number == 1 => {
            return format!("{one} {}", if gender == Gender::Masculine { "واحد" } else { "واحدة" });
        }
        2 if number == 2 => return (*dual).to_owned(),
        3..=10 => few,
        11..=99 => many,
        _ => one,
    };
    format!("{} {form}", arabic::construct(number, gender, case))
}

/// The counts of right and of all forms.
fn count(nouns: &str) -> (usize, usize) {
    let (mut good, mut all) = (0, 0);
    let numbers = (1..=25).chain([30, 47, 68, 99, 100, 200, 300, 1_000, 2_000, 11_000]);
    for number in numbers {
        for line in nouns.lines() {
            let columns: Vec<&str> = line.split('\t').collect();
            for (head, case) in [("", Case::Nominative), ("بـ", Case::Oblique)] {
                let written = match number % 100 {
                    3..=10 => columns[4],
                    11..=99 => columns[5],
                    _ => columns[1],
                };
                for noun in [written, columns[1]] {
                    let text = format!("{head}{number} {noun}");
                    let read = bare(&normalize(&text, Arabic));
                    let right =
                        bare(&format!("{}{}", head.trim_end_matches('ـ'), right(number, &columns, case)));
                    all += 1;
                    if read == right {
                        good += 1;
                    } else {
                        println!("{text} is read as {read}, and right is {right}");
                    }
                }
            }
        }
    }
    (good, all)
}

/// Nearly all of these nouns are in the tables, so this judges their forms and not how many nouns are known;
/// `other_nouns_agree` judges nouns outside of the tables.
#[test]
fn external_nouns_agree() {
    let Some(text) = test_data::read("cases/nouns-ar.tsv") else { return };
    let (_, nouns) = text.split_once('\n').unwrap();
    let (good, all) = count(nouns);
    assert!(good * 100 >= all * 99, "{good} of {all}");
}

/// Nouns that are in no table, in the forms that a writer uses.
const OTHER: &str = "\
m	برغي	برغيان	برغيين	براغي	برغيا
f	مروحة	مروحتان	مروحتين	مروحات	مروحة
m	قناع	قناعان	قناعين	أقنعة	قناعا
m	منشار	منشاران	منشارين	مناشير	منشارا
m	تمثال	تمثالان	تمثالين	تماثيل	تمثالا
f	مظلة	مظلتان	مظلتين	مظلات	مظلة
f	ضمادة	ضمادتان	ضمادتين	ضمادات	ضمادة
f	فراشة	فراشتان	فراشتين	فراشات	فراشة
m	دلو	دلوان	دلوين	دلاء	دلوا
m	تنظيم	تنظيمان	تنظيمين	تنظيمات	تنظيما
m	مشرط	مشرطان	مشرطين	مشارط	مشرطا
f	قصبة	قصبتان	قصبتين	قصبات	قصبة
m	قفل	قفلان	قفلين	أقفال	قفلا
m	مصعد	مصعدان	مصعدين	مصاعد	مصعدا
m	رف	رفان	رفين	رفوف	رفا
m	حزام	حزامان	حزامين	أحزمة	حزاما
m	غطاء	غطاءان	غطاءين	أغطية	غطاء
m	سوار	سواران	سوارين	أساور	سوارا
m	مقص	مقصان	مقصين	مقصات	مقصا
m	قارب	قاربان	قاربين	قوارب	قاربا
m	وشاح	وشاحان	وشاحين	أوشحة	وشاحا
m	رداء	رداءان	رداءين	أردية	رداء
m	فرن	فرنان	فرنين	أفران	فرنا
m	مسبح	مسبحان	مسبحين	مسابح	مسبحا
m	تقويم	تقويمان	تقويمين	تقاويم	تقويما
m	طرد	طردان	طردين	طرود	طردا
m	ظرف	ظرفان	ظرفين	ظروف	ظرفا
m	جورب	جوربان	جوربين	جوارب	جوربا
m	خندق	خندقان	خندقين	خنادق	خندقا
m	ثعلب	ثعلبان	ثعلبين	ثعالب	ثعلبا
m	أرنب	أرنبان	أرنبين	أرانب	أرنبا
m	مشبك	مشبكان	مشبكين	مشابك	مشبكا
m	لاجئ	لاجئان	لاجئين	لاجئين	لاجئا
m	خباز	خبازان	خبازين	خبازين	خبازا
m	زميل	زميلان	زميلين	زملاء	زميلا
m	قريب	قريبان	قريبين	أقارب	قريبا
m	جار	جاران	جارين	جيران	جارا
m	حفيد	حفيدان	حفيدين	أحفاد	حفيدا
f	شمسية	شمسيتان	شمسيتين	شمسيات	شمسية
f	مخدة	مخدتان	مخدتين	مخدات	مخدة
f	سماعة	سماعتان	سماعتين	سماعات	سماعة
f	كمامة	كمامتان	كمامتين	كمامات	كمامة
f	لصقة	لصقتان	لصقتين	لصقات	لصقة
f	عدسة	عدستان	عدستين	عدسات	عدسة
f	قسطرة	قسطرتان	قسطرتين	قساطر	قسطرة
f	شفرة	شفرتان	شفرتين	شفرات	شفرة
f	نقالة	نقالتان	نقالتين	نقالات	نقالة
f	لفافة	لفافتان	لفافتين	لفافات	لفافة
f	رقاقة	رقاقتان	رقاقتين	رقائق	رقاقة
f	وديعة	وديعتان	وديعتين	ودائع	وديعة
f	غنيمة	غنيمتان	غنيمتين	غنائم	غنيمة
f	زاوية	زاويتان	زاويتين	زوايا	زاوية
f	قلعة	قلعتان	قلعتين	قلاع	قلعة
f	بركة	بركتان	بركتين	برك	بركة
f	شبهة	شبهتان	شبهتين	شبهات	شبهة
f	خصلة	خصلتان	خصلتين	خصل	خصلة
f	كعكة	كعكتان	كعكتين	كعكات	كعكة
f	عربة	عربتان	عربتين	عربات	عربة
f	ملاحظة	ملاحظتان	ملاحظتين	ملاحظات	ملاحظة
f	مسابقة	مسابقتان	مسابقتين	مسابقات	مسابقة
f	معاملة	معاملتان	معاملتين	معاملات	معاملة
f	إشارة	إشارتان	إشارتين	إشارات	إشارة
f	استراحة	استراحتان	استراحتين	استراحات	استراحة
m	استبيان	استبيانان	استبيانين	استبيانات	استبيانا
m	إقرار	إقراران	إقرارين	إقرارات	إقرارا
m	انقطاع	انقطاعان	انقطاعين	انقطاعات	انقطاعا
m	تقدير	تقديران	تقديرين	تقديرات	تقديرا
m	مستودع	مستودعان	مستودعين	مستودعات	مستودعا
m	مستند	مستندان	مستندين	مستندات	مستندا
m	رأس	رأسان	رأسين	رؤوس	رأسا
m	عمود	عمودان	عمودين	أعمدة	عمودا
m	وتر	وتران	وترين	أوتار	وترا
m	ملجأ	ملجآن	ملجأين	ملاجئ	ملجأ";

#[test]
fn other_nouns_agree() {
    for line in OTHER.lines() {
        assert!(!nouns::is_known(line.split('\t').nth(1).unwrap()), "{line} is in a table");
    }
    let (good, all) = count_given(OTHER);
    assert!(good * 100 >= all * 95, "{good} of {all}");
}

/// The counts of right and of all numbers with nouns in the form that the number requires, which the writer gave.
fn count_given(nouns: &str) -> (usize, usize) {
    let (mut good, mut all) = (0, 0);
    for number in (1..=25).chain([30, 47, 68, 99, 100, 200, 300, 1_000, 2_000, 11_000]) {
        for line in nouns.lines() {
            let columns: Vec<&str> = line.split('\t').collect();
            let written = match number % 100 {
                3..=10 => columns[4],
                11..=99 => columns[5],
                _ => columns[1],
            };
            for (head, case) in [("", Case::Nominative), ("بـ", Case::Oblique)] {
                let text = format!("{head}{number} {written}");
                let read = bare(&normalize(&text, Arabic));
                let right = bare(&format!("{}{}", head.trim_end_matches('ـ'), right(number, &columns, case)));
                all += 1;
                if read == right {
                    good += 1;
                } else {
                    println!("{text} is read as {read}, and right is {right}");
                }
            }
        }
    }
    (good, all)
}

/// The nouns of the external list as if no table held them: their patterns alone tell gender and forms.
#[test]
fn patterns_tell_unknown_nouns() {
    let Some(text) = test_data::read("cases/nouns-ar.tsv") else { return };
    let (_, list) = text.split_once('\n').unwrap();
    nouns::hide(list.lines().map(|line| line.split('\t').nth(1).unwrap().to_owned()));
    let (good, all) = count_given(list);
    assert!(good * 100 >= all * 95, "{good} of {all}");
}

/// A noun of the tables in its right form is never replaced by another one.
#[test]
fn right_forms_stay() {
    for noun in nouns::all() {
        for number in [3, 10, 11, 25, 99, 100, 300] {
            let form = bare(noun.form(number));
            let read = bare(&normalize(&format!("{number} {form}"), Arabic));
            assert!(read.ends_with(&format!(" {form}")), "{number} {form} is read as {read}");
        }
    }
}

/// The forms that mean two nouns. A new one must be looked at: the number may not decide which noun is meant.
#[test]
fn forms_of_two_nouns_are_known() {
    let mut found = nouns::ambiguous();
    found.sort_unstable();
    assert_eq!(found, AMBIGUOUS);
}

const AMBIGUOUS: [&str; 14] = [
    "أسرة",
    "بنات",
    "جمل",
    "دور",
    "عرض",
    "عرضا",
    "عرضان",
    "عرضين",
    "عقار",
    "عقارا",
    "عقاران",
    "عقارين",
    "غرامات",
    "كتاب",
];
