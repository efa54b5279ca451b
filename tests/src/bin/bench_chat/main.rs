//! `bench_chat`: drives Natter and the Node baseline in one run and prints both, with their ratios.
//!
//! Rule: both servers get the same load from the same generator on the same file system, one after the other. The generator
//! is one thread, and prints what it took itself: near 100 % of a core it is the generator that was measured.
//!
//! `cargo xtask bench chat` builds what this needs; `docs/performance.md` has figures.

mod bare;
mod cpu;
mod frames;
mod load;
mod measure;
mod natter;
mod node;
mod options;
mod plan;
mod policies;
mod report;
mod socket;
mod wire;

use nix::sys::resource::{Resource, getrlimit, setrlimit};

fn main() -> anyhow::Result<()> {
    let options = options::Options::parse(std::env::args().skip(1))?;
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE)?;
    setrlimit(Resource::RLIMIT_NOFILE, hard, hard)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let report = tokio::task::LocalSet::new().block_on(&runtime, plan::run(&options))?;
    report.print_ratios();
    Ok(())
}
