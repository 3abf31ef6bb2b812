//! CLKs as clkhash makes them, for a partner who has clkhash: only where all parties have signed that plain CLKs are allowed.
//!
//! In: the signed agreement folder, a linkage schema of clkhash, a file with the secret, a CSV file. Out: `{"clks": [...]}` in the order
//! of the rows; or every row that is wrong, and no file.
//! Absent on purpose: leaving out a row, normalising a value, sending anything. The pseudonymisation key has no part in it.

use std::fmt;
use std::fs::File;
use std::io::{self, BufWriter, Read};
use std::path::{Path, PathBuf};

use counterfoil_clkhash::{ClkhashSchema, Encoded, Encoder, FileError, Header, SCHEMA_BYTES_MAX, Secret, encode_csv};
use counterfoil_model::UnhardenedClk;
use serde::Serialize;

use crate::context::{Context, ProgressSink, ProgressUnit};
use crate::error::{ClkhashError, StepError};
use crate::files::{self, Readers};
use crate::folder::AgreementFolder;
use crate::show;

/// Bytes of a secret, at most: a line that somebody agreed on.
const SECRET_BYTES_MAX: usize = 4_096;
const OUTPUT_BUFFER_BYTES: usize = 1 << 20;

/// What `clkhash` needs.
#[derive(Debug, Clone)]
pub struct Clkhash {
    /// The agreement folder.
    pub agreement: PathBuf,
    /// The linkage schema of clkhash.
    pub schema: PathBuf,
    /// The file with the secret.
    pub secret_file: PathBuf,
    /// The CSV file.
    pub input: PathBuf,
    /// The file to make.
    pub output: PathBuf,
}

/// What was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ClkhashSummary {
    /// The agreement that allows it.
    pub agreement: String,
    /// The file that was made.
    pub output: PathBuf,
    /// Rows, and so CLKs.
    pub rows: u64,
    /// Length of each in bits.
    pub clk_bits: usize,
    /// Version of the schema.
    pub schema_version: u8,
    /// What clkhash overlooks in the schema without a word.
    pub warnings: Vec<String>,
    /// What these CLKs are, in words.
    pub note: &'static str,
}

/// Encodes a file.
///
/// # Errors
/// [`StepError`]; there is no output file then.
pub fn clkhash(context: &Context<'_>, args: &Clkhash) -> Result<ClkhashSummary, StepError> {
    let folder = AgreementFolder::at(&args.agreement).open_signed()?;
    folder.expect_in_force(context.today)?;
    let agreement = folder.agreement();
    if agreement.unhardened_clk != UnhardenedClk::Allowed {
        return Err(StepError::UnhardenedClk { agreement: agreement.id.clone() });
    }
    let of = |path: &Path, source| StepError::Clkhash { path: path.to_owned(), source };
    let text = files::read_text_exact(&args.schema, SCHEMA_BYTES_MAX as u64)?;
    let schema = ClkhashSchema::parse(&text).map_err(|error| of(&args.schema, ClkhashError::Schema(error)))?;
    let secret = Secret::of_file(files::read_secret(&args.secret_file, SECRET_BYTES_MAX)?);
    let encoder = secret.and_then(|secret| Encoder::new(&schema, secret));
    let encoder = encoder.map_err(|error| of(&args.secret_file, ClkhashError::Secret(error)))?;
    let input = File::open(&args.input).map_err(|source| StepError::Read { path: args.input.clone(), source })?;
    let encoded = write(context.progress, args, &encoder, input)?;
    Ok(ClkhashSummary {
        agreement: agreement.id.to_string(),
        output: args.output.clone(),
        rows: encoded.rows,
        clk_bits: schema.clk_bits(),
        schema_version: schema.version(),
        warnings: schema.warnings().iter().map(ToString::to_string).collect(),
        note: "plain CLKs: whoever has them and a list of people can name most of them without any key; give them to the one party \
               that the agreement names, and delete them when they have been linked",
    })
}

fn write(
    progress: &dyn ProgressSink,
    args: &Clkhash,
    encoder: &Encoder<'_>,
    input: File,
) -> Result<Encoded, StepError> {
    let name = args.input.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    progress.begin(&name, input.metadata().ok().map(|facts| facts.len()), ProgressUnit::Bytes);
    let encoded = files::stream_new(&args.output, Readers::Owner, |file| {
        let mut output = BufWriter::with_capacity(OUTPUT_BUFFER_BYTES, file);
        let input = Metered { input, read: 0, progress };
        let encoded = encode_csv(encoder, input, &mut output, Header::Checked).map_err(|error| match error {
            FileError::Write(source) => StepError::Write { path: args.output.clone(), source },
            FileError::Read(source) => StepError::Read { path: args.input.clone(), source },
            error => StepError::Clkhash { path: args.input.clone(), source: ClkhashError::File(error) },
        })?;
        let flushed = output.into_inner().map(drop);
        flushed.map_err(|error| StepError::Write { path: args.output.clone(), source: error.into_error() })?;
        Ok(encoded)
    });
    progress.end();
    encoded
}

/// Says how far the reading is.
struct Metered<'a> {
    input: File,
    read: u64,
    progress: &'a dyn ProgressSink,
}

impl Read for Metered<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.input.read(buffer)?;
        self.read += count as u64;
        self.progress.at(self.read);
        Ok(count)
    }
}

impl fmt::Display for ClkhashSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "CLKs of clkhash in {}", self.output.display())?;
        writeln!(f, "  allowed by  agreement {}", self.agreement)?;
        writeln!(f, "  rows        {}", show::thousands(self.rows))?;
        writeln!(f, "  length      {} bits (schema version {})", self.clk_bits, self.schema_version)?;
        for warning in &self.warnings {
            writeln!(f, "  warning     {warning}")?;
        }
        writeln!(f, "  note        {}", self.note)
    }
}
