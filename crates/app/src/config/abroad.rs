//! What may leave the country, and which services stand at home.
//!
//! A narrowed setting holds however a key came to be set: a service abroad that may not have the data counts as
//! not configured, and whoever names it all the same is told why.

use std::net::IpAddr;

use super::providers::Masking;
use super::typed::Config;

/// What may be sent to services abroad.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DataAbroad {
    /// Everything that a configured service needs: the key is the permission.
    #[default]
    Allow,
    /// Text without numbers and names.
    MaskedText,
    /// Nothing.
    Deny,
}

/// Endings of names that stand at home: Russian zones, and those of closed networks.
const HOME: [&str; 8] = ["ru", "su", "xn--p1ai", "рф", "local", "internal", "lan", "localhost"];

impl Config {
    /// Whether sound, numbers and text as it is may be sent to the service at this address.
    pub fn may_have_all(&self, address: &str) -> bool {
        self.data_abroad == DataAbroad::Allow || self.is_at_home(address)
    }

    /// Whether masked text may be sent there.
    pub fn may_have_masked(&self, address: &str) -> bool {
        self.data_abroad != DataAbroad::Deny || self.is_at_home(address)
    }

    /// Judged by the address alone: its zone, a private network, or the list of the settings.
    pub fn is_at_home(&self, address: &str) -> bool {
        let parsed = url::Url::parse(address).ok();
        let Some(host) = parsed.as_ref().and_then(url::Url::host_str) else { return false };
        let host = host.trim_matches(['[', ']']).trim_end_matches('.').to_lowercase();
        if self.home_hosts.iter().any(|home| host == *home || host.ends_with(&format!(".{home}"))) {
            return true;
        }
        match host.parse::<IpAddr>() {
            Ok(IpAddr::V4(ip)) => ip.is_loopback() || ip.is_private() || ip.is_link_local(),
            Ok(IpAddr::V6(ip)) => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local(),
            // a name without a dot is of this network
            Err(_) => host.rsplit_once('.').is_none_or(|(_, zone)| HOME.contains(&zone)),
        }
    }
}

/// Takes away what may not be used.
pub(super) fn narrowed(mut config: Config) -> Config {
    if !config.may_have_all(&config.openai.stt.base_url) {
        config.openai.stt.configured = false;
    }
    if !config.may_have_masked(&config.openai.llm.base_url) {
        config.openai.llm.configured = false;
    }
    if config.data_abroad == DataAbroad::MaskedText && !config.is_at_home(&config.openai.llm.base_url) {
        config.masking = Masking::Names;
    }
    config
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::{ConfigInput, load};

    fn config(settings: &[(&str, &str)]) -> Config {
        let env = settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let mut env: BTreeMap<String, String> = env.collect();
        env.insert("OPENAI_API_KEY".to_owned(), "sk-1".to_owned());
        load(&ConfigInput { env, ..ConfigInput::default() }).unwrap().config
    }

    #[test]
    fn a_key_is_permission_until_the_setting_narrows_it() {
        let usual = config(&[]);
        assert!(usual.openai.stt.configured && usual.openai.llm.configured);
        let masked = config(&[("ZVONAR_DATA_ABROAD", "masked_text"), ("ZVONAR_MASK", "none")]);
        assert!(!masked.openai.stt.configured, "sound cannot be masked");
        assert!(masked.openai.llm.configured);
        assert_eq!(masked.masking, Masking::Names, "whatever the other setting says");
        let denied = config(&[("ZVONAR_DATA_ABROAD", "deny")]);
        assert!(!denied.openai.stt.configured && !denied.openai.llm.configured);
        let home = config(&[
            ("ZVONAR_DATA_ABROAD", "deny"),
            ("OPENAI_BASE_URL", "https://llm.example.ru/v1"),
            ("ZVONAR_MASK", "none"),
        ]);
        assert!(home.openai.stt.configured && home.openai.llm.configured);
        assert_eq!(home.masking, Masking::None);
    }

    #[test]
    fn home_is_known_by_the_address() {
        let config = config(&[("ZVONAR_DATA_HOME", "example.com, gateway.example.net")]);
        for home in [
            "http://127.0.0.1:8000/v1",
            "http://[::1]/v1",
            "http://10.1.2.3/v1",
            "http://whisper:8000/v1",
            "https://llm.example.ru/v1",
            "https://api.example.com",
            "https://gateway.example.net:8443",
        ] {
            assert!(config.is_at_home(home), "{home}");
        }
        for abroad in [
            "https://api.openai.com/v1",
            "https://8.8.8.8/v1",
            "https://ru.example.net",
            "https://badexample.com",
            "no address",
        ] {
            assert!(!config.is_at_home(abroad), "{abroad}");
        }
    }
}
