//! What is known about a call before any criterion is judged: its kind, manners, questions,
//! objections, the step agreed on and the client's mood at the end. Found once per call.

use domain::Direction;
use domain::Speaker::{Client, Operator};

use super::conduct::Conduct;
use super::objections::{Objection, objections};
use super::questions::{Asked, Needs, client_questions};
use super::scene::{Quote, Scene};
use super::step::Step;
use crate::rubric::rule::Within;

/// What the call is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Something may be sold.
    Sale,
    /// Something sold is served, or a question is answered.
    Support,
}

/// The client's mood in the last quarter.
#[derive(Debug, Clone)]
pub(crate) struct Mood {
    /// 0 bad, 1 neutral, 2 friendly; `None`: praise and complaint in one breath.
    pub(crate) grade: Option<u8>,
    pub(crate) quotes: Vec<Quote>,
}

/// The facts.
#[derive(Debug)]
pub(crate) struct Facts {
    pub(crate) kind: Kind,
    /// The company rang, out of the blue or by a request.
    pub(crate) outgoing: bool,
    /// The client refused an unasked offer, and was let go politely.
    pub(crate) refused: bool,
    pub(crate) conduct: Conduct,
    pub(crate) needs: Needs,
    pub(crate) questions: Vec<Asked>,
    pub(crate) objections: Vec<Objection>,
    pub(crate) step: Step,
    pub(crate) mood: Mood,
}

impl Facts {
    pub(crate) fn of(scene: &Scene<'_>) -> Self {
        let conduct = Conduct::of(scene);
        let outgoing = is_outgoing(scene);
        let kind = kind(scene, outgoing);
        let mood = mood(scene, &conduct);
        let refused = outgoing && is_refused(scene) && conduct.courtesy == 2;
        Self {
            kind,
            outgoing,
            refused,
            needs: Needs::of(scene),
            questions: client_questions(scene),
            objections: if kind == Kind::Sale { objections(scene) } else { Vec::new() },
            step: Step::of(scene, &conduct),
            mood,
            conduct,
        }
    }

    /// Share of the client's questions that were answered; `None` without questions.
    pub(crate) fn answered(&self) -> Option<f64> {
        if self.questions.is_empty() {
            return None;
        }
        let whole = self.questions.iter().filter(|asked| asked.answered >= 1.0).count();
        let part = self.questions.iter().filter(|asked| asked.answered > 0.0).count();
        Some(if whole == self.questions.len() {
            1.0
        } else if part == 0 {
            0.0
        } else {
            0.5
        })
    }
}

fn is_outgoing(scene: &Scene<'_>) -> bool {
    match scene.call.direction {
        Direction::Out => true,
        Direction::In => false,
        Direction::Internal | Direction::Unknown => {
            asks_for_client(scene)
                || scene
                    .by(Operator, "cold_opening")
                    .any(|hit| scene.is_within(hit.turn, Within::FirstTurns(2)))
        }
    }
}

/// «Павел Николаевич?» in the first words: who asks for a person by name has called them.
fn asks_for_client(scene: &Scene<'_>) -> bool {
    const PATRONYMIC: &[&str] = &["ович", "евич", "овна", "евна", "ична", "инична"];
    scene.view.turns.first().is_some_and(|turn| turn.speaker == Operator)
        && scene.view.sentences.iter().any(|sentence| {
            let last = scene.words(sentence).last();
            sentence.turn == 0
                && sentence.question
                && last
                    .is_some_and(|word| word.capital && PATRONYMIC.iter().any(|end| word.text.ends_with(end)))
        })
}

fn kind(scene: &Scene<'_>, outgoing: bool) -> Kind {
    let early =
        |family: &str| scene.by(Client, family).any(|hit| scene.is_within(hit.turn, Within::FirstTurns(3)));
    let priced = scene.by(Client, "ask_price").next().is_some();
    if early("service") && !priced {
        return Kind::Support;
    }
    let sells = scene.by(Operator, "cost").next().is_some();
    // the company excuses itself for what it sold
    let sorry = scene.by(Operator, "apology").any(|hit| scene.is_within(hit.turn, Within::FirstShare(0.5)));
    if sorry && !priced && !outgoing && (early("trouble") || early("complaint") || !early("want")) {
        return Kind::Support;
    }
    if early("trouble") && !early("want") && !priced && !sells {
        return Kind::Support;
    }
    let offers = sells || scene.by(Operator, "propose").next().is_some();
    let names_sum = early("budget") && !early("trouble");
    if outgoing || priced || early("want") || early("buy") || names_sum || offers {
        Kind::Sale
    } else {
        Kind::Support
    }
}

fn is_refused(scene: &Scene<'_>) -> bool {
    let last = scene.view.turns_of(Client).next_back();
    let refusals = scene.by(Client, "refuse").chain(scene.by(Client, "no_call"));
    let late = refusals.filter(|hit| scene.is_within(hit.turn, Within::LastTurns(2))).count() > 0;
    late && last.is_some_and(|turn| !scene.turn_holds(&["buy", "warm_step"], turn))
}

/// The mood of the last quarter, at least of two turns.
fn mood(scene: &Scene<'_>, conduct: &Conduct) -> Mood {
    let turns: Vec<usize> = scene.view.turns_of(Client).collect();
    let count = (turns.len() / 4).max(2).min(turns.len());
    let last = turns.get(turns.len() - count..).unwrap_or_default();
    let hits = |families: &[&str]| -> Vec<Quote> {
        let found = families.iter().flat_map(|family| scene.by(Client, family).collect::<Vec<_>>());
        found.filter(|hit| last.contains(&hit.turn)).map(Quote::from).collect()
    };
    let mut bad = hits(&["complaint", "churn", "no_call", "hurt"]);
    let warm: Vec<_> = scene
        .by(Client, "warm")
        .filter(|hit| last.contains(&hit.turn))
        .filter(|hit| !is_sour(scene, hit.first))
        .collect();
    let ironic = warm.iter().any(|hit| scene.turn_holds(&["complaint"], hit.turn));
    // the last word counts more than the one before
    if let (Some(warmest), Some(worst)) = (warm.last(), bad.last())
        && warmest.turn > scene.view.tokens.get(worst.first).map_or(0, |token| token.turn)
        && conduct.courtesy > 0
    {
        bad.clear();
    }
    if ironic && conduct.courtesy > 0 && bad.len() == 1 {
        return Mood { grade: None, quotes: bad };
    }
    if !bad.is_empty() {
        return Mood { grade: Some(0), quotes: bad };
    }
    let pleased: Vec<Quote> = warm
        .iter()
        .filter(|hit| !scene.turn_holds(&["refuse"], hit.turn))
        .map(|hit| Quote::from(*hit))
        .collect();
    if !pleased.is_empty() && conduct.courtesy > 0 {
        return Mood { grade: Some(2), quotes: pleased };
    }
    Mood {
        grade: Some(1),
        quotes: last.last().and_then(|turn| scene.turn_quote(*turn)).into_iter().collect(),
    }
}

/// «Ну спасибо», «спасибо хоть на этом»: no thanks.
fn is_sour(scene: &Scene<'_>, first: usize) -> bool {
    let word = |at: Option<usize>| {
        at.and_then(|at| scene.view.tokens.get(at)).map_or("", |token| token.text.as_str())
    };
    matches!(word(first.checked_sub(1)), "ну" | "вот")
        || matches!(word(Some(first + 1)), "хоть" | "конечно" | "называется" | "и")
}
