//! Which utterances travel together: known from the survey before a second of sound is decoded.
//!
//! *Turns* are utterances of one speaker with nobody between them and hardly a pause: what a reader takes for one
//! remark. A model without times is asked for each turn by itself, so our own times stand. A model with times is
//! given *pieces* of many turns, back to back: the pads that the voice detector leaves around each utterance are
//! pause enough, and longer silence would be paid for.

use domain::{ChannelLayout, Survey, Utterance};
use openai_client::SpeechModel;

use super::{ChannelMode, OpenAiOptions};
use crate::assemble::length_ms;

/// Utterances of one speaker are one turn over pauses up to this, ms…
const TURN_PAUSE_MS: u64 = 1000;
/// …while they hold no more speech than this, ms: the window of the recognisers.
const TURN_MS: u64 = 30_000;
/// Less speech is not sent, ms: recognisers invent words over such scraps, and refuse under 100 ms.
const LEAST_MS: u64 = 300;
/// Bytes of a millisecond at most: 16 kHz, 16 bits, and what FLAC adds where nothing can be packed.
const MOST_BYTES_PER_MS: u64 = 33;

/// Utterances that are one remark, all of one channel.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Turn {
    pub(super) channel: u8,
    pub(super) utterances: Vec<Utterance>,
}

impl Turn {
    pub(super) fn speech_ms(&self) -> u64 {
        self.utterances.iter().map(length_ms).sum()
    }

    pub(super) fn start_ms(&self) -> u64 {
        self.utterances.first().map_or(0, |utterance| utterance.start_ms)
    }

    pub(super) fn end_ms(&self) -> u64 {
        self.utterances.last().map_or(0, |utterance| utterance.end_ms)
    }
}

/// A stretch of the recording, and where it stands in the piece; ms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Span {
    from: u64,
    to: u64,
    at: u64,
}

/// The sound of one request.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Piece {
    pub(super) turns: Vec<Turn>,
    spans: Vec<Span>,
}

impl Piece {
    pub(super) fn length_ms(&self) -> u64 {
        self.spans.last().map_or(0, |span| span.at + (span.to - span.from))
    }

    /// Speech in it, both channels of double talk counted, ms.
    pub(super) fn speech_ms(&self) -> u64 {
        self.turns.iter().map(Turn::speech_ms).sum()
    }

    /// Where a moment of the recording stands in the piece.
    pub(super) fn at(&self, recording_ms: u64) -> u64 {
        let span = self.spans.iter().rfind(|span| span.from <= recording_ms).or(self.spans.first());
        span.map_or(0, |span| span.at + recording_ms.clamp(span.from, span.to) - span.from)
    }

    /// Like `left-00012500`: what a provider's log shows.
    pub(super) fn name(&self) -> String {
        let channels: std::collections::BTreeSet<u8> = self.turns.iter().map(|turn| turn.channel).collect();
        let side = match channels.into_iter().collect::<Vec<_>>().as_slice() {
            [0] => "left",
            [1] => "right",
            _ => "both",
        };
        format!("{side}-{:08}", self.spans.first().map_or(0, |span| span.from))
    }

    /// How long it would be with this turn.
    fn length_with(&self, turn: &Turn) -> u64 {
        turn.utterances.iter().map(|utterance| self.fresh_ms(utterance)).sum::<u64>() + self.length_ms()
    }

    /// What an utterance adds: in a mix a part of it may be there already.
    fn fresh_ms(&self, utterance: &Utterance) -> u64 {
        let from = utterance.start_ms.max(self.spans.last().map_or(0, |span| span.to));
        utterance.end_ms.saturating_sub(from)
    }

    /// Turns come in order of start.
    fn add(&mut self, turn: Turn) {
        for utterance in &turn.utterances {
            match self.spans.last_mut() {
                Some(last) if utterance.start_ms < last.to => {
                    last.to = last.to.max(utterance.end_ms);
                }
                _ => {
                    let at = self.length_ms();
                    self.spans.push(Span { from: utterance.start_ms, to: utterance.end_ms, at });
                }
            }
        }
        self.turns.push(turn);
    }
}

/// All requests of a call.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Plan {
    pub(super) pieces: Vec<Piece>,
    /// Too short to be sent.
    pub(super) scraps: Vec<Turn>,
}

