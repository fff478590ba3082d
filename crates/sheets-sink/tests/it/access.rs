//! Tokens, rights and what each refusal means.

use sheets_sink::testing::contract::{row, spec};
use sheets_sink::testing::{FakeGoogle, GoogleFault, On, Share};
use sheets_sink::{Role, RowSink as _, SheetError, SheetWarning};

use crate::stage::{Stage, TAB, config, http, sink};

async fn refusal(stage: &Stage) -> SheetError {
    let error = stage.sink.write(&[row(1)]).await.unwrap_err();
    assert!(!error.is_retryable(), "{error}");
    let words = format!("{error} {error:?}");
    assert!(!words.contains("ya29") && !words.contains("PRIVATE"), "{words}");
    error
}

#[tokio::test(start_paused = true)]
async fn one_token_serves_many_requests_and_is_renewed_before_its_end() {
    let stage = Stage::new();
    for n in 0..5 {
        let _ = stage.sink.write(&[row(n)]).await.unwrap();
    }
    assert_eq!(stage.google.requests().tokens, 1);
    stage.clock.advance(std::time::Duration::from_secs(3545));
    let _ = stage.sink.write(&[row(9)]).await.unwrap();
    assert_eq!(stage.google.requests().tokens, 2, "before the last minute of its hour");
}

