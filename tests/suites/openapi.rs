//! The description of the REST interface, tried against a server by schemathesis: requests that fit it and requests that do not.
//!
//! Rule: no answer is a 5xx, and each has a status, a type and a shape that the description knows.
//!
//! It makes the same requests each time, so that a failure can be repeated.

use std::path::Path;
use std::process::Stdio;

use anyhow::{Result, ensure};
use natter_tests::people::Person;
use natter_tests::server::{Settings, Site};
use tokio::process::Command;

const PROGRAM: &str = "schemathesis/.venv/bin/schemathesis";

/// Made-up requests of each operation, besides those at the bounds of what it describes.
const EXAMPLES: &str = "10";

/// Would end the device that asks.
const LOGOUT: &str = "/api/v1/auth/logout";

#[tokio::test(flavor = "multi_thread")]
async fn the_server_is_as_its_description_says() -> Result<()> {
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join(PROGRAM);
    ensure!(
        program.is_file(),
        "schemathesis is missing: `cargo xtask test --only openapi` installs it"
    );
    let settings = Settings::open()
        .unhurried()
        .number("policies.upload_bytes", 65_536);
    let site = Site::create(&settings)?;
    let mut server = site.start().await?;
    let admin = Person::first_admin(&site, &server).await?;
    let checks = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance";
    let status = Command::new(program)
        .args(["run", &format!("{}/openapi.json", server.url())])
        .args([
            "--header",
            &format!("Authorization: Bearer {}", admin.token),
        ])
        .args(["--checks", checks, "--phases", "coverage,fuzzing"])
        .args(["--max-examples", EXAMPLES, "--exclude-path", LOGOUT])
        .args(["--generation-deterministic", "--continue-on-failure"])
        .args(["--warnings", "off", "--no-color"])
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .status()
        .await?;
    ensure!(status.success(), "schemathesis found something: {status}");
    server.check_health().await
}
