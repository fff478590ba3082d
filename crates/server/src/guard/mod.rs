//! What any request may cost, and what every answer carries.

mod headers;
mod speak;

pub(crate) use headers::add_headers;
pub(crate) use speak::{nowhere, speak};
