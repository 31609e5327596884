//! A token that is logged in to: its sessions, and the handles of keys that were found.
//!
//! The login of PKCS#11 holds for all sessions of a process, as long as one is open. So it is made once for each
//! connection, and sessions are closed with the connection and not before. A connection that has lost its token is
//! thrown away as a whole.

use core::fmt;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use cryptoki::context::{Function, Pkcs11};
use cryptoki::error::{Error, RvError};
use cryptoki::object::ObjectHandle;
use cryptoki::session::{Session, UserType};
use cryptoki::slot::{Slot, TokenInfo};
use cryptoki::types::AuthPin;

use crate::providers::pkcs11::error::{self, Failure, Operation};
use crate::providers::pkcs11::module::Module;
use crate::providers::pkcs11::reference::{KeyName, TokenName};
use crate::providers::{ErrorClass, ProviderError};

/// The user PIN. A token counts wrong ones and locks itself: after one refusal it is not tried again.
pub(super) struct Pin {
    pin: AuthPin,
    refused: OnceLock<String>,
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pin").field("is_refused", &self.refused.get().is_some()).finish_non_exhaustive()
    }
}

impl Pin {
    pub(super) fn new(pin: &str) -> Self {
        Self { pin: AuthPin::from(pin), refused: OnceLock::new() }
    }

    fn log_in(&self, session: &Session, token: &TokenInfo, name: &TokenName) -> Result<(), Failure> {
        if let Some(message) = self.refused.get() {
            return Err(ProviderError::new(ErrorClass::Denied, message.clone()).into());
        }
        if token.user_pin_final_try() && !token.user_pin_locked() {
            let message = format!(
                "the token {name} says that one more wrong PIN locks it, so it was not tried: log in once with another \
                 tool (`pkcs11-tool --login --list-objects`) and the right PIN"
            );
            return Err(error::failure(ErrorClass::Denied, &message).into());
        }
        match session.login(UserType::User, Some(&self.pin)) {
            Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => Ok(()),
            Err(refusal) => {
                let failure = error::classify(Operation::LogIn, &name.to_string(), refusal);
                if failure.error.class() == ErrorClass::Denied {
                    let message = format!(
                        "{} (the PIN was refused once and is not tried again before a restart, as the token may count)",
                        failure.error.message()
                    );
                    drop(self.refused.set(message));
                }
                Err(failure)
            }
        }
    }
}

/// A token, logged in to.
pub(super) struct Connection {
    module: Arc<Module>,
    generation: u64,
    slot: Slot,
    token: TokenName,
    /// Sessions that nobody uses now.
    idle: Mutex<Vec<Session>>,
    handles: Mutex<HashMap<KeyName, ObjectHandle>>,
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").field("token", &self.token).field("slot", &self.slot).finish_non_exhaustive()
    }
}

impl Connection {
    /// Finds the token and logs in.
    pub(super) fn open(module: &Arc<Module>, wanted: &TokenName, pin: &Pin) -> Result<Self, Failure> {
        let entered = module.enter();
        let (slot, info) = find_token(entered.library, wanted)?;
        let token = token_name(&info);
        let session = open_session(entered.library, slot)
            .map_err(|e| error::classify(Operation::Connect, &token.to_string(), e))?;
        if info.login_required()
            && let Err(failure) = pin.log_in(&session, &info, &token)
        {
            drop(session.close());
            return Err(failure);
        }
        Ok(Self {
            module: Arc::clone(module),
            generation: entered.generation(),
            slot,
            token,
            idle: Mutex::new(vec![session]),
            handles: Mutex::default(),
        })
    }

    pub(super) const fn token(&self) -> &TokenName {
        &self.token
    }

    pub(super) const fn slot(&self) -> Slot {
        self.slot
    }

