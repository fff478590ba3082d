//! What the fake can do wrong, and how it says so.

use serde_json::{Value, json};

/// What happens to a request of the Management API instead of its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// A refusal with this code under status 200, such as 340.
    Code(i64),
    /// Status 429 with words that are no JSON; nothing was done.
    TooManyRequests,
    /// Status 502 with an HTML page; nothing was done.
    BadGateway,
    /// Status 200 with a JSON that breaks off; it was done.
    CutJson,
    /// It was done, but the answer is a 502.
    AnswerLost,
    /// It was done, but the answer names no session: an address alone.
    WithoutId,
    /// `errors` in the plural, as a list; nothing was done.
    PluralErrors(i64),
}

/// What happens to a recording instead of its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MediaFault {
    /// 404: not there yet, or its term is over.
    Missing,
    /// 410.
    Gone,
    /// 403, whatever the token.
    Forbidden,
    /// 200 with an HTML page.
    Html,
    /// 200 with nothing.
    Empty,
    /// 503.
    Busy,
    /// Half of the bytes, the length honest.
    Truncated,
}

/// A refusal under status 200.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refused {
    pub(super) code: i64,
    pub(super) msg: String,
}

impl Refused {
    pub(super) fn new(code: i64, msg: impl Into<String>) -> Self {
        Self { code, msg: msg.into() }
    }

    pub(super) fn json(&self) -> Value {
        json!({"error": {"code": self.code, "msg": self.msg}})
    }
}
