//! The table of currencies: the Gulf and its neighbours, and common world currencies.

use super::super::arabic::{Noun, feminine, masculine};
use super::Currency;

const HALALA: Noun = feminine!("هلل");
const FILS: Noun = masculine!("فلس", "فلوس");
const CENT: Noun = masculine!("سنت");

pub(super) static CURRENCIES: [Currency; 13] = [
    Currency {
        signs: "ر.س|ر.س.|﷼|\u{20c1}|SAR|SR|ريال سعودي|ريالات سعودية",
        english: ["Saudi riyal", "Saudi riyals"],
        arabic: masculine!("ريال", "ريالات", adjective "سعودي"),
        decimals: 2,
        english_sub: ["halala", "halalas"],
        arabic_sub: HALALA,
    },
    Currency {
        signs: "ريال|ريالات|ريالا|ريالًا",
        english: ["riyal", "riyals"],
        arabic: masculine!("ريال"),
        decimals: 2,
        english_sub: ["halala", "halalas"],
        arabic_sub: HALALA,
    },
    Currency {
        signs: "$|دولار|دولارات|دولارا|دولارًا",
        english: ["dollar", "dollars"],
        arabic: masculine!("دولار"),
        decimals: 2,
        english_sub: ["cent", "cents"],
        arabic_sub: CENT,
    },
    Currency {
        signs: "USD|US$|دولار أمريكي|دولارات أمريكية",
        english: ["US dollar", "US dollars"],
        arabic: masculine!("دولار", "دولارات", adjective "أمريكي"),
        decimals: 2,
        english_sub: ["cent", "cents"],
        arabic_sub: CENT,
    },
    Currency {
        signs: "€|EUR|يورو",
        english: ["euro", "euros"],
        arabic: Noun {
            gender: super::super::arabic::Gender::Masculine,
            one: "يورو",
            two: ["اثنان يورو", "اثنين يورو"],
            few: "يورو",
            many: "يورو",
        },
        decimals: 2,
        english_sub: ["cent", "cents"],
        arabic_sub: CENT,
    },
    Currency {
        signs: "£|GBP|جنيه إسترليني",
        english: ["pound", "pounds"],
        arabic: masculine!("جنيه", "جنيهات", adjective "إسترليني"),
        decimals: 2,
        english_sub: ["penny", "pence"],
        arabic_sub: masculine!("بنس"),
    },
    Currency {
        signs: "د.ك|د.ك.|KWD|KD|دينار كويتي|دنانير كويتية",
        english: ["Kuwaiti dinar", "Kuwaiti dinars"],
        arabic: masculine!("دينار", "دنانير", adjective "كويتي"),
        decimals: 3,
        english_sub: ["fils", "fils"],
        arabic_sub: FILS,
    },
    Currency {
        signs: "د.إ|د.إ.|AED|درهم إماراتي|دراهم إماراتية",
        english: ["UAE dirham", "UAE dirhams"],
        arabic: masculine!("درهم", "دراهم", adjective "إماراتي"),
        decimals: 2,
        english_sub: ["fils", "fils"],
        arabic_sub: FILS,
    },
    Currency {
        signs: "ر.ق|ر.ق.|QAR|ريال قطري|ريالات قطرية",
        english: ["Qatari riyal", "Qatari riyals"],
        arabic: masculine!("ريال", "ريالات", adjective "قطري"),
        decimals: 2,
        english_sub: ["dirham", "dirhams"],
        arabic_sub: masculine!("درهم", "دراهم"),
    },
    Currency {
        signs: "د.ب|د.ب.|BHD|دينار بحريني|دنانير بحرينية",
        english: ["Bahraini dinar", "Bahraini dinars"],
        arabic: masculine!("دينار", "دنانير", adjective "بحريني"),
        decimals: 3,
        english_sub: ["fils", "fils"],
        arabic_sub: FILS,
    },
    Currency {
        signs: "ر.ع|ر.ع.|OMR|ريال عماني|ريالات عمانية",
        english: ["Omani rial", "Omani rials"],
        arabic: masculine!("ريال", "ريالات", adjective "عماني"),
        decimals: 3,
        english_sub: ["baisa", "baisas"],
        arabic_sub: feminine!("بيس"),
    },
    Currency {
        signs: "ج.م|ج.م.|EGP|جنيه مصري|جنيهات مصرية",
        english: ["Egyptian pound", "Egyptian pounds"],
        arabic: masculine!("جنيه", "جنيهات", adjective "مصري"),
        decimals: 2,
        english_sub: ["piastre", "piastres"],
        arabic_sub: masculine!("قرش", "قروش"),
    },
    Currency {
        signs: "د.أ|د.أ.|JOD|دينار أردني|دنانير أردنية",
        english: ["Jordanian dinar", "Jordanian dinars"],
        arabic: masculine!("دينار", "دنانير", adjective "أردني"),
        decimals: 3,
        english_sub: ["fils", "fils"],
        arabic_sub: FILS,
    },
];
