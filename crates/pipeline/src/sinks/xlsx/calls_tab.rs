//! Tab «Звонки»: a row per call.

use domain::{CallStatus, CriterionKind, Lang};
use rust_xlsxwriter::{ConditionalFormatFormula, Format, Formula, Note, Url, Worksheet, XlsxError};

use super::looks::{BAD, BAD_SOFT, GREY, Looks, WARN, WARN_SOFT};
use super::print_setup;
use crate::CallReport;
use crate::sinks::cell_text::{self, clip, fitting};
use crate::sinks::columns::{Column, CriterionCell, CriterionColumn, ReportOptions, started_at};

const HEADER_PX: u32 = 44;
const ROW_PX: u32 = 63;
/// Notes are drawings: beyond this many a workbook opens slowly. Every quote is on its own tab too.
pub(super) const MOST_NOTES: usize = 20_000;
/// A note is a glance, not a document.
const NOTE_CHARS: usize = 900;
/// Excel drops links past this many on a sheet and beyond this length.
const MOST_LINKS: usize = 65_530;
const MOST_LINK_CHARS: usize = 2_000;

pub(super) fn write(
    sheet: &mut Worksheet,
    reports: &[CallReport],
    columns: &[Column],
    options: &ReportOptions,
    looks: &Looks,
) -> Result<(), XlsxError> {
    begin(sheet, columns, options, looks)?;
    let mut tab = Tab { sheet, options, looks, notes: 0, links: 0 };
    for (row, report) in (1_u32..).zip(reports) {
        tab.row(row, columns, report)?;
    }
    end(sheet, columns, u32::try_from(reports.len()).unwrap_or(u32::MAX), options.lang)
}

