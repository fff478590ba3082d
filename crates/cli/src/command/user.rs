//! `zvonar user …`: who may look at the pages, and which programs may ask.

use std::io::BufRead as _;

use console::Term;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;
use server::{AccountError, NewAccount};
use store::{ApiToken, Role, User};

use crate::args::{AccountArgs, UserCommand};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::Session;
use crate::table::{Cell, Column, render};
use crate::terminal::Tone;
use crate::texts::{Texts, t};
use crate::wording;

pub(super) async fn user(args: UserCommand, session: Session) -> Result<Exit, Failure> {
    let terminal = &session.terminal;
    let texts = terminal.texts;
    let store = session.app.store();
    let failed = |error: AccountError| told(texts, &error);
    match args {
        UserCommand::Add(args) => {
            let name = args.name.clone();
            let password = password(texts)?;
            server::add_user(store.as_ref(), account(args), password, session.now()).await.map_err(failed)?;
            terminal.say(&t!(texts, "user-added", name = name));
        }
        UserCommand::List { json } => list(&session, json).await?,
        UserCommand::Password { name } => {
            let password = password(texts)?;
            server::set_password(store.as_ref(), &name, password).await.map_err(failed)?;
            terminal.say(&t!(texts, "user-password-set", name = name));
        }
        UserCommand::Remove { name } => {
            let (user, tokens) = server::remove_account(store.as_ref(), &name).await.map_err(failed)?;
            terminal.say(&if user {
                t!(texts, "user-removed", name = name, tokens = tokens)
            } else {
                t!(texts, "user-tokens-removed", name = name, tokens = tokens)
            });
        }
        UserCommand::Token(args) => {
            let token =
                server::make_token(store.as_ref(), account(args), session.now()).await.map_err(failed)?;
            terminal.print(token.expose_secret())?;
            terminal.say(&t!(texts, "user-token-once"));
        }
    }
    Ok(Exit::Good)
}

fn account(args: AccountArgs) -> NewAccount {
    // clap lets only names of roles through
    let role = Role::parse(&args.role).unwrap_or(Role::Manager);
    NewAccount { name: args.name, role, manager_id: args.manager_id }
}

/// Typed twice where a person types; from a pipe the first line, so that scripts can set one.
fn password(texts: Texts) -> Result<SecretString, Failure> {
    let term = Term::stderr();
    let unread = |error: std::io::Error| Failure::trouble(error.to_string());
    if !term.is_term() || !Term::stdout().is_term() {
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line).map_err(unread)?;
        let line = line.trim_end_matches(['\r', '\n']);
        return if line.is_empty() {
            Err(Failure::usage(t!(texts, "user-no-password"), t!(texts, "user-no-password-hint")))
        } else {
            Ok(SecretString::from(line.to_owned()))
        };
    }
    let ask = |question: String| {
        term.write_str(&format!("{question}: ")).and_then(|()| term.read_secure_line()).map_err(unread)
    };
    let first = SecretString::from(ask(t!(texts, "user-password"))?);
    let again = SecretString::from(ask(t!(texts, "user-password-again"))?);
    if first.expose_secret() == again.expose_secret() {
        Ok(first)
    } else {
        Err(Failure::usage(t!(texts, "user-password-differs"), t!(texts, "user-password-differs-hint")))
    }
}

async fn list(session: &Session, json: bool) -> Result<(), Failure> {
    let terminal = &session.terminal;
    let texts = terminal.texts;
    let store = session.app.store();
    let (users, tokens) = (store.users().await?, store.tokens().await?);
    if json {
        return terminal.print_json(&json!({
            "users": users.iter().map(|user| json!({
                "name": user.name, "role": user.role.as_str(), "manager_id": user.manager_id,
                "created_at": user.created_at.to_rfc3339(), "disabled": user.disabled,
            })).collect::<Vec<_>>(),
            "tokens": tokens.iter().map(|token| json!({
                "id": token.id.0, "name": token.name, "role": token.role.as_str(),
                "manager_id": token.manager_id, "created_at": token.created_at.to_rfc3339(),
                "last_used": token.last_used.map(|at| at.to_rfc3339()),
            })).collect::<Vec<_>>(),
        }));
    }
    if users.is_empty() && tokens.is_empty() {
        return terminal.print(&format!("{}\n", t!(texts, "user-none")));
    }
    let columns = [
        Column::new(t!(texts, "user-column-name")).elastic(8, 40),
        Column::new(t!(texts, "user-column-kind")),
        Column::new(t!(texts, "user-column-role")),
        Column::new(t!(texts, "user-column-calls")).elastic(4, 40),
        Column::new(t!(texts, "user-column-used")),
    ];
    let mut rows: Vec<Vec<Cell>> = users.iter().map(|user| user_row(session, user)).collect();
    rows.extend(tokens.iter().map(|token| token_row(session, token)));
    terminal.print(&render(terminal, &columns, &rows))
}

fn user_row(session: &Session, user: &User) -> Vec<Cell> {
    let texts = session.terminal.texts;
    let kind = if user.disabled {
        Cell::toned(t!(texts, "user-disabled"), Some(Tone::Warn))
    } else {
        t!(texts, "user-person").into()
    };
    vec![
        user.name.clone().into(),
        kind,
        role(texts, user.role).into(),
        calls(texts, user.manager_id.as_deref()).into(),
        "—".into(),
    ]
}

fn token_row(session: &Session, token: &ApiToken) -> Vec<Cell> {
    let texts = session.terminal.texts;
    let used = token.last_used.map_or_else(
        || t!(texts, "user-never-used"),
        |at| wording::moment(texts, at.fixed_offset(), session.wall_now()),
    );
    vec![
        token.name.clone().into(),
        t!(texts, "user-token").into(),
        role(texts, token.role).into(),
        calls(texts, token.manager_id.as_deref()).into(),
        used.into(),
    ]
}

fn role(texts: Texts, role: Role) -> String {
    match role {
        Role::Admin => t!(texts, "role-admin"),
        Role::Supervisor => t!(texts, "role-supervisor"),
        Role::Manager => t!(texts, "role-manager"),
        Role::Integration => t!(texts, "role-integration"),
    }
}

/// Whose calls are seen.
fn calls(texts: Texts, manager_id: Option<&str>) -> String {
    manager_id.map_or_else(|| t!(texts, "user-all-calls"), ToOwned::to_owned)
}

fn told(texts: Texts, error: &AccountError) -> Failure {
    let usage = |message: String, hint: String| Failure::usage(message, hint);
    match error {
        AccountError::Name => usage(t!(texts, "user-bad-name"), t!(texts, "user-bad-name-hint")),
        AccountError::Password => usage(t!(texts, "user-bad-password"), t!(texts, "user-bad-password-hint")),
        AccountError::Unknown => usage(t!(texts, "user-unknown"), t!(texts, "user-unknown-hint")),
        AccountError::Taken => usage(t!(texts, "user-taken"), t!(texts, "user-taken-hint")),
        other => Failure::trouble(other.to_string()),
    }
}
