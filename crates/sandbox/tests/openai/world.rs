//! The whole sandbox: its faults by name, its journal, its ear.

use openai_client::{
    ChatApi as _, ChatMessage, ChatRequest, OpenAiError, Role, TranscriptionApi as _,
    testing::contract::sound,
};
use sandbox::{Fault, FaultKind, Provider, Sandbox, SandboxOptions};

use crate::{ModelTable, OpenAiChat, OpenAiSpeech, client};

async fn start() -> (Sandbox, OpenAiChat, OpenAiSpeech) {
    let end = "2026-11-20T12:00:00Z".parse().unwrap();
    let sandbox =
        Sandbox::start(SandboxOptions { calls: 3, days: 1, ..SandboxOptions::new(end) }).await.unwrap();
    let environment = sandbox.environment();
    let told = |name: &str| environment.iter().find(|(known, _)| known == name).unwrap().1.clone();
    let models = ModelTable::embedded().unwrap();
    let (http, config) = client(&told("OPENAI_BASE_URL"), &told("OPENAI_API_KEY"));
    let chat =
        OpenAiChat::new(http.clone(), config.clone(), models.chat(&told("OPENAI_CHAT_MODEL"))).unwrap();
    let speech = OpenAiSpeech::new(http, config, models.speech(&told("OPENAI_STT_MODEL"))).unwrap();
    (sandbox, chat, speech)
}

fn request() -> ChatRequest {
    ChatRequest { messages: vec![ChatMessage::new(Role::User, "?")], ..ChatRequest::default() }
}

fn own(kind: &str) -> Fault {
    Fault::new(FaultKind::Own(kind.to_owned()))
}

#[tokio::test]
async fn its_environment_opens_both_doors() {
    let (_sandbox, chat, speech) = start().await;
    chat.check().await.unwrap();
    speech.check().await.unwrap();
    assert_eq!(speech.transcribe(sound(2000)).await.unwrap().text, "", "a hum is no speech of the world");
}

#[tokio::test]
async fn faults_are_played_by_name_and_mended() {
    let (sandbox, chat, _speech) = start().await;
    sandbox.play(own("quota_gone")).unwrap();
    assert!(matches!(chat.complete(&request()).await, Err(OpenAiError::QuotaSpent { .. })));
    sandbox.mend();
    sandbox.play(Fault { provider: Some(Provider::Openai), ..own("revoked_key") }).unwrap();
    assert!(matches!(chat.check().await, Err(OpenAiError::Unauthorized { .. })));
    sandbox.mend();
    sandbox.play(Fault { times: Some(1), ..own("refusal") }).unwrap();
    assert!(chat.complete(&request()).await.unwrap().refusal.is_some());
    assert!(chat.complete(&request()).await.unwrap().refusal.is_none());
}

#[tokio::test]
async fn faults_of_the_wire_are_repeated_once_where_money_is_in_doubt() {
    let (sandbox, chat, _speech) = start().await;
    for kind in ["429", "429_retry_after", "500", "502_html", "reset_before", "reset_after", "truncated_body"]
    {
        let kind = FaultKind::from(kind.to_owned());
        let mut fault = Fault { times: Some(1), ..Fault::new(kind.clone()) };
        fault.retry_after_s = Some(0.01);
        sandbox.play(fault).unwrap();
        chat.complete(&request()).await.unwrap_or_else(|error| panic!("{kind:?}: {error}"));
        sandbox.mend();
    }
}
