//! The unfinished file beside its destination: `NAME.part`, and `NAME.part.tag` with the
//! validator (`ETag` or `Last-Modified`) of the bytes that it holds.
//!
//! The `.part` stays locked while it is written, so that two processes never mix their bytes.

use std::{
    ffi::OsString,
    fs::{self, File, TryLockError},
    io::{self, Read as _, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
};

use sha2::{Digest as _, Sha256};
use tokio::io::AsyncWriteExt as _;

use crate::HttpError;

pub(crate) struct PartFile {
    path: PathBuf,
    tag_path: PathBuf,
    file: tokio::fs::File,
    len: u64,
    tag: Option<String>,
}

impl PartFile {
    /// Opens or creates the unfinished file of `dest` and locks it.
    pub(crate) fn open(dest: &Path) -> Result<Self, HttpError> {
        let (path, tag_path) = (beside(dest, ".part"), beside(dest, ".part.tag"));
        let disk = |source| HttpError::Disk { path: path.clone(), source };
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(disk)?;
        }
        let mut file =
            File::options().create(true).read(true).write(true).truncate(false).open(&path).map_err(disk)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(HttpError::Busy { path: dest.to_owned() }),
            Err(TryLockError::Error(source)) => return Err(disk(source)),
        }
        let len = file.seek(SeekFrom::End(0)).map_err(disk)?;
        let tag = read_tag(&tag_path);
        Ok(Self { file: tokio::fs::File::from_std(file), path, tag_path, len, tag })
    }

    /// Bytes held.
    pub(crate) fn len(&self) -> u64 {
        self.len
    }

    /// The validator of the bytes held.
    pub(crate) fn tag(&self) -> Option<&str> {
        self.tag.as_deref()
    }

    /// Throws the bytes away and remembers whose the next ones are.
    pub(crate) async fn restart(&mut self, tag: Option<&str>) -> Result<(), HttpError> {
        self.truncate().await.map_err(|source| self.disk(source))?;
        self.tag = tag.map(ToOwned::to_owned);
        let written = match tag {
            Some(tag) => File::create(&self.tag_path).and_then(|mut file| file.write_all(tag.as_bytes())),
            None => remove_if_there(&self.tag_path),
        };
        written.map_err(|source| self.disk(source))
    }

    async fn truncate(&mut self) -> io::Result<()> {
        use tokio::io::AsyncSeekExt as _;
        self.file.flush().await?;
        self.file.set_len(0).await?;
        self.file.seek(SeekFrom::Start(0)).await?;
        self.len = 0;
        Ok(())
    }

    /// Adds bytes at the end.
    pub(crate) async fn append(&mut self, bytes: &[u8]) -> Result<(), HttpError> {
        self.file.write_all(bytes).await.map_err(|source| self.disk(source))?;
        self.len += u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        Ok(())
    }

    /// Puts everything on the disk, so that what is counted is there after a crash.
    pub(crate) async fn sync(&mut self) -> Result<(), HttpError> {
        let done = async {
            self.file.flush().await?;
            self.file.sync_all().await
        };
        done.await.map_err(|source| HttpError::Disk { path: self.path.clone(), source })
    }

    /// SHA-256 of the bytes held, lower-case hex.
    pub(crate) async fn sha256(&self) -> Result<String, HttpError> {
        let path = self.path.clone();
        let digest = tokio::task::spawn_blocking(move || digest_of(&path)).await;
        digest.map_err(io::Error::other).flatten().map_err(|source| self.disk(source))
    }

    /// Gives the file its final name.
    pub(crate) fn finish(self, dest: &Path) -> Result<(), HttpError> {
        fs::rename(&self.path, dest)
            .and_then(|()| remove_if_there(&self.tag_path))
            .map_err(|source| HttpError::Disk { path: dest.to_owned(), source })
    }

    /// Removes every trace.
    pub(crate) fn discard(self) -> Result<(), HttpError> {
        remove_if_there(&self.path)
            .and_then(|()| remove_if_there(&self.tag_path))
            .map_err(|source| self.disk(source))
    }

    fn disk(&self, source: io::Error) -> HttpError {
        HttpError::Disk { path: self.path.clone(), source }
    }
}

fn beside(dest: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(dest);
    name.push(suffix);
    PathBuf::from(name)
}

/// A tag longer than any server sends, or with odd bytes in it, is no tag.
fn read_tag(path: &Path) -> Option<String> {
    let mut text = String::new();
    File::open(path).ok()?.take(1024).read_to_string(&mut text).ok()?;
    (!text.is_empty() && text.chars().all(|c| !c.is_control())).then_some(text)
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn digest_of(path: &Path) -> io::Result<String> {
    let (mut file, mut hasher) = (File::open(path)?, Sha256::new());
    let mut buffer = vec![0; 1 << 20];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok(hex::encode(hasher.finalize()));
        }
        hasher.update(buffer.get(..read).unwrap_or_default());
    }
}
