//! The end of an answer: what it cost, why it failed, the functions that it calls; and what the server finds
//! fault with.

use openai_client::{RealtimeCommand, RealtimeFault, ResponseEnd, ResponseStatus, ToolCallId};
use serde_json::json;

use super::{
    answers::Wanted,
    conversation::Conversation,
    ends::Leave,
    errands::Edit,
    functions::{self, Wish},
};
use crate::{Ending, Occasion};

/// Functions in a row without a word of the client.
const MOST_ROUNDS: u32 = 8;

impl Conversation {
    pub(super) fn answer_ends(&mut self, end: ResponseEnd) {
        if let Some(price) = self.parts.realtime.price(&end.usage).filter(|price| price.micros > 0) {
            self.pay("dialogue", price);
        }
        let was_dropped = self.answers.is_dropped(&end.response);
        if self.answers.active.as_ref() == Some(&end.response) {
            self.answers.active = None;
            self.answers.silent_until = None;
        }
        if let Some(held) = &mut self.answers.held
            && held.response == end.response
        {
            held.is_over = true;
        }
        if let Some(telephone) = &mut self.telephone {
            let of_it = |said: &&super::playout::Said| said.spoken.response == end.response;
            let items: Vec<_> = telephone
                .playout
                .said
                .iter()
                .rev()
                .take(8)
                .filter(of_it)
                .map(|said| said.spoken.clone())
                .collect();
            for spoken in &items {
                telephone.playout.complete(spoken);
            }
        }
        if was_dropped {
            return;
        }
        match end.status {
            ResponseStatus::Failed => self.answer_failed(&end.fault.unwrap_or_default()),
            _ => self.run_functions(end),
        }
    }

    fn answer_failed(&mut self, fault: &RealtimeFault) {
        let final_for_all = ["insufficient_quota", "billing", "spend_limit", "rate_limit"]
            .iter()
            .any(|word| fault.code.contains(word) || fault.kind.contains(word));
        self.answers.failures += 1;
        if final_for_all || self.answers.failures > 1 {
            self.fall_back(format!("the model failed to answer: {}", named(fault)));
        } else {
            self.want(Wanted::Any);
        }
    }

    fn run_functions(&mut self, end: ResponseEnd) {
        if end.tools.is_empty() {
            return;
        }
        let has_spoken = self.answers.has_sound;
        self.answers.rounds += 1;
        for request in end.tools {
            match functions::wish(&self.call.persona, &request) {
                Wish::End => {
                    let words = (!has_spoken).then(|| self.call.persona.phrase(Occasion::Goodbye));
                    self.wind_up(Leave::HangUp(Ending::Goodbye), words);
                }
                Wish::NeverAgain => {
                    self.keep(Edit::NeverAgain);
                    let words = self.call.persona.phrase(Occasion::Stop);
                    self.wind_up(Leave::HangUp(Ending::NeverAgain), Some(words));
                }
                Wish::HandOver(occasion) => {
                    let Some(to) = self.call.persona.transfer.get(&occasion).cloned() else { continue };
                    let words = (!has_spoken).then(|| self.call.persona.phrase(Occasion::Transfer));
                    self.wind_up(Leave::Transfer(to), words);
                }
                Wish::Tool(spec, arguments) if self.answers.rounds <= MOST_ROUNDS => {
                    self.answers.tools += 1;
                    self.answers.tools_since.get_or_insert(self.now);
                    self.use_tool(*spec, arguments, request.call);
                }
                Wish::Tool(..) => self.refuse(&request.call, "too many calls in a row: answer the client"),
                Wish::Refused(why) => self.refuse(&request.call, why),
            }
        }
    }

    fn refuse(&mut self, call: &ToolCallId, why: &str) {
        let output = json!({ "error": why }).to_string();
        self.tell(&RealtimeCommand::FunctionOutput { call: call.clone(), output });
        if self.answers.tools == 0 && self.is_talking() && self.answers.rounds <= MOST_ROUNDS + 1 {
            self.want(Wanted::Any);
        }
    }

    /// A tool has answered; the model goes on when all have.
    pub(super) fn tool_answered(&mut self, call: ToolCallId, output: String) {
        self.answers.tools = self.answers.tools.saturating_sub(1);
        self.tell(&RealtimeCommand::FunctionOutput { call, output });
        if self.answers.tools == 0 {
            self.answers.tools_since = None;
            if self.is_talking() {
                self.want(Wanted::Any);
            }
        }
    }

    /// What the server calls wrong.
    pub(super) fn fault(&mut self, fault: &RealtimeFault) {
        match fault.code.as_str() {
            "session_expired" | "session_closed" => self.line_ended(&named(fault)),
            "conversation_already_has_active_response" => {
                // begun by the server in the same moment: it serves a wish for any answer; words that are
                // to be said come after it
                if let Some(asked) = self.answers.asked.take().filter(|asked| *asked != Wanted::Any) {
                    self.answers.wanted = Some(asked);
                }
            }
            // races: what we spoke of was over when we spoke
            "response_cancel_not_active" | "input_audio_buffer_commit_empty" => {}
            _ => {
                tracing::warn!(call = %self.call.call, fault = %named(fault), "the model's server finds fault");
            }
        }
    }
}

/// Code or kind: words of the server may repeat those of the client.
fn named(fault: &RealtimeFault) -> String {
    let name = if fault.code.is_empty() { &fault.kind } else { &fault.code };
    name.chars().take(80).collect()
}
