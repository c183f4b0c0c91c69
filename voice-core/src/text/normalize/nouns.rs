//! Arabic nouns that numbers count often, with their broken plurals, and rules for others.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::agreement::adjective_follows;
use super::arabic::{self, Case, Gender, Noun};
use super::scan::{Place, blank, is_letter, listed, word};

/// Masculine nouns: singular and plural.
const MASCULINE: &str = "\
    كتاب كتب|دواء أدوية|جهاز أجهزة|سرير أسرة|طبيب أطباء|موعد مواعيد|كوب أكواب|رجل رجال|طفل أطفال|ولد أولاد|طالب طلاب|\
    طلب طلبات|مستشفى مستشفيات|خيار خيارات|قسم أقسام|نظام أنظمة|أستاذ أساتذة|عضو أعضاء|إجراء إجراءات|حساب حسابات|\
    إشعار إشعارات|تطبيق تطبيقات|قرار قرارات|مشروع مشاريع|مبلغ مبالغ|سجل سجلات|بيت بيوت|قرص أقراص|شخص أشخاص|\
    مريض مرضى|زائر زوار|عامل عمال|موظف موظفين|مهندس مهندسين|معلم معلمين|ممرض ممرضين|مراجع مراجعين|مسافر مسافرين|\
    راكب ركاب|لاعب لاعبين|مستخدم مستخدمين|مشترك مشتركين|متطوع متطوعين|مواطن مواطنين|حاج حجاج|صديق أصدقاء|\
    ضيف ضيوف|شاب شباب|ملف ملفات|رقم أرقام|اسم أسماء|عدد أعداد|حرف حروف|سطر أسطر|فصل فصول|درس دروس|باب أبواب|\
    جزء أجزاء|مكتب مكاتب|مبنى مبان|طابق طوابق|شارع شوارع|مطار مطارات|فندق فنادق|مسجد مساجد|سوق أسواق|متجر متاجر|\
    مطعم مطاعم|مصنع مصانع|مركز مراكز|فرع فروع|بنك بنوك|صندوق صناديق|كرسي كراسي|مقعد مقاعد|قلم أقلام|دفتر دفاتر|\
    هاتف هواتف|حاسوب حواسيب|برنامج برامج|موقع مواقع|خطأ أخطاء|سؤال أسئلة|جواب أجوبة|اختبار اختبارات|\
    امتحان امتحانات|تقرير تقارير|عقد عقود|شهر أشهر|أسبوع أسابيع|يوم أيام|عام أعوام|قرن قرون|عقار عقارات|وقت أوقات|\
    صباح صباحات|كيس أكياس|كأس كؤوس|طبق أطباق|صحن صحون|رغيف أرغفة|سهم أسهم|ضلع أضلاع|عظم عظام|سن أسنان|\
    إصبع أصابع|قلب قلوب|كلب كلاب|قط قطط|جمل جمال|حصان أحصنة|طائر طيور|حيوان حيوانات|نوع أنواع|شكل أشكال|لون ألوان|\
    مفتاح مفاتيح|سلك أسلاك|مصباح مصابيح|باص باصات|قطار قطارات|حادث حوادث|مرض أمراض|عرض أعراض|فحص فحوصات|\
    تحليل تحاليل|لقاح لقاحات|أنبوب أنابيب|بخاخ بخاخات|محلول محاليل|ضماد ضمادات|كيلو كيلوات|تنبيه تنبيهات|\
    اجتماع اجتماعات|اتصال اتصالات|إعلان إعلانات|عرض عروض|هدف أهداف|فريق فرق|مقال مقالات|فيلم أفلام|صوت أصوات|\
    خبر أخبار|حقل حقول|نهر أنهار|جبل جبال|بحر بحار|نجم نجوم|كوكب كواكب|حجر أحجار|باحث باحثين|كاتب كتاب|شاهد شهود|\
    قاض قضاة|جندي جنود|وزير وزراء|ملك ملوك|أمير أمراء|رئيس رؤساء|مدير مدراء|عميل عملاء|وكيل وكلاء|شريك شركاء|\
    فقير فقراء|ابن أبناء|أب آباء|أخ إخوة|عم أعمام|خال أخوال|جد أجداد|زوج أزواج|مسؤول مسؤولين|حل حلول|شرط شروط|\
    بند بنود|حق حقوق|قانون قوانين|منتج منتجات|صنف أصناف|قطاع قطاعات|مستوى مستويات|مصدر مصادر|منزل منازل|مفرش مفارش|\
    ثوب أثواب|قميص قمصان|حذاء أحذية|غذاء أغذية|وعاء أوعية|دعاء أدعية|عنوان عناوين|ميناء موانئ|نفس أنفاس|صف صفوف|\
    فيديو فيديوهات|رابط روابط|منشور منشورات|تعليق تعليقات|إعجاب إعجابات|متابع متابعين|مشاهد مشاهدين|ألم آلام|\
    ترخيص تراخيص|جواز جوازات|تصريح تصاريح|إيصال إيصالات|شيك شيكات|قرض قروض|قسط أقساط|سعر أسعار|خصم خصومات|ربح أرباح|\
    نموذج نماذج|مقطع مقاطع|محرك محركات|مسمار مسامير|حائط حيطان|جدار جدران|سقف سقوف|دولاب دواليب|مخزن مخازن|\
    معمل معامل|مختبر مختبرات|فنان فنانين|شاعر شعراء|عالم علماء|خبير خبراء|سفير سفراء|قائد قادة|حارس حراس|سائق سائقين|\
    تاجر تجار|بائع بائعين|حداد حدادين|نجار نجارين|صياد صيادين|مزارع مزارعين|عسكري عساكر|شهيد شهداء|جريح جرحى|\
    قتيل قتلى|مصاب مصابين|متدرب متدربين|مشروب مشروبات|عصير عصائر|زيت زيوت|لتر لترات|غرام غرامات|متر أمتار|\
    قميص قمصان|خاتم خواتم|عقار عقاقير|شراب أشربة|مرهم مراهم|كرسي كراس|حمام حمامات|مطبخ مطابخ|دور أدوار|ملعب ملاعب|\
    هاتف هواتف|مقياس مقاييس|ميزان موازين|مؤشر مؤشرات|معيار معايير|اقتراح اقتراحات|تحديث تحديثات|بلاغ بلاغات|\
    كتيب كتيبات|مرفق مرفقات|رمز رموز|حرف أحرف|إنذار إنذارات|تمرين تمارين|سباق سباقات|كوب أكواب|عصر عصور|جيل أجيال|\
    قطيع قطعان|خروف خراف|حمار حمير|سمك أسماك|طن أطنان|رطل أرطال|ميل أميال|فدان أفدنة|قيراط قراريط";

