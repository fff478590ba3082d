//! The sandbox's own account through the live client: history with sound, deployment, refusals.

use chrono::{DateTime, Utc};
use domain::{Clock as _, PhoneNumber};
use sandbox::{Fault, Sandbox, SandboxOptions};
use voximplant_client::{
    ApplicationId, Credentials, CustomData, DeployWanted, DialogMode, HistoryFilter, HistoryReader,
    ServiceAccount, StartRequest, VoximplantApi as _, VoximplantClient, VoximplantConfig, VoximplantError,
    WantedApplication, apply_deploy, plan_deploy,
};

async fn sandbox() -> (Sandbox, VoximplantClient, ApplicationId) {
    let end: DateTime<Utc> = "2026-11-20T12:00:00Z".parse().unwrap();
    let sandbox = Sandbox::start(SandboxOptions { calls: 120, ..SandboxOptions::new(end) }).await.unwrap();
    let told = sandbox.environment();
    let value = |name: &str| told.iter().find(|(told, _)| told == name).unwrap().1.clone();
    let file = std::fs::read_to_string(value("VOXIMPLANT_CREDENTIALS")).unwrap();
    let credentials = Credentials::ServiceAccount(ServiceAccount::parse(&file.into()).unwrap());
    let config = VoximplantConfig::new(&value("VOXIMPLANT_API_URL"), credentials).unwrap();
    let client = VoximplantClient::new(config, &crate::policy(), sandbox.clock()).unwrap();
    let application = ApplicationId(value("VOXIMPLANT_APPLICATION_ID").parse().unwrap());
    (sandbox, client, application)
}

fn wanted(application: ApplicationId) -> DeployWanted {
    DeployWanted {
        application: WantedApplication::Id(application),
        backend_url: "http://127.0.0.1:8000".parse().unwrap(),
        backend_secret: "both-know-it".to_owned().into(),
        caller_id: PhoneNumber::parse("+74950001200").unwrap(),
        inbound: Some(DialogMode::Turns),
        secure_records: true,
    }
}

#[tokio::test]
async fn the_history_of_the_last_calls_is_there_with_its_sound() {
    let (sandbox, api, application) = sandbox().await;
    let now = sandbox.clock().now();
    let filter = HistoryFilter { application: Some(application) };
    let from = now - chrono::Duration::days(31);
    let found = HistoryReader::new(&api, from, now, filter).page_size(5).collect().await.unwrap();
    assert_eq!(found.unreadable, Vec::<String>::new());
    assert!((5..=20).contains(&found.rows.len()), "{}", found.rows.len());
    assert!(found.rows.is_sorted_by_key(|session| session.started_at));
    for session in &found.rows {
        let data = CustomData::parse(session.custom_data.as_deref().unwrap()).unwrap();
        assert_eq!(session.calls[0].remote.as_ref(), Some(&data.phone));
    }
    let with_sound = found.rows.iter().find(|session| !session.recordings().is_empty()).unwrap();
    let sound = api.recording(with_sound.recordings()[0]).await.unwrap().bytes(64 << 20).await.unwrap();
    assert!(sound.len() > 10_000);
}

#[tokio::test]
async fn a_deployment_stands_and_a_session_begins() {
    let (sandbox, api, application) = sandbox().await;
    let wanted = wanted(application);
    let plan = plan_deploy(&api, &wanted).await.unwrap();
    let done = apply_deploy(&api, &wanted, &plan).await.unwrap();
    let started = api
        .start(&StartRequest::new(done.rule(DialogMode::Turns).unwrap(), "turns|x|+79161234567"))
        .await
        .unwrap();
    let sessions = sandbox.voximplant().sessions();
    let session = sessions.iter().find(|session| session.id == started.id).unwrap();
    assert_eq!(session.scenarios, ["OutboundCallStreaming"]);
    api.command(&started.commands, r#"{"command":"hangup"}"#).await.unwrap();
}

#[tokio::test]
async fn switches_refuse_until_they_are_mended() {
    let (sandbox, api, application) = sandbox().await;
    let order = |text: &str| sandbox.play(serde_json::from_str::<Fault>(text).unwrap()).unwrap();
    order(r#"{"kind": "voximplant_key_revoked"}"#);
    assert!(matches!(api.account().await, Err(VoximplantError::Unauthorized { .. })));
    sandbox.mend();
    let wanted = wanted(application);
    let plan = plan_deploy(&api, &wanted).await.unwrap();
    let done = apply_deploy(&api, &wanted, &plan).await.unwrap();
    let call = StartRequest::new(done.rule(DialogMode::Turns).unwrap(), "turns|x|+79161234567");
    order(r#"{"kind": "voximplant_no_money"}"#);
    assert!(matches!(api.start(&call).await, Err(VoximplantError::NoMoney { .. })));
    sandbox.mend();
    order(r#"{"kind": "voximplant_code", "code": 340, "method": "StartScenarios", "times": 1}"#);
    assert!(matches!(api.start(&call).await, Err(VoximplantError::RateLimited { .. })));
    // the transport loses the answer: nobody knows, and one session has begun
    let before = sandbox.voximplant().sessions().len();
    order(r#"{"kind": "reset_after", "path": "StartScenarios", "times": 1}"#);
    assert!(matches!(api.start(&call).await, Err(VoximplantError::Unknown { .. })));
    assert_eq!(sandbox.voximplant().sessions().len(), before + 1);
    sandbox.mend();
    api.start(&call).await.unwrap();
}
