//! Colours and formats of the workbook.

use rust_xlsxwriter::{Color, Format, FormatAlign, FormatBorder, FormatUnderline};

pub(super) const ACCENT: Color = Color::RGB(0x000B_665E);
pub(super) const SOFT: Color = Color::RGB(0x00E3_F1EF);
pub(super) const LINE: Color = Color::RGB(0x00E2_E6E6);
pub(super) const INK: Color = Color::RGB(0x0014_191A);
pub(super) const INK2: Color = Color::RGB(0x0048_5253);
pub(super) const GREY: Color = Color::RGB(0x0061_6B6C);
pub(super) const WARN: Color = Color::RGB(0x0085_5000);
pub(super) const WARN_SOFT: Color = Color::RGB(0x00FB_F1DF);
pub(super) const BAD: Color = Color::RGB(0x00B3_261E);
pub(super) const BAD_SOFT: Color = Color::RGB(0x00FB_EBE9);
const HUMAN: Color = Color::RGB(0x00FF_F8E1);

pub(super) const FONT: &str = "Calibri";

/// Made once: each use of a format would otherwise be looked up anew.
pub(super) struct Looks {
    pub header: Format,
    pub date: Format,
    pub text: Format,
    pub wrapped: Format,
    pub duration: Format,
    pub link: Format,
    pub criterion: Format,
    pub total: Format,
    pub human: Format,
    pub human_header: Format,
    pub criterion_header: Format,
    pub title: Format,
    pub caption: Format,
    pub section: Format,
    pub label: Format,
    pub count: Format,
    pub average: Format,
    pub percent: Format,
    pub dash: Format,
    pub figure_label: Format,
    pub figure: Format,
    pub figure_average: Format,
    pub figure_text: Format,
    pub roubles: Format,
    pub dollars: Format,
    pub head_label: Format,
    pub head_number: Format,
}

impl Looks {
    pub(super) fn new() -> Self {
        let plain = || Format::new().set_font_name(FONT).set_font_size(10).set_font_color(INK);
        let body = || {
            plain()
                .set_align(FormatAlign::Top)
                .set_border_bottom(FormatBorder::Thin)
                .set_border_bottom_color(LINE)
        };
        let header = || {
            plain()
                .set_bold()
                .set_text_wrap()
                .set_align(FormatAlign::VerticalCenter)
                .set_background_color(SOFT)
                .set_border_bottom(FormatBorder::Medium)
                .set_border_bottom_color(ACCENT)
        };
        let row = || plain().set_border_bottom(FormatBorder::Thin).set_border_bottom_color(LINE);
        let number = |format: &str| row().set_num_format(format).set_align(FormatAlign::Right);
        let figure = || row().set_bold().set_font_size(12).set_align(FormatAlign::Right);
        let head = || {
            plain()
                .set_font_size(9)
                .set_font_color(INK2)
                .set_text_wrap()
                .set_align(FormatAlign::Bottom)
                .set_border_bottom(FormatBorder::Thin)
                .set_border_bottom_color(ACCENT)
        };
        Self {
            header: header(),
            date: body().set_num_format("dd.mm.yyyy hh:mm").set_align(FormatAlign::Left),
            text: body(),
            wrapped: body().set_text_wrap(),
            duration: body().set_num_format("[m]:ss").set_align(FormatAlign::Right).set_indent(1),
            link: body().set_font_color(ACCENT).set_underline(FormatUnderline::Single),
            criterion: body().set_num_format("0.##;-0.##;0").set_align(FormatAlign::Center).set_text_wrap(),
            total: body().set_num_format("0").set_bold().set_align(FormatAlign::Right).set_indent(1),
            human: body().set_num_format("0").set_background_color(HUMAN).set_align(FormatAlign::Right),
            criterion_header: header().set_align(FormatAlign::Center),
            human_header: header().set_background_color(HUMAN),
            title: plain().set_bold().set_font_size(18),
            caption: plain().set_font_color(GREY),
            section: plain().set_bold().set_font_size(12).set_align(FormatAlign::Bottom),
            label: row(),
            count: number("#,##0"),
            average: number("0.0"),
            percent: number("0%"),
            dash: row().set_font_color(GREY).set_align(FormatAlign::Right),
            figure_label: row().set_font_color(INK2),
            figure: figure().set_num_format("#,##0"),
            figure_average: figure().set_num_format("0.0"),
            figure_text: figure(),
            roubles: figure().set_num_format("#,##0.00\u{a0}\"₽\""),
            dollars: figure().set_num_format("#,##0.00\u{a0}\"$\""),
            head_label: head(),
            head_number: head().set_align(FormatAlign::Right),
        }
    }
}
