//! What a delivery costs and leaves behind.

use sheets_sink::testing::contract::{row, with};
use sheets_sink::{CellValue, RowSink as _, SheetError};

use crate::stage::{BOOK, Stage, TAB, sink};

#[tokio::test(start_paused = true)]
async fn a_thousand_new_rows_are_one_write() {
    let stage = Stage::new();
    stage.sink.prepare().await.unwrap();
    let before = stage.google.requests().writes;
    let rows: Vec<_> = (0..2000).map(row).collect();
    let receipt = stage.sink.write(&rows).await.unwrap();
    assert_eq!(receipt.added, 2000);
    assert_eq!(stage.google.requests().writes - before, 2, "one write per thousand rows");
    assert_eq!(stage.keys().len(), 2000);
    assert_eq!(stage.google.grid_size(TAB).unwrap().0, 2001, "the grid grows with the rows");
    let before = stage.google.requests().writes;
    assert_eq!(stage.sink.write(&rows).await.unwrap().unchanged, 2000);
    assert_eq!(stage.google.requests().writes, before, "what stands is not written again");
}

#[tokio::test(start_paused = true)]
async fn a_thousand_late_changes_are_two_writes() {
    let stage = Stage::new();
    let rows: Vec<_> = (0..1000).map(row).collect();
    let _ = stage.sink.write(&rows).await.unwrap();
    let before = stage.google.requests().writes;
    let late: Vec<_> = (0..1000)
        .map(|n| {
            let url = format!("https://zvonar.test/history/{n}");
            let link = CellValue::Link { url, text: "Слушать".into() };
            with(with(row(n), "status", CellValue::Text("Готово".into())), "recording", link)
        })
        .collect();
    let receipt = stage.sink.write(&late).await.unwrap();
    assert_eq!((receipt.updated, receipt.left), (1000, 0));
    assert_eq!(stage.google.requests().writes - before, 2);
    let view = stage.view();
    let (status, link) = (view.column("status").unwrap(), view.column("recording").unwrap());
    assert!(view.rows.iter().skip(1).all(|row| row[status].value == "Готово"));
    assert_eq!(
        view.row("call_id", "call-00007").unwrap()[link].link.as_deref(),
        Some("https://zvonar.test/history/7")
    );
}

#[tokio::test(start_paused = true)]
async fn cells_are_typed_and_show_wall_time_of_the_spreadsheet() {
    let stage = Stage::new();
    let _ = stage.sink.write(&[row(0)]).await.unwrap();
    let view = stage.view();
    let cells = view.row("call_id", "call-00000").unwrap();
    let cell = |tag: &str| &cells[view.column(tag).unwrap()];
    // 1795000000 is 2026-11-18 11:06:40 UTC; Moscow is three hours ahead
    assert_eq!(cell("started_at").shown(), "18.11.2026 14:06:40");
    assert_eq!(cell("duration").shown(), "0:01:05");
    assert_eq!(cell("caller").value, "+79161234567");
    assert_eq!(
        (cell("transcript").value.as_str(), cell("transcript").format.as_str()),
        (Some("Клиент: =1+1"), "TEXT")
    );
    let hidden = &view.columns[view.column("call_id").unwrap()];
    assert!(hidden.hidden);
    assert!(view.columns[view.column("total").unwrap()].gradient);
    assert_eq!(view.frozen, 1);
    assert_eq!(view.columns[view.column("criterion/sales/next_step").unwrap()].wrap, "WRAP");
}

#[tokio::test(start_paused = true)]
async fn a_row_that_google_refuses_is_found_and_the_others_are_written() {
    let stage = Stage::new();
    stage.google.set(|state| state.poison = Some("яд".into()));
    let mut rows: Vec<_> = (0..40).map(row).collect();
    rows[17] = with(row(17), "transcript", CellValue::Text("в этой строке яд".into()));
    let receipt = stage.sink.write(&rows).await.unwrap();
    assert_eq!(receipt.added, 39);
    assert_eq!(receipt.refused.len(), 1);
    assert_eq!(receipt.refused[0].key, "call-00017");
    assert!(matches!(SheetError::from(receipt.refused[0].clone()), SheetError::PoisonRow { .. }));
    assert_eq!(stage.keys().len(), 39);
    // a late change that is poison: the neighbours are mended
    let late: Vec<_> = (0..4)
        .map(|n| with(row(n), "status", CellValue::Text(if n == 2 { "яд" } else { "Готово" }.into())))
        .collect();
    let receipt = stage.sink.write(&late).await.unwrap();
    assert_eq!((receipt.updated, receipt.refused.len()), (3, 1));
}

