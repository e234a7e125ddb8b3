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

    /// The TLS that `heat-runtime` calls Core with, which trusts these, too.
    ///
    /// # Errors
    ///
    /// Words: a defect of the build.
    pub fn client_config(&self) -> Result<ClientConfig, String> {
        heat_runtime::tls_config(self.0.iter().cloned()).map_err(|error| error.to_string())
    }
}
