//! Where spans are sent.

use url::Url;

/// The path of traces below a collector's base URL, as the standard has it.
const PATH: &str = "/v1/traces";

/// A collector's URL for traces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint(String);

impl Endpoint {
    /// The standard's variable: what holds when no setting of ours says anything.
    pub const VARIABLE: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";

    /// What [`parse`](Self::parse) takes, for people.
    pub const RULE: &str = "the base URL of a collector's OTLP over HTTP, such as http://collector:4318 (http or https; no user, no query), or none";

    /// Of the text of a setting: `Some(None)` is `none`, and `None` is wrong.
    pub fn parse(text: &str) -> Option<Option<Self>> {
        if text == "none" {
            return Some(None);
        }
        let url = Url::parse(text).ok()?;
        let is_bare =
            url.username().is_empty() && url.password().is_none() && url.query().is_none() && url.fragment().is_none();
        let is_http = matches!(url.scheme(), "http" | "https") && url.has_host();
        (is_bare && is_http).then(|| Some(Self(format!("{}{PATH}", url.as_str().trim_end_matches('/')))))
    }

    /// The whole URL.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_url_or_none() {
        for (text, url) in [
            ("http://collector:4318", Some("http://collector:4318/v1/traces")),
            ("https://otel.example/prefix/", Some("https://otel.example/prefix/v1/traces")),
            ("http://[::1]:4318/", Some("http://[::1]:4318/v1/traces")),
            ("none", None),
        ] {
            let parsed = Endpoint::parse(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(parsed.as_ref().map(Endpoint::as_str), url, "{text}");
        }
        for text in [
            "",
            "collector:4318",
            "grpc://collector:4317",
            "http://",
            "http://u:p@c",
            "http://c/?token=1",
            "http://c/#x",
        ] {
            assert_eq!(Endpoint::parse(text), None, "{text}");
        }
    }
}
