//! The folder of models: list, pull, import, verify.

use std::{
    fs,
    io::BufWriter,
    path::{Path, PathBuf},
};

use domain::Sha256;
use http_client::{Download, DownloadProgress, HttpClient};
use tokio::task::spawn_blocking;

use super::{
    ModelError,
    catalogue::{CATALOGUE, CatalogueEntry, HOME, entry, known_file, known_weights},
    ct2::Ct2Model,
    digest,
    ggml::inspect,
    import::{Quantisation, convert},
    sidecar::Sidecar,
    source::{Joined, Weights, find},
};

/// What is known about a model on this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ModelState {
    /// In the catalogue, not on this machine.
    Absent,
    /// Installed; its bytes are known to us.
    Verified,
    /// Installed; nobody vouches for its bytes. Changes after the installation are found all the same.
    Unverified,
    /// Installed, and not of the size on record.
    Damaged,
}

/// A model of the catalogue, or one installed here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelInfo {
    /// What people call it.
    pub name: String,
    /// See the states.
    pub state: ModelState,
    /// Size: of the installed file, else of the download.
    pub bytes: u64,
    /// Of the installed file, else of the download; `None`: installed by hand and never verified.
    pub sha256: Option<Sha256>,
    /// Where it is, if installed.
    pub path: Option<PathBuf>,
    /// The entry of the catalogue with this name.
    pub entry: Option<&'static CatalogueEntry>,
}

/// The folder of models: `NAME.bin`, and `NAME.toml` with what is known about it.
#[derive(Debug, Clone)]
pub struct ModelStore {
    dir: PathBuf,
    home: String,
}

