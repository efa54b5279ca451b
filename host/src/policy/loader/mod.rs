//! Watches the plugins folder and keeps the snapshot as the operator wants it.
//!
//! Rule: each plugin has a task of its own (`plugin`); this one looks at the folder and passes on what each has to do. A vanished file is
//! an alarm, not an order: only `enabled = false` or a removal switches a policy off.

mod activate;
mod compiled;
mod folder;
mod known;
mod plugin;
mod refusal;
mod requests;
mod shared;
mod source;
mod watch;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use tokio::sync::{Notify, mpsc};

pub use self::requests::{Change, ChangeError};
use self::{
    folder::{Files, Settling},
    plugin::{Job, PluginLoader, VERSIONS},
    shared::Shared,
};
pub(super) use self::{requests::Request, shared::LoaderParts};
use super::files;
use crate::store::PluginRow;

/// The folder is looked at this often even if nobody tells of a change: some file systems do not.
const LOOK: Duration = Duration::from_secs(2);
/// How long the start waits for what lies in the folder. Chosen, not standard: a large component compiles in 20 s.
const START: Duration = Duration::from_mins(1);
/// Between two lines that say for what the start waits.
const TELL: Duration = Duration::from_secs(5);
/// Jobs that wait for one plugin's task.
const JOBS: usize = 16;

/// What became of a plugin's files.
#[derive(Debug)]
struct Report {
    name: String,
    /// When they are to be looked at once more, if at all.
    again: Option<Duration>,
}

/// The task that looks at the folder.
pub(super) struct Loader {
    shared: Arc<Shared>,
    settling: Settling,
    settle: Duration,
    plugins: BTreeMap<String, mpsc::Sender<Job>>,
    /// Whose files are being taken.
    busy: BTreeSet<String>,
    /// Whose files have changed meanwhile.
    changed: BTreeSet<String>,
    /// Who is to be looked at once more, and when.
    again: BTreeMap<String, Instant>,
    report: mpsc::Sender<Report>,
    reports: mpsc::Receiver<Report>,
}

impl Loader {
    /// # Errors
    /// The folders cannot be made.
    pub(super) fn new(parts: LoaderParts) -> anyhow::Result<Self> {
        let settle = parts.options.settle;
        let shared = Shared::new(parts)?;
        let (report, reports) = mpsc::channel(JOBS);
        Ok(Self {
            shared: Arc::new(shared),
            settling: Settling::new(settle),
            settle,
            plugins: BTreeMap::new(),
            busy: BTreeSet::new(),
            changed: BTreeSet::new(),
            again: BTreeMap::new(),
            report,
            reports,
        })
    }

    /// Loads what lies in the folder, and what was active before and is not there any more. What was active before is in the chain from
    /// here on, whatever becomes of its files.
    ///
    /// # Errors
    /// The database cannot say what was active.
    pub(super) async fn begin(&mut self) -> anyhow::Result<()> {
        let mut needed = BTreeSet::new();
        for row in self.shared.store.plugins().await? {
            let versions = self
                .shared
                .store
                .plugin_versions(&row.name, VERSIONS)
                .await?;
            needed.extend(versions.iter().map(|version| version.hash.clone()));
            if row.state != PluginRow::REMOVED {
                self.settling.expect(Instant::now(), &row.name);
            }
            let name = row.name.clone();
            let plugin = PluginLoader::known(row, &versions, Arc::clone(&self.shared));
            if plugin.is_wanted() {
                plugin.stand_in("it is still being loaded");
            }
            self.employ(name, plugin);
        }
        let shared = Arc::clone(&self.shared);
        let pruning = tokio::task::spawn_blocking(move || shared.compiler.prune(&needed));
        pruning.await.context("clearing up failed badly")?;
        self.settle_down().await;
        Ok(())
    }

