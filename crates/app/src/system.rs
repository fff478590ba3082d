//! Facts about the machine, and who sits at it.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::Path;

/// Cores that this process may use.
pub(crate) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, NonZeroUsize::get)
}

/// Free space where a folder lies, bytes. One that is not made yet will lie where its nearest parent does.
pub(crate) fn free_bytes(folder: &Path) -> Option<u64> {
    let there = folder.ancestors().find(|folder| folder.exists()).unwrap_or(Path::new("."));
    fs4::available_space(there).ok()
}

/// The system's name of whoever runs this program: that of the process's owner, which nobody can choose as they
/// please, and of the person who became that owner by `sudo`.
pub(crate) fn person(env: &BTreeMap<String, String>) -> String {
    let told = |name: &str| env.get(name).filter(|value| !value.is_empty()).map(String::as_str);
    let owner = owner().or_else(|| told("USER").or_else(|| told("USERNAME")).map(str::to_owned));
    let owner = owner.unwrap_or_else(|| "?".to_owned());
    match told("SUDO_USER").filter(|person| *person != owner) {
        Some(person) => format!("{owner} (sudo: {person})"),
        None => owner,
    }
}

/// The owner of this process, by name where the machine has one for them.
#[cfg(target_os = "linux")]
fn owner() -> Option<String> {
    use std::os::unix::fs::MetadataExt as _;

    let number = std::fs::metadata("/proc/self").ok()?.uid().to_string();
    let names = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let name = names.lines().find_map(|line| {
        // <https://man7.org/linux/man-pages/man5/passwd.5.html>: name:password:number:…
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1) == Some(&number)).then(|| name.to_owned())
    });
    Some(name.unwrap_or(number))
}

#[cfg(not(target_os = "linux"))]
fn owner() -> Option<String> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_became_another_by_sudo_is_named_beside_them() {
        let named = |sudo: &str| {
            let env = [("USER", "somebody"), ("SUDO_USER", sudo)];
            person(&env.map(|(name, value)| (name.to_owned(), value.to_owned())).into())
        };
        let owner = named("");
        assert!(!owner.is_empty() && !owner.contains("sudo"), "{owner}");
        assert_eq!(named("anna"), format!("{owner} (sudo: anna)"));
        assert_eq!(named(&owner), owner);
    }
}
