//! HTTP/1.1 messages with a `Content-Length`. Anything else ends the run: nothing is guessed.

use anyhow::{Context as _, Result, bail, ensure};
use tokio::io::{AsyncRead, AsyncReadExt as _};

/// The largest message: replies are a kilobyte or two.
const BYTES_MAX: usize = 64 * 1024;

/// Reads messages one after the other.
#[derive(Default)]
pub(crate) struct Reader {
    buffer: Vec<u8>,
    /// The message that was read last, which is dropped before the next.
    done: usize,
}

/// A message, as the bytes that came.
pub(crate) struct Message<'a> {
    /// Start line and fields.
    pub(crate) head: &'a str,
    pub(crate) body: &'a [u8],
}

impl Reader {
    /// The next message; `None` if the other side has ended.
    pub(crate) async fn next(&mut self, stream: &mut (impl AsyncRead + Unpin)) -> Result<Option<Message<'_>>> {
        self.buffer.drain(..self.done);
        self.done = 0;
        let head = loop {
            if let Some(end) = find(&self.buffer, b"\r\n\r\n") {
                break end + 4;
            }
            if !self.fill(stream).await? {
                ensure!(self.buffer.is_empty(), "a message ended in its head");
                return Ok(None);
            }
        };
        let length = content_length(text(&self.buffer, head)?)?;
        while self.buffer.len() < head + length {
            ensure!(self.fill(stream).await?, "a message ended in its body");
        }
        self.done = head + length;
        let body = self.buffer.get(head..self.done).unwrap_or_default();
        Ok(Some(Message { head: text(&self.buffer, head)?, body }))
    }

    async fn fill(&mut self, stream: &mut (impl AsyncRead + Unpin)) -> Result<bool> {
        ensure!(self.buffer.len() < BYTES_MAX, "a message has more than {BYTES_MAX} bytes");
        self.buffer.reserve(4096);
        Ok(stream.read_buf(&mut self.buffer).await? > 0)
    }
}

impl Message<'_> {
    /// The status of a reply.
    pub(crate) fn status(&self) -> Result<u16> {
        let status = self.head.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3));
        status.and_then(|status| status.parse().ok()).with_context(|| format!("no reply of HTTP/1.1: {}", self.head))
    }

    /// The text between `"name":"` and the next quotation mark.
    pub(crate) fn string(&self, name: &str) -> Option<&str> {
        let start = format!("\"{name}\":\"");
        let rest = self.body.get(find(self.body, start.as_bytes())? + start.len()..)?;
        std::str::from_utf8(rest.get(..find(rest, b"\"")?)?).ok()
    }
}

/// The value of a field.
pub(crate) fn field<'h>(head: &'h str, name: &str) -> Option<&'h str> {
    head.lines()
        .skip(1)
        .filter_map(|line| line.split_once(':'))
        .find_map(|(field, value)| field.eq_ignore_ascii_case(name).then(|| value.trim()))
}

fn content_length(head: &str) -> Result<usize> {
    match field(head, "content-length") {
        Some(length) => length.parse().context("the Content-Length is no number"),
        None if field(head, "transfer-encoding").is_none() && head.starts_with("GET ") => Ok(0),
        None => bail!("a message without Content-Length: {head}"),
    }
}

fn text(buffer: &[u8], end: usize) -> Result<&str> {
    std::str::from_utf8(buffer.get(..end).unwrap_or_default()).context("a head is not ASCII")
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}
