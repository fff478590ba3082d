//! What the provider itself can refuse or spoil. `revoked_key` is a kind of UIS too: an order for it
//! names the provider.

use std::time::Duration;

use openai_client::testing::{ChatFault, Failure, FakeOpenAi, FakeRealtime, RealtimeFaultKind, SpeechFault};
use serde_json::Value;

use crate::Operation;
use crate::switches::Switches;

pub(super) struct OpenAiSwitches(pub(super) FakeOpenAi, pub(super) FakeRealtime);

const KINDS: &[&str] = &[
    "revoked_key",
    "country",
    "model_gone",
    "quota_gone",
    "spend_limit",
    "no_balance",
    "overloaded",
    "long_wait",
    "refusal",
    "length",
    "length_empty",
    "content_filter",
    "schema_broken",
    "not_json",
    "fenced",
    "thinking",
    "cut_stream",
    "hallucination",
    "prompt_echo",
    "empty_text",
    "loop",
    "realtime_stalls",
    "realtime_cut",
    "realtime_expires",
    "realtime_quota",
    "realtime_error",
    "realtime_deaf",
];

/// A refusal of everything.
fn failure(kind: &str) -> Option<Failure> {
    Some(match kind {
        "revoked_key" => Failure::KeyRevoked,
        "country" => Failure::Country,
        "model_gone" => Failure::ModelNotFound("gpt-retired".to_owned()),
        "quota_gone" => Failure::QuotaSpent,
        "spend_limit" => Failure::SpendLimit,
        "no_balance" => Failure::NoBalance,
        "overloaded" => Failure::Overloaded(Some(Duration::from_secs(1))),
        "long_wait" => Failure::RateLimited(Some(Duration::from_hours(1))),
        _ => return None,
    })
}

fn chat_fault(kind: &str) -> Option<ChatFault> {
    Some(match kind {
        "refusal" => ChatFault::Refusal("Не могу помочь с этим запросом.".to_owned()),
        "length" => ChatFault::Length,
        "length_empty" => ChatFault::LengthEmpty,
        "content_filter" => ChatFault::ContentFilter,
        "schema_broken" => ChatFault::SchemaViolation,
        "not_json" => ChatFault::NotJson,
        "fenced" => ChatFault::Fenced,
        "thinking" => ChatFault::Thinking,
        "cut_stream" => ChatFault::CutStream,
        _ => return None,
    })
}

fn speech_fault(kind: &str) -> Option<SpeechFault> {
    Some(match kind {
        "hallucination" => SpeechFault::Hallucination,
        "prompt_echo" => SpeechFault::PromptEcho,
        "empty_text" => SpeechFault::Empty,
        "loop" => SpeechFault::Loop,
        _ => return None,
    })
}

fn realtime_fault(kind: &str) -> Option<RealtimeFaultKind> {
    Some(match kind {
        "realtime_stalls" => RealtimeFaultKind::AnswerStalls,
        "realtime_cut" => RealtimeFaultKind::CutAfter(400),
        "realtime_expires" => RealtimeFaultKind::Expires,
        "realtime_quota" => RealtimeFaultKind::AnswerFails("insufficient_quota"),
        "realtime_error" => RealtimeFaultKind::AnswerFails("server_error"),
        "realtime_deaf" => RealtimeFaultKind::Deaf,
        _ => return None,
    })
}

impl Switches for OpenAiSwitches {
    fn kinds(&self) -> &'static [&'static str] {
        KINDS
    }

    fn turn(&self, kind: &str, times: Option<u32>, _order: &Value) -> Result<(), String> {
        let fake = &self.0;
        if let Some(failure) = failure(kind) {
            match times {
                None => fake.set_outage(Some(failure)),
                Some(times) => (0..times).for_each(|_| fake.fail_next(failure.clone())),
            }
        } else if let Some(fault) = chat_fault(kind) {
            match times {
                None => fake.spoil_every_chat(1, fault),
                Some(times) => (0..times).for_each(|_| fake.spoil_next_chat(fault.clone())),
            }
        } else if let Some(fault) = speech_fault(kind) {
            match times {
                None => fake.spoil_every_speech(1, fault),
                Some(times) => (0..times).for_each(|_| fake.spoil_next_speech(fault.clone())),
            }
        } else if let Some(fault) = realtime_fault(kind) {
            // of answers to come; without a number of a hundred
            (0..times.unwrap_or(100)).for_each(|_| self.1.spoil(fault.clone()));
        } else {
            return Err(format!("the OpenAI-compatible provider knows no fault `{kind}`"));
        }
        Ok(())
    }

    fn concerns(&self, kind: &str, operation: &Operation) -> bool {
        if kind.starts_with("realtime_") {
            return operation.name == "realtime";
        }
        match operation.name.as_str() {
            "chat" => speech_fault(kind).is_none(),
            "transcription" => chat_fault(kind).is_none(),
            _ => chat_fault(kind).is_none() && speech_fault(kind).is_none(),
        }
    }

    fn clear(&self) {
        self.0.heal();
        self.1.heal();
    }
}
