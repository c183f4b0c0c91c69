//! Arabic nouns that numbers count often, with their broken plurals, and rules for others.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::LazyLock;

use super::agreement::{adjective_follows, governs};
use super::arabic::{self, Case, Gender, Noun};
use super::context;
use super::noun_patterns::{bare, dual, is_feminine, is_noun, may_be_noun};
use super::scan::{Place, blank, is_letter, listed, small, word};

/// Masculine nouns: singular and plural.
const MASCULINE: &str = "\
    أب آباء|أخ إخوة|أسبوع أسابيع|أستاذ أساتذة|ألم آلام|أمير أمراء|أنبوب أنابيب|إجراء إجراءات|إشعار إشعارات|\
    إصبع أصابع|إعجاب إعجابات|إعلان إعلانات|إنذار إنذارات|إيصال إيصالات|ابن أبناء|اتصال اتصالات|\
    اجتماع اجتماعات|اختبار اختبارات|اسم أسماء|اقتراح اقتراحات|امتحان امتحانات|بائع بائعين|باب أبواب|\
    باحث باحثين|باص باصات|بحر بحار|بخاخ بخاخات|برنامج برامج|بلاغ بلاغات|بند بنود|بنك بنوك|بيت بيوت|\
    تاجر تجار|تحديث تحديثات|تحليل تحاليل|ترخيص تراخيص|تصريح تصاريح|تطبيق تطبيقات|تعليق تعليقات|تقرير تقارير|\
    تمرين تمارين|تنبيه تنبيهات|ثوب أثواب|جبل جبال|جد أجداد|جدار جدران|جذع جذوع|جريح جرحى|جزء أجزاء|جسر جسور|\
    جمل جمال|جندي جنود|جهاز أجهزة|جواب أجوبة|جواز جوازات|جيل أجيال|حائط حيطان|حاج حجاج|حادث حوادث|حارس حراس|\
    حاسوب حواسيب|حجر أحجار|حداد حدادين|حذاء أحذية|حرف حروف|حزب أحزاب|حساب حسابات|حصان أحصنة|حق حقوق|\
    حقل حقول|حل حلول|حمار حمير|حمام حمامات|حيوان حيوانات|خاتم خواتم|خال أخوال|خبر أخبار|خبير خبراء|\
    خروف خراف|خصم خصومات|خطأ أخطاء|خيار خيارات|درس دروس|دعاء أدعية|دفتر دفاتر|دواء أدوية|دور أدوار|\
    دولاب دواليب|رئيس رؤساء|رابط روابط|راكب ركاب|ربح أرباح|رجل رجال|رطل أرطال|رغيف أرغفة|رقم أرقام|رمز رموز|\
    زائر زوار|زوج أزواج|زيت زيوت|سؤال أسئلة|سائق سائقين|ساكن سكان|سباق سباقات|سجل سجلات|سرير أسرة|سطر أسطر|\
    سعر أسعار|سفير سفراء|سقف سقوف|سلك أسلاك|سمك أسماك|سهم أسهم|سوق أسواق|شاب شباب|شارع شوارع|شاعر شعراء|\
    شاهد شهود|شخص أشخاص|شراب أشربة|شرط شروط|شريك شركاء|شكل أشكال|شهر أشهر|شهيد شهداء|شيك شيكات|صاروخ صواريخ|\
    صباح صباحات|صحن صحون|صديق أصدقاء|صف صفوف|صندوق صناديق|صنف أصناف|صوت أصوات|صياد صيادين|ضلع أضلاع|\
    ضماد ضمادات|ضيف ضيوف|طائر طيور|طابق طوابق|طالب طلاب|طبق أطباق|طبيب أطباء|طفل أطفال|طلب طلبات|طن أطنان|\
    عالم علماء|عام أعوام|عامل عمال|عدد أعداد|عرض أعراض|عرض عروض|عسكري عساكر|عصر عصور|عصير عصائر|عضو أعضاء|\
    عظم عظام|عقار عقارات|عقار عقاقير|عقد عقود|عم أعمام|عميل عملاء|عنوان عناوين|غذاء أغذية|غرام غرامات|\
    غصن أغصان|فحص فحوصات|فدان أفدنة|فرع فروع|فريق فرق|فصل فصول|فقير فقراء|فنان فنانين|فندق فنادق|\
    فيديو فيديوهات|فيلم أفلام|قائد قادة|قاض قضاة|قانون قوانين|قتيل قتلى|قرار قرارات|قرص أقراص|قرض قروض|\
    قرن قرون|قسط أقساط|قسم أقسام|قط قطط|قطار قطارات|قطاع قطاعات|قطيع قطعان|قلب قلوب|قلم أقلام|قميص قمصان|\
    قيراط قراريط|كاتب كتاب|كتاب كتب|كتيب كتيبات|كرسي كراسي|كلب كلاب|كوب أكواب|كوخ أكواخ|كوكب كواكب|\
    كيس أكياس|كيلو كيلوات|كيلومتر كيلومترات|لاعب لاعبين|لتر لترات|لقاح لقاحات|لقب ألقاب|لوح ألواح|لون ألوان|\
    مؤتمر مؤتمرات|مؤشر مؤشرات|مبلغ مبالغ|مبنى مبان|متابع متابعين|متجر متاجر|متحف متاحف|متدرب متدربين|\
    متر أمتار|متطوع متطوعين|محرك محركات|محلول محاليل|مختبر مختبرات|مخزن مخازن|مدير مدراء|مراجع مراجعين|\
    مرض أمراض|مرفق مرفقات|مركز مراكز|مرهم مراهم|مريض مرضى|مزارع مزارعين|مسؤول مسؤولين|مسافر مسافرين|\
    مستخدم مستخدمين|مستشفى مستشفيات|مستوى مستويات|مسجد مساجد|مسجل مسجلين|مسرح مسارح|مسمار مسامير|\
    مشاهد مشاهدين|مشترك مشتركين|مشروب مشروبات|مشروع مشاريع|مصاب مصابين|مصباح مصابيح|مصدر مصادر|مصنع مصانع|\
    مطار مطارات|مطبخ مطابخ|مطعم مطاعم|معرض معارض|معلم معلمين|معمل معامل|معيار معايير|مفتاح مفاتيح|\
    مفرش مفارش|مقال مقالات|مقطع مقاطع|مقعد مقاعد|مقياس مقاييس|مقيم مقيمين|مكتب مكاتب|ملعب ملاعب|ملف ملفات|\
    ملك ملوك|ممرض ممرضين|منتج منتجات|منزل منازل|منشور منشورات|مهندس مهندسين|مواطن مواطنين|موظف موظفين|\
    موعد مواعيد|موقع مواقع|ميزان موازين|ميل أميال|ميناء موانئ|نائب نواب|نجار نجارين|نجم نجوم|نظام أنظمة|\
    نفس أنفاس|نفق أنفاق|نموذج نماذج|نهر أنهار|نوع أنواع|هاتف هواتف|هدف أهداف|وزير وزراء|وعاء أوعية|\
    وقت أوقات|وكيل وكلاء|ولد أولاد|يوم أيام";

