use std::fmt;
use std::time::Duration;

use url::Url;

use crate::{Error, RetryPolicy};

/// How to reach Core. `new` and `from_env` give usable defaults; every field can be changed afterwards.
#[derive(Clone)]
#[non_exhaustive]
pub struct HeatRuntimeOptions {
    /// Core's base URL, `http` or `https`, perhaps with a path: `http://localhost:5220`.
    pub core_api_url: String,
    /// Sent as `Authorization: Bearer …`. `None` sends no such header, which is right inside a cluster.
    pub session_token: Option<String>,
    /// The node instance to run once, without claiming: debug mode.
    pub debug_node_id: Option<i64>,
    /// How long making a connection may take. 10 s.
    pub connect_timeout: Duration,
    /// How long one attempt of a request may take, answer included. 60 s.
    pub request_timeout: Duration,
    /// The longest answer that is read, in bytes. 256 MiB.
    pub max_response_bytes: usize,
    /// When and how often a request is repeated.
    pub retry: RetryPolicy,
}

impl HeatRuntimeOptions {
    /// Options for this base URL, without a token.
    pub fn new(core_api_url: impl Into<String>) -> Self {
        Self {
            core_api_url: core_api_url.into(),
            session_token: None,
            debug_node_id: None,
            connect_timeout: Duration::from_secs(10),
            request_timeout: Duration::from_secs(60),
            max_response_bytes: 256 << 20,
            retry: RetryPolicy::default(),
        }
    }

    /// From the environment: `CORE_API_URL`, by default `http://localhost:5220`; the token from `HEAT_SESSION_TOKEN`, else from
    /// `RuntimeSessionToken`. Empty values count as absent.
    pub fn from_env() -> Self {
        let url = crate::env::read("CORE_API_URL").unwrap_or_else(|| "http://localhost:5220".to_owned());
        let mut options = Self::new(url);
        options.session_token =
            crate::env::read("HEAT_SESSION_TOKEN").or_else(|| crate::env::read("RuntimeSessionToken"));
        options
    }

    /// With this bearer token; an empty one counts as none.
    pub fn with_session_token(mut self, token: impl Into<String>) -> Self {
        self.session_token = Some(token.into()).filter(|token| !token.is_empty());
        self
    }

    /// In debug mode, for this node instance.
    pub fn with_debug_node_id(mut self, node_id: i64) -> Self {
        self.debug_node_id = Some(node_id);
        self
    }

    /// With other rules of repetition.
    pub fn with_retry(mut self, retry: RetryPolicy) -> Self {
        self.retry = retry;
        self
    }

    /// Whether Core is outside the cluster; see [`is_external_environment`].
    pub fn is_external_environment(&self) -> bool {
        is_external_environment(&self.core_api_url)
    }

    /// The base URL without its last slash.
    pub(crate) fn base_url(&self) -> Result<String, Error> {
        let fault = |reason: &str| Error::Options { field: "core_api_url", reason: reason.to_owned() };
        let url = Url::parse(self.core_api_url.trim()).map_err(|error| fault(&format!("not a URL: {error}")))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(fault("must begin with http:// or https://"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(fault("must not hold a user or a password; use session_token"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(fault("must not have a query or a fragment"));
        }
        Ok(url.as_str().trim_end_matches('/').to_owned())
    }
}

impl fmt::Debug for HeatRuntimeOptions {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("HeatRuntimeOptions")
            .field("core_api_url", &self.base_url().unwrap_or_else(|_| "(not usable)".to_owned()))
            .field("session_token", &self.session_token.as_ref().map(|_| "(set)"))
            .field("debug_node_id", &self.debug_node_id)
            .field("connect_timeout", &self.connect_timeout)
            .field("request_timeout", &self.request_timeout)
            .field("max_response_bytes", &self.max_response_bytes)
            .field("retry", &self.retry)
            .finish()
    }
}

/// Whether a Core URL leads outside the cluster: `https`, and a host with a dot that is not below `.internal` or `.local`.
/// What is not a URL is inside.
pub fn is_external_environment(core_api_url: &str) -> bool {
    let Ok(url) = Url::parse(core_api_url.trim()) else { return false };
    let Some(host) = url.host_str().map(str::to_lowercase) else { return false };
    url.scheme() == "https" && host.contains('.') && !host.ends_with(".internal") && !host.ends_with(".local")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn external_is_https_with_a_public_looking_host() {
        for (url, external) in [
            ("https://core.heat.example.com", true),
            ("  https://core.heat.example.com/x  ", true),
            ("https://CORE.HEAT.EXAMPLE", true),
            ("https://10.0.0.1", true),
            ("http://core.heat.example.com", false),
            ("https://core-api", false),
            ("https://heat.internal", false),
            ("https://a.b.LOCAL", false),
            ("https://internal", false),
            ("https://notinternal.com", true),
            ("https://[::1]", false),
            ("core.heat.example.com", false),
            ("", false),
        ] {
            assert_eq!(is_external_environment(url), external, "{url}");
        }
    }

    #[test]
    fn a_base_url_is_checked_once() {
        for (url, base) in [
            ("http://localhost:5220/", Some("http://localhost:5220")),
            (" https://h.example/core/ ", Some("https://h.example/core")),
            ("ftp://h", None),
            ("localhost:5220", None),
            ("http://u:p@h", None),
            ("http://h/?a=1", None),
        ] {
            assert_eq!(HeatRuntimeOptions::new(url).base_url().ok().as_deref(), base, "{url}");
        }
    }

    #[test]
    fn no_token_is_shown() {
        let shown = format!("{:?}", HeatRuntimeOptions::new("http://u:secret-p@h").with_session_token("secret-t"));
        assert!(!shown.contains("secret"), "{shown}");
    }
}
