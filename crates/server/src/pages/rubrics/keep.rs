//! A customer's rubric as a file of the data folder: where `zvonar rubric` and the next start find it.

use std::io;
use std::path::{Path, PathBuf};

use analyze::RubricLibrary;
use domain::RubricId;

/// The folder of the customer's rubrics.
fn folder(data_dir: &Path) -> PathBuf {
    data_dir.join("rubrics")
}

/// The file that holds a rubric: one that says so itself, whatever it is called, else `ID.toml`.
async fn place(data_dir: &Path, id: &RubricId) -> io::Result<PathBuf> {
    let folder = folder(data_dir);
    // the id of a rubric that was read is small letters, digits and dashes: no way out of the folder
    let usual = folder.join(format!("{id}.toml"));
    let mut entries = match tokio::fs::read_dir(&folder).await {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(usual),
        Err(error) => return Err(error),
    };
    while let Some(entry) = entries.next_entry().await? {
        let path = entry.path();
        let is_toml = path.extension().is_some_and(|ending| ending == "toml");
        if is_toml && RubricLibrary::load_file(&path).is_ok_and(|rubric| rubric.id == *id) {
            return Ok(path);
        }
    }
    Ok(usual)
}

/// Writes a rubric whole or not at all.
pub(super) async fn write(data_dir: &Path, id: &RubricId, text: &str) -> io::Result<()> {
    tokio::fs::create_dir_all(folder(data_dir)).await?;
    let path = place(data_dir, id).await?;
    let aside = path.with_extension("toml.new");
    tokio::fs::write(&aside, text).await?;
    tokio::fs::rename(&aside, &path).await
}

/// The text of `ID.toml`, mistakes and all.
pub(super) async fn own_text(data_dir: &Path, id: &str) -> Option<String> {
    let is_id = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if id.is_empty() || id.len() > 64 || !id.chars().all(is_id) {
        return None;
    }
    let bytes = tokio::fs::read(folder(data_dir).join(format!("{id}.toml"))).await.ok()?;
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "id = \"own\"\ntitle = \"Own\"\n[[criteria]]\nkey = \"hello\"\ntitle = \"Hello\"\nkind = \"score\"\nquestion = \"?\"\n";

    #[tokio::test]
    async fn a_rubric_stays_in_its_file_whatever_that_is_called() {
        let data = tempfile::tempdir().unwrap();
        let id = RubricId::new("own");
        write(data.path(), &id, TEXT).await.unwrap();
        assert_eq!(own_text(data.path(), "own").await.as_deref(), Some(TEXT));
        let (usual, renamed) = (data.path().join("rubrics/own.toml"), data.path().join("rubrics/mine.toml"));
        std::fs::rename(&usual, &renamed).unwrap();
        let changed = TEXT.replace("\"Own\"", "\"Changed\"");
        write(data.path(), &id, &changed).await.unwrap();
        assert_eq!(std::fs::read_to_string(&renamed).unwrap(), changed);
        assert!(!usual.exists());
    }

    #[tokio::test]
    async fn no_id_leads_out_of_the_folder() {
        let data = tempfile::tempdir().unwrap();
        std::fs::create_dir(data.path().join("rubrics")).unwrap();
        std::fs::write(data.path().join("zvonar.toml"), "secret").unwrap();
        assert_eq!(own_text(data.path(), "../zvonar").await, None);
        assert_eq!(own_text(data.path(), "").await, None);
    }
}