/// Feminine nouns: singular and plural.
const FEMININE: &str = "\
    آية آيات|أخت أخوات|أذن آذان|أرض أراض|أسرة أسر|أم أمهات|إبرة إبر|إجازة إجازات|إصابة إصابات|إقامة إقامات|\
    إمارة إمارات|ابنة بنات|استشارة استشارات|امرأة نساء|بئر آبار|باقة باقات|بحيرة بحيرات|بذرة بذور|\
    برتقالة برتقالات|بطارية بطاريات|بطاقة بطاقات|بطانية بطانيات|بقرة أبقار|بلدية بلديات|بنت بنات|\
    بوابة بوابات|بيضة بيضات|تحويلة تحويلات|تذكرة تذاكر|تفاحة تفاحات|تمرة تمرات|ثانية ثوان|ثمرة ثمار|\
    جائزة جوائز|جامعة جامعات|جثة جثث|جدة جدات|جرعة جرعات|جريدة جرائد|جريمة جرائم|جزيرة جزر|جلسة جلسات|\
    جمعية جمعيات|جملة جمل|جولة جولات|حافلة حافلات|حالة حالات|حبة حبات|حديقة حدائق|حزمة حزم|حضانة حضانات|\
    حقنة حقن|حقيبة حقائب|حلقة حلقات|حملة حملات|خالة خالات|خدمة خدمات|خريطة خرائط|خطوة خطوات|خلية خلايا|\
    خيمة خيام|دار دور|دجاجة دجاجات|دراجة دراجات|درجة درجات|دعوة دعوات|دفعة دفعات|دقة دقات|دقيقة دقائق|\
    دورة دورات|دولة دول|ربطة ربطات|رحلة رحلات|رحمة رحمات|رخصة رخص|رزمة رزم|رسالة رسائل|ركعة ركعات|\
    رواية روايات|زجاجة زجاجات|زهرة زهور|زوجة زوجات|زيادة زيادات|زيارة زيارات|ساحة ساحات|ساعة ساعات|\
    سجادة سجادات|سعرة سعرات|سفينة سفن|سلة سلال|سن أسنان|سنة سنوات|سورة سور|سيارة سيارات|سيدة سيدات|شاة شياه|\
    شاشة شاشات|شبكة شبكات|شتلة شتلات|شجرة أشجار|شرفة شرفات|شركة شركات|شريحة شرائح|شقة شقق|شمعة شموع|\
    شهادة شهادات|صحيفة صحف|صفحة صفحات|صورة صور|صيدلية صيدليات|ضربة ضربات|طائرة طائرات|طالبة طالبات|\
    طاولة طاولات|طبيبة طبيبات|طريقة طرق|طفلة طفلات|طلقة طلقات|عائلة عائلات|عبوة عبوات|علبة علب|عمارة عمارات|\
    عمة عمات|عملية عمليات|عيادة عيادات|عين عيون|عينة عينات|غارة غارات|غرامة غرامات|غرفة غرف|فئة فئات|\
    فائدة فوائد|فاتورة فواتير|فترة فترات|فرصة فرص|فقرة فقرات|فكرة أفكار|قارة قارات|قارورة قوارير|قاعة قاعات|\
    قاعدة قواعد|قدم أقدام|قرية قرى|قصة قصص|قصيدة قصائد|قطرة قطرات|قطعة قطع|قناة قنوات|قنبلة قنابل|كأس كؤوس|\
    كاميرا كاميرات|كبسولة كبسولات|كتلة كتل|كرة كرات|كلمة كلمات|لجنة لجان|لحظة لحظات|لعبة ألعاب|لغة لغات|\
    لقطة لقطات|لوحة لوحات|ليلة ليال|مؤسسة مؤسسات|مادة مواد|مباراة مباريات|مجلة مجلات|محاضرة محاضرات|\
    محافظة محافظات|محاولة محاولات|محطة محطات|مخالفة مخالفات|مدرسة مدارس|مدينة مدن|مرة مرات|مرحلة مراحل|\
    مريضة مريضات|مشكلة مشاكل|معركة معارك|معلمة معلمات|مكالمة مكالمات|مكتبة مكتبات|ملعقة ملاعق|ممرضة ممرضات|\
    منحة منح|منطقة مناطق|منظمة منظمات|مهمة مهام|موزة موزات|موظفة موظفات|ميزة ميزات|نار نيران|نافذة نوافذ|\
    نافلة نوافل|نتيجة نتائج|نخلة نخلات|ندوة ندوات|نسبة نسب|نسخة نسخ|نسمة نسمات|نظارة نظارات|نقطة نقاط|\
    هدية هدايا|هيئة هيئات|وثيقة وثائق|وجبة وجبات|وحدة وحدات|وردة ورود|ورشة ورش|ورقة أوراق|وزارة وزارات|\
    وسادة وسائد|وصفة وصفات|وظيفة وظائف|وفاة وفيات|ولاية ولايات|يد أيد";

