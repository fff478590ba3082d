//! Who speaks: in stereo the channel says it; in mono we look at voices and words, and
//! say "unknown" unless both agree.
//!
//! The method for mono, all of it:
//! 1. Each utterance with a pitch is a point, in semitones, weighted by its length.
//! 2. The points are cut in two where the gap between neighbours is widest. Two voices are
//!    believed only when the gap is at least [`GAP`] semitones, the middles of the groups lie
//!    at least [`DISTANCE`] apart, and each group has [`ENOUGH_MS`] of speech: a man and a
//!    woman, in practice. Two similar voices stay unknown.
//! 3. The group that says what employees say («меня зовут», «чем могу помочь») while the other
//!    says none of it is the operator. Otherwise everyone stays unknown.
//! 4. Utterances without a pitch stay unknown.

use domain::{ChannelLayout, OperatorChannel, Speaker, Survey};

use crate::assemble::Judged;

/// Widest gap between neighbouring pitches, semitones.
const GAP: f32 = 2.5;
/// Distance between the voices' means, semitones. Men speak at 85–155 Hz, women at 165–255 Hz.
const DISTANCE: f32 = 5.0;
/// Speech that a voice needs, ms.
const ENOUGH_MS: u64 = 1500;

/// What employees say and clients hardly ever do; lower case, ё = е.
const OPERATOR_WORDS: [&str; 14] = [
    "чем могу помочь",
    "чем я могу помочь",
    "чем могу быть полез",
    "слушаю вас",
    "компания",
    "вас приветствует",
    "отдел продаж",
    "служба поддержки",
    "меня зовут",
    "как я могу к вам обращаться",
    "как могу к вам обращаться",
    "вас беспокоит",
    "оформим заказ",
    "могу вам предложить",
];

/// A speaker for each utterance, in the given order.
pub(crate) fn tell_apart(survey: &Survey, operator: OperatorChannel, judged: &[Judged]) -> Vec<Speaker> {
    if survey.layout == ChannelLayout::Stereo {
        return judged.iter().map(|judged| survey.speaker(judged.channel, operator)).collect();
    }
    by_voice(judged).unwrap_or_else(|| vec![Speaker::Unknown; judged.len()])
}

fn by_voice(judged: &[Judged]) -> Option<Vec<Speaker>> {
    let border = border(judged)?;
    let is_high = |judged: &Judged| semitones(judged).map(|pitch| pitch > border);
    let marks = |high: bool| {
        let group = judged.iter().filter(|judged| is_high(judged) == Some(high));
        group.map(operator_marks).sum::<usize>()
    };
    let operator_is_high = match (marks(false), marks(true)) {
        (0, 1..) => true,
        (1.., 0) => false,
        _ => return None,
    };
    let speaker = |judged: &Judged| match is_high(judged) {
        None => Speaker::Unknown,
        Some(high) if high == operator_is_high => Speaker::Operator,
        Some(_) => Speaker::Client,
    };
    Some(judged.iter().map(speaker).collect())
}

/// The pitch between two clearly different voices.
fn border(judged: &[Judged]) -> Option<f32> {
    let mut points: Vec<(f32, u64)> =
        judged.iter().filter_map(|judged| Some((semitones(judged)?, length_ms(judged)))).collect();
    points.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (cut, gap) = points
        .windows(2)
        .enumerate()
        .filter_map(|(at, pair)| Some((at + 1, pair.get(1)?.0 - pair.first()?.0)))
        .max_by(|a, b| a.1.total_cmp(&b.1))?;
    let (low, high) = points.split_at_checked(cut)?;
    let enough = |group: &[(f32, u64)]| group.iter().map(|point| point.1).sum::<u64>() >= ENOUGH_MS;
    let clear = gap >= GAP && middle(high) - middle(low) >= DISTANCE && enough(low) && enough(high);
    clear.then_some(f32::midpoint(low.last()?.0, high.first()?.0))
}

