//! Commands that end by themselves: help, settings, `migrate`.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};

use super::{complained, natter, printed};

#[tokio::test]
async fn help_names_every_command() -> Result<()> {
    let help = printed(&natter(&["--help"]).await?)?;
    for command in ["serve", "config", "plugin", "audit", "migrate"] {
        let listed = help.lines().any(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            words.first() == Some(&command) && words.len() > 1
        });
        ensure!(listed, "`{command}` is not explained in:\n{help}");
        printed(&natter(&[command, "--help"]).await?)?;
    }
    let help = printed(&natter(&["config", "--help"]).await?)?;
    ensure!(help.contains("print") && help.contains("check"), "{help}");
    Ok(())
}

#[tokio::test]
async fn wrong_settings_are_all_told_at_once() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("natter.toml");
    let wrong = "server.lisen = \"127.0.0.1:0\"\nauth.access_token_s = 9\nlimits.group_members = \"many\"\n";
    std::fs::write(&file, wrong)?;
    let file = file.to_str().context("the file's name")?;
    for command in [&["serve"][..], &["migrate"], &["config", "check"]] {
        let flags = ["--config", file, "--set", "registration.mode=perhaps"];
        let arguments = [command, &flags].concat();
        let complaint = complained(&natter(&arguments).await?, 2)?;
        for key in [
            "server.lisen",
            "auth.access_token_s",
            "limits.group_members",
            "registration.mode",
        ] {
            ensure!(complaint.contains(key), "{key} is missing in:\n{complaint}");
        }
    }
    ensure!(!Path::new(folder.path()).join("data").exists());
    Ok(())
}

#[tokio::test]
async fn wrong_arguments_end_with_2() -> Result<()> {
    let complaint = complained(&natter(&["swerve"]).await?, 2)?;
    ensure!(complaint.contains("swerve"), "{complaint}");
    complained(&natter::<&str>(&[]).await?, 2)?;
    Ok(())
}

#[tokio::test]
async fn migrate_goes_from_nothing_and_is_then_up_to_date() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let data_dir = folder.path().join("data");
    let data_dir = data_dir.to_str().context("the folder's name")?;
    let arguments = ["migrate", "--data-dir", data_dir];
    let first = printed(&natter(&arguments).await?)?;
    let to = first
        .trim()
        .strip_prefix("The schema went from version 0 to ")
        .with_context(|| first.clone())?;
    let second = printed(&natter(&arguments).await?)?;
    ensure!(
        second.trim() == format!("The schema is up to date: version {to}"),
        "{first}{second}"
    );
    Ok(())
}
