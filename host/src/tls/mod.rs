//! The server's certificate: the operator's, read anew when its files change, or one that we signed ourselves.
//!
//! Rule: a pair that cannot be used never takes the place of one that can.
//!
//! Not here: handshakes and connections (`gateway::transport`).

mod self_signed;

use std::{
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use anyhow::{Context as _, anyhow};
use rustls::{
    ServerConfig,
    crypto::{CryptoProvider, ring},
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};
use sha2::{Digest as _, Sha256};
use tokio_util::sync::CancellationToken;

/// How often the files are looked at. Chosen, not standard: certificates are renewed weeks before their end.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Where the certificate comes from.
#[derive(Clone, Debug)]
pub enum Source {
    /// PEM files of the operator's.
    Files {
        /// The chain, the server's own certificate first.
        cert: PathBuf,
        /// Its private key.
        key: PathBuf,
    },
    /// Our own, for a network without a certificate authority.
    SelfSigned {
        /// Where it is kept.
        folder: PathBuf,
        /// Hosts and addresses that it is for.
        names: Vec<String>,
    },
}

/// The certificate in force.
#[derive(Debug)]
pub struct Certificate {
    current: Arc<Current>,
    source: Source,
    /// What the files held when they were last looked at.
    seen: Pem,
}

/// The text of both files.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Pem {
    chain: Vec<u8>,
    key: Vec<u8>,
}

#[derive(Debug)]
struct Current(RwLock<Arc<CertifiedKey>>);

impl ResolvesServerCert for Current {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let current = self.0.read().unwrap_or_else(PoisonError::into_inner);
        Some(Arc::clone(&current))
    }
}

impl Certificate {
    /// Reads the certificate, or makes it where it is ours to make.
    ///
    /// # Errors
    /// A file cannot be read, is no PEM, or the two do not belong together.
    pub fn open(source: Source) -> anyhow::Result<Self> {
        let seen = match &source {
            Source::Files { cert, key } => read(cert, key)?,
            Source::SelfSigned { folder, names } => {
                let pem = self_signed::read_or_make(folder, names)?.into_bytes();
                Pem {
                    chain: pem.clone(),
                    key: pem,
                }
            }
        };
        let certified = parse(&seen).with_context(|| match &source {
            Source::Files { cert, key } => format!("{} and {}", cert.display(), key.display()),
            Source::SelfSigned { folder, .. } => folder.display().to_string(),
        })?;
        Ok(Self {
            current: Arc::new(Current(RwLock::new(Arc::new(certified)))),
            source,
            seen,
        })
    }

    /// What connections are served with; a later change of the certificate is for those that come then.
    ///
    /// # Errors
    /// None that is known: what we ask for is supported.
    pub fn server_config(&self) -> anyhow::Result<Arc<ServerConfig>> {
        let current: Arc<dyn ResolvesServerCert> = self.current.clone();
        let mut config = ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_cert_resolver(current);
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }

    /// What people compare to know a certificate that no authority signed: its SHA-256, as browsers show it.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let current = self
            .current
            .0
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        let own = current.cert.first().map_or(&[][..], |it| it.as_ref());
        let bytes = Sha256::digest(own);
        let pairs: Vec<String> = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
        pairs.join(":")
    }

    /// Looks at the operator's files until `stop`, and takes over what can be used.
    pub async fn keep_up(mut self, stop: CancellationToken) {
        let Source::Files { cert, key } = self.source.clone() else {
            return;
        };
        while stop
            .run_until_cancelled(tokio::time::sleep(LOOK_EVERY))
            .await
            .is_some()
        {
            let (cert, key) = (cert.clone(), key.clone());
            match tokio::task::spawn_blocking(move || read(&cert, &key)).await {
                Ok(Ok(found)) if found != self.seen => self.take_over(found),
                Ok(Ok(_)) => {}
                // A file that is being replaced may be away for a moment: the next look tells.
                Ok(Err(error)) => tracing::debug!(%error, "the certificate cannot be looked at"),
                Err(error) => tracing::error!(%error, "looking at the certificate failed"),
            }
        }
    }

    fn take_over(&mut self, found: Pem) {
        match parse(&found) {
            Ok(certified) => {
                let mut current = self
                    .current
                    .0
                    .write()
                    .unwrap_or_else(PoisonError::into_inner);
                *current = Arc::new(certified);
                tracing::info!("the new certificate is in force");
            }
            Err(error) => tracing::error!(
                error = format!("{error:#}"),
                "the new certificate cannot be used; the old one stays in force"
            ),
        }
        self.seen = found;
    }
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

fn read(cert: &Path, key: &Path) -> anyhow::Result<Pem> {
    let read = |file: &Path| std::fs::read(file).with_context(|| file.display().to_string());
    Ok(Pem {
        chain: read(cert)?,
        key: read(key)?,
    })
}

fn parse(pem: &Pem) -> anyhow::Result<CertifiedKey> {
    let chain = CertificateDer::pem_slice_iter(&pem.chain).collect::<Result<Vec<_>, _>>();
    let chain = chain.map_err(|error| anyhow!("the certificates are no PEM: {error}"))?;
    anyhow::ensure!(!chain.is_empty(), "there is no certificate");
    let key = PrivateKeyDer::from_pem_slice(&pem.key);
    let key = key.map_err(|error| anyhow!("there is no private key: {error}"))?;
    Ok(CertifiedKey::from_der(chain, key, &provider())?)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn pair(name: &str) -> Pem {
        let made = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
        Pem {
            chain: made.cert.pem().into_bytes(),
            key: made.signing_key.serialize_pem().into_bytes(),
        }
    }

    #[test]
    fn only_a_pair_that_belongs_together_can_be_used() {
        let (one, other) = (pair("one.example"), pair("other.example"));
        assert!(parse(&one).is_ok());
        let refused = |chain: &[u8], key: &[u8]| {
            let pem = Pem {
                chain: chain.to_vec(),
                key: key.to_vec(),
            };
            parse(&pem).unwrap_err().to_string()
        };
        refused(&one.chain, &other.key);
        assert!(refused(b"", &one.key).contains("no certificate"));
        assert!(refused(&one.chain, &one.chain).contains("no private key"));
        refused(&one.chain[..one.chain.len() / 2], &one.key);
    }

    #[test]
    fn a_bad_pair_leaves_the_old_one() {
        let folder = tempfile::tempdir().unwrap();
        let (cert, key) = (
            folder.path().join("cert.pem"),
            folder.path().join("key.pem"),
        );
        let (one, other) = (pair("one.example"), pair("other.example"));
        std::fs::write(&cert, &one.chain).unwrap();
        std::fs::write(&key, &one.key).unwrap();
        let mut certificate = Certificate::open(Source::Files { cert, key }).unwrap();
        let first = certificate.fingerprint();
        assert_eq!(first.len(), 32 * 3 - 1);
        certificate.take_over(Pem {
            chain: other.chain.clone(),
            ..one
        });
        assert_eq!(certificate.fingerprint(), first);
        certificate.take_over(other);
        assert_ne!(certificate.fingerprint(), first);
    }
}
