//! The repository's Rust files, parsed.

use std::path::{Path, PathBuf};

use super::usage::is_test_only;

/// One file.
pub(super) struct Source {
    /// From the repository's root.
    pub(super) path: String,
    pub(super) text: String,
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
        match inner.split('/').next() {
            Some("cli") => vec!["main"],
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

/// The server, without what is compiled for tests only.
pub(super) fn host() -> Vec<Source> {
    let mut sources = read("host/src");
    let for_tests: Vec<String> = sources.iter().flat_map(test_only_files).collect();
    sources.retain(|source| {
        let path = source.path.strip_suffix(".rs").unwrap_or(&source.path);
        let within = |test: &String| path == *test || path.starts_with(&format!("{test}/"));
        !for_tests.iter().any(within)
    });
    assert!(sources.len() > 20, "the server's sources were not found");
    sources
}

/// The files that a file declares by `#[cfg(test)] mod name;`, without `.rs`.
pub(super) fn test_only_files(source: &Source) -> Vec<String> {
    let (folder, file) = source.path.rsplit_once('/').unwrap_or(("", &source.path));
    let children = match file.strip_suffix(".rs").unwrap_or(file) {
        "lib" | "main" | "mod" => folder.to_owned(),
        stem => format!("{folder}/{stem}"),
    };
    let modules = source.syntax.items.iter().filter_map(|item| match item {
        syn::Item::Mod(item) if item.content.is_none() => Some(item),
        _ => None,
    });
    modules
        .filter(|item| item.attrs.iter().any(is_test_only))
        .map(|item| match item.attrs.iter().find_map(path_attribute) {
            Some(path) => format!("{folder}/{}", path.trim_end_matches(".rs")),
            None => format!("{children}/{}", item.ident),
        })
        .collect()
}

/// `#[path = "…"]`.
fn path_attribute(attribute: &syn::Attribute) -> Option<String> {
    let value = &attribute.meta.require_name_value().ok()?.value;
    match value {
        syn::Expr::Lit(syn::ExprLit {
            lit: syn::Lit::Str(path),
            ..
        }) if attribute.path().is_ident("path") => Some(path.value()),
        _ => None,
    }
}

/// All of ours.
pub(super) fn all() -> Vec<Source> {
    [
        "host/sfu/src",
        "host/src",
        "plugin-api/src",
        "plugins/admin-approval/src",
        "plugins/message-filter/src",
        "tests/src",
        "tests/suites",
        "xtask/src",
    ]
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
