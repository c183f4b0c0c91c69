//! The punctuation between clauses, in all scripts, as espeak-ng classifies it.

/// The terminator that a sign stands for, and whether it ends a sentence.
///
/// Signs that need no space after them end a clause but have no terminator in Piper.
pub(super) fn class(sign: char) -> Option<(Option<char>, bool)> {
    Some(match sign {
        '.'
        | '۔'
        | '܁'
        | '܄'
        | '።'
        | '᙮'
        | '᠃'
        | '᠉'
        | '⒈'..='⒛'
        | '⳹'
        | '⳾'
        | '⸳'
        | '⸼'
        | '꓿'
        | '꘎'
        | '꛳'
        | '︒'
        | '﹒'
        | '｡' => (Some('.'), true),
        '?' | '\u{37e}' | '؟' | '܉' | '፧' | '᥅' | '⁇' | '❓' | '❔' | '⳺' | '⳻' | '꘏' | '꛷' | '︖' | '﹖' => {
            (Some('?'), true)
        }
        '!' | '܃' | '߹' | '᥄' | '‼' | '❕' | '❗' | '❢' | '❣' | '︕' | '﹗' => {
            (Some('!'), true)
        }
        ',' | '՝' | '،' | '܂' | '߸' | '༔' | '፣' | '᠂' | '᠈' | '⸲' | '⸴' | '⹁' | '꓾' | '꘍' | '꛵' | '︐'
        | '︑' | '﹐' | '﹑' | '､' => (Some(','), false),
        ':' | '܆' | '܇' | '፥' | '፦' | '᠄' | '⦂' | '꛴' | '︓' | '﹕' => (Some(':'), false),
        ';' | '\u{387}' | '؛' | '܈' | '፤' | '–' | '—' | '⁏' | '⸵' | '⸺' | '⸻' | '꛶' | '︔' | '︱' | '︲'
        | '﹔' => (Some(';'), false),
        '¡' | '¿' | 'ຯ' | '᠁' | '…' | '⋮' | '⋯' | '⋰' | '⋱' | '、' | '︙' | '，' | '：' | '；' => {
            (None, false)
        }
        '։' | '܀' | '।' | '॥' | '෴' | '།' | '༎' | '჻' | '፨' | '\u{2029}' | '。' | '！' | '．' | '？' => {
            (None, true)
        }
        _ => return None,
    })
}