impl Plan {
    pub(super) fn of(survey: &Survey, model: &SpeechModel, options: &OpenAiOptions) -> Self {
        let turns = turns(survey);
        let mut plan = Self::default();
        if model.timestamps {
            let mixed = options.channels == ChannelMode::Mixed;
            let limit_ms = limit_ms(model, options);
            let lane = |turn: &Turn| if mixed { 0 } else { turn.channel };
            let lanes: std::collections::BTreeSet<u8> = turns.iter().map(lane).collect();
            for one in lanes {
                plan.pieces.extend(packed(turns.iter().filter(|turn| lane(turn) == one), limit_ms));
            }
        } else {
            plan.pieces = turns.into_iter().map(|turn| packed_alone(&turn)).collect();
        }
        let (pieces, scraps) = plan.pieces.into_iter().partition(|piece| piece.length_ms() >= LEAST_MS);
        plan.pieces = pieces;
        plan.scraps = scraps.into_iter().flat_map(|piece: Piece| piece.turns).collect();
        plan
    }
}

/// What a piece may hold. An utterance is 30 s at most, so no model is given less than that.
fn limit_ms(model: &SpeechModel, options: &OpenAiOptions) -> u64 {
    let by_bytes = model.max_bytes.saturating_sub(1024) / MOST_BYTES_PER_MS;
    let by_time = u64::from(model.max_seconds.min(options.piece_seconds)) * 1000;
    by_bytes.min(by_time).max(TURN_MS)
}

fn packed<'t>(turns: impl Iterator<Item = &'t Turn>, limit_ms: u64) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    for turn in turns {
        match pieces.last_mut() {
            Some(last) if last.length_with(turn) <= limit_ms => last.add(turn.clone()),
            _ => pieces.push(packed_alone(turn)),
        }
    }
    pieces
}

fn packed_alone(turn: &Turn) -> Piece {
    let mut piece = Piece::default();
    piece.add(turn.clone());
    piece
}

/// Turns of all channels, in order of start. In mono nobody knows whose the next utterance is: each is a turn.
fn turns(survey: &Survey) -> Vec<Turn> {
    let mut speech: Vec<&Utterance> = survey.speech().collect();
    speech.sort_by_key(|utterance| (utterance.start_ms, utterance.channel));
    let mut turns: Vec<Turn> = Vec::new();
    for (at, utterance) in speech.iter().enumerate() {
        let open = turns.iter_mut().rev().find(|turn| turn.channel == utterance.channel);
        match open {
            Some(turn)
                if survey.layout == ChannelLayout::Stereo
                    && utterance.start_ms.saturating_sub(turn.end_ms()) <= TURN_PAUSE_MS
                    && turn.speech_ms() + length_ms(utterance) <= TURN_MS
                    && !someone_between(speech.get(..=at).unwrap_or_default(), turn, utterance) =>
            {
                turn.utterances.push((*utterance).clone());
            }
            _ => turns.push(Turn { channel: utterance.channel, utterances: vec![(*utterance).clone()] }),
        }
    }
    turns
}

