//! The CSV as Excel gets it.

use pipeline::{CsvReport, CsvRows, ResultSink as _};

use crate::reports::{fourteen, hostile, options};

fn render(reports: &[pipeline::CallReport]) -> String {
    String::from_utf8(CsvReport::new("report.csv", options()).render(reports).unwrap()).unwrap()
}

#[test]
fn rows_look_as_agreed() {
    let text = render(&fourteen());
    assert!(text.starts_with('\u{feff}') && text.contains("\r\n"));
    let visible = text.trim_start_matches('\u{feff}').replace("\r\n", "¶\n");
    insta::assert_snapshot!(visible);
}

#[test]
fn no_text_from_outside_becomes_a_formula() {
    for text in [
        "=1+1",
        "+1+1",
        "-1+1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        " =1",
        "\u{a0}=1",
        "＝1",
        "\n=1",
        "=cmd|'/c calc'!A0",
    ] {
        let table = render(&[hostile(text)]);
        let body = table.trim_start_matches('\u{feff}').as_bytes();
        let mut reader = csv::ReaderBuilder::new().delimiter(b';').from_reader(body);
        for row in reader.records() {
            for cell in &row.unwrap() {
                let first = cell.trim_start_matches([' ', '\u{a0}', '\t', '\r', '\n']).chars().next();
                let formula = first.is_some_and(|c| "=+-@＝＋－＠".contains(c));
                assert!(!formula || cell.starts_with("+7 ("), "{text:?} came out as {cell:?}");
            }
        }
    }
}

#[tokio::test]
async fn the_file_is_replaced_whole_and_keeps_its_link() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("отчёт.csv");
    std::fs::write(&path, "old").unwrap();
    let receipt = CsvReport::new(&path, options()).deliver(&fourteen()).await.unwrap();
    assert_eq!(receipt.updated, 14);
    assert!(receipt.place.ends_with("отчёт.csv"));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), render(&fourteen()));
}

#[test]
fn rows_page_by_page_are_those_of_the_whole() {
    let (reports, rows) = (fourteen(), CsvRows::new(options()));
    let mut bytes = rows.head().unwrap();
    for page in reports.chunks(5) {
        bytes.extend(rows.page(page).unwrap());
    }
    assert_eq!(String::from_utf8(bytes).unwrap(), render(&reports));
}
