//! Each refusal of the real provider, asked for over the wire.

use openai_client::testing::{Failure, FakeOpenAi, contract::sound};
use openai_client::{
    ChatApi as _, ChatMessage, ChatRequest, ModelTable, OpenAiChat, OpenAiError, Role, TokenField,
};
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::{KEY, Server, chat, client, serve, speech};

struct Asked {
    status: u16,
    headers: reqwest::header::HeaderMap,
    body: Value,
}

impl Asked {
    fn code(&self) -> &str {
        self.body["error"]["code"].as_str().unwrap_or_default()
    }

    fn message(&self) -> &str {
        self.body["error"]["message"].as_str().unwrap_or_default()
    }
}

async fn read(answer: reqwest::Response) -> Asked {
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    Asked {
        status,
        headers,
        body: serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap_or_default(),
    }
}

struct Provider {
    base: String,
    fake: FakeOpenAi,
    http: reqwest::Client,
    _server: Server,
}

impl Provider {
    async fn start() -> Self {
        let fake = FakeOpenAi::new();
        let (base, server) = serve(fake.clone()).await;
        let http = reqwest::Client::builder().build().unwrap();
        Self { base, fake, http, _server: server }
    }

    /// A good chat request with these members put over it.
    async fn chat(&self, changes: Value) -> Asked {
        let mut body = json!({"model": "gpt-6-luna", "messages": [{"role": "user", "content": "?"}]});
        for (name, value) in changes.as_object().unwrap() {
            body[name] = value.clone();
        }
        let request = self.http.post(format!("{}/chat/completions", self.base)).bearer_auth(KEY);
        read(request.json(&body).send().await.unwrap()).await
    }

    async fn sound(&self, model: &str, file: Part, fields: &[(&'static str, &'static str)]) -> Asked {
        let form = Form::new().part("file", file).text("model", model.to_owned());
        let form = fields.iter().fold(form, |form, (name, value)| form.text(*name, *value));
        let request = self.http.post(format!("{}/audio/transcriptions", self.base)).bearer_auth(KEY);
        read(request.multipart(form).send().await.unwrap()).await
    }
}

fn wav(duration_ms: u64) -> Part {
    let audio = sound(duration_ms).audio.to_vec();
    Part::bytes(audio).file_name("left.wav").mime_str("audio/wav").unwrap()
}

#[tokio::test]
async fn every_answer_has_an_id_and_the_state_of_the_limits() {
    let provider = Provider::start().await;
    for answer in [provider.chat(json!({})).await, provider.chat(json!({"model": "gpt-0"})).await] {
        assert!(answer.headers["x-request-id"].to_str().unwrap().starts_with("req_"));
        assert_eq!(answer.headers["x-ratelimit-reset-tokens"], "6m0s");
        assert!(answer.headers.contains_key("openai-processing-ms"));
    }
}

#[tokio::test]
async fn a_wrong_key_opens_nothing() {
    let provider = Provider::start().await;
    for path in ["models", "chat/completions"] {
        let url = format!("{}/{path}", provider.base);
        let request = if path == "models" { provider.http.get(url) } else { provider.http.post(url) };
        let answer = read(request.bearer_auth("sk-other").send().await.unwrap()).await;
        assert_eq!((answer.status, answer.code()), (401, "invalid_api_key"));
    }
    assert_eq!(provider.fake.requests(), 0);
}

#[tokio::test]
async fn parameters_that_a_model_does_not_take_are_refused_by_name() {
    let provider = Provider::start().await;
    for (changes, status, code) in [
        (json!({"model": "gpt-0"}), 404, "model_not_found"),
        (json!({"model": null}), 400, "missing_required_parameter"),
        (json!({"max_tokens": 10}), 400, "unsupported_parameter"),
        (json!({"max_completion_tokens": 0}), 400, "integer_below_min_value"),
        (json!({"temperature": 0.2}), 400, "unsupported_value"),
        (json!({"reasoning_effort": "very"}), 400, "unsupported_value"),
        (json!({"surprise": 1}), 400, "unknown_parameter"),
        (json!({"stream_options": {"include_usage": true}}), 400, ""),
        (json!({"messages": []}), 400, "invalid_value"),
        (json!({"response_format": {"type": "json_object"}}), 400, ""),
        (json!({"response_format": {"type": "xml"}}), 400, "invalid_value"),
    ] {
        let answer = provider.chat(changes.clone()).await;
        assert_eq!((answer.status, answer.code()), (status, code), "{changes}");
    }
    assert_eq!(provider.fake.requests(), 0, "nothing of it reached the model");
}

