//! A custodian's CSV files to a signed extract: the step in which identifiers stay behind.
//!
//! In: the agreement folder, the sealed key, the party's identity, the files. Out: an extract; beside it the list of what could not be
//! used; a summary.
//! Absent on purpose: sending anything; keeping the extract's own key for local record numbers, which ends with the step.

mod keep;
mod summary;

pub use summary::{FieldCount, FileSummary, LeftOutCount, MatchKeyCount, PseudonymiseSummary, ReasonCount};

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use counterfoil_extract::{ExtractWriter, LeftOutReason, ManifestFacts, Table};
use counterfoil_model::{Code, Dataset, DatasetColumns, DatasetId};
use counterfoil_pseudonym::intake::{
    EventIntake, IntakeError, MeasureIntake, PeopleIntake, PeopleSummary, Summary, read_events, read_measures,
    read_people,
};
use counterfoil_pseudonym::{Encoder, LocalIdKey};
use jiff::civil::Date;

use crate::context::{Context, ProgressSink, ProgressUnit};
use crate::error::{StepError, TablesError};
use crate::folder::{AgreementFolder, SignedFolder};
use crate::identity::{Identity, IdentityHead, KeyHead, open_key};
use crate::passphrase::Passphrase;
use keep::{Keep, KeepError, ProblemsFile};

/// What `pseudonymise` needs.
#[derive(Debug, Clone)]
pub struct Pseudonymise {
    /// The agreement folder.
    pub agreement: PathBuf,
    /// The dataset.
    pub dataset: DatasetId,
    /// The sealed pseudonymisation key.
    pub key: PathBuf,
    /// The party's sealed identity.
    pub identity: PathBuf,
    /// The people file.
    pub people: PathBuf,
    /// The events file, if the dataset has events.
    pub events: Option<PathBuf>,
    /// The measures file, if the dataset has measures.
    pub measures: Option<PathBuf>,
    /// First day of which all events are there.
    pub complete_from: Date,
    /// Last day of which all events are there.
    pub complete_to: Date,
    /// Price list that costs were taken from.
    pub tariff: Option<Code>,
    /// Folder of the extract to make.
    pub out: PathBuf,
}

/// Everything that can be checked before a passphrase is asked for, checked.
pub struct PreparedPseudonymise<'a> {
    args: &'a Pseudonymise,
    folder: SignedFolder,
    dataset: Dataset,
    columns: DatasetColumns,
    problems: ProblemsFile,
}

/// Rows that were read and are not in the extract, by table and reason.
type LeftOutCounts = BTreeMap<(Table, LeftOutReason), u64>;

/// What the files gave.
struct Read {
    people: PeopleSummary,
    events: Option<Summary>,
    measures: Option<Summary>,
}

/// Makes an extract: all of it, or none.
///
/// # Errors
/// [`StepError`] for the first thing that stops it; nothing is left behind then.
pub fn pseudonymise(
    context: &mut Context<'_>,
    args: &Pseudonymise,
    key_passphrase: &Passphrase,
    identity_passphrase: &Passphrase,
) -> Result<PseudonymiseSummary, StepError> {
    PreparedPseudonymise::check(context, args)?.run(context, key_passphrase, identity_passphrase)
}

impl<'a> PreparedPseudonymise<'a> {
    /// Checks the agreement, the day, the dataset, which files are needed and whose identity and key these are.
    ///
    /// # Errors
    /// [`StepError`].
    pub fn check(context: &Context<'_>, args: &'a Pseudonymise) -> Result<Self, StepError> {
        let folder = AgreementFolder::at(&args.agreement).open_signed()?;
        folder.expect_in_force(context.today)?;
        let agreement = folder.agreement();
        let dataset = agreement.dataset(&args.dataset).ok_or_else(|| {
            let known: Vec<&str> = agreement.datasets.iter().map(|dataset| dataset.id.as_str()).collect();
            StepError::UnknownDataset { dataset: args.dataset.clone(), known: known.join(", ") }
        })?;
        check_tables(args, dataset, context.today)?;
        check_tariff(args, &folder)?;
        let columns = folder.schema.columns().of(dataset.id.as_str());
        let columns = columns.ok_or_else(|| StepError::NoColumns { dataset: dataset.id.clone() })?.clone();
        check_identity(&IdentityHead::read(&args.identity)?, &folder, dataset)?;
        check_key(&KeyHead::read(&args.key)?, &folder)?;
        for path in [Some(&args.people), args.events.as_ref(), args.measures.as_ref()].into_iter().flatten() {
            File::open(path).map_err(|source| StepError::Read { path: path.clone(), source })?;
        }
        if args.out.symlink_metadata().is_ok() {
            return Err(StepError::Exists { path: args.out.clone() });
        }
        let problems = ProblemsFile::create(&args.out)?;
        let dataset = dataset.clone();
        Ok(Self { args, folder, dataset, columns, problems })
    }