/// Feminine nouns: singular and plural.
const FEMININE: &str = "\
    حبة حبات|جرعة جرعات|ممرضة ممرضات|إبرة إبر|بنت بنات|أخت أخوات|طالبة طالبات|سنة سنوات|ليلة ليال|ثانية ثوان|\
    درجة درجات|رسالة رسائل|صفحة صفحات|سيارة سيارات|غرفة غرف|خطوة خطوات|خدمة خدمات|عين عيون|يد أيد|دولة دول|امرأة نساء|\
    طبيبة طبيبات|موظفة موظفات|معلمة معلمات|مدرسة مدارس|جامعة جامعات|عيادة عيادات|صيدلية صيدليات|شركة شركات|\
    مدينة مدن|قرية قرى|منطقة مناطق|محافظة محافظات|دقيقة دقائق|ساعة ساعات|مرة مرات|نقطة نقاط|قطعة قطع|نسخة نسخ|\
    علبة علب|زجاجة زجاجات|حقنة حقن|وصفة وصفات|وحدة وحدات|قطرة قطرات|ملعقة ملاعق|شريحة شرائح|وجبة وجبات|سعرة سعرات|\
    كلمة كلمات|جملة جمل|فقرة فقرات|صورة صور|لوحة لوحات|بطاقة بطاقات|تذكرة تذاكر|رحلة رحلات|حقيبة حقائب|وظيفة وظائف|\
    طائرة طائرات|حافلة حافلات|دراجة دراجات|شقة شقق|عمارة عمارات|نافذة نوافذ|طاولة طاولات|شجرة أشجار|زهرة زهور|\
    حديقة حدائق|مكتبة مكتبات|محطة محطات|بوابة بوابات|نسمة نسمات|حالة حالات|إصابة إصابات|وفاة وفيات|عملية عمليات|\
    جلسة جلسات|زيارة زيارات|استشارة استشارات|مكالمة مكالمات|محاولة محاولات|دورة دورات|مادة مواد|مهمة مهام|جريمة جرائم|\
    وثيقة وثائق|فاتورة فواتير|دفعة دفعات|غرامة غرامات|مخالفة مخالفات|جائزة جوائز|هدية هدايا|لعبة ألعاب|مباراة مباريات|\
    لغة لغات|فكرة أفكار|قصة قصص|رواية روايات|مجلة مجلات|جريدة جرائد|أذن آذان|رجل أرجل|قدم أقدام|نفس أنفس|أم أمهات|\
    عائلة عائلات|أسرة أسر|زوجة زوجات|ابنة بنات|جدة جدات|عمة عمات|خالة خالات|سيدة سيدات|طفلة طفلات|مريضة مريضات|\
    إجازة إجازات|إقامة إقامات|رخصة رخص|شهادة شهادات|نسبة نسب|فرصة فرص|مشكلة مشاكل|ركعة ركعات|آية آيات|سورة سور|\
    بيضة بيضات|تمرة تمرات|موزة موزات|تفاحة تفاحات|برتقالة برتقالات|بقرة أبقار|شاة شياه|دجاجة دجاجات|نخلة نخلات|\
    طلقة طلقات|خلية خلايا|منحة منح|قناة قنوات|شبكة شبكات|شاشة شاشات|بطارية بطاريات|كاميرا كاميرات|نافلة نوافل|كبسولة كبسولات|\
    ورقة أوراق|باقة باقات|صحيفة صحف|قطعة قطع|كرة كرات|حلقة حلقات|ندوة ندوات|محاضرة محاضرات|قاعة قاعات|ساحة ساحات|\
    ولاية ولايات|إمارة إمارات|جزيرة جزر|بحيرة بحيرات|قارة قارات|سفينة سفن|طلقة طلقات|قنبلة قنابل|جثة جثث|\
    شتلة شتلات|بذرة بذور|ثمرة ثمار|قارورة قوارير|كيسة أكياس|رزمة رزم|حزمة حزم|سلة سلال|بطانية بطانيات|وسادة وسائد|\
    تحويلة تحويلات|عينة عينات|نتيجة نتائج|خريطة خرائط|طريقة طرق|قاعدة قواعد|فائدة فوائد|ميزة ميزات|\
    ضربة ضربات|لحظة لحظات|فترة فترات|مرحلة مراحل|رحمة رحمات|دعوة دعوات|حملة حملات|جولة جولات|لجنة لجان|هيئة هيئات|\
    وزارة وزارات|مؤسسة مؤسسات|منظمة منظمات|جمعية جمعيات|شرفة شرفات|بئر آبار|نار نيران|دار دور|أرض أراض|كأس كؤوس|سن أسنان";

