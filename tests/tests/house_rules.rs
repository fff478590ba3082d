//! The rules of the house that no compiler holds: first lines, names, sizes, licences, one version table.
#![expect(clippy::unwrap_used, reason = "a test")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A file tells one subject; past this it tells two.
const LONGEST_FILE: usize = 600;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// Files of the project as git would list them, by relative path: no build output, no hidden folders but `.ci`.
fn files() -> Vec<PathBuf> {
    let skipped = |name: &str| matches!(name, "target" | ".git" | "zvonar-data" | "node_modules");
    walkdir::WalkDir::new(root())
        .into_iter()
        .filter_entry(|entry| !entry.file_type().is_dir() || !skipped(&entry.file_name().to_string_lossy()))
        .map(Result::unwrap)
        .filter(|entry| entry.file_type().is_file())
        .map(|entry| entry.path().strip_prefix(root()).unwrap().to_owned())
        .collect()
}

fn sources() -> Vec<(PathBuf, String)> {
    let rust = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "rs");
    files()
        .into_iter()
        .filter(rust)
        .map(|path| (path.clone(), fs::read_to_string(root().join(&path)).unwrap()))
        .collect()
}

/// Fails with the list of what breaks the rule.
fn nothing_breaks(rule: &str, broken: &[String]) {
    assert!(broken.is_empty(), "{rule}:\n  {}", broken.join("\n  "));
}

#[test]
fn every_file_opens_by_saying_what_it_is_for() {
    let sources = sources();
    assert!(sources.len() > 100, "the search for sources is broken");
    let silent: Vec<String> = sources
        .iter()
        .filter(|(_, text)| !(text.starts_with("//! ") || text.starts_with("#![doc")))
        .map(|(path, _)| path.display().to_string())
        .collect();
    nothing_breaks("a file opens with `//!`: what it is for and the surprising rule", &silent);
}

#[test]
fn no_file_grows_past_one_subject() {
    let long: Vec<String> = sources()
        .iter()
        .filter(|(_, text)| text.lines().count() > LONGEST_FILE)
        .map(|(path, text)| format!("{} ({} lines)", path.display(), text.lines().count()))
        .collect();
    nothing_breaks("split by subject", &long);
}

#[test]
fn nothing_is_called_utils() {
    let vague = ["utils", "util", "helpers", "helper", "common", "misc"];
    let called: Vec<String> = files()
        .iter()
        .filter(|path| path.extension().is_none_or(|ending| ending == "rs"))
        .filter(|path| {
            path.iter()
                .any(|part| vague.contains(&Path::new(part).file_stem().unwrap().to_str().unwrap_or("")))
        })
        .map(|path| path.display().to_string())
        .collect();
    nothing_breaks("a name says the subject; these say «the rest»", &called);
}

/// Lines of code without comments: enough for words that stand in no string here.
fn code(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| !line.trim_start().starts_with("//"))
}

#[test]
fn only_app_reads_the_environment_and_the_clock_has_one_door() {
    let environment = ["env::var", "env::vars"];
    let time = ["Utc::now(", "Local::now(", "SystemTime::now("];
    let mut broken = Vec::new();
    for (path, text) in sources() {
        let shown = path.display().to_string();
        let library = shown.starts_with("crates/") && shown.contains("/src/");
        if !library || shown.starts_with("crates/app/") {
            continue;
        }
        // the clock that `app` hands to everyone else
        let door = shown == "crates/domain/src/time.rs";
        for line in code(&text) {
            let reads = environment.iter().any(|word| line.contains(word));
            let asks = !door && time.iter().any(|word| line.contains(word));
            if reads || asks {
                broken.push(format!("{shown}: {}", line.trim()));
            }
        }
    }
    nothing_breaks("settings come from app::Config, time from domain::Clock", &broken);
}