/// Adjectives that may follow and agree, in the masculine singular.
const ADJECTIVES: &str = "كبير صغير كامل جديد قديم طويل قصير إضافي متتال متوسط ممتلئ خفيف قوي واسع";

/// Words after a number that it does not count.
const OTHERS: &str = "\
    في من إلى الى على عن مع أو او ثم بعد قبل حتى منذ عند لدى بين تحت فوق خلال هو هي هم هذا هذه ذلك تلك التي الذي \
    كان كانت يكون تكون تم تمت قد لقد لا ليس ليست ما لم لن إن أن كما أي كل جدا فقط تقريبا تقريبًا أيضا أيضًا إذا لأن \
    حيث غير سوى ميلادي ميلادية هجري هجرية هـ م ص يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر \
    نوفمبر ديسمبر محرم صفر رجب شعبان رمضان شوال صباحا صباحًا مساء مساءً ظهرا عصرا ليلا فجرا زائد ناقص يساوي في \
    فاصلة بالمئة بالمائة لمدة لفترة لغاية بنسبة بقيمة بسعر بمعدل بجرعة بواسطة بسبب مليون مليار ألف آلاف ملايين سنويا يوميا شهريا أسبوعيا مقابل ضد عبر نعم كم وهو وهي كيلو";

/// How a written form counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// After 1, from 11, and mistakenly after 3 to 10.
    One,
    Two,
    /// After 3 to 10.
    Few,
}

