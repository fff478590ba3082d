//! People who sign in: add, change, shut out, remove. Whoever leaves the house keeps a key to it: the
//! last admin is not removed by a page.

use askama::Template;
use axum::extract::{RawForm, State};
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use secrecy::SecretString;
use store::{Role, User};

use super::{Fields, Tab, TabLink, tabs};
use crate::Web;
use crate::access::{AccountError, Deed, NewAccount, Viewer, add_user, set_password};
use crate::pages::done::said;
use crate::pages::layout::{Frame, Place, page};
use crate::problem::Problem;

const HERE: &str = "/settings/users";

/// A role in a list of choices.
#[derive(Debug, Clone, Copy)]
pub(super) struct RoleChoice {
    pub(super) value: &'static str,
    pub(super) key: &'static str,
    pub(super) help: &'static str,
}

/// Roles that a person may have.
pub(super) const PERSONAL: [RoleChoice; 3] = [
    RoleChoice { value: "manager", key: "settings-role-manager", help: "settings-role-manager-help" },
    RoleChoice {
        value: "supervisor",
        key: "settings-role-supervisor",
        help: "settings-role-supervisor-help",
    },
    RoleChoice { value: "admin", key: "settings-role-admin", help: "settings-role-admin-help" },
];

/// The key of a role's name.
pub(super) const fn role_key(role: Role) -> &'static str {
    match role {
        Role::Admin => "settings-role-admin",
        Role::Supervisor => "settings-role-supervisor",
        Role::Manager => "settings-role-manager",
        Role::Integration => "settings-role-integration",
    }
}

/// A person.
#[derive(Debug, Clone)]
struct UserRow {
    name: String,
    role: &'static str,
    role_key: &'static str,
    manager: String,
    since: String,
    open: bool,
    password: bool,
    you: bool,
}

#[derive(Template)]
#[template(path = "pages/settings/users.html")]
struct Users {
    f: Frame,
    tabs: Vec<TabLink>,
    rows: Vec<UserRow>,
    roles: [RoleChoice; 3],
    /// What the form was refused for.
    error: Option<String>,
    /// What was typed into it.
    typed: Typed,
}

#[derive(Debug, Clone, Default)]
struct Typed {
    name: String,
    role: String,
    manager: String,
}

async fn render(web: &Web, f: Frame, error: Option<String>, typed: Typed) -> Result<Response, Problem> {
    let me = f.viewer.as_ref().map(|viewer| viewer.name.clone()).unwrap_or_default();
    let rows = web
        .store()
        .users()
        .await?
        .into_iter()
        .map(|user| UserRow {
            role: user.role.as_str(),
            role_key: role_key(user.role),
            manager: user.manager_id.clone().unwrap_or_default(),
            since: f.t.moment(&user.created_at),
            open: !user.disabled,
            password: user.password_hash.is_some(),
            you: user.name == me,
            name: user.name,
        })
        .collect();
    let refused = error.is_some();
    let answer = page(&Users { tabs: tabs(&f, Tab::Users), f, rows, roles: PERSONAL, error, typed })?;
    Ok(if refused { (StatusCode::UNPROCESSABLE_ENTITY, answer).into_response() } else { answer })
}

/// `GET /settings/users`.
///
/// # Errors
/// When the store fails.
pub(super) async fn show(State(web): State<Web>, frame: Frame) -> Result<Response, Problem> {
    render(&web, frame.at(Place::Settings), None, Typed::default()).await
}

