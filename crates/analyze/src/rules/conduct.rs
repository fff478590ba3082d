//! How the operator treats the client: courtesy, coldness, insults, and how the client takes it.

use std::collections::BTreeSet;

use domain::Speaker::{Client, Operator};

use super::manner;
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
    /// Weight of all that was cold: one sign is a slip, two are a manner.
    pub(crate) weight: usize,
}

impl Conduct {
    pub(crate) fn of(scene: &Scene<'_>) -> Self {
        let clear = |hit: &Hit| !hit.fuzzy && !is_quoted(scene, *hit) && !manner::is_dog(scene, *hit);
        let mut insults: Vec<Hit> = ["rude", "obscene"]
            .into_iter()
            .flat_map(|family| scene.by(Operator, family).collect::<Vec<_>>())
            .filter(clear)
            .chain(manner::third_person(scene))
            .collect();
        insults.sort_by_key(|hit| hit.first);
        let bare = scene.hits_of("bare_dismissal").iter().copied();
        let bare = bare.filter(|hit| scene.speaker(hit.turn) == Operator);
        let dismissals: Vec<Hit> = scene
            .by(Operator, "dismissive")
            .filter(clear)
            .chain(bare)
            .chain(vocatives(scene))
            .chain(manner::tautologies(scene))
            .chain(manner::mimics(scene))
            .chain(manner::pushes(scene))
            .collect();
        let helped = |hit: &Hit| {
            scene.turn_holds(&["takes_charge", "propose", "argument"], hit.turn)
                || gives_reason(scene, *hit)
                || scene.turn_holds(&["cost"], hit.turn) && scene.view.words(hit.turn).len() >= 10
        };
        let cold = ["mild", "pressure"]
            .into_iter()
            .flat_map(|family| scene.by(Operator, family).collect::<Vec<_>>());
        let cold: Vec<Hit> =
            cold.filter(clear).filter(|hit| !helped(hit)).chain(manner::echoes(scene)).collect();
        let thou = scene.by(Client, "familiar").count() > 0
            || manner::is_kin(scene)
            // who leaves glad has not minded «ты»
            || insults.is_empty() && manner::leaves_glad(scene);
        let familiar: Vec<Hit> =
            if thou { Vec::new() } else { scene.by(Operator, "familiar").filter(clear).collect() };
        let hurt: Vec<Hit> = ["hurt", "affront"]
            .into_iter()
            .flat_map(|family| scene.by(Client, family).collect::<Vec<_>>())
            .filter(|hit| !hit.fuzzy && !manner::came_angry(scene, hit.turn))
            .chain(manner::asks_back(scene))
            .collect();
        let mut polite: Vec<Hit> = scene.by(Operator, "polite").collect();
        polite.sort_by_key(|hit| hit.first);
        polite.dedup_by_key(|hit| hit.first);
        let mut conduct = Self { insults, dismissals, cold, familiar, hurt, polite, courtesy: 0, weight: 0 };
        (conduct.courtesy, conduct.weight) = conduct.grade(scene);
        conduct
    }

    /// The words that weigh most against the operator.
    pub(crate) fn worst(&self) -> impl Iterator<Item = Hit> + '_ {
        self.insults.iter().chain(&self.dismissals).chain(&self.familiar).chain(&self.cold).copied()
    }

    fn grade(&self, scene: &Scene<'_>) -> (u8, usize) {
        let sentences = |hits: &[Hit]| -> usize {
            hits.iter()
                .filter_map(|hit| scene.view.tokens.get(hit.first))
                .map(|token| token.sentence)
                .collect::<BTreeSet<_>>()
                .len()
        };
        let familiar = if self.familiar.is_empty() { 0 } else { 2 + usize::from(self.familiar.len() > 2) };
        let own_turns = scene.view.turns_of(Operator).count();
        // who opens and closes a call politely says formulas; kindness shows in between
        let kind = if own_turns >= 4 { manner::warmth(scene, self) } else { self.polite.len() };
        let signs = 3 * sentences(&self.insults)
            + 2 * sentences(&self.dismissals)
            + sentences(&self.cold)
            + familiar
            + 2 * sentences(&self.hurt).min(2)
            + resistance(scene)
            + usize::from(self.polite.is_empty() && scene.by(Client, "resist").next().is_some())
            + usize::from(self.polite.is_empty() && is_curt(scene))
            + 2 * usize::from(hangs_up(scene));
        let dry = usize::from(kind == 0 && own_turns >= 4);
        let end = if kind == 0 { manner::sour_end(scene) } else { 0 };
        // a missing kind word and a silent client are no rudeness, nor is one cool word more
        let weight = if signs <= 1 && end < 2 { (signs + dry + end).min(2) } else { signs + dry + end };
        let polite = self.polite.len();
        if weight >= 3 {
            // a long polite call is not made rude by one sharp word
            let slip = self.insults.is_empty() && self.hurt.is_empty() && weight <= polite / 3;
            return (u8::from(slip), weight);
        }
        let courtesy = match (weight, kind) {
            (0, 1..) | (1, 4..) => 2,
            _ => 1,
        };
        (courtesy, weight)
    }
}

