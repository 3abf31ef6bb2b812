//! Files that outlive a crash: written whole beside their place, synced, then renamed into it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Folders under the unit's data folder.
pub(crate) struct DataDir(PathBuf);

impl DataDir {
    /// Opens or makes the folders. Nobody but the daemon reads them: extracts are read again by name after their check.
    pub(crate) fn open(root: &Path) -> io::Result<Self> {
        let data = Self(root.to_owned());
        fs::create_dir_all(root)?;
        #[cfg(unix)]
        fs::set_permissions(root, std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
        for folder in [data.staging(), data.extracts(), data.runs()] {
            fs::create_dir_all(folder)?;
        }
        sync_dir(root)?;
        Ok(data)
    }

    /// The log and what it commits to.
    pub(crate) fn log(&self) -> PathBuf {
        self.0.join("log.sqlite")
    }

    /// Submissions that have not been finished.
    pub(crate) fn staging(&self) -> PathBuf {
        self.0.join("staging")
    }

    /// Admitted extracts, one folder each, named by manifest digest.
    pub(crate) fn extracts(&self) -> PathBuf {
        self.0.join("extracts")
    }

    /// Linkage runs, one folder each.
    pub(crate) fn runs(&self) -> PathBuf {
        self.0.join("runs")
    }

    /// Whether anything is there that only a log entry permits.
    pub(crate) fn holds_results(&self) -> io::Result<bool> {
        for folder in [self.extracts(), self.runs()] {
            if fs::read_dir(folder)?.next().is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Writes a file so that after a crash it is there whole or not at all.
pub(crate) fn write_durable(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // The parent of a bare file name is empty, which names no folder.
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    sync_dir(folder)
}

/// Writes a file that must not exist yet and that its owner alone may read.
pub(crate) fn write_new_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Whether nobody but its owner may read a file.
#[cfg(unix)]
pub(crate) fn is_private(path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::PermissionsExt;
    Ok(fs::metadata(path)?.permissions().mode().trailing_zeros() >= 6)
}

/// Elsewhere the folder's own rights protect the file.
#[cfg(not(unix))]
pub(crate) fn is_private(path: &Path) -> io::Result<bool> {
    fs::metadata(path).map(|_| true)
}

/// Makes a rename or a new name durable.
pub(crate) fn sync_dir(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}
