//! The week as a mail: tables and inline styles, for mail programs know nothing else. No client's number
//! and no word of a talk; the summary of a call is ours.

use std::fmt::Write as _;

use domain::{Lang, wording};

use super::figures::{Day, Named, Week};

const INK: &str = "#1b1f24";
const QUIET: &str = "#5b6570";
const LINE: &str = "#e3e7ec";
const LINK: &str = "#0b62c4";
/// Longest summary that is repeated, characters.
const SUMMARY: usize = 240;

pub(super) fn subject(lang: Lang, week: &Week) -> String {
    match lang {
        Lang::Ru => format!("Неделя: {}, {}", week.name, week.days_told),
        Lang::En => format!("The week: {}, {}", week.name, week.days_told),
    }
}

/// What every form of the letter says, in its order: title and lines.
fn facts(lang: Lang, week: &Week) -> Vec<(&'static str, String)> {
    let count = |number| wording::grouped(lang, number);
    let mut facts = vec![(lang.pick("Звонков", "Calls"), count(week.calls))];
    facts.push((lang.pick("С оценкой", "With a score"), count(week.scored)));
    if let Some(share) = week.talk_share {
        facts.push((lang.pick("Говорит сам", "Own talk"), wording::percent(lang, share)));
    }
    if week.missed > 0 {
        facts.push((lang.pick("Пропущено", "Missed"), count(week.missed)));
        facts.push((lang.pick("Не перезвонил", "Not rung back"), count(week.not_rung_back)));
    }
    if week.overdue > 0 {
        facts.push((lang.pick("Обещаний просрочено", "Promises overdue"), count(week.overdue)));
    }
    facts
}

fn beside(lang: Lang, week: &Week) -> String {
    let mut parts = Vec::new();
    if let (Some(mean), Some(before)) = (week.mean, week.previous_mean) {
        let change = wording::change(lang, mean - before);
        parts.push(format!("{change} {}", lang.pick("к прошлой неделе", "against the week before")));
    }
    if let Some(team) = week.team_mean {
        parts.push(format!(
            "{} {}",
            lang.pick("в среднем по отделу", "the team’s average"),
            wording::average(lang, team)
        ));
    }
    parts.join(" · ")
}

pub(super) fn text(lang: Lang, week: &Week, page: Option<&str>) -> String {
    let mut text = format!("{}\n\n", subject(lang, week));
    let mean = week.mean.map_or_else(|| "—".to_owned(), |mean| wording::average(lang, mean));
    let _ = writeln!(text, "{}: {mean}", lang.pick("Средний балл", "Average score"));
    let beside = beside(lang, week);
    if !beside.is_empty() {
        let _ = writeln!(text, "{beside}");
    }
    for (title, value) in facts(lang, week) {
        let _ = writeln!(text, "{title}: {value}");
    }
    for (title, list) in [(growth(lang), &week.weak), (strength(lang), &week.strong)] {
        if !list.is_empty() {
            let _ = writeln!(text, "\n{title}");
            for (criterion, share) in list {
                let _ = writeln!(text, "{} — {criterion}", wording::percent(lang, *share));
            }
        }
    }
    if !week.hear.is_empty() {
        let _ = writeln!(text, "\n{}", hear_title(lang));
        for named in &week.hear {
            let link = page.map(|page| format!(" ({page}/history/{})", named.call)).unwrap_or_default();
            let _ = writeln!(
                text,
                "{} · {}{link}: {}",
                wording::score(named.score),
                named.at,
                short(&named.summary)
            );
        }
    }
    let _ = write!(text, "\n{}\n", closing(lang));
    text
}

pub(super) fn html(lang: Lang, week: &Week, page: Option<&str>) -> String {
    let mut html = format!(
        "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"></head>\
         <body style=\"margin:0;padding:24px 12px;background:#f6f7f9\">\n\
         <table role=\"presentation\" cellpadding=\"0\" cellspacing=\"0\" width=\"100%\" style=\"max-width:620px;\
         margin:0 auto;background:#ffffff;border-radius:8px\"><tr><td style=\"padding:28px 28px 24px;\
         font:15px/1.5 -apple-system,'Segoe UI',Roboto,Arial,sans-serif;color:{INK}\">\n\
         <div style=\"color:{QUIET};font-size:13px\">{} · {}</div>\n\
         <h1 style=\"margin:2px 0 18px;font-size:22px;line-height:1.25\">{}</h1>\n",
        lang.pick("Неделя", "The week"),
        escape(&week.days_told),
        escape(&week.name),
    );
    html.push_str(&head(lang, week));
    html.push_str(&by_day(lang, &week.by_day));
    for (title, list) in [(growth(lang), &week.weak), (strength(lang), &week.strong)] {
        html.push_str(&criteria(lang, title, list));
    }
    html.push_str(&hear(lang, &week.hear, page));
    let _ = write!(
        html,
        "<p style=\"margin:22px 0 0;padding-top:14px;border-top:1px solid {LINE};color:{QUIET};font-size:13px\">\
         {}</p>\n</td></tr></table>\n</body></html>\n",
        closing(lang)
    );
    html
}

