//! `Accept` (RFC 9110, 12.5.1), for the one route that has two forms of its answer.

use axum::http::{HeaderMap, header};

/// What the client takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Accepted {
    /// `application/octet-stream`, and not less than JSON.
    pub(super) bytes: bool,
    /// `application/json`.
    pub(super) json: bool,
    /// `text/plain` by its name, and no problem as JSON: a client that prints what it gets.
    pub(super) plain_problems: bool,
}

impl Accepted {
    /// Without the header, everything.
    pub(super) fn read(headers: &HeaderMap) -> Self {
        let values = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
        let ranges: Vec<(&str, u16)> = values.flat_map(|value| value.split(',')).filter_map(range).collect();
        if ranges.is_empty() {
            return Self { bytes: true, json: true, plain_problems: false };
        }
        let bytes = quality(&ranges, "application", "octet-stream");
        let json = quality(&ranges, "application", "json");
        let named = |name: &str| ranges.iter().any(|(range, quality)| range.eq_ignore_ascii_case(name) && *quality > 0);
        let plain_problems = named("text/plain") && !named("application/problem+json") && !named("application/json");
        Self { bytes: bytes > 0 && bytes >= json, json: json > 0, plain_problems }
    }
}

/// A media range and its quality in thousandths; `None` if it is none.
fn range(text: &str) -> Option<(&str, u16)> {
    let mut parts = text.split(';').map(str::trim);
    let name = parts.next().filter(|name| name.contains('/'))?;
    let quality = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
    let thousandths = |text: &str| match text.split_once('.') {
        None => text.parse::<u16>().ok().map(|whole| whole.saturating_mul(1000)),
        Some((whole, rest)) if rest.len() <= 3 => format!("{whole}{rest:0<3}").parse().ok(),
        Some(_) => None,
    };
    // A quality that is none is taken for 1, as most servers do.
    Some((name, quality.and_then(thousandths).unwrap_or(1000).min(1000)))
}

/// That of the most specific range which the type is in.
fn quality(ranges: &[(&str, u16)], kind: &str, subtype: &str) -> u16 {
    let names = [format!("{kind}/{subtype}"), format!("{kind}/*"), "*/*".to_owned()];
    let found = names.iter().find_map(|name| ranges.iter().find(|(range, _)| range.eq_ignore_ascii_case(name)));
    found.map_or(0, |(_, quality)| *quality)
}

#[cfg(test)]
mod tests {
    use super::Accepted;
    use axum::http::{HeaderMap, HeaderValue, header};

    #[test]
    fn the_form_is_the_one_that_is_asked_for() {
        for (accept, bytes, json, plain_problems) in [
            (None, true, true, false),
            (Some("*/*"), true, true, false),
            (Some("application/octet-stream"), true, false, false),
            (Some("application/*"), true, true, false),
            (Some("application/json"), false, true, false),
            (Some("application/json, */*"), true, true, false),
            (Some("application/json, */*;q=0.8"), false, true, false),
            (Some("application/octet-stream;q=0.5, application/json"), false, true, false),
            (Some("application/octet-stream, text/plain"), true, false, true),
            (Some("application/octet-stream, text/plain, application/problem+json"), true, false, false),
            (Some("text/plain"), false, false, true),
            (Some("text/plain;q=0, */*"), true, true, false),
            (Some("image/png"), false, false, false),
            (Some("application/octet-stream;q=0, */*"), false, true, false),
            (Some("Application/Octet-Stream ; q=0.001"), true, false, false),
            (Some("nonsense"), true, true, false),
            (Some("application/json;q=65535"), false, true, false),
        ] {
            let mut headers = HeaderMap::new();
            if let Some(accept) = accept {
                headers.insert(header::ACCEPT, HeaderValue::from_static(accept));
            }
            assert_eq!(Accepted::read(&headers), Accepted { bytes, json, plain_problems }, "{accept:?}");
        }
    }
}
