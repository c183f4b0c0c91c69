//! Readings of English text.

use super::check;
use crate::text::Language::English;

#[test]
fn plain_numbers() {
    check(
        English,
        &[
            ("0", "zero"),
            ("I have 5.", "I have five."),
            ("1,234,567", "one million two hundred thirty-four thousand five hundred sixty-seven"),
            ("3.14 or 0.50 or .5", "three point one four or zero point five zero or zero point five"),
            ("-5, +7, ±2", "minus five, plus seven, plus or minus two"),
            ("007 agents", "zero zero seven agents"),
            ("3-5 days, 10–20", "three to five days, ten to twenty"),
            ("a 5-3 win", "a five to three win"),
            ("2 × 3 = 6", "two times three equals six"),
            ("< 5 and ≥7", "less than five and more than or equal to seven"),
            ("1:1000", "one to one thousand"),
            ("#5", "number five"),
        ],
    );
}

#[test]
fn ambiguous_numbers_are_read_as_written() {
    check(
        English,
        &[
            ("2,5 mg", "two comma five milligrams"),
            ("1.234,56", "one dot two three four comma fifty-six"),
            ("1,2,3", "one comma two comma three"),
            ("12,34", "twelve comma thirty-four"),
            ("17/5/45", "seventeen slash five slash forty-five"),
            ("31/4/2024", "thirty-one slash four slash two thousand twenty-four"),
            ("12-05-99", "twelve dash zero five dash ninety-nine"),
        ],
    );
}

#[test]
fn ordinals_and_years() {
    check(
        English,
        &[
            ("1st 2nd 3rd 11th 112th 21st", "first second third eleventh one hundred twelfth twenty-first"),
            ("in 1999, since 2005", "in nineteen ninety-nine, since two thousand five"),
            ("the 1960s", "the nineteen sixties"),
            ("May 2024", "May twenty twenty-four"),
            ("1445 AH", "fourteen forty-five Hijri"),
            ("for 30s", "for thirty seconds"),
        ],
    );
}

#[test]
fn fractions_and_scores() {
    check(
        English,
        &[
            ("1/2 cup", "one half cup"),
            ("1½", "one and a half"),
            ("5 2/3", "five and two thirds"),
            ("3/4 kg", "three quarters kilogram"),
            ("pain 7/10", "pain seven out of ten"),
            ("BP 120/80 mmHg", "BP one hundred twenty over eighty millimeters of mercury"),
        ],
    );
}

#[test]
fn money() {
    check(
        English,
        &[
            ("$7.50", "seven dollars and fifty cents"),
            ("$1.00 $1.01 $0.99", "one dollar one dollar and one cent ninety-nine cents"),
            ("$20.555", "twenty point five five five dollars"),
            ("-$5", "minus five dollars"),
            ("$5-10", "five to ten dollars"),
            ("$5 million, $2.5M", "five million dollars, two point five million dollars"),
            ("SAR 1,500.50", "one thousand five hundred Saudi riyals and fifty halalas"),
            ("KWD 1.250 and 2 BHD", "one Kuwaiti dinar and two hundred fifty fils and two Bahraini dinars"),
            ("€9, £3, AED 5, QAR 1", "nine euros, three pounds, five UAE dirhams, one Qatari riyal"),
            (
                "OMR 2.5, EGP 10, 4 JOD",
                "two Omani rials and five hundred baisas, ten Egyptian pounds, four Jordanian dinars",
            ),
        ],
    );
}

#[test]
fn units() {
    check(
        English,
        &[
            ("0.5mg, 1 mg, 2 mL", "zero point five milligrams, one milligram, two milliliters"),
            (
                "38.5°C or 98.6F",
                "thirty-eight point five degrees Celsius or ninety-eight point six degrees Fahrenheit",
            ),
            ("72 bpm", "seventy-two beats per minute"),
            ("100 km/h", "one hundred kilometers per hour"),
            ("99 mg/dL", "ninety-nine milligrams per deciliter"),
            ("5 mg/kg/day", "five milligrams per kilogram per day"),
            ("25 kg/m²", "twenty-five kilograms per square meter"),
            ("1000 IU", "one thousand international units"),
            ("50%, 1.5 %, 3-5%", "fifty percent, one point five percent, three to five percent"),
            ("10%-20%", "ten percent to twenty percent"),
            ("3 Mg and 5 cats", "three Mg and five cats"),
            ("room 5 C", "room five C"),
        ],
    );
}

