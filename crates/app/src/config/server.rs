//! The settings of the web service as types.

use std::net::SocketAddr;

use http_client::AllowedPlace;
use secrecy::SecretString;

/// The web service.
#[derive(Debug, Clone)]
pub struct ServerSettings {
    /// Where it listens.
    pub bind: SocketAddr,
    /// A bearer token with all rights that stands in no table.
    pub admin_token: Option<SecretString>,
    /// Part of the address `/webhook/{key}/…`, for senders that can send no header.
    pub webhook_key: Option<SecretString>,
    /// Largest recording that is taken in or fetched by address, bytes.
    pub max_upload_bytes: u64,
    /// Results are sent there, signed.
    pub result_webhooks: Vec<String>,
    /// Signs them.
    pub result_webhook_secret: Option<SecretString>,
    /// Each call's result is written back there.
    pub crm_url: Option<String>,
    /// Sent along as `Authorization: Bearer`.
    pub crm_secret: Option<SecretString>,
}

/// Which private addresses recordings may be fetched from by address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PrivateUrls {
    /// None: the public internet alone.
    No,
    /// All: tests, closed networks.
    All,
    /// These.
    These(Vec<AllowedPlace>),
}
