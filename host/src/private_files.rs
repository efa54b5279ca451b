//! Files that only we may read: keys, and what opens doors.
//!
//! Rule: nobody else may read them at any moment, and what others could read when we found it is mended, with a line in the log.

use std::{
    fs::{self, DirBuilder, OpenOptions, Permissions},
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _},
    path::Path,
};

const FOLDER_MODE: u32 = 0o700;
const FILE_MODE: u32 = 0o600;

/// Everybody but the owner.
const OTHERS: u32 = 0o077;

/// Makes a folder that only we may enter, or makes it so.
///
/// # Errors
/// It cannot be made, or is not ours.
pub fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true).mode(FOLDER_MODE).create(folder)?;
    close(folder, FOLDER_MODE)
}

/// Writes a file that only we may read, whole or not at all.
///
/// # Errors
/// The disk, or its permissions.
pub fn write(file: &Path, content: &[u8]) -> io::Result<()> {
    let draft = file.with_extension("draft");
    // One that was left over may be readable for others, and open.
    match fs::remove_file(&draft) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut out = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(FILE_MODE)
        .open(&draft)?;
    out.write_all(content)?;
    out.sync_all()?;
    fs::rename(&draft, file)
}

/// Makes an empty file that only we may read, or makes one that is there so: before somebody else writes into it.
///
/// # Errors
/// It cannot be made, or is not ours.
pub fn claim(file: &Path) -> io::Result<()> {
    OpenOptions::new()
        .append(true)
        .create(true)
        .mode(FILE_MODE)
        .open(file)?;
    close(file, FILE_MODE)
}

/// Reads a file that nobody else may read from then on.
///
/// # Errors
/// It is not there, not ours, or no text.
pub fn read(file: &Path) -> io::Result<String> {
    close(file, FILE_MODE)?;
    fs::read_to_string(file)
}

/// Takes from others what they may do with it.
fn close(path: &Path, mode: u32) -> io::Result<()> {
    let found = fs::metadata(path)?.permissions().mode() & 0o777;
    if found & OTHERS != 0 {
        fs::set_permissions(path, Permissions::from_mode(mode))?;
        tracing::warn!(
            path = %path.display(),
            "others could read this ({found:03o}); now it is {mode:03o}"
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn what_is_made_is_ours_alone() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("a").join("b");
        make_folder(&folder).unwrap();
        assert_eq!(mode(&folder), 0o700);
        let file = folder.join("key.pem");
        write(&file, b"secret").unwrap();
        assert_eq!(
            (mode(&file), read(&file).unwrap()),
            (0o600, "secret".to_owned())
        );
    }

    #[test]
    fn what_others_could_read_is_mended() {
        let parent = tempfile::tempdir().unwrap();
        let (folder, file) = (parent.path().join("a"), parent.path().join("key.pem"));
        fs::create_dir(&folder).unwrap();
        fs::write(&file, "secret").unwrap();
        let (draft, claimed) = (parent.path().join("key.draft"), parent.path().join("db"));
        fs::write(&draft, "half a secret").unwrap();
        fs::write(&claimed, "rows").unwrap();
        for path in [&folder, &file, &draft, &claimed] {
            fs::set_permissions(path, Permissions::from_mode(0o755)).unwrap();
        }
        make_folder(&folder).unwrap();
        read(&file).unwrap();
        claim(&claimed).unwrap();
        assert_eq!((mode(&folder), mode(&file)), (0o700, 0o600));
        assert_eq!(
            (mode(&claimed), read(&claimed).unwrap()),
            (0o600, "rows".to_owned())
        );
        write(&file, b"new").unwrap();
        assert_eq!(mode(&file), 0o600);
        assert!(read(&parent.path().join("missing")).is_err());
    }
}