    /// Makes the extract.
    ///
    /// # Errors
    /// [`StepError`].
    pub fn run(
        mut self,
        context: &mut Context<'_>,
        key_passphrase: &Passphrase,
        identity_passphrase: &Passphrase,
    ) -> Result<PseudonymiseSummary, StepError> {
        let identity = Identity::open(&self.args.identity, identity_passphrase)?;
        let agreement = self.folder.agreement();
        let key = open_key(&self.args.key, &agreement.id, agreement.key_epoch, key_passphrase)?;
        let encoder = Encoder::new(&key, &agreement.id, agreement.key_epoch, &self.folder.schema);
        drop(key);

        let started = (context.clock)();
        let mut writer = ExtractWriter::create(&self.args.out, &self.dataset, &self.folder.schema)?;
        let local_ids = LocalIdKey::generate(context.fill);
        let read = self.read(context, &encoder, &local_ids, &mut writer)?;

        context.progress.begin("sorting and writing the extract", None, ProgressUnit::Items);
        let facts = self.facts(context.today, &encoder);
        let mut left_out = LeftOutCounts::new();
        let mut listed = Ok(());
        let unsigned = writer.finish(facts, &mut |row| {
            *left_out.entry((row.table, row.reason)).or_default() += 1;
            if listed.is_ok() {
                listed = self.problems.left_out(&self.args.file_name(row.table), &row);
            }
        })?;
        listed?;
        let signed = identity.sign_text(unsigned.manifest_text().clone())?;
        let written = unsigned.summary();
        let (problems, problem_count) = self.problems.keep()?;
        let extract = unsigned.sign(&signed, &self.folder.signed).inspect_err(|_| {
            // Without the extract its list means nothing, and would be in the way of the next try.
            let _removed = std::fs::remove_file(&problems);
        })?;
        context.progress.end();
        let elapsed = (context.clock)().saturating_sub(started);
        Ok(PseudonymiseSummary::new(&extract, self.args, problems, problem_count, &read, written, &left_out, elapsed))
    }

    fn read(
        &mut self,
        context: &Context<'_>,
        encoder: &Encoder,
        local_ids: &LocalIdKey,
        writer: &mut ExtractWriter,
    ) -> Result<Read, StepError> {
        let Self { args, dataset, columns, problems, .. } = self;
        let progress = context.progress;
        let (input, file) = open(&args.people, progress)?;
        let intake =
            PeopleIntake { file: &file, columns, variables: &dataset.people, encoder, local_ids, today: context.today };
        let mut keep = Keep { problems, progress, push: |row, line| writer.push_person(&row, line) };
        let people = read_people(input, &intake, &mut keep).map_err(stopped)?;
        progress.end();
        let mut events = None;
        if let Some(path) = &args.events {
            let (input, file) = open(path, progress)?;
            let mut keep = Keep { problems, progress, push: |row, line| writer.push_event(&row, line) };
            let intake = EventIntake { file: &file, dataset, local_ids };
            events = Some(read_events(input, &intake, &mut keep).map_err(stopped)?);
            progress.end();
        }
        let mut measures = None;
        if let Some(path) = &args.measures {
            let (input, file) = open(path, progress)?;
            let mut keep = Keep { problems, progress, push: |row, line| writer.push_measure(&row, line) };
            let intake = MeasureIntake { file: &file, dataset, local_ids };
            measures = Some(read_measures(input, &intake, &mut keep).map_err(stopped)?);
            progress.end();
        }
        Ok(Read { people, events, measures })
    }