/// The average, large, and the figures beside it.
fn head(lang: Lang, week: &Week) -> String {
    let mean = week.mean.map_or_else(|| "—".to_owned(), |mean| wording::average(lang, mean));
    let mut html = format!(
        "<table role=\"presentation\" cellpadding=\"0\" cellspacing=\"0\" width=\"100%\"><tr>\
         <td valign=\"top\" style=\"padding-right:20px\"><div style=\"font-size:40px;line-height:1;\
         font-weight:600\">{mean}</div><div style=\"color:{QUIET};font-size:13px;margin-top:6px\">{}</div>\
         <div style=\"color:{QUIET};font-size:13px\">{}</div></td><td valign=\"top\" align=\"right\">\
         <table role=\"presentation\" cellpadding=\"0\" cellspacing=\"0\">",
        lang.pick("средний балл из 100", "average score of 100"),
        escape(&beside(lang, week)),
    );
    for (title, value) in facts(lang, week) {
        let _ = write!(
            html,
            "<tr><td style=\"padding:1px 12px 1px 0;color:{QUIET}\">{title}</td>\
             <td align=\"right\" style=\"padding:1px 0\"><strong>{value}</strong></td></tr>"
        );
    }
    html.push_str("</table></td></tr></table>\n");
    html
}

fn by_day(lang: Lang, week: &[Day]) -> String {
    let mut html = format!(
        "{}<table role=\"presentation\" cellpadding=\"0\" cellspacing=\"0\" width=\"100%\"><tr>",
        heading(lang.pick("По дням", "By day"))
    );
    for day in week {
        let mean = day.mean.map_or_else(|| "·".to_owned(), |mean| wording::average(lang, mean));
        let calls = if day.calls == 0 { "—".to_owned() } else { wording::grouped(lang, day.calls) };
        let _ = write!(
            html,
            "<td align=\"center\" width=\"14%\" style=\"padding:6px 2px;border:1px solid {LINE}\">\
             <div style=\"color:{QUIET};font-size:12px\">{}</div>\
             <div style=\"font-weight:600\">{mean}</div>\
             <div style=\"color:{QUIET};font-size:12px\">{calls}</div></td>",
            day.title
        );
    }
    let _ = writeln!(
        html,
        "</tr></table><div style=\"color:{QUIET};font-size:12px;margin-top:4px\">{}</div>",
        lang.pick("средний балл, под ним число звонков", "average score, below it the number of calls")
    );
    html
}

fn criteria(lang: Lang, title: &str, list: &[(String, f64)]) -> String {
    if list.is_empty() {
        return String::new();
    }
    let mut html = format!(
        "{}<table role=\"presentation\" cellpadding=\"0\" cellspacing=\"0\" width=\"100%\">",
        heading(title)
    );
    for (criterion, share) in list {
        let percent = (share.clamp(0.0, 1.0) * 100.0).round();
        let tone = if *share < 0.5 {
            "#c5352b"
        } else if *share < 0.8 {
            "#b57700"
        } else {
            "#1d7f45"
        };
        let _ = write!(
            html,
            "<tr><td style=\"padding:3px 12px 3px 0\">{}</td><td width=\"150\" style=\"padding:3px 0\">\
             <div style=\"background:#eef1f4;border-radius:3px\"><div style=\"width:{percent}%;\
             background:{tone};height:8px;border-radius:3px;font-size:0\">&nbsp;</div></div></td>\
             <td width=\"52\" align=\"right\" style=\"padding:3px 0\">{}</td></tr>",
            escape(criterion),
            wording::percent(lang, *share)
        );
    }
    html.push_str("</table>\n");
    html
}

fn hear(lang: Lang, calls: &[Named], page: Option<&str>) -> String {
    if calls.is_empty() {
        return String::new();
    }
    let mut html = heading(hear_title(lang));
    for named in calls {
        let at = escape(&named.at);
        let link = match page {
            Some(page) => {
                format!("<a href=\"{}/history/{}\" style=\"color:{LINK}\">{at}</a>", escape(page), named.call)
            }
            None => at,
        };
        let _ = writeln!(
            html,
            "<p style=\"margin:0 0 8px\"><strong>{}</strong> · {link}<br>\
             <span style=\"color:{QUIET};font-size:14px\">{}</span></p>",
            wording::score(named.score),
            escape(&short(&named.summary))
        );
    }
    html
}

fn heading(title: &str) -> String {
    format!("<h2 style=\"margin:22px 0 8px;font-size:16px\">{title}</h2>\n")
}

const fn growth(lang: Lang) -> &'static str {
    match lang {
        Lang::Ru => "Над чем поработать",
        Lang::En => "What to work on",
    }
}

const fn strength(lang: Lang) -> &'static str {
    match lang {
        Lang::Ru => "Что получается",
        Lang::En => "What goes well",
    }
}

const fn hear_title(lang: Lang) -> &'static str {
    match lang {
        Lang::Ru => "Послушать вместе",
        Lang::En => "To listen to together",
    }
}

/// A score is advice: the law leaves decisions to people.
const fn closing(lang: Lang) -> &'static str {
    match lang {
        Lang::Ru => {
            "Все звонки недели — в приложенной книге. Оценка — подсказка: решения принимает человек, с любым \
             выводом можно не согласиться на странице звонка."
        }
        Lang::En => {
            "All calls of the week are in the workbook. A score is advice: people decide, and any verdict can be \
             disputed on the page of the call."
        }
    }
}

fn short(summary: &str) -> String {
    let line: String = summary.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let line = without_numbers(&line);
    if line.chars().count() <= SUMMARY {
        return line;
    }
    let cut: String = line.chars().take(SUMMARY).collect();
    format!("{}…", cut.rsplit_once(' ').map_or(cut.as_str(), |(whole, _)| whole))
}

/// Numbers of five digits and more are nobody's business in a mail: telephones, cards, passports.
fn without_numbers(line: &str) -> String {
    let mut kept = String::with_capacity(line.len());
    for word in line.split_inclusive(' ') {
        let hidden = word.chars().filter(char::is_ascii_digit).count() >= 5;
        kept.push_str(if hidden { "… " } else { word });
    }
    kept.trim_end().to_owned()
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
