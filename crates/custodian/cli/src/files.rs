//! Files, read with a limit and written whole or not at all.
//!
//! In: a path. Out: at most so many bytes; or a file that is complete and on the disk when the function returns.
//! Absent on purpose: overwriting, but for the one function whose name says so.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::path::Path;

use tempfile::NamedTempFile;
use zeroize::Zeroizing;

use crate::error::StepError;

/// Who may read a file that is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Readers {
    /// Its owner only (mode 0600): sealed files, and what a custodian keeps.
    Owner,
    /// Whoever can reach the folder (mode 0644): what is meant to be handed on.
    Everyone,
}

/// Reads a file of at most `bytes_max` bytes.
///
/// # Errors
/// [`StepError::Read`] or [`StepError::TooLarge`].
pub(crate) fn read_limited(path: &Path, bytes_max: u64) -> Result<Vec<u8>, StepError> {
    let failed = |source| StepError::Read { path: path.to_owned(), source };
    let mut bytes = Vec::new();
    File::open(path).map_err(failed)?.take(bytes_max + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > bytes_max {
        return Err(StepError::TooLarge { path: path.to_owned(), bytes_max });
    }
    Ok(bytes)
}

/// Reads a secret of at most `bytes_max` bytes: into one allocation, so that no copy is left behind in a buffer that grew.
///
/// # Errors
/// As [`read_limited`].
pub(crate) fn read_secret(path: &Path, bytes_max: usize) -> Result<Zeroizing<Vec<u8>>, StepError> {
    let failed = |source| StepError::Read { path: path.to_owned(), source };
    let mut bytes = Zeroizing::new(vec![0; bytes_max + 1]);
    let mut file = File::open(path).map_err(failed)?;
    let mut filled = 0;
    while filled < bytes.len() {
        match file.read(&mut bytes[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(failed(error)),
        }
    }
    if filled > bytes_max {
        return Err(StepError::TooLarge { path: path.to_owned(), bytes_max: bytes_max as u64 });
    }
    bytes.truncate(filled);
    Ok(bytes)
}

/// Reads a text file of at most `bytes_max` bytes, as it is: digests are taken over what is returned.
///
/// # Errors
/// [`StepError::Read`], [`StepError::TooLarge`] or [`StepError::NotText`].
pub(crate) fn read_text_exact(path: &Path, bytes_max: u64) -> Result<String, StepError> {
    String::from_utf8(read_limited(path, bytes_max)?).map_err(|_| StepError::NotText { path: path.to_owned() })
}

/// Writes a file that must not be there yet: to a temporary file beside it, to the disk, and then under its name.
///
/// # Errors
/// [`StepError::Exists`] or [`StepError::Write`].
pub(crate) fn write_new(path: &Path, bytes: &[u8], readers: Readers) -> Result<(), StepError> {
    if path.symlink_metadata().is_ok() {
        return Err(StepError::Exists { path: path.to_owned() });
    }
    persist_new(write_temporary(path, bytes, readers)?, path)
}

/// Writes a file in the place of one that may be there, in one step: a reader sees the old one or the new one.
///
/// # Errors
/// [`StepError::Write`].
pub(crate) fn write_in_place_of(path: &Path, bytes: &[u8], readers: Readers) -> Result<(), StepError> {
    let written = write_temporary(path, bytes, readers)?.persist(path);
    written.map_err(|error| StepError::Write { path: path.to_owned(), source: error.error })?;
    sync_folder_of(path)
}

/// Writes a file that must not be there yet, as it is made: if the making fails there is none.
///
/// # Errors
/// [`StepError::Exists`], [`StepError::Write`], or the maker's own.
pub(crate) fn stream_new<T>(
    path: &Path,
    readers: Readers,
    make: impl FnOnce(&mut File) -> Result<T, StepError>,
) -> Result<T, StepError> {
    if path.symlink_metadata().is_ok() {
        return Err(StepError::Exists { path: path.to_owned() });
    }
    let failed = |source| StepError::Write { path: path.to_owned(), source };
    let mut file = NamedTempFile::new_in(folder_of(path)).map_err(failed)?;
    let made = make(file.as_file_mut())?;
    finish_temporary(file.as_file(), readers).map_err(failed)?;
    persist_new(file, path)?;
    Ok(made)
}

/// Makes a folder, with those above it, if it is not there.
///
/// # Errors
/// [`StepError::Write`].
pub(crate) fn folder(path: &Path) -> Result<(), StepError> {
    fs::create_dir_all(path).map_err(|source| StepError::Write { path: path.to_owned(), source })
}

fn write_temporary(path: &Path, bytes: &[u8], readers: Readers) -> Result<NamedTempFile, StepError> {
    let failed = |source| StepError::Write { path: path.to_owned(), source };
    // A temporary file is made with mode 0600, so a private file is never readable by others, not even for a moment.
    let mut file = NamedTempFile::new_in(folder_of(path)).map_err(failed)?;
    file.write_all(bytes).map_err(failed)?;
    finish_temporary(file.as_file(), readers).map_err(failed)?;
    Ok(file)
}

fn finish_temporary(file: &File, readers: Readers) -> std::io::Result<()> {
    if readers == Readers::Everyone {
        let_everyone_read(file)?;
    }
    file.sync_all()
}

fn persist_new(file: NamedTempFile, path: &Path) -> Result<(), StepError> {
    file.persist_noclobber(path).map_err(|error| {
        if error.error.kind() == std::io::ErrorKind::AlreadyExists {
            StepError::Exists { path: path.to_owned() }
        } else {
            StepError::Write { path: path.to_owned(), source: error.error }
        }
    })?;
    sync_folder_of(path)
}

/// Lets everyone read a folder that was made as a temporary one, with mode 0700.
#[cfg(unix)]
pub(crate) fn let_everyone_enter(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
pub(crate) fn let_everyone_enter(_folder: &Path) -> std::io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn let_everyone_read(file: &File) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.set_permissions(fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn let_everyone_read(_file: &File) -> std::io::Result<()> {
    Ok(())
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// A name is on the disk only when its folder is.
pub(crate) fn sync_folder_of(path: &Path) -> Result<(), StepError> {
    if cfg!(unix) {
        let synced = File::open(folder_of(path)).and_then(|folder| folder.sync_all());
        synced.map_err(|source| StepError::Write { path: path.to_owned(), source })?;
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_never_overwritten_and_leaves_nothing_beside_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        write_new(&path, b"one", Readers::Owner).unwrap();
        assert!(matches!(write_new(&path, b"two", Readers::Owner), Err(StepError::Exists { .. })));
        assert_eq!(fs::read(&path).unwrap(), b"one");
        write_in_place_of(&path, b"three", Readers::Everyone).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"three");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn modes_are_as_asked() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        for (name, readers, mode) in [("a", Readers::Owner, 0o600), ("b", Readers::Everyone, 0o644)] {
            let path = dir.path().join(name);
            write_new(&path, b"x", readers).unwrap();
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, mode);
        }
    }

    #[test]
    fn a_file_above_the_limit_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        fs::write(&path, b"12345").unwrap();
        assert_eq!(read_limited(&path, 5).unwrap(), b"12345");
        assert!(matches!(read_limited(&path, 4), Err(StepError::TooLarge { bytes_max: 4, .. })));
        assert!(matches!(read_limited(&dir.path().join("b"), 4), Err(StepError::Read { .. })));
        let secret = read_secret(&path, 5).unwrap();
        assert_eq!((secret.as_slice(), secret.capacity()), (b"12345".as_slice(), 6));
        assert!(matches!(read_secret(&path, 4), Err(StepError::TooLarge { bytes_max: 4, .. })));
        assert!(matches!(read_secret(&dir.path().join("b"), 4), Err(StepError::Read { .. })));
        assert!(matches!(read_secret(dir.path(), 4), Err(StepError::Read { .. })));
        fs::write(&path, b"\xff").unwrap();
        assert!(matches!(read_text_exact(&path, 9), Err(StepError::NotText { .. })));
    }
}