/// Whether another speaker is heard in the pause before `next`. `so_far` ends with `next`.
fn someone_between(so_far: &[&Utterance], turn: &Turn, next: &Utterance) -> bool {
    let (from, to) = (turn.end_ms(), next.start_ms);
    // none is longer than half a minute: older ones have ended
    let recent = so_far.iter().rev().take_while(|other| other.end_ms.max(other.start_ms + 60_000) > from);
    recent
        .into_iter()
        .any(|other| other.channel != turn.channel && other.start_ms < to && other.end_ms > from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn survey(layout: ChannelLayout, speech: &[(u8, u64, u64)]) -> Survey {
        Survey { duration_ms: 10_000_000, ..test_support::survey(layout, speech) }
    }

    fn model(timestamps: bool) -> SpeechModel {
        SpeechModel {
            name: "m".into(),
            timestamps,
            prompt: true,
            keywords: false,
            languages_list: false,
            max_seconds: 1390,
            max_bytes: 26_214_400,
        }
    }

    fn plan(timestamps: bool, options: &OpenAiOptions, speech: &[(u8, u64, u64)]) -> Plan {
        Plan::of(&survey(ChannelLayout::Stereo, speech), &model(timestamps), options)
    }

    fn shape(plan: &Plan) -> Vec<Vec<(u8, u64, u64)>> {
        let turn = |turn: &Turn| (turn.channel, turn.start_ms(), turn.end_ms());
        plan.pieces.iter().map(|piece| piece.turns.iter().map(turn).collect()).collect()
    }

    #[test]
    fn neighbours_of_one_speaker_are_asked_together_and_others_alone() {
        let options = OpenAiOptions::default();
        let speech = [(0, 0, 2000), (0, 2500, 4000), (1, 4200, 5000), (0, 5200, 6000), (0, 7500, 8000)];
        let plan = plan(false, &options, &speech);
        let expected: [Vec<_>; 4] =
            [vec![(0, 0, 4000)], vec![(1, 4200, 5000)], vec![(0, 5200, 6000)], vec![(0, 7500, 8000)]];
        assert_eq!(shape(&plan), expected, "joined; then another between; then a long pause");
        assert_eq!(plan.pieces[0].length_ms(), 3500, "the pause is not paid for");
    }

    #[test]
    fn a_turn_holds_half_a_minute_at_most() {
        let speech: Vec<_> = (0..6_u64).map(|n| (0, n * 10_500, n * 10_500 + 10_000)).collect();
        let plan = plan(false, &OpenAiOptions::default(), &speech);
        assert_eq!(plan.pieces.iter().map(Piece::length_ms).collect::<Vec<_>>(), [30_000, 30_000]);
    }

    #[test]
    fn someone_who_speaks_over_the_pause_parts_a_turn() {
        let options = OpenAiOptions::default();
        let parted = plan(false, &options, &[(0, 0, 2000), (1, 1800, 2300), (0, 2500, 4000)]);
        assert_eq!(parted.pieces.len(), 3);
        let over = plan(false, &options, &[(0, 0, 2000), (1, 500, 1500), (0, 2500, 4000)]);
        assert_eq!(over.pieces.len(), 2, "who has ended before the pause is not between");
    }

    #[test]
    fn in_mono_the_next_utterance_may_be_anybodys() {
        let survey = survey(ChannelLayout::Mono, &[(0, 0, 2000), (0, 2200, 4000)]);
        let plan = Plan::of(&survey, &model(false), &OpenAiOptions::default());
        assert_eq!(plan.pieces.len(), 2);
    }

    #[test]
    fn a_model_with_times_is_given_pieces_of_a_channel_within_its_limits() {
        // an hour: ten seconds of each, in turns
        let speech: Vec<_> =
            (0..360_u64).map(|n| (u8::try_from(n % 2).unwrap(), n * 10_000, n * 10_000 + 9000)).collect();
        let of = |seconds, bytes, piece_seconds| {
            let model = SpeechModel { max_seconds: seconds, max_bytes: bytes, ..model(true) };
            let options = OpenAiOptions { piece_seconds, ..OpenAiOptions::default() };
            let plan = Plan::of(&survey(ChannelLayout::Stereo, &speech), &model, &options);
            assert!(plan.pieces.iter().all(|p| p.turns.iter().all(|t| t.channel == p.turns[0].channel)));
            let total: u64 = plan.pieces.iter().map(Piece::length_ms).sum();
            assert_eq!(total, 360 * 9000, "nothing twice, nothing lost");
            plan.pieces.iter().map(Piece::length_ms).max().unwrap()
        };
        assert_eq!(of(1390, 26_214_400, 90), 90_000);
        assert_eq!(of(100, 26_214_400, 5000), 99_000, "the model's seconds");
        assert_eq!(of(1390, 3_300_000, 5000), 99_000, "the model's bytes");
        assert_eq!(of(5, 26_214_400, 5), 27_000, "an utterance is never cut");
    }

    #[test]
    fn a_mix_holds_double_talk_once_and_knows_where_everything_stands() {
        let options = OpenAiOptions { channels: ChannelMode::Mixed, ..OpenAiOptions::default() };
        let plan = plan(true, &options, &[(0, 1000, 3000), (1, 2500, 4000), (0, 9000, 10_000)]);
        let [piece] = plan.pieces.as_slice() else { panic!("{plan:?}") };
        assert_eq!((piece.length_ms(), piece.speech_ms()), (4000, 4500));
        assert_eq!((piece.at(1000), piece.at(2500), piece.at(9000), piece.at(9400)), (0, 1500, 3000, 3400));
        assert_eq!(piece.name(), "both-00001000");
        assert_eq!(plan.pieces.iter().map(Piece::length_ms).sum::<u64>(), 4000);
    }

    #[test]
    fn scraps_are_not_sent_by_themselves() {
        let plan = plan(false, &OpenAiOptions::default(), &[(0, 0, 250), (1, 5000, 5300)]);
        assert_eq!((plan.pieces.len(), plan.scraps.len()), (1, 1));
    }
}
