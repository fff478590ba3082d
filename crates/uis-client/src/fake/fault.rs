//! What the fake can do wrong, and how it says so.

use serde_json::{Value, json};

/// A component of the tariff.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Component {
    /// «Data API»: everything.
    DataApi,
    /// «Data API для настройки»: writing and recognition.
    Settings,
}

impl Component {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::DataApi => "Data API",
            Self::Settings => "Data API для настройки",
        }
    }
}

/// What happens to a request of the Data API instead of its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// A refusal with this mnemonic, such as `internal_error`.
    Mnemonic(&'static str),
    /// The minute's points are spent, full again after so many seconds.
    LimitMinute(u32),
    /// The day's points are spent, full again after so many seconds.
    LimitDay(u32),
    /// Points are spent, and the answer has no figures.
    LimitWithoutFigures,
    /// Status 502 with an HTML page; nothing was done.
    BadGateway,
    /// Status 200 with a JSON that breaks off.
    CutJson,
    /// It was done, but the answer is a 502.
    AnswerLost,
    /// A list with half of its page, the total honest.
    ShortPage,
}

/// What happens to a recording instead of its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MediaFault {
    /// 404.
    Gone,
    /// 400 `no files to concat`.
    NoFiles,
    /// 200 with an HTML page.
    Html,
    /// 200 with JSON.
    Json,
    /// 503.
    Busy,
    /// 200 without a byte.
    Empty,
    /// Half of the promised bytes.
    Truncated,
    /// 308 to the same address with another query.
    Moved,
}

/// A refusal as UIS writes it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Refused {
    pub(super) mnemonic: &'static str,
    pub(super) message: String,
    pub(super) field: Option<String>,
    pub(super) params: Value,
    /// Limits, where the error carries them.
    pub(super) limits: Option<Box<Value>>,
}

impl Refused {
    pub(super) fn new(mnemonic: &'static str, message: impl Into<String>) -> Self {
        Self { mnemonic, message: message.into(), field: None, params: json!({}), limits: None }
    }

    pub(super) fn field(mnemonic: &'static str, field: &str, message: impl Into<String>) -> Self {
        Self { field: Some(field.to_owned()), ..Self::new(mnemonic, message) }
    }

    pub(super) fn params(mut self, params: Value) -> Self {
        self.params = params;
        self
    }

    pub(super) fn json(&self, id: &Value) -> Value {
        let metadata = self.limits.as_ref().map_or_else(|| json!({}), |limits| json!({"limits": limits}));
        json!({"jsonrpc": "2.0", "id": id, "error": {
            "code": code(self.mnemonic), "message": self.message, "data": {
                "mnemonic": self.mnemonic, "field": self.field, "value": null, "params": self.params,
                "extended_helper": null, "metadata": metadata}}})
    }
}

/// Codes are groups of mnemonics (documentation, «Список возвращаемых ошибок»).
fn code(mnemonic: &str) -> i64 {
    match mnemonic {
        "parse_error" => -32700,
        "invalid_request" => -32600,
        "method_not_found" => -32601,
        "notifications_not_supported" | "batch_opreations_not_supported" => -32099,
        "access_token_invalid" | "access_token_expired" | "access_token_blocked" | "auth_error" => -32001,
        "ip_not_whitelisted" | "forbidden" => -32003,
        "method_component_disabled" | "parameter_component_disabled" => -32008,
        "account_inactive" => -32009,
        "limit_exceeded" => -32029,
        "internal_error" => -32603,
        _ => -32602,
    }
}