impl ModelStore {
    /// The models in this folder; it is made when something comes in.
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self { dir: dir.into(), home: HOME.to_owned() }
    }

    /// Downloads from another place: the file's name is appended to `home`.
    #[must_use]
    pub fn with_home(mut self, home: &str) -> Self {
        home.clone_into(&mut self.home);
        if !self.home.ends_with('/') {
            self.home.push('/');
        }
        self
    }

    /// The catalogue in its order, then everything else that is installed, by name. Looks at
    /// sizes only; [`Self::verify`] reads the bytes.
    ///
    /// # Errors
    /// [`ModelError::Disk`] when the folder cannot be read; a missing one is empty.
    pub fn list(&self) -> Result<Vec<ModelInfo>, ModelError> {
        let mut models: Vec<_> = CATALOGUE.iter().map(|entry| self.info(entry.name)).collect();
        let mut own: Vec<_> = self.installed()?.into_iter().filter(|name| entry(name).is_none()).collect();
        own.sort_unstable();
        models.extend(own.iter().map(|name| self.info(name)));
        Ok(models)
    }

    /// The installed file of this model.
    ///
    /// # Errors
    /// [`ModelError::Missing`] with the command that brings it.
    pub fn path(&self, name: &str) -> Result<PathBuf, ModelError> {
        check_name(name)?;
        let path = self.model_path(name);
        if path.is_file() {
            return Ok(path);
        }
        let hint = match entry(name) {
            Some(_) => format!("`zvonar model pull {name}` brings it"),
            None => {
                "`zvonar model import PATH` takes a file of yours, `zvonar model list` shows names".into()
            }
        };
        Err(ModelError::Missing { name: name.to_owned(), hint })
    }

    /// Downloads a model of the catalogue, resuming what an interrupted download left. One that
    /// is there and known stays.
    ///
    /// # Errors
    /// [`ModelError::Unknown`] for other names, [`ModelError::Download`].
    pub async fn pull(
        &self,
        name: &str,
        http: &HttpClient,
        progress: &dyn DownloadProgress,
    ) -> Result<ModelInfo, ModelError> {
        let entry = entry(name).ok_or_else(|| ModelError::Unknown {
            name: name.to_owned(),
            known: CATALOGUE.map(|entry| entry.name).join(", "),
        })?;
        let present = self.info(name);
        if present.state == ModelState::Verified {
            return Ok(present);
        }
        let mut download = Download::new(
            &format!("{}{}", self.home, entry.file),
            self.dir.join(format!("{name}.download")),
        )?;
        download.bytes = Some(entry.bytes);
        download.sha256 = Some(entry.sha256.to_owned());
        http.download(&download, progress).await?;
        let record = Sidecar {
            sha256: entry.sha256.to_owned(),
            bytes: entry.bytes,
            verified: true,
            origin: "download".into(),
            source_sha256: None,
        };
        self.install(name, &download.dest, &record)?;
        Ok(self.info(name))
    }

    /// Takes a model from a file or folder: a ggml file as it is, `CTranslate2` weights converted
    /// (to `q8_0`, or to f16 under a name that ends in `-f16`). Without a name, known weights get
    /// theirs, others the file's.
    ///
    /// # Errors
    /// [`ModelError::Invalid`] when there is no usable model.
    pub async fn import(&self, path: &Path, name: Option<&str>) -> Result<ModelInfo, ModelError> {
        let (store, path, name) = (self.clone(), path.to_owned(), name.map(ToOwned::to_owned));
        blocking(move || store.import_now(&path, name.as_deref())).await
    }

    /// Reads the whole file and compares it with the record.
    ///
    /// # Errors
    /// [`ModelError::Damaged`] when it differs, [`ModelError::Missing`].
    pub async fn verify(&self, name: &str) -> Result<ModelInfo, ModelError> {
        let (store, name) = (self.clone(), name.to_owned());
        blocking(move || store.verify_now(&name)).await
    }

    fn import_now(&self, path: &Path, name: Option<&str>) -> Result<ModelInfo, ModelError> {
        if let Some(name) = name {
            check_name(name)?;
        }
        fs::create_dir_all(&self.dir).map_err(|source| ModelError::disk(&self.dir, source))?;
        // dropped on any error: no half model is left
        let fresh = tempfile::Builder::new()
            .prefix(".import-")
            .tempfile_in(&self.dir)
            .map_err(|source| ModelError::disk(&self.dir, source))?;
        let (name, record) = match find(path)? {
            Weights::Ggml(file) => copy_ggml(&file, name, fresh.path())?,
            Weights::CTranslate2 { parts, vocabulary } => {
                convert_parts(&parts, &vocabulary, name, fresh.path())?
            }
        };
        inspect(fresh.path())?;
        let fresh = fresh.into_temp_path();
        self.install(&name, &fresh, &record)?;
        // it has its new name: nothing is left to remove
        let _ = fresh.keep();
        Ok(self.info(&name))
    }

    fn verify_now(&self, name: &str) -> Result<ModelInfo, ModelError> {
        let path = self.path(name)?;
        inspect(&path)?;
        let (bytes, sha256) = digest::of_file(&path).map_err(|source| ModelError::disk(&path, source))?;
        let sidecar = self.sidecar_path(name);
        match Sidecar::read(&sidecar) {
            Some(record) if record.sha256 != sha256 => {
                return Err(ModelError::Damaged {
                    name: name.to_owned(),
                    expected: record.sha256,
                    actual: sha256,
                });
            }
            Some(_) => {}
            // put there by hand: from now on it has a record
            None => {
                let verified = known_file(&sha256).is_some();
                let origin = "ggml".to_owned();
                Sidecar { sha256, bytes, verified, origin, source_sha256: None }.write(&sidecar)?;
            }
        }
        Ok(self.info(name))
    }

    /// Gives the file its name. The old record goes first: between the two steps the model
    /// has none, never a wrong one.
    fn install(&self, name: &str, fresh: &Path, record: &Sidecar) -> Result<(), ModelError> {
        let (model, sidecar) = (self.model_path(name), self.sidecar_path(name));
        match fs::remove_file(&sidecar) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(ModelError::disk(&sidecar, error));
            }
            _ => {}
        }
        let synced = fs::File::open(fresh).and_then(|file| file.sync_all());
        synced.and_then(|()| fs::rename(fresh, &model)).map_err(|source| ModelError::disk(&model, source))?;
        record.write(&sidecar)
    }

    fn info(&self, name: &str) -> ModelInfo {
        let (path, entry) = (self.model_path(name), entry(name));
        let Some(bytes) = fs::metadata(&path).ok().filter(fs::Metadata::is_file).map(|file| file.len())
        else {
            return ModelInfo {
                name: name.to_owned(),
                state: ModelState::Absent,
                bytes: entry.map_or(0, |entry| entry.bytes),
                sha256: entry.map(|entry| entry.sha256.into()),
                path: None,
                entry,
            };
        };
        let record = Sidecar::read(&self.sidecar_path(name));
        let state = match &record {
            Some(record) if record.bytes != bytes => ModelState::Damaged,
            Some(record) if record.verified => ModelState::Verified,
            _ => ModelState::Unverified,
        };
        let sha256 = record.map(|record| Sha256::new(record.sha256));
        ModelInfo { name: name.to_owned(), state, bytes, sha256, path: Some(path), entry }
    }

    fn installed(&self) -> Result<Vec<String>, ModelError> {
        let disk = |source| ModelError::disk(&self.dir, source);
        let entries = match fs::read_dir(&self.dir) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(disk)?,
        };
        let mut names = Vec::new();
        for entry in entries {
            let name = entry.map_err(disk)?.file_name();
            let name = name.to_str().and_then(|name| name.strip_suffix(".bin"));
            names.extend(name.filter(|name| check_name(name).is_ok()).map(ToOwned::to_owned));
        }
        Ok(names)
    }

    fn model_path(&self, name: &str) -> PathBuf {
        self.dir.join(format!("{name}.bin"))
    }

    fn sidecar_path(&self, name: &str) -> PathBuf {
        self.dir.join(format!("{name}.toml"))
    }
}