/// Nouns by form.
type Forms = HashMap<Cow<'static, str>, Vec<(Form, &'static Noun)>>;

/// The nouns that have each form. Some forms belong to two nouns: أسرة is one family, or several beds.
static NOUNS: LazyLock<Forms> = LazyLock::new(|| {
    let mut nouns = Forms::new();
    for (list, gender) in [(MASCULINE, Gender::Masculine), (FEMININE, Gender::Feminine)] {
        for pair in list.split('|') {
            let Some((one, few)) = pair.split_once(' ') else { continue };
            // The table lives as long as the program.
            let noun: &'static Noun = Box::leak(Box::new(forms(one, few, gender)));
            let mut add = |form: Cow<'static, str>, kind| nouns.entry(form).or_default().push((kind, noun));
            add(one.into(), Form::One);
            if noun.many != one {
                add(bare(noun.many).into(), Form::One);
            }
            add(noun.two[0].into(), Form::Two);
            add(noun.two[1].into(), Form::Two);
            add(few.into(), Form::Few);
            // The nominative of a sound plural.
            if let Some(stem) = few.strip_suffix("ين").filter(|stem| *stem == one) {
                add(format!("{stem}ون").into(), Form::Few);
            }
            // ليالي for ليال.
            if matches!(few, "ليال" | "ثوان" | "أيد" | "مبان") {
                add(format!("{few}ي").into(), Form::Few);
            }
        }
    }
    nouns
});

/// Builds the table, if no text needed it yet.
pub(super) fn build_table() {
    LazyLock::force(&NOUNS);
}

/// The noun with that written form, in any of its forms, after `value`. If the form belongs to two nouns, the number
/// decides; `None` if it cannot.
fn find(written: &str, value: Option<u64>) -> Option<(Form, &'static Noun)> {
    let nouns = NOUNS.get(&*bare(written))?;
    let form = match value.map(|value| value % 100) {
        Some(2) if value == Some(2) => Form::Two,
        Some(3..=10) => Form::Few,
        _ => Form::One,
    };
    #[cfg(test)]
    let nouns: &Vec<_> = &nouns.iter().filter(|(_, noun)| !is_hidden(noun.one)).copied().collect();
    let of = |form| nouns.iter().filter(move |(kind, _)| *kind == form).copied();
    let mut found: Vec<_> = of(form).collect();
    if found.is_empty() && form == Form::Two {
        found = of(Form::One).collect();
    }
    if found.is_empty() {
        found.clone_from(nouns);
    }
    let said = |noun: &Noun| value.map(|value| arabic::count(value, noun, Case::Nominative));
    let (kind, noun) = *found.first()?;
    found
        .iter()
        .all(|(_, other)| noun.gender == other.gender && said(noun) == said(other))
        .then_some((kind, noun))
}

