//! Whoever asks, once the door has let them in.

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use http::request::Parts;

use super::{Role, Scope};
use crate::problem::Problem;

/// How somebody was recognised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Via {
    /// This machine, while there are no users.
    OpenLoopback,
    /// A browser's session; forms carry this token in the field `csrf`, scripts in `X-CSRF-Token`.
    Session {
        /// The token.
        csrf: String,
    },
    /// `Authorization: Bearer`.
    Token,
}

/// Whoever asks. As an extractor it never fails where the route's rule names roles; on routes for
/// anyone take `Option<Viewer>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Viewer {
    /// The user's or token's name, for the audit log and for the corner of the page.
    pub(crate) name: String,
    /// What for.
    pub(crate) role: Role,
    /// Whose calls.
    pub(crate) scope: Scope,
    /// How recognised.
    pub(crate) via: Via,
}

impl Viewer {
    /// What forms put into the hidden field `csrf`; empty where none is asked for.
    pub(crate) fn csrf(&self) -> &str {
        match &self.via {
            Via::Session { csrf } => csrf,
            Via::OpenLoopback | Via::Token => "",
        }
    }

    /// Whether the role is one of these: for parts of a page. Routes are held by their rules.
    pub(crate) fn is(&self, roles: &[Role]) -> bool {
        roles.contains(&self.role)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Viewer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts.extensions.get::<Self>().cloned().ok_or_else(super::door::sign_in_first)
    }
}

impl<S: Send + Sync> OptionalFromRequestParts<S> for Viewer {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Self::Rejection> {
        Ok(parts.extensions.get::<Self>().cloned())
    }
}
