//! The test whether a recognized text is an echo of what is being spoken.

use crate::text::matching::words;

/// The part of the words of an echo that must be found among the spoken words, in their order.
const MIN_SHARE: f32 = 0.6;

/// How much text before and after the position of the listener may be in an echo, in bytes: about a second.
const MARGIN: usize = 32;

/// The words of `heard` that are not an echo of `spoken`: those that are not in the longest sequence of words that
/// both have.
pub(super) fn foreign_words(heard: &str, spoken: &str) -> usize {
    let (heard, spoken) = (words(heard), words(spoken));
    heard.len() - common(&heard, &spoken)
}

/// Whether `heard` is an echo of `spoken`. A single word is one only if there is no echo canceller (`is_likely`), since
/// an answer often repeats a word of its question.
pub(super) fn is_echo(heard: &str, spoken: &str, is_likely: bool) -> bool {
    let (heard, spoken) = (words(heard), words(spoken));
    let common = common(&heard, &spoken);
    let least = if is_likely { 1 } else { 2 };
    common >= least && common as f32 >= MIN_SHARE * heard.len() as f32
}

/// The text that may be in an echo while the listener went from the byte `begin` to the byte `end` of it.
pub(super) fn window(text: &str, begin: usize, end: usize) -> &str {
    let begin = text.floor_char_boundary(begin.saturating_sub(MARGIN));
    let end = text.ceil_char_boundary(end.saturating_add(MARGIN).min(text.len()));
    // Whole words.
    let begin = text[..begin].rfind(char::is_whitespace).unwrap_or_default();
    let end = text[end..].find(char::is_whitespace).map_or(text.len(), |length| end + length);
    &text[begin..end.max(begin)]
}

/// The length of the longest common subsequence.
fn common(one: &[String], other: &[String]) -> usize {
    let mut row = vec![0; other.len() + 1];
    for word in one {
        let mut diagonal = 0;
        for (at, candidate) in other.iter().enumerate() {
            let above = row[at + 1];
            row[at + 1] = if word == candidate { diagonal + 1 } else { above.max(row[at]) };
            diagonal = above;
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROMPT: &str = "مرحبا بك في عيادة الأسنان، هل تريد حجز موعد جديد أم تغيير موعدك؟";

    #[test]
    fn repeated_words_are_an_echo() {
        assert!(is_echo("عيادة الاسنان هل تريد", PROMPT, false));
        // One word is wrong.
        assert!(is_echo("عيادة الإنسان هل تريد", PROMPT, false));
        assert!(!is_echo("أريد تغيير الطبيب من فضلك", PROMPT, false));
        assert!(!is_echo("", PROMPT, true));
    }

    #[test]
    fn one_word_is_an_echo_only_without_a_canceller() {
        assert!(is_echo("موعد", PROMPT, true));
        assert!(!is_echo("موعد", PROMPT, false));
        assert_eq!(foreign_words("هل تريد لا شكرا", PROMPT), 2);
    }

    #[test]
    fn window_has_whole_words_around_the_position() {
        let begin = PROMPT.find("الأسنان").unwrap();
        let part = window(PROMPT, begin, begin + 14);
        assert!(part.contains("عيادة") && part.contains("هل") && !part.contains("موعدك"), "{part}");
        assert_eq!(window(PROMPT, 0, usize::MAX), PROMPT);
        assert_eq!(window("", 5, 9), "");
    }
}
