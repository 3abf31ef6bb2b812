//! Where the log is kept: one narrow trait, so that another database can stand behind it.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, params};

/// One stored entry.
pub(super) struct StoredEntry {
    pub(super) position: u64,
    pub(super) leaf: Vec<u8>,
    pub(super) nonce: [u8; 16],
    pub(super) record: Vec<u8>,
}

/// One entry to store, with all that must become durable together with it.
pub(super) struct NewEntry<'a> {
    /// The size of the log before it: the write fails when the log has another.
    pub(super) position: u64,
    pub(super) leaf: &'a [u8],
    pub(super) nonce: &'a [u8; 16],
    pub(super) record: &'a [u8],
    pub(super) checkpoint: &'a [u8],
    pub(super) attachment: Option<(&'a [u8], &'a [u8])>,
}

/// Reads the log, and appends to it if it still has the size expected.
pub(super) trait LogStore: Send {
    fn read_all(&self) -> Result<Vec<StoredEntry>, rusqlite::Error>;
    fn checkpoint(&self) -> Result<Option<Vec<u8>>, rusqlite::Error>;
    fn append(&mut self, entry: &NewEntry<'_>) -> Result<(), rusqlite::Error>;
    fn attachment(&self, sha256: &[u8; 32]) -> Result<Option<Vec<u8>>, rusqlite::Error>;
}

/// The embedded store: SQLite with a rollback journal, so that what was committed stands in the one file that is replayed
/// and checked. With a write-ahead log the newest commits would stand in a second file, of which SQLite drops a damaged
/// end without a word.
pub(super) struct SqliteStore(Connection);

impl SqliteStore {
    pub(super) fn open(path: &Path) -> Result<Self, rusqlite::Error> {
        let connection = Connection::open(path)?;
        connection.busy_timeout(Duration::ZERO)?;
        connection.pragma_update(None, "journal_mode", "DELETE")?;
        connection.pragma_update(None, "synchronous", "EXTRA")?;
        // One daemon, one log: a second process on the same folder fails here instead of forking it.
        connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
        connection.execute_batch(
            "BEGIN EXCLUSIVE;
             CREATE TABLE IF NOT EXISTS entry (
                 position INTEGER PRIMARY KEY, leaf BLOB NOT NULL) STRICT;
             CREATE TABLE IF NOT EXISTS opening (
                 position INTEGER PRIMARY KEY, nonce BLOB NOT NULL, record BLOB NOT NULL) STRICT;
             CREATE TABLE IF NOT EXISTS checkpoint (
                 only INTEGER PRIMARY KEY CHECK (only = 0), note BLOB NOT NULL) STRICT;
             CREATE TABLE IF NOT EXISTS attachment (
                 sha256 BLOB PRIMARY KEY, bytes BLOB NOT NULL) STRICT;
             COMMIT;",
        )?;
        Ok(Self(connection))
    }
}

impl LogStore for SqliteStore {
    fn read_all(&self) -> Result<Vec<StoredEntry>, rusqlite::Error> {
        let mut statement = self.0.prepare(
            "SELECT entry.position, leaf, nonce, record FROM entry JOIN opening USING (position) ORDER BY entry.position",
        )?;
        let rows = statement.query_map([], |row| {
            Ok(StoredEntry { position: row.get(0)?, leaf: row.get(1)?, nonce: row.get(2)?, record: row.get(3)? })
        })?;
        rows.collect()
    }

    fn checkpoint(&self) -> Result<Option<Vec<u8>>, rusqlite::Error> {
        self.0.query_row("SELECT note FROM checkpoint", [], |row| row.get(0)).optional()
    }

    fn append(&mut self, entry: &NewEntry<'_>) -> Result<(), rusqlite::Error> {
        let transaction = self.0.transaction()?;
        let size: u64 = transaction.query_row("SELECT COUNT(*) FROM entry", [], |row| row.get(0))?;
        if size != entry.position {
            return Err(rusqlite::Error::StatementChangedRows(usize::try_from(size).unwrap_or(usize::MAX)));
        }
        transaction.execute("INSERT INTO entry VALUES (?1, ?2)", params![entry.position, entry.leaf])?;
        transaction.execute(
            "INSERT INTO opening VALUES (?1, ?2, ?3)",
            params![entry.position, entry.nonce.as_slice(), entry.record],
        )?;
        transaction.execute("INSERT OR REPLACE INTO checkpoint VALUES (0, ?1)", params![entry.checkpoint])?;
        if let Some((sha256, bytes)) = entry.attachment {
            transaction.execute("INSERT OR REPLACE INTO attachment VALUES (?1, ?2)", params![sha256, bytes])?;
        }
        transaction.commit()
    }

    fn attachment(&self, sha256: &[u8; 32]) -> Result<Option<Vec<u8>>, rusqlite::Error> {
        self.0
            .query_row("SELECT bytes FROM attachment WHERE sha256 = ?1", params![sha256.as_slice()], |row| row.get(0))
            .optional()
    }
}
