//! What takes bytes in pieces, from one thread or from several.

use core::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::{Result, SplitsignError};

/// Something that runs until it is finished or fails, and says so to who comes later.
pub(crate) struct Stream<T>(Mutex<State<T>>);

enum State<T> {
    Running(T),
    Finished,
    Failed,
}

impl<T> Stream<T> {
    pub(crate) fn new(running: T) -> Self {
        Self(Mutex::new(State::Running(running)))
    }

    /// Does something with what runs. If that fails, a part may have been taken: the stream is over.
    pub(crate) fn update(&self, step: impl FnOnce(&mut T) -> Result<()>) -> Result<()> {
        let mut state = self.lock();
        match &mut *state {
            State::Running(running) => {
                let done = step(running);
                if done.is_err() {
                    *state = State::Failed;
                }
                done
            }
            State::Finished => Err(SplitsignError::stream_finished()),
            State::Failed => Err(SplitsignError::stream_failed()),
        }
    }

    /// Takes out what runs. The stream is over.
    pub(crate) fn finish(&self) -> Result<T> {
        let mut state = self.lock();
        match core::mem::replace(&mut *state, State::Finished) {
            State::Running(running) => Ok(running),
            State::Finished => Err(SplitsignError::stream_finished()),
            State::Failed => {
                *state = State::Failed;
                Err(SplitsignError::stream_failed())
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        // Nothing panics while it is held; what runs would be whole even then.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> fmt::Debug for Stream<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &*self.lock() {
            State::Running(_) => "Stream(running)",
            State::Finished => "Stream(finished)",
            State::Failed => "Stream(failed)",
        })
    }
}
