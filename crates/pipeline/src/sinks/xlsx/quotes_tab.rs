//! Tab «Цитаты»: every proof in one list, to be filtered by criterion or manager.

use domain::Lang;
use rust_xlsxwriter::{Worksheet, XlsxError};

use super::looks::Looks;
use super::{MOST_ROWS, print_setup};
use crate::CallReport;
use crate::sinks::cell_text::{self, fitting};
use crate::sinks::columns::{CriterionCell, ReportOptions, criteria, started_at};
use crate::words::clock;

/// Taller rows push the next quote off the screen.
const MOST_LINES: u32 = 16;
const WIDTHS_PX: [u32; 9] = [130, 150, 150, 210, 100, 80, 90, 420, 360];

pub(super) fn write(
    sheet: &mut Worksheet,
    reports: &[CallReport],
    options: &ReportOptions,
    looks: &Looks,
) -> Result<(), XlsxError> {
    let lang = options.lang;
    sheet.set_name(lang.pick("Цитаты", "Quotes"))?;
    sheet.set_row_height_pixels(0, 30)?;
    for (at, (head, width)) in (0_u16..).zip(heads(lang).into_iter().zip(WIDTHS_PX)) {
        sheet.set_column_width_pixels(at, width)?;
        sheet.write_string_with_format(0, at, head, &looks.header)?;
    }
    let columns = criteria(options, reports);
    let quotes = reports.iter().flat_map(|report| {
        columns.iter().filter_map(move |column| Some((report, column, column.result(report)?))).flat_map(
            |(report, column, result)| {
                result.evidence.iter().map(move |evidence| (report, column, result, evidence))
            },
        )
    });
    let mut last_row = 0;
    for (row, (report, column, result, evidence)) in (1_u32..).zip(quotes).take(MOST_ROWS) {
        last_row = row;
        let lines = lines(&evidence.quote, 48)
            .max(lines(&result.comment, 40))
            .max(lines(&column.title, 24))
            .min(MOST_LINES);
        sheet.set_row_height_pixels(row, 7 + 17 * lines)?;
        match started_at(report, options.zone) {
            Some(at) if sheet.write_datetime_with_format(row, 0, at, &looks.date).is_ok() => {}
            _ => {
                sheet.write_string_with_format(row, 0, "—", &looks.date)?;
            }
        }
        let cell = CriterionCell::of(result, lang);
        let texts = [
            (1, cell_text::phone(report.call.client_phone())),
            (2, cell_text::manager(report)),
            (3, column.title.clone()),
            (5, evidence.start_ms.map_or("—".to_owned(), clock)),
            (6, cell_text::speaker(evidence.speaker, lang).to_owned()),
            (7, format!("«{}»", evidence.quote.trim())),
            (8, result.comment.clone()),
        ];
        for (at, text) in texts {
            sheet.write_string_with_format(row, at, fitting(&text), &looks.wrapped)?;
        }
        match cell {
            CriterionCell::Number(number) => {
                sheet.write_number_with_format(row, 4, number, &looks.criterion)?;
            }
            cell => {
                sheet.write_string_with_format(row, 4, fitting(cell.text(lang)), &looks.criterion)?;
            }
        }
    }
    sheet.autofilter(0, 0, last_row, 8)?;
    sheet.set_freeze_panes(1, 1)?;
    print_setup(sheet, Some(0))
}

/// Lines that a text takes in a column of so many letters: Cyrillic ones are broad, and words are
/// not broken.
fn lines(text: &str, letters: usize) -> u32 {
    u32::try_from(1 + text.chars().count() / letters).unwrap_or(MOST_LINES)
}

fn heads(lang: Lang) -> [&'static str; 9] {
    [
        lang.pick("Дата и время звонка", "Call date and time"),
        lang.pick("Клиент", "Client"),
        lang.pick("Менеджер", "Manager"),
        lang.pick("Критерий", "Criterion"),
        lang.pick("Оценка", "Verdict"),
        lang.pick("Время", "Time"),
        lang.pick("Кто", "Who"),
        lang.pick("Цитата", "Quote"),
        lang.pick("Почему", "Why"),
    ]
}
