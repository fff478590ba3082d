//! What every [`RowSink`] must do, whatever stands behind it: run on the double and on the live client.
//!
//! Each behaviour wants a fresh, empty table made for [`spec`].

use chrono::{DateTime, TimeDelta, Utc};

use crate::{CellValue, ColumnKind, ColumnSpec, CorrectionProblem, RowSink, SheetError, SheetRow, SheetSpec};

/// A person's hand and eye on the table.
pub trait Hand: Send + Sync {
    /// Types words into a cell.
    fn edit(&self, key: &str, column: &str, words: &str);
    /// Deletes a row.
    fn delete(&self, key: &str);
    /// Types into the column of their own score.
    fn type_score(&self, key: &str, words: &str);
    /// The words in a cell; `None`: no such row.
    fn words(&self, key: &str, column: &str) -> Option<String>;
    /// The keys of all rows, doubles included, in any order.
    fn keys(&self) -> Vec<String>;
}

/// The sheet that the suite writes.
pub fn spec() -> SheetSpec {
    let column = |id: &str, header: &str, kind, wrap| ColumnSpec {
        id: id.into(),
        header: header.into(),
        kind,
        width_px: 120,
        wrap,
    };
    SheetSpec {
        columns: vec![
            column("started_at", "Дата и время звонка", ColumnKind::DateTime, false),
            column("caller", "Номер звонящего", ColumnKind::Text, false),
            column("duration", "Длительность звонка", ColumnKind::Duration, false),
            column("recording", "Ссылка на запись", ColumnKind::Link, false),
            column("transcript", "Транскрипция разговора", ColumnKind::Text, false),
            column("criterion/sales/next_step", "Следующий шаг", ColumnKind::Text, true),
            column("total", "Итоговый балл", ColumnKind::Score, false),
            column("status", "Статус обработки", ColumnKind::Text, false),
            column("human_score", "Оценка руководителя", ColumnKind::HumanScore, false),
            column("call_id", "ID звонка", ColumnKind::Key, false),
        ],
        insert_before: Some("total".into()),
    }
}

/// A row of the suite: its moment, score and status follow from `n`.
pub fn row(n: u32) -> SheetRow {
    let at: DateTime<Utc> =
        DateTime::from_timestamp(1_795_000_000, 0).unwrap_or_default() + TimeDelta::minutes(i64::from(n));
    let text = |words: &str| CellValue::Text(words.to_owned());
    let cells = [
        ("started_at", CellValue::Moment(at)),
        ("caller", text("+79161234567")),
        ("duration", CellValue::DurationMs(65_000 + u64::from(n) * 1000)),
        ("recording", CellValue::Empty),
        ("transcript", text("Клиент: =1+1")),
        ("criterion/sales/next_step", text("да")),
        ("total", CellValue::Number(f64::from(n % 101))),
        ("status", text("Ожидает запись")),
    ];
    SheetRow { key: format!("call-{n:05}"), cells: cells.map(|(id, value)| (id.to_owned(), value)).to_vec() }
}

/// The same row with another cell.
#[must_use]
pub fn with(mut row: SheetRow, column: &str, value: CellValue) -> SheetRow {
    match row.cells.iter_mut().find(|(id, _)| id == column) {
        Some((_, cell)) => *cell = value,
        None => row.cells.push((column.to_owned(), value)),
    }
    row
}

fn sorted(mut keys: Vec<String>) -> Vec<String> {
    keys.sort();
    keys
}

/// New rows are added, and writing them again changes nothing.
///
/// # Errors
/// Those of the sink.
pub async fn rows_are_written_once(sink: &dyn RowSink, hand: &dyn Hand) -> Result<(), SheetError> {
    let rows = [row(1), row(2), row(3)];
    let first = sink.write(&rows).await?;
    assert_eq!((first.added, first.updated, first.unchanged), (3, 0, 0));
    let again = sink.write(&rows).await?;
    assert_eq!((again.added, again.updated, again.unchanged), (0, 0, 3));
    assert_eq!(sorted(hand.keys()), ["call-00001", "call-00002", "call-00003"]);
    assert_eq!(hand.words("call-00002", "transcript").as_deref(), Some("Клиент: =1+1"));
    Ok(())
}

/// A late change mends the row in place.
///
/// # Errors
/// Those of the sink.
pub async fn a_late_change_mends_its_row(sink: &dyn RowSink, hand: &dyn Hand) -> Result<(), SheetError> {
    let _ = sink.write(&[row(1), row(2)]).await?;
    let link = CellValue::Link { url: "https://zvonar.test/history/1".into(), text: "Слушать".into() };
    let late = with(with(row(1), "status", CellValue::Text("Готово".into())), "recording", link);
    let receipt = sink.write(&[late.clone(), row(2)]).await?;
    assert_eq!((receipt.added, receipt.updated, receipt.unchanged, receipt.left), (0, 1, 1, 0));
    assert_eq!(hand.words("call-00001", "status").as_deref(), Some("Готово"));
    assert_eq!(hand.words("call-00001", "recording").as_deref(), Some("Слушать"));
    assert_eq!(hand.words("call-00002", "status").as_deref(), Some("Ожидает запись"));
    assert_eq!(hand.keys().len(), 2);
    assert_eq!(sink.write(&[late]).await?.unchanged, 1);
    Ok(())
}

