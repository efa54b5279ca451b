//! A release: one folder and one archive in `dist/`, with a checksum.

use std::{path::Path, process::Command};

use anyhow::Context as _;

use crate::{
    build,
    process::{cargo, output, run},
};

/// What goes beside the binary.
const DOCUMENTS: &[&str] = &[
    "README.md",
    "CHANGELOG.md",
    "LICENSE-MIT",
    "LICENSE-APACHE",
    "docs/operations.md",
    "docs/protocol.md",
    "docs/natter.example.toml",
];

pub(crate) fn make() -> anyhow::Result<()> {
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
    let binary = build::server_binary().with_file_name("../release/natter");
    let version = output(Command::new(&binary).arg("--version"))?;
    let version = version.trim().replace(' ', "-");
    let name = format!(
        "{version}-{}-{}",
        std::env::consts::OS,
        std::env::consts::ARCH
    );
    let folder = Path::new("dist").join(&name);
    std::fs::create_dir_all(&folder).context("dist/ cannot be made")?;
    copy(&binary, &folder)?;
    for document in DOCUMENTS {
        copy(Path::new(document), &folder)?;
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

fn copy(file: &Path, folder: &Path) -> anyhow::Result<()> {
    let name = file.file_name().context("a document has no name")?;
    std::fs::copy(file, folder.join(name)).with_context(|| file.display().to_string())?;
    Ok(())
}
