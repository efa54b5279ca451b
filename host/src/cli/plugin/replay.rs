//! `plugin test`: a trace once more.

use std::{fs::File, io::BufReader, path::Path};

use anyhow::Context as _;
use natter_plugin_testkit::{Component, trace};

/// Asks the component about every line of the trace.
///
/// # Errors
/// The first line that is decided otherwise than in the trace.
pub(super) fn replay(component: &Path, events: &Path) -> anyhow::Result<()> {
    let component = Component::load(component)?;
    let file = File::open(events).with_context(|| events.display().to_string())?;
    let lines = trace::check(&component, BufReader::new(file))
        .with_context(|| events.display().to_string())?;
    println!("{lines} decisions are the same, byte for byte.");
    Ok(())
}
