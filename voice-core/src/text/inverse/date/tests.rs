use super::*;

fn read(text: &str) -> Vec<String> {
    let today = Date::new(2026, 11, 26).unwrap();
    let words = Words::new(text);
    let found = date(&words, 0, today, Language::guess(text)).filter(|found| found.words.end == words.len());
    // A day that does not exist has no reading.
    found.map_or(Vec::new(), |found| found.value.iter().map(|said| said.date.to_string()).collect())
}

#[test]
fn dates_are_read() {
    for (text, expected) in [
        ("الخامس من مارس ألفين وستة وعشرين", "2026-03-05"),
        ("خمسة ثلاثة ألف وتسعمية وتسعين", "1990-03-05"),
        ("يوم خمسة وعشرين شهر تسعة سنة ألفين وعشرة", "2010-09-25"),
        ("٥/٣/١٤١٠", "1989-10-06"),
        ("واحد رمضان ألف وأربعمية وعشرة", "1990-03-28"),
        ("عشرة صفر ١٤٤٠ هـ", "2018-10-19"),
        ("15 جمادى الآخرة 1448", "2026-11-25"),
        ("تشرين الثاني ألفين وعشرين", "2020-11"),
        ("مارس ٢٠٢٦", "2026-03"),
        ("2026", "2026"),
        ("March fifth nineteen ninety", "1990-03-05"),
        ("March 5th, 1990", "1990-03-05"),
        ("the twenty third of July two thousand and eleven", "2011-07-23"),
        ("March twenty twenty six", "2026-03"),
        ("March twenty nineteen ninety", "1990-03-20"),
        ("May first nineteen oh five", "1905-05-01"),
        ("5/3/1990", "1990-03-05"),
        ("3/25/1990", "1990-03-25"),
        ("1990-03-05", "1990-03-05"),
        ("5/3/90", "1990-03-05"),
        ("قبل أسبوعين", "2026-11-12"),
        ("من شهرين", "2026-09"),
        ("الاثنين الماضي", "2026-11-23"),
        ("الأحد الجاي", "2026-11-29"),
        ("بعد بكرة", "2026-11-28"),
        ("two weeks ago", "2026-11-12"),
        ("last Monday", "2026-11-23"),
        ("in three days", "2026-11-29"),
        ("the day before yesterday", "2026-11-24"),
        ("last year", "2025"),
        ("هالشهر", "2026-11"),
    ] {
        assert_eq!(read(text), [expected], "{text}");
    }
    assert_eq!(read("سنة خمسة وأربعين"), ["1945", "2023"]);
    assert_eq!(read("5 مارس"), ["2026-03-05", "2027-03-05"]);
    assert_eq!(read("Monday"), ["2026-11-23", "2026-11-30"]);
    for text in ["في التسعينات", "31/2/2020", "خمسة", "5/13/1800", "99/99/9999", "", "5 مارس 1410", "قبل"]
    {
        assert!(read(text).is_empty(), "{text}: {:?}", read(text));
    }
}
