//! Installations of tests: a folder, and no setting of the machine.

use std::collections::BTreeMap;
use std::path::Path;

use crate::{App, Config, ConfigInput, load};

/// The settings of an installation in this folder, with some of its own.
pub(crate) fn config_in(place: &Path, more: &[(&str, &str)]) -> Config {
    let data = place.join("data").display().to_string();
    let mut env = BTreeMap::from([("ZVONAR_DATA_DIR".to_owned(), data)]);
    env.extend(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    load(&ConfigInput { cwd: place.to_owned(), env, ..ConfigInput::default() }).unwrap().config
}

/// The same, opened.
pub(crate) async fn app_in(place: &Path, more: &[(&str, &str)]) -> App {
    App::open(config_in(place, more)).await.unwrap()
}
