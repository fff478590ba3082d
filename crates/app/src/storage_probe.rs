//! The probe of the bucket that recordings lie in: a small object is put, read back and deleted, for each of the
//! three is a right of its own.

use std::time::Instant;

use domain::Lang;
use futures::TryStreamExt as _;
use pipeline::{RecordingShelf, ShelfError};

use crate::doctor::{Finding, FindingState, finding};
use crate::{App, BucketSettings, RecordingsPlace};

/// What is put there.
const WORD: &[u8] = b"zvonar doctor";

/// Which step did not work.
enum Broken {
    Put(ShelfError),
    Read(ShelfError),
    Delete(ShelfError),
    /// It came back as something else.
    Other,
}

impl App {
    /// `None` where recordings lie in a folder.
    pub(crate) async fn probe_storage(&self) -> Option<Finding> {
        let Some(RecordingsPlace::Bucket(settings)) = &self.config().recordings else { return None };
        let recordings = self.recordings();
        let shelf = recordings.shelf()?;
        let (lang, begun) = (self.lang(), Instant::now());
        let part = lang.pick("Записи", "Recordings");
        let name = format!("probe/{}", uuid::Uuid::new_v4().simple());
        Some(match there_and_back(shelf.as_ref(), &name).await {
            Ok(()) => {
                let (ms, place) = (begun.elapsed().as_millis(), place(settings));
                let said = match lang {
                    Lang::Ru => format!("{place}: записано, прочитано, удалено за {ms} мс"),
                    Lang::En => format!("{place}: written, read, deleted in {ms} ms"),
                };
                finding(part, FindingState::Good, said, None)
            }
            Err(broken) => {
                let (said, remedy) = told(lang, settings, &broken);
                finding(part, FindingState::Error, said, Some(remedy))
            }
        })
    }
}

fn place(settings: &BucketSettings) -> String {
    format!("s3://{}/{}", settings.bucket, settings.prefix)
}

async fn there_and_back(shelf: &dyn RecordingShelf, name: &str) -> Result<(), Broken> {
    let file = tempfile::NamedTempFile::new().map_err(|error| Broken::Put(error.into()))?;
    std::fs::write(file.path(), WORD).map_err(|error| Broken::Put(error.into()))?;
    shelf.put(name, file.path()).await.map_err(Broken::Put)?;
    let bytes = match shelf.read(name, Some(1..WORD.len() as u64)).await {
        Ok(Some(bytes)) => bytes.try_collect::<Vec<_>>().await.map(|pieces| pieces.concat()),
        Ok(None) => Ok(Vec::new()),
        Err(error) => Err(error),
    };
    // deleted whatever came back
    let deleted = shelf.delete(name).await;
    if bytes.map_err(Broken::Read)?.as_slice() != WORD.get(1..).unwrap_or_default() {
        return Err(Broken::Other);
    }
    deleted.map(drop).map_err(Broken::Delete)
}

/// What is wrong, and exactly what to change.
fn told(lang: Lang, settings: &BucketSettings, broken: &Broken) -> (String, String) {
    let (place, bucket) = (place(settings), &settings.bucket);
    let (step, error) = match broken {
        Broken::Put(error) => (lang.pick("не записать", "cannot be written"), error),
        Broken::Read(error) => (lang.pick("не прочитать", "cannot be read"), error),
        Broken::Delete(error) => (lang.pick("не удалить", "cannot be deleted"), error),
        Broken::Other => {
            let said = lang.pick("прочитано не то, что записано", "what was read is not what was written");
            let remedy = lang.pick(
                "хранилище не умеет читать части объектов: нужно совместимое с S3",
                "the storage does not give parts of objects: one that is compatible with S3 is needed",
            );
            return (format!("{place}: {said}"), remedy.to_owned());
        }
    };
    let why = pipeline::shelf_error(lang, error).message;
    let remedy = match (error, lang) {
        (ShelfError::NoBucket, Lang::Ru) => {
            format!("создайте бакет {bucket} или исправьте RECORDINGS_URL")
        }
        (ShelfError::NoBucket, Lang::En) => format!("make the bucket {bucket}, or mend RECORDINGS_URL"),
        (ShelfError::Refused(_), Lang::Ru) => format!(
            "проверьте AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION и права ключа на бакет {bucket}: \
             s3:PutObject, s3:GetObject, s3:DeleteObject, s3:ListBucket"
        ),
        (ShelfError::Refused(_), Lang::En) => format!(
            "check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION and the key's rights to the bucket {bucket}: \
             s3:PutObject, s3:GetObject, s3:DeleteObject, s3:ListBucket"
        ),
        (ShelfError::Disk(_), _) => {
            lang.pick("проверьте временную папку системы", "check the system's temporary folder").to_owned()
        }
        (_, Lang::Ru) => "проверьте AWS_ENDPOINT_URL и сеть до хранилища".to_owned(),
        (_, Lang::En) => "check AWS_ENDPOINT_URL and the network to the storage".to_owned(),
    };
    (format!("{place}: {step}: {why}"), remedy)
}
