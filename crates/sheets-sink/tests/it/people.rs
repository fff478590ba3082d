//! People work in the sheet at the same time.

use serde_json::json;
use sheets_sink::testing::contract::{row, with};
use sheets_sink::{CellValue, CorrectionProblem, RowSink as _, SheetRow};

use crate::stage::{Stage, TAB};

fn done(n: u32) -> SheetRow {
    with(row(n), "status", CellValue::Text(format!("Готово {n}")))
}

#[tokio::test(start_paused = true)]
async fn a_sorted_renamed_and_widened_sheet_gets_the_right_cells() {
    let stage = Stage::new();
    let _ = stage.sink.write(&(0..30).map(row).collect::<Vec<_>>()).await.unwrap();
    let google = &stage.google;
    google.sort_rows(TAB, stage.view().column("total").unwrap(), true);
    google.insert_column(TAB, 1, "Мои заметки");
    google.move_column(TAB, 5, 0);
    google.rename_tab(TAB, "Архив звонков");
    let receipt = stage.sink.write(&(0..31).map(done).collect::<Vec<_>>()).await.unwrap();
    assert_eq!((receipt.added, receipt.updated, receipt.left), (1, 30, 0));
    let view = google.view(crate::stage::BOOK, "Архив звонков").unwrap();
    let status = view.column("status").unwrap();
    for n in 0..31 {
        assert_eq!(
            view.row("call_id", &format!("call-{n:05}")).unwrap()[status].value,
            format!("Готово {n}")
        );
    }
    assert_eq!(google.tabs(crate::stage::BOOK).len(), 2, "a rename makes no new tab");
}

#[tokio::test(start_paused = true)]
async fn a_column_moved_between_reading_and_appending_is_set_right() {
    for deed in [
        |google: &sheets_sink::testing::FakeGoogle| google.move_column(TAB, 9, 0),
        |google: &sheets_sink::testing::FakeGoogle| google.insert_column(TAB, 2, "Заметки"),
        |google: &sheets_sink::testing::FakeGoogle| google.move_column(TAB, 0, 6),
    ] {
        let stage = Stage::new();
        let _ = stage.sink.write(&[row(1)]).await.unwrap();
        stage.google.meanwhile(deed);
        assert_eq!(stage.sink.write(&[row(2), row(3)]).await.unwrap().added, 2);
        let view = stage.view();
        for n in 1..4 {
            let row = view.row("call_id", &format!("call-{n:05}")).unwrap();
            assert_eq!(row[view.column("caller").unwrap()].value, "+79161234567");
            assert_eq!(row[view.column("status").unwrap()].value, "Ожидает запись");
            assert_eq!(row[view.column("total").unwrap()].value.as_f64(), Some(f64::from(n)));
        }
        assert_eq!(view.rows.len(), 4);
    }
}

#[tokio::test(start_paused = true)]
async fn a_column_deleted_between_reading_and_appending_costs_nothing_but_itself() {
    let stage = Stage::new();
    let _ = stage.sink.write(&[row(1)]).await.unwrap();
    stage.google.meanwhile(|google| google.delete_column(TAB, 4));
    assert_eq!(stage.sink.write(&[row(2)]).await.unwrap().added, 1);
    assert_eq!(stage.words("call-00002", "status").as_deref(), Some("Ожидает запись"));
    assert_eq!(stage.keys(), ["call-00001", "call-00002"]);
}

