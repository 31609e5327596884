//! Bytes that belong to JavaScript.

use core::ptr;

use napi::bindgen_prelude::{FromNapiValue, TypeName, ValidateNapiValue};
use napi::{ValueType, check_status, sys};

/// Where the bytes of a `Uint8Array` are, for as long as a call takes; nothing, where the argument is something else, or
/// is of memory that was transferred or that threads share.
#[derive(Debug)]
pub struct Memory(Option<Bytes>);

#[derive(Debug)]
struct Bytes {
    start: *mut u8,
    length: usize,
}

impl Memory {
    /// The bytes.
    ///
    /// # Safety
    /// As long as they are borrowed, JavaScript must not run and nothing may be written through this memory or another
    /// one.
    pub(crate) unsafe fn bytes<'m>(&self) -> Option<&'m [u8]> {
        match self.0.as_ref()? {
            Bytes { length: 0, .. } => Some(&[]),
            // SAFETY: Node says that so many bytes are there; for the rest see above.
            Bytes { start, length } => Some(unsafe { core::slice::from_raw_parts(*start, *length) }),
        }
    }

    /// Puts bytes at the start, and says how many, where they fit.
    ///
    /// # Safety
    /// Nothing may be borrowed from this memory, or from another one of the same bytes.
    pub(crate) unsafe fn write(&self, bytes: &[u8]) -> Option<u32> {
        let Bytes { start, length } = self.0.as_ref()?;
        let written = u32::try_from(bytes.len()).ok().filter(|_| bytes.len() <= *length)?;
        // SAFETY: there is room for them, and they are of Rust's memory, so both do not overlap.
        unsafe { ptr::copy_nonoverlapping(bytes.as_ptr(), *start, bytes.len()) };
        Some(written)
    }
}

impl FromNapiValue for Memory {
    unsafe fn from_napi_value(env: sys::napi_env, value: sys::napi_value) -> napi::Result<Self> {
        let (mut kind, mut length, mut start) = (0, 0, ptr::null_mut());
        let (mut buffer, mut offset) = (ptr::null_mut(), 0);
        // SAFETY: the value is one of this call, and all places to write to are ours.
        let status = unsafe {
            sys::napi_get_typedarray_info(
                env,
                value,
                &raw mut kind,
                &raw mut length,
                &raw mut start,
                &raw mut buffer,
                &raw mut offset,
            )
        };
        if status != sys::Status::napi_ok || kind != sys::TypedarrayType::uint8_array {
            return Ok(Self(None));
        }
        let mut alone = false;
        // SAFETY: as above. A SharedArrayBuffer is no ArrayBuffer.
        check_status!(unsafe { sys::napi_is_arraybuffer(env, buffer, &raw mut alone) })?;
        let mut transferred = false;
        if length == 0 && alone {
            // SAFETY: as above.
            check_status!(unsafe { sys::napi_is_detached_arraybuffer(env, buffer, &raw mut transferred) })?;
        }
        Ok(Self((alone && !transferred).then_some(Bytes { start: start.cast(), length })))
    }
}

impl TypeName for Memory {
    fn type_name() -> &'static str {
        "Uint8Array"
    }

    fn value_type() -> ValueType {
        ValueType::Object
    }
}

/// Whatever it is, it is looked at once: above.
impl ValidateNapiValue for Memory {
    unsafe fn validate(_: sys::napi_env, _: sys::napi_value) -> napi::Result<sys::napi_value> {
        Ok(ptr::null_mut())
    }
}
