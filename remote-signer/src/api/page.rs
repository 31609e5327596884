//! Which part of a list is wanted: `limit` and `cursor`.

use crate::api::problem::Problem;
use crate::api::problem_code::ProblemCode;
use crate::encoding::{base64url, from_base64url};
use crate::identity::KeyId;

/// What a query says of it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Page {
    pub(super) limit: Option<usize>,
    /// The key to go on after.
    pub(super) after: Option<KeyId>,
}

impl Page {
    /// Reads `limit` and `cursor` of a query, and nothing else. Neither needs an escape.
    pub(super) fn read(query: Option<&str>) -> Result<Self, Problem> {
        let mut page = Self::default();
        let parameters = query.into_iter().flat_map(|query| query.split('&'));
        for parameter in parameters.filter(|parameter| !parameter.is_empty()) {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            match name {
                "limit" if page.limit.is_none() => {
                    page.limit = Some(value.parse().map_err(|_| invalid("limit", "write limit as a number"))?);
                }
                "cursor" if page.after.is_none() => page.after = Some(cursor(value)?),
                "limit" | "cursor" => return Err(invalid(name, "send each parameter once")),
                _ => {
                    let detail = "there are the parameters limit and cursor";
                    return Err(Problem::new(ProblemCode::InvalidQuery, detail));
                }
            }
        }
        Ok(page)
    }
}

/// For what is one thing: whoever names a version here would get another one without a word.
pub(super) fn no_parameters(query: Option<&str>) -> Result<(), Problem> {
    match query {
        None | Some("") => Ok(()),
        Some(_) => {
            Err(Problem::new(ProblemCode::InvalidQuery, "there are no parameters here; leave out what follows the ?"))
        }
    }
}

fn invalid(name: &str, detail: impl Into<String>) -> Problem {
    Problem::new(ProblemCode::InvalidQuery, detail).field(name)
}

/// A limit from 1 to `max`.
pub(super) fn limit(wanted: Option<usize>, default: usize, max: usize) -> Result<usize, Problem> {
    match wanted {
        None => Ok(default),
        Some(limit) if (1..=max).contains(&limit) => Ok(limit),
        Some(_) => Err(invalid("limit", format!("limit is a number from 1 to {max}"))),
    }
}

/// The key to go on after.
pub(super) fn cursor(text: &str) -> Result<KeyId, Problem> {
    let key = from_base64url(text).ok().and_then(|bytes| String::from_utf8(bytes).ok()?.parse().ok());
    key.ok_or_else(|| invalid("cursor", "send the text of `nextCursor`, unchanged"))
}

/// The cursor to go on with after `key`.
pub(super) fn cursor_after(key: &KeyId) -> String {
    base64url(key.as_str().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::{Page, cursor_after, limit};

    #[test]
    fn pages_are_read_strictly() {
        let key = "acme/c2pa".parse().unwrap();
        let read = Page::read(Some(&format!("limit=5&cursor={}", cursor_after(&key)))).unwrap();
        assert_eq!((read.limit, read.after), (Some(5), Some(key)));
        assert_eq!(Page::read(None).unwrap(), Page::read(Some("")).unwrap());
        let too_long = "limit=99999999999999999999999";
        for bad in ["limit=", "limit=-1", "limit=1&limit=1", too_long, "cursor=", "cursor=***", "Limit=1", "x", "limit"]
        {
            assert!(Page::read(Some(bad)).is_err(), "{bad}");
        }
        assert_eq!(limit(None, 7, 9).unwrap(), 7);
        assert!(limit(Some(0), 7, 9).is_err() && limit(Some(10), 7, 9).is_err() && limit(Some(9), 7, 9).is_ok());
    }
}