#[tokio::test(start_paused = true)]
async fn a_sort_between_reading_and_writing_puts_no_value_into_anothers_row() {
    // before the first write (tags) and before the second (values)
    for skipped in 0..2 {
        let stage = Stage::new();
        let _ = stage.sink.write(&(0..20).map(row).collect::<Vec<_>>()).await.unwrap();
        let total = stage.view().column("total").unwrap();
        for _ in 0..skipped {
            stage.google.meanwhile(|_| {});
        }
        stage.google.meanwhile(move |google| google.sort_rows(TAB, total, true));
        let changed: Vec<_> = [3, 4, 15]
            .map(|n| {
                let url = format!("https://zvonar.test/history/{n}");
                with(done(n), "recording", CellValue::Link { url, text: format!("Слушать {n}") })
            })
            .to_vec();
        let receipt = stage.sink.write(&changed).await.unwrap();
        assert_eq!((receipt.updated, receipt.left), (3, 0), "skipped {skipped}");
        let view = stage.view();
        let (status, link) = (view.column("status").unwrap(), view.column("recording").unwrap());
        for n in 0..20 {
            let row = view.row("call_id", &format!("call-{n:05}")).unwrap();
            let late = [3, 4, 15].contains(&n);
            let expected =
                if late { format!("Готово {n}") } else { "Ожидает запись".into() };
            assert_eq!(row[status].value, expected, "row {n}, skipped {skipped}");
            let url = late.then(|| format!("https://zvonar.test/history/{n}"));
            assert_eq!(row[link].link, url, "row {n}, skipped {skipped}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_cleared_cell_and_a_typed_one_are_a_persons() {
    let stage = Stage::new();
    let _ = stage.sink.write(&[row(1)]).await.unwrap();
    let view = stage.view();
    stage.google.edit_cell(TAB, 1, view.column("status").unwrap(), &json!(null));
    stage.google.edit_cell(TAB, 1, view.column("recording").unwrap(), &json!("нет записи"));
    let link = CellValue::Link { url: "https://zvonar.test/1".into(), text: "Слушать".into() };
    let receipt = stage.sink.write(&[with(done(1), "recording", link)]).await.unwrap();
    assert_eq!((receipt.updated, receipt.left), (0, 2));
    assert_eq!(stage.words("call-00001", "status").as_deref(), Some(""));
    assert_eq!(stage.words("call-00001", "recording").as_deref(), Some("нет записи"));
}

#[tokio::test(start_paused = true)]
async fn a_copied_row_is_the_persons_and_the_first_is_ours() {
    let stage = Stage::new();
    let _ = stage.sink.write(&[row(1), row(2)]).await.unwrap();
    stage.google.copy_row(TAB, 1);
    assert_eq!(stage.sink.write(&[done(1)]).await.unwrap().updated, 1);
    let view = stage.view();
    let status = view.column("status").unwrap();
    let all: Vec<_> = view.rows.iter().skip(1).map(|row| row[status].shown()).collect();
    assert_eq!(all, ["Готово 1", "Ожидает запись", "Ожидает запись"]);
}

#[tokio::test(start_paused = true)]
async fn scores_beside_torn_rows_are_not_taken() {
    let stage = Stage::new();
    let _ = stage.sink.write(&(0..5).map(row).collect::<Vec<_>>()).await.unwrap();
    let view = stage.view();
    let (score, key) = (view.column("human_score").unwrap(), view.column("call_id").unwrap());
    stage.google.edit_cell(TAB, 2, score, &json!(90));
    assert_eq!(stage.sink.corrections().await.unwrap().scores.len(), 1);
    // a person sorts what is in sight; the hidden key stays where it was
    stage.google.sort_selection(TAB, 0, true, 0..key);
    let read = stage.sink.corrections().await.unwrap();
    assert!(read.scores.is_empty());
    assert!(
        matches!(read.problems.as_slice(), [CorrectionProblem::Shuffled { rows: 4 }]),
        "{:?}",
        read.problems
    );
}

#[tokio::test(start_paused = true)]
async fn the_looks_are_peoples_after_the_start() {
    let stage = Stage::new();
    let _ = stage.sink.write(&[row(1)]).await.unwrap();
    let before = stage.google.requests().writes;
    stage.sink.prepare().await.unwrap();
    let writes = stage.google.requests().writes - before;
    assert_eq!(writes, 1, "only the question whether we may write");
}
