//! A certificate chain, leaf first, as it travels in `x5chain` and `x5c`.

use crate::encoding::der;
use crate::error::{Code, Error, Result};
use crate::limits;

/// From one to [`limits::CHAIN_CERTIFICATES`] certificates in DER, leaf first.
///
/// Each one is known to be exactly one DER SEQUENCE. **Not checked:** that it is a certificate, that one certifies
/// the next, that any of them is to be trusted.
#[derive(Clone, Copy, Debug)]
pub struct Chain<'a>(Source<'a>);

#[derive(Clone, Copy, Debug)]
enum Source<'a> {
    Slices(&'a [&'a [u8]]),
    Concatenated(&'a [u8]),
}

impl<'a> Chain<'a> {
    /// A chain of separate certificates.
    ///
    /// # Errors
    /// [`ChainEmpty`](Code::ChainEmpty), [`ChainTooLong`](Code::ChainTooLong),
    /// [`ChainInvalidCertificate`](Code::ChainInvalidCertificate). The offset is the **index** of the certificate.
    pub fn from_slices(certificates: &'a [&'a [u8]]) -> Result<Self> {
        check_count(certificates.len())?;
        for (index, certificate) in certificates.iter().enumerate() {
            check_certificate(certificate).map_err(|_| Error::new(Code::ChainInvalidCertificate, index))?;
        }
        Ok(Self(Source::Slices(certificates)))
    }

    /// A chain of certificates one behind the other without anything between: DER says where each one ends.
    ///
    /// # Errors
    /// Those of [`from_slices`](Self::from_slices). The offset of an invalid certificate is where it **starts**.
    pub fn from_concatenated(certificates: &'a [u8]) -> Result<Self> {
        let mut reader = der::Reader::new(certificates);
        let mut count = 0;
        while !reader.is_empty() {
            let start = reader.at();
            reader.value(der::SEQUENCE).map_err(|_| Error::new(Code::ChainInvalidCertificate, start))?;
            count += 1;
        }
        check_count(count)?;
        Ok(Self(Source::Concatenated(certificates)))
    }

    /// The certificates, leaf first.
    #[must_use]
    pub fn iter(&self) -> Certificates<'a> {
        Certificates(self.0)
    }

    /// How many certificates there are; never zero.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "a chain is never empty")]
    pub fn len(&self) -> usize {
        self.iter().count()
    }
}

fn check_count(count: usize) -> Result<()> {
    match count {
        0 => Err(Error::new(Code::ChainEmpty, 0)),
        1..=limits::CHAIN_CERTIFICATES => Ok(()),
        _ => Err(Error::new(Code::ChainTooLong, limits::CHAIN_CERTIFICATES)),
    }
}

/// Exactly one SEQUENCE.
pub(crate) fn check_certificate(der: &[u8]) -> Result<()> {
    let mut reader = der::Reader::new(der);
    reader.value(der::SEQUENCE)?;
    reader.end()
}

/// Iterates over the certificates of a [`Chain`].
#[derive(Clone, Debug)]
pub struct Certificates<'a>(Source<'a>);

impl<'a> Iterator for Certificates<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        match &mut self.0 {
            Source::Slices(slices) => {
                let (first, rest) = slices.split_first()?;
                *slices = rest;
                Some(first)
            }
            Source::Concatenated(bytes) => {
                let mut reader = der::Reader::new(bytes);
                reader.value(der::SEQUENCE).ok()?;
                let (first, rest) = bytes.split_at_checked(reader.at())?;
                *bytes = rest;
                Some(first)
            }
        }
    }
}

impl<'a> IntoIterator for &Chain<'a> {
    type Item = &'a [u8];
    type IntoIter = Certificates<'a>;

    fn into_iter(self) -> Certificates<'a> {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::Chain;
    use crate::Code;
    use alloc::vec::Vec;

    const A: &[u8] = &[0x30, 3, 2, 1, 1];
    const B: &[u8] = &[0x30, 0];

    #[test]
    fn both_forms_give_the_same_certificates() {
        let joined = [A, B].concat();
        let slices = [A, B];
        let (slices, joined) = (Chain::from_slices(&slices).unwrap(), Chain::from_concatenated(&joined).unwrap());
        assert_eq!(slices.iter().collect::<Vec<_>>(), [A, B]);
        assert_eq!(joined.iter().collect::<Vec<_>>(), [A, B]);
        assert_eq!((slices.len(), joined.len()), (2, 2));
    }

    #[test]
    fn refusals() {
        let joined = |bytes: &[u8]| Chain::from_concatenated(bytes).map(|_| ()).map_err(|e| (e.code(), e.at()));
        assert_eq!(joined(&[]), Err((Code::ChainEmpty, 0)));
        assert_eq!(joined(&[0x30, 0, 0x31, 0]), Err((Code::ChainInvalidCertificate, 2)));
        assert_eq!(joined(&[0x30, 0, 0x30, 1]), Err((Code::ChainInvalidCertificate, 2)));
        assert_eq!(joined(&B.repeat(11)), Err((Code::ChainTooLong, 10)));
        let slices = [A, &[0x30, 0, 0][..]];
        assert_eq!(Chain::from_slices(&slices).unwrap_err().at(), 1);
    }
}
