//! From a claim of the model to a verdict that stands: quotes looked up in the words of the call,
//! nobody accused without one, "never heard" kept apart from "never said".

use domain::{
    Call, Criterion, CriterionKind, CriterionResult, Direction, EngineName, Evidence, EvidenceDemand,
    Promise, PromiseDue, Segment, Speaker, Transcript, Verdict,
};

use super::answer::{Claim, Judged, Promised};
use super::mask::Masked;
use crate::rules::Grade;
use crate::view::View;
use crate::{verify_evidence, when};

/// Below it the recogniser is unsure of a segment.
const UNSURE: f32 = -1.0;
/// With less of the speech heard, silence about a thing tells nothing.
const HEARD_ENOUGH: f64 = 0.8;

/// What verdicts are held against.
#[derive(Debug, Clone, Copy)]
pub(super) struct Court<'a> {
    pub(super) call: &'a Call,
    pub(super) transcript: &'a Transcript,
    pub(super) masked: &'a Masked,
}

impl Court<'_> {
    /// The result of a criterion, with what can be proven of it.
    pub(super) fn judge(&self, criterion: &Criterion, judged: &Judged) -> CriterionResult {
        let mut result = blank(criterion, judged);
        result.comment = self.masked.restore(&judged.comment, None);
        self.prove(&mut result, &judged.claims);
        restore_value(&mut result, self.masked);
        let positive = matches!(result.verdict, Verdict::Met | Verdict::Partly);
        let proven = !result.evidence.is_empty();
        let must_quote = criterion.evidence == EvidenceDemand::Required;
        if positive && !proven && must_quote {
            result.needs_review = true;
            note(&mut result, "Цитаты, которая это подтверждает, в разговоре не нашлось.");
        }
        self.doubt(&mut result, must_quote);
        result
    }

    /// Keeps the quotes that stand in the transcript.
    fn prove(&self, result: &mut CriterionResult, claims: &[Claim]) {
        for claim in claims {
            for evidence in self.look_up(claim) {
                let same =
                    |other: &Evidence| other.segment == evidence.segment && other.quote == evidence.quote;
                if !result.evidence.iter().any(same) {
                    result.evidence.push(evidence);
                }
            }
        }
        result.evidence.truncate(4);
    }

    /// The quote as evidence; one with «…» inside is several.
    fn look_up(&self, claim: &Claim) -> Vec<Evidence> {
        if let Some(evidence) = self.look_up_whole(claim) {
            return vec![evidence];
        }
        let dots = claim.quote.replace("...", "…");
        let pieces: Vec<&str> = dots.split('…').map(str::trim).filter(|piece| !piece.is_empty()).collect();
        if pieces.len() < 2 {
            return Vec::new();
        }
        let found: Vec<Evidence> = pieces
            .iter()
            .filter_map(|piece| self.look_up_whole(&Claim { quote: (*piece).to_owned(), ..claim.clone() }))
            .collect();
        // a quote of which a part was made up proves nothing
        if found.len() == pieces.len() { found } else { Vec::new() }
    }

    fn look_up_whole(&self, claim: &Claim) -> Option<Evidence> {
        let lines = self.masked.lines_of(&claim.quote);
        let tries = std::iter::once(claim.segment).chain(lines.into_iter().map(Some));
        for line in tries {
            let mut evidence = Evidence {
                quote: self.masked.restore(&claim.quote, line),
                speaker: claim.speaker,
                segment: claim.segment,
                start_ms: None,
                end_ms: None,
                verified: false,
            };
            if verify_evidence(self.transcript, &mut evidence) {
                let segment = evidence.segment.and_then(|index| self.transcript.segments.get(index));
                evidence.speaker = segment.map_or(evidence.speaker, |segment| segment.speaker);
                return Some(evidence);
            }
        }
        None
    }

    /// Weak proof weighs less; nobody is accused on a guess.
    fn doubt(&self, result: &mut CriterionResult, must_quote: bool) {
        let assessed = !matches!(result.verdict, Verdict::NotApplicable | Verdict::CannotTell);
        if !assessed {
            return;
        }
        let quotes = result.evidence.iter().filter_map(|quote| self.transcript.segments.get(quote.segment?));
        let unsure = |segment: &Segment| segment.avg_logprob.is_some_and(|logprob| logprob < UNSURE);
        let (count, unsure) =
            quotes.fold((0, 0), |(count, bad), segment| (count + 1, bad + usize::from(unsure(segment))));
        let raised = result.verdict != Verdict::NotMet || result.kind != CriterionKind::Flag;
        if count > 0 && count == unsure && raised {
            result.needs_review = true;
        }
        let told_apart = self.transcript.segments.iter().any(|segment| segment.speaker != Speaker::Unknown);
        result.needs_review |= !told_apart && raised;
        let accused = result.critical && result.is_failed() && result.kind == CriterionKind::Flag;
        if accused && (count == 0 || count == unsure) {
            dismiss(result, "Обвинение без надёжной цитаты не засчитано: решит человек.");
        } else if accused && !told_apart {
            dismiss(result, "Голоса в записи не разделены: чьи это слова, решит человек.");
        }
        if result.verdict == Verdict::NotMet && count == 0 && must_quote {
            self.hear(result);
        }
    }

    /// What was not found may stand where the sound has no words.
    fn hear(&self, result: &mut CriterionResult) {
        let Some(coverage) = &self.transcript.coverage else { return };
        if coverage.share() < HEARD_ENOUGH {
            dismiss(result, "Слишком много речи осталось без текста: сказать нельзя.");
        } else if coverage.incomplete && result.kind != CriterionKind::Flag {
            result.needs_review = true;
            note(result, "Часть речи не расшифрована, это могло прозвучать там.");
        }
    }

    /// Promises whose words stand in the transcript, with the instant that their words set.
    pub(super) fn promises(&self, promised: &[Promised]) -> Vec<Promise> {
        let mut kept: Vec<Promise> = Vec::new();
        for promised in promised {
            let Some(evidence) = self.look_up(&promised.claim).into_iter().next() else { continue };
            let promise = Promise {
                what: self.masked.restore(&promised.what, evidence.segment),
                due: self.due(&self.masked.restore(&promised.due, evidence.segment)),
                evidence,
            };
            if !kept.iter().any(|other| other.what == promise.what && other.due.words == promise.due.words) {
                kept.push(promise);
            }
        }
        kept
    }

    /// Our own reading of the term: the model's idea of today's date is not asked.
    fn due(&self, words: &str) -> PromiseDue {
        let view = View::new(&spoken(words));
        let pieces = when::pieces(&view.tokens, 0..view.tokens.len());
        let (at, vague) = match self.call.started_at {
            Some(now) if !pieces.is_empty() => when::resolve(&pieces, now),
            _ => (None, pieces.is_empty() || !pieces.iter().any(when::Piece::is_definite)),
        };
        PromiseDue { at, words: words.to_lowercase(), vague }
    }
}

