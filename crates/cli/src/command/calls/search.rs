//! `zvonar calls search WORDS…`

use app::Seen;
use pipeline::call_json;
use serde_json::{Value, json};
use store::{HITS_COUNTED, SearchHit, SearchQuery, TextPart};

use crate::args::SearchArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::Session;
use crate::table::{hanging, one_line};
use crate::terminal::{Sign, Terminal, Tone};
use crate::texts::t;
use crate::wording;

pub(super) async fn search(args: &SearchArgs, session: &Session) -> Result<Exit, Failure> {
    let terminal = &session.terminal;
    let texts = terminal.texts;
    let filter = session.filter(&args.filter).await?;
    let query = SearchQuery { text: args.words.join(" "), filter, limit: args.limit, offset: 0 };
    let store = session.app.store();
    session.app.note_seen(&Seen::Words(&query.text)).await;
    let hits = store.search(&query).await?;
    let all = store.count_hits(&query).await?;
    if args.json {
        let mut list = Vec::with_capacity(hits.len());
        for hit in &hits {
            let reports = session.reports(&[hit.call.call.id], None).await?;
            list.extend(reports.first().map(|report| hit_json(hit, &call_json(report))));
        }
        let total =
            json!({ "hits": list, "total": all.min(HITS_COUNTED), "more_than_total": all > HITS_COUNTED });
        terminal.print_json(&total)?;
        return Ok(Exit::Good);
    }
    let mut out = String::new();
    for hit in &hits {
        out.push_str(&hit_text(terminal, hit, session.wall_now()));
    }
    let shown = hits.len();
    let line = match (shown, u64::try_from(shown).is_ok_and(|shown| shown < all)) {
        (0, _) => t!(texts, "search-none"),
        (_, false) => t!(texts, "search-all", count = all),
        (_, true) if all > HITS_COUNTED => {
            t!(texts, "search-some-many", shown = shown, all = HITS_COUNTED)
        }
        (_, true) => t!(texts, "search-some", shown = shown, all = all),
    };
    out.push_str(&terminal.paint(Tone::Quiet, &line));
    out.push('\n');
    terminal.print(&out)?;
    Ok(Exit::Good)
}

fn hit_json(hit: &SearchHit, call: &Value) -> Value {
    #[expect(clippy::cast_precision_loss, reason = "a call is shorter than 2^53 ms")]
    let start_s = hit.start_ms.map(|ms| ms as f64 / 1000.0);
    let snippet: Vec<Value> =
        hit.snippet.iter().map(|part| json!({ "text": part.text, "hit": part.hit })).collect();
    json!({ "call": call, "segment": hit.segment, "start_s": start_s, "snippet": snippet })
}

/// `1a2b3c4d  20 ноя, 10:15  +7 (900) 000-31-08`, the words below with the hits marked.
fn hit_text(terminal: &Terminal, hit: &SearchHit, now: chrono::DateTime<chrono_tz::Tz>) -> String {
    let call = &hit.call.call;
    let id: String = call.id.to_string().chars().take(8).collect();
    let start = call
        .started_at
        .map_or_else(|| terminal.sign(Sign::Dash).to_owned(), |at| wording::moment(terminal.texts, at, now));
    let client = call.client_phone().map(domain::PhoneNumber::pretty).or_else(|| call.recording_name.clone());
    let head = format!("{id}  {start}  {}", client.unwrap_or_default());
    let at = hit.start_ms.map(|ms| format!("{}  ", wording::clock(ms))).unwrap_or_default();
    let words = hanging(&format!("  {at}"), &marked(&hit.snippet), terminal.out.width);
    format!("{}\n{}\n", terminal.cut(head.trim_end(), terminal.out.width), lit(terminal, &words))
}

/// Hits stand between stars until the text is broken into lines; then they are painted, where
/// colours are, or keep their stars.
fn marked(snippet: &[TextPart]) -> String {
    snippet
        .iter()
        .map(|part| {
            let text = one_line(&part.text).replace('*', " ");
            if part.hit { format!("*{text}*") } else { text }
        })
        .collect()
}

fn lit(terminal: &Terminal, text: &str) -> String {
    if !terminal.out.color {
        return text.to_owned();
    }
    text.split('*')
        .enumerate()
        .map(|(at, piece)| if at % 2 == 1 { terminal.paint(Tone::Strong, piece) } else { piece.to_owned() })
        .collect()
}

#[cfg(test)]
mod tests {
    use domain::Lang;

    use super::*;
    use crate::terminal::tests::plain;

    #[test]
    fn hits_keep_stars_without_colours_and_are_bold_with_them() {
        let snippet = [
            TextPart { text: "поставим ".into(), hit: false },
            TextPart { text: "окна".into(), hit: true },
            TextPart { text: " за 2*3 дня".into(), hit: false },
        ];
        let mut terminal = plain(Lang::Ru, 80);
        assert_eq!(lit(&terminal, &marked(&snippet)), "поставим *окна* за 2 3 дня");
        terminal.out.color = true;
        assert_eq!(lit(&terminal, &marked(&snippet)), "поставим \u{1b}[1mокна\u{1b}[0m за 2 3 дня");
    }
}
