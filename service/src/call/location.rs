//! Where an input is fetched from: an origin, which the operator must have listed, and the rest of the request.

use std::fmt;

use http::HeaderMap;
use http::uri::{Authority, PathAndQuery, Scheme, Uri};
use url::{Position, Url};

/// Longest URL, in bytes as it is sent. A signature with a session token takes about 2 KiB.
const MAX_URL_BYTES: usize = 16 * 1024;

/// Scheme, host and port, normalised: in lower case, without the scheme's own port, an IP address in its one spelling. Two
/// texts for the same origin compare equal.
#[derive(Clone, PartialEq, Eq)]
pub struct Origin {
    scheme: Scheme,
    authority: Authority,
}

impl Origin {
    /// An origin as an operator writes it: `https://minio.example:9000`, with nothing behind the port.
    pub fn parse(text: &str) -> Option<Self> {
        // The URL parser repairs or accepts each of these; in a list of who may be reached they are mistakes.
        if text.contains(|char: char| char.is_whitespace() || char.is_control() || "@*?#\\%".contains(char)) {
            return None;
        }
        let (scheme, host) = text.split_once("://")?;
        if scheme.is_empty() || host.contains('/') {
            return None;
        }
        Self::of(&Url::parse(text).ok()?)
    }

    /// Name or address.
    pub fn host(&self) -> &str {
        self.authority.host()
    }

    /// The port, also where it is the scheme's own.
    pub fn port(&self) -> u16 {
        let of_scheme = if self.scheme == Scheme::HTTPS { 443 } else { 80 };
        self.authority.port_u16().unwrap_or(of_scheme)
    }

    fn of(url: &Url) -> Option<Self> {
        let scheme = match url.scheme() {
            "http" => Scheme::HTTP,
            "https" => Scheme::HTTPS,
            _ => return None,
        };
        let authority = url[Position::BeforeHost..Position::AfterPort].parse().ok()?;
        Some(Self { scheme, authority })
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme, self.authority)
    }
}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Where an input is, and what to send along. Path, query and headers may carry secrets: no part of it reaches the script, and
/// of all of it only the origin may reach a log.
#[derive(Clone, PartialEq, Eq)]
pub struct Location {
    origin: Origin,
    path_and_query: PathAndQuery,
    headers: HeaderMap,
}

impl Location {
    /// What must be on the operator's list.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Request headers of the caller, all of which can stand in a request.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The request's target, as its parts were checked: nothing is parsed again on the way to the socket, so what is connected
    /// to is what was compared with the list.
    pub fn uri(&self) -> Uri {
        let mut parts = http::uri::Parts::default();
        parts.scheme = Some(self.origin.scheme.clone());
        parts.authority = Some(self.origin.authority.clone());
        parts.path_and_query = Some(self.path_and_query.clone());
        // All three are there, which is all that could be wrong.
        Uri::from_parts(parts).unwrap_or_default()
    }

    /// A checked location, or what is wrong with `text` in words that do not quote it: it may carry a signature.
    pub(super) fn check(text: &str, headers: HeaderMap) -> Result<Self, String> {
        const RULE: &str = "must be an absolute http or https URL";

        let url = Url::parse(text).map_err(|error| format!("{RULE}: {error}"))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(format!("{RULE}: got scheme {:?}", super::json::shorten(url.scheme())));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("must have no user name and no password; send them as a header `Authorization`".to_owned());
        }
        if MAX_URL_BYTES < url.as_str().len() {
            return Err(format!("must have at most {MAX_URL_BYTES} bytes, got {}", url.as_str().len()));
        }
        let origin = Origin::of(&url).ok_or_else(|| format!("{RULE}: its host cannot stand in a request"))?;
        // A fragment is never sent.
        let path_and_query = url[Position::BeforePath..Position::AfterQuery].parse();
        let path_and_query = path_and_query
            .map_err(|_| format!("{RULE}: its path or query has characters that must be percent-encoded"))?;
        Ok(Self { origin, path_and_query, headers })
    }
}

impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Location(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_origin_has_one_spelling() {
        for (text, expected) in [
            ("https://Minio.Example:443", "https://minio.example"),
            ("http://h:80", "http://h"),
            ("https://h:80", "https://h:80"),
            ("HTTP://h:9000", "http://h:9000"),
            ("http://0x7f.1", "http://127.0.0.1"),
            ("http://[0:0::1]:8080", "http://[::1]:8080"),
            ("https://bücher.example", "https://xn--bcher-kva.example"),
        ] {
            assert_eq!(Origin::parse(text).map(|origin| origin.to_string()).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn an_origin_has_nothing_else() {
        for text in [
            "",
            "h",
            "h:9000",
            "//h",
            "https:h",
            "https:/h",
            "https://",
            "https:///h",
            "ftp://h",
            "file:///etc",
            "https://h/",
            "https://h/a",
            "https://h?a",
            "https://h#a",
            "https://u@h",
            "https://u:p@h",
            "https://@h",
            "https://*.h",
            "https://h:65536",
            "https://h:x",
            "https://h\\a",
            " https://h",
            "https://h ",
            "https://h\t",
            "https://%68",
            "https://[::1",
            "*",
        ] {
            assert_eq!(Origin::parse(text), None, "{text}");
        }
    }

    #[test]
    fn the_target_is_made_of_what_was_checked() {
        for (text, expected) in [
            ("https://H:443/a%20b?sig=%2F&x#frag", "https://h/a%20b?sig=%2F&x"),
            ("http://h", "http://h/"),
            ("http://h?a=b", "http://h/?a=b"),
            ("http://h\\@other/x", "http://h/@other/x"),
            ("http://[::1]:9000/x", "http://[::1]:9000/x"),
        ] {
            let location = Location::check(text, HeaderMap::new()).unwrap();
            assert_eq!(location.uri().to_string(), expected);
            assert_eq!(format!("{location:?}"), "Location(…)");
        }
    }

    #[test]
    fn the_length_of_a_url_is_bounded() {
        let of_length = |length: usize| format!("http://h/{}", "a".repeat(length - "http://h/".len()));
        assert!(Location::check(&of_length(MAX_URL_BYTES), HeaderMap::new()).is_ok());
        let fault = Location::check(&of_length(MAX_URL_BYTES + 1), HeaderMap::new()).unwrap_err();
        assert_eq!(fault, "must have at most 16384 bytes, got 16385");
    }
}
