//! The journey itself, step by step, as the parties would do it on their own machines.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use comfy_table::{CellAlignment, Table, presets};
use counterfoil::evaluate::Evaluation;
use counterfoil_cli::steps::{
    self, AuditFetch, AuditVerify, Connect, Fetch, KeyNew, KeyVerify, Link, Pseudonymise, Request, Submit,
};
use counterfoil_cli::{Context, REPORT_FILE};
use counterfoil_model::{Agreement, Code, Dataset, DatasetId, LinkageSchema, Role, Study, StudyId};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rand::SeedableRng as _;
use rand::rand_core::Rng as _;
use rand_chacha::ChaCha20Rng;
use ring::rand::SecureRandom as _;

use crate::bars::Bars;
use crate::certificates::Holder;
use crate::parties::{Parties, Passphrases};
use crate::place::{Place, copy_agreement, prepare_out};
use crate::unit_process::UnitProcess;
use crate::{Trial, TrialError, evaluate, output};

/// What the journey is about, read from the agreement folder.
struct Terms {
    folder: PathBuf,
    agreement: Agreement,
    schema: LinkageSchema,
    study: StudyId,
    cohort: DatasetId,
    usage: DatasetId,
    /// At which the study counts money: the usage dataset's custodian states it of the extract.
    tariff: Option<Code>,
}

impl Terms {
    fn read(folder: PathBuf) -> Result<Self, TrialError> {
        let read = |path: PathBuf| {
            fs::read_to_string(&path).map_err(|error| TrialError(format!("{}: {error}", path.display())))
        };
        let agreement = Agreement::parse(&read(folder.join("agreement.toml"))?)?;
        let schema = LinkageSchema::parse(&read(folder.join("schema.toml"))?)?;
        let pinned = agreement.studies.first();
        let pinned =
            pinned.ok_or_else(|| TrialError("the agreement has no [[study]], so nothing can be asked".to_owned()))?;
        let study = Study::parse(&read(folder.join("studies").join(format!("{}.toml", pinned.id)))?)?;
        let tariff = study.tariff().cloned();
        Ok(Self { folder, schema, study: study.id, cohort: study.cohort, usage: study.usage, tariff, agreement })
    }

    fn dataset(&self, id: &DatasetId) -> Result<&Dataset, TrialError> {
        self.agreement.dataset(id).ok_or_else(|| TrialError(format!("the agreement has no dataset {id}")))
    }
}

/// Goes the whole way and shows what came out.
pub(crate) fn run(trial: &Trial) -> Result<(), TrialError> {
    let began = Instant::now();
    let out = prepare_out(&trial.out)?;
    let bars = Bars::new();
    let place = bars.step("make the place", || Place::open(trial, &bars))?;
    let mut randomness = randomness(place.seed);
    let mut context = Context { today: today(), fill: &mut *randomness, clock: &|| began.elapsed(), progress: &bars };

    let agreement_folder = out.join("agreement");
    copy_agreement(&place.agreement(), &agreement_folder)?;
    let terms = Terms::read(agreement_folder)?;
    let passphrases = if place.seed.is_some() { Passphrases::Kept } else { Passphrases::Forgotten };
    let parties = bars.step("sign the agreement", || {
        Parties::assemble(&out, &terms.folder, &terms.agreement, passphrases, &mut context)
    })?;
    let custodians = [terms.dataset(&terms.cohort)?, terms.dataset(&terms.usage)?];
    bars.step("make and exchange the key", || exchange_key(&terms, &parties, custodians, &mut context))?;
    for dataset in custodians {
        let name = if dataset.id == terms.cohort { "pseudonymise the cohort" } else { "pseudonymise the usage" };
        bars.step(name, || pseudonymise(&terms, &parties, &place, dataset, &mut context))?;
    }

    let unit = bars.step("start the unit", || {
        UnitProcess::start(
            &parties.unit_folder,
            &parties.unit,
            &parties.authority,
            &parties.unit_certificate,
            &terms.folder,
        )
    })?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let online = Online { terms: &terms, parties: &parties, unit: &unit, bars: &bars, context: &context };
    let tables = runtime.block_on(online.go(custodians))?;
    // Its connections end with it, so that the unit has nothing to wait for.
    drop(runtime);
    bars.step("stop the unit", || unit.stop())?;
    bars.step("verify offline", || verify(&terms, &parties))?;

    let quality = match place.truth() {
        None => None,
        Some(truth) => Some(bars.step("measure the linkage", || {
            let people = |dataset: &DatasetId| place.file(dataset, "people.csv");
            let files = [people(&terms.cohort), people(&terms.usage)];
            let names = [terms.cohort.as_str(), terms.usage.as_str()];
            evaluate::measure(&terms.schema, &files, names, Some(&truth), context.today, context.fill, &bars)
        })?),
    };
    output::show(summary(&tables, quality.as_ref(), &bars, &out, &parties, &terms, began)?);
    Ok(())
}