/// Mean pitch, weighted by length.
fn middle(group: &[(f32, u64)]) -> f32 {
    let weight = |ms: u64| f32::from(u16::try_from(ms / 10).unwrap_or(u16::MAX));
    let all: f32 = group.iter().map(|(_, ms)| weight(*ms)).sum();
    group.iter().map(|(pitch, ms)| pitch * weight(*ms)).sum::<f32>() / all.max(1.0)
}

/// Pitch in semitones over 1 Hz: of the longest utterance that has one.
fn semitones(judged: &Judged) -> Option<f32> {
    let voiced =
        judged.utterances.iter().filter(|u| u.pitch_hz.is_some_and(|hz| (50.0..600.0).contains(&hz)));
    let longest = voiced.max_by_key(|utterance| crate::assemble::length_ms(utterance));
    longest.and_then(|utterance| utterance.pitch_hz).map(|hz| 12.0 * hz.log2())
}

fn length_ms(judged: &Judged) -> u64 {
    judged.utterances.iter().map(crate::assemble::length_ms).sum()
}

fn operator_marks(judged: &Judged) -> usize {
    let text: String = judged.kept.iter().map(|segment| segment.text.as_str()).collect::<Vec<_>>().join(" ");
    let plain: String = text
        .to_lowercase()
        .replace('ё', "е")
        .chars()
        .map(|c| if c.is_alphanumeric() { c } else { ' ' })
        .collect();
    let plain = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    OPERATOR_WORDS.iter().filter(|words| plain.contains(**words)).count()
}

#[cfg(test)]
mod tests {
    use domain::{Utterance, UtteranceGate};

    use super::*;
    use crate::HeardSegment;

    const SPOKEN: [Speaker; 5] =
        [Speaker::Operator, Speaker::Client, Speaker::Operator, Speaker::Client, Speaker::Unknown];

    fn said(start_ms: u64, pitch_hz: Option<f32>, text: &str) -> Judged {
        let end_ms = start_ms + 2000;
        let utterance = Utterance {
            channel: 0,
            start_ms,
            end_ms,
            level_dbfs: -20.0,
            gate: UtteranceGate::Passed,
            pitch_hz,
        };
        let kept =
            vec![HeardSegment { start_ms, end_ms, text: text.into(), avg_logprob: None, words: Vec::new() }];
        Judged {
            utterances: vec![utterance],
            channel: 0,
            speaker: None,
            kept,
            dropped: Vec::new(),
            failed: false,
        }
    }

    #[test]
    fn a_woman_who_introduces_herself_and_a_man_are_told_apart() {
        let judged = [
            said(0, Some(210.0), "Здравствуйте, меня зовут Ирина"),
            said(3000, Some(115.0), "Мне не интересно"),
            said(6000, Some(225.0), "А каким вы пользуетесь?"),
            said(9000, Some(108.0), "Меня всё устраивает"),
            said(12_000, None, "Угу"),
        ];
        let who = by_voice(&judged).unwrap();
        assert_eq!(who, SPOKEN);
    }

    #[test]
    fn similar_voices_are_unknown() {
        let judged = [
            said(0, Some(210.0), "Здравствуйте, меня зовут Ирина"),
            said(3000, Some(185.0), "Мне не интересно"),
            said(6000, Some(200.0), "А каким вы пользуетесь?"),
            said(9000, Some(190.0), "Меня всё устраивает"),
        ];
        assert_eq!(by_voice(&judged), None);
    }

    #[test]
    fn clear_voices_without_clear_words_are_unknown() {
        let nobody = [said(0, Some(210.0), "Алло"), said(3000, Some(110.0), "Да, привет")];
        assert_eq!(by_voice(&nobody), None);
        let both = [
            said(0, Some(210.0), "Компания «Север», слушаю вас"),
            said(3000, Some(110.0), "Меня зовут Сергей"),
        ];
        assert_eq!(by_voice(&both), None);
    }
}
