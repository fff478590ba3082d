//! Roles, and whose calls each may see.

/// What somebody is here for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Role {
    /// Everything, users and settings too.
    Admin,
    /// Everybody's calls; overrides, rubrics, exports.
    Supervisor,
    /// The own calls, and nothing else.
    Manager,
    /// A program: webhooks, analysis, calls.
    Integration,
}

impl Role {
    /// All of them.
    pub(crate) const ALL: [Self; 4] = [Self::Admin, Self::Supervisor, Self::Manager, Self::Integration];

    /// The name in tokens, tables and pages' addresses.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Supervisor => "supervisor",
            Self::Manager => "manager",
            Self::Integration => "integration",
        }
    }

    /// Reads [`Self::as_str`] back.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }
}

/// Whose calls are seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Everybody's.
    All,
    /// Those of the manager with this id.
    Manager(String),
}
