//! What stands behind the question mark. It is never logged.

use crate::api::problem::Problem;
use crate::api::problem_code::ProblemCode;
use crate::identity::KeyVersion;

/// The token, and the version of the key that the client's certificate is for.
pub(super) struct Query<'q> {
    pub(super) token: &'q str,
    /// `None`: the active one.
    pub(super) version: Option<KeyVersion>,
}

impl<'q> Query<'q> {
    /// Neither a token nor a number has a character that would have to be escaped, so nothing is unescaped.
    pub(super) fn read(query: &'q str) -> Result<Self, Problem> {
        let invalid = |field: &str| {
            Problem::new(ProblemCode::InvalidField, "write ?token=… once, and &version=N at most once").field(field)
        };
        let (mut token, mut version) = (None, None);
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            match pair.split_once('=') {
                Some(("token", value)) if token.is_none() => token = Some(value),
                Some(("version", value)) if version.is_none() => {
                    version = Some(value.parse().map_err(|_| invalid("version"))?);
                }
                // Neither the name nor the value is repeated: it may be a token that was written in the wrong place.
                _ => return Err(invalid("query")),
            }
        }
        let unauthorized = || Problem::new(ProblemCode::Unauthorized, "the URL has no ?token=…");
        Ok(Self { token: token.ok_or_else(unauthorized)?, version })
    }
}

#[cfg(test)]
mod tests {
    use super::Query;

    #[test]
    fn what_is_repeated_or_unknown_is_refused_and_not_said_again() {
        let query = Query::read("token=ssc_a_b&version=2").ok().unwrap();
        assert_eq!((query.token, query.version.map(|version| version.get())), ("ssc_a_b", Some(2)));
        for bad in ["", "token", "version=1", "token=a&token=b", "token=a&version=0", "token=a&version=x", "secret=a"] {
            let Err(problem) = Query::read(bad) else { unreachable!("{bad}") };
            assert!(problem.status().is_client_error() && !problem.sentence().contains("secret"), "{bad}");
        }
    }
}
