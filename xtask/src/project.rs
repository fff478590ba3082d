//! Where the project lies and in which language it speaks to the person.

use std::path::{Path, PathBuf};
use std::time::Duration;

/// The project as `xtask` sees it.
pub(crate) struct Project {
    root: PathBuf,
    english: bool,
}

impl Project {
    /// The tree that this `xtask` was built from; Russian unless `ZVONAR_LANG=en`.
    pub(crate) fn here() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."));
        let english = std::env::var("ZVONAR_LANG").is_ok_and(|lang| lang.starts_with("en"));
        Self { root: root.to_owned(), english }
    }

    /// The root of the tree.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// A path in cargo's target folder, which `CARGO_TARGET_DIR` may have moved.
    pub(crate) fn target(&self, relative: &str) -> PathBuf {
        let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| "target".into(), PathBuf::from);
        self.root.join(target).join(relative)
    }

    /// The same thing in the person's language.
    pub(crate) fn say<'a>(&self, russian: &'a str, english: &'a str) -> &'a str {
        if self.english { english } else { russian }
    }

    /// `7 мин 31 с`, `12,4 с`.
    pub(crate) fn time(&self, time: Duration) -> String {
        let (minutes, seconds) = (self.say("мин", "min"), self.say("с", "s"));
        let whole = time.as_secs();
        if whole >= 60 {
            return format!("{} {minutes} {:02} {seconds}", whole / 60, whole % 60);
        }
        let text = format!("{:.1} {seconds}", time.as_secs_f64());
        if self.english { text } else { text.replace('.', ",") }
    }

    /// A path as a person would type it from the root.
    pub(crate) fn short(&self, path: &Path) -> String {
        path.strip_prefix(&self.root).unwrap_or(path).display().to_string()
    }
}
