//! What our scenarios show and we look for: configured, or made once and kept in the data folder.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Read as _, Write as _};
use std::path::Path;

use secrecy::SecretString;
use uuid::Uuid;

use crate::{App, AppError};

/// Its file in the data folder.
const FILE: &str = "voximplant.secret";
/// A longer file is something else.
const LONGEST: u64 = 1024;

impl App {
    /// `VOXIMPLANT_BACKEND_SECRET`, else the one that is kept in the data folder; the first call makes it.
    ///
    /// # Errors
    /// When the data folder cannot be read or written.
    pub fn backend_secret(&self) -> Result<SecretString, AppError> {
        if let Some(secret) = &self.config().voximplant.backend_secret {
            return Ok(secret.clone());
        }
        let place = self.config().data_dir.join(FILE);
        kept(&place).map_err(|error| {
            AppError::usage(
                "backend_secret",
                format!("{}: {}", place.display(), pipeline::io_words(self.lang(), &error)),
                self.lang().pick(
                    "задайте VOXIMPLANT_BACKEND_SECRET или исправьте права на папку данных",
                    "set VOXIMPLANT_BACKEND_SECRET, or mend the rights of the data folder",
                ),
            )
        })
    }
}

/// Two programs that start at once end with one secret: who makes the file wins, the other reads it.
fn kept(place: &Path) -> std::io::Result<SecretString> {
    if let Some(secret) = read(place)? {
        return Ok(secret);
    }
    if let Some(folder) = place.parent() {
        std::fs::create_dir_all(folder)?;
    }
    // 244 random bits
    let made = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
    let beside = place.with_extension(format!("{}.new", Uuid::new_v4().simple()));
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(&beside).and_then(|mut file| {
        file.write_all(made.as_bytes())?;
        file.sync_all()
    });
    // a link is whole at once, and fails where another was quicker
    let linked = written.and_then(|()| std::fs::hard_link(&beside, place));
    let _ = std::fs::remove_file(&beside);
    match linked {
        Ok(()) => Ok(made.into()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            read(place)?.ok_or_else(|| std::io::Error::new(ErrorKind::InvalidData, "the file is empty"))
        }
        Err(error) => Err(error),
    }
}

fn read(place: &Path) -> std::io::Result<Option<SecretString>> {
    let file = match std::fs::File::open(place) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut text = String::new();
    file.take(LONGEST).read_to_string(&mut text)?;
    match text.trim() {
        "" => Err(std::io::Error::new(ErrorKind::InvalidData, "the file is empty")),
        secret => Ok(Some(secret.to_owned().into())),
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    #[test]
    fn it_is_made_once_and_stays_the_same() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("data").join(FILE);
        let first = kept(&file).unwrap();
        assert_eq!(first.expose_secret().len(), 64);
        assert_eq!(kept(&file).unwrap().expose_secret(), first.expose_secret());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        }
        assert_eq!(
            std::fs::read_dir(file.parent().unwrap()).unwrap().count(),
            1,
            "nothing is left beside it"
        );
        std::fs::write(&file, " ").unwrap();
        assert!(kept(&file).is_err(), "an empty secret would let anybody in");
    }
}
