//! `zvonar calls receipts`: what was erased, when, by whom, and what of it still waits.

use serde_json::{Value, json};
use store::{Erasure, PageRequest};

use crate::args::ReceiptsArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::Session;
use crate::texts::{Texts, t};

pub(super) async fn receipts(args: &ReceiptsArgs, session: &Session) -> Result<Exit, Failure> {
    let (terminal, texts) = (&session.terminal, session.terminal.texts);
    let page = session.app.store().erasures(PageRequest { after: None, limit: args.limit }).await?;
    if args.json {
        let receipts: Vec<Value> = page.items.iter().map(receipt_json).collect();
        terminal.print_json(&json!({ "receipts": receipts }))?;
        return Ok(Exit::Good);
    }
    if page.items.is_empty() {
        terminal.say(&t!(texts, "receipts-none"));
    }
    let zone = session.zone();
    for erasure in &page.items {
        let at = erasure.begun_at.with_timezone(&zone).format("%Y-%m-%d %H:%M").to_string();
        let ending = erasure.ending.clone();
        let head =
            t!(texts, "receipt-head", id = erasure.id.0, at = at, ending = ending, who = erasure.who.clone());
        terminal.print(&format!("{head}\n{}", lines(texts, erasure)))?;
    }
    Ok(Exit::Good)
}

/// What is gone from where, a line each, and what still waits.
pub(super) fn lines(texts: Texts, erasure: &Erasure) -> String {
    let mut out = String::new();
    for place in erasure.places.iter().filter(|place| place.gone + place.by_hand > 0) {
        let named = place_name(texts, &place.place);
        out.push_str(&t!(texts, "receipt-line", place = named, gone = place.gone, hand = place.by_hand));
        out.push('\n');
    }
    if let Some(trouble) = &erasure.trouble {
        out.push_str(&t!(texts, "receipt-waits", why = trouble.clone()));
        out.push('\n');
    }
    out
}

fn place_name(texts: Texts, place: &str) -> String {
    match place {
        "calls" => t!(texts, "place-calls"),
        "transcripts" => t!(texts, "place-transcripts"),
        "analyses" => t!(texts, "place-analyses"),
        "conversations" => t!(texts, "place-conversations"),
        "recordings" => t!(texts, "place-recordings"),
        "sheet_rows" => t!(texts, "place-sheet-rows"),
        "exports" => t!(texts, "place-exports"),
        other => t!(texts, "place-at-source", source = other.trim_start_matches("at_source/").to_owned()),
    }
}

/// The receipt as one stable object.
pub(super) fn receipt_json(erasure: &Erasure) -> Value {
    let places: Vec<Value> = erasure
        .places
        .iter()
        .map(|place| {
            json!({ "place": place.place, "gone": place.gone, "by_hand": place.by_hand, "at": place.at.to_rfc3339() })
        })
        .collect();
    json!({
        "id": erasure.id.0, "subject": erasure.subject, "ending": erasure.ending, "who": erasure.who,
        "begun_at": erasure.begun_at.to_rfc3339(), "ended_at": erasure.ended_at.map(|at| at.to_rfc3339()),
        "places": places, "trouble": erasure.trouble,
    })
}
