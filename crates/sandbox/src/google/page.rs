//! The sheet as a person sees it: frozen header, widths, colours of scores, links. No script; every
//! word of a cell is escaped, a link is followed only over http and https.

use std::fmt::Write as _;

use serde_json::Value;
use sheets_sink::testing::{CellView, ColumnView, SheetView};

/// Rows of one page: a browser draws them at once.
const MOST_ROWS: usize = 2_000;
/// Letters of a cell: the rest of a long transcript is cut on the page, not in the sheet.
const MOST_LETTERS: usize = 600;

const STYLE: &str = "
:root{color-scheme:light dark;--line:#dadce0;--head:#f1f3f4;--text:#202124;--soft:#5f6368;--page:#fff;--link:#1155cc}
@media (prefers-color-scheme:dark){:root{--line:#3c4043;--head:#292a2d;--text:#e8eaed;--soft:#9aa0a6;--page:#202124;--link:#8ab4f8}}
*{box-sizing:border-box}
body{margin:0;font:13px/1.35 Arial,'Liberation Sans',sans-serif;color:var(--text);background:var(--page)}
header{padding:14px 18px 10px;border-bottom:1px solid var(--line)}
h1{margin:0 0 4px;font-size:18px;font-weight:500}
header p{margin:0;color:var(--soft)}
nav{display:flex;gap:4px;padding:6px 14px;border-bottom:1px solid var(--line);background:var(--head)}
nav a{padding:5px 14px;border-radius:6px;color:var(--soft);text-decoration:none}
nav a[aria-current]{background:var(--page);color:var(--text);font-weight:600}
main{overflow:auto;height:calc(100vh - 112px)}
table{border-collapse:separate;border-spacing:0;table-layout:fixed}
th,td{border:0 solid var(--line);border-width:0 1px 1px 0;padding:3px 6px;vertical-align:top;text-align:left;overflow:hidden}
thead th{background:var(--head);font-weight:400;color:var(--soft);text-align:center;position:sticky;top:0;z-index:2;height:24px}
tbody th{background:var(--head);font-weight:400;color:var(--soft);text-align:center;position:sticky;left:0;width:46px}
tr.frozen td{position:sticky;top:24px;z-index:1;background:var(--head);font-weight:700;white-space:normal;vertical-align:middle;border-bottom:2px solid var(--soft)}
td.clip{white-space:nowrap;text-overflow:ellipsis}
td.wrap{white-space:pre-wrap;overflow-wrap:anywhere}
td.number{text-align:right;font-variant-numeric:tabular-nums}
td.score{color:#202124}
a{color:var(--link)}
.empty{padding:40px;color:var(--soft)}
";

pub(super) fn missing() -> String {
    format!(
        "<!doctype html><html lang=\"ru\"><meta charset=\"utf-8\"><title>Нет такой таблицы</title>\
         <style>{STYLE}</style><p class=\"empty\">Такой таблицы нет.</p></html>"
    )
}

pub(super) fn render(id: &str, tabs: &[String], view: &SheetView) -> String {
    let mut out = String::with_capacity(64 << 10);
    let _ = write!(
        out,
        "<!doctype html><html lang=\"ru\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title><style>{STYLE}</style></head>\
         <body><header><h1>{title}</h1><p>Часовой пояс: {zone} · строк: {rows} · колонок: {columns}</p></header>",
        title = escaped(&view.title),
        zone = escaped(&view.time_zone),
        rows = view.rows.len().saturating_sub(1),
        columns = view.columns.iter().filter(|column| !column.hidden).count(),
    );
    out.push_str("<nav aria-label=\"Листы\">");
    for tab in tabs {
        let current = if *tab == view.tab { " aria-current=\"page\"" } else { "" };
        let query: String = url::form_urlencoded::byte_serialize(tab.as_bytes()).collect();
        let _ = write!(
            out,
            "<a href=\"/google/sheet/{}?tab={query}\"{current}>{}</a>",
            escaped(id),
            escaped(tab)
        );
    }
    out.push_str("</nav><main>");
    if view.rows.is_empty() {
        out.push_str("<p class=\"empty\">Лист пуст.</p>");
    } else {
        table(&mut out, view);
    }
    out.push_str("</main></body></html>");
    out
}

fn table(out: &mut String, view: &SheetView) {
    let shown = || view.columns.iter().enumerate().filter(|(_, column)| !column.hidden);
    let width: u64 = 46 + shown().map(|(_, column)| column.pixels).sum::<u64>();
    let _ = write!(out, "<table style=\"width:{width}px\"><colgroup><col style=\"width:46px\">");
    for (_, column) in shown() {
        let _ = write!(out, "<col style=\"width:{}px\">", column.pixels);
    }
    out.push_str("</colgroup><thead><tr><th></th>");
    for (index, _) in shown() {
        let _ = write!(out, "<th scope=\"col\">{}</th>", letters(index));
    }
    out.push_str("</tr></thead><tbody>");
    for (number, row) in view.rows.iter().take(MOST_ROWS).enumerate() {
        let frozen = u64::try_from(number).is_ok_and(|number| number < view.frozen);
        let class = if frozen { " class=\"frozen\"" } else { "" };
        let _ = write!(out, "<tr{class}><th scope=\"row\">{}</th>", number + 1);
        for (index, column) in shown() {
            cell(out, column, row.get(index), frozen);
        }
        out.push_str("</tr>");
    }
    out.push_str("</tbody></table>");
    if view.rows.len() > MOST_ROWS {
        let _ = write!(out, "<p class=\"empty\">Показаны первые {MOST_ROWS} строк.</p>");
    }
}

fn cell(out: &mut String, column: &ColumnView, cell: Option<&CellView>, frozen: bool) {
    let Some(cell) = cell else {
        out.push_str("<td></td>");
        return;
    };
    let number = cell.value.as_f64();
    let mut class = vec![if column.wrap == "WRAP" { "wrap" } else { "clip" }];
    let mut style = String::new();
    if !frozen && number.is_some() {
        class.push("number");
    }
    if let Some(score) = number.filter(|_| column.gradient && !frozen) {
        class.push("score");
        style = format!(" style=\"background:{}\"", color(score));
    }
    let _ = write!(out, "<td class=\"{}\"{style}>", class.join(" "));
    let words = cell.shown();
    let words = if words.chars().count() > MOST_LETTERS {
        words.chars().take(MOST_LETTERS).chain(['…']).collect()
    } else {
        words
    };
    match cell.link.as_deref().filter(|link| link.starts_with("http://") || link.starts_with("https://")) {
        Some(link) => {
            let _ = write!(out, "<a href=\"{}\" rel=\"noreferrer\">{}</a>", escaped(link), escaped(&words));
        }
        None if matches!(cell.value, Value::Null) => {}
        None => out.push_str(&escaped(&words)),
    }
    out.push_str("</td>");
}

/// Between the colours that the sink sets for 0, 60 and 100.
fn color(score: f64) -> String {
    const RED: [f64; 3] = [245.0, 204.0, 204.0];
    const YELLOW: [f64; 3] = [255.0, 242.0, 204.0];
    const GREEN: [f64; 3] = [184.0, 224.0, 204.0];
    let score = score.clamp(0.0, 100.0);
    let (from, to, share) =
        if score < 60.0 { (RED, YELLOW, score / 60.0) } else { (YELLOW, GREEN, (score - 60.0) / 40.0) };
    let [red, green, blue] = [0, 1, 2].map(|at: usize| from[at] + (to[at] - from[at]) * share);
    format!("rgb({red:.0},{green:.0},{blue:.0})")
}

fn letters(index: usize) -> String {
    let (mut rest, mut out) = (index + 1, Vec::new());
    while rest > 0 {
        rest -= 1;
        out.push(char::from(b'A' + u8::try_from(rest % 26).unwrap_or_default()));
        rest /= 26;
    }
    out.iter().rev().collect()
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn words_of_a_cell_are_words_on_the_page() {
        let cell = |value: Value, link: Option<&str>| CellView {
            value,
            format: "TEXT".into(),
            link: link.map(str::to_owned),
        };
        let view = SheetView {
            title: "<b>Звонки</b>".into(),
            tab: "Звонки".into(),
            columns: vec![ColumnView::default()],
            rows: vec![
                vec![cell(json!("<script>alert(1)</script>"), None)],
                vec![cell(json!("Слушать"), Some("javascript:alert(1)"))],
                vec![cell(json!("Слушать"), Some("https://a.test/\"onclick=\"x"))],
            ],
            ..SheetView::default()
        };
        let page = render("id", &["Звонки".into()], &view);
        assert!(
            !page.contains("<script") && !page.contains("<b>") && !page.contains("javascript:"),
            "{page}"
        );
        assert!(page.contains("https://a.test/&quot;onclick"), "{page}");
    }
}