/// Adjectives that may follow and agree, in the masculine singular.
const ADJECTIVES: &str = "كبير صغير كامل جديد قديم طويل قصير إضافي متتال متوسط ممتلئ خفيف قوي واسع";

/// Words after a number that it does not count.
const OTHERS: &str = "\
    في من إلى الى على عن مع أو او ثم بعد قبل حتى منذ عند لدى بين تحت فوق خلال هو هي هم هذا هذه ذلك تلك التي الذي \
    كان كانت يكون تكون تم تمت قد لقد لا ليس ليست ما لم لن إن أن كما أي كل جدا فقط تقريبا تقريبًا أيضا أيضًا إذا لأن \
    حيث غير سوى ميلادي ميلادية هجري هجرية هـ م ص يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر \
    نوفمبر ديسمبر محرم صفر رجب شعبان رمضان شوال صباحا صباحًا مساء مساءً ظهرا عصرا ليلا فجرا زائد ناقص يساوي في \
    فاصلة بالمئة بالمائة مليون مليار ألف آلاف ملايين سنويا يوميا شهريا أسبوعيا مقابل ضد عبر نعم كم وهو وهي كيلو";

static NOUNS: LazyLock<HashMap<&'static str, &'static Noun>> = LazyLock::new(|| {
    let mut nouns = HashMap::new();
    for (list, gender) in [(MASCULINE, Gender::Masculine), (FEMININE, Gender::Feminine)] {
        for pair in list.split('|') {
            let Some((one, few)) = pair.split_once(' ') else { continue };
            // The table lives as long as the program.
            let noun: &'static Noun = Box::leak(Box::new(forms(one, few, gender)));
            let bare: &'static str = String::leak(noun.many.chars().filter(|c| *c != 'ً').collect());
            for form in [noun.one, noun.few, noun.two[0], noun.two[1], bare] {
                nouns.entry(form).or_insert(noun);
            }
            // The nominative of a sound plural.
            if let Some(stem) = few.strip_suffix("ين").filter(|stem| *stem == one) {
                nouns.entry(String::leak(format!("{stem}ون"))).or_insert(noun);
            }
            // ليالي for ليال.
            if matches!(few, "ليال" | "ثوان" | "أيد" | "مبان") {
                nouns.entry(String::leak(format!("{few}ي"))).or_insert(noun);
            }
        }
    }
    nouns
});

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
    } else if let Some(stem) = one.strip_suffix('أ') {
        (format!("{stem}أ"), leak(format!("{one}ً")))
    } else {
        (one.to_owned(), leak(format!("{one}ًا")))
    };
    let two = [leak(format!("{dual}ان").replace("أان", "آن")), leak(format!("{dual}ين"))];
    Noun { gender, one, two, few: if few == "ثوان" { "ثوانٍ" } else { few }, many }
}

