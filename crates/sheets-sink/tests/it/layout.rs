//! Finding and making the tab and its columns.

use serde_json::json;
use sheets_sink::testing::contract::{row, spec};
use sheets_sink::{Found, Role, RowSink as _, SheetError};

use crate::stage::{BOOK, Stage, TAB};

#[tokio::test(start_paused = true)]
async fn a_tab_that_a_person_made_with_our_headers_is_taken_as_it_is() {
    let stage = Stage::new();
    stage.google.add_tab(BOOK, TAB);
    stage.google.edit_cell(TAB, 0, 0, &json!("Заметки"));
    for (at, column) in spec().columns.iter().rev().enumerate() {
        stage.google.edit_cell(TAB, 0, at + 1, &json!(format!(" {} ", column.header.to_uppercase())));
    }
    let report = stage.sink.prepare().await.unwrap();
    assert_eq!(stage.google.tabs(BOOK), ["Лист1", TAB]);
    assert!(report.columns.iter().all(|column| column.found == Found::Tagged), "{report:?}");
    assert_eq!(report.columns[0].letter.as_deref(), Some("K"), "in the person's order");
    let _ = stage.sink.write(&[row(1)]).await.unwrap();
    assert_eq!(stage.words("call-00001", "caller").as_deref(), Some("+79161234567"));
    assert_eq!(stage.view().columns.len(), 26, "nothing is added");
}

#[tokio::test(start_paused = true)]
async fn in_a_tab_with_other_content_our_columns_stand_beside_it() {
    let stage = Stage::new();
    stage.google.add_tab(BOOK, TAB);
    for at in 0..20 {
        stage.google.edit_cell(TAB, 0, at, &json!(format!("Своё {at}")));
    }
    let report = stage.sink.prepare().await.unwrap();
    assert_eq!(report.columns[0].letter.as_deref(), Some("U"));
    assert_eq!(stage.view().columns.len(), 30, "the grid grows");
    assert_eq!(stage.view().rows[0][3].shown(), "Своё 3");
}

#[tokio::test(start_paused = true)]
async fn a_deleted_column_stays_deleted_and_its_values_are_skipped() {
    let stage = Stage::new();
    let _ = stage.sink.write(&[row(1)]).await.unwrap();
    stage.google.delete_column(TAB, stage.view().column("transcript").unwrap());
    let report = stage.sink.prepare().await.unwrap();
    let state = report.columns.iter().find(|column| column.id == "transcript").unwrap();
    assert_eq!(state.found, Found::Deleted);
    assert!(report.warnings.iter().any(|warning| warning.to_string().contains("Транскрипция")), "{report:?}");
    assert_eq!(stage.sink.write(&[row(2)]).await.unwrap().added, 1);
    assert_eq!(stage.view().column("transcript"), None);
}

#[tokio::test(start_paused = true)]
async fn without_the_column_of_keys_nothing_is_written() {
    let stage = Stage::new();
    let _ = stage.sink.write(&[row(1)]).await.unwrap();
    stage.google.delete_column(TAB, stage.view().column("call_id").unwrap());
    let error = stage.sink.write(&[row(2)]).await.unwrap_err();
    assert!(matches!(error, SheetError::HeaderDamaged { .. }) && !error.is_retryable(), "{error}");
    assert_eq!(stage.view().rows.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_deleted_tab_is_reported_and_made_again_only_on_demand() {
    let stage = Stage::new();
    let _ = stage.sink.write(&[row(1)]).await.unwrap();
    stage.google.delete_tab(TAB);
    assert!(matches!(stage.sink.write(&[row(2)]).await, Err(SheetError::TabGone)));
    assert_eq!(stage.google.tabs(BOOK), ["Лист1"]);
    let report = stage.sink.check().await.unwrap();
    assert_eq!(report.tab, None);
    stage.sink.prepare().await.unwrap();
    let receipt = stage.sink.write(&[row(1), row(2)]).await.unwrap();
    assert_eq!(receipt.added, 2, "a new tab begins with nothing");
}

#[tokio::test(start_paused = true)]
async fn a_tab_deleted_between_reading_and_writing_is_reported() {
    let stage = Stage::new();
    let _ = stage.sink.write(&[row(1)]).await.unwrap();
    stage.google.meanwhile(|google| google.delete_tab(TAB));
    assert!(matches!(stage.sink.write(&[row(2)]).await, Err(SheetError::TabGone)));
}

#[tokio::test(start_paused = true)]
async fn the_tab_is_found_again_without_any_memory() {
    let stage = Stage::new();
    let _ = stage.sink.write(&[row(1)]).await.unwrap();
    stage.google.rename_tab(TAB, "Новое имя");
    let empty = std::sync::Arc::default();
    let sink = crate::stage::sink(&stage.google, &empty, &stage.clock, &stage.credentials, spec()).unwrap();
    let report = sink.prepare().await.unwrap();
    assert_eq!(report.tab.as_deref(), Some("Новое имя"));
    assert_eq!(report.rows, 1);
    assert_eq!(stage.google.tabs(BOOK).len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_check_changes_nothing_and_knows_role_zone_and_columns() {
    let stage = Stage::new();
    let report = stage.sink.check().await.unwrap();
    assert_eq!((report.tab.clone(), report.role), (None, Role::Writer));
    assert_eq!(report.account.as_deref(), Some(sheets_sink::testing::FakeGoogle::CLIENT_EMAIL));
    assert_eq!(report.time_zone, "Europe/Moscow");
    assert_eq!(stage.google.tabs(BOOK), ["Лист1"], "nothing is made");
    assert!(stage.google.metadata_keys(BOOK).is_empty(), "nothing is left");
    stage.google.set_time_zone(BOOK, "Mars/Base");
    stage.google.fill_up(BOOK, 9_500_000);
    let report = stage.sink.check().await.unwrap();
    assert_eq!(report.warnings.len(), 2, "{:?}", report.warnings);
}
