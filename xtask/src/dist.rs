//! A release: one folder and one archive in `dist/`, with a checksum.

use std::{path::Path, process::Command};

use anyhow::Context as _;

use crate::{
    build, guests,
    process::{cargo, output, run},
    web,
};

/// What goes beside the binary.
const DOCUMENTS: &[&str] = &[
    "README.md",
    "CHANGELOG.md",
    "LICENSE-MIT",
    "LICENSE-APACHE",
    "docs/architecture.md",
    "docs/operations.md",
    "docs/plugins.md",
    "docs/protocol.md",
    "docs/web.md",
    "docs/natter.example.toml",
];

pub(crate) fn make() -> anyhow::Result<()> {
    // First: it becomes part of the binary.
    web::build()?;
    run(cargo()
        .args([
            "build",
            "--release",
            "--package",
            "natter",
            "--bin",
            "natter",
            "--locked",
        ])
        .env("CARGO_PROFILE_RELEASE_STRIP", "symbols"))?;
    let binary = build::release_binary("natter");
    keeps_its_guards(&binary)?;
    let version = output(Command::new(&binary).arg("--version"))?;
    let version = version.trim().replace(' ', "-");
    let name = format!(
        "{version}-{}-{}",
        std::env::consts::OS,
        std::env::consts::ARCH
    );
    let folder = Path::new("dist").join(&name);
    std::fs::create_dir_all(&folder).context("dist/ cannot be made")?;
    copy(&binary, &folder.join("natter"))?;
    for document in DOCUMENTS {
        // In the same places as here, so that links between them hold.
        copy(Path::new(document), &folder.join(document))?;
    }
    guests::install_shipped()?;
    for policy in guests::SHIPPED {
        for extension in ["wasm", "toml"] {
            let file = format!("plugins/{policy}.{extension}");
            copy(Path::new(&file), &folder.join(&file))?;
        }
    }
    let archive = format!("{name}.tar.gz");
    run(Command::new("tar")
        .current_dir("dist")
        .args(["-czf", &archive, &name]))?;
    let checksum = output(Command::new("sha256sum").current_dir("dist").arg(&archive))?;
    std::fs::write(format!("dist/{archive}.sha256"), &checksum)?;
    println!("dist/{archive}\n{}", checksum.trim());
    Ok(())
}

/// Refuses a binary that a variable of the environment could rob of a check (`host/src/guard.rs`).
fn keeps_its_guards(binary: &Path) -> anyhow::Result<()> {
    const VARIABLE: &[u8] = b"NATTER_TEST_WITHOUT_GUARD";
    let bytes = std::fs::read(binary).with_context(|| binary.display().to_string())?;
    let has_it = bytes.windows(VARIABLE.len()).any(|it| it == VARIABLE);
    anyhow::ensure!(
        !has_it,
        "{} was built with debug assertions",
        binary.display()
    );
    Ok(())
}

fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    let folder = to.parent().context("a file lies in a folder")?;
    std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    std::fs::copy(from, to).with_context(|| from.display().to_string())?;
    Ok(())
}
