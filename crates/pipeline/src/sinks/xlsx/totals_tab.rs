//! Tab «Итоги»: figures and tables on the left, their charts on the right. Values, not formulas.

use domain::{Currency, Lang, Money};
use rust_xlsxwriter::{Format, Worksheet, XlsxError};

use super::charts;
use super::looks::Looks;
use super::print_setup;
use crate::sinks::cell_text::fitting;
use crate::sinks::columns::ReportOptions;
use crate::sinks::figures::{CriterionFigures, Figures, ManagerFigures};

/// Where the charts begin.
const CHART_COLUMN: u16 = 6;
/// This many rows can still be read when they are shrunk to one sheet of paper.
const ONE_PAGE_ROWS: u32 = 75;

pub(super) fn write(
    sheet: &mut Worksheet,
    figures: &Figures,
    options: &ReportOptions,
    looks: &Looks,
) -> Result<(), XlsxError> {
    let lang = options.lang;
    let name = lang.pick("Итоги", "Summary");
    sheet.set_name(name)?.set_screen_gridlines(false);
    sheet.set_column_width_pixels(0, 290)?;
    sheet.set_column_range_width_pixels(1, 4, 92)?;
    sheet.set_column_width_pixels(5, 36)?;
    let mut tab = Tab { sheet, lang, looks, row: 0 };
    tab.heading(figures, options)?;
    tab.figures(figures)?;
    let managers = tab.managers(&figures.managers)?;
    let criteria = tab.criteria(&figures.criteria)?;
    tab.statuses(&figures.statuses)?;
    let bands = tab.distribution(figures)?;
    let last_row = tab.row;
    let mut place = charts::Place { row: 3, column: CHART_COLUMN, sheet_name: name };
    if figures.managers.iter().any(|manager| manager.scores.scored > 0) {
        charts::averages(sheet, &mut place, managers, lang)?;
    }
    if criteria.count > 0 {
        charts::earned(sheet, &mut place, criteria, lang)?;
    }
    if figures.whole.scored > 0 {
        charts::distribution(sheet, &mut place, bands, lang)?;
    }
    print_setup(sheet, None)?;
    if last_row < ONE_PAGE_ROWS {
        sheet.set_print_fit_to_pages(1, 1);
    }
    Ok(())
}

/// Rows that a chart draws.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rows {
    pub first: u32,
    pub count: u32,
}

struct Tab<'a> {
    sheet: &'a mut Worksheet,
    lang: Lang,
    looks: &'a Looks,
    /// The next to write.
    row: u32,
}

