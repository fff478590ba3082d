//! The workbook, read back as a spreadsheet would.

use std::io::Cursor;

use calamine::{Data, Range, Reader as _, Xlsx};
use domain::{CallStatus, PhoneNumber};
use pipeline::{CallReport, ResultSink as _, SinkError, XlsxReport, XlsxRows};

use crate::reports::{bare, fourteen, hostile, later, options};

fn tab(bytes: &[u8], name: &str) -> Range<Data> {
    Xlsx::new(Cursor::new(bytes.to_vec())).unwrap().worksheet_range(name).unwrap()
}

fn render(reports: &[CallReport]) -> Vec<u8> {
    XlsxReport::new("report.xlsx", options()).render(reports).unwrap()
}

fn column(range: &Range<Data>, header: &str) -> Vec<Data> {
    let at = range.rows().next().unwrap().iter().position(|cell| *cell == *header).unwrap();
    range.rows().skip(1).map(|row| row[at].clone()).collect()
}

/// The number right of a label on «Итоги».
fn figure(range: &Range<Data>, label: &str, column: usize) -> f64 {
    use calamine::DataType as _;
    let row = range.rows().find(|row| row[0] == *label).unwrap();
    row[column].as_f64().unwrap()
}

#[test]
#[ignore = "writes target/tmp/look.xlsx for a person to open"]
fn example_to_look_at() {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"));
    std::fs::write(folder.join("look.xlsx"), render(&fourteen())).unwrap();
}

#[test]
fn columns_stand_in_their_order_with_criteria_before_the_total() {
    let calls = tab(&render(&fourteen()), "Звонки");
    let headers: Vec<String> = calls.rows().next().unwrap().iter().map(ToString::to_string).collect();
    assert_eq!(
        headers.join(" · "),
        "Дата и время звонка · Номер звонящего · Номер принимающего · Длительность звонка · Ссылка на запись · \
         Транскрипция разговора · Приветствие и представление · Выявление потребности · Презентация под потребность · \
         Отработка возражений · Договорённость о следующем шаге · Вежливость · Грубость · Стадия продажи · \
         Темы разговора · Нужен обратный звонок · Итоговый балл · Краткий разбор · Рекомендации · Менеджер · \
         Статус обработки · Дата обработки · Оценка руководителя · ID звонка"
    );
}

#[test]
fn dates_lengths_and_scores_are_values_not_texts() {
    let calls = tab(&render(&fourteen()), "Звонки");
    let began = &column(&calls, "Дата и время звонка")[0];
    assert!(matches!(began, Data::DateTime(_)), "{began:?}");
    assert_eq!(
        calamine::DataType::as_datetime(began).unwrap().to_string(),
        "2026-11-10 04:59:00",
        "wall time of the zone"
    );
    let length = &column(&calls, "Длительность звонка")[0];
    assert!(
        matches!(length, Data::DateTime(value) if (value.as_f64() * 86_400.0 - 247.0).abs() < 0.01),
        "{length:?}"
    );
    assert_eq!(column(&calls, "Итоговый балл")[0], Data::Float(100.0));
    assert_eq!(column(&calls, "Выявление потребности")[1], Data::Float(1.0));
    assert_eq!(column(&calls, "Отработка возражений")[3], Data::String("не применимо".into()));
    assert_eq!(column(&calls, "Грубость")[2], Data::String("Да".into()));
    assert_eq!(column(&calls, "Темы разговора")[0], Data::String("цена, срок, замер".into()));
    assert_eq!(column(&calls, "Нужен обратный звонок")[0], Data::String("—".into()));
    assert_eq!(column(&calls, "Номер звонящего")[0], Data::String("+7 (900) 000-11-01".into()));
    assert_eq!(column(&calls, "Итоговый балл")[9], Data::String("—".into()));
}

#[test]
fn trouble_says_its_reason_in_the_row() {
    let calls = tab(&render(&fourteen()), "Звонки");
    assert_eq!(column(&calls, "Статус обработки")[11], Data::String("Запись недоступна".into()));
    assert_eq!(column(&calls, "Краткий разбор")[11], Data::String("Читается 0:12 из 3:40".into()));
    assert_eq!(column(&calls, "Статус обработки")[4], Data::String("Требует проверки".into()));
}

#[test]
fn sums_equal_the_rows() {
    let bytes = render(&fourteen());
    let (calls, sums) = (tab(&bytes, "Звонки"), tab(&bytes, "Итоги"));
    let scores: Vec<f64> =
        column(&calls, "Итоговый балл").iter().filter_map(calamine::DataType::get_float).collect();
    let same = |a: f64, b: f64| assert!((a - b).abs() < 1e-9, "{a} against {b}");
    let count = |number: usize| f64::from(u32::try_from(number).unwrap());
    same(figure(&sums, "Звонков", 2), count(calls.height() - 1));
    same(figure(&sums, "С оценкой", 2), count(scores.len()));
    same(figure(&sums, "Средний балл", 2), scores.iter().sum::<f64>() / count(scores.len()));
    same(figure(&sums, "Ниже 40", 2), count(scores.iter().filter(|score| **score < 40.0).count()));
    let statuses = column(&calls, "Статус обработки");
    let missed = statuses.iter().filter(|status| **status == *"Пропущенный звонок").count();
    same(figure(&sums, "Пропущено", 2), count(missed));
    same(figure(&sums, "Пропущенный звонок", 1), count(missed));
    same(figure(&sums, "Не перезвонили", 2), 1.0);
    same(figure(&sums, "Потрачено", 2), 0.62 * count(scores.len()));
    same(figure(&sums, "Вежливость", 3), count(scores.len()));
    let polite: f64 = column(&calls, "Вежливость").iter().filter_map(calamine::DataType::get_float).sum();
    same(figure(&sums, "Вежливость", 1), polite / (2.0 * count(scores.len())));
    same(figure(&sums, "Без менеджера", 4), 1.0);
}