#[tokio::test(start_paused = true)]
async fn a_cell_beyond_the_limit_is_cut_and_taken() {
    let stage = Stage::new();
    let long = "слово ".repeat(20_000);
    let receipt = stage.sink.write(&[with(row(1), "transcript", CellValue::Text(long))]).await.unwrap();
    assert_eq!(receipt.added, 1);
    assert!(stage.words("call-00001", "transcript").unwrap().ends_with("[сокращено, всего знаков: 120000]"));
}

#[tokio::test(start_paused = true)]
async fn large_rows_are_cut_into_batches_that_google_recommends() {
    let stage = Stage::new();
    let rows: Vec<_> =
        (0..60).map(|n| with(row(n), "transcript", CellValue::Text("слово ".repeat(8_000)))).collect();
    let receipt = stage.sink.write(&rows).await.unwrap();
    assert_eq!(receipt.added, 60);
    for (name, body) in stage.google.requests().bodies {
        assert!(body.to_string().len() < 2_000_000, "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn old_markers_are_removed_and_young_ones_stay() {
    let stage = Stage::new();
    let markers = || stage.google.metadata_keys(BOOK).iter().filter(|key| *key == "zvonar.batch").count();
    for n in 0..99 {
        let _ = stage.sink.write(&[row(n)]).await.unwrap();
    }
    assert_eq!(markers(), 99);
    stage.clock.advance(std::time::Duration::from_hours(2));
    let before = stage.google.requests().writes;
    let _ = stage.sink.write(&[row(99)]).await.unwrap();
    assert_eq!(stage.google.requests().writes - before, 2);
    assert_eq!(markers(), 1);
}

#[tokio::test(start_paused = true)]
async fn quotas_are_kept_by_waiting() {
    let stage = Stage::new();
    stage.sink.prepare().await.unwrap();
    let start = tokio::time::Instant::now();
    for n in 0..130 {
        let _ = stage.sink.write(&[row(n)]).await.unwrap();
    }
    let minutes = start.elapsed().as_secs() / 60;
    assert!(minutes >= 4, "260 reads at 55 a minute take at least four: {minutes}");
}

#[tokio::test(start_paused = true)]
async fn nothing_is_sent_when_the_ledger_fails() {
    let stage = Stage::new();
    stage.sink.prepare().await.unwrap();
    let before = stage.google.requests().writes;
    stage.ledger.set_broken(true);
    let error = stage.sink.write(&[row(1)]).await.unwrap_err();
    assert!(matches!(error, SheetError::Ledger(_)) && error.is_retryable(), "{error}");
    assert_eq!(stage.google.requests().writes, before);
}

#[tokio::test(start_paused = true)]
async fn the_last_of_two_rows_with_one_key_counts() {
    let stage = Stage::new();
    let late = with(row(1), "status", CellValue::Text("Готово".into()));
    let receipt = stage.sink.write(&[row(1), late]).await.unwrap();
    assert_eq!((receipt.added, stage.keys().len()), (1, 1));
    assert_eq!(stage.words("call-00001", "status").as_deref(), Some("Готово"));
}

#[tokio::test(start_paused = true)]
async fn another_rubric_adds_its_columns_before_the_total() {
    let stage = Stage::new();
    let _ = stage.sink.write(&[row(1)]).await.unwrap();
    let mut spec = sheets_sink::testing::contract::spec();
    let mut fresh = spec.columns[5].clone();
    fresh.id = "criterion/client/mood".into();
    fresh.header = "Настроение".into();
    spec.columns.insert(6, fresh);
    let other = stage.sink.with_spec(spec.clone()).unwrap();
    let cell = CellValue::Text("спокойный".into());
    let receipt = other.write(&[with(row(2), "criterion/client/mood", cell.clone())]).await.unwrap();
    assert_eq!(receipt.added, 1);
    let view = stage.view();
    assert_eq!(view.column("criterion/client/mood").unwrap() + 1, view.column("total").unwrap());
    assert_eq!(stage.words("call-00002", "total").as_deref(), Some("2,0"));
    let receipt = other.write(&[with(row(1), "criterion/client/mood", cell)]).await.unwrap();
    assert_eq!(receipt.updated, 1, "an old row gets the new column's value");
    // a second process with the same new columns makes no second copy
    let twin = sink(&stage.google, &stage.ledger, &stage.clock, &stage.credentials, spec).unwrap();
    let _ = twin.write(&[row(3)]).await.unwrap();
    assert_eq!(stage.view().columns.len(), view.columns.len());
}
