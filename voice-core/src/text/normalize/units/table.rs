//! The table of units. Signs of one letter are the international ones in their exact case; `M`, `Mg` and similar
//! signs have other meanings and are not included.

use super::super::arabic::{feminine, masculine};
use super::{Arabic, Unit};
use Arabic::{Counted, Fixed, Time, With};

const fn unit(signs: &'static str, english: [&'static str; 2], arabic: Arabic) -> Unit {
    Unit { signs, english, arabic }
}

pub(super) static PERCENT: Unit = unit("%", ["percent", "percent"], Fixed("في المئة"));

pub(super) static UNITS: [Unit; 115] = [
    unit("%", ["percent", "percent"], Fixed("في المئة")),
    // Mass.
    unit(
        "kg|Kg|KG|kgs|كغ|كغم|كجم|كلغ|كيلوجرام|كيلو غرام|كيلو جرام",
        ["kilogram", "kilograms"],
        Counted(masculine!("كيلوغرام")),
    ),
    unit("g|gm|gr|غ|غم|جم|جرام", ["gram", "grams"], Counted(masculine!("غرام"))),
    unit(
        "mg|mgs|MG|ملغ|ملغم|مغ|مجم|ملجم|مليجرام|ملليغرام|ملي غرام|ملي جرام|ملغرام",
        ["milligram", "milligrams"],
        Counted(masculine!("مليغرام")),
    ),
    unit(
        "mcg|µg|μg|ug|MCG|مكغ|مكغم|مكجم|ميكروجرام",
        ["microgram", "micrograms"],
        Counted(masculine!("ميكروغرام")),
    ),
    unit("ng|نانوجرام", ["nanogram", "nanograms"], Counted(masculine!("نانوغرام"))),
    unit("pg", ["picogram", "picograms"], Counted(masculine!("بيكوغرام"))),
    unit("lb|lbs|رطل", ["pound", "pounds"], Counted(masculine!("رطل", "أرطال"))),
    unit("oz", ["ounce", "ounces"], Counted(feminine!("أونص"))),
    unit("كيلو", ["kilo", "kilos"], Fixed("كيلو")),
    unit("ton|tons|طن", ["ton", "tons"], Counted(masculine!("طن", "أطنان"))),
    // Volume.
    unit(
        "ml|mL|ML|مل|ملل|مليلتر|ملليلتر|ملي لتر",
        ["milliliter", "milliliters"],
        Counted(masculine!("مليلتر")),
    ),
    unit("dl|dL|دل|دسل|ديسل|ديسي لتر|ديسيلتر", ["deciliter", "deciliters"], Counted(masculine!("ديسيلتر"))),
    unit("l|L|لتر|ليتر|ل", ["liter", "liters"], Counted(masculine!("لتر"))),
    unit("µL|μL|uL", ["microliter", "microliters"], Counted(masculine!("ميكرولتر"))),
    unit("fL|fl", ["femtoliter", "femtoliters"], Counted(masculine!("فيمتولتر"))),
    unit(
        "cc|cm³|cm3|سم³|سم3",
        ["cubic centimeter", "cubic centimeters"],
        Counted(masculine!("سنتيمتر", "سنتيمترات", adjective "مكعب")),
    ),
    unit(
        "m³|m3|م³|م3",
        ["cubic meter", "cubic meters"],
        Counted(masculine!("متر", "أمتار", adjective "مكعب")),
    ),
    unit(
        "tbsp|م.ك|م.ك.|م ك",
        ["tablespoon", "tablespoons"],
        Counted(feminine!("ملعق", "ملاعق", adjective "كبير")),
    ),
    unit("tsp|م.ص|م.ص.|م ص", ["teaspoon", "teaspoons"], Counted(feminine!("ملعق", "ملاعق", adjective "صغير"))),
    // Length and area.
    unit("km|Km|KM|كم|كلم|كيلو متر", ["kilometer", "kilometers"], Counted(masculine!("كيلومتر"))),
    unit("m|م|مترا", ["meter", "meters"], Counted(masculine!("متر", "أمتار"))),
    unit("cm|CM|سم|سنتمتر|سنتي متر", ["centimeter", "centimeters"], Counted(masculine!("سنتيمتر"))),
    unit("mm|ملم|مم|ملليمتر|ملي متر", ["millimeter", "millimeters"], Counted(masculine!("مليمتر"))),
    unit("µm|μm|um", ["micrometer", "micrometers"], Counted(masculine!("ميكرومتر"))),
    unit("ft", ["foot", "feet"], Counted(feminine!("قدم", "أقدام"))),
    unit(
        "m²|m2|م²|م2",
        ["square meter", "square meters"],
        Counted(masculine!("متر", "أمتار", adjective "مربع")),
    ),
    unit(
        "cm²|cm2|سم²|سم2",
        ["square centimeter", "square centimeters"],
        Counted(masculine!("سنتيمتر", "سنتيمترات", adjective "مربع")),
    ),
    unit(
        "km²|km2|كم²|كم2",
        ["square kilometer", "square kilometers"],
        Counted(masculine!("كيلومتر", "كيلومترات", adjective "مربع")),
    ),
    // Temperature and angle.
    unit(
        "°C|° C|ºC|˚C|℃|C|°م|° م|˚م|م°|م °|درجة مئوية|درجات مئوية|مئوية|مئويه",
        ["degree Celsius", "degrees Celsius"],
        Counted(feminine!("درج", "درجات", adjective "مئوي")),
    ),
    unit(
        "°F|° F|ºF|˚F|℉|F|°ف|درجة فهرنهايت|درجات فهرنهايت",
        ["degree Fahrenheit", "degrees Fahrenheit"],
        With(feminine!("درج"), "فهرنهايت"),
    ),
    unit("°|º|˚", ["degree", "degrees"], Counted(feminine!("درج"))),
    // Clinical.
    unit(
        "mmHg|mm Hg|mmhg|ملم زئبق|مم زئبق|ملم زئبقي|مم زئبقي",
        ["millimeter of mercury", "millimeters of mercury"],
        Counted(masculine!("مليمتر", "مليمترات", adjective "زئبقي")),
    ),
    unit(
        "bpm|BPM|ن/د|نبضة/دقيقة|نبضه/دقيقه|نبضة/د",
        ["beat per minute", "beats per minute"],
        With(feminine!("نبض"), "في الدقيقة"),
    ),
    unit("نبضه", ["beat", "beats"], Counted(feminine!("نبض"))),
    unit(
        "IU|iu|و.د|و.د.|وحدة دولية|وحدات دولية",
        ["international unit", "international units"],
        Counted(feminine!("وحد", "وحدات", adjective "دولي")),
    ),
    unit("K/uL|K/µL|K/μL|k/uL", ["thousand per microliter"; 2], Fixed("ألف لكل ميكرولتر")),
    unit("U", ["unit", "units"], Counted(feminine!("وحد"))),
    unit("mmol", ["millimole", "millimoles"], Counted(masculine!("مليمول"))),
    unit("µmol|μmol|umol", ["micromole", "micromoles"], Counted(masculine!("ميكرومول"))),
    unit("mEq|meq", ["milliequivalent", "milliequivalents"], Counted(masculine!("مليمكافئ"))),
    unit("kcal", ["kilocalorie", "kilocalories"], Counted(feminine!("كيلوكالوري", "كيلوكالوريات"))),
    unit("حبه", ["tablet", "tablets"], Counted(feminine!("حب"))),
    unit("جرعه", ["dose", "doses"], Counted(feminine!("جرع"))),
    unit("مره", ["time", "times"], Counted(feminine!("مر"))),
    unit("كبسوله", ["capsule", "capsules"], Counted(feminine!("كبسول"))),
    unit("قطره", ["drop", "drops"], Counted(feminine!("قطر"))),
    unit("ملعقه", ["spoon", "spoons"], Counted(feminine!("ملعق", "ملاعق"))),
    // Time.
    unit("ms", ["millisecond", "milliseconds"], Time(feminine!("ملّيثاني", "ملّيثوانٍ"), "الملّيثانية")),
    unit("s|sec|secs|ث|ثوان|ثواني", ["second", "seconds"], Time(feminine!("ثاني", "ثوانٍ"), "الثانية")),
    unit("min|mins|د", ["minute", "minutes"], Time(feminine!("دقيق", "دقائق"), "الدقيقة")),
    unit("h|hr|hrs|س", ["hour", "hours"], Time(feminine!("ساع"), "الساعة")),
    unit("d|يوما|ايام", ["day", "days"], Time(masculine!("يوم", "أيام"), "اليوم")),
    unit("wk|wks|اسبوع|أسبوعا", ["week", "weeks"], Time(masculine!("أسبوع", "أسابيع"), "الأسبوع")),
    unit("mo|mos|شهرا|شهور|اشهر", ["month", "months"], Time(masculine!("شهر", "أشهر"), "الشهر")),
    unit("y|yr|yrs|سنوات|سنين", ["year", "years"], Time(feminine!("سن", "سنوات"), "السنة")),
    unit("عاما|اعوام", ["year", "years"], Time(masculine!("عام", "أعوام"), "العام")),
    // Length, speed, area of other systems.
    unit("in|inch|inches|إنش|انش", ["inch", "inches"], Counted(feminine!("بوص"))),
    unit("yd|yds", ["yard", "yards"], Counted(feminine!("يارد"))),
    unit("mi|ميلا", ["mile", "miles"], Counted(masculine!("ميل", "أميال"))),
    unit("mph", ["mile per hour", "miles per hour"], With(masculine!("ميل", "أميال"), "في الساعة")),
    unit(
        "km/h|kmh|kph|كم/س|كم/ساعة",
        ["kilometer per hour", "kilometers per hour"],
        With(masculine!("كيلومتر"), "في الساعة"),
    ),
    unit(
        "sq ft|sq. ft.|ft²|ft2",
        ["square foot", "square feet"],
        Counted(feminine!("قدم", "أقدام", adjective "مربع")),
    ),
    unit(
        "sq m|sqm",
        ["square meter", "square meters"],
        Counted(masculine!("متر", "أمتار", adjective "مربع")),
    ),
    unit(
        "sq km",
        ["square kilometer", "square kilometers"],
        Counted(masculine!("كيلومتر", "كيلومترات", adjective "مربع")),
    ),
    unit("sq mi", ["square mile", "square miles"], Counted(masculine!("ميل", "أميال", adjective "مربع"))),
    unit("ha", ["hectare", "hectares"], Counted(masculine!("هكتار"))),
    unit("nm", ["nanometer", "nanometers"], Counted(masculine!("نانومتر"))),
    unit("gal", ["gallon", "gallons"], Counted(masculine!("غالون"))),
    unit("qt", ["quart", "quarts"], Counted(masculine!("كوارت"))),
    unit(
        "fl oz|fl. oz.",
        ["fluid ounce", "fluid ounces"],
        Counted(feminine!("أونص", "أونصات", adjective "سائل")),
    ),
    unit("st", ["stone", "stone"], Counted(masculine!("ستون"))),
    // Data.
    unit("kB|KB", ["kilobyte", "kilobytes"], Fixed("كيلوبايت")),
    unit("MB", ["megabyte", "megabytes"], Fixed("ميجابايت")),
    unit("GB", ["gigabyte", "gigabytes"], Fixed("جيجابايت")),
    unit("TB", ["terabyte", "terabytes"], Fixed("تيرابايت")),
    unit("kbps|Kbps", ["kilobit per second", "kilobits per second"], Fixed("كيلوبت في الثانية")),
    unit("Mbps|mbps|Mb/s", ["megabit per second", "megabits per second"], Fixed("ميجابت في الثانية")),
    unit("Gbps|gbps|Gb/s", ["gigabit per second", "gigabits per second"], Fixed("جيجابت في الثانية")),
    // Electricity, frequency, power.
    unit("Ω|ohm|ohms", ["ohm", "ohms"], Fixed("أوم")),
    unit("kΩ", ["kilohm", "kilohms"], Fixed("كيلوأوم")),
    unit("Ah", ["ampere hour", "ampere hours"], Fixed("أمبير ساعة")),
    unit("N", ["newton", "newtons"], Fixed("نيوتن")),
    unit("kN", ["kilonewton", "kilonewtons"], Fixed("كيلونيوتن")),
    unit("Pa", ["pascal", "pascals"], Fixed("باسكال")),
    unit("hPa", ["hectopascal", "hectopascals"], Fixed("هكتوباسكال")),
    unit("atm", ["atmosphere", "atmospheres"], Fixed("ضغط جوي")),
    unit("MP", ["megapixel", "megapixels"], Fixed("ميغابكسل")),
    unit("fps", ["frame per second", "frames per second"], Fixed("إطار في الثانية")),
    unit("mbar", ["millibar", "millibars"], Fixed("مليبار")),
    unit("mIU|mU", ["milli international unit", "milli international units"], Fixed("ملي وحدة دولية")),
    unit("µIU|μIU|uIU", ["micro international unit", "micro international units"], Fixed("ميكرو وحدة دولية")),
    unit("gtt|gtts", ["drop", "drops"], Counted(feminine!("قطر"))),
    unit("V", ["volt", "volts"], Fixed("فولت")),
    unit("kV", ["kilovolt", "kilovolts"], Fixed("كيلوفولت")),
    unit("mV", ["millivolt", "millivolts"], Fixed("ميلي فولت")),
    unit("mA", ["milliampere", "milliamperes"], Fixed("ميلي أمبير")),
    unit("mAh", ["milliampere hour", "milliampere hours"], Fixed("ميلي أمبير ساعة")),
    unit("W", ["watt", "watts"], Fixed("واط")),
    unit("kW", ["kilowatt", "kilowatts"], Fixed("كيلوواط")),
    unit("MW", ["megawatt", "megawatts"], Fixed("ميغاواط")),
    unit("kWh|kwh|KWh|kW h", ["kilowatt hour", "kilowatt hours"], Fixed("كيلوواط ساعة")),
    unit("Hz|hz", ["hertz", "hertz"], Fixed("هرتز")),
    unit("kHz|KHz", ["kilohertz", "kilohertz"], Fixed("كيلوهرتز")),
    unit("MHz", ["megahertz", "megahertz"], Fixed("ميغاهرتز")),
    unit("GHz", ["gigahertz", "gigahertz"], Fixed("جيجاهرتز")),
    unit("dB|dBA", ["decibel", "decibels"], Fixed("ديسيبل")),
    unit(
        "rpm|RPM",
        ["revolution per minute", "revolutions per minute"],
        With(feminine!("دور"), "في الدقيقة"),
    ),
    unit("kPa", ["kilopascal", "kilopascals"], Fixed("كيلوباسكال")),
    unit(
        "psi",
        ["pound per square inch", "pounds per square inch"],
        With(masculine!("رطل", "أرطال"), "لكل بوصة مربعة"),
    ),
    unit("kJ", ["kilojoule", "kilojoules"], Fixed("كيلوجول")),
    unit("cal|سعرة|سعرات", ["calorie", "calories"], Counted(feminine!("سعر"))),
    unit("‰", ["per mille", "per mille"], Fixed("في الألف")),
    unit("tab|tabs", ["tablet", "tablets"], Counted(masculine!("قرص", "أقراص"))),
    unit("cap|caps", ["capsule", "capsules"], Counted(feminine!("كبسول"))),
];