/// A source of random bytes: fills what it is given.
type RandomBytes = Box<dyn FnMut(&mut [u8])>;

/// The synthetic place is the same for one seed, key and all; real files get the operating system's randomness.
fn randomness(seed: Option<u64>) -> RandomBytes {
    match seed {
        Some(seed) => {
            let mut generator = ChaCha20Rng::seed_from_u64(seed);
            Box::new(move |bytes| generator.fill_bytes(bytes))
        }
        None => Box::new(|bytes| {
            ring::rand::SystemRandom::new().fill(bytes).expect("the operating system gives random bytes");
        }),
    }
}

pub(crate) fn today() -> Date {
    Timestamp::now().to_zoned(TimeZone::UTC).date()
}

/// One custodian makes the key and sends it to the other, sealed; both compare fingerprints.
fn exchange_key(
    terms: &Terms,
    parties: &Parties,
    custodians: [&Dataset; 2],
    context: &mut Context<'_>,
) -> Result<(), TrialError> {
    let [maker, receiver] = [parties.party(&custodians[1].custodian)?, parties.party(&custodians[0].custodian)?];
    let new = KeyNew { agreement: terms.folder.clone(), out: maker.sealed_key() };
    steps::key_new(context, &new, &maker.passphrase)?;
    if receiver.id != maker.id {
        fs::copy(maker.sealed_key(), receiver.sealed_key())?;
    }
    // The passphrase goes another way than the file: here, by hand from one variable to the other.
    let verify =
        |key: PathBuf| steps::key_verify(&KeyVerify { key, agreement: terms.folder.clone() }, &maker.passphrase);
    if verify(maker.sealed_key())?.fingerprint != verify(receiver.sealed_key())?.fingerprint {
        return Err(TrialError("the custodians' key fingerprints differ".to_owned()));
    }
    Ok(())
}

/// Folder of a custodian's extract.
fn extract_folder(parties: &Parties, dataset: &Dataset) -> Result<PathBuf, TrialError> {
    Ok(parties.party(&dataset.custodian)?.folder.join(format!("extract-{}", dataset.id)))
}

fn pseudonymise(
    terms: &Terms,
    parties: &Parties,
    place: &Place,
    dataset: &Dataset,
    context: &mut Context<'_>,
) -> Result<(), TrialError> {
    let custodian = parties.party(&dataset.custodian)?;
    let key_maker = parties.party(&terms.dataset(&terms.usage)?.custodian)?;
    let file = |name: &str| place.file(&dataset.id, name);
    let args = Pseudonymise {
        agreement: terms.folder.clone(),
        dataset: dataset.id.clone(),
        key: custodian.sealed_key(),
        identity: custodian.identity(),
        people: file("people.csv"),
        events: (!dataset.event_codes.is_empty()).then(|| file("events.csv")),
        measures: (!dataset.measures.is_empty()).then(|| file("measures.csv")),
        complete_from: place.complete_from,
        complete_to: place.complete_to,
        tariff: terms.tariff.clone().filter(|_| dataset.id == terms.usage),
        out: extract_folder(parties, dataset)?,
    };
    let summary = steps::pseudonymise(context, &args, &key_maker.passphrase, &custodian.passphrase)?;
    let inspected =
        steps::inspect(&steps::Inspect { extract: args.out.clone(), agreement: Some(terms.folder.clone()) })?;
    if !inspected.clean {
        return Err(TrialError(format!("the extract may hold an identifier:\n{inspected}")));
    }
    let summary_file = custodian.folder.join(format!("extract-{}-summary.txt", dataset.id));
    Ok(fs::write(summary_file, format!("{summary}\n{inspected}"))?)
}

/// The steps that need the unit.
struct Online<'a, 'c> {
    terms: &'a Terms,
    parties: &'a Parties,
    unit: &'a UnitProcess,
    bars: &'a Bars,
    context: &'a Context<'c>,
}

impl Online<'_, '_> {
    /// Submits, links, asks, fetches; returns the released tables as text.
    async fn go(&self, custodians: [&Dataset; 2]) -> Result<String, TrialError> {
        for dataset in custodians {
            let name = if dataset.id == self.terms.cohort { "submit the cohort" } else { "submit the usage" };
            self.timed(name, self.submit(dataset)).await?;
        }
        self.timed("link", self.link()).await?;
        self.timed("ask for the tables", self.request()).await?;
        let tables = self.timed("fetch the release", self.fetch()).await?;
        self.timed("fetch the log", self.fetch_log()).await?;
        Ok(tables)
    }

