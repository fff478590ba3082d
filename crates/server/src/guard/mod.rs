//! What any request may cost, and what every answer carries.

mod body;
mod headers;
mod observe;
mod revisit;
mod speak;
mod turns;

pub(crate) use body::bounded;
pub(crate) use headers::add_headers;
pub(crate) use observe::{catch, observe};
pub(crate) use revisit::{named, tag, unchanged};
pub(crate) use speak::{nowhere, speak};
pub(crate) use turns::{Turns, within};
