//! The data folder: private to its owner, and used by one Natter at a time.
//!
//! Rule: one writer changes a room, so two processes on one database would each remember what the other changed. The
//! lock goes with the process, however that ends.

use std::{
    fs::{File, TryLockError},
    path::Path,
};

use anyhow::{Context as _, bail};

use crate::private_files;

/// The folder, locked until dropped.
#[derive(Debug)]
pub(super) struct DataDir {
    _lock: File,
}

impl DataDir {
    /// Makes the folder where it is missing, readable for its owner only, and takes its lock.
    ///
    /// # Errors
    /// It cannot be made, or another Natter uses it.
    pub(super) fn open(folder: &Path) -> anyhow::Result<Self> {
        let what = || format!("the data folder {} cannot be used", folder.display());
        private_files::make_folder(folder).with_context(what)?;
        let lock = File::create(folder.join("lock")).with_context(what)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { _lock: lock }),
            Err(TryLockError::WouldBlock) => {
                bail!(
                    "the data folder {} is in use by another natter",
                    folder.display()
                )
            }
            Err(TryLockError::Error(error)) => Err(error).with_context(what),
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::DataDir;

    #[test]
    fn a_folder_serves_one_at_a_time() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("data");
        let first = DataDir::open(&folder).unwrap();
        let refused = DataDir::open(&folder).unwrap_err().to_string();
        assert!(
            refused.ends_with("is in use by another natter"),
            "{refused}"
        );
        drop(first);
        DataDir::open(&folder).unwrap();
    }
}