    async fn timed<T>(
        &self,
        name: &'static str,
        work: impl Future<Output = Result<T, TrialError>>,
    ) -> Result<T, TrialError> {
        self.bars.timed(name, work).await
    }

    fn connect(&self, holder: &Holder) -> Connect {
        Connect {
            unit: self.unit.address.clone(),
            ca: self.parties.authority.file.clone(),
            certificate: holder.certificate.clone(),
            certificate_key: holder.key.clone(),
            server_name: None,
        }
    }

    async fn submit(&self, dataset: &Dataset) -> Result<(), TrialError> {
        let custodian = self.parties.party(&dataset.custodian)?;
        let args = Submit {
            extract: extract_folder(self.parties, dataset)?,
            agreement: self.terms.folder.clone(),
            submission: None,
            receipt_dir: Some(custodian.folder.join(format!("receipt-{}", dataset.id))),
        };
        steps::submit(self.context, &args, &self.connect(&custodian.certificate)).await?;
        Ok(())
    }

    async fn link(&self) -> Result<(), TrialError> {
        let Terms { folder, cohort, usage, .. } = self.terms;
        let args = Link { agreement: folder.clone(), cohort: cohort.clone(), usage: usage.clone() };
        steps::link(self.context, &args, &self.connect(&self.parties.unit_operator)).await?;
        Ok(())
    }

    async fn request(&self) -> Result<(), TrialError> {
        let partner = self.parties.with_role(&self.terms.agreement, Role::Partner)?;
        let args = Request { agreement: self.terms.folder.clone(), study: self.terms.study.clone() };
        steps::request(self.context, &args, &self.connect(&partner.certificate)).await?;
        Ok(())
    }

    async fn fetch(&self) -> Result<String, TrialError> {
        let partner = self.parties.with_role(&self.terms.agreement, Role::Partner)?;
        let args = Fetch {
            agreement: self.terms.folder.clone(),
            study: self.terms.study.clone(),
            out: partner.folder.join("release"),
        };
        Ok(steps::fetch(&args, &self.connect(&partner.certificate)).await?.tables)
    }

    async fn fetch_log(&self) -> Result<(), TrialError> {
        let auditor = self.parties.with_role(&self.terms.agreement, Role::Auditor)?;
        let args = AuditFetch { agreement: self.terms.folder.clone(), out: auditor.folder.join("log") };
        steps::audit_fetch(self.context, &args, &self.connect(&auditor.certificate)).await?;
        Ok(())
    }
}

/// The auditor verifies from files alone: the unit has stopped.
fn verify(terms: &Terms, parties: &Parties) -> Result<(), TrialError> {
    let auditor = parties.with_role(&terms.agreement, Role::Auditor)?;
    let partner = parties.with_role(&terms.agreement, Role::Partner)?;
    let report = steps::audit_verify(&AuditVerify {
        agreement: terms.folder.clone(),
        release: partner.folder.join("release"),
        log: Some(auditor.folder.join("log")),
        previous: None,
    })?;
    fs::write(auditor.folder.join("verification.txt"), report.to_string())?;
    if report.verified { Ok(()) } else { Err(TrialError(format!("the release does not verify:\n{report}"))) }
}

fn summary(
    tables: &str,
    quality: Option<&Evaluation>,
    bars: &Bars,
    out: &Path,
    parties: &Parties,
    terms: &Terms,
    began: Instant,
) -> Result<String, TrialError> {
    let mut steps = Table::new();
    steps.load_style(presets::NOTHING);
    for (name, time) in bars.steps() {
        steps.add_row([name.to_owned(), format!("{:.2} s", time.as_secs_f64())]);
    }
    steps.add_row(["all".to_owned(), format!("{:.2} s", began.elapsed().as_secs_f64())]);
    if let Some(times) = steps.column_mut(1) {
        times.set_cell_alignment(CellAlignment::Right);
    }
    let partner = parties.with_role(&terms.agreement, Role::Partner)?;
    let auditor = parties.with_role(&terms.agreement, Role::Auditor)?;
    let quality = quality.map_or_else(String::new, |quality| {
        format!(
            "\nLinkage of the same files, in this process and under a key of its own, against the truth\n\n{}\n",
            evaluate::brief(quality)
        )
    });
    Ok(format!(
        "Released tables\n\n{tables}\n{quality}\nTime\n\n{steps}\n\nFiles\n\n  report for people   {report}\n  what was verified   {verification}\n  everything          {out}",
        report = partner.folder.join("release").join(REPORT_FILE).display(),
        verification = auditor.folder.join("verification.txt").display(),
        out = out.display(),
    ))
}
