//! The next step: an action, a time, the client's consent.

use domain::Speaker::{Client, Operator};

use super::conduct::Conduct;
use super::scene::{Quote, Scene, place};
use crate::view::Sentence;
use crate::when::Part;

/// The best step that was agreed on.
#[expect(clippy::struct_excessive_bools, reason = "four independent signs of one step")]
#[derive(Debug, Default, Clone)]
pub(crate) struct Step {
    pub(crate) action: bool,
    pub(crate) time: bool,
    pub(crate) consent: bool,
    /// The action is said in words, with its time beside it.
    plain: bool,
    pub(crate) quotes: Vec<Quote>,
}

impl Step {
    /// 0 none, 1 without time or consent, 2 whole.
    pub(crate) fn grade(&self) -> u8 {
        match (self.action, self.time, self.consent) {
            (true, true, true) => 2,
            (true, true, false) | (true, false, true) => 1,
            _ => 0,
        }
    }

    pub(crate) fn of(scene: &Scene<'_>, conduct: &Conduct) -> Self {
        let mut best = Self::default();
        let bad: Vec<usize> = conduct.insults.iter().chain(&conduct.dismissals).map(|hit| hit.turn).collect();
        for (index, sentence) in scene.sentences(Operator) {
            let late = place(sentence.turn + 1, scene.view.turns.len()) >= 0.4;
            if !late || bad.contains(&sentence.turn) {
                continue;
            }
            let step = candidate(scene, index, sentence);
            // of equals the later one is what they parted with
            if step.action && (step.grade(), step.plain, step.time) >= (best.grade(), best.plain, best.time) {
                best = step;
            }
        }
        best
    }
}

fn candidate(scene: &Scene<'_>, index: usize, sentence: &Sentence) -> Step {
    let commits = scene.words(sentence).iter().any(|word| crate::promise::is_commitment(&word.text));
    let named = scene.holds(&["when", "what", "meet"], &sentence.tokens) || commits;
    let acts = named && !passes_the_buck(scene, sentence);
    let timed =
        |sentence: &Sentence| scene.pieces(sentence).iter().any(super::super::when::Piece::is_definite);
    let own = timed(sentence);
    let near =
        [index.wrapping_sub(1), index + 1].into_iter().filter_map(|near| scene.view.sentences.get(near));
    let near = near.filter(|near| near.turn == sentence.turn).any(timed);
    let fixed = scene
        .pieces(sentence)
        .iter()
        .any(|piece| !matches!(piece.part, Part::InMinutes(_) | Part::InDays(0) | Part::Vague | Part::Month));
    // «если закажете до пятницы, сделаю скидку» is an offer
    let conditional = scene.words(sentence).iter().any(|word| word.text == "если");
    let pressed = scene.holds(&["pressure"], &sentence.tokens);
    // «Суббота, одиннадцать, Мира, двенадцать»: a time that the client takes is a step
    let action =
        (acts || (own && sentence.question) || fixed && !passes_the_buck(scene, sentence)) && !pressed;
    let mut step = Step {
        action,
        time: own || near,
        consent: false,
        plain: acts && own && !conditional,
        quotes: vec![scene.quote(sentence)],
    };
    if !action {
        return step;
    }
    let next: Vec<usize> = scene.view.turns_of(Client).filter(|turn| *turn > sentence.turn).take(2).collect();
    let before = scene.view.turns_of(Client).rfind(|turn| *turn < sentence.turn);
    // asked for by the client: «запишите на субботу» — «записала на субботу»
    let asked = before.filter(|turn| scene.turn_holds(&["buy"], *turn) && is_willing(scene, *turn));
    let consent = next.iter().copied().find(|turn| is_consent(scene, *turn)).or(asked);
    let consent = consent
        .filter(|_| next.iter().all(|turn| !scene.turn_holds(&["hurt", "no_call", "churn", "hedge"], *turn)));
    step.consent = consent.is_some();
    step.action &= acts || step.consent;
    if let Some(turn) = consent {
        step.time |= scene.view.sentences.iter().filter(|sentence| sentence.turn == turn).any(timed);
        step.quotes.extend(scene.turn_quote(turn));
    }
    step
}

/// «Перезвоните завтра»: the client is told to act.
fn passes_the_buck(scene: &Scene<'_>, sentence: &Sentence) -> bool {
    scene.words(sentence).iter().any(|word| {
        ["перезвоните", "звоните", "позвоните", "наберите", "перезванивайте", "отправьте", "уточните"]
            .contains(&word.text.as_str())
    }) && !scene.holds(&["takes_charge"], &sentence.tokens)
}

fn is_consent(scene: &Scene<'_>, turn: usize) -> bool {
    let picks = scene.view.sentences.iter().filter(|sentence| sentence.turn == turn && !sentence.question);
    let picks = picks.flat_map(|sentence| scene.pieces(sentence)).any(|piece| piece.is_definite());
    (picks || scene.turn_holds(&["agree", "buy", "warm"], turn)) && is_willing(scene, turn)
}

fn is_willing(scene: &Scene<'_>, turn: usize) -> bool {
    !scene.turn_holds(&["refuse", "hedge", "no_call", "churn", "hurt"], turn)
}
