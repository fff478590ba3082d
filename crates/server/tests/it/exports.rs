//! The report as a file: the same columns, nothing that is not the viewer's, no formula, bounded memory.

use axum::http::StatusCode;
use calamine::{Data, Reader as _, Xlsx};

use crate::house::{DIALOGUE, House};

const HOSTILE: &str = "Клиент: =HYPERLINK(\"http://evil.example\") Менеджер: @SUM(1+1) Клиент: +7 да -2";

#[tokio::test]
async fn csv_has_the_columns_of_the_sheet_and_the_viewers_calls_alone() {
    let house = House::guarded().await;
    house.call_of("m-anna", "a", DIALOGUE).await;
    house.call_of("m-boris", "b", DIALOGUE).await;
    let file = house.get_as("supervisor", "/api/v1/exports?format=csv").await;
    assert_eq!(file.header("content-type"), "text/csv; charset=utf-8");
    assert!(file.header("content-disposition").starts_with("attachment; filename=\"zvonar-"));
    assert!(file.body.starts_with(b"\xef\xbb\xbf"), "the mark that spreadsheets know UTF-8 by");
    let mut rows = csv::ReaderBuilder::new()
        .delimiter(b';')
        .from_reader(file.body.strip_prefix(b"\xef\xbb\xbf").unwrap());
    let heads: Vec<String> = rows.headers().unwrap().iter().map(str::to_owned).collect();
    assert_eq!(heads.first().map(String::as_str), Some("Дата и время звонка"));
    assert_eq!(heads.last().map(String::as_str), Some("ID звонка"));
    assert_eq!(rows.records().map(Result::unwrap).count(), 2);
    let own = house.get_as("anna", "/api/v1/exports?format=csv").await.text();
    assert!(own.contains("m-anna") && !own.contains("m-boris"));
    let others = house.get_as("anna", "/api/v1/exports?format=csv&manager=m-boris").await;
    assert_eq!((others.status, others.text().lines().count()), (StatusCode::OK, 1), "headers alone");
    assert_eq!(house.get_as("robot", "/api/v1/exports?format=csv").await.status, StatusCode::FORBIDDEN);
    assert!(!file.text().contains("file:///"), "no path of the machine");
}

#[tokio::test]
async fn filters_narrow_the_file_as_they_narrow_the_list() {
    let house = House::open().await;
    house.call_of("m-anna", "a", DIALOGUE).await;
    house.call_of("m-boris", "b", DIALOGUE).await;
    for (filter, rows) in [
        ("manager=m-anna", 1),
        ("status=missed", 0),
        ("scored=true", 2),
        ("from=2001-01-01&to=2001-01-02", 0),
    ] {
        let file = house.get(&format!("/api/v1/exports?format=csv&{filter}")).await;
        let count =
            csv::ReaderBuilder::new().delimiter(b';').from_reader(file.body.as_slice()).records().count();
        assert_eq!(count, rows, "{filter}");
    }
}

#[tokio::test]
async fn no_words_of_a_caller_become_a_formula() {
    let house = House::open().await;
    house.call_of("=cmd|' /C calc'!A0", "hostile", HOSTILE).await;
    let file = house.get("/api/v1/exports?format=csv").await;
    let mut rows = csv::ReaderBuilder::new().delimiter(b';').from_reader(file.body.as_slice());
    let mut cells = 0;
    for row in rows.records().map(Result::unwrap) {
        for cell in row.iter().filter(|cell| !cell.starts_with("+7 (")) {
            assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{cell}");
            cells += 1;
        }
    }
    assert!(cells > 10);
    let book = house.get("/api/v1/exports?format=xlsx").await;
    let mut book: Xlsx<_> = calamine::open_workbook_from_rs(std::io::Cursor::new(book.body)).unwrap();
    for sheet in book.sheet_names() {
        let formulas = book.worksheet_formula(&sheet).unwrap();
        let hostile = formulas.used_cells().filter(|(_, _, formula)| {
            formula.contains("HYPERLINK(\"http://evil") || formula.contains("cmd|")
        });
        assert_eq!(hostile.count(), 0, "{sheet}");
    }
}

#[tokio::test]
async fn a_workbook_has_a_row_for_each_call() {
    let house = House::open().await;
    for n in 0..3 {
        house.call_of("m-anna", &format!("c-{n}"), DIALOGUE).await;
    }
    let file = house.get("/api/v1/exports?format=xlsx").await;
    assert_eq!(
        file.header("content-type"),
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    );
    let mut book: Xlsx<_> = calamine::open_workbook_from_rs(std::io::Cursor::new(file.body)).unwrap();
    let range = book.worksheet_range("Звонки").unwrap();
    assert_eq!(range.height(), 4);
    assert_eq!(range.get_value((0, 0)), Some(&Data::String("Дата и время звонка".to_owned())));
    assert_eq!(
        std::fs::read_dir(house.data())
            .unwrap()
            .filter(|entry| { entry.as_ref().unwrap().file_name().to_string_lossy().ends_with(".xlsx") })
            .count(),
        0,
        "nothing is left behind"
    );
}
