//! Latin words whose Arabic form their spelling does not tell.

use std::collections::HashMap;
use std::sync::LazyLock;

/// Names of products and services, and short words.
const WORDS: &str = "\
    windows ويندوز|microsoft مايكروسوفت|google غوغل|apple آبل|android أندرويد|iphone آيفون|ipad آيباد|\
    ios آي أو إس|macos ماك أو إس|whatsapp واتساب|facebook فيسبوك|youtube يوتيوب|twitter تويتر|\
    instagram إنستغرام|snapchat سناب شات|tiktok تيك توك|telegram تيليغرام|linkedin لينكد إن|amazon أمازون|\
    netflix نتفليكس|zoom زوم|teams تيمز|office أوفيس|word وورد|excel إكسل|outlook أوتلوك|gmail جيميل|\
    chatgpt شات جي بي تي|email إيميل|mail ميل|online أونلاين|internet إنترنت|website ويب سايت|web ويب|\
    wifi واي فاي|wi واي|fi فاي|bluetooth بلوتوث|laptop لابتوب|computer كمبيوتر|mobile موبايل|phone فون|\
    link لينك|file فايل|update أبديت|download داونلود|app آب|ok أوكي|okay أوكي|hello هالو|hi هاي|please بليز|\
    the ذا|of أوف|and آند|to تو|you يو|your يور|we وي|he هي|she شي|my ماي|by باي|one وان|two تو|premium بريميوم|\
    plus بلس|pro برو|max ماكس|mini ميني|ultra ألترا|visa فيزا|mastercard ماستركارد|mada مدى|paypal باي بال|\
    uber أوبر|careem كريم|toyota تويوتا|hyundai هيونداي|samsung سامسونغ|huawei هواوي|sony سوني|intel إنتل|\
    nike نايكي|covid كوفيد|clinic كلينيك|hospital هوسبيتال|doctor دكتور|dr دكتور|mr مستر|mrs مسز";

/// Medicines and their makers.
const MEDICINES: &str = "\
    vitamin فيتامين|omega أوميغا|panadol بنادول|extra إكسترا|paracetamol باراسيتامول|aspirin أسبرين|\
    ibuprofen إيبوبروفين|amoxicillin أموكسيسيلين|augmentin أوغمنتين|azithromycin أزيثرومايسين|insulin إنسولين|\
    lantus لانتوس|metformin ميتفورمين|glucophage غلوكوفاج|omeprazole أوميبرازول|nexium نيكسيوم|lipitor ليبيتور|\
    atorvastatin أتورفاستاتين|amlodipine أملوديبين|bisoprolol بيسوبرولول|concor كونكور|warfarin وارفارين|\
    ventolin فنتولين|brufen بروفين|voltaren فولتارين|zyrtec زيرتك|prednisolone بريدنيزولون|\
    levothyroxine ليفوثيروكسين|pfizer فايزر|clexane كليكسان|seretide سيريتايد|clarinase كلاريناز|\
    roaccutane روأكيوتان|januvia جانوفيا|moderna موديرنا|ciprofloxacin سيبروفلوكساسين|salbutamol سالبوتامول|\
    diclofenac ديكلوفيناك|cetirizine سيتيريزين|ozempic أوزمبيك|saxenda ساكسندا|euthyrox يوثيروكس|\
    panadrex بنادركس";

/// Names of persons and places.
const NAMES: &str = "\
    john جون|johnson جونسون|jones جونز|james جيمس|george جورج|michael مايكل|david ديفيد|joseph جوزيف|\
    thomas توماس|charles تشارلز|daniel دانيال|anthony أنتوني|steven ستيفن|stephen ستيفن|andrew أندرو|\
    brian براين|bryan براين|jason جيسون|jacob جيكوب|nicholas نيكولاس|samuel صامويل|alexander ألكسندر|henry هنري|\
    adam آدم|adams آدامز|arthur آرثر|simon سايمون|benjamin بنجامين|sean شون|ian إيان|kyle كايل|ryan رايان|\
    peter بيتر|philip فيليب|roger روجر|rogers روجرز|eugene يوجين|russell راسل|louis لويس|lewis لويس|wayne واين|\
    vincent فينسنت|bruce بروس|joe جو|luke لوك|mason ميسون|ethan إيثان|patricia باتريشيا|susan سوزان|sarah سارة|\
    michelle ميشيل|rachel رايتشل|angela أنجيلا|amy إيمي|anna آنا|anne آن|ann آن|joan جوان|jean جين|jane جين|\
    isabella إيزابيلا|chloe كلوي|grace غريس|charlotte شارلوت|teresa تيريزا|theresa تيريزا|louise لويز|rose روز|\
    elizabeth إليزابيث|virginia فيرجينيا|diane ديان|hugh هيو|hughes هيوز|taylor تايلور|williams ويليامز|\
    walker ووكر|hall هول|young يونغ|baker بيكر|campbell كامبل|evans إيفانز|turner تيرنر|edwards إدواردز|\
    price برايس|myers مايرز|sanders ساندرز|gray غراي|mitchell ميتشل|moore مور|mohammed محمد|muhammad محمد|\
    mohamed محمد|ahmed أحمد|ahmad أحمد|ali علي|omar عمر|khalid خالد|fatima فاطمة|sara سارة|noura نورة|\
    abdullah عبدالله|abdulaziz عبدالعزيز|london لندن|paris باريس|dubai دبي|riyadh الرياض|jeddah جدة|makkah مكة|\
    madinah المدينة";

static TABLE: LazyLock<HashMap<&str, &str>> = LazyLock::new(|| {
    let pairs = [WORDS, MEDICINES, NAMES].into_iter().flat_map(|list| list.split('|'));
    pairs.filter_map(|pair| pair.split_once(' ')).collect()
});

/// Builds the table, if no text needed it yet.
pub(super) fn build_table() {
    LazyLock::force(&TABLE);
}

/// The Arabic form of a word in small letters.
pub(super) fn find(word: &str) -> Option<&'static str> {
    TABLE.get(word).copied()
}
