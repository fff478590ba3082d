//! What a judge found, before it becomes a result of the criterion.

use domain::{Criterion, CriterionKind, CriterionResult, EvidenceDemand, Value, Verdict};

use super::scene::{Quote, Scene};

/// Said where the manner took a part of the points.
const HALVED: &str = " Тон разговора снизил эту оценку.";
/// Said where the manner took all of them.
const UNDONE: &str = " Но тон разговора это перечеркнул.";

/// Whether a result was lowered by the manner: then its own advice misses the point.
pub(crate) fn is_lowered_by_manner(comment: &str) -> bool {
    comment.ends_with(HALVED) || comment.ends_with(UNDONE)
}

/// The heart of a finding.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Grade {
    /// Share of the scale, 0–1.
    Share(f64),
    /// A flag.
    Raised(bool),
    /// The key of an option.
    Choice(String),
    /// Titles; empty = none.
    List(Vec<String>),
    /// A sentence.
    Text(String),
    /// A figure.
    Number(f64),
    /// No place in this call.
    NotApplicable,
    /// Not assessed.
    CannotTell,
}

/// A judge's answer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Finding {
    pub(crate) grade: Grade,
    pub(crate) comment: String,
    pub(crate) review: bool,
    pub(crate) quotes: Vec<Quote>,
    /// Blames a person: never on a guessed speaker or a misheard word.
    pub(crate) accuses: bool,
}

impl Finding {
    pub(crate) fn new(grade: Grade, comment: impl Into<String>) -> Self {
        Self { grade, comment: comment.into(), review: false, quotes: Vec::new(), accuses: false }
    }

    pub(crate) fn share(share: f64, comment: impl Into<String>) -> Self {
        Self::new(Grade::Share(share), comment)
    }

    pub(crate) fn not_applicable(comment: impl Into<String>) -> Self {
        Self::new(Grade::NotApplicable, comment)
    }

    pub(crate) fn cannot_tell(comment: impl Into<String>) -> Self {
        Self::new(Grade::CannotTell, comment)
    }

    pub(crate) fn quoting(mut self, quotes: impl IntoIterator<Item = Quote>) -> Self {
        self.quotes.extend(quotes);
        self
    }

    pub(crate) fn review(mut self, review: bool) -> Self {
        self.review |= review;
        self
    }

    pub(crate) fn accuses(mut self) -> Self {
        self.accuses = true;
        self
    }

    /// What was not found may stand where the sound has no words: never heard is not never said.
    pub(crate) fn heard_in(mut self, scene: &Scene<'_>, (from, to): (f64, f64)) -> Self {
        let missing = matches!(self.grade, Grade::Share(share) if share <= 0.0) && self.quotes.is_empty();
        if missing && scene.has_gap(from, to) {
            self.grade = Grade::CannotTell;
            "В этой части разговора слова не расслышаны.".clone_into(&mut self.comment);
            self.review = true;
        }
        self
    }

    /// At most half of the points: the manner undid the work.
    pub(crate) fn halved(mut self) -> Self {
        if let Grade::Share(share) = &mut self.grade
            && *share > 0.5
        {
            *share = 0.5;
            self.comment.push_str(HALVED);
        }
        self
    }

    /// No points: a set phrase or a good question saves no rude talk.
    pub(crate) fn undone(mut self) -> Self {
        if let Grade::Share(share) = &mut self.grade
            && *share > 0.0
        {
            *share = 0.0;
            self.comment.push_str(UNDONE);
        }
        self
    }

