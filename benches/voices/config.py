"""The `.onnx.json` that lies beside a Piper voice."""

# Piper's symbols in the order of their ids, one code point each: control, punctuation, letters, IPA, digits,
# combining marks. Id 0 pads, 1 begins, 2 ends, 3 is the space between words.
PHONEMES = (
    "_^$ !'(),-.:;?abcdefhijklmnopqrstuvwxyzæçðøħŋœǀǁǂǃɐɑɒɓɔɕɖɗɘəɚɛɜɞɟɠɡɢɣɤɥɦɧɨɪɫɬɭɮɯɰɱɲɳɴɵɶɸɹɺɻɽɾʀʁʂʃʄʈʉʊʋʌʍʎʏʐʑʒʔʕʘʙʛʜʝʟʡʢʲ"
    "ˈˌːˑ˞βθχᵻⱱ0123456789\u0327\u0303\u032a\u032f\u0329ʰˤε↓#\"↑\u033a\u033bgʦX\u031d\u030aɝʷ")

# What the voices are measured with, as espeak-ng writes it; short, English, Arabic.
UTTERANCES = (
    "həlˈoʊ.",
    "ɡˈʊd mˈɔːɹnɪŋ, hˌaʊ ɑːɹ juː tədˈeɪ?",
    "s̪ˈa.baːħˌu alχˈairˌi, kaˌifa ħˈaːlakˌa aljˈaum? hˈal tˈaʃʕurˌu biʔˈalamˌin fiː s̪ˈa.drik?",
)


def ids(phonemes):
    """The ids of phonemes as Piper feeds them: begin, pad, then each symbol and a pad, then end."""
    padded = (number for symbol in phonemes for number in (PHONEMES.index(symbol), 0))
    return [1, 0, *padded, 2]


def piper(size, rate, symbols, speakers, language):
    """The configuration of a voice of `size` (one of Piper's qualities) that speaks at `rate` Hz."""
    family = language.split("_")[0]
    return {
        "audio": {"sample_rate": rate, "quality": size},
        "espeak": {"voice": {"en": "en-us"}.get(family, family)},
        "phoneme_type": "espeak",
        "inference": {"noise_scale": 0.667, "length_scale": 1.0, "noise_w": 0.8},
        "num_symbols": symbols,
        "num_speakers": speakers,
        "speaker_id_map": {f"speaker-{number}": number for number in range(speakers)} if speakers > 1 else {},
        "phoneme_id_map": {symbol: [number] for number, symbol in enumerate(PHONEMES)},
        "phoneme_map": {},
        "hop_length": 256,
        "language": {"code": language, "family": family},
    }
