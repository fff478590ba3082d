//! What a call has done elsewhere while it goes on: tools, and keeping what was said. One thing is kept
//! after another; a tool that is slow holds up nobody else.

use std::{
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use domain::Money;
use futures::{FutureExt as _, StreamExt as _};
use openai_client::ToolCallId;
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use super::conversation::Conversation;
use crate::{BridgeParts, Ending, PartFailed, ToolSpec, Turn, change};

/// Somebody waits on the line.
const LONGEST_TOOL: Duration = Duration::from_secs(8);
/// Letters of a tool's answer that the model is told.
const MOST_OUTPUT: usize = 4000;
/// Tries to keep what was said, and the pause between them.
const MOST_TRIES: u32 = 5;
const BETWEEN_TRIES: Duration = Duration::from_millis(400);

/// Something to be kept of the call.
#[derive(Debug, Clone)]
pub(super) enum Edit {
    /// An exchange.
    Turn(Box<Turn>),
    /// Money.
    Pay(&'static str, Money),
    /// How it is going to end.
    Intends(Ending),
    /// The stop list.
    NeverAgain,
}

/// Something that is done.
#[derive(Debug)]
pub(super) enum Errand {
    /// A tool has answered.
    Tool(ToolCallId, String),
}

impl Conversation {
    /// Has a tool asked.
    pub(super) fn use_tool(&mut self, spec: ToolSpec, arguments: Value, call: ToolCallId) {
        let tools = Arc::clone(&self.parts.tools);
        let errand = async move {
            let output = match timeout(LONGEST_TOOL, tools.call(&spec, &arguments)).await {
                Ok(Ok(Value::String(text))) => text,
                Ok(Ok(answer)) => answer.to_string(),
                Ok(Err(failed)) => {
                    tracing::warn!(tool = spec.name, reason = failed.reason, "a tool failed");
                    json!({"error": "the tool is out of order"}).to_string()
                }
                Err(_) => json!({"error": "the tool does not answer"}).to_string(),
            };
            Errand::Tool(call, output.chars().take(MOST_OUTPUT).collect())
        };
        self.errands.push(errand.boxed());
        self.stirred = true;
    }

    /// Has it kept, after what is being kept.
    pub(super) fn keep(&mut self, edit: Edit) {
        self.edits.push_back(edit);
        self.stirred = true;
    }

    /// Money that was spent.
    pub(super) fn pay(&mut self, item: &'static str, amount: Money) {
        self.outcome.pay(item, amount);
        self.keep(Edit::Pay(item, amount));
    }

    /// Does what can be done; ready when nothing is left.
    pub(super) fn poll_errands(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        while let Poll::Ready(Some(Errand::Tool(call, output))) = self.errands.poll_next_unpin(cx) {
            self.stirred = true;
            if !self.is_over() {
                self.tool_answered(call, output);
            }
        }
        if self.is_over() {
            // nobody waits for their answers
            self.errands.clear();
        }
        loop {
            if let Some(keeping) = &mut self.keeping {
                let Poll::Ready(()) = keeping.poll_unpin(cx) else { return Poll::Pending };
                self.keeping = None;
            }
            if self.edits.is_empty() {
                return if self.errands.is_empty() { Poll::Ready(()) } else { Poll::Pending };
            }
            let edits: Vec<Edit> = self.edits.drain(..).collect();
            self.keeping = Some(kept(self.parts.clone(), self.call.clone(), edits).boxed());
        }
    }
}

/// Keeps edits in their order; gives up after some tries, for a call cannot wait for ever.
async fn kept(parts: BridgeParts, call: crate::BridgeCall, edits: Vec<Edit>) {
    for tries in 1..=MOST_TRIES {
        match keep_once(&parts, &call, &edits).await {
            Ok(()) => return,
            Err(failed) if failed.retryable && tries < MOST_TRIES => sleep(BETWEEN_TRIES).await,
            Err(failed) => {
                tracing::error!(call = %call.call, reason = failed.reason, "what was said is not kept");
                return;
            }
        }
    }
}

async fn keep_once(parts: &BridgeParts, call: &crate::BridgeCall, edits: &[Edit]) -> Result<(), PartFailed> {
    let memory = parts.memory.as_ref();
    let now = parts.clock.now();
    let kept = change(memory, call.call, |dialogue| {
        for edit in edits {
            match edit {
                Edit::Turn(turn) => {
                    let mut turn = Turn::clone(turn);
                    // a call that went on by turns in between has taken our number
                    while dialogue.turns.iter().any(|known| known.number == turn.number) {
                        turn.number += 1;
                    }
                    dialogue.turns.push(turn);
                }
                Edit::Pay(item, amount) => dialogue.pay(item, *amount),
                Edit::Intends(ending) => dialogue.intends = Some(*ending),
                Edit::NeverAgain => dialogue.stop_asked = true,
            }
        }
        dialogue.touched_at = now;
        true
    })
    .await?;
    let stops = edits.iter().any(|edit| matches!(edit, Edit::NeverAgain));
    let phone = call.phone.clone().or_else(|| kept.and_then(|dialogue| dialogue.phone));
    if let (true, Some(phone)) = (stops, phone) {
        memory.stop(&phone, "asked in a call", now).await?;
        change(memory, call.call, |dialogue| std::mem::take(&mut dialogue.stop_asked)).await?;
    }
    Ok(())
}