    /// Weak proof weighs less: unsure words, misheard phrases, guessed speakers.
    fn temper(mut self, scene: &Scene<'_>) -> Self {
        let some = !self.quotes.is_empty();
        let positive = match &self.grade {
            Grade::Share(share) => *share > 0.0,
            Grade::Raised(raised) => *raised,
            _ => false,
        };
        if some && (positive || self.accuses) && self.quotes.iter().all(|quote| scene.is_unsure(*quote)) {
            self.grade = Grade::CannotTell;
            "Слова распознаны неуверенно.".clone_into(&mut self.comment);
            self.review = true;
        }
        if some && self.quotes.iter().all(|quote| quote.fuzzy) {
            match &mut self.grade {
                Grade::Share(share) if *share > 0.5 => {
                    *share = 0.5;
                    self.review = true;
                }
                Grade::Raised(raised) if *raised => self.grade = Grade::CannotTell,
                _ => {}
            }
        }
        if scene.view.assumed {
            self.review |=
                !matches!(self.grade, Grade::NotApplicable | Grade::CannotTell | Grade::Raised(false));
            if self.accuses {
                self.grade = Grade::CannotTell;
                "Голоса в записи не разделены: чьи это слова, решит человек.".clone_into(&mut self.comment);
                self.review = true;
            }
        }
        self
    }

    /// The result: points by the criterion's scale, quotes looked up.
    pub(crate) fn into_result(self, scene: &Scene<'_>, criterion: &Criterion) -> CriterionResult {
        let this = self.temper(scene);
        let (verdict, value, score) = this.grade.on(criterion);
        let mut evidence: Vec<_> = Vec::new();
        for quote in &this.quotes {
            let found = scene.evidence(quote);
            if !evidence
                .iter()
                .any(|other: &domain::Evidence| other.segment == found.segment && other.quote == found.quote)
            {
                evidence.push(found);
            }
        }
        evidence.truncate(4);
        let positive = matches!(verdict, Verdict::Met | Verdict::Partly);
        let proven = evidence.iter().any(|quote| quote.verified);
        let needs_review =
            this.review || (positive && !proven && criterion.evidence == EvidenceDemand::Required);
        CriterionResult {
            key: criterion.key.clone(),
            title: criterion.title.clone(),
            kind: criterion.kind,
            verdict,
            value,
            score,
            max_score: criterion.max_score(),
            weight: criterion.weight,
            comment: this.comment,
            needs_review,
            critical: criterion.critical,
            evidence,
        }
    }
}

impl Grade {
    /// The verdict, the value and the points of a criterion that found this.
    pub(crate) fn on(&self, criterion: &Criterion) -> (Verdict, Option<Value>, Option<f64>) {
        match self {
            Self::NotApplicable => (Verdict::NotApplicable, None, None),
            Self::CannotTell => (Verdict::CannotTell, None, None),
            Self::Share(share) => {
                let verdict = graded(*share);
                match criterion.kind {
                    CriterionKind::Score => {
                        let [low, high] = criterion.scale;
                        let points = ((low + (high - low) * share) * 100.0).round() / 100.0;
                        (verdict, Some(Value::Number(points)), Some(points))
                    }
                    CriterionKind::Flag => {
                        let raised = *share >= 1.0;
                        let verdict = if raised { Verdict::Met } else { Verdict::NotMet };
                        (verdict, Some(Value::Flag(raised)), None)
                    }
                    _ => (verdict, None, None),
                }
            }
            Self::Raised(raised) => {
                let verdict = if *raised { Verdict::Met } else { Verdict::NotMet };
                (verdict, Some(Value::Flag(*raised)), None)
            }
            Self::Choice(key) => match criterion.options.iter().find(|option| option.key == *key) {
                None => (Verdict::CannotTell, None, None),
                Some(option) => {
                    let max = criterion.max_score().unwrap_or_default();
                    let verdict = match option.score {
                        Some(score) if max > 0.0 => graded(score / max),
                        _ => Verdict::Met,
                    };
                    (verdict, Some(Value::Text(option.title.clone())), option.score)
                }
            },
            Self::List(items) => {
                let verdict = if items.is_empty() { Verdict::NotMet } else { Verdict::Met };
                (verdict, Some(Value::List(items.clone())), None)
            }
            Self::Text(text) => (Verdict::Met, Some(Value::Text(text.clone())), None),
            Self::Number(number) => (Verdict::Met, Some(Value::Number(*number)), None),
        }
    }
}

/// The verdict of a share of the points.
fn graded(share: f64) -> Verdict {
    if share >= 1.0 {
        Verdict::Met
    } else if share > 0.0 {
        Verdict::Partly
    } else {
        Verdict::NotMet
    }
}