#[test]
fn nothing_reaches_outside_the_repository() {
    // in pieces, so that this file does not break its own rule
    let outside =
        [concat!("../", "shared"), concat!("/work", "/"), concat!(".", "library"), concat!("DESIGN", ".md")];
    let text_files =
        ["rs", "toml", "md", "py", "js", "ftl", "sql", "yaml", "yml", "sh", "html", "css", "json"];
    let mut broken = Vec::new();
    for path in files() {
        let known =
            path.extension().is_some_and(|ending| text_files.contains(&ending.to_str().unwrap_or("")));
        if !known && !path.starts_with(".ci") {
            continue;
        }
        let Ok(text) = fs::read_to_string(root().join(&path)) else { continue };
        for word in outside {
            if text.contains(word) {
                broken.push(format!("{}: {word}", path.display()));
            }
        }
    }
    nothing_breaks("the product stands on its own tree", &broken);
}

/// The manifests of the workspace's members.
fn manifests() -> Vec<(PathBuf, toml::Table)> {
    files()
        .into_iter()
        .filter(|path| path.ends_with("Cargo.toml") && path != Path::new("Cargo.toml"))
        .map(|path| (path.clone(), fs::read_to_string(root().join(&path)).unwrap().parse().unwrap()))
        .collect()
}

#[test]
fn versions_and_lints_come_from_the_workspace() {
    let mut broken = Vec::new();
    for (path, manifest) in manifests() {
        let mut inherits = |table: &str, key: &str, value: Option<&toml::Value>| {
            let inherited = value.and_then(|value| value.get("workspace")).and_then(toml::Value::as_bool);
            let itself = value.and_then(|value| value.get("path")).and_then(toml::Value::as_str) == Some(".");
            if inherited != Some(true) && !itself {
                broken.push(format!("{}: [{table}] {key}", path.display()));
            }
        };
        for key in ["version", "edition", "rust-version", "publish", "license"] {
            inherits("package", key, manifest["package"].get(key));
        }
        inherits("", "lints", manifest.get("lints"));
        for table in ["dependencies", "dev-dependencies", "build-dependencies"] {
            for (name, value) in manifest.get(table).and_then(toml::Value::as_table).into_iter().flatten() {
                inherits(table, name, Some(value));
            }
        }
        if manifest["package"].get("description").is_none() {
            broken.push(format!("{}: no description", path.display()));
        }
    }
    nothing_breaks("say `.workspace = true`: one version, one lint table, one dependency table", &broken);
}

#[test]
fn the_map_names_every_crate() {
    let map = fs::read_to_string(root().join("docs/ARCHITECTURE.md")).unwrap_or_default();
    let missing: Vec<String> = manifests()
        .iter()
        .map(|(_, manifest)| manifest["package"]["name"].as_str().unwrap().to_owned())
        .filter(|name| !map.contains(&format!("`{name}`")))
        .collect();
    nothing_breaks("docs/ARCHITECTURE.md names each crate in `backticks`", &missing);
}

#[test]
fn every_rubric_that_ships_parses_and_has_nothing_to_complain_about() {
    let rubrics: Vec<PathBuf> = files()
        .into_iter()
        .filter(|path| path.starts_with("crates/analyze/rubrics") || path.starts_with("examples/rubrics"))
        .filter(|path| path.extension().is_some_and(|ending| ending == "toml"))
        .collect();
    let mut ids = BTreeSet::new();
    let mut broken = Vec::new();
    for path in rubrics {
        let text = fs::read_to_string(root().join(&path)).unwrap();
        match analyze::parse(&text) {
            Ok(rubric) => {
                ids.insert(rubric.id.as_str().to_owned());
                let findings = analyze::check(&text);
                broken.extend(findings.iter().map(|finding| format!("{}: {finding:?}", path.display())));
            }
            Err(error) => broken.push(format!("{}: {error}", path.display())),
        }
    }
    nothing_breaks("zvonar rubric check", &broken);
    for id in ["manager-plus", "client-plus", "dialog", "sales-full"] {
        assert!(ids.contains(id), "{id} does not ship");
    }
}

