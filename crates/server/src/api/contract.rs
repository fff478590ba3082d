//! The document's part on addresses whose handlers keep a contract of others: the seed's four, the
//! notices of telephony, health. Each stands here by its path; a test holds the paths against the rules.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use utoipa::openapi::OpenApi as Document;

use super::openapi::ProblemShape;
use super::shapes::analysis::Criterion;

/// From which side the call is looked at.
#[derive(Serialize, Deserialize, ToSchema)]
enum ContentMode {
    /// The manager's work.
    #[serde(rename = "Manager+")]
    Manager,
    /// The client's reactions.
    #[serde(rename = "Client+")]
    Client,
    /// The dialogue as a whole.
    #[serde(rename = "Диалог")]
    Dialog,
}

/// A name that the sender gives: a text or a whole number.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
#[schema(example = "123")]
enum Name {
    Text(String),
    Number(i64),
}

/// A typed dialogue.
#[derive(Serialize, Deserialize, ToSchema)]
struct AnalyzeCall {
    /// On one line or many; «Клиент:», «Менеджер:» and their like begin what somebody says.
    #[schema(example = "Клиент: Привет! Менеджер: Добрый день!")]
    dialog_text: String,
    content_mode: ContentMode,
    /// The same name again is the same call.
    #[serde(default)]
    call_id: Option<Name>,
    #[serde(default)]
    manager_id: Option<Name>,
    #[serde(default)]
    #[schema(max_items = 50)]
    tags: Option<Vec<String>>,
}

/// A recording in a form.
#[derive(Serialize, Deserialize, ToSchema)]
struct AnalyzeAudio {
    /// The file; any kind that can be decoded.
    #[schema(value_type = String, format = Binary)]
    audio: Vec<u8>,
    content_mode: ContentMode,
    #[serde(default)]
    call_id: Option<String>,
    #[serde(default)]
    manager_id: Option<String>,
}

/// A recording that lies somewhere.
#[derive(Serialize, Deserialize, ToSchema)]
struct AnalyzeByUrl {
    #[schema(format = Uri, example = "https://example.com/call_123.mp3")]
    file_url: String,
    content_mode: ContentMode,
    #[serde(default)]
    call_id: Option<Name>,
    #[serde(default)]
    manager_id: Option<Name>,
    #[serde(default)]
    #[schema(max_items = 50)]
    tags: Option<Vec<String>>,
}

/// The judgement.
#[derive(Serialize, Deserialize, ToSchema)]
struct Judgement {
    /// 0 with a summary that says so if nothing could be judged.
    #[schema(minimum = 0, maximum = 100, example = 85)]
    total_score: f64,
    /// By key.
    criteria: BTreeMap<String, Criterion>,
    #[schema(example = "Краткий разбор разговора…")]
    summary: String,
    #[schema(example = "Рекомендации по улучшению…")]
    recommendations: String,
    /// What the model said, word for word; empty under rules.
    raw_model_output: Vec<Value>,
}

/// The judgement takes longer: it is told at `status_url`.
#[derive(Serialize, Deserialize, ToSchema)]
struct Waiting {
    #[schema(format = Uuid)]
    job_id: String,
    #[schema(example = "/api/v1/jobs/6f1a1d0e-5a2b-8c3d-9e4f-0a1b2c3d4e5f")]
    status_url: String,
}

/// A telephony or CRM says that a recording lies somewhere.
#[derive(Serialize, Deserialize, ToSchema)]
struct NewRecording {
    /// A repeat under it makes nothing twice; a newer signed address is used until the recording has come.
    call_id: Name,
    #[serde(default)]
    manager_id: Option<Name>,
    #[schema(format = Uri, example = "https://storage.example.com/calls/123.mp3")]
    recording_url: String,
    /// Unless said, the installation's own rubric.
    #[serde(default)]
    content_mode: Option<ContentMode>,
    #[serde(default)]
    #[schema(max_items = 50)]
    tags: Option<Vec<String>>,
}

/// It is taken in.
#[derive(Serialize, Deserialize, ToSchema)]
struct TakenIn {
    #[schema(format = Uuid)]
    job_id: String,
    /// As the sender named it.
    #[schema(example = "123")]
    call_id: String,
    status: super::shapes::words::CallStatus,
}

/// What became of a notice.
#[derive(Serialize, Deserialize, ToSchema)]
struct Noted {
    /// `noted`: UIS will be asked; `queued`: the link was taken; `ignored`: there was nothing to take.
    #[schema(example = "noted")]
    status: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = Uuid)]
    job_id: Option<String>,
}

/// Whether work can be done.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Ready)]
#[expect(clippy::struct_excessive_bools, reason = "a part each")]
struct Parts {
    ready: bool,
    /// What stops the work: `database`, `schema`, `disk`, `worker`.
    failing: Vec<String>,
    /// What stands still while the rest goes on: a paused stage, little room on the disk.
    degraded: Vec<String>,
    database: bool,
    /// `null` while the database does not answer: nobody can look.
    schema: Option<bool>,
    disk: bool,
    queue: bool,
}