fn forms(one: &'static str, few: &'static str, gender: Gender) -> Noun {
    let leak = |text: String| -> &'static str { String::leak(text) };
    let (dual, many) = if let Some(stem) = one.strip_suffix('ة') {
        (format!("{stem}ت"), one)
    } else if let Some(stem) = one.strip_suffix('ى') {
        (format!("{stem}ي"), one)
    } else if one.ends_with("اء") {
        (one.to_owned(), one)
    } else if matches!(one, "أب" | "أخ") {
        (format!("{one}و"), leak(format!("{one}ًا")))
    } else if one.ends_with('أ') {
        (one.to_owned(), leak(format!("{one}ً")))
    } else {
        (one.to_owned(), leak(format!("{one}ًا")))
    };
    let two = [leak(format!("{dual}ان").replace("أان", "آن")), leak(format!("{dual}ين"))];
    Noun { gender, one, two, few: if few == "ثوان" { "ثوانٍ" } else { few }, many }
}

/// The noun at the start of `after`, after an optional blank and a number, and the length of both. `value` is the number
/// if it is an integer.
pub(super) fn read(place: &Place, value: Option<u64>, after: &str) -> Option<(&'static Noun, usize)> {
    if !place.is_arabic() || matches!(place.word, "رقم" | "الرقم" | "عام" | "سنة") {
        return None;
    }
    let gap = blank(after);
    let written = word(&after[gap..]);
    if written.is_empty() || written.len() > 48 {
        return None;
    }
    let (form, noun) = find(written, value)?;
    // In مبنى 7 شقة 4 the second noun begins the next label.
    if context::is_label(place) && form != Form::Few {
        return None;
    }
    // In "1 سجل الدخول" the word is a verb.
    let object = &after[gap + written.len()..];
    if value == Some(1) && object[blank(object)..].starts_with("ال") {
        return None;
    }
    // In "في 2015 عقد" the word is more probably a verb; it is not changed.
    let kept = |value| arabic::count(value, noun, Case::Nominative).ends_with(&format!(" {}", bare(written)));
    if value.is_some_and(|value| may_be_year(place, value) && !kept(value)) {
        return None;
    }
    (!adjective_follows(&after[gap + written.len()..])).then_some((noun, gap + written.len()))
}

/// Whether a number at that place, as in "منذ 2015", may be a year.
fn may_be_year(place: &Place, value: u64) -> bool {
    let figures = small(place.rest, 4).is_some_and(|(_, digits)| digits == 4);
    figures && (1_000..3_000).contains(&value) && (place.word.is_empty() || governs(place.word))
}

/// Whether a word that may be a counted noun follows.
pub(super) fn follows(after: &str) -> bool {
    let gap = blank(after);
    let next = word(&after[gap..]);
    gap > 0
        && next.starts_with(|c: char| is_letter(c) && !c.is_ascii())
        && next.chars().nth(1).is_some()
        && !["ال", "بال", "لل", "كال", "وال", "فال", "لكل", "بكل"].iter().any(|head| next.starts_with(head))
        && !is_other(next)
}

/// Whether a word after a number is none that it counts.
pub(super) fn is_other(word: &str) -> bool {
    listed(OTHERS, word) || listed(OTHERS, &bare(word))
}

/// Whether the next word is a noun of the tables.
pub(super) fn is_counted(after: &str) -> bool {
    find(word(&after[blank(after)..]), None).is_some()
}

/// The dual of a feminine noun that is not in the tables: 2 موظفة.
pub(super) fn feminine_dual(after: &str, case: Case) -> Option<(String, usize)> {
    let gap = blank(after);
    let written = word(&after[gap..]);
    let plain = bare(written);
    let stem = plain.strip_suffix('ة').filter(|stem| stem.chars().count() >= 2)?;
    if !follows(after) || adjective_follows(&after[gap + written.len()..]) {
        return None;
    }
    let ending = if case == Case::Oblique { "تين" } else { "تان" };
    Some((format!("{stem}{ending}"), gap + written.len()))
}