/// Every package that a build here contains, tests included, with its licence. By `cargo tree`, for
/// `cargo metadata` also lists what only stands in the lock file.
fn packages() -> BTreeSet<(String, String)> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--workspace", "--offline", "--locked", "--prefix", "none", "--format", "{p}|{l}"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let tree = String::from_utf8(output.stdout).unwrap();
    tree.lines()
        .filter_map(|line| line.trim_end_matches(" (*)").split_once('|'))
        .map(|(package, licence)| (package.split(' ').next().unwrap().to_owned(), licence.to_owned()))
        .collect()
}

fn deny() -> toml::Table {
    fs::read_to_string(root().join("deny.toml")).unwrap().parse().unwrap()
}

/// Whether an SPDX expression is met by allowed licences alone; the old `MIT/Apache-2.0` means OR.
fn is_allowed(expression: &str, allowed: &BTreeSet<&str>) -> bool {
    let spaced =
        expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ").replace(" WITH ", "_WITH_");
    let tokens: Vec<&str> = spaced.split_whitespace().collect();
    let (met, rest) = any_of(&tokens, allowed);
    met && rest.is_empty()
}

fn any_of<'a>(tokens: &'a [&'a str], allowed: &BTreeSet<&str>) -> (bool, &'a [&'a str]) {
    let (mut met, mut rest) = all_of(tokens, allowed);
    while let Some(("OR", after)) = rest.split_first().map(|(first, after)| (*first, after)) {
        let (also, left) = all_of(after, allowed);
        (met, rest) = (met || also, left);
    }
    (met, rest)
}

fn all_of<'a>(tokens: &'a [&'a str], allowed: &BTreeSet<&str>) -> (bool, &'a [&'a str]) {
    let (mut met, mut rest) = one(tokens, allowed);
    while let Some(("AND", after)) = rest.split_first().map(|(first, after)| (*first, after)) {
        let (also, left) = one(after, allowed);
        (met, rest) = (met && also, left);
    }
    (met, rest)
}

fn one<'a>(tokens: &'a [&'a str], allowed: &BTreeSet<&str>) -> (bool, &'a [&'a str]) {
    match tokens.split_first() {
        Some((&"(", inside)) => {
            let (met, rest) = any_of(inside, allowed);
            (met && rest.first() == Some(&")"), rest.get(1..).unwrap_or_default())
        }
        Some((name, rest)) => (allowed.contains(name.replace("_WITH_", " WITH ").as_str()), rest),
        None => (false, tokens),
    }
}

#[test]
fn licences_are_those_of_the_list() {
    let deny = deny();
    let allowed: BTreeSet<&str> =
        deny["licenses"]["allow"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    assert!(is_allowed("MIT OR GPL-3.0", &allowed) && is_allowed("MIT/Apache-2.0", &allowed));
    assert!(is_allowed("(MIT OR Apache-2.0) AND Unicode-3.0", &allowed));
    assert!(!is_allowed("MIT AND GPL-3.0", &allowed) && !is_allowed("GPL-3.0", &allowed));
    let packages = packages();
    assert!(packages.len() > 100, "the list of packages is broken");
    let foreign: Vec<String> = packages
        .iter()
        .filter(|(_, licence)| !is_allowed(licence, &allowed))
        .map(|(name, licence)| format!("{name}: {licence}"))
        .collect();
    nothing_breaks("licences that deny.toml does not allow", &foreign);
}

#[test]
fn banned_crates_are_not_in_the_tree() {
    let deny = deny();
    let banned: BTreeSet<&str> =
        deny["bans"]["deny"].as_array().unwrap().iter().map(|ban| ban["crate"].as_str().unwrap()).collect();
    let found: Vec<String> =
        packages().into_iter().map(|(name, _)| name).filter(|name| banned.contains(name.as_str())).collect();
    nothing_breaks("banned in deny.toml, where the reason stands", &found);
}
