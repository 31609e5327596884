//! The readers by themselves, for the fuzz targets of `core-nostd/fuzz` to compare with other libraries.

use crate::encoding::{JsonString, cbor, der, json};
use crate::error::Result;

/// Steps over one CBOR item and returns its length.
///
/// # Errors
/// The CBOR codes.
pub fn cbor_item(input: &[u8]) -> Result<usize> {
    let mut reader = cbor::Reader::new(input);
    reader.skip()?;
    Ok(reader.at())
}

/// Steps over one JSON value, which must be all there is.
///
/// # Errors
/// The JSON codes.
pub fn json_text(input: &[u8]) -> Result<()> {
    let mut reader = json::Reader::new(input)?;
    reader.skip()?;
    reader.end()
}

/// Reads a JSON string, which must be all there is.
///
/// # Errors
/// The JSON codes.
pub fn json_string(input: &[u8]) -> Result<JsonString<'_>> {
    let mut reader = json::Reader::new(input)?;
    let string = reader.string()?;
    reader.end()?;
    Ok(string)
}

/// The content of one DER value of this tag, which must be all there is.
///
/// # Errors
/// The DER codes.
pub fn der_value(input: &[u8], tag: u8) -> Result<&[u8]> {
    let mut reader = der::Reader::new(input);
    let value = reader.value(tag)?;
    reader.end()?;
    Ok(value.rest())
}
