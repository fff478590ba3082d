//! Shapes as they travel. Read with great tolerance: servers that speak this protocol differ in
//! everything but the gist.

pub(crate) mod chat;
pub(crate) mod refusal;
pub(crate) mod speech;