#[test]
fn dates() {
    check(
        English,
        &[
            ("on 17/5/2024", "on the seventeenth of May, twenty twenty-four"),
            ("3/4/2024", "the third of April, twenty twenty-four"),
            ("5/17/2024", "the seventeenth of May, twenty twenty-four"),
            ("2024-02-29", "the twenty-ninth of February, twenty twenty-four"),
            ("17.5.2024.", "the seventeenth of May, twenty twenty-four."),
            ("17 May 2024, 3rd of June", "the seventeenth of May, twenty twenty-four, the third of June"),
            ("the 17 May", "the seventeenth of May"),
            ("May 17, 2024", "May seventeenth, twenty twenty-four"),
            ("15 Ramadan 1445 AH", "the fifteenth of Ramadan, fourteen forty-five Hijri"),
            ("15/9/1445", "the fifteenth of Ramadan, fourteen forty-five"),
        ],
    );
}

#[test]
fn times() {
    check(
        English,
        &[
            ("10:30", "ten thirty"),
            ("10:05 am", "ten oh five a\u{2063} m"),
            ("at 10 p.m. sharp", "at ten p m sharp"),
            ("at 10.30 am", "at ten thirty a\u{2063} m"),
            ("10.30 a.m.-2.15 p.m.", "ten thirty a\u{2063} m to two fifteen p m"),
            ("10.30 amperes, 10.75 am", "ten point three zero amperes, ten point seven five am"),
            ("10:00-14:00", "ten o'clock to fourteen o'clock"),
            ("2024-05-17T22:30", "the seventeenth of May, twenty twenty-four twenty-two thirty"),
            ("10:30:15", "ten thirty and fifteen seconds"),
            ("10:75", "ten to seventy-five"),
        ],
    );
}

#[test]
fn telephone_numbers() {
    check(
        English,
        &[
            ("+966 50 123 4567", "plus nine six six, five zero, one two three, four five six seven"),
            ("+966501234567", "plus nine six six, five zero one, two three four, five six seven"),
            ("0501234567", "zero five zero, one two three, four five six seven"),
            ("(011) 123-4567", "zero one one, one two three, four five six seven"),
            ("555-123-4567", "five five five, one two three, four five six seven"),
            ("call 555-1234", "call five five five, one two three four"),
            ("920012345", "nine two zero, zero one two, three four five"),
        ],
    );
}

#[test]
fn letter_a_next_to_digits_is_marked() {
    check(
        English,
        &[("A4 and 3a, 3b", "A\u{2063} four and three a\u{2063}, three b"), ("3 a day", "three a day")],
    );
}

#[test]
fn names_with_digits_and_addresses() {
    check(
        English,
        &[
            ("B12, H1N1, CA125", "B twelve, H one N one, C A one two five"),
            ("COVID-19 and SARS-CoV-2", "COVID nineteen and SARS CoV two"),
            ("q4-6h", "every four to six hours"),
            ("10^9/L", "ten to the ninth per liter"),
            ("v1.2.3", "v one dot two dot three"),
            ("192.168.1.1", "one nine two dot one six eight dot one dot one"),
            ("a.b@example.com.", "a dot b at example dot com."),
            (
                "(see www.example.com/x?y=1)",
                "(see www dot example dot com slash x question mark y equals one)",
            ),
            ("https://example.com/a-b_c", "example dot com slash a dash b underscore c"),
        ],
    );
}

