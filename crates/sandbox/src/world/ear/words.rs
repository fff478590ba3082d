//! Which words of a phrase lie in which part of it. Nobody marked them: letters are spread evenly
//! over the time in which the voice is heard, and a sentence's end is drawn to the nearest pause.

use std::ops::Range;

/// A pause inside a phrase, frames: 140 ms.
const PAUSE: usize = 7;
/// How far a mark may stand from its pause, frames that speak: 0.4 s.
const DRAWN: f32 = 20.0;
/// A cut so near to the phrase's edge takes no word away, frames: 0.24 s.
const EDGE: usize = 12;

/// A word and the frame of its middle.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct TimedWord {
    text: String,
    middle: usize,
}

/// From the first frame that speaks to behind the last.
pub(super) fn spoken(active: &[bool]) -> Range<usize> {
    let first = active.iter().position(|active| *active).unwrap_or(0);
    let end = active.iter().rposition(|active| *active).map_or(first, |last| last + 1);
    first..end
}

/// The words of a phrase with their times.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "frames of one phrase"
)]
pub(super) fn timed(text: &str, active: &[bool]) -> Vec<TimedWord> {
    let speaking: Vec<usize> =
        active.iter().enumerate().filter(|(_, active)| **active).map(|(frame, _)| frame).collect();
    let pauses: Vec<f32> = speaking
        .windows(2)
        .enumerate()
        .filter(|(_, pair)| pair[1] - pair[0] > PAUSE)
        .map(|(i, _)| (i + 1) as f32)
        .collect();
    let words: Vec<&str> = text.split_whitespace().collect();
    let letters = |word: &str| word.chars().filter(|c| c.is_alphanumeric()).count() as f32 + 0.5;
    let total: f32 = words.iter().map(|word| letters(word)).sum();
    let scale = speaking.len() as f32 / total.max(1.0);
    let mut ends: Vec<f32> = Vec::with_capacity(words.len());
    let mut sum = 0.0;
    for word in &words {
        sum += letters(word) * scale;
        ends.push(sum);
    }
    let anchors = anchors(&words, &ends, &pauses, speaking.len() as f32);
    let mut begin = 0.0;
    words
        .iter()
        .zip(&ends)
        .map(|(word, end)| {
            let middle = moved(&anchors, f32::midpoint(begin, *end));
            begin = *end;
            let frame = speaking.get(middle as usize).or(speaking.last()).copied().unwrap_or(0);
            TimedWord { text: (*word).to_owned(), middle: frame }
        })
        .collect()
}

/// Pairs of (where evenly spread letters put it, where it is), both ends included.
fn anchors(words: &[&str], ends: &[f32], pauses: &[f32], whole: f32) -> Vec<(f32, f32)> {
    let marks: Vec<f32> = words
        .iter()
        .zip(ends)
        .filter(|(word, _)| word.ends_with(['.', ',', '!', '?', ':', ';', '—', '…']))
        .map(|(_, end)| *end)
        .collect();
    let mut anchors = vec![(0.0, 0.0)];
    for &pause in pauses {
        let nearest = marks.iter().copied().min_by(|a, b| (a - pause).abs().total_cmp(&(b - pause).abs()));
        let free = |mark: &f32| {
            (mark - pause).abs() <= DRAWN
                && anchors.last().is_none_or(|last| last.0 < *mark && last.1 < pause)
        };
        if let Some(mark) = nearest.filter(free) {
            anchors.push((mark, pause));
        }
    }
    anchors.retain(|anchor| anchor.0 < whole);
    anchors.push((whole, whole));
    anchors
}

fn moved(anchors: &[(f32, f32)], at: f32) -> f32 {
    for pair in anchors.windows(2) {
        let ((from, to), (next_from, next_to)) = (pair[0], pair[1]);
        if at <= next_from {
            return to + (at - from) / (next_from - from).max(f32::EPSILON) * (next_to - to);
        }
    }
    at
}

/// The words whose middle lies in the part that was heard.
pub(super) fn within(words: &[TimedWord], spoken: &Range<usize>, heard: &Range<usize>) -> String {
    let from = if heard.start <= spoken.start + EDGE { 0 } else { heard.start };
    let to = if heard.end + EDGE >= spoken.end { usize::MAX } else { heard.end };
    let chosen = words.iter().filter(|word| (from..to).contains(&word.middle));
    chosen.map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_in_the_pause_between_two_sentences_parts_their_words() {
        // 30 frames of speech, a pause of 20, 40 frames of speech
        let active: Vec<bool> = (0..90).map(|i| !(30..50).contains(&i)).collect();
        let words = timed("Да, помню. Говорите громче", &active);
        let whole = spoken(&active);
        assert_eq!(within(&words, &whole, &(0..40)), "Да, помню.");
        assert_eq!(within(&words, &whole, &(40..90)), "Говорите громче");
        assert_eq!(within(&words, &whole, &(0..90)), "Да, помню. Говорите громче");
    }
}
