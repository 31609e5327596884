//! A module as it is in a process: loaded once, initialised once, and never unloaded.
//!
//! PKCS#11 counts the process and not the caller as the application: a second `C_Initialize` fails, and `C_Finalize`
//! ends the sessions of all. So there is one [`Module`] for each path, and its generation says which sessions are of
//! today. It stays until the process ends: modules have threads, and code that is unloaded under them crashes.

use core::fmt;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, TryLockError};

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error, RvError};

use crate::providers::ProviderError;
use crate::providers::pkcs11::error;

static LOADED: Mutex<BTreeMap<PathBuf, Arc<Module>>> = Mutex::new(BTreeMap::new());

/// A module.
pub(super) struct Module {
    path: PathBuf,
    library: Pkcs11,
    /// How often it was initialised. Read-locked by whoever calls the module, so that it is not finalised under them.
    generation: RwLock<u64>,
}

impl fmt::Debug for Module {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Module").field("path", &self.path).finish_non_exhaustive()
    }
}

/// The right to call the module. It is given back before anything else is waited for.
pub(super) struct Entered<'a> {
    pub(super) library: &'a Pkcs11,
    generation: RwLockReadGuard<'a, u64>,
}

impl Entered<'_> {
    pub(super) fn generation(&self) -> u64 {
        *self.generation
    }
}

impl Module {
    /// Loads the module at a path, which runs its code in this process.
    pub(super) fn load(path: &Path) -> Result<Arc<Self>, ProviderError> {
        let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(module) = loaded.get(path) {
            return Ok(Arc::clone(module));
        }
        let library = Pkcs11::new(path).map_err(|e| error::load(path, e))?;
        initialize(&library).map_err(|e| error::load(path, e))?;
        let module = Arc::new(Self { path: path.to_owned(), library, generation: RwLock::new(1) });
        loaded.insert(path.to_owned(), Arc::clone(&module));
        Ok(module)
    }

    pub(super) fn enter(&self) -> Entered<'_> {
        let generation = self.generation.read().unwrap_or_else(PoisonError::into_inner);
        Entered { library: &self.library, generation }
    }

    /// Initialises it anew, which some modules need to see a token again. While a call is under way nothing is done:
    /// to finalise then is undefined (PKCS#11, 5.4.2).
    pub(super) fn start_again(&self) -> Result<(), ProviderError> {
        let mut generation = match self.generation.try_write() {
            Ok(generation) => generation,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return Ok(()),
        };
        *generation += 1;
        // What is not initialised cannot be finalised, and that is as good.
        drop(self.library.clone().finalize());
        initialize(&self.library).map_err(|e| error::load(&self.path, e))
    }
}

fn initialize(library: &Pkcs11) -> Result<(), Error> {
    match library.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
        // By somebody else in this process.
        Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => Ok(()),
        result => result,
    }
}
