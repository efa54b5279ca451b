//! What a package's manifest says it stands on.

/// Dependencies that are not in the table, and rows of the table that are no dependency any more.
pub(super) fn forbidden(package: &str, manifest: &str, allowed: &[&str]) -> Vec<String> {
    let named = named(manifest);
    let new = named
        .iter()
        .filter(|name| !allowed.contains(&name.as_str()));
    let gone = allowed
        .iter()
        .filter(|name| !named.iter().any(|named| named == *name));
    let new = new.map(|name| format!("{package}: {name} is not in tables::DEPENDENCIES"));
    let gone = gone.map(|name| {
        format!("{package}: {name} is in tables::DEPENDENCIES but not in its Cargo.toml")
    });
    new.chain(gone).collect()
}

fn named(manifest: &str) -> Vec<String> {
    let mut named = Vec::new();
    let mut within = false;
    for line in manifest.lines().map(str::trim) {
        if let Some(header) = line.strip_prefix('[') {
            // `[dependencies]`, `[dev-dependencies]`, `[target.….dependencies]`; `[dependencies.x]` names one itself.
            let header = header.trim_end_matches(']');
            within = header.ends_with("dependencies");
            named.extend(
                header
                    .split_once("dependencies.")
                    .map(|(_, name)| name.to_owned()),
            );
        } else if within && !line.starts_with('#') {
            let name = line.split(['.', '=', ' ']).next().unwrap_or_default();
            named.extend((!name.is_empty()).then(|| name.to_owned()));
        }
    }
    named
}
