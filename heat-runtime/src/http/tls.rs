//! One TLS configuration for Core and for the stores: rustls with ring and the system's certificates.

use std::sync::{Arc, LazyLock};

use reqwest::ClientBuilder;
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore};

use crate::Error;

// Reading the system's certificates takes some milliseconds: once a process.
static ROOTS: LazyLock<RootCertStore> = LazyLock::new(|| {
    let mut roots = RootCertStore::empty();
    // Certificates that cannot be read are left out: without any, an https call says so by failing.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    roots
});

/// The TLS that Core and the stores are called with, over HTTP/1.1: rustls with ring, which trusts the system's certificates. For who
/// calls other servers, too, and trusts `also` there.
///
/// # Errors
///
/// [`Error::Options`] for `tls`: a defect of the build.
pub fn tls_config(also: impl IntoIterator<Item = CertificateDer<'static>>) -> Result<ClientConfig, Error> {
    let mut roots = ROOTS.clone();
    roots.add_parsable_certificates(also);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.map_err(|error| Error::Options { field: "tls", reason: error.to_string() })?;
    let mut config = config.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

/// A client builder that speaks HTTP/1.1, with TLS where the URL says so.
pub(crate) fn client_builder() -> Result<ClientBuilder, Error> {
    Ok(reqwest::Client::builder().tls_backend_preconfigured(tls_config([])?).http1_only())
}
