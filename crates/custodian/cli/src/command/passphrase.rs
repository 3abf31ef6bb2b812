//! Where a passphrase comes from: a file, the environment, or the person at the terminal, in this order.
//!
//! In: what the command line says. Out: a [`Passphrase`]. Absent on purpose: a passphrase on the command line, where every
//! process list shows it.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use counterfoil_cli::{PASSPHRASE_BYTES_MAX, Passphrase, PassphraseError, StepError};
use zeroize::Zeroizing;

use super::run::CommandError;

/// Which passphrase is wanted, and the variable that may hold it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted {
    /// As in `Passphrase of the key`.
    pub(crate) of: &'static str,
    /// Variables, first to last.
    pub(crate) variables: &'static [&'static str],
}

/// Of the sealed pseudonymisation key.
pub(crate) const OF_KEY: Wanted = Wanted { of: "the pseudonymisation key", variables: &["COUNTERFOIL_PASSPHRASE"] };
/// Of the sealed identity, by itself.
pub(crate) const OF_IDENTITY: Wanted = Wanted { of: "the identity", variables: &["COUNTERFOIL_PASSPHRASE"] };
/// Of the sealed identity, where a key is opened too.
pub(crate) const OF_IDENTITY_BESIDE_KEY: Wanted =
    Wanted { of: "the identity", variables: &["COUNTERFOIL_IDENTITY_PASSPHRASE", "COUNTERFOIL_PASSPHRASE"] };

/// The passphrase of a file that is there.
pub(crate) fn existing(wanted: Wanted, file: Option<&PathBuf>) -> Result<Passphrase, CommandError> {
    match given(wanted, file)? {
        Some(text) => parse(text),
        None => parse(ask(&format!("Passphrase of {}: ", wanted.of))?),
    }
}

/// The passphrase of a file to be made: typed twice, if it is typed.
pub(crate) fn chosen(wanted: Wanted, file: Option<&PathBuf>) -> Result<Passphrase, CommandError> {
    if let Some(text) = given(wanted, file)? {
        return parse(text);
    }
    let text = ask(&format!("Choose a passphrase for {}, 12 characters or more: ", wanted.of))?;
    let again = ask("The same again: ")?;
    if *text != *again {
        return Err(StepError::Passphrase(PassphraseError::Differ).into());
    }
    parse(text)
}

fn given(wanted: Wanted, file: Option<&PathBuf>) -> Result<Option<Zeroizing<String>>, CommandError> {
    if let Some(path) = file {
        return read(path).map(Some);
    }
    for variable in wanted.variables {
        if let Some(text) = std::env::var_os(variable) {
            let text = text.into_string().map_err(|_| StepError::Passphrase(PassphraseError::NotText))?;
            return Ok(Some(Zeroizing::new(text)));
        }
    }
    Ok(None)
}

fn read(path: &Path) -> Result<Zeroizing<String>, CommandError> {
    let failed = |source| StepError::Read { path: path.to_owned(), source };
    // One allocation, so that no copy is left behind in a buffer that grew.
    let limit = PASSPHRASE_BYTES_MAX + 4;
    let mut text = Zeroizing::new(Vec::with_capacity(limit));
    File::open(path).map_err(failed)?.take(limit as u64).read_to_end(&mut text).map_err(failed)?;
    let text = std::str::from_utf8(&text).map_err(|_| StepError::Passphrase(PassphraseError::NotText))?;
    Ok(Zeroizing::new(text.to_owned()))
}

fn ask(prompt: &str) -> Result<Zeroizing<String>, CommandError> {
    rpassword::prompt_password(prompt).map(Zeroizing::new).map_err(|_| CommandError::NoTerminal)
}

fn parse(text: Zeroizing<String>) -> Result<Passphrase, CommandError> {
    Passphrase::parse(text).map_err(|error| StepError::Passphrase(error).into())
}
