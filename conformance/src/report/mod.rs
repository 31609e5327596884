//! What came of a run, for people and for programs.

pub mod console;
pub mod html;
mod html_page;
pub mod json;
pub mod junit;

use crate::agreement::Agreement;
use crate::runner::Report;
use crate::suites::Suite;

/// Everything there is to report.
#[derive(Debug)]
pub struct Whole<'a> {
    /// The suites that were run.
    pub suites: &'a [Suite],
    /// One for each driver.
    pub reports: &'a [Report],
    /// Whether they agree; of one driver alone there is none.
    pub agreement: Option<&'a Agreement>,
}

impl Whole<'_> {
    /// Whether all is as it should be.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.reports.iter().all(Report::is_good)
            && self.agreement.is_none_or(|agreement| agreement.disagreements.is_empty() && agreement.compared > 0)
    }
}

/// `&`, `<`, `>` and quotes as XML and HTML want them; characters that XML cannot have, as U+FFFD.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\t' | '\n' | '\r' => out.push(character),
            control if control < ' ' || matches!(control, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn what_would_be_markup_is_text() {
        assert_eq!(escaped("<a b=\"c\" d='e'>&\u{1}"), "&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;\u{fffd}");
    }
}