/// Tells weights of one name apart: the digest on record, else the size.
#[cfg(feature = "whisper")]
pub(crate) fn weights_id(model: &Path) -> String {
    let size = || fs::metadata(model).map_or(0, |metadata| metadata.len());
    Sidecar::read(&model.with_extension("toml"))
        .map_or_else(|| format!("{} bytes", size()), |record| record.sha256)
}

fn copy_ggml(file: &Path, name: Option<&str>, fresh: &Path) -> Result<(String, Sidecar), ModelError> {
    inspect(file)?;
    fs::copy(file, fresh).map_err(|source| ModelError::disk(file, source))?;
    let (bytes, sha256) = digest::of_file(fresh).map_err(|source| ModelError::disk(fresh, source))?;
    let known = known_file(&sha256);
    let name = name.or(known).map_or_else(|| name_from(file), |name| Ok(name.to_owned()))?;
    let verified = known.is_some();
    Ok((name, Sidecar { sha256, bytes, verified, origin: "ggml".into(), source_sha256: None }))
}

fn convert_parts(
    parts: &[PathBuf],
    vocabulary: &Path,
    name: Option<&str>,
    fresh: &Path,
) -> Result<(String, Sidecar), ModelError> {
    let path = parts.first().map_or(Path::new("model.bin"), PathBuf::as_path);
    let disk = |source| ModelError::disk(path, source);
    let (_, source_sha256) = digest::of_reader(&mut Joined::open(parts)?).map_err(disk)?;
    let known = known_weights(&source_sha256);
    let name = name
        .or(known)
        .map_or_else(|| name_from(path.parent().unwrap_or(path)), |name| Ok(name.to_owned()))?;
    let quantisation = if name.ends_with("-f16") { Quantisation::F16 } else { Quantisation::Q8 };
    let out = fs::File::create(fresh).map_err(|source| ModelError::disk(fresh, source))?;
    let mut model = Ct2Model::open(path, Joined::open(parts)?)?;
    let (bytes, sha256) = convert(&mut model, vocabulary, quantisation, fresh, BufWriter::new(out))?;
    let origin = "ctranslate2".to_owned();
    let verified = known.is_some();
    Ok((name, Sidecar { sha256, bytes, verified, origin, source_sha256: Some(source_sha256) }))
}

/// `…/ggml-tiny.bin` → `tiny`, `…/Faster Whisper/` → `faster-whisper`.
fn name_from(path: &Path) -> Result<String, ModelError> {
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().to_lowercase()).unwrap_or_default();
    let name: String = stem
        .strip_prefix("ggml-")
        .unwrap_or(&stem)
        .chars()
        .map(|c| if is_name_char(c) { c } else { '-' })
        .collect();
    check_name(&name).map(|()| name)
}

fn is_name_char(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '_' | '-')
}

/// A name is a part of a path: it must not lead out of the folder.
fn check_name(name: &str) -> Result<(), ModelError> {
    let begins_well = name.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit());
    if begins_well && name.len() <= 64 && name.chars().all(is_name_char) {
        return Ok(());
    }
    Err(ModelError::BadName { name: name.to_owned() })
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ModelError> + Send + 'static,
) -> Result<T, ModelError> {
    match spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => Err(ModelError::disk(Path::new("models"), std::io::Error::other(error))),
    }
}