#[test]
fn abbreviations() {
    check(
        English,
        &[
            ("Dr. Smith and Mrs. Jones", "Doctor Smith and Missus Jones"),
            ("No. 5, e.g. this", "number five, for example this"),
            ("and so on, etc.", "and so on, et cetera."),
            ("P.O. Box 12", "P O box twelve"),
            ("No. Never.", "No. Never."),
        ],
    );
}

#[test]
fn numbers_that_name_things_are_read_by_digit() {
    check(
        English,
        &[
            ("The PIN is 7305.", "The PIN is seven three zero five."),
            ("Use code 730512 now", "Use code seven three zero, five one two now"),
            ("Dial 999 now", "Dial nine nine nine now"),
            ("call 300 people", "call three hundred people"),
            ("1-877-123-4567", "one, eight seven seven, one two three, four five six seven"),
            ("867-5309", "eight six seven, five three zero nine"),
            (
                "7730000000 or 7730000123",
                "seven billion seven hundred thirty million or seven seven three, zero zero zero, zero one two three",
            ),
            ("Gate 9B, seat 21F", "Gate nine B, seat twenty-one F"),
            ("a ratio of 3:20", "a ratio of three to twenty"),
            ("They won 4-1.", "They won four to one."),
            (
                "due on 8/3, valid thru 07/29",
                "due on the eighth of March, valid thru July twenty twenty-nine",
            ),
        ],
    );
}

#[test]
fn roman_numerals() {
    check(
        English,
        &[
            ("Queen Mary II and Edward VII", "Queen Mary the second and Edward the seventh"),
            ("Phase III of Chapter IX", "Phase three of Chapter nine"),
            ("Rocky II, built MCMXC", "Rocky two, built nineteen ninety"),
            ("Start IV fluids, I said", "Start I V fluids, I said"),
            ("MIX the CD and DVD", "MIX the CD and DVD"),
        ],
    );
}

#[test]
fn prescriptions() {
    check(
        English,
        &[
            ("2 caps BID PRN", "two capsules twice a day as needed"),
            ("q6h or Q12H", "every six hours or every twelve hours"),
            (
                "160 mg/5 mL, 12 U insulin, 18/min",
                "one hundred sixty milligrams per five milliliters, twelve units of insulin, eighteen per minute",
            ),
            ("+ve, A1C 7%", "positive, A\u{2063} one c seven percent"),
            ("130 / 85", "one hundred thirty over eighty-five"),
            (
                "39 C, 4.5 x10^9/L",
                "thirty-nine degrees Celsius, four point five times ten to the ninth per liter",
            ),
            ("a bid of 5", "a bid of five"),
        ],
    );
}

#[test]
fn compound_quantities() {
    check(
        English,
        &[
            ("3h 15m, 1h5m", "three hours fifteen minutes, one hour five minutes"),
            ("6'2\" and 7\"", "six feet two inches and seven inches"),
            ("1-1/2 tsp", "one and a half teaspoons"),
            ("8x, 4x6", "eight times, four times six"),
            (
                "256GB, 70 mph, 12 kWh",
                "two hundred fifty-six gigabytes, seventy miles per hour, twelve kilowatt hours",
            ),
        ],
    );
}

#[test]
fn more_money() {
    check(
        English,
        &[
            (
                "¥900, ₹20, £3bn, $4m",
                "nine hundred yen, twenty rupees, three billion pounds, four million dollars",
            ),
            ("€7,25 or $-3", "seven euros and twenty-five cents or minus three dollars"),
            ("a $2 million house", "a two million dollar house"),
            ("$15–$25", "fifteen to twenty-five dollars"),
        ],
    );
}

#[test]
fn years_and_decades() {
    check(
        English,
        &[
            ("the 70s, mid-1980s", "the seventies, mid nineteen eighties"),
            (
                "1939–45, from 1805 to 1815",
                "nineteen thirty-nine to forty-five, from eighteen oh five to eighteen fifteen",
            ),
            ("open 24/7", "open twenty-four seven"),
            ("5 − 2 = 3, √9", "five minus two equals three, square root of nine"),
        ],
    );
}