macro_rules! described {
    ($($(#[$doc:meta])* $name:ident;)*) => {
        $(
            $(#[$doc])*
            #[expect(dead_code, reason = "stands for a handler of another room")]
            fn $name() {}
        )*

        #[derive(utoipa::OpenApi)]
        #[openapi(paths($($name),*))]
        struct Contract;
    };
}

described! {
    /// Judge a typed dialogue
    #[utoipa::path(
        post, path = "/analyze_call", tag = "analysis",
        request_body(content = AnalyzeCall, example = json!({
            "dialog_text": "Клиент: Привет! Менеджер: Добрый день!", "content_mode": "Manager+" })),
        responses(
            (status = 200, description = "The judgement", body = Judgement),
            (status = 202, description = "It takes longer than 300 s", body = Waiting),
            (status = 410, description = "The call was erased meanwhile", body = ProblemShape, content_type = "application/problem+json"),
            (status = 502, description = "The model or the recogniser failed", body = ProblemShape, content_type = "application/problem+json"),
        ),
    )]
    analyze_call;

    /// Judge a recording
    #[utoipa::path(
        post, path = "/analyze_audio_call", tag = "analysis",
        request_body(content = AnalyzeAudio, content_type = "multipart/form-data", example = json!({
            "audio": "(the file)", "content_mode": "Manager+" })),
        responses(
            (status = 200, description = "The judgement", body = Judgement),
            (status = 202, description = "It takes longer than 300 s", body = Waiting),
            (status = 410, description = "The call was erased meanwhile", body = ProblemShape, content_type = "application/problem+json"),
            (status = 502, description = "The model or the recogniser failed", body = ProblemShape, content_type = "application/problem+json"),
        ),
    )]
    analyze_audio_call;

    /// Judge a recording that lies somewhere
    #[utoipa::path(
        post, path = "/analyze_audio_by_url", tag = "analysis",
        request_body(content = AnalyzeByUrl, example = json!({
            "file_url": "https://example.com/call_123.mp3", "content_mode": "Диалог" })),
        responses(
            (status = 200, description = "The judgement", body = Judgement),
            (status = 202, description = "It takes longer than 300 s", body = Waiting),
            (status = 410, description = "The call was erased meanwhile", body = ProblemShape, content_type = "application/problem+json"),
            (status = 502, description = "The model or the recogniser failed", body = ProblemShape, content_type = "application/problem+json"),
        ),
    )]
    analyze_audio_by_url;

    /// A recording is there
    ///
    /// Taken in at once, fetched and judged afterwards.
    #[utoipa::path(
        post, path = "/webhook/new_call_recording", tag = "analysis",
        request_body(content = NewRecording, example = json!({
            "call_id": "123", "manager_id": "m-42", "recording_url": "https://storage.example.com/calls/123.mp3" })),
        responses((status = 202, description = "Taken in", body = TakenIn)),
    )]
    new_call_recording;

    /// A recording is there, from a sender that cannot send a header
    #[utoipa::path(
        post, path = "/webhook/{key}/new_call_recording", tag = "analysis",
        params(("key" = String, Path, description = "`ZVONAR_WEBHOOK_KEY`, or a token of an integration")),
        request_body(content = NewRecording, example = json!({
            "call_id": "123", "manager_id": "m-42", "recording_url": "https://storage.example.com/calls/123.mp3" })),
        responses((status = 202, description = "Taken in", body = TakenIn)),
    )]
    new_call_recording_with_key;

    /// A notice of UIS or CoMagic, as a query
    #[utoipa::path(
        get, path = "/webhook/uis", tag = "analysis",
        responses((status = 200, description = "Whatever the notice says", body = Noted)),
    )]
    uis_by_query;

    /// A notice of UIS or CoMagic
    ///
    /// JSON or a form, as its template has it.
    #[utoipa::path(
        post, path = "/webhook/uis", tag = "analysis",
        responses((status = 200, description = "Whatever the notice says", body = Noted)),
    )]
    uis;

    /// A notice of UIS or CoMagic, as a query, with a key
    #[utoipa::path(
        get, path = "/webhook/{key}/uis", tag = "analysis",
        params(("key" = String, Path, description = "`ZVONAR_WEBHOOK_KEY`, or a token of an integration")),
        responses((status = 200, description = "Whatever the notice says", body = Noted)),
    )]
    uis_by_query_with_key;

    /// A notice of UIS or CoMagic, with a key
    #[utoipa::path(
        post, path = "/webhook/{key}/uis", tag = "analysis",
        params(("key" = String, Path, description = "`ZVONAR_WEBHOOK_KEY`, or a token of an integration")),
        responses((status = 200, description = "Whatever the notice says", body = Noted)),
    )]
    uis_with_key;

    /// Alive
    #[utoipa::path(
        get, path = "/healthz", tag = "service",
        responses((status = 200, description = "`ok`", body = String, content_type = "text/plain", example = json!("ok\n"))),
    )]
    healthz;

    /// Ready for work
    #[utoipa::path(
        get, path = "/readyz", tag = "service",
        responses(
            (status = 200, description = "Every part works", body = Parts),
            (status = 503, description = "This part does not", body = Parts),
        ),
    )]
    readyz;

    /// Figures for Prometheus
    #[utoipa::path(
        get, path = "/metrics", tag = "service",
        responses(
            (status = 200, description = "Text of Prometheus", body = String, content_type = "text/plain", example = json!("zvonar_calls 1\n")),
            (status = 401, description = "Neither this machine nor an admin", body = ProblemShape, content_type = "application/problem+json"),
        ),
    )]
    metrics;
}

/// That part.
pub(crate) fn document() -> Document {
    <Contract as utoipa::OpenApi>::openapi()
}
