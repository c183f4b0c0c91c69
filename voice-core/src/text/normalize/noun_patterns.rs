//! What the letters of an Arabic noun tell: gender, number and its other forms.

use super::arabic::{Case, Gender};
use super::scan::listed;

/// Feminine nouns without a feminine ending: their singular, which is a closed class, and plurals. A three-letter plural
/// tells no gender by its form: غرف is feminine, كتب is masculine.
const FEMININE: &str = "\
    يد عين أذن ساق قدم كتف كف ذراع سن كبد نفس روح حرب أرض شمس نار ريح دار بئر بنت أخت أم عروس كأس عصا فأس سماء نعل \
    ركب عجوز حامل مرضع أيد أيدي أيادي عيون أعين آذان سيقان أقدام أكتاف أكف أذرع أسنان أنفس أرواح حروب أراض أراضي \
    شموس نيران رياح ديار آبار كؤوس فؤوس أمهات بنات أخوات عرائس حوامل نساء نسوة سماوات \
    دقائق ثوان ثواني ثوانٍ سنين ليال ليالي ليالٍ مرار حبوب جرع ملاعق إبر ابر غرف نقاط قطع نسخ علب أسر مدن مواد صور \
    كلى رئات أرجل حقن فرص طرق دول جمل سور آي حلق حزم رزم كتل سلال منح رخص جزر جثث قرى خيام سفن صحف أمم قمم غدد عقد ندب \
    بقع فقر ثغر بدل رحل تهم حيل لعب لغات لجان مهن نعم فتن كرات كدمات ورش وصفات شعب أفكار أشجار أوراق ألعاب أزمات \
    مدارس مناطق مراحل مشاكل مكاتيب محاكم مجازر قنابل قواعد نوافذ فواتير قوارير جوائز حدائق ضرائب فوائد قوائم";

/// Without vowel signs and tatweel.
pub(super) fn bare(word: &str) -> String {
    word.chars().filter(|c| !matches!(c, '\u{64b}'..='\u{652}' | '\u{670}' | '\u{640}')).collect()
}

/// Whether a noun without a feminine ending is feminine.
pub(super) fn is_feminine(noun: &str) -> bool {
    listed(FEMININE, noun)
}

/// The dual of a noun that does not end in ة.
pub(super) fn dual(plain: &str, case: Case) -> String {
    let stem = match plain {
        "أب" | "أخ" | "حم" => format!("{plain}و"),
        _ => match plain.strip_suffix('ى') {
            Some(stem) => format!("{stem}ي"),
            None => plain.to_owned(),
        },
    };
    let ending = if case == Case::Oblique { "ين" } else { "ان" };
    format!("{stem}{ending}").replace("أان", "آن")
}

/// Whether a word after 1 or 2 may be a noun in the singular: it is not definite and has no form of a verb.
pub(super) fn may_be_noun(plain: &str) -> bool {
    const VERBS: &str = "\
        كان قال فاز فتح بدأ جاء ذهب صار ظل عاد مات دخل خرج وصل رفع قم خذ ضع هل كيف متى أين لماذا ماذا من أضف أدخل أرسل \
        أغلق أعد أكد حدد جهز سجل راجع شارك شاهد تأكد قد سوف كذلك أقل أكثر أكبر أصغر أول آخر ثاني ثالث كلا كلتا معا يا لو";
    let count = plain.chars().count();
    let future = ["سي", "ست", "سن", "سأ"].iter().any(|head| plain.starts_with(head)) && count > 3;
    let present = plain.starts_with(['ي', 'ت', 'ن']) && count > 3;
    let plural = ["ون", "ين", "ات", "وا", "نا", "تم"].iter().any(|tail| plain.ends_with(tail)) && count > 4;
    let verb = future || present || plural || plain.starts_with('ا') || listed(VERBS, plain);
    (2..=7).contains(&count) && !verb && !plain.ends_with('ا')
}

/// Whether a word has a pattern of masculine nouns in the singular that no common verb has.
pub(super) fn is_noun(plain: &str) -> bool {
    let letters: Vec<char> = plain.chars().collect();
    match letters[..] {
        // انفعال، افتعال، استفعال: انقطاع، استبيان. تفعال: تمثال.
        ['ا', 'ن', _, _, 'ا', last] | ['ا', _, 'ت', _, 'ا', last] | ['ا', 'س', 'ت', _, _, 'ا', last] => {
            !matches!(last, 'ن' | 'ت' | 'ا') || plain.starts_with("است")
        }
        ['ت', _, _, 'ا', last] => !matches!(last, 'ن' | 'ا' | 'ت' | 'ى'),
        // تفعيل: تحديث.
        ['ت', _, _, 'ي', last] => !matches!(last, 'ن' | 'ا'),
        // فعال: قناع.
        [first, second, 'ا', last] => {
            !matches!(first, 'أ' | 'ا' | 'ت' | 'ن' | 'ي' | 'ه' | 'س')
                && second != 'ا'
                && !matches!(last, 'ت' | 'ء' | 'ى')
        }
        // مفعل، مفعال، مفعول: مشرط، منشار، مشروب.
        ['م', second, third, last] => {
            !matches!(second, 'ا' | 'ن')
                && !matches!(third, 'ا' | 'ت')
                && !matches!(last, 'ا' | 'ت' | 'ن' | 'ى' | 'ي' | 'ه')
        }
        ['م', _, _, 'ا' | 'و', last] => !matches!(last, 'ا' | 'ت' | 'ن' | 'ء' | 'ى'),
        _ => false,
    }
}

/// The gender of a plural without vowel signs, by its pattern; `None` for other words.
pub(super) fn plural_gender(plain: &str) -> Option<Gender> {
    let letters: Vec<char> = plain.chars().collect();
    match letters[..] {
        // أفعلة: the plural of masculine nouns.
        ['أ', _, _, 'ة'] if plain != "أسرة" && plain != "أزمة" => Some(Gender::Masculine),
        ['أ', .., 'ة'] if (5..=6).contains(&letters.len()) => Some(Gender::Masculine),
        // فعلة of persons.
        _ if matches!(plain, "إخوة" | "فتية" | "صبية" | "غلمة") => Some(Gender::Masculine),
        // هدايا، خلايا, and قصص، شقق، خطط: the plurals of nouns in ة.
        [_, _, 'ا', 'ي', 'ا'] => Some(Gender::Feminine),
        [_, second, third] if second == third && second != 'ا' => Some(Gender::Feminine),
        // مستفعلات، مفتعلات: مستودعات، مستندات.
        ['م', 'س', 'ت', _, _, _, 'ا', 'ت'] | ['م', 'س', 'ت', _, _, 'ا', 'ت'] => {
            Some(Gender::Masculine)
        }
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
