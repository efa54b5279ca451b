//! How long things are, and which tests do not run.

use proc_macro2::Span;
use syn::{
    spanned::Spanned as _,
    visit::{self, Visit},
};

use super::sources::Source;

/// A file above this is told of.
pub(super) const LONG_FILE_LINES: usize = 250;
/// A file above this is refused.
const MAX_FILE_LINES: usize = 500;
/// A function above this is told of.
const LONG_FUNCTION_LINES: usize = 60;
/// A function above this is refused.
const MAX_FUNCTION_LINES: usize = 100;

/// A file or functions beyond the limits.
pub(super) fn too_long(source: &Source) -> Vec<String> {
    let mut found = functions_above(source, MAX_FUNCTION_LINES);
    if source.lines() > MAX_FILE_LINES {
        found.push(format!(
            "{} has {} lines, limit {MAX_FILE_LINES}",
            source.path,
            source.lines()
        ));
    }
    found
}

/// Functions that are worth a look.
pub(super) fn long_functions(source: &Source) -> Vec<String> {
    functions_above(source, LONG_FUNCTION_LINES)
}

/// Tests that are switched off.
pub(super) fn ignored_tests(source: &Source) -> Vec<String> {
    let mut finder = Finder::default();
    finder.visit_file(&source.syntax);
    let found = finder.ignored.into_iter();
    found
        .map(|line| format!("{}:{line}: #[ignore]", source.path))
        .collect()
}

fn functions_above(source: &Source, limit_lines: usize) -> Vec<String> {
    let mut finder = Finder::default();
    finder.visit_file(&source.syntax);
    let long = finder
        .functions
        .into_iter()
        .filter(|(_, lines)| *lines > limit_lines);
    long.map(|(name, lines)| {
        format!(
            "{}: {name} has {lines} lines, limit {limit_lines}",
            source.path
        )
    })
    .collect()
}

#[derive(Default)]
struct Finder {
    /// Name and length in lines.
    functions: Vec<(String, usize)>,
    /// Lines.
    ignored: Vec<usize>,
}

impl Finder {
    fn function(&mut self, signature: &syn::Signature, body: Span) {
        let lines = body.end().line + 1 - signature.span().start().line;
        self.functions.push((signature.ident.to_string(), lines));
    }
}

impl<'ast> Visit<'ast> for Finder {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.function(&item.sig, item.block.span());
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.function(&item.sig, item.block.span());
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
        if attribute.path().is_ident("ignore") {
            self.ignored.push(attribute.span().start().line);
        }
        visit::visit_attribute(self, attribute);
    }
}
