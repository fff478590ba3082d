//! A call that is over, as the history takes it: facts, words with times, money, recording.

use chrono::Duration;
use domain::{Call, CallId, CostItem, Direction, EngineName, Manager, Segment, Speaker, Transcript};

use crate::{CallRecording, DialogMode, Dialogue, DialogueState, Ending, LineEnd, Persona, Turn};

/// A call that is over.
#[derive(Debug, Clone, PartialEq)]
pub struct FinishedCall {
    /// What the history shows of it. The robot stands as the employee: `robot-` and the persona.
    pub call: Call,
    /// Who spoke.
    pub persona: String,
    /// By turns or in real time.
    pub mode: DialogMode,
    /// Why it ended.
    pub ending: Ending,
    /// What was said, the robot as operator; `None` if nobody answered.
    pub transcript: Option<Transcript>,
    /// The exchanges with their times and sources.
    pub turns: Vec<Turn>,
    /// What it cost: `speech`, `dialogue`, `telephony`.
    pub cost: Vec<CostItem>,
    /// The sound; `None` when nobody answered or none was made.
    pub recording: Option<CallRecording>,
    /// How the line went down, as the telephone company says.
    pub line_end: Option<LineEnd>,
    /// From the answer to the end by the clock that the words were timed by, ms.
    pub clock_ms: Option<u64>,
}

impl FinishedCall {
    /// From a dialogue that has ended; `title` of the persona, and what turned speech into words.
    pub fn of(dialogue: &Dialogue, persona: Option<&Persona>, heard_by: EngineName) -> Self {
        let ending = match dialogue.state {
            DialogueState::Ended { why } => why,
            _ => Ending::Failed,
        };
        Self {
            call: call(dialogue, persona),
            persona: dialogue.persona.clone(),
            mode: dialogue.mode,
            ending,
            transcript: transcript(dialogue, persona, heard_by),
            turns: dialogue.turns.clone(),
            cost: dialogue.cost.clone(),
            recording: dialogue.recording.clone(),
            line_end: dialogue.line_end.clone(),
            clock_ms: dialogue.answered_at.zip(dialogue.ended_at).map(|(from, to)| ms(to - from)),
        }
    }

    /// The call's id.
    pub const fn id(&self) -> CallId {
        self.call.id
    }
}

fn call(dialogue: &Dialogue, persona: Option<&Persona>) -> Call {
    let ends = (dialogue.phone.clone(), dialogue.own_number.clone());
    let (caller, callee) = if dialogue.incoming { ends } else { (ends.1, ends.0) };
    let told = dialogue.line_end.as_ref().and_then(|end| end.duration_ms);
    let talked = dialogue.answered_at.map(|answered| {
        told.unwrap_or_else(|| ms(dialogue.ended_at.unwrap_or(dialogue.touched_at) - answered))
    });
    Call {
        id: dialogue.call,
        started_at: Some(dialogue.started_at.fixed_offset()),
        caller,
        callee,
        direction: if dialogue.incoming { Direction::In } else { Direction::Out },
        duration_ms: Some(ms(dialogue.ended_at.unwrap_or(dialogue.touched_at) - dialogue.started_at)),
        // a client who was rung in vain was not spoken with
        talk_ms: Some(talked.unwrap_or(0)),
        manager: Some(Manager {
            id: format!("robot-{}", dialogue.persona),
            name: persona.map(|persona| persona.title.clone()),
        }),
        missed: dialogue.incoming && dialogue.answered_at.is_none(),
        tags: vec!["robot".to_owned()],
        revision: "1".to_owned(),
        ..Call::new(dialogue.source.as_str(), &dialogue.external_id)
    }
}

fn ms(length: Duration) -> u64 {
    u64::try_from(length.num_milliseconds()).unwrap_or(0)
}

fn transcript(dialogue: &Dialogue, persona: Option<&Persona>, heard_by: EngineName) -> Option<Transcript> {
    dialogue.answered_at?;
    let mut segments: Vec<Segment> = dialogue.turns.iter().flat_map(segments_of).collect();
    // a client who spoke before the greeting was over stands after it: turns are in the order of talk
    segments.sort_by_key(|segment| segment.start_ms.unwrap_or(u64::MAX));
    Some(Transcript {
        engine: heard_by,
        language: persona.map_or("ru", Persona::language_code).to_owned(),
        segments,
        dropped: Vec::new(),
        coverage: None,
        metrics: None,
        cost: None,
    })
}

/// The robot stands on channel 0: it is the operator.
fn segments_of(turn: &Turn) -> Vec<Segment> {
    let segment = |speaker, channel, span: Option<crate::Span>, text: String| Segment {
        speaker,
        channel,
        start_ms: span.map(|span| span.start_ms),
        end_ms: span.map(|span| span.end_ms),
        text,
        avg_logprob: None,
        words: Vec::new(),
    };
    let heard = turn.heard.as_ref().filter(|words| !words.trim().is_empty());
    let client = heard.map(|words| segment(Speaker::Client, 1, turn.heard_span, words.clone()));
    let said = turn.words();
    let robot = (!said.trim().is_empty()).then(|| segment(Speaker::Operator, 0, turn.said_span, said));
    client.into_iter().chain(robot).collect()
}
