//! What a file of the server uses: modules of ours, crates of others.
//!
//! Rule: every path counts, in `use`, in code, in attributes and inside macros, except in `#[cfg(test)]` modules.

use std::collections::BTreeSet;

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};

use super::{sources::Source, tables};

/// Uses of modules that the table does not allow.
pub(super) fn forbidden_edges(source: &Source) -> Vec<String> {
    let from = source.module();
    let row = tables::EDGES.iter().find(|(module, _)| *module == from);
    let allowed = row.map_or(&[][..], |(_, allowed)| allowed);
    let to = used(source)
        .into_iter()
        .filter_map(|path| match path.as_slice() {
            [root, module, ..] if (root == "crate" && from != "main") || root == "natter" => {
                Some(module.clone())
            }
            _ => None,
        });
    let modules: BTreeSet<String> = to.filter(|to| is_module(to) && to != from).collect();
    let excepted = |to: &str| {
        let mut exceptions = tables::EXCEPTIONS.iter();
        exceptions.any(|(path, module, _)| *path == source.path && *module == to)
    };
    let forbidden = modules
        .iter()
        .filter(|to| !allowed.contains(&to.as_str()) && !excepted(to));
    forbidden
        .map(|to| format!("{}: {from} may not use {to}", source.path))
        .collect()
}

/// Names of crates that the table does not allow.
pub(super) fn forbidden_crates(source: &Source) -> Vec<String> {
    let from = source.module();
    let named: BTreeSet<String> = used(source)
        .into_iter()
        .filter_map(|path| path.into_iter().next())
        .collect();
    let rows = tables::CRATES
        .iter()
        .filter(|(name, modules)| named.contains(*name) && !modules.contains(&from));
    rows.map(|(name, _)| format!("{}: {from} may not name the crate {name}", source.path))
        .collect()
}

/// `max_sessions` of the example file's line `# max_sessions = 10000`.
pub(super) fn setting_name(line: &str) -> Option<&str> {
    let (name, _) = line.strip_prefix("# ")?.split_once(" = ")?;
    let is_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    name.bytes().all(is_name).then_some(name)
}

/// The public fields of a struct.
pub(super) fn public_fields(source: &Source, name: &str) -> Vec<String> {
    let mut items = source.syntax.items.iter();
    let found = items.find_map(|item| match item {
        syn::Item::Struct(item) if item.ident == name => Some(item),
        _ => None,
    });
    let fields = found.into_iter().flat_map(|item| &item.fields);
    let public = fields.filter(|field| matches!(field.vis, syn::Visibility::Public(_)));
    public
        .filter_map(|field| Some(field.ident.as_ref()?.to_string()))
        .collect()
}

/// Whether `.name` is somewhere in the text.
pub(super) fn reads_field(text: &str, name: &str) -> bool {
    let field = format!(".{name}");
    let ends = |rest: &str| !rest.starts_with(|next: char| next.is_alphanumeric() || next == '_');
    text.split(&field).skip(1).any(ends)
}

/// What is re-exported at the top of the crate (none now) is no module.
fn is_module(name: &str) -> bool {
    tables::EDGES.iter().any(|(module, _)| *module == name)
}

/// The first two words of each path of a file; `super` above the file's module is turned into `crate`.
fn used(source: &Source) -> Vec<Vec<String>> {
    let mut collector = Collector {
        module: source
            .modules()
            .iter()
            .map(|module| (*module).to_owned())
            .collect(),
        paths: Vec::new(),
    };
    collector.visit_file(&source.syntax);
    collector.paths
}

struct Collector {
    /// Where we are, inline modules included.
    module: Vec<String>,
    paths: Vec<Vec<String>>,
}

impl Collector {
    fn note(&mut self, words: Vec<String>) {
        let ups = words.iter().take_while(|word| *word == "super").count();
        let absolute = if ups == 0 {
            words
        } else {
            let base = &self.module[..self.module.len().saturating_sub(ups)];
            let root = std::iter::once("crate".to_owned());
            root.chain(base.iter().cloned())
                .chain(words.into_iter().skip(ups))
                .collect()
        };
        if absolute.len() >= 2 {
            self.paths.push(absolute.into_iter().take(2).collect());
        }
    }

    fn note_use(&mut self, mut words: Vec<String>, tree: &syn::UseTree) {
        match tree {
            syn::UseTree::Path(path) => {
                words.push(path.ident.to_string());
                self.note_use(words, &path.tree);
            }
            syn::UseTree::Group(group) => {
                for tree in &group.items {
                    self.note_use(words.clone(), tree);
                }
            }
            syn::UseTree::Name(name) => self.note([words, vec![name.ident.to_string()]].concat()),
            syn::UseTree::Rename(rename) => {
                self.note([words, vec![rename.ident.to_string()]].concat())
            }
            syn::UseTree::Glob(_) => self.note([words, vec!["*".to_owned()]].concat()),
        }
    }

    /// Paths in tokens that nobody parses: macros and attributes.
    fn note_tokens(&mut self, tokens: TokenStream) {
        let mut words = Vec::<String>::new();
        let mut colons = 0;
        for token in tokens {
            match token {
                TokenTree::Ident(ident) if colons == 2 => words.push(ident.to_string()),
                TokenTree::Ident(ident) => {
                    self.note(std::mem::replace(&mut words, vec![ident.to_string()]));
                }
                TokenTree::Punct(punct) if punct.as_char() == ':' => {
                    colons += 1;
                    continue;
                }
                TokenTree::Group(group) => {
                    self.note(std::mem::take(&mut words));
                    self.note_tokens(group.stream());
                }
                _ => self.note(std::mem::take(&mut words)),
            }
            colons = 0;
        }
        self.note(words);
    }
}

impl<'ast> Visit<'ast> for Collector {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if item.attrs.iter().any(is_test_only) {
            return;
        }
        self.module.push(item.ident.to_string());
        visit::visit_item_mod(self, item);
        self.module.pop();
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.note_use(Vec::new(), &item.tree);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let words = path
            .segments
            .iter()
            .map(|segment| segment.ident.to_string());
        self.note(words.collect());
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, item: &'ast syn::Macro) {
        self.note_tokens(item.tokens.clone());
        visit::visit_macro(self, item);
    }

    fn visit_meta_list(&mut self, list: &'ast syn::MetaList) {
        self.note_tokens(list.tokens.clone());
        visit::visit_meta_list(self, list);
    }
}

/// Whether an item is compiled for tests only.
pub(super) fn is_test_only(attribute: &syn::Attribute) -> bool {
    let tests = |list: &syn::MetaList| list.tokens.to_string() == "test";
    attribute.path().is_ident("cfg") && attribute.meta.require_list().is_ok_and(tests)
}
