//! Keys as objects on a token: they are found, described, used and made, each within one session.

use cryptoki::context::Pkcs11;
use cryptoki::mechanism::{Mechanism, MechanismType};
use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle};
use cryptoki::session::Session;
use splitsign_core::digest::Sha256Digest;
use splitsign_core::ecdsa::{PublicKey, Signature};

use crate::providers::pkcs11::connection::Connection;
use crate::providers::pkcs11::error::{self, Failure, Operation};
use crate::providers::pkcs11::reference::KeyName;
use crate::providers::{ErrorClass, KeyReference, NewKey, ProviderError};

/// CKA_EC_PARAMS of P-256: the DER of its object identifier, 1.2.840.10045.3.1.7.
const P256: [u8; 10] = [0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
const ID_BYTES: usize = 16;

/// A signature over exactly these 32 bytes.
pub(super) fn sign(
    connection: &Connection,
    library: &Pkcs11,
    session: &Session,
    name: &KeyName,
    digest: &Sha256Digest,
) -> Result<Signature, Failure> {
    let sign = |key| session.sign(&Mechanism::Ecdsa, key, digest.as_bytes());
    let signed = match connection.handle(name).map(sign) {
        // Replaced by another object of this name, or by none. Nothing was signed.
        Some(Err(error)) if error::is_gone(&error) => {
            connection.keep_handle(name, None);
            sign(find(connection, library, session, name)?)
        }
        Some(signed) => signed,
        None => sign(find(connection, library, session, name)?),
    };
    let raw = signed.map_err(|e| error::classify(Operation::Sign, &name.to_string(), e))?;
    // Two numbers of one length: 32 bytes each, but for tokens that leave leading zeros out.
    let length = raw.len();
    let nonsense =
        || error::nonsense(Operation::Sign, &name.to_string(), &format!("with {length} bytes that are no signature"));
    if length > Signature::LENGTH || length % 2 != 0 {
        return Err(nonsense().into());
    }
    let (r, s) = raw.split_at(length / 2);
    Ok(Signature::from_scalars(r, s).map_err(|e| nonsense().with_source(e))?)
}

/// The canonical reference and the public key of a key that can sign ES256.
pub(super) fn describe(
    connection: &Connection,
    library: &Pkcs11,
    session: &Session,
    name: &KeyName,
) -> Result<(KeyReference, PublicKey), Failure> {
    let failed = |e| error::classify(Operation::Describe, &name.to_string(), e);
    // What is kept may be of a key that was deleted since.
    connection.keep_handle(name, None);
    let key = find(connection, library, session, name)?;
    let signs = library.get_mechanism_info(connection.slot(), MechanismType::ECDSA).map_err(failed)?.sign();
    if !signs {
        return Err(error::unfit(&name.to_string(), "its token does not sign with CKM_ECDSA").into());
    }
    let (mut label, mut id) = (None, None);
    for attribute in session.get_attributes(key, &[AttributeType::Label, AttributeType::Id]).map_err(failed)? {
        match attribute {
            Attribute::Label(value) => label = String::from_utf8(value).ok().filter(|label| !label.is_empty()),
            Attribute::Id(value) => id = Some(value).filter(|id| !id.is_empty()),
            _ => {}
        }
    }
    let public_key = public_key(session, name, key, id.as_deref())?;
    Ok((KeyName::canonical(connection.token(), label.as_deref(), id.as_deref()), public_key))
}

/// Makes a key pair, and says by which name. It may exist even if this fails.
pub(super) fn create(connection: &Connection, library: &Pkcs11, new: &NewKey) -> Result<KeyName, Failure> {
    let label = format!("{}/{}", new.key_id, new.version);
    let mut id = [0; ID_BYTES];
    getrandom::fill(&mut id).map_err(|e| {
        ProviderError::new(ErrorClass::Unavailable, "cannot draw random bytes for the id of a key").with_source(e)
    })?;
    let both = [Attribute::Token(true), Attribute::Label(label.clone().into_bytes()), Attribute::Id(id.to_vec())];
    let public = [Attribute::EcParams(P256.to_vec()), Attribute::Private(false), Attribute::Verify(true)];
    let private =
        [Attribute::Private(true), Attribute::Sensitive(true), Attribute::Extractable(false), Attribute::Sign(true)];
    let failed = |e| error::classify(Operation::CreateKey, &label, e);
    // Sessions that sign are for reading.
    let session = library.open_rw_session_no_drop(connection.slot()).map_err(failed)?;
    let made = session.generate_key_pair(
        &Mechanism::EccKeyPairGen,
        &[&both[..], &public].concat(),
        &[&both[..], &private].concat(),
    );
    drop(session.close());
    made.map_err(failed)?;
    Ok(KeyName::new(label, id.to_vec()))
}

/// The one private key of this name, for P-256 and for signing. Its handle is kept.
fn find(connection: &Connection, library: &Pkcs11, session: &Session, name: &KeyName) -> Result<ObjectHandle, Failure> {
    if !name.token().fits(connection.token()) {
        let message = format!(
            "the key {name} is on another token than the one of this provider, {}: correct the reference or \
             providers.pkcs11.token",
            connection.token()
        );
        return Err(error::failure(ErrorClass::NotFound, &message).into());
    }
    let failed = |e| error::classify(Operation::FindKey, &name.to_string(), e);
    let found = session.find_objects(&name.template(ObjectClass::PRIVATE_KEY)).map_err(failed)?;
    let key = match *found.as_slice() {
        [key] => key,
        [] => {
            // On a token that was taken away, SoftHSM finds nothing and says nothing.
            connection.is_present(library).map_err(failed)?;
            let message = format!(
                "there is no private key {name} on the token {}: check object and id (`pkcs11-tool --login \
                 --list-objects`), and whether this user may see it",
                connection.token()
            );
            return Err(error::failure(ErrorClass::NotFound, &message).into());
        }
        [..] => return Err(error::unfit(&name.to_string(), "several keys have this name: add id=%… to it").into()),
    };
    check_use(session, name, key)?;
    connection.keep_handle(name, Some(key));
    Ok(key)
}

/// Whether the key is one for ES256.
fn check_use(session: &Session, name: &KeyName, key: ObjectHandle) -> Result<(), Failure> {
    let asked =
        [AttributeType::KeyType, AttributeType::EcParams, AttributeType::Sign, AttributeType::AlwaysAuthenticate];
    let attributes =
        session.get_attributes(key, &asked).map_err(|e| error::classify(Operation::Describe, &name.to_string(), e))?;
    let has = |attribute| attributes.contains(&attribute);
    let problem = if !has(Attribute::KeyType(KeyType::EC)) {
        "it is no key of an elliptic curve (CKK_EC)"
    } else if !has(Attribute::EcParams(P256.to_vec())) {
        "it is not on the curve P-256 as a named curve"
    } else if !has(Attribute::Sign(true)) {
        "it is not for signing (CKA_SIGN)"
    } else if has(Attribute::AlwaysAuthenticate(true)) {
        "it asks for the PIN at every signature (CKA_ALWAYS_AUTHENTICATE)"
    } else {
        return Ok(());
    };
    Err(error::unfit(&name.to_string(), problem).into())
}

/// The point of the public key object with the id of the private key, or with its name where it has no id; some
/// tokens have it at the private key too.
fn public_key(session: &Session, name: &KeyName, key: ObjectHandle, id: Option<&[u8]>) -> Result<PublicKey, Failure> {
    let failed = |e| error::classify(Operation::Describe, &name.to_string(), e);
    let template = match id {
        Some(id) => vec![Attribute::Class(ObjectClass::PUBLIC_KEY), Attribute::Id(id.to_vec())],
        None => name.template(ObjectClass::PUBLIC_KEY),
    };
    let mut points = Vec::new();
    for object in session.find_objects(&template).map_err(failed)?.into_iter().chain([key]) {
        for attribute in session.get_attributes(object, &[AttributeType::EcPoint]).map_err(failed)? {
            if let Attribute::EcPoint(point) = attribute
                && !point.is_empty()
                && !points.contains(&point)
            {
                points.push(point);
            }
        }
    }
    match points.as_slice() {
        [point] => PublicKey::from_sec1(unwrapped(point)).map_err(|e| {
            error::nonsense(Operation::Describe, &name.to_string(), "with a point that is not on P-256")
                .with_source(e)
                .into()
        }),
        [] => {
            let problem = "its public key is not on the token: write it there (`pkcs11-tool --write-object KEY.der \
                           --type pubkey`) with the id of the private key";
            Err(error::unfit(&name.to_string(), problem).into())
        }
        [..] => Err(error::unfit(&name.to_string(), "several public keys have its id: remove all but its own").into()),
    }
}

/// The point out of its OCTET STRING (PKCS#11, 6.3.3); some tokens leave that away.
fn unwrapped(point: &[u8]) -> &[u8] {
    match point {
        [0x04, length, inner @ ..] if usize::from(*length) == inner.len() => inner,
        _ => point,
    }
}

#[cfg(test)]
mod tests {
    use super::unwrapped;

    #[test]
    fn points_are_read_with_and_without_their_octet_string() {
        let mut raw = vec![0x04];
        raw.extend([0x41; 64]);
        let wrapped = [&[0x04, 65][..], &raw].concat();
        assert_eq!((unwrapped(&wrapped), unwrapped(&raw)), (&raw[..], &raw[..]));
        let compressed = [&[0x02][..], &[7; 32]].concat();
        let wrapped = [&[0x04, 33][..], &compressed].concat();
        assert_eq!((unwrapped(&wrapped), unwrapped(&compressed)), (&compressed[..], &compressed[..]));
        assert!(unwrapped(&[]).is_empty());
    }
}