#[tokio::test(start_paused = true)]
async fn a_token_that_runs_out_on_the_way_is_renewed_once() {
    let stage = Stage::new();
    let _ = stage.sink.write(&[row(1)]).await.unwrap();
    stage.google.expire_tokens();
    assert_eq!(stage.sink.write(&[row(2)]).await.unwrap().added, 1);
    assert_eq!(stage.google.requests().tokens, 2);
    stage.google.set(|state| state.unauthorized = true);
    let error = refusal(&stage).await;
    assert!(matches!(error, SheetError::BadKey { .. }) && error.is_refused_access(), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_users_grant_works_and_may_make_a_spreadsheet() {
    let stage = Stage::for_user();
    assert_eq!(stage.sink.write(&[row(1)]).await.unwrap().added, 1);
    assert_eq!(stage.sink.client_email(), None);
    let made = stage.sink.create("Звонки", "Asia/Yekaterinburg").await.unwrap();
    assert!(made.url.contains(&made.spreadsheet_id));
    assert_eq!(stage.google.tabs(&made.spreadsheet_id), ["Лист1"]);
    // a making whose answer is lost is not repeated blindly
    stage.google.fail_next(On::Write, GoogleFault::LostAfter);
    let error = stage.sink.create("Звонки", "Europe/Moscow").await.unwrap_err();
    assert!(error.may_have_applied(), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_service_account_is_told_to_have_one_shared() {
    let stage = Stage::new();
    let before = stage.google.requests();
    let error = stage.sink.create("Звонки", "Europe/Moscow").await.unwrap_err();
    assert!(
        matches!(&error, SheetError::CannotCreate { client_email } if client_email == FakeGoogle::CLIENT_EMAIL)
    );
    assert!(error.to_string().contains("share it with"), "{error}");
    assert_eq!(stage.google.requests(), before, "nobody is asked");
}

#[tokio::test(start_paused = true)]
async fn a_wrong_clock_is_reckoned_with_and_told() {
    for seconds in [3600, -7200] {
        let stage = Stage::new();
        stage.google.set(|state| state.skew_s = seconds);
        assert_eq!(stage.sink.write(&[row(1)]).await.unwrap().added, 1);
        let report = stage.sink.check().await.unwrap();
        assert!(report.warnings.contains(&SheetWarning::ClockSkew { seconds }), "{report:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_revoked_key_is_final_and_a_new_process_with_the_same_key_too() {
    let stage = Stage::new();
    stage.google.set(|state| state.key_revoked = true);
    assert!(matches!(refusal(&stage).await, SheetError::BadKey { .. }));
    let other = FakeGoogle::new(stage.clock.clone());
    // trusts nobody: the signature is from a key it does not know
    let sink = sink(&other, &stage.ledger, &stage.clock, &stage.credentials, spec()).unwrap();
    let error = sink.check().await.unwrap_err();
    assert!(error.to_string().contains("Invalid JWT Signature"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn an_unshared_sheet_names_the_address_to_share_it_with() {
    let stage = Stage::new();
    stage.google.share(FakeGoogle::CLIENT_EMAIL, None);
    let error = refusal(&stage).await;
    assert!(matches!(error, SheetError::NotShared { .. }), "{error}");
    assert!(error.to_string().contains(FakeGoogle::CLIENT_EMAIL), "{error}");
    stage.google.share(FakeGoogle::CLIENT_EMAIL, Some(Share::Writer));
    assert_eq!(stage.sink.write(&[row(1)]).await.unwrap().added, 1, "goes on after the fix");
}

#[tokio::test(start_paused = true)]
async fn a_reader_is_told_apart_from_a_stranger() {
    let stage = Stage::new();
    stage.sink.prepare().await.unwrap();
    stage.google.share(FakeGoogle::CLIENT_EMAIL, Some(Share::Reader));
    assert!(matches!(refusal(&stage).await, SheetError::ReadOnly { .. }));
    assert_eq!(stage.sink.check().await.unwrap().role, Role::Reader);
    stage.google.share(FakeGoogle::CLIENT_EMAIL, Some(Share::Writer));
    assert_eq!(stage.sink.write(&[row(1)]).await.unwrap().added, 1);
}

#[tokio::test(start_paused = true)]
async fn each_closed_door_has_its_own_name() {
    let stage = Stage::new();
    stage.google.set(|state| state.api_disabled = true);
    let error = refusal(&stage).await;
    assert!(matches!(&error, SheetError::ApiDisabled { project } if project == "123456789012"), "{error}");
    stage.google.set(|state| (state.api_disabled, state.scope_missing) = (false, true));
    assert!(matches!(refusal(&stage).await, SheetError::ScopeMissing));
    stage.google.set(|state| (state.scope_missing, state.office_file) = (false, true));
    assert!(matches!(refusal(&stage).await, SheetError::OfficeFile));
    stage.google.clear_faults();
    let mut elsewhere = config(&stage.credentials);
    elsewhere.spreadsheet_id = "https://docs.google.com/spreadsheets/d/1Elsewhere/edit#gid=0".into();
    let chance = std::sync::Arc::new(sheets_sink::testing::SteadyChance::default());
    let (ledger, clock) = (stage.ledger.clone(), stage.clock.clone());
    let sink = sheets_sink::SheetsClient::new(&elsewhere, spec(), http(&stage.google), ledger, clock, chance)
        .unwrap();
    assert!(matches!(sink.check().await, Err(SheetError::NotFound)));
}

#[tokio::test(start_paused = true)]
async fn a_protected_column_and_a_full_workbook_are_named_in_any_language() {
    for localized in [false, true] {
        let stage = Stage::new();
        stage.sink.prepare().await.unwrap();
        stage.google.set(|state| state.localized = localized);
        stage.google.protect_column(TAB, 3, "только для Ольги");
        let error = refusal(&stage).await;
        assert!(
            matches!(&error, SheetError::Protected { description, .. } if description.contains("Ольги")),
            "{error}"
        );
        stage.google.set(|state| state.may_edit_protected = true);
        stage.google.fill_up(crate::stage::BOOK, 9_960_000);
        let _ = stage.sink.write(&(0..999).map(row).collect::<Vec<_>>()).await.unwrap();
        let error = stage.sink.write(&(1000..1999).map(row).collect::<Vec<_>>()).await.unwrap_err();
        assert!(matches!(error, SheetError::Full { .. }), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_quota_of_google_is_waited_for() {
    let stage = Stage::new();
    stage.google.fail_next(On::Any, GoogleFault::Quota);
    let start = tokio::time::Instant::now();
    assert_eq!(stage.sink.write(&[row(1)]).await.unwrap().added, 1);
    assert!(start.elapsed() >= std::time::Duration::from_secs(20), "its window is a minute");
}
