//! Whose calls a role sees.

pub(crate) use store::Role;

/// Whose calls are seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Everybody's.
    All,
    /// Those of the manager with this id.
    Manager(String),
}

impl Scope {
    /// A manager without an id is called in the source as here.
    pub(crate) fn of(role: Role, manager_id: Option<&str>, name: &str) -> Self {
        match role {
            Role::Manager => Self::Manager(manager_id.unwrap_or(name).to_owned()),
            Role::Admin | Role::Supervisor | Role::Integration => Self::All,
        }
    }
}
