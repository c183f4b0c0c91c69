//! Given names of persons: which words are names, and whose.

use super::scan::listed;

/// Common given names, which tell a title at the start of a line from an item of a list.
pub(super) fn is_given(word: &str) -> bool {
    const NAMES: &str = "\
        محمد أحمد احمد عبد عبدالله عبدالرحمن عبدالعزيز خالد سعيد سعد سعود فهد فيصل سلمان سلطان ناصر نايف تركي \
        بندر ماجد علي عمر عثمان حسن حسين إبراهيم ابراهيم إسماعيل يوسف يعقوب موسى عيسى هارون داود سليمان صالح \
        طارق طلال وليد ياسر مازن سامي هاني رامي زياد باسم كريم مصطفى محمود جمال كمال عادل عماد أسامة أيمن أنس \
        بدر راشد مشاري منصور مساعد عبداللطيف عبدالكريم فاطمة عائشة خديجة مريم زينب نورة نوره سارة ساره هند \
        منى ليلى سلمى هدى أمل امل ريم رنا دانة لمى لينا نوف العنود منيرة حصة أسماء إيمان هالة سعاد سميرة";
    listed(NAMES, word)
}

/// Whether an Arabic given name is a woman's.
pub(super) fn is_woman(name: &str) -> bool {
    const WOMEN: &str = "\
        مريم زينب هند منى ليلى سلمى هدى أمل امل ريم رنا لمى لينا نوف العنود سعاد إيمان ايمان دعاء أسماء اسماء هيفاء \
        نجلاء شيماء آلاء إسراء هناء وفاء ولاء نهى ضحى رؤى شذى لبنى بشرى سهى ندى هيا دينا رانيا داليا سهير عبير غدير \
        أريج اريج ابتسام أحلام احلام سهام إلهام إنعام ختام رحاب رباب شهد وعد رهف جواهر البندري الجوهرة حنان جنان \
        نوال آمال فاتن سوسن نسرين ياسمين شروق نور رغد لجين رزان بيان نادين كوثر تهاني أماني اماني ريما لمياء \
        حنين يسرا سارا لارا ميساء ميس دلال منال اعتدال هيام انتصار";
    // Men's names in ة.
    const MEN: &str = "حمزة أسامة اسامة طلحة معاوية عبيدة قتادة عكرمة خليفة عطية حذيفة ربيعة ميسرة عروة سلامة \
        جمعة عودة شحادة شحاتة نعمة سمرة مسلمة عبادة هبة";
    listed(WOMEN, name) || name.ends_with('ة') && name.chars().nth(2).is_some() && !listed(MEN, name)
}

/// Names after "Saint".
pub(super) const SAINTS: &str = "\
    James John Paul Peter Mary Louis Petersburg Patrick Joseph George Andrew Andrews Helena Lucia Kitts Thomas Anthony \
    Francis Jude Luke Mark Matthew Vincent Moritz Augustine Nicholas Michael Martin Stephen Tropez Gallen Barts Cloud";
