//! The process: lines in, lines out, within a time.

use core::fmt;
use core::time::Duration;
use std::collections::VecDeque;
use std::io::{self, BufRead as _, BufReader, Read, Write as _};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use anyhow::{Context as _, Result, ensure};
use rustix::process::{Pid, Signal, kill_process_group};

use crate::driver::DriverFile;

/// A line may be as long as the largest object, and then half as long again.
const LINE_BYTES_MAX: u64 = 64 << 20;

/// How much of what it complained of is kept.
const COMPLAINT_LINES: usize = 12;

/// How long a driver that has closed its output may take to end, in so many parts.
const MOMENT: Duration = Duration::from_millis(10);
const MOMENTS: u32 = 200;

/// Why there is no line.
#[derive(Debug)]
pub(super) enum Silence {
    TooLate(Duration),
    TooLong(u64),
    Ended,
}

impl fmt::Display for Silence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLate(limit) => write!(f, "no answer within {} ms", limit.as_millis()),
            Self::TooLong(bytes) => write!(f, "a line of more than {bytes} bytes"),
            Self::Ended => f.write_str("it ended"),
        }
    }
}

/// A child with pipes. Its own children are in its process group, and end with it.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    input: Option<ChildStdin>,
    lines: Receiver<Result<String, Silence>>,
    complaints: Arc<Mutex<VecDeque<String>>>,
}

impl Process {
    pub(super) fn spawn(file: &DriverFile) -> Result<Self> {
        let (program, arguments) = file.command.split_first().context("the command is empty")?;
        let mut command = Command::new(program);
        command.args(arguments).current_dir(&file.folder).process_group(0);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let hint = || file.build.as_deref().map(|build| format!(" (`{build}` builds it)")).unwrap_or_default();
        let mut child = command.spawn().with_context(|| format!("{}: cannot start {program}{}", file.name, hint()))?;
        let input = child.stdin.take();
        let (sender, lines) = channel();
        if let Some(output) = child.stdout.take() {
            thread::spawn(move || read_lines(output, &sender));
        }
        let complaints = Arc::new(Mutex::new(VecDeque::new()));
        if let Some(output) = child.stderr.take() {
            let kept = Arc::clone(&complaints);
            thread::spawn(move || keep_last(output, &kept));
        }
        Ok(Self { child, input, lines, complaints })
    }

    /// Writes a line and waits for one.
    pub(super) fn ask(&mut self, line: &str, limit: Duration) -> Result<String, Silence> {
        // A driver that does not read is as bad as one that does not answer, but a pipe that is full has no time limit:
        // what is in it is written by a thread of its own.
        let mut input = self.input.take().ok_or(Silence::Ended)?;
        let line = format!("{line}\n");
        let (done, written) = channel();
        thread::spawn(move || {
            let result = input.write_all(line.as_bytes()).and_then(|()| input.flush());
            // Whoever asked may have given up.
            let _ = done.send((input, result));
        });
        match written.recv_timeout(limit) {
            Ok((input, Ok(()))) => self.input = Some(input),
            Ok((_, Err(_))) | Err(RecvTimeoutError::Disconnected) => return Err(Silence::Ended),
            Err(RecvTimeoutError::Timeout) => return Err(Silence::TooLate(limit)),
        }
        match self.lines.recv_timeout(limit) {
            Ok(line) => line,
            Err(RecvTimeoutError::Timeout) => Err(Silence::TooLate(limit)),
            Err(RecvTimeoutError::Disconnected) => Err(Silence::Ended),
        }
    }

    /// Tells it to stop and waits until it has.
    pub(super) fn stop(mut self, limit: Duration) -> Result<()> {
        let answer =
            self.ask(r#"{"do":"stop"}"#, limit).map_err(|silence| anyhow::anyhow!("asked to stop: {silence}"))?;
        ensure!(answer.contains("\"stopped\""), "asked to stop, it said {answer}");
        drop(self.input.take());
        // It has nothing more to say: the channel closes when it ends.
        match self.lines.recv_timeout(limit) {
            Err(RecvTimeoutError::Disconnected) => {}
            Err(RecvTimeoutError::Timeout) => anyhow::bail!("it said that it stopped, and did not end"),
            Ok(_) => anyhow::bail!("it said more after it had stopped"),
        }
        let status = self.child.wait()?;
        ensure!(status.success(), "it ended with {status}; {}", self.complaint());
        Ok(())
    }

    /// Ends it and whatever it started, and says how it ended and what it complained of.
    pub(super) fn kill(mut self) -> String {
        let before = self.ended_by_itself();
        self.kill_group();
        let status = self.child.wait();
        let how = match (before, status) {
            (Ok(Some(status)), _) => format!("with {status}"),
            (_, Ok(_)) => "by the runner".to_owned(),
            (_, Err(error)) => format!("unknown: {error}"),
        };
        let complaint = self.complaint();
        if complaint.is_empty() { how } else { format!("{how}; it said: {complaint}") }
    }

    /// How it ended, if it did. One that has closed its output is about to, and has a moment to say how.
    fn ended_by_itself(&mut self) -> io::Result<Option<ExitStatus>> {
        for _ in 0..MOMENTS {
            let status = self.child.try_wait()?;
            if status.is_some() || !matches!(self.lines.try_recv(), Err(TryRecvError::Disconnected)) {
                return Ok(status);
            }
            thread::park_timeout(MOMENT);
        }
        self.child.try_wait()
    }

    fn kill_group(&mut self) {
        if let Some(group) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            // It may have ended meanwhile.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }

    fn complaint(&self) -> String {
        let kept = self.complaints.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter().map(String::as_str).collect::<Vec<_>>().join(" | ")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill_group();
        let _ = self.child.wait();
    }
}

fn read_lines(output: impl Read, lines: &Sender<Result<String, Silence>>) {
    let mut reader = BufReader::new(output);
    loop {
        let mut line = Vec::new();
        let read = reader.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut line);
        if !matches!(read, Ok(bytes) if bytes > 0) {
            return;
        }
        let whole = line.pop() == Some(b'\n');
        let text = String::from_utf8_lossy(&line).into_owned();
        let next = if whole { Ok(text) } else { Err(too_long_or_ended(line.len())) };
        let last = next.is_err();
        if lines.send(next).is_err() || last {
            return;
        }
    }
}

fn too_long_or_ended(bytes: usize) -> Silence {
    if bytes as u64 + 1 >= LINE_BYTES_MAX { Silence::TooLong(LINE_BYTES_MAX) } else { Silence::Ended }
}

fn keep_last(output: impl Read, kept: &Mutex<VecDeque<String>>) {
    for line in BufReader::new(output).lines().map_while(Result::ok) {
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() == COMPLAINT_LINES {
            kept.pop_front();
        }
        kept.push_back(line);
    }
}
