//! `cases.bin`, as `xtask/src/proofs/cases.rs` writes it, read through the debugger.
//!
//! ```text
//! file      = *record %x00
//! record    = %x01 verdict key length signature length message            a signature, whoever made it
//!           / %x02 length name length object key raw-signature digest     an operation and its input
//! verdict   = %x00 / %x01                                                 refused, accepted
//! length    = 4OCTET                                                      little-endian
//! key       = 65OCTET
//! ```

use semihosting::fs::File;
use semihosting::io::{Read as _, Result};

/// Bytes of the longest signature or message that there is room for: Wycheproof has one of 4172.
pub const FIELD_BYTES: usize = 8192;

/// What is left of the file.
#[derive(Debug)]
pub struct Cases(File);

impl Cases {
    /// Opens the file, which lies where QEMU was started.
    ///
    /// # Errors
    /// Those of the debugger.
    pub fn open() -> Result<Self> {
        File::open(c"cases.bin").map(Self)
    }

    /// The next bytes.
    ///
    /// # Errors
    /// Those of the debugger, also at the end of the file.
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let mut bytes = [0; N];
        self.0.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    /// The next byte.
    ///
    /// # Errors
    /// Those of the debugger, also at the end of the file.
    pub fn byte(&mut self) -> Result<u8> {
        self.array::<1>().map(|[byte]| byte)
    }

    /// The next field; what does not fit is an end of the file.
    ///
    /// # Errors
    /// Those of the debugger, also at the end of the file.
    pub fn field<'b>(&mut self, buffer: &'b mut [u8]) -> Result<&'b [u8]> {
        let length = usize::try_from(u32::from_le_bytes(self.array()?)).unwrap_or(usize::MAX);
        let field = buffer.get_mut(..length).ok_or(semihosting::io::ErrorKind::UnexpectedEof)?;
        self.0.read_exact(field)?;
        Ok(field)
    }
}
