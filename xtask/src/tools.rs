//! What the build needs beyond cargo: a C++ compiler and cmake (whisper.cpp is C++).
//!
//! Missing ones are installed where that is possible without asking: by apt as root or in CI;
//! cmake also from its `PyPI` wheel, which needs no rights. Otherwise the person is told the one line.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Result, bail};

use crate::process;
use crate::project::Project;
use crate::python;

/// `rust-version` of the workspace.
const OLDEST_RUST: (u32, u32) = (1, 95);

/// The tools of this machine, with what was installed for this project alone.
#[derive(Debug, Default)]
pub(crate) struct Tools {
    /// Goes before PATH.
    extra: Option<PathBuf>,
    /// For people: `rustc 1.95.0 · c++ 12.2 · cmake 3.25`.
    pub(crate) summary: String,
}

impl Tools {
    /// Checks all, installs what is missing.
    ///
    /// # Errors
    /// With the line that installs it, if something is missing and cannot be installed from here.
    pub(crate) fn ensure(project: &Project) -> Result<Self> {
        let rust = rust(project)?;
        let compiler = compiler(project)?;
        let (extra, cmake) = cmake(project)?;
        Ok(Self { extra, summary: format!("{rust} · {compiler} · {cmake}") })
    }

    /// Cargo with these tools in reach.
    pub(crate) fn cargo(&self, project: &Project) -> Command {
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.current_dir(project.root());
        if let Some(path) = self.path() {
            // by PATH, not by CMAKE: that variable would be part of the build's fingerprint
            cargo.env("PATH", path);
        }
        cargo
    }

    fn path(&self) -> Option<OsString> {
        let extra = self.extra.clone()?;
        let old = std::env::var_os("PATH").unwrap_or_default();
        std::env::join_paths(std::iter::once(extra).chain(std::env::split_paths(&old))).ok()
    }
}

fn rust(project: &Project) -> Result<String> {
    let said = process::answer("rustc", &["--version"]).unwrap_or_default();
    let version = said.split(' ').nth(1).unwrap_or_default();
    let mut numbers = version.split('.').map(|part| part.parse::<u32>().unwrap_or(0));
    let found = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    if found < OLDEST_RUST {
        bail!(
            "{}: rustc {}.{}+, {} {said:?}\n  rustup update stable",
            project.say("нужен", "needed"),
            OLDEST_RUST.0,
            OLDEST_RUST.1,
            project.say("найдено", "found"),
        );
    }
    Ok(format!("rustc {version}"))
}

fn compiler(project: &Project) -> Result<String> {
    let find = || {
        let named = std::env::var("CXX").into_iter();
        named.chain(["c++", "g++", "clang++"].map(str::to_owned)).find_map(|name| {
            process::answer(&name, &["-dumpversion"]).map(|version| format!("{name} {version}"))
        })
    };
    if cfg!(windows) {
        // cl.exe is found by cargo itself, outside PATH
        return Ok("MSVC".to_owned());
    }
    if let Some(found) = find() {
        return Ok(found);
    }
    apt(project, "g++");
    find().ok_or_else(|| {
        missing(project, project.say("компилятор C++", "a C++ compiler"), "g++", "gcc-c++", "gcc")
    })
}

/// Where cmake lies if not on PATH, and its version.
fn cmake(project: &Project) -> Result<(Option<PathBuf>, String)> {
    let version = |said: String| said.replace("version ", "");
    if let Some(said) = process::answer("cmake", &["--version"]) {
        return Ok((None, version(said)));
    }
    let place = project.target("tools");
    let wheel = place.join("cmake/data/bin");
    if let Some(said) = process::answer(wheel.join("cmake"), &["--version"]) {
        return Ok((Some(wheel), version(said)));
    }
    apt(project, "cmake");
    if let Some(said) = process::answer("cmake", &["--version"]) {
        return Ok((None, version(said)));
    }
    println!(
        "      {}",
        project
            .say("cmake: беру пакет PyPI в target/tools", "cmake: taking the PyPI wheel into target/tools")
    );
    let installed =
        python::pip(&["install", "--quiet", "--upgrade", "--target"]).arg(&place).arg("cmake").status();
    match process::answer(wheel.join("cmake"), &["--version"]) {
        Some(said) if installed.is_ok() => Ok((Some(wheel), version(said))),
        _ => Err(missing(project, "cmake", "cmake", "cmake", "cmake")),
    }
}

/// Installs a Debian package if that can be done without asking anybody; trouble shows in what follows.
pub(crate) fn apt(project: &Project, package: &str) {
    let Some(mut prefix) = apt_rights() else { return };
    println!("      apt-get install {package} {}", project.say("(до минуты)", "(up to a minute)"));
    prefix.push("apt-get");
    for arguments in [&["-qq", "update"][..], &["-qq", "install", "-y", "--no-install-recommends", package]] {
        let (Some(program), words) = (prefix.first(), prefix.get(1..).unwrap_or_default()) else { return };
        let mut command = Command::new(program);
        command.args(words).args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
        // its chatter says nothing to the person; errors do
        let _ = command.stdin(Stdio::null()).stdout(Stdio::null()).status();
    }
}

/// The words before `apt-get`, if this machine has it and we may.
fn apt_rights() -> Option<Vec<&'static str>> {
    process::answer("apt-get", &["--version"])?;
    if process::answer("id", &["-u"])? == "0" {
        return Some(Vec::new());
    }
    let in_ci = std::env::var_os("CI").is_some();
    (in_ci && process::answer("sudo", &["-n", "true"]).is_some()).then(|| vec!["sudo", "-n"])
}

fn missing(project: &Project, what: &str, debian: &str, fedora: &str, brew: &str) -> anyhow::Error {
    let line = if cfg!(target_os = "macos") {
        if debian == "g++" { "xcode-select --install".to_owned() } else { format!("brew install {brew}") }
    } else if cfg!(windows) {
        format!("winget install Kitware.{brew}")
    } else if process::answer("apt-get", &["--version"]).is_some() {
        format!("sudo apt-get install -y {debian}")
    } else if process::answer("dnf", &["--version"]).is_some() {
        format!("sudo dnf install -y {fedora}")
    } else if process::answer("pacman", &["--version"]).is_some() {
        format!("sudo pacman -S --needed {brew}")
    } else {
        format!("{} {debian}", project.say("установите пакет", "install the package"))
    };
    anyhow::anyhow!(
        "{} {what}. {}:\n  {line}",
        project.say("не найден", "missing:"),
        project.say("Установите", "Install it")
    )
}
