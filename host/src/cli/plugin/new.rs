//! A new crate from a template.

use std::path::Path;

use anyhow::{Context as _, ensure};

/// The template: where it goes, and its text, in which `NAME`, `CRATE` and `API` are replaced.
const FILES: [(&str, &str); 6] = [
    ("Cargo.toml", include_str!("template/manifest.toml")),
    ("src/lib.rs", include_str!("template/lib.rs.txt")),
    (
        "src/settings.schema.json",
        include_str!("template/settings.schema.json"),
    ),
    ("NAME.toml", include_str!("template/settings.toml")),
    (".gitignore", "/target/\n"),
    ("README.md", include_str!("template/README.md")),
];
/// The checkout's own crate for authors.
const CHECKOUT: &str = "plugin-api";

/// Writes the crate into a folder of its name.
pub(super) fn write(name: &str, api: Option<&Path>) -> anyhow::Result<()> {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    ensure!(
        name.bytes().all(fits) && name.starts_with(|first: char| first.is_ascii_lowercase()),
        "the name is {name:?}; allowed are a-z, 0-9 and -, beginning with a letter"
    );
    let folder = Path::new(name);
    ensure!(!folder.exists(), "{name} is there already");
    let (dependency, from) = dependency(api)?;
    for (file, text) in FILES {
        let path = folder.join(file.replace("NAME", name));
        let parent = path.parent().expect("it lies in the folder");
        std::fs::create_dir_all(parent).with_context(|| parent.display().to_string())?;
        let text = text
            .replace("API", &dependency)
            .replace("CRATE", &name.replace('-', "_"))
            .replace("NAME", name);
        std::fs::write(&path, text).with_context(|| path.display().to_string())?;
    }
    println!("{name} is ready. It takes the crate natter-plugin from {from}. Next:\n");
    println!("  cd {name}");
    println!("  cargo test");
    println!("  cargo build --release --target wasm32-wasip2");
    let built = format!(
        "target/wasm32-wasip2/release/{}.wasm",
        name.replace('-', "_")
    );
    println!("  natter plugin check {built} --settings {name}.toml");
    Ok(())
}

/// What stands in the manifest, and where that is, in words.
fn dependency(api: Option<&Path>) -> anyhow::Result<(String, String)> {
    let checkout = Path::new(CHECKOUT);
    let api = match api {
        None if checkout.join("Cargo.toml").exists() => Some(checkout),
        other => other,
    };
    let Some(api) = api else {
        let version = env!("CARGO_PKG_VERSION");
        return Ok((
            format!("{version:?}"),
            format!("the registry, version {version}"),
        ));
    };
    let path = std::fs::canonicalize(api).with_context(|| api.display().to_string())?;
    ensure!(
        path.join("Cargo.toml").exists(),
        "{} has no Cargo.toml",
        path.display()
    );
    let path = path.display().to_string();
    Ok((format!("{{ path = {path:?} }}"), path))
}
