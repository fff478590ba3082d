//! Mono without speakers: who probably says what.
//!
//! A guess by vocabulary, good enough to look at the call, never to accuse: every verdict that
//! rests on it asks for a person's look, and none of them raises an alert.

use domain::Speaker;

use crate::phrase::Hit;
use crate::view::View;

const OPERATOR: &[&str] = &[
    "self",
    "company",
    "help_offer",
    "cold_opening",
    "propose",
    "when",
    "what",
    "recap",
    "more",
    "open_q",
    "identify",
    "value",
    "hold",
];
const CLIENT: &[&str] = &[
    "want",
    "ask_price",
    "trouble",
    "service",
    "buy",
    "no_call",
    "complaint",
    "objection_price",
    "objection_think",
    "ask_included",
];

/// Gives unknown turns a speaker; marks the view as guessed.
pub(crate) fn assume<'h>(view: &mut View, hits: impl Fn(&str) -> &'h [Hit]) {
    if !view.turns.iter().any(|turn| turn.speaker == Speaker::Unknown) {
        return;
    }
    view.assumed = true;
    let mut lean = vec![0_i32; view.turns.len()];
    for (families, weight) in [(OPERATOR, 1), (CLIENT, -1)] {
        for hit in families.iter().flat_map(|family| hits(family)) {
            if let Some(lean) = lean.get_mut(hit.turn) {
                *lean += weight;
            }
        }
    }
    let mut last = Speaker::Unknown;
    for (turn, lean) in view.turns.iter_mut().zip(lean) {
        if turn.speaker == Speaker::Unknown {
            turn.speaker = match lean.signum() {
                1 => Speaker::Operator,
                -1 => Speaker::Client,
                // nothing tells: people take turns
                _ if last == Speaker::Operator => Speaker::Client,
                _ => Speaker::Operator,
            };
        }
        last = turn.speaker;
    }
}