    /// Does something with a session that nobody else uses meanwhile.
    pub(super) fn with_session<T>(
        &self,
        operation: Operation,
        what: &str,
        work: impl FnOnce(&Pkcs11, &Session) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let entered = self.module.enter();
        if entered.generation() != self.generation {
            // The numbers of our sessions may be those of others by now.
            let ended = Error::Pkcs11(RvError::CryptokiNotInitialized, Function::OpenSession);
            return Err(error::classify(operation, what, ended));
        }
        let idle = locked(&self.idle).pop();
        let session = match idle {
            Some(session) => session,
            None => open_session(entered.library, self.slot).map_err(|e| error::classify(operation, what, e))?,
        };
        let result = work(entered.library, &session);
        // Also after an error: if it was the last of this connection, it is closed with it.
        locked(&self.idle).push(session);
        result
    }

    /// Fails if the token is no longer the one that is in the slot.
    pub(super) fn is_present(&self, library: &Pkcs11) -> Result<(), Error> {
        let there = token_name(&library.get_token_info(self.slot)?);
        if there == self.token { Ok(()) } else { Err(Error::Pkcs11(RvError::TokenNotPresent, Function::GetTokenInfo)) }
    }

    /// The handle of a key that was found before.
    pub(super) fn handle(&self, key: &KeyName) -> Option<ObjectHandle> {
        locked(&self.handles).get(key).copied()
    }

    /// Keeps the handle of a key; `None` forgets it.
    pub(super) fn keep_handle(&self, key: &KeyName, handle: Option<ObjectHandle>) {
        let mut handles = locked(&self.handles);
        match handle {
            Some(handle) => drop(handles.insert(key.clone(), handle)),
            None => drop(handles.remove(key)),
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        let entered = self.module.enter();
        let idle = core::mem::take(&mut *locked(&self.idle));
        // Those of an earlier generation are closed, and their numbers may be those of others.
        if entered.generation() == self.generation {
            for session in idle {
                // The token may be gone, and its sessions with it.
                drop(session.close());
            }
        }
    }
}

/// The one slot whose token has what the configuration asks for.
fn find_token(library: &Pkcs11, wanted: &TokenName) -> Result<(Slot, TokenInfo), Failure> {
    let failed = |error| error::classify(Operation::Connect, &wanted.to_string(), error);
    let (mut found, mut others) = (Vec::new(), Vec::new());
    for slot in library.get_slots_with_token().map_err(failed)? {
        // A slot that cannot be read is not the one, or the search says that it is not there.
        let Ok(info) = library.get_token_info(slot) else { continue };
        let name = token_name(&info);
        if !info.token_initialized() {
            continue;
        }
        if wanted.fits(&name) {
            found.push((slot, info));
        } else {
            others.push(name.to_string());
        }
    }
    match (found.pop(), found.is_empty()) {
        (Some(token), true) => Ok(token),
        (Some(_), false) => {
            let message = format!("several tokens are {wanted}: say which in providers.pkcs11.serial");
            Err(error::failure(ErrorClass::Invalid, &message).into())
        }
        (None, _) => {
            let others = if others.is_empty() { "none at all".to_owned() } else { others.join(", ") };
            let message = format!(
                "there is no token {wanted}; the module shows {others}: put the token in, or correct \
                 providers.pkcs11.token and providers.pkcs11.serial"
            );
            Err(Failure { error: error::failure(ErrorClass::Unavailable, &message), is_lost: true })
        }
    }
}

/// For reading: to sign, a token need not be changed. Closed by us and not when dropped: by then its number may be that
/// of another session.
fn open_session(library: &Pkcs11, slot: Slot) -> Result<Session, Error> {
    library.open_ro_session_no_drop(slot)
}

fn token_name(info: &TokenInfo) -> TokenName {
    let text = |text: &str| Some(text.to_owned());
    TokenName {
        label: text(info.label()),
        serial: text(info.serial_number()),
        manufacturer: text(info.manufacturer_id()),
        model: text(info.model()),
    }
}

/// Nothing panics while these are locked.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
