//! The closed list of what the core can do. Each binding reports which of these it has; conformance compares.

macro_rules! operations {
    ($($variant:ident $name:literal $what:literal)+) => {
        /// One operation of the core, as bindings and conformance name it.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        #[non_exhaustive]
        pub enum Operation {
            $(#[doc = $what] $variant,)+
        }

        impl Operation {
            /// Every operation.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The stable name.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }
        }
    };
}

operations! {
    Sha256 "sha256" "Bytes, at once or in pieces, to their digest."
    KeyFromSec1 "key_from_sec1" "A SEC 1 point to a public key."
    KeyFromSpki "key_from_spki" "A SubjectPublicKeyInfo to a public key."
    KeyFromJwk "key_from_jwk" "A JWK to a public key."
    KeyFromCoseKey "key_from_cose_key" "A COSE_Key to a public key."
    KeyToSpki "key_to_spki" "A public key to a SubjectPublicKeyInfo."
    KeyToJwk "key_to_jwk" "A public key to a JWK."
    KeyToCoseKey "key_to_cose_key" "A public key to a COSE_Key."
    KeyThumbprint "key_thumbprint" "A public key to its JWK thumbprint."
    SignatureFromDer "signature_from_der" "A strict DER signature to its raw form."
    SignatureToDer "signature_to_der" "A raw signature to its DER form."
    VerifyDigest "verify_digest" "Digest, raw signature and public key to a verdict."
    CoseSign1Prepare "cose_sign1_prepare" "What goes into a COSE_Sign1 to the digest that is to be signed."
    CoseSign1Attach "cose_sign1_attach" "The same, with a signature, to the object."
    CoseSign1Verify "cose_sign1_verify" "A COSE_Sign1 to a verdict."
    CoseSign1Inspect "cose_sign1_inspect" "A COSE_Sign1 to what it claims, unverified."
    JwsPrepare "jws_prepare" "What goes into a JWS to the digest that is to be signed."
    JwsAttach "jws_attach" "The same, with a signature, to the object."
    JwsVerify "jws_verify" "A JWS to a verdict."
    JwsInspect "jws_inspect" "A JWS to what it claims, unverified."
    DssePrepare "dsse_prepare" "What goes into an envelope to the digest that is to be signed."
    DsseAttach "dsse_attach" "The same, with a signature, to the envelope."
    DsseVerify "dsse_verify" "An envelope to a verdict."
    DsseInspect "dsse_inspect" "An envelope to what it claims, unverified."
}