/// «Не знаю, пока технолог не увидит»: what is not known yet is honest.
fn gives_reason(scene: &Scene<'_>, hit: Hit) -> bool {
    let tokens = &scene.view.tokens;
    let Some(token) = tokens.get(hit.first) else { return false };
    (hit.last..tokens.len())
        .take_while(|at| tokens[*at].sentence == token.sentence)
        .any(|at| matches!(tokens[at].text.as_str(), "пока" | "потому" | "поэтому"))
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

/// Warm words for a stranger: out of place, unless the stranger takes them well.
const ENDEARMENTS: &[&str] =
    &["милый", "милая", "солнышко", "зайка", "красавица", "друг", "девочка", "дружок", "голубчик"];

/// «Женщина, …», «милый мой, …»: people addressed by anything but a name.
fn vocatives(scene: &Scene<'_>) -> Vec<Hit> {
    const CALLED: &[&str] = &[
        "женщина",
        "мужчина",
        "девушка",
        "девочка",
        "молодой",
        "уважаемый",
        "уважаемая",
        "любезный",
        "любезная",
        "дорогуша",
        "милочка",
        "голубчик",
        "голубушка",
        "дружок",
        "друг",
        "приятель",
        "мадам",
        "гражданка",
        "гражданин",
        "дамочка",
        "бабуля",
        "бабушка",
        "дедуля",
        "дедушка",
        "тетенька",
        "дяденька",
        "мужик",
        "красавица",
        "солнышко",
        "зайка",
        "милый",
        "милая",
        "мамаша",
        "папаша",
        "мамочка",
    ];
    let tokens = &scene.view.tokens;
    let glad = manner::leaves_glad(scene);
    let alone = |at: usize| {
        let clause = tokens[at].clause;
        let other = |near: Option<usize>| {
            near.and_then(|near| tokens.get(near)).is_some_and(|near| near.clause == clause)
        };
        let next_own = tokens.get(at + 1).is_some_and(|next| {
            next.clause == clause
                && matches!(next.text.as_str(), "мой" | "моя" | "вы" | "человек")
                && tokens.get(at + 2).is_none_or(|third| third.clause != clause)
        });
        !other(at.checked_sub(1)) && (!other(Some(at + 1)) || next_own)
    };
    (0..tokens.len())
        .filter(|at| {
            let word = tokens[*at].text.as_str();
            CALLED.contains(&word)
                && !(glad && ENDEARMENTS.contains(&word))
                && scene.speaker(tokens[*at].turn) == Operator
                && alone(*at)
        })
        .map(|at| Hit {
            family: usize::MAX,
            first: at,
            last: at,
            turn: tokens[at].turn,
            negated: false,
            fuzzy: false,
        })
        .collect()
}

/// The client argues against a wall: 0–2.
fn resistance(scene: &Scene<'_>) -> usize {
    let turns: BTreeSet<usize> =
        scene.by(Client, "resist").filter(|hit| !hit.fuzzy).map(|hit| hit.turn).collect();
    let total = scene.view.turns_of(Client).count();
    // in a long call two doubts are talk, in a short one they are a wall
    match turns.len() * 6 / total.max(6) {
        0 => 0,
        1 => usize::from(turns.len() > 1),
        _ => 2,
    }
}

/// The operator ends the call on a client who has neither agreed, thanked nor said goodbye.
fn hangs_up(scene: &Scene<'_>) -> bool {
    let Some(last) = scene.view.turns.len().checked_sub(1) else { return false };
    if scene.speaker(last) != Operator || scene.view.turns.len() < 4 {
        return false;
    }
    if scene.turn_holds(&["polite", "wish", "takes_charge", "when", "what", "meet"], last) {
        return false;
    }
    let asked_before =
        scene.view.turns_of(Operator).rev().nth(1).is_some_and(|turn| scene.view.turns[turn].asks);
    let content =
        |turn: usize| scene.turn_holds(&["agree", "warm", "bye", "buy", "solved", "thanks", "hedge"], turn);
    let clients: Vec<usize> = scene.view.turns_of(Client).rev().take(2).collect();
    !asked_before && !clients.iter().any(|turn| content(*turn))
}

/// The client speaks in sentences, the operator in words.
fn is_curt(scene: &Scene<'_>) -> bool {
    let mean = |speaker| {
        let turns: Vec<usize> =
            scene.view.turns_of(speaker).map(|turn| scene.view.words(turn).len()).collect();
        (turns.iter().sum::<usize>(), turns.len().max(1))
    };
    let ((own, own_turns), (client, client_turns)) = (mean(Operator), mean(Client));
    // means compared without division: own/own_turns ≤ 5, client/client_turns ≥ 5
    let terse = own_turns >= 5 && own <= 4 * own_turns;
    terse || own_turns >= 4 && own <= 5 * own_turns && client >= 5 * client_turns
}
