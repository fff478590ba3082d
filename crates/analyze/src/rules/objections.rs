//! Objections of the client, and what the operator did with them.

use domain::Speaker::{Client, Operator};

use super::scene::{Quote, Scene};
use crate::phrase::Hit;

/// Family, title for people.
pub(crate) const CODES: [(&str, &str); 10] = [
    ("objection_price", "Дорого"),
    ("objection_think", "Нужно подумать"),
    ("objection_not_needed", "Не нужно"),
    ("objection_competitor", "Сравнивает с другими"),
    ("objection_no_time", "Нет времени"),
    ("objection_no_authority", "Решает не один"),
    ("objection_supplier", "Уже есть поставщик"),
    ("objection_by_mail", "Пришлите на почту"),
    ("objection_distrust", "Сомнения и недоверие"),
    ("objection_terms", "Не подходят условия"),
];

/// One turn of the client with objections.
#[derive(Debug, Clone)]
pub(crate) struct Objection {
    pub(crate) turn: usize,
    /// Indexes into [`CODES`].
    pub(crate) codes: Vec<usize>,
    pub(crate) quote: Quote,
    /// 0 brushed aside, 0.5 argued, 1 taken up.
    pub(crate) answer: f64,
    pub(crate) answered: Option<Quote>,
}

/// All objections, a turn each.
pub(crate) fn objections(scene: &Scene<'_>) -> Vec<Objection> {
    let offer = ["propose", "cost", "cold_opening"]
        .into_iter()
        .filter_map(|family| scene.by(Operator, family).map(|hit| hit.turn).min())
        .min();
    let mut found: Vec<Objection> = Vec::new();
    for (code, (family, _)) in CODES.iter().enumerate() {
        for hit in scene.by(Client, family).filter(|hit| !hit.fuzzy || *family == "objection_price") {
            // before there is an offer there is nothing to object to
            if offer.is_none_or(|offer| hit.turn < offer) || !is_objection(scene, family, hit) {
                continue;
            }
            match found.iter_mut().find(|objection| objection.turn == hit.turn) {
                Some(objection) if objection.codes.contains(&code) => {}
                Some(objection) => objection.codes.push(code),
                None => found.push(Objection {
                    turn: hit.turn,
                    codes: vec![code],
                    quote: hit.into(),
                    answer: 0.0,
                    answered: None,
                }),
            }
        }
    }
    found.sort_by_key(|objection| objection.turn);
    for objection in &mut found {
        (objection.answer, objection.answered) = answer(scene, objection);
    }
    found
}

fn is_objection(scene: &Scene<'_>, family: &str, hit: Hit) -> bool {
    let Some(sentence) =
        scene.view.tokens.get(hit.first).and_then(|token| scene.view.sentences.get(token.sentence))
    else {
        return false;
    };
    let length = sentence.tokens.len();
    let before = scene.view.turns_of(Operator).rfind(|turn| *turn < hit.turn);
    match family {
        // «Доставку не надо, заберу сам» names a detail
        "objection_not_needed" => {
            let clause = scene.view.tokens.get(hit.first).map(|token| token.clause);
            let size = scene.view.tokens.iter().filter(|token| Some(token.clause) == clause).count();
            size <= 5
        }
        // the operator offered to send it
        "objection_by_mail" => before.is_none_or(|turn| !scene.turn_holds(&["what", "offer_time"], turn)),
        "objection_competitor" | "objection_distrust" => !sentence.question || length > 2,
        _ => true,
    }
}

fn answer(scene: &Scene<'_>, objection: &Objection) -> (f64, Option<Quote>) {
    let turns: Vec<usize> =
        scene.view.turns_of(Operator).filter(|turn| *turn > objection.turn).take(2).collect();
    let Some(first) = turns.first().copied() else { return (0.0, None) };
    let quote = scene.turn_quote(first);
    let bad = ["dismissive", "rude", "obscene", "brush_off", "bare_dismissal"];
    if scene.turn_holds(&bad, first) {
        return (0.0, quote);
    }
    let complies = objection.codes.iter().any(|code| CODES[*code].0 == "objection_by_mail");
    let pressed = scene.turn_holds(&["pressure"], first);
    for turn in &turns {
        if scene.turn_holds(&bad, *turn) {
            break;
        }
        let taken = scene.turn_holds(&["empathy", "probe", "argument", "value"], *turn);
        let asks = scene.view.turns.get(*turn).is_some_and(|turn| turn.asks);
        if (taken || asks) && !pressed && (!complies || asks) {
            return (1.0, scene.turn_quote(*turn));
        }
        // a later turn that answers something else answers no objection
        if scene.view.turns_of(Client).any(|client| client > objection.turn && client < *turn) {
            break;
        }
    }
    let words = scene.view.turns.get(first).map_or(0, |turn| turn.tokens.len());
    let only_bye = scene.turn_holds(&["bye"], first) && words <= 4;
    (if words >= 3 && !only_bye { 0.5 } else { 0.0 }, quote)
}