/// Everything above the first call.
pub(super) fn begin(
    sheet: &mut Worksheet,
    columns: &[Column],
    options: &ReportOptions,
    looks: &Looks,
) -> Result<(), XlsxError> {
    let lang = options.lang;
    sheet.set_name(lang.pick("Звонки", "Calls"))?;
    sheet.set_row_height_pixels(0, HEADER_PX)?;
    sheet.set_default_row_height_pixels(ROW_PX);
    for (at, column) in (0_u16..).zip(columns) {
        sheet.set_column_width_pixels(at, width_px(column))?;
        let look = match column {
            Column::HumanScore => &looks.human_header,
            Column::Criterion(_) => &looks.criterion_header,
            _ => &looks.header,
        };
        sheet.write_string_with_format(0, at, fitting(column.header(lang)), look)?;
        match column {
            Column::HumanScore => {
                let text = lang.pick("Заполняете вы, мы читаем", "You fill it in, we read it");
                sheet.insert_note(0, at, &note(text))?;
            }
            Column::CallId => {
                sheet.set_column_hidden(at)?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// What needs to know how many rows there are.
pub(super) fn end(
    sheet: &mut Worksheet,
    columns: &[Column],
    last_row: u32,
    lang: Lang,
) -> Result<(), XlsxError> {
    let last_column = u16::try_from(columns.len().saturating_sub(1)).unwrap_or(u16::MAX);
    if last_row > 0 {
        for (at, column) in (0_u16..).zip(columns) {
            rules(sheet, at, column, last_row, lang)?;
        }
    }
    sheet.autofilter(0, 0, last_row, last_column)?;
    sheet.set_freeze_panes(1, 1)?;
    print_setup(sheet, Some(0))
}

fn width_px(column: &Column) -> u32 {
    match column {
        Column::StartedAt | Column::ProcessedAt => 130,
        Column::Caller | Column::Callee => 140,
        Column::Duration | Column::Link => 90,
        Column::Transcript => 360,
        Column::Criterion(_) => 110,
        Column::Total => 80,
        Column::Summary | Column::Recommendations => 320,
        Column::Manager | Column::Status => 150,
        Column::HumanScore => 120,
        Column::CallId => 250,
    }
}

pub(super) struct Tab<'a> {
    pub sheet: &'a mut Worksheet,
    pub options: &'a ReportOptions,
    pub looks: &'a Looks,
    /// Notes so far; a start of [`MOST_NOTES`] writes none.
    pub notes: usize,
    pub links: usize,
}

impl Tab<'_> {
    pub(super) fn row(&mut self, row: u32, columns: &[Column], report: &CallReport) -> Result<(), XlsxError> {
        self.sheet.set_row_height_pixels(row, ROW_PX)?;
        (0_u16..).zip(columns).try_for_each(|(at, column)| self.cell(row, at, column, report))
    }

    fn cell(&mut self, row: u32, at: u16, column: &Column, report: &CallReport) -> Result<(), XlsxError> {
        let (lang, zone, looks) = (self.options.lang, self.options.zone, self.looks);
        match column {
            Column::StartedAt => self.date(row, at, started_at(report, zone)),
            Column::ProcessedAt => {
                self.date(row, at, Some(report.processed_at.with_timezone(&zone).naive_local()))
            }
            Column::Caller => self.text(row, at, &cell_text::phone(report.call.caller.as_ref()), &looks.text),
            Column::Callee => self.text(row, at, &cell_text::phone(report.call.callee.as_ref()), &looks.text),
            Column::Duration => self.duration(row, at, report),
            Column::Link => self.link(row, at, report),
            Column::Transcript => self.text(row, at, &cell_text::transcript(report, lang), &looks.wrapped),
            Column::Criterion(criterion) => self.criterion(row, at, criterion, report),
            Column::Total => match report.analysis.as_ref().and_then(|analysis| analysis.total_score) {
                Some(total) => self.sheet.write_number_with_format(row, at, total, &looks.total).map(|_| ()),
                None => self.text(row, at, "—", &looks.total),
            },
            Column::Summary => self.text(row, at, &cell_text::summary(report), &looks.wrapped),
            Column::Recommendations => {
                self.text(row, at, &cell_text::recommendations(report, lang), &looks.wrapped)
            }
            Column::Manager => self.text(row, at, &cell_text::manager(report), &looks.wrapped),
            Column::Status => self.text(row, at, report.status_label(lang), &looks.wrapped),
            Column::HumanScore => self.sheet.write_blank(row, at, &looks.human).map(|_| ()),
            Column::CallId => self.text(row, at, &report.call.id.to_string(), &looks.text),
        }
    }

    fn text(&mut self, row: u32, at: u16, text: &str, look: &Format) -> Result<(), XlsxError> {
        self.sheet.write_string_with_format(row, at, fitting(text), look).map(|_| ())
    }

    /// A spreadsheet knows no time before 1900: such a one is written as text.
    fn date(&mut self, row: u32, at: u16, time: Option<chrono::NaiveDateTime>) -> Result<(), XlsxError> {
        let Some(time) = time else { return self.text(row, at, "—", &self.looks.date) };
        match self.sheet.write_datetime_with_format(row, at, time, &self.looks.date) {
            Ok(_) => Ok(()),
            Err(_) => self.text(row, at, &time.format("%d.%m.%Y %H:%M").to_string(), &self.looks.date),
        }
    }

    fn duration(&mut self, row: u32, at: u16, report: &CallReport) -> Result<(), XlsxError> {
        match report.duration_ms() {
            Some(ms) => {
                self.sheet.write_number_with_format(row, at, days(ms), &self.looks.duration).map(|_| ())
            }
            None => self.text(row, at, "—", &self.looks.duration),
        }
    }

    fn link(&mut self, row: u32, at: u16, report: &CallReport) -> Result<(), XlsxError> {
        let open = self.options.lang.pick("Открыть", "Open");
        let Some(url) = cell_text::link(report, self.options) else {
            return self.text(row, at, "—", &self.looks.text);
        };
        if self.links >= MOST_LINKS || url.as_str().len() > MOST_LINK_CHARS {
            return self.text(row, at, url.as_str(), &self.looks.text);
        }
        self.links += 1;
        // the writer would take file:///home/… for a path relative to the workbook; schemes know no case
        let address = match url.as_str().strip_prefix("file:///") {
            Some(path) => format!("FILE:///{path}"),
            None => url.to_string(),
        };
        let tip =
            report.call.recording_name.as_deref().map(|name| clip(&fitting(name), 200)).unwrap_or_default();
        let link = Url::new(address).set_text(open).set_tip(tip);
        self.sheet.write_url_with_format(row, at, link, &self.looks.link).map(|_| ())
    }

    fn criterion(
        &mut self,
        row: u32,
        at: u16,
        column: &CriterionColumn,
        report: &CallReport,
    ) -> Result<(), XlsxError> {
        let (lang, looks) = (self.options.lang, self.looks);
        let Some(result) = column.result(report) else {
            return self.sheet.write_blank(row, at, &looks.criterion).map(|_| ());
        };
        match CriterionCell::of(result, lang) {
            CriterionCell::Number(number) => {
                self.sheet.write_number_with_format(row, at, number, &looks.criterion)?;
            }
            cell => self.text(row, at, cell.text(lang), &looks.criterion)?,
        }
        if let Some(text) =
            cell_text::criterion_note(column, report, lang).filter(|_| self.notes < MOST_NOTES)
        {
            self.notes += 1;
            self.sheet.insert_note(row, at, &note(&text))?;
        }
        Ok(())
    }
}

fn note(text: &str) -> Note {
    let text = clip(&fitting(text), NOTE_CHARS);
    // about 46 letters a line of 320 px, 15 px a line
    let lines: usize = text.lines().map(|line| 1 + line.chars().count() / 46).sum();
    let height = u32::try_from(lines.clamp(2, 20)).unwrap_or(20) * 15 + 14;
    Note::new(text).add_author_prefix(false).set_author("zvonar").set_width(320).set_height(height)
}

/// Milliseconds as days, which is what a time value counts; whole seconds, as shown.
#[expect(clippy::cast_precision_loss, reason = "a call is shorter than 2^53 s")]
fn days(ms: u64) -> f64 {
    (ms / 1000) as f64 / 86_400.0
}

/// Colours that follow the value, also when a person corrects it.
fn rules(
    sheet: &mut Worksheet,
    at: u16,
    column: &Column,
    last_row: u32,
    lang: Lang,
) -> Result<(), XlsxError> {
    let cell = format!("{}2", letters(at));
    let bad = Format::new().set_font_color(BAD).set_background_color(BAD_SOFT);
    let warn = Format::new().set_font_color(WARN).set_background_color(WARN_SOFT);
    let grey = Format::new().set_font_color(GREY);
    let mut rule = |formula: String, format: &Format| {
        let rule = ConditionalFormatFormula::new().set_rule(Formula::new(formula)).set_format(format);
        sheet.add_conditional_format(1, at, last_row, at, &rule).map(|_| ())
    };
    match column {
        Column::Total => {
            rule(format!("=AND(ISNUMBER({cell}),{cell}<40)"), &bad)?;
            rule(format!("=AND(ISNUMBER({cell}),{cell}<60)"), &warn)?;
            rule(format!("={cell}=\"—\""), &grey)
        }
        Column::Criterion(criterion) => {
            if let Some(most) = criterion.max_score {
                rule(format!("=AND(ISNUMBER({cell}),{cell}<=0)"), &bad)?;
                rule(format!("=AND(ISNUMBER({cell}),{cell}<{most})"), &warn)?;
            } else if criterion.kind == CriterionKind::Flag && criterion.critical {
                rule(format!("={cell}=\"{}\"", lang.pick("Да", "Yes")), &bad)?;
            }
            let not_applicable = CriterionCell::NotApplicable;
            rule(format!("=OR({cell}=\"{}\",{cell}=\"—\")", not_applicable.text(lang)), &grey)
        }
        Column::Status => {
            let red = [
                CallStatus::Missed,
                CallStatus::RecordingUnavailable,
                CallStatus::AnalysisFailed,
                CallStatus::Failed,
            ];
            rule(
                one_of(&cell, red.iter().map(|status| status.label(lang))),
                &Format::new().set_font_color(BAD),
            )?;
            let amber = [CallStatus::needs_review_label(lang), CallStatus::Paused.label(lang)];
            rule(one_of(&cell, amber.into_iter()), &Format::new().set_font_color(WARN))
        }
        _ => Ok(()),
    }
}

fn one_of<'a>(cell: &str, labels: impl Iterator<Item = &'a str>) -> String {
    let tests: Vec<String> = labels.map(|label| format!("{cell}=\"{label}\"")).collect();
    format!("=OR({})", tests.join(","))
}

/// `A`, …, `Z`, `AA`, …
fn letters(column: u16) -> String {
    let mut name = Vec::new();
    let mut left = u32::from(column) + 1;
    while left > 0 {
        let digit = u8::try_from((left - 1) % 26).unwrap_or(0);
        name.push(char::from(b'A' + digit));
        left = (left - 1) / 26;
    }
    name.iter().rev().collect()
}
