//! The repository's Rust files, parsed.

use std::path::{Path, PathBuf};

/// One file.
pub(super) struct Source {
    /// From the repository's root.
    pub(super) path: String,
    text: String,
    pub(super) syntax: syn::File,
}

impl Source {
    /// Parses; a file that cannot be parsed ends the test.
    pub(super) fn parse(path: &str, text: &str) -> Self {
        Self {
            path: path.to_owned(),
            text: text.to_owned(),
            syntax: syn::parse_file(text).unwrap_or_else(|error| panic!("{path}: {error}")),
        }
    }

    pub(super) fn lines(&self) -> usize {
        self.text.lines().count()
    }

    /// The path of modules of a file in `host/src`: `config/load.rs` is `[config, load]`. The binary's files are `main`.
    pub(super) fn modules(&self) -> Vec<&str> {
        let inner = self.path.strip_prefix("host/src/").unwrap_or(&self.path);
        let inner = inner.strip_suffix(".rs").unwrap_or(inner);
        let inner = inner.strip_suffix("/mod").unwrap_or(inner);
        match inner {
            "cli" => vec!["main"],
            _ => inner.split('/').collect(),
        }
    }

    /// The module directly below the crate.
    pub(super) fn module(&self) -> &str {
        self.modules()[0]
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The server, without its inline test files.
pub(super) fn host() -> Vec<Source> {
    let mut sources = read("host/src");
    sources
        .retain(|source| !source.path.ends_with("/tests.rs") && !source.path.contains("/tests/"));
    assert!(sources.len() > 20, "the server's sources were not found");
    sources
}

/// All of ours.
pub(super) fn all() -> Vec<Source> {
    ["host/src", "tests/src", "tests/suites", "xtask/src"]
        .into_iter()
        .flat_map(read)
        .collect()
}

/// A package's `Cargo.toml`.
pub(super) fn manifest(package: &str) -> String {
    std::fs::read_to_string(root().join(package).join("Cargo.toml"))
        .expect("each package has a manifest")
}

fn read(folder: &str) -> Vec<Source> {
    let mut sources = Vec::new();
    for entry in std::fs::read_dir(root().join(folder)).expect("the folder is there") {
        let name = entry.expect("the folder can be read").file_name();
        let path = format!("{folder}/{}", name.to_string_lossy());
        let file = root().join(&path);
        if file.is_dir() {
            sources.extend(read(&path));
        } else if path.ends_with(".rs") {
            let text = std::fs::read_to_string(file).expect("sources are UTF-8");
            sources.push(Source::parse(&path, &text));
        }
    }
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    sources
}
