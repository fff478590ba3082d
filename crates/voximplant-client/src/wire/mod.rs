//! Shapes as they travel: a refusal is an `error` object under status 200, numbers may come as
//! strings, and members may be missing. <https://voximplant.com/docs/references/httpapi>

mod envelope;
mod lenient;
mod rows;

pub(crate) use envelope::{decode, done, id, started};
pub(crate) use lenient::TIME;
pub(crate) use rows::{
    Row, WireApplication, WireRule, WireScenario, WireSecret, WireSession, account, page, script,
    secret_value,
};
