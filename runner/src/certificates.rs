//! Certificates that a server may show: the system's, and those of a file.

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

/// Trusted beside the system's.
#[derive(Clone, Debug, Default)]
pub struct Certificates(Vec<CertificateDer<'static>>);

impl Certificates {
    /// Of a PEM file; `None` when it cannot be read, has no certificate, or one that cannot be used.
    pub fn read(path: &str) -> Option<Self> {
        let text = std::fs::read(path).ok()?;
        let found: Vec<_> = CertificateDer::pem_slice_iter(&text).collect::<Result<_, _>>().ok()?;
        let mut roots = RootCertStore::empty();
        let usable = found.iter().all(|certificate| roots.add(certificate.clone()).is_ok());
        (usable && !found.is_empty()).then_some(Self(found))
    }

    /// rustls with ring, as `heat-runtime` calls Core.
    ///
    /// # Errors
    ///
    /// Words: a defect of the build.
    pub fn client_config(&self) -> Result<ClientConfig, String> {
        let mut roots = RootCertStore::empty();
        let of_system = rustls_native_certs::load_native_certs().certs;
        roots.add_parsable_certificates(of_system.into_iter().chain(self.0.iter().cloned()));
        let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let config = config.map_err(|error| format!("tls: {error}"))?;
        Ok(config.with_root_certificates(roots).with_no_client_auth())
    }
}