#[test]
fn marks_of_markdown_are_skipped() {
    check(
        English,
        &[
            ("## Dose", "Dose"),
            ("take **two** or `none` of __them__", "take two or none of them"),
            ("see [the leaflet](https://example.com/a) first", "see the leaflet first"),
            ("2*3 and snake__case [1](2)", "two*three and snake__case [one](two)"),
        ],
    );
}

#[test]
fn bracket_after_a_bracket_is_no_link() {
    for (written, said) in [
        ("Dose [adult](0.5mg)", "zero point five milligrams"),
        ("take [b](1/2)", "one half"),
        ("f[x](3.5)", "three point five"),
        ("see [a](/2)", "two"),
        ("see [a](#4)", "four"),
        ("[low](.5)", "five"),
    ] {
        let read = crate::text::normalize(written, English);
        assert!(read.contains(said), "{written}: {read}");
    }
    check(
        English,
        &[
            ("[Help](https://a.org/2)", "Help"),
            ("[Help](/help)", "Help"),
            ("[Help](#more)", "Help"),
            ("[Help](www.a.org)", "Help"),
            ("[Help](a.org/2)", "Help"),
            ("[mail](mailto:a@b.org)", "mail"),
        ],
    );
}

#[test]
fn words_that_are_no_abbreviations_stay() {
    check(
        English,
        &[
            ("The Earth orbits the Sun.", "The Earth orbits the Sun."),
            ("Open on Sun.", "Open on Sunday."),
            ("We met Sat., 5 May", "We met Saturday, the fifth of May"),
            ("Malcolm X was born", "Malcolm X was born"),
            ("The XX chromosome", "The XX chromosome"),
            ("Use VI to edit", "Use VI to edit"),
            ("Open II", "Open II"),
            ("Rocky II and Louis X of France", "Rocky two and Louis the tenth of France"),
            ("a $500 bid", "a five hundred dollar bid"),
            ("his 2024 bid", "his two thousand twenty-four bid"),
            ("500 mg bid, 2 tabs bid", "five hundred milligrams twice a day, two tablets twice a day"),
            ("She is a temp.", "She is a temp."),
            ("The temp. is 38", "The temperature is thirty-eight"),
            ("I asked Jan.", "I asked Jan."),
            ("until Jan. and Jan. 5", "until January and January fifth"),
        ],
    );
}

#[test]
fn ratios_are_no_months() {
    for written in ["a 1/2000 risk", "The risk is 1/1500", "5/1400 people", "a 1/2048 share"] {
        let read = crate::text::normalize(written, English);
        let month = ["January", "Muharram", "Jumada", "May"].iter().any(|month| read.contains(month));
        assert!(!month, "{written}: {read}");
    }
    check(
        English,
        &[("due 1/2000", "due January two thousand"), ("in 1/2027", "in January twenty twenty-seven")],
    );
}

#[test]
fn figures_next_to_others_stay_apart() {
    let read = crate::text::normalize("1010₂ and H₂O and x₁₂", English);
    assert!(read.starts_with("one thousand ten two and H"), "{read}");
    assert!(read.ends_with("twelve"), "{read}");
    let read = crate::text::normalize("9/11 patients responded", English);
    assert!(!read.contains("nine eleven"), "{read}");
    check(
        English,
        &[
            ("the 9/11 attacks", "the nine eleven attacks"),
            ("$10-$20 million", "ten to twenty million dollars"),
            ("$5-8 billion", "five to eight billion dollars"),
        ],
    );
}

#[test]
fn account_numbers_and_ranges_of_days() {
    check(
        English,
        &[
            (
                "DE44 5001 0517 5407 3249 31",
                "D E four four, five zero zero one, zero five one seven, five four zero seven, three two four nine, three one",
            ),
            ("Sat-Thu, Mar–Jun", "Saturday to Thursday, March to June"),
            ("9 Elm St. near St. Luke church", "nine Elm Street near Saint Luke church"),
            ("5 ft 4 in, 20 mg. a day", "five feet four inches, twenty milligrams a day"),
            ("a $5 coffee", "a five dollar coffee"),
        ],
    );
}
