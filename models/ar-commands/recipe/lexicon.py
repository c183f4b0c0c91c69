"""The 41 words, their phones, and the integer tables that the net, the loss and
the exported model share.

Every position of every word has its own pair of outputs (the entry frame and
the frames that follow). The net ties positions with the same phone (see
net.py), so sharing is learnt rather than forced.
"""

from dataclasses import dataclass

SIL = "SIL"
SPN = "SPN"
UNK = "[unk]"

# Folder name in the data: (spelling, phones). One character per phone, except
# for the colon of a long vowel, the dot of an emphatic and the doubling of a geminate.
PRONUNCIATIONS = {
    "zero": ("صفر", "s. i f r"),
    "one": ("واحد", "w a: H i d"),
    "two": ("اثنان", "? i th n a: n"),
    "three": ("ثلاثة", "th a l a: th a"),
    "four": ("أربعة", "? a r b a 3 a"),
    "five": ("خمسة", "x a m s a"),
    "six": ("ستة", "s i t t a"),
    "seven": ("سبعة", "s a b 3 a"),
    "eight": ("ثمانية", "th a m a: n i j a"),
    "nine": ("تسعة", "t i s 3 a"),
    "ten": ("عشرة", "3 a sh a r a"),
    "right": ("يمين", "j a m i: n"),
    "left": ("يسار", "j a s a: r"),
    "up": ("أعلى", "? a 3 l a:"),
    "down": ("أسفل", "? a s f a l"),
    "forward": ("أمام", "? a m a: m"),
    "backward": ("خلف", "x a l f"),
    "yes": ("نعم", "n a 3 a m"),
    "no": ("لا", "l a: a:"),
    "start": ("ابدأ", "? i b d a ?"),
    "stop": ("توقف", "t a w a q q a f"),
    "enable": ("تفعيل", "t a f 3 i: l"),
    "disable": ("تعطيل", "t a 3 t. i: l"),
    "ok": ("موافق", "m u w a: f i q"),
    "cancel": ("إلغاء", "? i l gh a: ?"),
    "open": ("فتح", "f a t H"),
    "close": ("إغلاق", "? i gh l a: q"),
    "zoom_in": ("تكبير", "t a k b i: r"),
    "zoom_out": ("تصغير", "t a s. gh i: r"),
    "previous": ("السابق", "? a s s a: b i q"),
    "next": ("التالي", "? a t t a: l i:"),
    "send": ("إرسال", "? i r s a: l"),
    "receive": ("استقبال", "? i s t i q b a: l"),
    "move": ("تحريك", "t a H r i: k"),
    "rotate": ("تدوير", "t a d w i: r"),
    "record": ("تسجيل", "t a s j. i: l"),
    "enter": ("إدخال", "? i d x a: l"),
    "digit": ("رقم", "r a q m"),
    "direction": ("اتجاه", "? i t t i j. a: h"),
    "options": ("خيارات", "x i j a: r a: t"),
    "undo": ("تراجع", "t a r a: j. u 3"),
}

NAMES = list(PRONUNCIATIONS)
SPELLINGS = [PRONUNCIATIONS[name][0] for name in NAMES] + [UNK]
WORD_ID = {name: index for index, name in enumerate(NAMES)}
UNK_ID = len(NAMES)
DIGITS = list(range(11))
YES_NO = [WORD_ID["yes"], WORD_ID["no"]]

# [unk] must last at least three output frames (90 ms), so that clicks do not
# become words; its three positions share one pair of outputs.
UNK_POSITIONS = 3


@dataclass(frozen=True)
class Position:
    """One phone of one word: a phone of the exported model."""

    phone: str
    kind: str  # begin, internal, end, singleton: Kaldi's word_boundary classes
    entry_pdf: int
    loop_pdf: int


def _kind(index, length):
    if length == 1:
        return "singleton"
    return "begin" if index == 0 else "end" if index == length - 1 else "internal"


def _build():
    silence = Position(SIL, "nonword", 0, 1)
    unknown = [Position(SPN, _kind(i, UNK_POSITIONS), 2, 3) for i in range(UNK_POSITIONS)]
    words, pdf = [], 4
    for name in NAMES:
        phones = PRONUNCIATIONS[name][1].split()
        chain = []
        for index, phone in enumerate(phones):
            chain.append(Position(phone, _kind(index, len(phones)), pdf, pdf + 1))
            pdf += 2
        words.append(chain)
    return silence, words + [unknown], pdf


# WORDS[word id] is the chain of positions; [unk] comes last.
SILENCE, WORDS, NUM_PDFS = _build()
PHONES = [SIL, SPN] + sorted({p.phone for chain in WORDS[:-1] for p in chain})
# For each pdf the row of the tied phone table (two rows per phone).
PDF_TO_PHONE_ROW = [0] * NUM_PDFS
for _position in [SILENCE] + [p for chain in WORDS for p in chain]:
    _row = 2 * PHONES.index(_position.phone)
    PDF_TO_PHONE_ROW[_position.entry_pdf] = _row
    PDF_TO_PHONE_ROW[_position.loop_pdf] = _row + 1
