//! What a request is, told by its address alone (and by the method in the body for UIS, which has
//! one address for all).

use axum::http::Method;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Whose part of the outside world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Provider {
    /// UIS and CoMagic.
    Uis,
    /// The OpenAI-compatible API.
    Openai,
    /// Google: token and Sheets.
    Google,
    /// Voximplant: the Management API, sessions, recordings.
    Voximplant,
    /// Telegram's Bot API.
    Telegram,
}

impl Provider {
    /// Its name in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Uis => "uis",
            Self::Openai => "openai",
            Self::Google => "google",
            Self::Voximplant => "voximplant",
            Self::Telegram => "telegram",
        }
    }
}

/// What was asked of a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// Of whom.
    pub provider: Provider,
    /// `get.calls_report`, `media`, `transcription`, `chat`, `token`, `batchUpdate`, `StartScenarios`, …
    pub name: String,
    /// Costs money when it is answered.
    pub money: bool,
    /// Changes a spreadsheet.
    pub sheet_write: bool,
}

impl Operation {
    /// `None` for the sandbox's own addresses.
    pub(crate) fn of(method: &Method, path: &str, body: Option<&[u8]>) -> Option<Self> {
        let plain =
            |provider, name: &str| Self { provider, name: name.to_owned(), money: false, sheet_write: false };
        if let Some(rest) = path.strip_prefix("/uis/") {
            return Some(match rest {
                rest if rest.starts_with("media/") => plain(Provider::Uis, "media"),
                _ => plain(Provider::Uis, &json_rpc_method(body)),
            });
        }
        if let Some(rest) = path.strip_prefix("/openai/") {
            let (name, money) = match rest {
                rest if rest.ends_with("audio/transcriptions") => ("transcription", true),
                rest if rest.ends_with("chat/completions") => ("chat", true),
                rest if rest.ends_with("/realtime") => ("realtime", false),
                rest if rest.contains("/models") => ("models", false),
                _ => ("other", false),
            };
            return Some(Self { money, ..plain(Provider::Openai, name) });
        }
        if let Some(rest) = path.strip_prefix("/voximplant/") {
            let (room, name) = rest.split_once('/').unwrap_or((rest, ""));
            let name = match (room, name.trim_end_matches('/')) {
                ("records", _) => "media",
                ("request", _) => "command",
                ("platform_api", name) if !name.is_empty() => name,
                _ => "unnamed",
            };
            // a session that begins is a telephone call
            let money = name == "StartScenarios";
            return Some(Self { money, ..plain(Provider::Voximplant, name) });
        }
        if let Some(rest) = path.strip_prefix("/telegram/bot") {
            return Some(plain(Provider::Telegram, rest.split_once('/')?.1));
        }
        let rest = path.strip_prefix("/google/")?;
        let google = match rest {
            "token" => "token",
            rest if rest.starts_with("v4/") => sheets_operation(method, rest),
            // the page for people is no request of a client
            _ => return None,
        };
        let sheet_write = rest.starts_with("v4/") && !READS.contains(&google);
        Some(Self { sheet_write, ..plain(Provider::Google, google) })
    }
}

/// Operations of Sheets that change nothing.
const READS: &[&str] = &[
    "get",
    "getByDataFilter",
    "values.get",
    "values.batchGet",
    "values.batchGetByDataFilter",
    "metadata.get",
    "metadata.search",
];

fn sheets_operation(method: &Method, path: &str) -> &'static str {
    let get = method == Method::GET;
    let values = path.contains("/values");
    match path.rsplit_once(':').map(|(_, verb)| verb) {
        Some("batchUpdate") if values => "values.batchUpdate",
        Some("batchUpdate") => "batchUpdate",
        Some("batchUpdateByDataFilter") => "values.batchUpdateByDataFilter",
        Some("append") => "values.append",
        Some("clear" | "batchClear" | "batchClearByDataFilter") => "values.clear",
        Some("batchGet") => "values.batchGet",
        Some("batchGetByDataFilter") => "values.batchGetByDataFilter",
        Some("getByDataFilter") => "getByDataFilter",
        Some("search") => "metadata.search",
        // an A1 range holds colons too: `/values/A1:B2`
        _ if values && get => "values.get",
        _ if values => "values.update",
        _ if path.contains("/developerMetadata/") => "metadata.get",
        _ if get => "get",
        _ => "create",
    }
}

fn json_rpc_method(body: Option<&[u8]>) -> String {
    body.and_then(|body| serde_json::from_slice::<Value>(body).ok())
        .and_then(|body| body.get("method").and_then(Value::as_str).map(str::to_owned))
        .map_or_else(|| "unreadable".to_owned(), |method| method.chars().take(80).collect())
}
