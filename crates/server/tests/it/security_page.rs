//! `docs/SECURITY.md` promises a test for each attack.

use std::collections::BTreeSet;
use std::path::Path;

#[test]
fn every_attack_of_the_page_has_its_test() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let page = std::fs::read_to_string(root.join("docs/SECURITY.md")).unwrap();
    let attacks = page.split("## Attacks").nth(1).unwrap().split("\n## ").next().unwrap();
    let rows: Vec<&str> = attacks.lines().filter(|line| line.starts_with("| ")).skip(2).collect();
    assert!(rows.len() >= 30, "{}", rows.len());
    let mut tests = BTreeSet::new();
    for folder in ["crates", "tests"] {
        collect(&root.join(folder), &mut tests);
    }
    for row in rows {
        let named: Vec<&str> =
            row.rsplit('|').nth(1).unwrap().split(',').map(|name| name.trim().trim_matches('`')).collect();
        assert!(!named.is_empty() && !named[0].is_empty(), "no test: {row}");
        for name in named {
            assert!(tests.contains(name), "no test is called {name}: {row}");
        }
    }
}

/// Names of all tests in the Rust files under a folder.
fn collect(folder: &Path, tests: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, tests);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            let mut marked = false;
            for line in text.lines().map(str::trim) {
                if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
                    marked = true;
                } else if let Some(name) = line.strip_prefix("async fn ").or_else(|| line.strip_prefix("fn "))
                    && std::mem::take(&mut marked)
                {
                    tests.insert(name.split('(').next().unwrap().to_owned());
                }
            }
        }
    }
}
