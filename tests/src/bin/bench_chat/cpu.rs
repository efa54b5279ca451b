//! What processes take of the machine, from `/proc`.

use anyhow::{Context as _, Result};

/// A process, or a process with all its children.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Process {
    One(u32),
    /// PostgreSQL: the first process and one for each connection.
    Family(u32),
}

impl Process {
    /// User and system time so far, in microseconds. The kernel counts it in steps of 10 ms.
    pub(crate) fn cpu_us(self) -> Result<u64> {
        match self {
            Self::One(pid) => stat(pid).map(|stat| stat.own_us),
            Self::Family(pid) => {
                let parent = stat(pid)?;
                // Children that ended are in the parent's own account.
                let mut sum = parent.own_us + parent.children_us;
                for entry in std::fs::read_dir("/proc")? {
                    let name = entry?.file_name();
                    let Some(child) = name.to_str().and_then(|it| it.parse().ok()) else {
                        continue;
                    };
                    // It may have ended since the folder was read.
                    sum += stat(child)
                        .ok()
                        .filter(|it| it.parent == pid)
                        .map_or(0, |it| it.own_us);
                }
                Ok(sum)
            }
        }
    }
}

struct Stat {
    parent: u32,
    own_us: u64,
    children_us: u64,
}

fn stat(pid: u32) -> Result<Stat> {
    /// USER_HZ, which Linux keeps at 100 for programs.
    const TICK_US: u64 = 10_000;
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // The name in brackets may hold anything.
    let (_, fields) = text.rsplit_once(") ").context("no name in stat")?;
    let fields: Vec<&str> = fields.split(' ').collect();
    let ticks = |index: usize| -> Result<u64> {
        Ok(fields.get(index).context("short stat")?.parse::<u64>()?)
    };
    Ok(Stat {
        parent: u32::try_from(ticks(1)?)?,
        own_us: (ticks(11)? + ticks(12)?) * TICK_US,
        children_us: (ticks(13)? + ticks(14)?) * TICK_US,
    })
}

/// Resident memory of a process, in bytes.
pub(crate) fn resident_bytes(pid: u32) -> Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .context("no VmRSS")?;
    let kib: u64 = line.trim().trim_end_matches("kB").trim().parse()?;
    Ok(kib * 1024)
}
