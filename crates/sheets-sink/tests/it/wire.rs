//! The exact bodies, each checked against Google's own schema.

use sheets_sink::testing::check_request;
use sheets_sink::testing::contract::{row, with};
use sheets_sink::{CellValue, RowSink as _};

use crate::stage::Stage;

#[tokio::test(start_paused = true)]
async fn every_write_is_as_googles_schema_wants_it() {
    let stage = Stage::new();
    let _ = stage.sink.write(&[row(1)]).await.unwrap();
    let link = CellValue::Link { url: "https://zvonar.test/history/1".into(), text: "Слушать".into() };
    let late = with(with(row(1), "status", CellValue::Text("Готово".into())), "recording", link);
    let _ = stage.sink.write(&[late]).await.unwrap();
    let bodies = stage.google.requests().bodies;
    let names: Vec<_> = bodies.iter().map(|(name, _)| name.as_str()).collect();
    // header, looks, new row; tags and link, values
    assert_eq!(
        names,
        ["batchUpdate", "batchUpdate", "batchUpdate", "batchUpdate", "batchUpdateByDataFilter"]
    );
    for (name, body) in &bodies {
        let schema = match name.as_str() {
            "batchUpdate" => "BatchUpdateSpreadsheetRequest",
            _ => "BatchUpdateValuesByDataFilterRequest",
        };
        check_request(schema, body).unwrap();
    }
    let part = |at: usize| &bodies[at].1;
    insta::assert_json_snapshot!("header", part(0));
    insta::assert_json_snapshot!("looks", part(1));
    insta::assert_json_snapshot!("new_row", part(2));
    insta::assert_json_snapshot!("late_change_tags", part(3));
    insta::assert_json_snapshot!("late_change_values", part(4));
}
