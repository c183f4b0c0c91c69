//! The gender of an Arabic number, from the noun that it counts.

use super::arabic::Gender;
use super::scan::{Place, blank, digits, listed, small, word};
use super::{noun_patterns, nouns};

/// Masculine nouns with a plural in ات.
const MASCULINE: &str = "\
    اختبارات إجراءات اجتماعات مستشفيات حيوانات قرارات خيارات التهابات ارتفاعات مضادات جنيهات حمامات امتحانات أوقات \
    أصوات أموات أبيات بيانات إعلانات احتمالات كيلومترات غرامات مليغرامات دولارات ريالات لترات تحديات مستويات طلبات \
    حسابات سجلات ملفات خطابات مجلدات شيكات جوازات لقاحات قطاعات مطارات منتجات مؤتمرات إطارات كتيبات عقارات بخاخات \
    مخيمات مهرجانات مشروبات باصات قطارات بلاغات سباقات إيصالات صمامات تلفونات تلفزيونات انفجارات مؤشرات محركات \
    مقالات مرفقات فيديوهات كيلوات سنتات يوروات بنسات جالونات غالونات أطنانات دبابيسات ضمادات صباحات نشاطات \
    علاجات عطاءات لقاءات نداءات دعاءات غطاءات سؤالات جزاءات مسارات مدارات مجالات مقامات مزادات معجونات مكونات منعطفات \
    معرفات مخططات مختبرات مطهرات مسكنات مقاسات محفزات مدربات رموشات سندات نداءات كيانات بركانات خزانات فستانات دكانات \
    سريرات صالونات كرتونات بالونات ميكروفونات كمبيوترات حاسبات هاتفات جوالات موبايلات تاكسيات كراجات جراجات شامبوهات \
    كريمات شرابات عصيرات أنبوبات إنشات سنتيمترات مليمترات مليلترات";

/// Masculine words of three letters after 3 to 10: plurals, and singulars that are written there.
const SHORT_MASCULINE: &str = "\
    كتب رسل سبل أسس نظم سحب حمر قطط نفر رهط متر قرص شهر طفل ولد رجل بيت قلم سطر ربع ثلث نصف خمس عشر ألف مئة سهم جنس بند \
    قسم فرع ملف سجل طلب ملك درس حقل جسر نهر بحر جبل عقد قرن صنف صحن كوب كلب شخص مرض ورم جرح كسر حرق عظم ضلع فحص جزء \
    قفل رف طرد ظرف فرن وتر سطل شبر ذكر نجم حزب برج قرد نمر";

/// The gender of the noun that a number counts, guessed from `after`, the text after the number.
///
/// Years take it from the word before (سنة). The default is masculine, the gender of plain counting.
pub(super) fn of_counted(place: &Place, after: &str) -> Gender {
    if matches!(place.word, "سنة" | "لسنة" | "السنة") {
        return Gender::Feminine;
    }
    let gap = blank(after);
    if gap == 0 || matches!(place.word, "رقم" | "الرقم") {
        return Gender::Masculine;
    }
    let noun = later_noun(&after[gap..]).unwrap_or_else(|| word(&after[gap..]));
    if noun.len() > 64 || nouns::is_other(noun) {
        return Gender::Masculine;
    }
    let plain = noun_patterns::bare(noun);
    if let Some(gender) = nouns::gender(&plain).or_else(|| noun_patterns::plural_gender(&plain)) {
        return gender;
    }
    let noun = noun.trim_end_matches(|c| matches!(c, '\u{64b}'..='\u{652}'));
    // The accusative after eleven to ninety-nine: يدا.
    let noun = noun.strip_suffix('ا').filter(|stem| noun_patterns::is_feminine(stem)).unwrap_or(noun);
    if noun.starts_with("ال") || listed(MASCULINE, noun) {
        return Gender::Masculine;
    }
    // The plural of three letters: خصل، برك.
    let few = small(place.rest, 2)
        .is_some_and(|(number, digits)| (3..=10).contains(&number) && place.rest[digits..].starts_with(' '));
    let plain = |c: char| !matches!(c, 'ا' | 'و' | 'ي' | 'ى' | 'أ' | 'آ' | 'ء' | 'ئ' | 'ؤ');
    if few && noun.chars().count() == 3 && noun.chars().all(plain) && !listed(SHORT_MASCULINE, noun) {
        return Gender::Feminine;
    }
    if noun.ends_with('ة') || (noun.ends_with("ات") && noun.len() > 6) || noun_patterns::is_feminine(noun)
    {
        Gender::Feminine
    } else {
        Gender::Masculine
    }
}

/// The noun after a second number: 3 إلى 5 مرات.
fn later_noun(text: &str) -> Option<&str> {
    let link = word(text);
    if !matches!(link, "إلى" | "الى" | "أو" | "او") {
        return None;
    }
    let rest = &text[link.len()..];
    let rest = &rest[blank(rest)..];
    let number = digits(rest).len();
    let rest = &rest[number..];
    let gap = blank(rest);
    (number > 0 && gap > 0).then(|| word(&rest[gap..]))
}
