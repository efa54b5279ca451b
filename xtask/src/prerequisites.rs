//! What the tests need besides Rust: Node, Python, the official clients, PostgreSQL, the tools for power cuts.
//!
//! Rule: what may be installed is, into the project's own folders or as Debian packages when root, and is named as it
//! happens. Otherwise the command fails with the exact line. Nothing is skipped.

use std::{path::Path, process::Command};

use anyhow::{Context as _, bail, ensure};

use crate::{
    process::{cargo, output, run, succeeds},
    web,
};

/// What Vite runs on.
const NODE: (u32, u32) = (20, 19);

const JS: &str = "tests/clients/js";
const PYTHON: &str = "tests/clients/python";
const BASELINE: &str = "tests/peers/node";
const SCHEMATHESIS: &str = "tests/schemathesis";
/// Where the plugins in other languages are.
pub(crate) const PYTHON_PLUGIN: &str = "tests/fixtures/plugins/python";
pub(crate) const JAVASCRIPT_PLUGIN: &str = "tests/fixtures/plugins/javascript";

/// Rust's own tools.
pub(crate) fn rust_tools() -> anyhow::Result<()> {
    for tool in ["fmt", "clippy"] {
        if !succeeds(cargo().args([tool, "--version"])) {
            bail!("cargo {tool} is missing. Install it: rustup component add rustfmt clippy");
        }
    }
    Ok(())
}

/// Node and the official Socket.IO client for it.
pub(crate) fn node_client() -> anyhow::Result<()> {
    node_packages(JS)
}

/// Node and the packages of the server that Natter is compared with.
pub(crate) fn node_baseline() -> anyhow::Result<()> {
    node_packages(BASELINE)
}

/// Node, and what the web client is built with.
pub(crate) fn web_client() -> anyhow::Result<()> {
    node_packages(web::FOLDER)?;
    let version = output(Command::new("node").arg("--version"))?;
    let version = version.trim();
    let numbers = version.trim_start_matches('v').split('.');
    let numbers: Vec<u32> = numbers.filter_map(|part| part.parse().ok()).collect();
    let (major, minor) = NODE;
    ensure!(
        numbers.as_slice() >= [major, minor].as_slice(),
        "Node is {version}, but the web client needs {major}.{minor} or newer: https://nodejs.org"
    );
    Ok(())
}

/// What libFuzzer is built with.
pub(crate) fn cpp_compiler() -> anyhow::Result<()> {
    need("c++", &["--version"], &["build-essential"])
}

/// The browser of the web client's tests.
pub(crate) fn browser() -> anyhow::Result<()> {
    need(
        "/usr/bin/chromium-headless-shell",
        &["--version"],
        &["chromium-headless-shell"],
    )
}

/// What plugins in Python are built with.
pub(crate) fn python_plugin() -> anyhow::Result<()> {
    python_packages(PYTHON_PLUGIN)
}

/// What plugins in JavaScript are built with.
pub(crate) fn javascript_plugin() -> anyhow::Result<()> {
    node_packages(JAVASCRIPT_PLUGIN)
}

fn node_packages(folder: &str) -> anyhow::Result<()> {
    need("node", &["--version"], &["nodejs", "npm"])?;
    need("npm", &["--version"], &["nodejs", "npm"])?;
    let lock = Path::new(folder).join("package-lock.json");
    up_to_date(&lock, &Path::new(folder).join("node_modules"), || {
        run(Command::new("npm")
            .current_dir(folder)
            .args(["ci", "--no-audit", "--no-fund"]))
    })
}

/// Python and the official Socket.IO client for it.
pub(crate) fn python_client() -> anyhow::Result<()> {
    python_packages(PYTHON)
}

fn python_packages(folder: &str) -> anyhow::Result<()> {
    need("python3", &["--version"], &["python3"])?;
    // Debian keeps the part that makes environments in a package of its own.
    need(
        "python3",
        &["-c", "import venv, ensurepip"],
        &["python3-venv"],
    )?;
    let requirements = Path::new(folder).join("requirements.txt");
    up_to_date(&requirements, &Path::new(folder).join(".venv"), || {
        run(Command::new("python3")
            .current_dir(folder)
            .args(["-m", "venv", "--clear", ".venv"]))?;
        let pip = [
            "install",
            "--disable-pip-version-check",
            "--quiet",
            "-r",
            "requirements.txt",
        ];
        run(Command::new("./.venv/bin/pip")
            .current_dir(folder)
            .args(pip))
    })
}

/// What tries the description of the REST interface.
pub(crate) fn schemathesis() -> anyhow::Result<()> {
    python_packages(SCHEMATHESIS)
}

/// What shifts the clock of a server under test.
pub(crate) fn faketime() -> anyhow::Result<()> {
    need("faketime", &["--version"], &["faketime"])
}

/// Root, and the tools for a file system of our own.
pub(crate) fn power_cuts() -> anyhow::Result<()> {
    if !is_root() {
        bail!(
            "power cuts need root, for a loop mount. Run the command as root, or leave them out: \
             cargo xtask test --without power-cut"
        );
    }
    need("mkfs.ext4", &["-V"], &["e2fsprogs"])?;
    need("mount", &["--version"], &["mount"])
}

/// PostgreSQL's binaries, where Debian puts them.
pub(crate) fn postgres() -> anyhow::Result<()> {
    // `setpriv` comes with every Debian; it ends PostgreSQL when its parent is gone.
    need("setpriv", &["--version"], &["util-linux"])?;
    let find = "ls /usr/lib/postgresql/*/bin/postgres";
    need("sh", &["-c", find], &["postgresql"])
}

fn is_root() -> bool {
    output(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}

/// Makes sure that a program answers, by Debian packages if it must and may.
fn need(program: &str, arguments: &[&str], packages: &[&str]) -> anyhow::Result<()> {
    let answers = || succeeds(Command::new(program).args(arguments));
    if answers() {
        return Ok(());
    }
    let install = format!(
        "apt-get install --yes --no-install-recommends {}",
        packages.join(" ")
    );
    let asked = std::iter::once(program)
        .chain(arguments.iter().copied())
        .collect::<Vec<_>>()
        .join(" ");
    if !is_root() || !succeeds(Command::new("apt-get").arg("--version")) {
        bail!("`{asked}` does not work. Install what it needs (on Debian, as root): {install}");
    }
    println!(
        "`{asked}` does not work: installing {}",
        packages.join(", ")
    );
    let apt = |arguments: &[&str]| {
        run(Command::new("apt-get")
            .env("DEBIAN_FRONTEND", "noninteractive")
            .args(arguments))
    };
    apt(&["update", "--quiet"])?;
    apt(&[&["install", "--yes", "--no-install-recommends"], packages].concat())?;
    if answers() {
        return Ok(());
    }
    bail!("`{asked}` does not work even after: {install}")
}

/// Runs `install` unless `folder` was installed from exactly this `list`.
fn up_to_date(
    list: &Path,
    folder: &Path,
    install: impl FnOnce() -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let wanted = std::fs::read_to_string(list).with_context(|| list.display().to_string())?;
    let stamp = folder.join(".installed-from");
    if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        println!("{} is up to date", folder.display());
        return Ok(());
    }
    install()?;
    std::fs::write(&stamp, wanted).with_context(|| stamp.display().to_string())
}
