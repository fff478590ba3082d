//! The charts of «Итоги»: one colour, labelled, no legend, scales that start at 0.

use domain::Lang;
use rust_xlsxwriter::{
    Chart, ChartDataLabel, ChartFont, ChartFormat, ChartLine, ChartSolidFill, ChartType, Worksheet, XlsxError,
};

use super::looks::{ACCENT, FONT, GREY, INK, LINE};
use super::totals_tab::Rows;

const WIDTH_PX: u32 = 620;
/// More bars than this cannot be read.
const MOST_BARS: u32 = 30;

/// Where the next chart goes.
pub(super) struct Place<'a> {
    pub row: u32,
    pub column: u16,
    pub sheet_name: &'a str,
}

pub(super) fn averages(
    sheet: &mut Worksheet,
    place: &mut Place<'_>,
    rows: Rows,
    lang: Lang,
) -> Result<(), XlsxError> {
    let title = lang.pick("Средний балл по менеджерам", "Average score by manager");
    bars(sheet, place, rows, &Picture { title, value_column: 2, format: "0", most: 100.0, step: 20.0 })
}

pub(super) fn earned(
    sheet: &mut Worksheet,
    place: &mut Place<'_>,
    rows: Rows,
    lang: Lang,
) -> Result<(), XlsxError> {
    let title = lang.pick("Заработано по критериям", "Earned by criterion");
    bars(sheet, place, rows, &Picture { title, value_column: 1, format: "0%", most: 1.0, step: 0.2 })
}

pub(super) fn distribution(
    sheet: &mut Worksheet,
    place: &mut Place<'_>,
    rows: Rows,
    lang: Lang,
) -> Result<(), XlsxError> {
    let title = lang.pick("Сколько звонков с таким баллом", "Calls by score");
    let mut chart = Chart::new(ChartType::Column);
    series(&mut chart, place, rows, 1, "0").set_gap(40);
    dress(&mut chart, title);
    chart.y_axis().set_min(0).set_num_format("0");
    insert(sheet, place, &mut chart, 260)
}

struct Picture<'a> {
    title: &'a str,
    value_column: u16,
    format: &'a str,
    most: f64,
    step: f64,
}

fn bars(
    sheet: &mut Worksheet,
    place: &mut Place<'_>,
    rows: Rows,
    picture: &Picture<'_>,
) -> Result<(), XlsxError> {
    let rows = Rows { count: rows.count.min(MOST_BARS), ..rows };
    let mut chart = Chart::new(ChartType::Bar);
    series(&mut chart, place, rows, picture.value_column, picture.format).set_gap(45);
    dress(&mut chart, picture.title);
    // in a bar chart the writer calls the horizontal axis, that of the values, x
    chart
        .x_axis()
        .set_min(0)
        .set_max(picture.most)
        .set_major_unit(picture.step)
        .set_num_format(picture.format)
        .set_major_gridlines(false)
        .set_hidden(true);
    // the first row on top, as in the table
    chart.y_axis().set_reverse().set_major_gridlines(false).set_font(&font(9));
    insert(sheet, place, &mut chart, 84 + rows.count * 26)
}

fn series<'a>(
    chart: &'a mut Chart,
    place: &Place<'_>,
    rows: Rows,
    values: u16,
    format: &str,
) -> &'a mut rust_xlsxwriter::ChartSeries {
    let last = rows.first + rows.count.saturating_sub(1);
    let mut label = ChartDataLabel::new();
    label.show_value().set_num_format(format).set_font(&font(9));
    chart
        .add_series()
        .set_categories((place.sheet_name, rows.first, 0, last, 0))
        .set_values((place.sheet_name, rows.first, values, last, values))
        .set_format(ChartFormat::new().set_solid_fill(ChartSolidFill::new().set_color(ACCENT)))
        .set_data_label(&label)
}

fn dress(chart: &mut Chart, title: &str) {
    let mut title_font = font(12);
    title_font.set_bold().set_color(INK);
    chart.title().set_name(title).set_font(&title_font);
    chart.legend().set_hidden();
    chart.set_alt_text(title);
    chart.chart_area().set_format(ChartFormat::new().set_no_border());
    let mut line = ChartLine::new();
    line.set_color(LINE).set_width(0.75);
    chart.x_axis().set_font(&font(9)).set_format(ChartFormat::new().set_line(&line));
    chart
        .y_axis()
        .set_font(font(9).set_color(GREY))
        .set_major_gridlines_line(&line)
        .set_format(ChartFormat::new().set_no_line());
}

fn font(size: u8) -> ChartFont {
    let mut font = ChartFont::new();
    font.set_name(FONT).set_size(size).set_color(INK).unset_bold();
    font
}

fn insert(
    sheet: &mut Worksheet,
    place: &mut Place<'_>,
    chart: &mut Chart,
    height: u32,
) -> Result<(), XlsxError> {
    chart.set_width(WIDTH_PX).set_height(height);
    sheet.insert_chart(place.row, place.column, chart)?;
    // rows of the tables beside are 22 px; one row of air
    place.row += height.div_ceil(22) + 1;
    Ok(())
}
