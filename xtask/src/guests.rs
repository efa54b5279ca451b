//! Plugins, those of the tests and those that are shipped: built by a cargo of their own for wasm32-wasip2, into a target folder of
//! their own.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, bail};

use crate::{
    build,
    prerequisites::{self, JAVASCRIPT_PLUGIN, PYTHON_PLUGIN},
    process::{cargo, output, run},
};

const TARGET: &str = "wasm32-wasip2";
const FIXTURES: &str = "tests/fixtures/plugins/Cargo.toml";
/// Natter's own policies: `plugins/NAME`, each a package of its own.
pub(crate) const SHIPPED: [&str; 2] = ["admin-approval", "message-filter"];
/// Where they are written, one crate each, and where `cargo xtask run` looks for what is built.
const PLUGINS: &str = "plugins";

/// Builds the plugins that the tests load.
pub(crate) fn fixtures() -> anyhow::Result<()> {
    target()?;
    run(cargo()
        .args(["build", "--examples", "--release", "--locked"])
        .args(["--manifest-path", FIXTURES, "--target", TARGET])
        .arg("--target-dir")
        .arg(folder()))
}

/// Builds the tests' plugins in other languages, those that are older than their sources.
pub(crate) fn other_languages() -> anyhow::Result<()> {
    let wit = build::root().join("plugin-api/wit");
    prerequisites::python_plugin()?;
    let sources = ["word_filter.py", "requirements.txt"];
    other_language(PYTHON_PLUGIN, "python", &sources, |built| {
        let mut command = Command::new("./.venv/bin/componentize-py");
        command.arg("-d").arg(&wit);
        command.args(["-w", "messages-policy", "componentize", "--stub-wasi"]);
        command.arg("word_filter").arg("-o").arg(built);
        command
    })?;
    prerequisites::javascript_plugin()?;
    let sources = ["word_filter.js", "package-lock.json"];
    other_language(JAVASCRIPT_PLUGIN, "javascript", &sources, |built| {
        let mut command = Command::new("./node_modules/.bin/jco");
        command.args(["componentize", "word_filter.js", "--backend", "quickjs"]);
        command.args(["--backend-qjs-disable-async", "--backend-qjs-stub-wasi"]);
        command.arg("--wit").arg(&wit);
        command.args(["-n", "messages-policy", "-o"]).arg(built);
        command
    })
}

fn other_language(
    folder: &str,
    language: &str,
    sources: &[&str],
    building: impl FnOnce(&Path) -> Command,
) -> anyhow::Result<()> {
    let built = fixtures_folder().join(format!("{language}_word_filter.wasm"));
    let mut all = vec![build::root().join("plugin-api/wit")];
    all.extend(sources.iter().map(|source| Path::new(folder).join(source)));
    if is_older(&built, &all)? {
        run(building(&built).current_dir(folder))?;
    }
    Ok(())
}

/// Whether a file is missing, or older than one of its sources; a source may be a folder of files.
fn is_older(built: &Path, sources: &[PathBuf]) -> anyhow::Result<bool> {
    let changed = |path: &Path| -> anyhow::Result<_> {
        let about = std::fs::metadata(path).with_context(|| path.display().to_string())?;
        Ok(about.modified()?)
    };
    let Ok(built_at) = changed(built) else {
        return Ok(true);
    };
    for source in sources {
        if source.is_dir() {
            for entry in std::fs::read_dir(source)? {
                if changed(&entry?.path())? > built_at {
                    return Ok(true);
                }
            }
        } else if changed(source)? > built_at {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Builds Natter's own policies.
pub(crate) fn shipped() -> anyhow::Result<()> {
    target()?;
    for name in SHIPPED {
        let arguments = ["build", "--release", "--locked", "--target", TARGET];
        run(&mut policy(name, &arguments))?;
    }
    Ok(())
}

/// Builds them and puts them into the folder that `cargo xtask run` watches, each whole at once.
pub(crate) fn install_shipped() -> anyhow::Result<()> {
    shipped()?;
    for name in SHIPPED {
        let built = shipped_folder().join(format!("{}.wasm", name.replace('-', "_")));
        let place = Path::new(PLUGINS).join(format!("{name}.wasm"));
        if std::fs::read(&place).ok() == Some(std::fs::read(&built)?) {
            continue;
        }
        println!("+ install {}", place.display());
        let part = Path::new(PLUGINS).join(format!(".{name}.wasm.part"));
        std::fs::copy(&built, &part).with_context(|| part.display().to_string())?;
        std::fs::rename(&part, &place).with_context(|| place.display().to_string())?;
    }
    Ok(())
}

/// The policies' own tests, which need no wasm, and their lints.
pub(crate) fn test_shipped() -> anyhow::Result<()> {
    for name in SHIPPED {
        let manifest = format!("{PLUGINS}/{name}/Cargo.toml");
        run(cargo().args(["fmt", "--check", "--manifest-path", &manifest]))?;
        let lints = ["clippy", "--locked", "--all-targets"];
        run(policy(name, &lints).args(["--", "-D", "warnings"]))?;
        run(&mut policy(name, &["test", "--locked", "--quiet"]))?;
    }
    Ok(())
}

/// Cargo for one of them.
fn policy(name: &str, arguments: &[&str]) -> Command {
    let mut command = cargo();
    command
        .args(arguments)
        .arg("--manifest-path")
        .arg(Path::new(PLUGINS).join(name).join("Cargo.toml"))
        .arg("--target-dir")
        .arg(folder());
    command
}

/// Where they are, once built.
pub(crate) fn shipped_folder() -> PathBuf {
    folder().join(TARGET).join("release")
}

/// Where the tests' plugins are, once built.
pub(crate) fn fixtures_folder() -> PathBuf {
    folder().join(TARGET).join("release/examples")
}

/// Another cargo may hold the lock of the workspace's own target folder.
fn folder() -> PathBuf {
    build::target().join("guests")
}

/// The target that plugins are built for, for the toolchain that runs us.
fn target() -> anyhow::Result<()> {
    let is_there = || -> anyhow::Result<bool> {
        let sysroot = output(Command::new("rustc").args(["--print", "sysroot"]))?;
        let libraries = Path::new(sysroot.trim()).join("lib/rustlib").join(TARGET);
        Ok(libraries.join("lib").exists())
    };
    if is_there()? {
        return Ok(());
    }
    let line = format!("rustup target add {TARGET}");
    println!("plugins need the target {TARGET}: installing it");
    run(Command::new("rustup").args(["target", "add", TARGET]))
        .with_context(|| format!("install it: {line}"))?;
    if !is_there()? {
        bail!("{TARGET} is still missing; install it for the toolchain that runs this: {line}");
    }
    Ok(())
}
