//! Access tokens: shown once when made, known by their fingerprint after that.

use askama::Template;
use axum::extract::{RawForm, State};
use axum::response::{IntoResponse as _, Response};
use http::{StatusCode, header};
use secrecy::ExposeSecret as _;
use store::{Role, TokenId};

use super::people::{PERSONAL, RoleChoice, role_key};
use super::{Fields, Tab, TabLink, tabs};
use crate::Web;
use crate::access::{AccountError, Deed, NewAccount, Viewer, make_token};
use crate::pages::done::said;
use crate::pages::layout::{Frame, Place, page};
use crate::problem::Problem;

const HERE: &str = "/settings/tokens";

#[derive(Debug, Clone)]
struct TokenRow {
    id: i64,
    name: String,
    role_key: &'static str,
    manager: String,
    made: String,
    used: Option<String>,
}

/// A token that was made just now.
#[derive(Clone)]
struct Fresh {
    name: String,
    text: String,
}

#[derive(Template)]
#[template(path = "pages/settings/tokens.html")]
struct Tokens {
    f: Frame,
    tabs: Vec<TabLink>,
    rows: Vec<TokenRow>,
    roles: Vec<RoleChoice>,
    fresh: Option<Fresh>,
    error: Option<String>,
}

async fn render(
    web: &Web,
    f: Frame,
    fresh: Option<Fresh>,
    error: Option<String>,
) -> Result<Response, Problem> {
    let rows = web
        .store()
        .tokens()
        .await?
        .into_iter()
        .map(|token| TokenRow {
            id: token.id.0,
            name: token.name,
            role_key: role_key(token.role),
            manager: token.manager_id.unwrap_or_default(),
            made: f.t.moment(&token.created_at),
            used: token.last_used.map(|at| f.t.moment(&at)),
        })
        .collect();
    let integration = RoleChoice {
        value: "integration",
        key: "settings-role-integration",
        help: "settings-role-integration-help",
    };
    let roles = std::iter::once(integration).chain(PERSONAL).collect();
    let refused = error.is_some();
    let answer = page(&Tokens { tabs: tabs(&f, Tab::Tokens), f, rows, roles, fresh, error })?;
    let status = if refused { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    // the token must not come back from a cache
    Ok((status, [(header::CACHE_CONTROL, "no-store")], answer).into_response())
}

/// `GET /settings/tokens`.
///
/// # Errors
/// When the store fails.
pub(super) async fn show(State(web): State<Web>, frame: Frame) -> Result<Response, Problem> {
    render(&web, frame.at(Place::Settings), None, None).await
}

/// `POST /settings/tokens`: makes one and shows it, this once.
///
/// # Errors
/// When the store fails.
pub(super) async fn make(
    State(web): State<Web>,
    viewer: Viewer,
    frame: Frame,
    form: RawForm,
) -> Result<Response, Problem> {
    let f = frame.at(Place::Settings);
    let fields = Fields::of(&form);
    let Some(role) = Role::parse(fields.get("role")) else {
        let error = f.t.say("settings-error-role");
        return render(&web, f, None, Some(error)).await;
    };
    let name = fields.get("name").to_owned();
    let manager_id = Some(fields.get("manager").to_owned()).filter(|id| !id.is_empty());
    let account = NewAccount { name: name.clone(), role, manager_id };
    match make_token(web.store().as_ref(), account, web.clock().now()).await {
        Ok(text) => {
            web.audit(&viewer.name, Deed::Token, &format!("{name} {}", role.as_str())).await;
            let fresh = Fresh { name, text: text.expose_secret().to_owned() };
            render(&web, f, Some(fresh), None).await
        }
        Err(AccountError::Store(error)) => Err(error.into()),
        Err(_) => {
            let error = f.t.say("settings-error-name");
            render(&web, f, None, Some(error)).await
        }
    }
}

/// `POST /settings/tokens/remove`.
///
/// # Errors
/// When the store fails.
pub(super) async fn remove(
    State(web): State<Web>,
    viewer: Viewer,
    form: RawForm,
) -> Result<Response, Problem> {
    let id = Fields::of(&form).get("id").parse().map(TokenId);
    let name = match id {
        Ok(id) => {
            let known = web.store().tokens().await?.into_iter().find(|token| token.id == id);
            let removed = web.store().remove_token(id).await?;
            known.filter(|_| removed).map(|token| token.name)
        }
        Err(_) => None,
    };
    let Some(name) = name else { return Ok(said(HERE, "done-gone")) };
    web.audit(&viewer.name, Deed::TokenRemoved, &name).await;
    Ok(said(HERE, "done-token-gone"))
}
