//! What people do to a judgement: a verdict of their own, a dispute, its end, another judgement.

use axum::Form;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};
use domain::{CallId, RubricId};
use serde::Deserialize;
use store::{DisputeId, NewDispute, OverrideVerdict};

use super::judged::choices;
use crate::access::{Deed, Viewer};
use crate::pages::history::Asked;
use crate::problem::Problem;
use crate::{Web, api};

/// Longer reasons are no reasons.
const LONGEST: usize = 2_000;

/// A verdict of a person.
#[derive(Deserialize)]
pub(crate) struct Change {
    rubric: String,
    key: String,
    choice: String,
    reason: String,
    #[serde(default)]
    back: String,
}

/// `POST /history/{id}/verdict`.
pub(crate) async fn override_verdict(
    State(web): State<Web>,
    viewer: Viewer,
    Path(id): Path<String>,
    Form(form): Form<Change>,
) -> Result<Response, Problem> {
    let id = call_id(&id)?;
    let reason = reason(&form.reason)?;
    let rubric = RubricId::new(&form.rubric);
    let report = web.visible(&viewer).report(id, Some(&rubric)).await?;
    let analysis = report.analysis.ok_or_else(Problem::not_found)?;
    let revision =
        web.store().rubric(&analysis.rubric, &analysis.revision).await?.ok_or_else(Problem::not_found)?;
    let criterion =
        revision.criteria.iter().find(|one| one.key == form.key).ok_or_else(Problem::not_found)?;
    let choice =
        choices(criterion).into_iter().find(|choice| choice.code() == form.choice).ok_or_else(|| {
            Problem::invalid("verdict", "такой оценки у критерия нет", "the criterion has no such verdict")
                .hint("выберите из предложенных", "choose one of those offered")
        })?;
    let verdict = OverrideVerdict {
        call: id,
        rubric: rubric.clone(),
        key: criterion.key.clone(),
        verdict: choice.verdict,
        score: choice.score,
        value: choice.value,
        reason,
        author: viewer.name.clone(),
        at: web.clock().now(),
    };
    api::keep_override(&web, &verdict).await?;
    back(id, &form.back, &criterion.key, "done-verdict")
}

/// A dispute.
#[derive(Deserialize)]
pub(crate) struct Doubt {
    rubric: String,
    key: String,
    reason: String,
    #[serde(default)]
    back: String,
}

/// `POST /history/{id}/dispute`.
pub(crate) async fn dispute(
    State(web): State<Web>,
    viewer: Viewer,
    Path(id): Path<String>,
    Form(form): Form<Doubt>,
) -> Result<Response, Problem> {
    let id = call_id(&id)?;
    let reason = reason(&form.reason)?;
    let rubric = RubricId::new(&form.rubric);
    let report = web.visible(&viewer).report(id, Some(&rubric)).await?;
    let analysis = report.analysis.ok_or_else(Problem::not_found)?;
    if analysis.criteria.iter().all(|one| one.key != form.key) {
        return Err(Problem::not_found());
    }
    let matter =
        NewDispute { call: id, rubric, key: Some(form.key.clone()), author: viewer.name.clone(), reason };
    web.store().open_dispute(&matter, web.clock().now()).await?;
    web.audit(&viewer.name, Deed::Dispute, &format!("{id} {}", form.key)).await;
    back(id, &form.back, &form.key, "done-dispute")
}

/// The end of a dispute.
#[derive(Deserialize)]
pub(crate) struct End {
    dispute: i64,
    accepted: bool,
    words: String,
    #[serde(default)]
    back: String,
}

/// `POST /history/{id}/settle`.
pub(crate) async fn settle(
    State(web): State<Web>,
    viewer: Viewer,
    Path(id): Path<String>,
    Form(form): Form<End>,
) -> Result<Response, Problem> {
    let id = call_id(&id)?;
    let words = reason(&form.words)?;
    web.visible(&viewer).call(id).await?;
    let number = DisputeId(form.dispute);
    let dispute = web.store().dispute(number).await?.filter(|dispute| dispute.matter.call == id);
    let dispute = dispute.ok_or_else(Problem::not_found)?;
    api::settle_dispute(&web, &viewer, &dispute, form.accepted, words).await?;
    back(id, &form.back, dispute.matter.key.as_deref().unwrap_or_default(), "done-settled")
}

/// Another judgement of the same words.
#[derive(Deserialize)]
pub(crate) struct Again {
    #[serde(default)]
    rubric: String,
    #[serde(default)]
    back: String,
}

/// `POST /history/{id}/rescore`: judged anew under the newest revision, without paying for speech.
pub(crate) async fn rescore(
    State(web): State<Web>,
    viewer: Viewer,
    Path(id): Path<String>,
    Form(form): Form<Again>,
) -> Result<Response, Problem> {
    let id = call_id(&id)?;
    web.visible(&viewer).call(id).await?;
    let rubric = Some(form.rubric.as_str()).filter(|name| !name.is_empty());
    api::judge_anew(&web, &viewer, id, rubric).await?;
    back(id, &form.back, "", "done-rescore")
}

fn call_id(text: &str) -> Result<CallId, Problem> {
    CallId::parse(text).map_err(|_| Problem::not_found())
}

fn reason(text: &str) -> Result<String, Problem> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > LONGEST {
        return Err(Problem::invalid(
            "reason",
            "без причины нельзя: её увидит менеджер",
            "a reason is needed: the manager will read it",
        )
        .hint("вернитесь и впишите её, до 2000 знаков", "go back and write it, up to 2000 letters"));
    }
    Ok(text.to_owned())
}

/// To the call, in its list, where it was changed.
fn back(id: CallId, list: &str, key: &str, done: &'static str) -> Result<Response, Problem> {
    let asked = Asked::read(list)?;
    let place = asked.place();
    let anchor = if key.is_empty() { String::new() } else { format!("#c-{key}") };
    let cookie = Cookie::build(("done", done)).path("/").same_site(SameSite::Lax).build();
    let to = format!("{}{anchor}", asked.call(&id.to_string(), place, None));
    Ok((CookieJar::new().add(cookie), Redirect::to(&to)).into_response())
}