/// Words as a transcript of their own.
fn spoken(words: &str) -> Transcript {
    let segment = Segment {
        speaker: Speaker::Operator,
        channel: 0,
        start_ms: None,
        end_ms: None,
        text: words.to_owned(),
        avg_logprob: None,
        words: Vec::new(),
    };
    Transcript {
        engine: EngineName { engine: "text".to_owned(), model: String::new() },
        language: "ru".to_owned(),
        segments: vec![segment],
        dropped: Vec::new(),
        coverage: None,
        metrics: None,
        cost: None,
    }
}

fn blank(criterion: &Criterion, judged: &Judged) -> CriterionResult {
    let (mut verdict, mut value, score) = judged.grade.on(criterion);
    // «not found» has no value to show
    if judged.verdict == Verdict::NotMet && matches!(judged.grade, Grade::Text(_) | Grade::Number(_)) {
        (verdict, value) = (Verdict::NotMet, None);
    }
    CriterionResult {
        key: criterion.key.clone(),
        title: criterion.title.clone(),
        kind: criterion.kind,
        verdict,
        value,
        score,
        max_score: criterion.max_score(),
        weight: criterion.weight,
        comment: String::new(),
        needs_review: judged.contradicts,
        critical: criterion.critical,
        evidence: Vec::new(),
    }
}

/// A result that is known without asking: no place in this call, or no words at all.
pub(super) fn settled(criterion: &Criterion, grade: Grade, comment: String) -> CriterionResult {
    let verdict = grade.on(criterion).0;
    let judged = Judged { grade, verdict, contradicts: false, comment: String::new(), claims: Vec::new() };
    CriterionResult { comment, ..blank(criterion, &judged) }
}

fn restore_value(result: &mut CriterionResult, masked: &Masked) {
    match &mut result.value {
        Some(domain::Value::List(items)) => {
            for item in items {
                *item = masked.restore(item, None);
            }
        }
        Some(domain::Value::Text(text)) if result.kind == CriterionKind::Text => {
            *text = masked.restore(text, None);
        }
        _ => {}
    }
}

/// Takes the verdict back: a person decides.
fn dismiss(result: &mut CriterionResult, why: &str) {
    result.verdict = Verdict::CannotTell;
    result.value = None;
    result.score = None;
    result.needs_review = true;
    note(result, why);
}

fn note(result: &mut CriterionResult, words: &str) {
    if !result.comment.is_empty() {
        result.comment.push(' ');
    }
    result.comment.push_str(words);
}

/// Why a criterion has no place in this call, if it has none.
pub(super) fn out_of_place(call: &Call, transcript: &Transcript, criterion: &Criterion) -> Option<String> {
    let applies = &criterion.applies_to;
    let other = |wanted: Direction| call.direction != Direction::Unknown && wanted != call.direction;
    if applies.direction.is_some_and(other) {
        return Some("Критерий для звонков другого направления.".to_owned());
    }
    let least = applies.min_talk_s.filter(|_| transcript.engine.engine != "text")?;
    let heard = transcript.segments.iter().filter_map(|segment| segment.end_ms).max();
    let ms = call.talk_ms.or(call.duration_ms).or(heard)?;
    let talk = u32::try_from(ms).map_or(f64::from(u32::MAX), f64::from) / 1000.0;
    (talk < least).then(|| format!("Разговор короче {least:.0}\u{a0}с."))
}
