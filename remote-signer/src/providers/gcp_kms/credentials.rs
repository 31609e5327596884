//! Who we are to Google: the Application Default Credentials of this host, or a token for an emulator.

use core::fmt;

use google_cloud_auth::build_errors::Error as BuildError;
use google_cloud_auth::credentials::{Builder, CacheableResource, Credentials as Chain};
use google_cloud_auth::errors::CredentialsError;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};

use crate::providers::gcp_kms::error;
use crate::providers::secret::SecretReference;
use crate::providers::{ErrorClass, ProviderError};

/// What a token may be used for: Cloud KMS and nothing else of the account.
const SCOPE: &str = "https://www.googleapis.com/auth/cloudkms";

/// What makes the headers of a request.
pub(super) enum Credentials {
    /// Found as every client of Google finds them; renewed before they expire.
    Chain(Chain),
    /// A token that was handed over.
    Token(HeaderMap),
}

/// Never what they are.
impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Chain(_) => "Chain",
            Self::Token(_) => "Token",
        })
    }
}

impl Credentials {
    /// The Application Default Credentials: the file that GOOGLE_APPLICATION_CREDENTIALS names, gcloud's own, or the
    /// metadata server. A file is read now; nobody is asked for a token yet.
    pub(super) fn application_default() -> Result<Self, ProviderError> {
        // Keys of service accounts sign with the provider of the process.
        drop(rustls::crypto::ring::default_provider().install_default());
        Builder::default().with_scopes([SCOPE]).build().map(Self::Chain).map_err(unusable)
    }

    /// A token, from where the configuration says that it is.
    pub(super) fn token(reference: &SecretReference) -> Result<Self, ProviderError> {
        let token = reference.read()?;
        let mut value = HeaderValue::try_from(format!("Bearer {}", token.as_str())).map_err(|_| {
            let message = format!("{reference} holds no access token: it has characters that no token has");
            ProviderError::new(ErrorClass::Denied, message).see(error::GUIDE)
        })?;
        value.set_sensitive(true);
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, value);
        Ok(Self::Token(headers))
    }

    /// The headers that say who is asking.
    pub(super) async fn headers(&self) -> Result<HeaderMap, CredentialsError> {
        match self {
            Self::Token(headers) => Ok(headers.clone()),
            Self::Chain(chain) => match chain.headers(Default::default()).await? {
                CacheableResource::New { data, .. } => Ok(data),
                CacheableResource::NotModified => {
                    Err(CredentialsError::from_msg(false, "headers that were not asked for are said to be known"))
                }
            },
        }
    }
}

fn unusable(error: BuildError) -> ProviderError {
    let words = if error.is_loading() {
        "the file of the Google credentials cannot be read: look at GOOGLE_APPLICATION_CREDENTIALS"
    } else {
        "the file of the Google credentials is not one: make it anew, or unset GOOGLE_APPLICATION_CREDENTIALS to use \
         those of the host"
    };
    // Its own words may show a line of the file, and a key in it.
    ProviderError::new(ErrorClass::Denied, words).see(error::GUIDE)
}