impl Tab<'_> {
    fn heading(&mut self, figures: &Figures, options: &ReportOptions) -> Result<(), XlsxError> {
        let lang = self.lang;
        self.sheet.set_row_height_pixels(0, 34)?;
        self.text(0, lang.pick("Итоги", "Summary"), &self.looks.title)?;
        self.row += 1;
        let rubric = fitting(&options.rubric.title);
        let line = match figures.as_of {
            Some(at) => format!("{} {} · {rubric}", lang.pick("на", "as of"), moment(at, lang)),
            None => rubric,
        };
        self.text(0, &line, &self.looks.caption)?;
        self.row += 2;
        Ok(())
    }

    fn figures(&mut self, figures: &Figures) -> Result<(), XlsxError> {
        let (lang, looks) = (self.lang, self.looks);
        let period = figures.period.map_or("—".to_owned(), |(from, to)| {
            let (from, to) = (from.format("%d.%m.%Y").to_string(), to.format("%d.%m.%Y").to_string());
            if from == to { from } else { format!("{from}–{to}") }
        });
        self.label(lang.pick("Период", "Period"), &looks.figure_label)?;
        self.sheet.merge_range(self.row, 1, self.row, 2, &period, &looks.figure_text)?;
        self.row += 1;
        self.figure(lang.pick("Звонков", "Calls"), Some(whole(figures.calls)), &looks.figure)?;
        self.figure(lang.pick("С оценкой", "Scored"), Some(f64::from(figures.whole.scored)), &looks.figure)?;
        self.figure(
            lang.pick("Средний балл", "Average score"),
            figures.whole.average(),
            &looks.figure_average,
        )?;
        self.figure(lang.pick("Ниже 40", "Below 40"), Some(f64::from(figures.whole.low)), &looks.figure)?;
        self.figure(lang.pick("Пропущено", "Missed"), Some(whole(figures.missed)), &looks.figure)?;
        self.figure(
            lang.pick("Не перезвонили", "Not rung back"),
            Some(whole(figures.not_rung_back)),
            &looks.figure,
        )?;
        let label = lang.pick("Потрачено", "Spent");
        if figures.spent.is_empty() {
            self.figure(label, Some(0.0), &looks.roubles)?;
        }
        for money in &figures.spent {
            let look = if money.currency == Currency::USD { &looks.dollars } else { &looks.roubles };
            self.figure(label, Some(units(*money)), look)?;
        }
        Ok(())
    }

    fn figure(&mut self, label: &str, value: Option<f64>, look: &Format) -> Result<(), XlsxError> {
        self.label(label, &self.looks.figure_label)?;
        self.sheet.write_blank(self.row, 1, look)?;
        match value {
            Some(value) => self.sheet.write_number_with_format(self.row, 2, value, look)?,
            None => self.sheet.write_string_with_format(self.row, 2, "—", look)?,
        };
        self.row += 1;
        Ok(())
    }

    fn managers(&mut self, managers: &[ManagerFigures]) -> Result<Rows, XlsxError> {
        let (lang, looks) = (self.lang, self.looks);
        self.section(
            lang.pick("Менеджеры", "Managers"),
            &[
                lang.pick("С оценкой", "Scored"),
                lang.pick("Средний балл", "Average"),
                lang.pick("Ниже 40", "Below 40"),
                lang.pick("Не перезвонили", "Not rung back"),
            ],
        )?;
        let first = self.row;
        for manager in managers {
            let name = if manager.name.is_empty() {
                lang.pick("Без менеджера", "No manager")
            } else {
                &manager.name
            };
            self.label(name, &looks.label)?;
            self.number(1, Some(f64::from(manager.scores.scored)), &looks.count)?;
            self.number(2, manager.scores.average(), &looks.average)?;
            self.number(3, Some(f64::from(manager.scores.low)), &looks.count)?;
            self.number(4, Some(whole(manager.not_rung_back)), &looks.count)?;
            self.row += 1;
        }
        // the chart shows those that have an average: they come first
        let scored = managers.iter().take_while(|manager| manager.scores.scored > 0).count();
        Ok(Rows { first, count: u32::try_from(scored).unwrap_or(0) })
    }

    /// Scored criteria first, in the rubric's order: the chart draws them as one range.
    fn criteria(&mut self, criteria: &[CriterionFigures]) -> Result<Rows, XlsxError> {
        let (lang, looks) = (self.lang, self.looks);
        self.section(
            lang.pick("Критерии", "Criteria"),
            &[
                lang.pick("Заработано", "Earned"),
                lang.pick("Не выполнено", "Failed"),
                lang.pick("Оценено", "Judged"),
            ],
        )?;
        let first = self.row;
        let (drawn, others): (Vec<_>, Vec<_>) =
            criteria.iter().partition(|criterion| criterion.earned.is_some());
        for criterion in drawn.iter().chain(&others) {
            self.label(&criterion.column.title, &looks.label)?;
            self.number(1, criterion.earned, &looks.percent)?;
            self.number(2, criterion.failed.map(whole), &looks.count)?;
            self.number(3, Some(whole(criterion.judged)), &looks.count)?;
            self.row += 1;
        }
        Ok(Rows { first, count: u32::try_from(drawn.len()).unwrap_or(0) })
    }

    fn statuses(&mut self, statuses: &[(&'static str, usize)]) -> Result<(), XlsxError> {
        let lang = self.lang;
        self.section(lang.pick("Статусы", "Statuses"), &[lang.pick("Звонков", "Calls")])?;
        for (label, count) in statuses {
            self.label(label, &self.looks.label)?;
            self.number(1, Some(whole(*count)), &self.looks.count)?;
            self.row += 1;
        }
        Ok(())
    }

    fn distribution(&mut self, figures: &Figures) -> Result<Rows, XlsxError> {
        let lang = self.lang;
        self.section(lang.pick("Итоговый балл", "Total score"), &[lang.pick("Звонков", "Calls")])?;
        let first = self.row;
        for (label, count) in
            ["0–19", "20–39", "40–59", "60–79", "80–100"].into_iter().zip(figures.distribution)
        {
            self.label(label, &self.looks.label)?;
            self.number(1, Some(whole(count)), &self.looks.count)?;
            self.row += 1;
        }
        Ok(Rows { first, count: 5 })
    }

    fn section(&mut self, title: &str, heads: &[&str]) -> Result<(), XlsxError> {
        self.row += 1;
        self.sheet.set_row_height_pixels(self.row, 30)?;
        self.text(0, title, &self.looks.section)?;
        self.row += 1;
        self.sheet.set_row_height_pixels(self.row, 30)?;
        self.text(0, "", &self.looks.head_label)?;
        for (at, head) in (1_u16..).zip(heads) {
            self.text(at, head, &self.looks.head_number)?;
        }
        self.row += 1;
        Ok(())
    }

    fn label(&mut self, text: &str, look: &Format) -> Result<(), XlsxError> {
        self.sheet.set_row_height_pixels(self.row, 22)?;
        self.text(0, text, look)
    }

    fn text(&mut self, column: u16, text: &str, look: &Format) -> Result<(), XlsxError> {
        self.sheet.write_string_with_format(self.row, column, fitting(text), look).map(|_| ())
    }

    fn number(&mut self, column: u16, value: Option<f64>, look: &Format) -> Result<(), XlsxError> {
        match value {
            Some(value) => self.sheet.write_number_with_format(self.row, column, value, look).map(|_| ()),
            None => self.text(column, "—", &self.looks.dash),
        }
    }
}

/// «20 ноя, 10:32».
fn moment(at: chrono::NaiveDateTime, lang: Lang) -> String {
    use chrono::Datelike as _;
    const MONTHS: [&str; 12] =
        ["янв", "фев", "мар", "апр", "мая", "июн", "июл", "авг", "сен", "окт", "ноя", "дек"];
    match (lang, MONTHS.get(at.month0() as usize)) {
        (Lang::Ru, Some(month)) => format!("{} {month}, {}", at.day(), at.format("%H:%M")),
        _ => at.format("%-d %b, %H:%M").to_string(),
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of calls are far below 2^53")]
fn whole(count: usize) -> f64 {
    count as f64
}

#[expect(clippy::cast_precision_loss, reason = "sums are far below 2^53 micro-units")]
fn units(money: Money) -> f64 {
    money.micros as f64 / 1_000_000.0
}