/// `POST /settings/users`: a new person, or a change of one: role, password.
///
/// # Errors
/// When the store fails.
pub(super) async fn save(
    State(web): State<Web>,
    viewer: Viewer,
    frame: Frame,
    form: RawForm,
) -> Result<Response, Problem> {
    let f = frame.at(Place::Settings);
    let fields = Fields::of(&form);
    let typed = Typed {
        name: fields.get("name").to_owned(),
        role: fields.get("role").to_owned(),
        manager: fields.get("manager").to_owned(),
    };
    let Some(role) = Role::parse(&typed.role).filter(|role| *role != Role::Integration) else {
        let error = f.t.say("settings-error-role");
        return render(&web, f, Some(error), typed).await;
    };
    let password = fields.raw("password").to_owned();
    let manager_id = Some(typed.manager.clone()).filter(|id| !id.is_empty());
    let known = web.store().user(&typed.name).await?;
    let done = if let Some(user) = known {
        if user.role == Role::Admin && role != Role::Admin && is_last_admin(&web, &user).await? {
            let error = f.t.say("settings-user-last");
            return render(&web, f, Some(error), typed).await;
        }
        change(&web, user, role, manager_id, password).await
    } else {
        let account = NewAccount { name: typed.name.clone(), role, manager_id };
        let password = SecretString::from(password);
        add_user(web.store().as_ref(), account, password, web.clock().now()).await
    };
    match done {
        Ok(()) => {
            web.audit(&viewer.name, Deed::User, &format!("{} {}", typed.name, role.as_str())).await;
            Ok(said(HERE, "done-user-saved"))
        }
        Err(AccountError::Store(error)) => Err(error.into()),
        Err(error) => {
            let error = f.t.say(match error {
                AccountError::Name => "settings-error-name",
                AccountError::Password => "settings-error-password",
                _ => "settings-error-again",
            });
            render(&web, f, Some(error), typed).await
        }
    }
}

async fn change(
    web: &Web,
    user: User,
    role: Role,
    manager_id: Option<String>,
    password: String,
) -> Result<(), AccountError> {
    let manager_id = match role {
        Role::Manager => Some(manager_id.unwrap_or_else(|| user.name.clone())),
        _ => None,
    };
    let name = user.name.clone();
    if user.role != role || user.manager_id != manager_id {
        web.store().save_user(&User { role, manager_id, ..user }).await?;
    }
    if password.is_empty() {
        return Ok(());
    }
    set_password(web.store().as_ref(), &name, SecretString::from(password)).await
}

/// Whether nobody else could open this page.
async fn is_last_admin(web: &Web, user: &User) -> Result<bool, Problem> {
    if user.role != Role::Admin || user.disabled {
        return Ok(false);
    }
    let users = web.store().users().await?;
    let another = |each: &User| {
        each.name != user.name && each.role == Role::Admin && !each.disabled && each.password_hash.is_some()
    };
    Ok(users.len() > 1 && !users.iter().any(another))
}

/// `POST /settings/users/door`: shuts somebody out, or lets them in again.
///
/// # Errors
/// When the store fails.
pub(super) async fn door(
    State(web): State<Web>,
    viewer: Viewer,
    frame: Frame,
    form: RawForm,
) -> Result<Response, Problem> {
    let fields = Fields::of(&form);
    let Some(user) = web.store().user(fields.get("name")).await? else {
        return Ok(said(HERE, "done-gone"));
    };
    let disabled = fields.get("shut") == "1";
    if disabled && is_last_admin(&web, &user).await? {
        let f = frame.at(Place::Settings);
        let error = f.t.say("settings-user-last");
        return render(&web, f, Some(error), Typed::default()).await;
    }
    let name = user.name.clone();
    web.store().save_user(&User { disabled, ..user }).await?;
    if disabled {
        web.store().end_sessions_of(&name).await?;
    }
    let deed = format!("{name} {}", if disabled { "shut" } else { "open" });
    web.audit(&viewer.name, Deed::User, &deed).await;
    Ok(said(HERE, if disabled { "done-user-shut" } else { "done-user-open" }))
}

/// `POST /settings/users/remove`.
///
/// # Errors
/// When the store fails.
pub(super) async fn remove(
    State(web): State<Web>,
    viewer: Viewer,
    frame: Frame,
    form: RawForm,
) -> Result<Response, Problem> {
    let fields = Fields::of(&form);
    let name = fields.get("name");
    let Some(user) = web.store().user(name).await? else { return Ok(said(HERE, "done-gone")) };
    if is_last_admin(&web, &user).await? {
        let f = frame.at(Place::Settings);
        let error = f.t.say("settings-user-last");
        return render(&web, f, Some(error), Typed::default()).await;
    }
    web.store().remove_user(name).await?;
    web.audit(&viewer.name, Deed::UserRemoved, name).await;
    Ok(said(HERE, "done-user-gone"))
}