#[tokio::test]
async fn schemas_outside_the_strict_subset_are_refused() {
    let provider = Provider::start().await;
    let format = |name: &str, strict: bool, schema: Value| {
        json!({"response_format": {"type": "json_schema",
            "json_schema": {"name": name, "strict": strict, "schema": schema}}})
    };
    let open = json!({"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]});
    let optional = json!({"type": "object", "additionalProperties": false, "required": [],
        "properties": {"a": {"type": "string"}}});
    let answer = provider.chat(format("score", true, open.clone())).await;
    assert!(answer.status == 400 && answer.message().contains("additionalProperties"), "{}", answer.body);
    let answer = provider.chat(format("score", true, optional)).await;
    assert!(answer.status == 400 && answer.message().contains("Missing 'a'"), "{}", answer.body);
    let answer = provider.chat(format("оценка", true, open.clone())).await;
    assert!(answer.status == 400 && answer.message().contains("name"), "{}", answer.body);
    assert_eq!(provider.chat(format("score", false, open)).await.status, 200, "not strict, not checked");
}

#[tokio::test]
async fn the_live_client_learns_what_the_model_does_not_take() {
    let provider = Provider::start().await;
    let mut model = ModelTable::embedded().unwrap().chat("gpt-6-luna");
    model.token_field = TokenField::MaxTokens;
    model.temperature = true;
    let (http, config) = client(&provider.base, KEY);
    let chat = OpenAiChat::new(http, config, model).unwrap();
    let request = ChatRequest {
        messages: vec![ChatMessage::new(Role::User, "?")],
        max_output_tokens: Some(100),
        temperature: Some(0.2),
        ..ChatRequest::default()
    };
    chat.complete(&request).await.unwrap();
    assert_eq!(provider.fake.billed().chats, 1);
    let learnt = chat.learnt();
    assert_eq!((learnt.token_field, learnt.temperature), (TokenField::MaxCompletionTokens, false));
}

#[tokio::test]
async fn sound_that_is_none_or_too_much_is_refused() {
    let provider = Provider::start().await;
    let named = |part: Part| part.file_name("a.wav").mime_str("audio/wav").unwrap();
    let rows: Vec<(&str, Part, u16, &str)> = vec![
        ("no extension", wav(1000).file_name("left"), 400, "Invalid file format"),
        (
            "no type",
            Part::bytes(sound(1000).audio.to_vec()).file_name("left.wav"),
            400,
            "Invalid file format",
        ),
        ("no sound", named(Part::bytes(vec![7; 5000])), 400, "could not be decoded"),
        ("empty", named(Part::bytes(Vec::new())), 400, "could not be decoded"),
        ("under 0.1 s", wav(90), 400, "too short"),
        ("over 1400 s", wav(1_400_500), 400, "longer than 1400 seconds"),
        ("over 26 214 400 bytes", wav(1_640_000), 413, "Maximum content size limit (26214400) exceeded"),
    ];
    for (what, part, status, words) in rows {
        let answer = provider.sound("gpt-transcribe", part, &[]).await;
        assert_eq!(answer.status, status, "{what}: {}", answer.body);
        assert!(answer.message().contains(words), "{what}: {}", answer.body);
    }
    assert_eq!(provider.fake.billed().speeches, 0);
}

#[tokio::test]
async fn fields_that_a_model_of_speech_does_not_take_are_refused() {
    let provider = Provider::start().await;
    for (model, fields, status) in [
        ("gpt-0", &[][..], 404),
        ("gpt-transcribe", &[("response_format", "verbose_json")][..], 400),
        ("gpt-4o-transcribe", &[("response_format", "srt")][..], 400),
        ("gpt-transcribe", &[("language", "ru")][..], 400),
        ("whisper-1", &[("languages[]", "ru")][..], 400),
        ("whisper-1", &[("keywords[]", "Ромашка")][..], 400),
        ("whisper-1", &[("language", "russian")][..], 400),
        ("whisper-1", &[("timestamp_granularities[]", "segment")][..], 400),
        ("whisper-1", &[("surprise", "1")][..], 400),
        ("whisper-1", &[("response_format", "verbose_json"), ("timestamp_granularities[]", "word")][..], 200),
        ("gpt-transcribe", &[("languages[]", "ru"), ("keywords[]", "Ромашка")][..], 200),
    ] {
        let answer = provider.sound(model, wav(1000), fields).await;
        assert_eq!(answer.status, status, "{model} {fields:?}: {}", answer.body);
        let timed = fields.len() == 2 && model == "whisper-1";
        assert_eq!(answer.body["words"].is_array(), timed, "{}", answer.body);
    }
}

#[tokio::test]
async fn an_outage_shuts_the_list_of_models_too_and_a_spent_quota_does_not() {
    let provider = Provider::start().await;
    let chat = chat(&provider.base, "gpt-6-luna");
    let report = chat.check().await.unwrap();
    assert_eq!((report.listed, report.retires_on), (Some(true), None));
    let whisper = speech(&provider.base, "whisper-1").check().await.unwrap();
    assert_eq!(whisper.retires_on.unwrap().to_string(), "2027-02-26");

    provider.fake.set_outage(Some(Failure::QuotaSpent));
    let before = provider.fake.requests();
    assert!(matches!(chat.check().await, Err(OpenAiError::QuotaSpent { .. })));
    assert_eq!(provider.fake.requests() - before, 1, "asked for a word once");
    provider.fake.set_outage(Some(Failure::KeyRevoked));
    assert!(matches!(chat.check().await, Err(OpenAiError::Unauthorized { .. })));
    assert_eq!(provider.fake.requests() - before, 1, "a shut door is not knocked at twice");
    provider.fake.heal();
    assert!(chat.check().await.is_ok());
}
