//! Recordings in a bucket of any storage that speaks S3.
//!
//! Nothing is trusted on the way: what goes up is signed with its digest, which the storage checks; what
//! comes down is hashed by the pipeline. A recording over one part goes up in parts, of which two are in
//! memory at once; parts of an upload that was killed are for the bucket's own rule to clear away.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use futures::StreamExt as _;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::path::Path as Name;
use object_store::{
    BackoffConfig, Error, GetOptions, GetRange, ObjectStore as _, ObjectStoreExt as _, RetryConfig,
    WriteMultipart,
};
use pipeline::{RecordingShelf, ShelfBytes, ShelfError};
use secrecy::ExposeSecret as _;
use tokio::io::AsyncReadExt as _;

use super::bucket_wire::HouseWire;
use crate::config::BucketSettings;

/// S3 wants at least 5 MiB of all parts but the last, and takes 10 000 parts.
const PART: usize = 8 << 20;
/// Parts on their way at once.
const PARTS_AT_ONCE: usize = 2;
/// Further trouble is the queue's: it waits without holding a place.
const PATIENCE: RetryConfig = RetryConfig {
    backoff: BackoffConfig {
        init_backoff: Duration::from_millis(100),
        max_backoff: Duration::from_secs(3),
        base: 2.0,
    },
    max_retries: 4,
    retry_timeout: Duration::from_secs(30),
};

/// The bucket.
#[derive(Debug)]
pub(crate) struct BucketShelf {
    storage: Arc<AmazonS3>,
    prefix: Name,
}

impl BucketShelf {
    /// # Errors
    /// Settings that cannot be; nothing is asked yet.
    pub(crate) fn new(settings: &BucketSettings, http: http_client::HttpClient) -> Result<Self, ShelfError> {
        let mut builder = AmazonS3Builder::new()
            .with_http_connector(HouseWire(http))
            .with_retry(PATIENCE)
            .with_bucket_name(&settings.bucket)
            .with_region(&settings.region)
            .with_access_key_id(settings.access_key.expose_secret())
            .with_secret_access_key(settings.secret_key.expose_secret());
        if let Some(endpoint) = &settings.endpoint {
            // what is not Amazon's own serves every bucket under one name
            builder = builder
                .with_endpoint(endpoint)
                .with_virtual_hosted_style_request(false)
                .with_allow_http(endpoint.starts_with("http://"));
        }
        let storage = builder.build().map_err(|error| told("the bucket", &error))?;
        Ok(Self { storage: Arc::new(storage), prefix: Name::from(settings.prefix.as_str()) })
    }

    fn place(&self, name: &str) -> Name {
        name.split('/').fold(self.prefix.clone(), Name::join)
    }

    async fn put_in_parts(&self, name: &str, mut file: tokio::fs::File) -> Result<(), ShelfError> {
        let begun =
            self.storage.put_multipart(&self.place(name)).await.map_err(|error| told(name, &error))?;
        let mut upload = WriteMultipart::new_with_chunk_size(begun, PART);
        loop {
            let read = part(&mut file).await;
            let sent = match read {
                Ok(part) if part.is_empty() => break,
                Ok(part) => upload.wait_for_capacity(PARTS_AT_ONCE).await.map(|()| upload.put(part)),
                Err(error) => {
                    upload.abort().await.ok();
                    return Err(error.into());
                }
            };
            if let Err(error) = sent {
                upload.abort().await.ok();
                return Err(told(name, &error));
            }
        }
        // on failure the parts are given up by this call itself
        upload.finish().await.map(drop).map_err(|error| told(name, &error))
    }
}

/// As much of the file as a part holds.
async fn part(file: &mut tokio::fs::File) -> std::io::Result<Bytes> {
    let mut part = BytesMut::with_capacity(PART);
    while part.len() < PART && file.read_buf(&mut part).await? > 0 {}
    Ok(part.freeze())
}

#[async_trait]
impl RecordingShelf for BucketShelf {
    async fn put(&self, name: &str, file: &Path) -> Result<(), ShelfError> {
        let mut file = tokio::fs::File::open(file).await?;
        if file.metadata().await?.len() > PART as u64 {
            return self.put_in_parts(name, file).await;
        }
        let whole = part(&mut file).await?;
        let put = self.storage.put(&self.place(name), whole.into()).await;
        put.map(drop).map_err(|error| told(name, &error))
    }

    async fn size(&self, name: &str) -> Result<Option<u64>, ShelfError> {
        match self.storage.head(&self.place(name)).await {
            Ok(about) => Ok(Some(about.size)),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(told(name, &error)),
        }
    }

    async fn read(&self, name: &str, range: Option<Range<u64>>) -> Result<Option<ShelfBytes>, ShelfError> {
        let options = GetOptions { range: range.map(GetRange::Bounded), ..GetOptions::default() };
        match self.storage.get_opts(&self.place(name), options).await {
            Ok(found) => {
                let name = name.to_owned();
                let pieces = found.into_stream().map(move |piece| piece.map_err(|error| told(&name, &error)));
                Ok(Some(pieces.boxed()))
            }
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(told(name, &error)),
        }
    }

    async fn delete(&self, name: &str) -> Result<bool, ShelfError> {
        // S3 says the same whether there was anything
        if self.size(name).await?.is_none() {
            return Ok(false);
        }
        self.storage.delete(&self.place(name)).await.map_err(|error| told(name, &error))?;
        Ok(true)
    }
}

/// By what the caller can do. The texts of the crate name the object and the storage's own answer; neither
/// holds a key.
fn told(name: &str, error: &Error) -> ShelfError {
    match error {
        Error::PermissionDenied { .. } | Error::Unauthenticated { .. } => {
            ShelfError::Refused("the key, or its rights to the bucket".to_owned())
        }
        Error::NotFound { .. } => ShelfError::NoBucket,
        Error::NotSupported { .. }
        | Error::NotImplemented { .. }
        | Error::InvalidPath { .. }
        | Error::UnknownConfigurationKey { .. } => ShelfError::Refused(short(name, error)),
        other => ShelfError::Unavailable(short(name, other)),
    }
}

/// The root of an error: what wraps it repeats addresses.
fn short(name: &str, error: &Error) -> String {
    let mut root: &dyn std::error::Error = error;
    while let Some(source) = root.source() {
        root = source;
    }
    let said: String = root.to_string().chars().take(200).collect();
    format!("{name}: {said}")
}
