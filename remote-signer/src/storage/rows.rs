//! Many rows as one parameter.

use serde::Serialize;

use crate::storage::StorageError;

/// Rows, each with its columns, for `json_each(?)`: one statement takes any number of them, and is prepared once.
/// Columns are what `value ->> 0`, `value ->> 1` and so on say; bytes are in hex, for `unhex`.
///
/// # Errors
/// A row has no JSON form.
pub fn rows<T: Serialize>(rows: &[T]) -> Result<String, StorageError> {
    serde_json::to_string(rows).map_err(|error| StorageError::corrupt(format!("rows have no JSON form: {error}")))
}