    fn facts(&self, today: Date, encoder: &Encoder) -> ManifestFacts {
        let agreement = self.folder.agreement();
        ManifestFacts {
            agreement: agreement.id.clone(),
            agreement_digest: self.folder.signed.digest(),
            key_epoch: agreement.key_epoch,
            key_fingerprint: encoder.fingerprint(),
            created_on: today,
            complete_from: self.args.complete_from,
            complete_to: self.args.complete_to,
            tariff: self.args.tariff.clone(),
            build: concat!("counterfoil ", env!("CARGO_PKG_VERSION")).to_owned(),
        }
    }
}

impl Pseudonymise {
    fn file_name(&self, table: Table) -> String {
        let path = match table {
            Table::People | Table::FormerTokens => Some(&self.people),
            Table::Events => self.events.as_ref(),
            Table::Measures => self.measures.as_ref(),
        };
        path.map_or_else(String::new, |path| name_of(path))
    }
}

/// The unit refuses money at another tariff than the study's; better said here, before anything is made.
fn check_tariff(args: &Pseudonymise, folder: &SignedFolder) -> Result<(), StepError> {
    for pinned in &folder.agreement().studies {
        let study = folder.folder.read_study(&pinned.id)?;
        let tariff =
            study.tariff().filter(|tariff| study.usage == args.dataset && args.tariff.as_ref() != Some(*tariff));
        if let Some(tariff) = tariff {
            return Err(StepError::Tariff { study: study.id.clone(), tariff: tariff.clone() });
        }
    }
    Ok(())
}

fn check_tables(args: &Pseudonymise, dataset: &Dataset, today: Date) -> Result<(), StepError> {
    let of_dataset = || dataset.id.clone();
    let tables = [
        ("events", !dataset.event_codes.is_empty(), args.events.is_some()),
        ("measures", !dataset.measures.is_empty(), args.measures.is_some()),
    ];
    for (table, agreed, given) in tables {
        match (agreed, given) {
            (true, false) => return Err(StepError::Tables(TablesError::Missing { dataset: of_dataset(), table })),
            (false, true) => return Err(StepError::Tables(TablesError::NotAgreed { dataset: of_dataset(), table })),
            _ => {}
        }
    }
    let (from, to) = (args.complete_from, args.complete_to);
    if from > to {
        return Err(StepError::Tables(TablesError::Period { from, to }));
    }
    if to > today {
        return Err(StepError::Tables(TablesError::InFuture { to, today }));
    }
    Ok(())
}

fn check_identity(head: &IdentityHead, folder: &SignedFolder, dataset: &Dataset) -> Result<(), StepError> {
    let (party, custodian) = (head.party.clone(), dataset.custodian.clone());
    if party != custodian {
        return Err(StepError::NotCustodian { party, dataset: dataset.id.clone(), custodian });
    }
    if folder.signed.key(&party) != Some(&head.key) {
        return Err(StepError::OtherIdentityKey { party });
    }
    Ok(())
}

fn check_key(head: &KeyHead, folder: &SignedFolder) -> Result<(), StepError> {
    let agreement = folder.agreement();
    let (needed, needed_epoch) = (agreement.id.clone(), agreement.key_epoch);
    if head.agreement != needed || head.epoch != needed_epoch {
        let (found, found_epoch) = (head.agreement.clone(), head.epoch);
        return Err(StepError::KeyOfOther { found, found_epoch, needed, needed_epoch });
    }
    Ok(())
}

fn open(path: &Path, progress: &dyn ProgressSink) -> Result<(File, String), StepError> {
    let failed = |source| StepError::Read { path: path.to_owned(), source };
    let file = File::open(path).map_err(failed)?;
    let name = name_of(path);
    progress.begin(&name, file.metadata().ok().map(|facts| facts.len()), ProgressUnit::Bytes);
    Ok((file, name))
}

/// A file's own name: its folder says more about the machine than a list needs.
fn name_of(path: &Path) -> String {
    path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

fn stopped(error: IntakeError<KeepError>) -> StepError {
    match error {
        IntakeError::File(error) => StepError::Intake(error),
        IntakeError::Sink(KeepError::Extract(error)) => StepError::Extract(error),
        IntakeError::Sink(KeepError::Problems(error)) => error,
    }
}
