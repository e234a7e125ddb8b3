//! One TLS configuration for Core and for the stores: rustls with ring and the system's certificates.

use std::sync::{Arc, LazyLock};

use reqwest::ClientBuilder;
use rustls::{ClientConfig, RootCertStore};

use crate::Error;

// Reading the system's certificates takes some milliseconds: once a process.
static CONFIG: LazyLock<Result<ClientConfig, String>> = LazyLock::new(|| {
    let mut roots = RootCertStore::empty();
    // Certificates that cannot be read are left out: without any, an https call says so by failing.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let mut config = config.map_err(|error| error.to_string())?.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
});

/// A client builder that speaks HTTP/1.1, with TLS where the URL says so.
pub(crate) fn client_builder() -> Result<ClientBuilder, Error> {
    let config = CONFIG.clone().map_err(|reason| Error::Options { field: "tls", reason })?;
    Ok(reqwest::Client::builder().tls_backend_preconfigured(config).http1_only())
}
