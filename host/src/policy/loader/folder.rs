//! What lies in the plugins folder, and when it has come to rest.
//!
//! Rule: a file is read only when its size, time and identity have stood still for a while: a torn copy of a component can be a valid
//! component.

use std::{
    collections::BTreeMap,
    fs::Metadata,
    io,
    os::unix::fs::MetadataExt as _,
    path::Path,
    time::{Duration, Instant, SystemTime},
};

/// A file's outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    len: u64,
    inode: u64,
    modified: Option<SystemTime>,
    /// When its content, its name or its rights changed, in seconds and nanoseconds.
    changed: (i64, i64),
}

impl Stamp {
    fn of(metadata: &Metadata) -> Self {
        Self {
            len: metadata.len(),
            inode: metadata.ino(),
            modified: metadata.modified().ok(),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        }
    }

    /// Of the file as it is now; none if it is not there.
    pub(super) fn at(path: &Path) -> Option<Self> {
        std::fs::metadata(path)
            .ok()
            .filter(Metadata::is_file)
            .map(|it| Self::of(&it))
    }
}

/// The two files of one plugin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Files {
    pub(super) component: Option<Stamp>,
    pub(super) settings: Option<Stamp>,
}

/// All plugins' files, by the plugin's name.
pub(super) fn scan(folder: &Path) -> io::Result<BTreeMap<String, Files>> {
    let mut found = BTreeMap::<String, Files>::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let (Some(stem), Some(extension)) = (
            path.file_stem().and_then(|stem| stem.to_str()),
            path.extension().and_then(|extension| extension.to_str()),
        ) else {
            continue;
        };
        // `.name.wasm.part` and the like are others' business.
        if stem.starts_with('.') {
            continue;
        }
        let Some(stamp) = Stamp::at(&path) else {
            continue;
        };
        match extension {
            "wasm" => found.entry(stem.to_owned()).or_default().component = Some(stamp),
            "toml" => found.entry(stem.to_owned()).or_default().settings = Some(stamp),
            _ => {}
        }
    }
    Ok(found)
}

/// Notices which plugins' files have changed and come to rest.
#[derive(Debug)]
pub(super) struct Settling {
    settle: Duration,
    plugins: BTreeMap<String, Watched>,
}

#[derive(Debug)]
struct Watched {
    files: Files,
    since: Instant,
    told: bool,
}

impl Settling {
    pub(super) fn new(settle: Duration) -> Self {
        Self {
            settle,
            plugins: BTreeMap::new(),
        }
    }

    /// Tell of this plugin once, even if it has no files.
    pub(super) fn expect(&mut self, now: Instant, name: &str) {
        let watched = Watched {
            files: Files::default(),
            since: now,
            told: false,
        };
        self.plugins.insert(name.to_owned(), watched);
    }

    /// Takes what was found, and answers the plugins whose files are new and at rest, and those of which they are not yet.
    pub(super) fn observe(
        &mut self,
        now: Instant,
        mut found: BTreeMap<String, Files>,
    ) -> (Vec<(String, Files)>, Vec<String>) {
        for name in self.plugins.keys() {
            found.entry(name.clone()).or_default();
        }
        let (mut settled, mut restless) = (Vec::new(), Vec::new());
        for (name, files) in found {
            let fresh = || Watched {
                files,
                since: now,
                told: false,
            };
            let watched = self.plugins.entry(name.clone()).or_insert_with(fresh);
            if watched.files != files {
                *watched = fresh();
            }
            if watched.told {
                continue;
            }
            if now.duration_since(watched.since) >= self.settle {
                watched.told = true;
                settled.push((name, files));
            } else {
                restless.push(name);
            }
        }
        (settled, restless)
    }

    /// Tell of it again, once it is at rest.
    pub(super) fn again(&mut self, name: &str) {
        self.plugins.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SETTLE: Duration = Duration::from_millis(100);

    fn files(len: u64) -> Files {
        let component = Some(Stamp {
            len,
            inode: 1,
            modified: None,
            changed: (0, 0),
        });
        Files {
            component,
            settings: None,
        }
    }

    fn one(files: Files) -> BTreeMap<String, Files> {
        BTreeMap::from([("a".to_owned(), files)])
    }

    #[test]
    fn a_file_is_told_of_once_when_it_rests() {
        let mut settling = Settling::new(SETTLE);
        let start = Instant::now();
        let a = || vec!["a".to_owned()];
        assert_eq!(settling.observe(start, one(files(1))), (vec![], a()));
        // It grows: the time begins anew.
        let later = start + SETTLE;
        assert_eq!(settling.observe(later, one(files(2))), (vec![], a()));
        let rests = later + SETTLE;
        let told = vec![("a".to_owned(), files(2))];
        assert_eq!(
            settling.observe(rests, one(files(2))),
            (told.clone(), vec![])
        );
        assert_eq!(
            settling.observe(rests + SETTLE, one(files(2))),
            (vec![], vec![])
        );
        settling.again("a");
        assert_eq!(settling.observe(rests, one(files(2))), (vec![], a()));
        assert_eq!(
            settling.observe(rests + SETTLE, one(files(2))),
            (told, vec![])
        );
    }

    #[test]
    fn a_file_that_vanished_is_told_of_too() {
        let mut settling = Settling::new(SETTLE);
        let start = Instant::now();
        settling.observe(start, one(files(1)));
        settling.observe(start + SETTLE, one(files(1)));
        let a = || vec!["a".to_owned()];
        let gone = BTreeMap::new();
        assert_eq!(
            settling.observe(start + SETTLE, gone.clone()),
            (vec![], a())
        );
        let told = vec![("a".to_owned(), Files::default())];
        assert_eq!(settling.observe(start + 2 * SETTLE, gone), (told, vec![]));
    }

    #[test]
    fn one_that_is_expected_is_told_of_without_files() {
        let mut settling = Settling::new(SETTLE);
        let start = Instant::now();
        settling.expect(start, "a");
        let told = vec![("a".to_owned(), Files::default())];
        let found = settling.observe(start + SETTLE, BTreeMap::new());
        assert_eq!(found, (told, vec![]));
    }

    #[test]
    fn other_rights_are_a_change() {
        let folder = tempfile::tempdir().expect("the temporary folder can be written");
        let path = folder.path().join("a.wasm");
        std::fs::write(&path, "x").expect("it can be written");
        let before = Stamp::at(&path);
        let rights = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        // The clock of the file system is coarse.
        while Stamp::at(&path) == before {
            std::fs::set_permissions(&path, std::fs::Permissions::clone(&rights))
                .expect("the file is ours");
        }
        assert!(before.is_some());
    }

    #[test]
    fn only_plugins_files_are_found() {
        let folder = tempfile::tempdir().expect("the temporary folder can be written");
        for name in [
            "a.wasm",
            "a.toml",
            "b.wasm",
            ".c.wasm",
            "README.md",
            "d.wasm.part",
        ] {
            std::fs::write(folder.path().join(name), "x").expect("it can be written");
        }
        std::fs::create_dir(folder.path().join("e.wasm")).expect("it can be made");
        let found = scan(folder.path()).expect("it can be read");
        assert_eq!(found.keys().collect::<Vec<_>>(), ["a", "b"]);
        assert!(found["a"].settings.is_some() && found["b"].settings.is_none());
    }
}
