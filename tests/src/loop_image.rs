//! A disk whose power can be cut: an ext4 image in a file, mounted through a loop device.
//!
//! Rule: what the kernel has not written into the image yet is lost with the power. So a copy of the image, taken while
//! its writers are frozen, is the disk as a power cut leaves it.
//!
//! Needs root. Mounts end with their guard, also when a test panics.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

/// Room for the database of a short load; the file is sparse.
const IMAGE_BYTES: u64 = 256 * 1024 * 1024;

/// Copies are tried this often until the kernel wrote nothing into the image meanwhile.
const COPY_TRIES: u32 = 20;

/// A mounted image.
#[derive(Debug)]
pub struct LoopMount {
    image: PathBuf,
    mountpoint: PathBuf,
    is_mounted: bool,
}

impl LoopMount {
    /// Makes a fresh image in the folder and mounts it there.
    pub fn create(folder: &Path) -> Result<Self> {
        ensure!(
            is_root()?,
            "power cuts are made with loop mounts, which need root: run as root, or leave the suite out with \
             `cargo xtask test --without power-cut`"
        );
        let image = folder.join("disk.img");
        std::fs::File::create(&image)?.set_len(IMAGE_BYTES)?;
        run(Command::new("mkfs.ext4").arg("-q").arg("-F").arg(&image))?;
        Self::mount(image)
    }

    /// Mounts an image beside itself; the file system replays its journal.
    pub fn mount(image: PathBuf) -> Result<Self> {
        let mountpoint = image.with_extension("mnt");
        std::fs::create_dir(&mountpoint)?;
        run(Command::new("mount")
            .args(["-o", "loop"])
            .arg(&image)
            .arg(&mountpoint))?;
        Ok(Self {
            image,
            mountpoint,
            is_mounted: true,
        })
    }

    /// Where the files are.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.mountpoint
    }

    /// Writes everything to the disk, as after a long quiet time.
    pub fn settle(&self) -> Result<()> {
        run(Command::new("sync")
            .arg("--file-system")
            .arg(&self.mountpoint))
    }

    /// The disk as a power cut at this moment leaves it. Whoever writes to it must be frozen.
    pub fn copy_as_cut(&self) -> Result<PathBuf> {
        let copy = self.image.with_file_name("cut.img");
        for _ in 0..COPY_TRIES {
            run(Command::new("cp")
                .arg("--sparse=always")
                .arg(&self.image)
                .arg(&copy))?;
            // The kernel may write back during the copy, which would mix two moments. If the image still equals the
            // copy, nothing was written while it was made.
            if Command::new("cmp")
                .arg("--silent")
                .arg(&self.image)
                .arg(&copy)
                .status()?
                .success()
            {
                return Ok(copy);
            }
        }
        anyhow::bail!("the image kept changing during {COPY_TRIES} copies")
    }

    /// Unmounts and checks the file system.
    pub fn finish(mut self) -> Result<()> {
        run(Command::new("umount").arg(&self.mountpoint))?;
        self.is_mounted = false;
        run(Command::new("e2fsck").args(["-f", "-n"]).arg(&self.image))
    }
}

impl Drop for LoopMount {
    fn drop(&mut self) {
        if self.is_mounted {
            // Lazily: a process that is still dying may hold files; the loop device goes with the last of them.
            if let Err(error) = run(Command::new("umount").arg("--lazy").arg(&self.mountpoint)) {
                println!("{error:#}");
            }
        }
    }
}

fn is_root() -> Result<bool> {
    // The owner of one's own entry is one's effective user.
    Ok(std::fs::metadata("/proc/self")?.uid() == 0)
}

fn run(command: &mut Command) -> Result<()> {
    let output = command
        .output()
        .with_context(|| format!("running {command:?}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(
        output.status.success(),
        "{command:?} ended with {}: {said}",
        output.status
    );
    Ok(())
}
