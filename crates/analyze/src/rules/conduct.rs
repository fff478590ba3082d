//! How the operator treats the client: courtesy, coldness, insults, and how the client takes it.

use std::collections::BTreeSet;

use domain::Speaker::{Client, Operator};

use super::scene::Scene;
use crate::phrase::Hit;

/// What was found about manners.
#[derive(Debug, Default)]
pub(crate) struct Conduct {
    /// Words that insult.
    pub(crate) insults: Vec<Hit>,
    /// Words that send the client away.
    pub(crate) dismissals: Vec<Hit>,
    /// Cold or pressing words.
    pub(crate) cold: Vec<Hit>,
    /// «ты» to a client who did not offer it.
    pub(crate) familiar: Vec<Hit>,
    /// The client says that the manner hurts.
    pub(crate) hurt: Vec<Hit>,
    /// Polite words.
    pub(crate) polite: Vec<Hit>,
    /// 0 rude or dismissive, 1 dry, 2 polite.
    pub(crate) courtesy: u8,
}

impl Conduct {
    pub(crate) fn of(scene: &Scene<'_>) -> Self {
        let clear = |hit: &Hit| !hit.fuzzy && !is_quoted(scene, *hit);
        let mut insults: Vec<Hit> = ["rude", "obscene"]
            .into_iter()
            .flat_map(|family| scene.by(Operator, family).collect::<Vec<_>>())
            .filter(clear)
            .collect();
        insults.sort_by_key(|hit| hit.first);
        let whole = |hit: &Hit| {
            let sentence =
                scene.view.tokens.get(hit.first).and_then(|token| scene.view.sentences.get(token.sentence));
            sentence.is_some_and(|sentence| sentence.tokens == (hit.first..hit.last + 1))
        };
        let bare = scene.hits_of("bare_dismissal").iter().copied();
        let bare = bare.filter(|hit| scene.speaker(hit.turn) == Operator && whole(hit));
        let dismissals: Vec<Hit> = scene.by(Operator, "dismissive").filter(clear).chain(bare).collect();
        let helped = |hit: &Hit| scene.turn_holds(&["takes_charge", "propose"], hit.turn);
        let cold = ["mild", "pressure"]
            .into_iter()
            .flat_map(|family| scene.by(Operator, family).collect::<Vec<_>>());
        let cold: Vec<Hit> = cold.filter(clear).filter(|hit| !helped(hit)).collect();
        let thou = scene.by(Client, "familiar").count() > 0;
        let familiar: Vec<Hit> =
            if thou { Vec::new() } else { scene.by(Operator, "familiar").filter(clear).collect() };
        let hurt: Vec<Hit> = scene.by(Client, "hurt").filter(|hit| !hit.fuzzy).collect();
        let mut polite: Vec<Hit> = scene.by(Operator, "polite").collect();
        polite.sort_by_key(|hit| hit.first);
        polite.dedup_by_key(|hit| hit.first);
        let mut conduct = Self { insults, dismissals, cold, familiar, hurt, polite, courtesy: 0 };
        conduct.courtesy = conduct.grade(scene);
        conduct
    }

    /// The words that weigh most against the operator.
    pub(crate) fn worst(&self) -> impl Iterator<Item = Hit> + '_ {
        self.insults.iter().chain(&self.dismissals).chain(&self.familiar).chain(&self.cold).copied()
    }

    fn grade(&self, scene: &Scene<'_>) -> u8 {
        let sentences = |hits: &[Hit]| -> usize {
            hits.iter()
                .filter_map(|hit| scene.view.tokens.get(hit.first))
                .map(|token| token.sentence)
                .collect::<BTreeSet<_>>()
                .len()
        };
        let familiar = if self.familiar.is_empty() { 0 } else { 2 + usize::from(self.familiar.len() > 2) };
        let weight = 3 * sentences(&self.insults)
            + 2 * sentences(&self.dismissals)
            + sentences(&self.cold)
            + familiar
            + 2 * sentences(&self.hurt).min(2);
        let polite = self.polite.len();
        if weight >= 3 {
            // a long polite call is not made rude by one sharp word
            let slip = self.insults.is_empty() && self.hurt.is_empty() && weight <= polite / 3;
            return u8::from(slip);
        }
        match (weight, polite) {
            (0, 1..) => 2,
            (1, 4..) => 2,
            _ => 1,
        }
    }
}

/// «Вам сказали, что…», «он говорит…»: words of another person.
fn is_quoted(scene: &Scene<'_>, hit: Hit) -> bool {
    const SAID: &[&str] =
        &["сказали", "говорит", "говорят", "написали", "пишет", "ответили", "назвали", "назвал"];
    let tokens = &scene.view.tokens;
    let Some(token) = tokens.get(hit.first) else { return false };
    (hit.first.saturating_sub(4)..hit.first)
        .any(|at| tokens[at].sentence == token.sentence && SAID.contains(&tokens[at].text.as_str()))
}
