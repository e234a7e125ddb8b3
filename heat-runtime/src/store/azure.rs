use object_store::azure::{MicrosoftAzure, MicrosoftAzureBuilder};
use url::Url;

use super::s3::decoded;
use super::{Connector, http_client, retry_config};

pub(super) struct Azure {
    pub(super) objects: MicrosoftAzure,
    /// Why nothing can be signed.
    cannot_sign: Option<&'static str>,
    container_url: Url,
}

#[derive(Debug, PartialEq)]
struct Connection {
    account: String,
    container: String,
    endpoint: Url,
    /// Whether host or path name the account, as signatures are made to expect.
    names_account: bool,
    credentials: Credentials,
}

#[derive(Debug, PartialEq)]
enum Credentials {
    None,
    AccountKey(String),
    SharedAccessSignature(Vec<(String, String)>),
}

impl Azure {
    pub(super) fn open(text: &str) -> Result<Self, String> {
        let connection = Connection::parse(text)?;
        let mut builder = MicrosoftAzureBuilder::new()
            .with_account(connection.account)
            .with_container_name(&connection.container)
            .with_endpoint(connection.endpoint.to_string())
            .with_retry(retry_config())
            .with_http_connector(Connector(http_client()?));
        let cannot_sign = match connection.credentials {
            Credentials::AccountKey(_) if connection.names_account => None,
            Credentials::AccountKey(_) => Some("the URL's host or path must begin with the account's name"),
            _ => Some(
                "only an account key can sign; put account and key into the connection string as user and password",
            ),
        };
        builder = match connection.credentials {
            Credentials::None => builder.with_skip_signature(true),
            Credentials::AccountKey(key) => builder.with_access_key(key),
            Credentials::SharedAccessSignature(pairs) => builder.with_sas_authorization(pairs),
        };
        // object_store's own words could quote the key.
        let objects = builder.build().map_err(|_| "has an account key that is not base64".to_owned())?;
        let mut container_url = connection.endpoint;
        extend(&mut container_url, &connection.container);
        Ok(Self { objects, cannot_sign, container_url })
    }

    /// Whether a URL for this key can be signed; else why not.
    pub(super) fn can_sign(&self, key: &str) -> Result<(), &'static str> {
        if let Some(reason) = self.cannot_sign {
            return Err(reason);
        }
        // object_store signs the path as it stands in the URL; Azure checks the signature against the name itself.
        if Url::parse(&self.url_of(key)).is_ok_and(|url| url.path().contains('%')) {
            return Err("its key has characters that URLs escape, and those cannot be signed; read it with get");
        }
        Ok(())
    }

    pub(super) fn url_of(&self, key: &str) -> String {
        let mut url = self.container_url.clone();
        extend(&mut url, key);
        url.into()
    }
}

fn extend(url: &mut Url, path: &str) {
    // http and https URLs have a path, and those are all that come here.
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.pop_if_empty().extend(path.split('/'));
    }
}

impl Connection {
    fn parse(text: &str) -> Result<Self, String> {
        let mut url = Url::parse(text).map_err(|error| format!("is not a URL: {error}"))?;
        let Some(host) = url.host_str().map(str::to_owned).filter(|_| matches!(url.scheme(), "http" | "https")) else {
            return Err("must begin with http:// or https://".to_owned());
        };
        let user = decoded(url.username())?;
        let key = url.password().map(decoded).transpose()?.filter(|key| !key.is_empty());
        let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
        let segments = url.path().trim_matches('/').split('/').map(decoded).collect::<Result<Vec<_>, _>>()?;
        let (account, container, account_in_path) = match segments.as_slice() {
            [container] if !container.is_empty() => {
                let account =
                    if user.is_empty() { host.split('.').next().unwrap_or_default().to_owned() } else { user };
                (account, container.clone(), false)
            }
            [account, container] => (account.clone(), container.clone(), true),
            [_] | [] => return Err("must have the container's name as its path".to_owned()),
            _ => return Err("must have nothing but the container's name as its path".to_owned()),
        };
        let credentials = match key {
            Some(key) => Credentials::AccountKey(key),
            None if pairs.iter().any(|(name, _)| name == "sig") => Credentials::SharedAccessSignature(pairs),
            None => Credentials::None,
        };
        let names_account = account_in_path || host.split('.').next() == Some(account.as_str());
        url.set_query(None);
        url.set_fragment(None);
        url.set_path(if account_in_path { &account } else { "" });
        url.set_username("").and_then(|()| url.set_password(None)).map_err(|()| "must have a host".to_owned())?;
        Ok(Self { account, container, endpoint: url, names_account, credentials })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_is_the_container() {
        for (text, account, container, endpoint) in [
            ("https://acc.blob.core.windows.net/assets", "acc", "assets", "https://acc.blob.core.windows.net/"),
            ("https://acc.blob.core.windows.net/assets/", "acc", "assets", "https://acc.blob.core.windows.net/"),
            ("http://127.0.0.1:10000/devacc/assets", "devacc", "assets", "http://127.0.0.1:10000/devacc"),
            ("https://other:a2V5@blobs.example/assets", "other", "assets", "https://blobs.example/"),
        ] {
            let connection = Connection::parse(text).expect(text);
            assert_eq!((connection.account.as_str(), connection.container.as_str()), (account, container), "{text}");
            assert_eq!(connection.endpoint.as_str(), endpoint, "{text}");
            let url = format!("{}/assets/a%20b/c.json", endpoint.trim_end_matches('/'));
            assert_eq!(Azure::open(text).expect(text).url_of("a b/c.json"), url);
        }
        for text in [
            "https://acc.blob.core.windows.net",
            "https://acc.blob.core.windows.net/",
            "https://h/a/b/c",
            "assets",
            "ftp://h/a",
        ] {
            assert!(Connection::parse(text).is_err(), "{text}");
        }
        assert!(Azure::open("https://acc:not!base64@h/assets").is_err());
    }

    #[test]
    fn credentials_come_as_password_or_signature_or_not_at_all() {
        for (text, credentials) in [
            ("https://h/c", Credentials::None),
            ("https://h/c?restype=container", Credentials::None),
            ("https://acc:a%2Fb%2B%3D%3D@h/c", Credentials::AccountKey("a/b+==".to_owned())),
            (
                "https://h/c?sv=1&sig=a%2Bb",
                Credentials::SharedAccessSignature(vec![("sv".into(), "1".into()), ("sig".into(), "a+b".into())]),
            ),
        ] {
            assert_eq!(Connection::parse(text).expect(text).credentials, credentials, "{text}");
        }
    }

    #[test]
    fn what_would_be_signed_wrongly_is_not_signed() {
        for (text, key, signs) in [
            ("https://acc:a2V5@acc.blob.core.windows.net/c", "a/b.json", true),
            ("http://acc:a2V5@127.0.0.1:10000/acc/c", "a/b.json", true),
            ("https://acc:a2V5@acc.blob.core.windows.net/c", "a b", false),
            ("https://acc:a2V5@acc.blob.core.windows.net/c", "50%", false),
            ("https://acc:a2V5@blobs.example/c", "a", false),
            ("https://acc.blob.core.windows.net/c?sig=x", "a", false),
            ("https://acc.blob.core.windows.net/c", "a", false),
        ] {
            assert_eq!(Azure::open(text).expect(text).can_sign(key).is_ok(), signs, "{text} {key}");
        }
    }
}
