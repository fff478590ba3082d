//! Where recordings lie: a folder of this machine, or a bucket that all machines reach.

use std::path::PathBuf;

use secrecy::SecretString;

use super::keys::{Key, key};
use super::load::{ConfigError, Expected};
use super::provider_keys::secret;
use super::read::{ADDRESS, Reader, address};

/// Where recordings lie for good.
#[derive(Debug, Clone)]
pub enum RecordingsPlace {
    /// In this folder.
    Folder(PathBuf),
    /// In a bucket; the data folder holds only what is needed at the moment.
    Bucket(BucketSettings),
}

/// A bucket of a storage that speaks S3.
#[derive(Debug, Clone)]
pub struct BucketSettings {
    /// Its name.
    pub bucket: String,
    /// Before the names of recordings; may be empty.
    pub prefix: String,
    /// The storage's address; `None` = Amazon's of the region.
    pub endpoint: Option<String>,
    /// The region that requests are signed for.
    pub region: String,
    /// The key's name.
    pub access_key: SecretString,
    /// The key.
    pub secret_key: SecretString,
    /// About so much of it is kept on this machine, bytes.
    pub scratch_bytes: u64,
}

/// In the order that they are shown.
pub(super) const RECORDINGS_KEYS: &[Key] = &[
    key(
        "recordings.url",
        "RECORDINGS_URL",
        "",
        "s3://bucket/zvonar",
        "Где лежат записи: папка или s3://бакет/префикс для нескольких машин. По умолчанию папка recordings в \
         папке данных",
        "Where recordings lie: a folder, or s3://bucket/prefix for many machines. Default: the folder recordings in \
         the data folder",
    ),
    key(
        "recordings.endpoint",
        "AWS_ENDPOINT_URL",
        "",
        "https://storage.yandexcloud.net",
        "Адрес хранилища S3. По умолчанию Amazon",
        "Address of the S3 storage. Default: Amazon",
    ),
    key(
        "recordings.region",
        "AWS_REGION",
        "us-east-1",
        "ru-central1",
        "Регион хранилища S3",
        "Region of the S3 storage",
    ),
    secret(
        "recordings.access_key",
        "AWS_ACCESS_KEY_ID",
        "YCAJ…",
        "Идентификатор ключа хранилища S3",
        "Key id of the S3 storage",
    ),
    secret(
        "recordings.secret_key",
        "AWS_SECRET_ACCESS_KEY",
        "YCP…",
        "Ключ хранилища S3",
        "Key of the S3 storage",
    ),
    key(
        "recordings.scratch_gb",
        "ZVONAR_SCRATCH_GB",
        "4",
        "20",
        "Сколько записей из хранилища S3 держать на диске этой машины, ГБ",
        "How much of the S3 storage is kept on this machine's disk, GB",
    ),
];

/// `s3://bucket` or `s3://bucket/prefix/`: the two parts.
fn bucket(text: &str) -> Option<(String, String)> {
    let (bucket, prefix) =
        text.strip_prefix("s3://").map(|rest| rest.split_once('/').unwrap_or((rest, "")))?;
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '-');
    let named = (3..=63).contains(&bucket.len()) && bucket.chars().all(plain);
    let clean = !prefix.contains("..") && !prefix.chars().any(char::is_control);
    (named && clean).then(|| (bucket.to_owned(), prefix.trim_matches('/').to_owned()))
}

impl Reader<'_> {
    pub(super) fn recordings(&self) -> Result<Option<RecordingsPlace>, ConfigError> {
        let text = self.text("recordings.url");
        if text.is_empty() {
            return Ok(None);
        }
        if !text.contains("://") {
            return Ok(Some(RecordingsPlace::Folder(PathBuf::from(text))));
        }
        let place = Expected {
            ru: "папка или s3://бакет/префикс", en: "a folder or s3://bucket/prefix"
        };
        let (bucket, prefix) = self.value("recordings.url", place, bucket)?;
        let needed = Expected { ru: "ключ хранилища S3", en: "a key of the S3 storage" };
        let key =
            |name| self.value(name, needed, |text| (!text.is_empty()).then(|| SecretString::from(text)));
        let gigabytes = Expected { ru: "гигабайты от 1 до 10000", en: "gigabytes, 1 to 10000" };
        Ok(Some(RecordingsPlace::Bucket(BucketSettings {
            bucket,
            prefix,
            endpoint: self.optional("recordings.endpoint", ADDRESS, address)?,
            region: self.text("recordings.region"),
            access_key: key("recordings.access_key")?,
            secret_key: key("recordings.secret_key")?,
            scratch_bytes: self.value("recordings.scratch_gb", gigabytes, |text| {
                text.parse::<u64>().ok().filter(|gb| (1..=10_000).contains(gb)).map(|gb| gb * 1_000_000_000)
            })?,
        })))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_has_a_name_and_maybe_a_prefix() {
        let parts = |bucket: &str, prefix: &str| Some((bucket.to_owned(), prefix.to_owned()));
        assert_eq!(bucket("s3://calls"), parts("calls", ""));
        assert_eq!(bucket("s3://calls/"), parts("calls", ""));
        assert_eq!(bucket("s3://calls.example/zvonar/2026/"), parts("calls.example", "zvonar/2026"));
        for wrong in
            ["s3://", "s3://ab", "s3://Calls", "s3://calls/../other", "gs://calls", "s3:///calls", "calls"]
        {
            assert_eq!(bucket(wrong), None, "{wrong}");
        }
    }
}
