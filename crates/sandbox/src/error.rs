//! Why a sandbox did not start or does not take an order.

/// What stands in the way.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SandboxError {
    /// The address is taken or not ours.
    #[error("cannot listen on {address}: {source}; choose another port, 0 takes any free one")]
    Bind {
        /// Where it was to listen.
        address: std::net::SocketAddr,
        /// What the system says.
        source: std::io::Error,
    },
    /// The file of the service account cannot be written.
    #[error("cannot write the sandbox's Google key file: {0}")]
    KeyFile(#[source] std::io::Error),
    /// No key could be made.
    #[error("cannot make the sandbox's signing key")]
    Key,
    /// An option has no sense.
    #[error("wrong option: {0}")]
    Option(String),
    /// The sound that is built in cannot be read: the build is broken.
    #[error("the built-in speech cannot be read: {0}")]
    Speech(String),
}