/// Without vowel signs and tatweel.
fn bare(word: &str) -> String {
    word.chars().filter(|c| !matches!(c, '\u{64b}'..='\u{652}' | '\u{670}' | '\u{640}')).collect()
}

/// The noun at the start of `after`, after an optional blank, and the length of both.
pub(super) fn read(place: &Place, after: &str) -> Option<(&'static Noun, usize)> {
    if !place.is_arabic() || matches!(place.word, "رقم" | "الرقم" | "عام" | "سنة") {
        return None;
    }
    let gap = blank(after);
    let written = word(&after[gap..]);
    if written.is_empty() || written.len() > 48 {
        return None;
    }
    let noun = *NOUNS.get(&*bare(written))?;
    (!adjective_follows(&after[gap + written.len()..])).then_some((noun, gap + written.len()))
}

/// Whether a word that may be a counted noun follows.
pub(super) fn follows(after: &str) -> bool {
    let gap = blank(after);
    let next = word(&after[gap..]);
    gap > 0
        && next.starts_with(|c: char| is_letter(c) && !c.is_ascii())
        && next.chars().nth(1).is_some()
        && !next.starts_with("ال")
        && !listed(OTHERS, next)
}

/// The dual of a feminine noun that is not in the tables: 2 موظفة.
pub(super) fn feminine_dual(after: &str, case: Case) -> Option<(String, usize)> {
    let gap = blank(after);
    let written = word(&after[gap..]);
    let plain = bare(written);
    let stem = plain.strip_suffix('ة').filter(|stem| stem.chars().count() >= 2)?;
    if gap == 0 || plain.starts_with("ال") || adjective_follows(&after[gap + written.len()..]) {
        return None;
    }
    let ending = if case == Case::Oblique { "تين" } else { "تان" };
    Some((format!("{stem}{ending}"), gap + written.len()))
}

/// Another noun in the singular, by its ending: 1 قناع is قناع واحد, 2 قناع is قناعان, 11 قناع is أحد عشر قناعًا.
pub(super) fn other(value: u64, after: &str, case: Case) -> Option<(String, usize)> {
    let gap = blank(after);
    let written = word(&after[gap..]);
    let plain = bare(written);
    let plural = ["ات", "ون", "ين", "ا"].iter().any(|ending| plain.ends_with(ending));
    // Verbs, and names of units that stay as they are.
    let kept = plain.starts_with(['ي', 'أ']) || listed("فولت هرتز واط بايت أمبير", &plain);
    if kept || plural || plain.chars().count() < 3 || adjective_follows(&after[gap + written.len()..]) {
        return None;
    }
    let feminine = plain.ends_with('ة');
    let gender = if feminine { Gender::Feminine } else { Gender::Masculine };
    let words = match value {
        1 => format!("{plain} {}", arabic::cardinal(1, gender, case)),
        2 if feminine => return None,
        2 => format!("{plain}{}", if case == Case::Oblique { "ين" } else { "ان" }),
        11.. if (11..=99).contains(&(value % 100)) && !feminine && !plain.ends_with(['ء', 'ى']) => {
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

/// The gender of a plural by its pattern; `None` for other words.
pub(super) fn plural_gender(word: &str) -> Option<Gender> {
    let plain = bare(word);
    if let Some(noun) = NOUNS.get(&*plain) {
        return Some(noun.gender);
    }
    let letters: Vec<char> = plain.chars().collect();
    match letters[..] {
        // أفعلة، إفعلة: the plural of masculine nouns.
        ['أ' | 'إ', .., 'ة'] if letters.len() <= 6 => Some(Gender::Masculine),
        // فعائل, and the verbal nouns of hollow verbs: إجازات، استشارات.
        [_, _, 'ا', 'ئ', _] | ['إ', _, 'ا', _, 'ا', 'ت'] | ['ا', 'س', 'ت', _, 'ا', _, 'ا', 'ت'] => {
            Some(Gender::Feminine)
        }
        // Other verbal nouns: إفعالات، افتعالات، استفعالات، تفعيلات، تفاعلات، تفعّلات.
        ['إ', _, _, 'ا', _, 'ا', 'ت']
        | ['ا', _, _, _, 'ا', _, 'ا', 'ت']
        | ['ا', 'ت', _, 'ا', _, 'ا', 'ت']
        | ['ا', 'س', 'ت', _, _, 'ا', _, 'ا', 'ت']
        | ['ت', _, _, 'ي', _, 'ا', 'ت']
        | ['ت', _, 'ا', _, _, 'ا', 'ت']
        | ['ت', _, _, _, 'ا', 'ت'] => Some(Gender::Masculine),
        _ => None,
    }
}