/// A cell that a person changed stays theirs, its neighbours are mended.
///
/// # Errors
/// Those of the sink.
pub async fn a_persons_cell_stays(sink: &dyn RowSink, hand: &dyn Hand) -> Result<(), SheetError> {
    let _ = sink.write(&[row(1)]).await?;
    hand.edit("call-00001", "status", "Проверено мной");
    let text = |words: &str| CellValue::Text(words.into());
    let late = with(with(row(1), "status", text("Готово")), "transcript", text("Менеджер: добрый день"));
    let receipt = sink.write(std::slice::from_ref(&late)).await?;
    assert_eq!((receipt.updated, receipt.left), (1, 1));
    assert_eq!(hand.words("call-00001", "status").as_deref(), Some("Проверено мной"));
    assert_eq!(hand.words("call-00001", "transcript").as_deref(), Some("Менеджер: добрый день"));
    assert_eq!(sink.write(&[late]).await?.unchanged, 1, "what was left is not asked about again");
    Ok(())
}

/// A row that a person deleted does not come back.
///
/// # Errors
/// Those of the sink.
pub async fn a_deleted_row_stays_deleted(sink: &dyn RowSink, hand: &dyn Hand) -> Result<(), SheetError> {
    let _ = sink.write(&[row(1), row(2)]).await?;
    hand.delete("call-00001");
    let late = with(row(1), "status", CellValue::Text("Готово".into()));
    let receipt = sink.write(&[late, row(2)]).await?;
    assert_eq!((receipt.added, receipt.deleted_by_person), (0, 1));
    assert_eq!(hand.keys(), ["call-00002"]);
    Ok(())
}

/// Emptied rows say nothing any more, save what a person wrote there; their keys stay, others' rows too.
///
/// # Errors
/// Those of the sink.
pub async fn an_emptied_row_says_nothing_of_ours(
    sink: &dyn RowSink,
    hand: &dyn Hand,
) -> Result<(), SheetError> {
    assert_eq!(sink.empty(&["call-00001".to_owned()]).await?, crate::WriteReceipt::default());
    let link = CellValue::Link { url: "https://example.com/1".into(), text: "Слушать".into() };
    let _ = sink.write(&[with(row(1), "recording", link), row(2)]).await?;
    hand.edit("call-00001", "status", "Перезвонить Ивану");
    let keys = ["call-00001".to_owned(), "never written".to_owned()];
    let receipt = sink.empty(&keys).await?;
    assert_eq!((receipt.added, receipt.updated, receipt.left), (0, 1, 1));
    for column in ["started_at", "caller", "duration", "recording", "transcript", "total"] {
        assert_eq!(hand.words("call-00001", column).as_deref(), Some(""), "{column}");
    }
    assert_eq!(hand.words("call-00001", "status").as_deref(), Some("Перезвонить Ивану"));
    assert_eq!(hand.words("call-00002", "caller").as_deref(), Some("+79161234567"));
    assert_eq!(sorted(hand.keys()), ["call-00001", "call-00002"]);
    let again = sink.empty(&keys).await?;
    assert_eq!((again.added, again.updated), (0, 0));
    Ok(())
}

/// A typed score is read back, nonsense is told apart.
///
/// # Errors
/// Those of the sink.
pub async fn typed_scores_are_read_back(sink: &dyn RowSink, hand: &dyn Hand) -> Result<(), SheetError> {
    let _ = sink.write(&[row(1), row(2), row(3)]).await?;
    hand.type_score("call-00001", "87,5");
    hand.type_score("call-00003", "плохо");
    let read = sink.corrections().await?;
    let scores: Vec<_> = read.scores.iter().map(|one| (one.key.as_str(), one.score)).collect();
    assert_eq!(scores, [("call-00001", 87.5)]);
    assert_eq!(read.problems, [CorrectionProblem::NotAScore { key: "call-00003".into() }]);
    let again = with(row(1), "human_score", CellValue::Number(1.0));
    let _ = sink.write(&[again]).await?;
    assert_eq!(sink.corrections().await?.scores.len(), 1, "we never write a person's own column");
    Ok(())
}

/// Making ready twice changes nothing, and the report knows every column.
///
/// # Errors
/// Those of the sink.
pub async fn preparing_is_harmless(sink: &dyn RowSink, _hand: &dyn Hand) -> Result<(), SheetError> {
    let first = sink.prepare().await?;
    let again = sink.prepare().await?;
    assert_eq!(first, again);
    assert!(first.tab.is_some() && first.columns.iter().all(|column| column.letter.is_some()), "{first:?}");
    assert_eq!(first.columns.len(), spec().columns.len());
    assert_eq!(sink.check().await?, again);
    Ok(())
}

/// What cannot be a row is refused before anything is sent.
///
/// # Errors
/// Those of the sink.
pub async fn nonsense_is_refused(sink: &dyn RowSink, hand: &dyn Hand) -> Result<(), SheetError> {
    let nameless = SheetRow { key: " ".into(), ..row(1) };
    assert!(matches!(sink.write(&[nameless]).await, Err(SheetError::Invalid(_))));
    let stray = with(row(1), "no_such_column", CellValue::Empty);
    assert!(matches!(sink.write(&[stray]).await, Err(SheetError::Invalid(_))));
    assert!(hand.keys().is_empty());
    assert_eq!(sink.write(&[]).await?, crate::WriteReceipt::default());
    Ok(())
}
