//! An installation of `zvonar` for one journey: a data folder of its own, the built binary, and the
//! real model where a journey hears.
//!
//! `ZVONAR_BIN` and `ZVONAR_TEST_MODEL` say where the binary and the model are; `cargo xtask test`
//! sets them. Without the first the binary of this build is taken; without the second a journey that
//! hears fails and says what to run.

#![expect(clippy::expect_used, clippy::panic, reason = "a journey that cannot begin ends at once")]

mod outside;
mod sheet;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

pub use outside::{EndState, Outside, Production};
pub use sheet::{Cell, SheetView};

/// For requests to a program under test: one that hangs fails its journey.
pub fn http_client() -> reqwest::Client {
    let client = reqwest::Client::builder().timeout(std::time::Duration::from_mins(1));
    client.build().expect("a client")
}

/// A fresh installation, gone with the test.
pub struct Installation {
    place: tempfile::TempDir,
}

impl Installation {
    /// Without a model: for everything that does not hear.
    pub fn deaf() -> Self {
        Self { place: tempfile::tempdir().expect("a temporary folder") }
    }

    /// With the model of `ZVONAR_TEST_MODEL`, linked, not copied.
    pub fn hearing() -> Self {
        let installation = Self::deaf();
        let model = model();
        let models = installation.data().join("models");
        std::fs::create_dir_all(&models).expect("models folder");
        for (from, to) in [(model.clone(), "base.bin"), (model.with_extension("toml"), "base.toml")] {
            if from.is_file() {
                std::fs::hard_link(&from, models.join(to))
                    .or_else(|_| std::fs::copy(&from, models.join(to)).map(drop))
                    .expect("the model");
            }
        }
        installation
    }

    /// The data folder.
    pub fn data(&self) -> PathBuf {
        self.place.path().join("data")
    }

    /// A folder for recordings and reports.
    pub fn folder(&self, name: &str) -> PathBuf {
        let folder = self.place.path().join(name);
        std::fs::create_dir_all(&folder).expect("a folder");
        folder
    }

    /// `zvonar` with nothing of this machine's settings.
    pub fn zvonar<I: IntoIterator<Item = S>, S: AsRef<std::ffi::OsStr>>(&self, arguments: I) -> Command {
        let mut command = Command::new(binary());
        command.args(arguments).current_dir(self.place.path()).env_clear();
        command.env("ZVONAR_DATA_DIR", self.data()).env("LANG", "C.UTF-8").env("PATH", "/usr/bin:/bin");
        command
    }

    /// Runs to the end.
    pub fn run<I: IntoIterator<Item = S>, S: AsRef<std::ffi::OsStr>>(&self, arguments: I) -> Ended {
        Ended::from(self.zvonar(arguments).output().expect("zvonar starts"))
    }
}

/// What a command left.
#[derive(Debug)]
pub struct Ended {
    /// The exit code.
    pub code: Option<i32>,
    /// Results.
    pub stdout: String,
    /// Everything else.
    pub stderr: String,
}

impl Ended {
    /// The document on stdout.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

/// The recordings that ship.
pub fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/calls").canonicalize().expect("examples/calls")
}

/// The call of a document whose recording has this name.
pub fn call<'a>(document: &'a Value, name: &str) -> &'a Value {
    let calls = document["calls"].as_array().expect("calls");
    calls
        .iter()
        .find(|call| call["recording"]["name"] == name)
        .unwrap_or_else(|| panic!("no call {name} in {document}"))
}

#[expect(clippy::disallowed_methods, reason = "the test runner says here where its parts are")]
fn setting(name: &str) -> Option<PathBuf> {
    std::env::var(name).ok().filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// Whether worlds have their full size (`cargo xtask test --full`): minutes instead of seconds.
pub fn full() -> bool {
    setting("ZVONAR_TEST_FULL").is_some()
}

/// The built program.
pub fn binary() -> PathBuf {
    setting("ZVONAR_BIN").unwrap_or_else(|| {
        // target/debug/deps/journeys-… → target/debug/zvonar
        let own = std::env::current_exe().expect("this test's own path");
        own.parent().and_then(Path::parent).expect("target folder").join("zvonar")
    })
}

/// The built service, which lies beside the program.
pub fn server_binary() -> PathBuf {
    binary().with_file_name(format!("zvonar-server{}", std::env::consts::EXE_SUFFIX))
}

fn model() -> PathBuf {
    setting("ZVONAR_TEST_MODEL")
        .expect("ZVONAR_TEST_MODEL: run these with `cargo xtask test --only journeys`")
}
