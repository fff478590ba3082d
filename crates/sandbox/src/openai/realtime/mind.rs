//! Answers as the world's employees did: what a client says is looked for among its dialogues, and what
//! the employee said next is said again, in his own voice.

use std::sync::Arc;

use openai_client::testing::{RealtimeAsked, RealtimeMind, RealtimeReply};
use serde_json::json;

use crate::world::Bank;

/// Said to words that are in no dialogue.
const MORE: &str = "Расскажите, пожалуйста, подробнее.";
const GOODBYE: &str = "Спасибо за разговор, до свидания.";

/// Answers as the world's employees did.
pub(crate) struct EmployeesMind(Arc<Bank>);

impl EmployeesMind {
    /// One that knows the bank's dialogues.
    pub(crate) fn new(bank: Arc<Bank>) -> Self {
        Self(bank)
    }
}

impl RealtimeMind for EmployeesMind {
    fn answer(&self, asked: &RealtimeAsked) -> RealtimeReply {
        let Some(heard) = asked.heard.as_deref().filter(|heard| !heard.trim().is_empty()) else {
            return RealtimeReply::say(MORE);
        };
        let Some(answer) = self.0.answer_to(heard) else { return RealtimeReply::say(MORE) };
        let mut reply = RealtimeReply { text: answer.text, sound: Some(answer.sound), calls: Vec::new() };
        if reply.text.is_empty() {
            // the dialogue is over
            reply = RealtimeReply::say(GOODBYE);
        }
        // a talk may go on with another dialogue
        if answer.is_last && says_goodbye(heard) {
            reply.calls.push(("end_call".to_owned(), json!({})));
        }
        reply
    }
}

fn says_goodbye(heard: &str) -> bool {
    let heard = heard.to_lowercase();
    ["свидания", "всего доброго", "не звоните"].iter().any(|words| heard.contains(words))
}
