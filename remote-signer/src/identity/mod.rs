//! Who and what: the names that every layer uses. Imports nothing of ours but encodings.

mod caller;
mod digest_algorithm;
mod key_id;
mod profile;
mod request_id;

pub use caller::{Admin, Caller, KeyScope};
pub use digest_algorithm::{DigestAlgorithm, DigestAlgorithmError};
pub use key_id::{IdError, KeyId, KeyVersion, TenantId};
pub use profile::{Profile, ProfileError};
pub use request_id::{RequestId, random_bytes};