/// Another noun in the singular, by its pattern: 1 قناع is قناع واحد, 2 قناع is قناعان, 11 قناع is أحد عشر قناعًا.
pub(super) fn other(value: u64, place: &Place, after: &str, case: Case) -> Option<(String, usize)> {
    let gap = blank(after);
    let written = word(&after[gap..]);
    let plain = bare(written);
    let feminine = plain.ends_with('ة') || is_feminine(&plain);
    let noun = feminine || is_noun(&plain) || value <= 2 && may_be_noun(&plain);
    let object = &after[gap + written.len()..];
    let verb = value == 1 && object[blank(object)..].starts_with("ال");
    if !noun || verb || may_be_year(place, value) || adjective_follows(&after[gap + written.len()..]) {
        return None;
    }
    let gender = if feminine { Gender::Feminine } else { Gender::Masculine };
    let words = match value {
        1 => format!("{plain} {}", arabic::cardinal(1, gender, case)),
        2 if plain.ends_with('ة') => return None,
        2 => dual(&plain, case),
        11.. if (11..=99).contains(&(value % 100)) && !feminine && !plain.ends_with(['أ', 'ى', 'ا']) => {
            format!("{} {plain}ًا", arabic::construct(value, gender, case))
        }
        _ => return None,
    };
    Some((words, gap + written.len()))
}

/// The dual of an adjective after a noun: كبيرة becomes كبيرتان. Its length includes the blank.
pub(super) fn dual_adjective(after: &str, case: Case) -> Option<(String, usize)> {
    let gap = blank(after);
    let written = word(&after[gap..]);
    let stem = written.strip_suffix('ة').unwrap_or(written);
    if gap == 0 || !listed(ADJECTIVES, stem) {
        return None;
    }
    let ending = match (written.ends_with('ة'), case) {
        (true, Case::Nominative) => "تان",
        (true, Case::Oblique) => "تين",
        (false, Case::Nominative) => "ان",
        (false, Case::Oblique) => "ين",
    };
    Some((format!(" {stem}{ending}"), gap + written.len()))
}

/// The gender of a noun of the tables, in any of its forms.
pub(super) fn gender(plain: &str) -> Option<Gender> {
    // As after 3 to 10, where the gender matters most.
    find(plain, Some(3)).or_else(|| find(plain, None)).map(|(_, noun)| noun.gender)
}

#[cfg(test)]
thread_local! {
    /// Nouns that a test takes out of the tables, to judge the patterns.
    static HIDDEN: std::cell::RefCell<Vec<String>> = const { std::cell::RefCell::new(Vec::new()) };
}

/// Takes nouns, in the singular, out of the tables for the calls of this thread.
#[cfg(test)]
pub(super) fn hide(nouns: impl Iterator<Item = String>) {
    HIDDEN.with_borrow_mut(|hidden| hidden.extend(nouns));
}

#[cfg(test)]
fn is_hidden(one: &str) -> bool {
    HIDDEN.with_borrow(|hidden| hidden.iter().any(|noun| noun == one))
}

#[cfg(test)]
pub(super) fn all() -> impl Iterator<Item = &'static Noun> {
    NOUNS.values().flatten().filter(|(form, _)| *form == Form::Few).map(|(_, noun)| *noun)
}

#[cfg(test)]
pub(super) fn is_known(word: &str) -> bool {
    NOUNS.contains_key(&*bare(word))
}

/// The forms that belong to two different nouns.
#[cfg(test)]
pub(super) fn ambiguous() -> Vec<&'static str> {
    let two = |nouns: &[(Form, &Noun)]| {
        nouns.iter().any(|(_, noun)| noun.one != nouns[0].1.one || noun.few != nouns[0].1.few)
    };
    NOUNS.iter().filter(|(_, nouns)| two(nouns)).map(|(form, _)| form.as_ref()).collect()
}