    /// Waits until everything that lies in the folder was taken, or for long enough.
    async fn settle_down(&mut self) {
        let began = Instant::now();
        let mut told = began;
        loop {
            let restless = self.look();
            let awaited: Vec<&str> = self
                .busy
                .iter()
                .chain(&restless)
                .map(String::as_str)
                .collect();
            if awaited.is_empty() {
                return;
            }
            let awaited = awaited.join(", ");
            if began.elapsed() > START {
                tracing::error!(
                    plugins = awaited,
                    "the server starts without waiting for these plugins any longer; those that were active before fail until they are loaded"
                );
                return;
            }
            if told.elapsed() > TELL {
                told = Instant::now();
                tracing::info!(plugins = awaited, "the start waits for these plugins");
            }
            tokio::select! {
                Some(report) = self.reports.recv() => self.note(report),
                () = tokio::time::sleep(self.settle) => {},
            }
        }
    }

    /// Watches until told to stop, and waits for what is being done.
    pub(super) async fn run(mut self, mut requests: mpsc::Receiver<Request>) {
        let changed = Arc::new(Notify::new());
        let _watcher = watch::watch(&self.shared.folder, Arc::clone(&changed));
        let stop = self.shared.stop.clone();
        let mut pause = Duration::ZERO;
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                request = requests.recv() => match request {
                    Some(request) => self.pass_on(request),
                    None => break,
                },
                Some(report) = self.reports.recv() => self.note(report),
                () = changed.notified() => {},
                () = tokio::time::sleep(pause) => {},
            }
            pause = match self.look().is_empty() {
                true => LOOK,
                false => self.settle / 2,
            };
        }
        let Self {
            shared,
            plugins,
            reports,
            ..
        } = self;
        // Their tasks end with what they are doing.
        drop((plugins, reports));
        shared.tasks.close();
        shared.tasks.wait().await;
    }

    /// Looks at the folder once. Answers whose files have not come to rest.
    fn look(&mut self) -> Vec<String> {
        let now = Instant::now();
        let settling = &mut self.settling;
        self.again.retain(|name, at| {
            let is_due = *at <= now;
            if is_due {
                settling.again(name);
            }
            !is_due
        });
        let found = match folder::scan(&self.shared.folder) {
            Ok(found) => found,
            Err(error) => {
                // A folder that is away for a moment says nothing about the plugins.
                tracing::error!(folder = %self.shared.folder.display(), %error, "the plugins folder cannot be read");
                return Vec::new();
            }
        };
        let (settled, restless) = self.settling.observe(now, found);
        for (name, files) in settled {
            self.hand_over(name, files);
        }
        restless
    }

    /// Has a plugin's task take its files.
    fn hand_over(&mut self, name: String, files: Files) {
        if self.busy.contains(&name) {
            self.changed.insert(name);
            return;
        }
        if !self.plugins.contains_key(&name) {
            // Settings by themselves are no plugin.
            if files.component.is_none() {
                return;
            }
            let plugin = PluginLoader::new(&name, Arc::clone(&self.shared));
            self.employ(name.clone(), plugin);
        }
        match self.plugins[&name].try_send(Job::Files(files)) {
            Ok(()) => self.busy.insert(name),
            Err(_) => self.changed.insert(name),
        };
    }

    fn employ(&mut self, name: String, plugin: PluginLoader) {
        let (jobs, to_do) = mpsc::channel(JOBS);
        self.shared
            .tasks
            .spawn(plugin.run(to_do, self.report.clone()));
        self.plugins.insert(name, jobs);
    }

    fn note(&mut self, report: Report) {
        let Report { name, again } = report;
        self.busy.remove(&name);
        match again {
            _ if self.changed.remove(&name) => self.settling.again(&name),
            Some(pause) => drop(self.again.insert(name, Instant::now() + pause)),
            None => drop(self.again.remove(&name)),
        }
    }

    fn pass_on(&mut self, request: Request) {
        let name = &request.plugin;
        if !self.plugins.contains_key(name) {
            if !matches!(request.change, Change::Install { .. }) {
                return request.refuse(ChangeError::NotThere);
            }
            if let Err(why) = files::check_name(name) {
                return request.refuse(ChangeError::Refused(why));
            }
            let plugin = PluginLoader::new(name, Arc::clone(&self.shared));
            self.employ(name.clone(), plugin);
        }
        let sent = self.plugins[&request.plugin].try_send(Job::Request(request));
        if let Err(error) = sent
            && let Job::Request(request) = error.into_inner()
        {
            let why = "too much is being done with it; try again later";
            request.refuse(ChangeError::Conflict(why.to_owned()));
        }
    }
}
