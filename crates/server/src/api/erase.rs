//! `POST /api/v1/calls/erase`: forgets a person, and says what was forgotten; `GET /api/v1/erasures`: the
//! receipts.
//!
//! Files are deleted only inside the data folder: others are named, they are not ours.

use std::path::PathBuf;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::corrections::wrong;
use super::extract::{Asked, Body};
use super::paging::{Paging, listing};
use super::tags;
use crate::Web;
use crate::access::Viewer;
use crate::problem::Problem;
use domain::PhoneNumber;

/// Who is to be forgotten.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct Erase {
    #[schema(example = "+79161234567")]
    phone: String,
}

/// What was forgotten.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct Erased {
    /// Calls with the number at either end.
    calls: u64,
    transcripts: u64,
    analyses: u64,
    files_deleted: u64,
    /// Recordings outside the data folder: they are yours to delete.
    files_left: Vec<String>,
    /// Recordings that could not be deleted yet.
    files_failed: Vec<String>,
    receipt: Receipt,
}

/// What was erased, where, when, by whom; without the number.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct Receipt {
    id: i64,
    /// Stands for the number: the same for the same number.
    subject: String,
    /// The number's last two digits.
    #[schema(example = "67")]
    ending: String,
    /// The user or the part of the program that asked for it.
    who: String,
    #[schema(format = DateTime)]
    begun_at: String,
    /// null = something is still to be done: it is tried again by itself.
    #[schema(required, format = DateTime)]
    ended_at: Option<String>,
    places: Vec<ReceiptPlace>,
    /// Why it has not ended.
    #[schema(required)]
    trouble: Option<String>,
}

/// A line of a receipt.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct ReceiptPlace {
    /// `calls`, `transcripts`, `analyses`, `conversations`, `recordings`, `sheet_rows`, `at_source/…`.
    place: String,
    /// How many are gone.
    gone: u64,
    /// How many need a person's hand.
    by_hand: u64,
    #[schema(format = DateTime)]
    at: String,
}

impl From<&store::Erasure> for Receipt {
    fn from(erasure: &store::Erasure) -> Self {
        let places = erasure.places.iter().map(|place| ReceiptPlace {
            place: place.place.clone(),
            gone: place.gone,
            by_hand: place.by_hand,
            at: place.at.to_rfc3339(),
        });
        Self {
            id: erasure.id.0,
            subject: erasure.subject.clone(),
            ending: erasure.ending.clone(),
            who: erasure.who.clone(),
            begun_at: erasure.begun_at.to_rfc3339(),
            ended_at: erasure.ended_at.map(|at| at.to_rfc3339()),
            places: places.collect(),
            trouble: erasure.trouble.clone(),
        }
    }
}

/// A page of receipts.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct ReceiptPage {
    erasures: Vec<Receipt>,
    #[schema(required)]
    next_cursor: Option<String>,
}

/// Erase a person
///
/// Every call with the number at either end, with recordings, words, judgements, AI calls and our cells of
/// the sheet. What cannot be reached now is tried again by itself; the receipt says so.
#[utoipa::path(
    post, path = "/api/v1/calls/erase", tag = tags::CALLS, operation_id = "erase_phone",
    request_body(content = Erase, example = json!({ "phone": "+79161234567" })),
    responses((status = 200, description = "The receipt", body = Erased)),
)]
pub(crate) async fn erase(
    State(web): State<Web>,
    viewer: Viewer,
    Body(wish): Body<Erase>,
) -> Result<Json<Erased>, Problem> {
    let phone = PhoneNumber::parse(&wish.phone).ok_or_else(|| {
        wrong("phone", "это не номер, например +79161234567", "this is no number, for example +79161234567")
    })?;
    let erased = web.app().erase_phone(&phone, &viewer.name).await?;
    let erasure = &erased.erasure;
    let named = |paths: &[PathBuf]| paths.iter().map(|path| path.display().to_string()).collect();
    Ok(Json(Erased {
        calls: erasure.gone("calls"),
        transcripts: erasure.gone("transcripts"),
        analyses: erasure.gone("analyses"),
        files_deleted: erased.deleted.len() as u64,
        files_left: named(&erased.left),
        files_failed: named(&erased.failed),
        receipt: Receipt::from(erasure),
    }))
}

/// Receipts of erasures, newest first
#[utoipa::path(
    get, path = "/api/v1/erasures", tag = tags::CALLS, operation_id = "list_erasures",
    params(Paging),
    responses((status = 200, description = "A page", body = ReceiptPage)),
)]
pub(crate) async fn receipts(
    State(web): State<Web>,
    Asked(paging, _): Asked<Paging>,
) -> Result<Json<ReceiptPage>, Problem> {
    let page = web.store().erasures(paging.request()?).await.map_err(listing)?;
    let erasures = page.items.iter().map(Receipt::from).collect();
    Ok(Json(ReceiptPage { erasures, next_cursor: page.next.map(|cursor| cursor.0) }))
}
