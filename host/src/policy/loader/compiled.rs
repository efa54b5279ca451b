//! From a component's bytes to something that can be instantiated; what was compiled is kept in a private folder.
//!
//! Rule: compiled code is trusted like the server's own, so it is only ever read from the folder that nobody else can write, and only if
//! its checksum is right. An operator's file is always a component, never compiled code.

use std::{
    collections::BTreeSet,
    fs,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    io,
    os::unix::fs::{DirBuilderExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use sha2::{Digest as _, Sha256};
use wasmtime::{
    Engine,
    component::{Component, Linker},
};

use super::super::{asked::hex, component::Linked, files, state::HostState};

/// Components that stay in memory, so that going back and forth between two versions costs nothing.
const IN_MEMORY: usize = 16;
/// The checksum before the compiled code.
const SUM_BYTES: usize = 32;

/// Compiles, and remembers what it has compiled.
pub(super) struct Compiler {
    engine: Engine,
    linker: Linker<HostState>,
    folder: PathBuf,
    versions: PathBuf,
    recent: Mutex<Vec<(Arc<str>, Linked)>>,
}

impl Compiler {
    /// # Errors
    /// The folder cannot be made.
    pub(super) fn new(
        engine: &Engine,
        linker: Linker<HostState>,
        private: &Path,
    ) -> io::Result<Self> {
        let mut hasher = DefaultHasher::new();
        engine.precompile_compatibility_hash().hash(&mut hasher);
        let folder = private.join(format!("compiled-{:016x}", hasher.finish()));
        let versions = private.join("versions");
        for made in [private, &folder, &versions] {
            fs::DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(made)?;
            fs::set_permissions(made, fs::Permissions::from_mode(0o700))?;
        }
        Ok(Self {
            engine: engine.clone(),
            linker,
            folder,
            versions,
            recent: Mutex::default(),
        })
    }

    /// What can be instantiated. Takes long where it must compile: not for a thread that others wait for.
    ///
    /// # Errors
    /// What is wrong with the component, for the operator.
    pub(super) fn linked(&self, hash: &Arc<str>, bytes: &[u8]) -> Result<Linked, String> {
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = recent.iter().position(|(known, _)| known == hash) {
            let found = recent.remove(place);
            let linked = found.1.clone();
            recent.push(found);
            return Ok(linked);
        }
        drop(recent);
        let component = match self.read(hash) {
            Some(component) => component,
            None => self.compile(hash, bytes)?,
        };
        let linked = Linked::new(&component, &self.linker)?;
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        if recent.len() >= IN_MEMORY {
            recent.remove(0);
        }
        recent.push((Arc::clone(hash), linked.clone()));
        Ok(linked)
    }

    /// A copy of a component that was active: for rollbacks, and for when its file is gone or broken.
    pub(super) fn keep_copy(&self, hash: &str, bytes: &[u8]) -> io::Result<()> {
        if self.copy(hash).is_ok() {
            return Ok(());
        }
        files::put(&self.versions, &format!("{hash}.wasm"), bytes)
    }

    /// Deletes what no plugin can come back to, and what other versions of the engine have compiled.
    pub(super) fn prune(&self, needed: &BTreeSet<String>) {
        let is_needed = |path: &Path| {
            let stem = path.file_stem().and_then(|stem| stem.to_str());
            stem.is_some_and(|stem| needed.contains(stem))
        };
        let files = |folder: &Path| fs::read_dir(folder).into_iter().flatten().flatten();
        for file in files(&self.versions).chain(files(&self.folder)) {
            if !is_needed(&file.path()) {
                // What stays costs space and nothing else.
                drop(fs::remove_file(file.path()));
            }
        }
        let private = self.folder.parent().into_iter();
        for other in private.flat_map(files).map(|entry| entry.path()) {
            if other != self.folder && other != self.versions {
                drop(fs::remove_dir_all(other));
            }
        }
    }

    /// The copy of a component that was active.
    pub(super) fn copy(&self, hash: &str) -> io::Result<Vec<u8>> {
        let bytes = fs::read(self.versions.join(format!("{hash}.wasm")))?;
        if hex(&Sha256::digest(&bytes)) != hash {
            return Err(io::Error::other("the copy is damaged"));
        }
        Ok(bytes)
    }

    fn read(&self, hash: &str) -> Option<Component> {
        let content = fs::read(self.folder.join(format!("{hash}.cwasm"))).ok()?;
        let (sum, code) = content.split_at_checked(SUM_BYTES)?;
        if <[u8; SUM_BYTES]>::from(Sha256::digest(code)) != sum {
            tracing::warn!(hash, "compiled code was damaged; it is made anew");
            return None;
        }
        #[expect(unsafe_code, reason = "wasmtime cannot check compiled code")]
        // SAFETY: this server wrote the file, into a folder that its user alone can write (`new`), for this very engine (the folder's
        // name has its compatibility hash), and the checksum says that it is whole.
        let component = unsafe { Component::deserialize(&self.engine, code) };
        component.ok()
    }

    fn compile(&self, hash: &str, bytes: &[u8]) -> Result<Component, String> {
        let component = Component::from_binary(&self.engine, bytes)
            .map_err(|error| format!("not a component that can be compiled: {error:#}"))?;
        // Without the file it is compiled again at the next start.
        let kept = component
            .serialize()
            .map_err(io::Error::other)
            .and_then(|code| {
                let content = [&*Sha256::digest(&code), &code].concat();
                files::put(&self.folder, &format!("{hash}.cwasm"), &content)
            });
        if let Err(error) = kept {
            tracing::warn!(hash, %error, "compiled code was not kept");
        }
        Ok(component)
    }
}

impl std::fmt::Debug for Compiler {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Compiler")
            .field("folder", &self.folder)
            .finish_non_exhaustive()
    }
}