#[test]
fn a_missed_client_is_rung_back_only_by_a_later_answered_call() {
    let with = |status, shift| {
        let mut missed = bare(1, CallStatus::Missed);
        missed.call.caller = PhoneNumber::parse("+79000009999");
        let mut second = bare(1, status);
        second.call.caller = PhoneNumber::parse("+79000009999");
        second.call.started_at = missed.call.started_at.map(|at| at + chrono::TimeDelta::minutes(shift));
        figure(&tab(&render(&[missed, second]), "Итоги"), "Не перезвонили", 2)
    };
    let is = |a: f64, b: f64| assert!((a - b).abs() < f64::EPSILON, "{a} against {b}");
    is(with(CallStatus::Done, 5), 0.0);
    is(with(CallStatus::Done, -5), 1.0);
    is(with(CallStatus::AnsweringMachine, 5), 1.0);
    is(with(CallStatus::Missed, 5), 2.0);
}

#[test]
fn equal_reports_make_equal_bytes() {
    let mut reports = fourteen();
    let first = render(&reports);
    assert!(first == render(&reports), "two renderings of one report differ");
    later(&mut reports[0], 1);
    assert!(first != render(&reports));
}

#[test]
fn hostile_texts_stay_texts() {
    for text in
        ["=1+1", "=HYPERLINK(\"http://evil\")", "javascript:alert(1)", "a\u{0}\u{1b}\u{ffff}b", "]]><x>&amp;"]
    {
        let bytes = render(&[hostile(text)]);
        for name in ["Звонки", "Цитаты"] {
            let mut book = Xlsx::new(Cursor::new(bytes.clone())).unwrap();
            let formulas = book.worksheet_formula(name).unwrap();
            assert!(formulas.rows().flatten().all(String::is_empty), "{text}");
        }
        let link = &column(&tab(&bytes, "Звонки"), "Ссылка на запись")[0];
        assert_eq!(*link, Data::String("—".into()), "{text} must not be linked");
    }
    let long = render(&[hostile(&"очень длинно ".repeat(20_000))]);
    assert!(column(&tab(&long, "Звонки"), "Краткий разбор")[0].to_string().ends_with('…'));
}

#[test]
fn no_calls_make_a_workbook_too() {
    assert_eq!(tab(&render(&[]), "Звонки").height(), 1);
}

#[tokio::test]
async fn a_failing_write_leaves_the_old_report_and_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("нет такой").join("report.xlsx");
    let error = XlsxReport::new(&path, options()).deliver(&fourteen()).await.unwrap_err();
    let SinkError::NotWritable { place, hint, .. } = error else { panic!("{error:?}") };
    assert!(place.ends_with("report.xlsx") && hint.contains("mkdir"), "{place}: {hint}");

    let taken = folder.path().join("taken.xlsx");
    std::fs::create_dir(&taken).unwrap();
    std::fs::write(taken.join("inside"), "kept").unwrap();
    assert!(XlsxReport::new(&taken, options()).deliver(&fourteen()).await.is_err());
    assert_eq!(std::fs::read(taken.join("inside")).unwrap(), b"kept");
}

#[tokio::test]
async fn an_unchanged_report_is_not_written_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report.xlsx");
    std::fs::write(&path, "an older report").unwrap();
    let sink = XlsxReport::new(&path, options());
    assert_eq!(sink.deliver(&fourteen()).await.unwrap().updated, 14);
    let written = std::fs::metadata(&path).unwrap().modified().unwrap();
    assert_eq!(sink.deliver(&fourteen()).await.unwrap().unchanged, 14);
    assert_eq!(std::fs::metadata(&path).unwrap().modified().unwrap(), written);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "no temporary file stays");
}

#[test]
fn rows_page_by_page_are_those_of_the_whole() {
    let (reports, place) = (fourteen(), tempfile::tempdir().unwrap());
    let mut rows = XlsxRows::new(options(), place.path()).unwrap();
    for page in reports.chunks(5) {
        rows.page(page).unwrap();
    }
    let mut bytes = Cursor::new(Vec::new());
    rows.save(&mut bytes).unwrap();
    let (paged, whole) = (tab(bytes.get_ref(), "Звонки"), tab(&render(&reports), "Звонки"));
    assert!(paged.rows().eq(whole.rows()));
    assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 0, "nothing is left behind");
}
