//! `natter audit`: whether what admins did still stands as it was written.

use anyhow::bail;
use clap::{Args, Subcommand};
use natter::{model::AuditHead, store::AuditCheck};

use super::{Settings, database};

#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// Walk the audit log's chain of hashes; the server may run meanwhile. Tells the first row that is not as it was written.
    Verify(Verify),
}

#[derive(Args, Debug)]
pub(crate) struct Verify {
    /// A head that this command printed earlier: the log must still contain it. Without it nobody can tell a log whose end was
    /// cut off together with its head, or that was written anew as a whole.
    #[arg(long, value_name = "ROW:HASH")]
    noted: Option<AuditHead>,
    #[command(flatten)]
    server: Settings,
}

/// Does what was typed.
pub(crate) async fn run(command: AuditCommand) -> anyhow::Result<()> {
    let AuditCommand::Verify(Verify { noted, server }) = command;
    let store = database::open(&server.load()?.config).await?;
    let found = store.check_audit_log(noted.as_ref()).await?;
    store.close().await;
    match found {
        AuditCheck::Whole(head) => {
            println!(
                "The audit log is whole: {} rows. Its head, to be noted elsewhere:",
                head.seq
            );
            println!("{head}");
            Ok(())
        }
        AuditCheck::Broken { seq, what } => bail!("the audit log is broken at row {seq}: {what}"),
    }
}
