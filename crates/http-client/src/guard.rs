//! Where a client may go: addresses that strangers name must not lead into the house's own network.
//!
//! A name is looked up once for a connection, and what was checked is what is connected to: there is no
//! second lookup that could answer otherwise. Every redirect is checked as if it were asked first.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use async_trait::async_trait;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect;
use url::Url;

use crate::address::{AddressRule, AllowedPlace, literal, not_public};

/// Redirects followed in one request; the model hub needs two.
const MOST_REDIRECTS: usize = 5;

/// An address is not asked. Names the host alone: paths and queries of signed addresses are secrets.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{host}: {rule}")]
pub struct AddressRefused {
    /// The host as it was named.
    pub host: String,
    /// Which rule refuses it.
    pub rule: AddressRule,
}

impl AddressRefused {
    fn new(url: &Url, rule: AddressRule) -> Self {
        Self { host: url.host_str().unwrap_or_default().to_owned(), rule }
    }
}

/// Names into addresses; the system's unless a test or an installation brings its own.
#[async_trait]
pub trait NameLookup: Send + Sync + std::fmt::Debug {
    /// All addresses of the name.
    async fn lookup(&self, name: &str) -> std::io::Result<Vec<IpAddr>>;
}

/// The system's resolver.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemLookup;

#[async_trait]
impl NameLookup for SystemLookup {
    async fn lookup(&self, name: &str) -> std::io::Result<Vec<IpAddr>> {
        Ok(tokio::net::lookup_host((name, 0)).await?.map(|found| found.ip()).collect())
    }
}

/// Lets a client ask the public internet alone, and the private places that are allowed.
///
/// ```
/// use http_client::{AddressGuard, AddressRule};
///
/// let guard = AddressGuard::public_only().allowing(["10.7.0.0/16".parse()?]);
/// assert!(guard.check(&"https://storage.example.com/1.mp3".parse()?).is_ok());
/// assert!(guard.check(&"http://10.7.0.1/1.mp3".parse()?).is_ok());
/// let refused = guard.check(&"http://169.254.169.254/latest/meta-data".parse()?).unwrap_err();
/// assert_eq!(refused.rule, AddressRule::LinkLocal);
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct AddressGuard {
    everything: bool,
    allowed: Vec<AllowedPlace>,
    names: Arc<dyn NameLookup>,
}

impl AddressGuard {
    /// The public internet.
    pub fn public_only() -> Self {
        Self { everything: false, allowed: Vec::new(), names: Arc::new(SystemLookup) }
    }

    /// Every address, for tests and closed networks. Schemes, credentials and redirects are still held.
    pub fn everywhere() -> Self {
        Self { everything: true, ..Self::public_only() }
    }

    /// These private places too.
    #[must_use]
    pub fn allowing(mut self, places: impl IntoIterator<Item = AllowedPlace>) -> Self {
        self.allowed.extend(places);
        self
    }

    /// Looks names up elsewhere.
    #[must_use]
    pub fn with_lookup(mut self, names: Arc<dyn NameLookup>) -> Self {
        self.names = names;
        self
    }

    /// Whether an address may be asked, as far as it shows by itself; where its name leads is checked
    /// when it is connected.
    ///
    /// # Errors
    /// The rule that refuses it.
    pub fn check(&self, url: &Url) -> Result<(), AddressRefused> {
        let refused = |rule| Err(AddressRefused::new(url, rule));
        if !matches!(url.scheme(), "http" | "https") {
            return refused(AddressRule::Scheme);
        }
        if url.host_str().is_none_or(str::is_empty) {
            return refused(AddressRule::NoHost);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return refused(AddressRule::Credentials);
        }
        match literal(url).and_then(|address| self.rule(address)) {
            Some(rule) => refused(rule),
            None => Ok(()),
        }
    }

    fn rule(&self, address: IpAddr) -> Option<AddressRule> {
        let free = self.everything || self.allowed.iter().any(|place| place.holds_address(address));
        if free { None } else { not_public(address) }
    }

    /// The addresses of a name that may be connected to.
    async fn admitted(&self, name: &str) -> Result<Vec<IpAddr>, BoxError> {
        let found = self.names.lookup(name).await?;
        if self.allowed.iter().any(|place| place.holds_name(name)) {
            return Ok(found);
        }
        let first = found.first().copied();
        let admitted: Vec<IpAddr> =
            found.into_iter().filter(|address| self.rule(*address).is_none()).collect();
        match first.and_then(|address| self.rule(address)) {
            Some(rule) if admitted.is_empty() => Err(AddressRefused { host: name.to_owned(), rule }.into()),
            _ => Ok(admitted),
        }
    }
}

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The guard as `reqwest` asks it: called for each connection to a name.
pub(crate) struct GuardedNames(pub(crate) AddressGuard);

impl Resolve for GuardedNames {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = self.0.clone();
        Box::pin(async move {
            let admitted = guard.admitted(name.as_str()).await?;
            // port 0 = the port of the address asked
            let addresses = admitted.into_iter().map(|address| SocketAddr::new(address, 0));
            Ok(Box::new(addresses) as Addrs)
        })
    }
}

/// Which redirects are followed. Always: five at most, and none from https to http.
#[derive(Clone, Default)]
pub enum Redirects {
    /// Wherever they lead (where a guard lets them).
    #[default]
    Follow,
    /// To addresses that this takes; others are refused unasked.
    Where(Arc<dyn Fn(&Url) -> bool + Send + Sync>),
    /// Nowhere: the answer is the redirect itself.
    Never,
}

impl Redirects {
    /// To addresses that `trusted` takes.
    pub fn to(trusted: impl Fn(&Url) -> bool + Send + Sync + 'static) -> Self {
        Self::Where(Arc::new(trusted))
    }

    /// The rule that refuses the next hop.
    fn refuses(&self, from: Option<&Url>, hops: usize, to: &Url) -> Option<AddressRule> {
        if hops > MOST_REDIRECTS {
            return Some(AddressRule::TooManyRedirects);
        }
        if from.is_some_and(|url| url.scheme() == "https") && to.scheme() != "https" {
            return Some(AddressRule::Downgrade);
        }
        match self {
            Self::Where(trusted) if !trusted(to) => Some(AddressRule::ForeignHost),
            _ => None,
        }
    }

    /// As `reqwest` wants it.
    pub(crate) fn policy(&self, guard: Option<&AddressGuard>) -> redirect::Policy {
        if matches!(self, Self::Never) {
            return redirect::Policy::none();
        }
        let (redirects, guard) = (self.clone(), guard.cloned());
        redirect::Policy::custom(move |attempt| {
            let (from, hops) = (attempt.previous().last(), attempt.previous().len());
            let refused = match redirects.refuses(from, hops, attempt.url()) {
                Some(rule) => Some(AddressRefused::new(attempt.url(), rule)),
                None => guard.as_ref().and_then(|guard| guard.check(attempt.url()).err()),
            };
            match refused {
                Some(refused) => attempt.error(refused),
                None => attempt.follow(),
            }
        })
    }
}

impl std::fmt::Debug for Redirects {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Follow => "Follow",
            Self::Where(_) => "Where(…)",
            Self::Never => "Never",
        })
    }
}
