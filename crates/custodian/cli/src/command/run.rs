//! What each command does: its arguments to a step's, the step, its result to the output.

use std::path::Path;
use std::time::Instant;

use clap::CommandFactory as _;
use counterfoil_cli::steps::{self, PreparedPseudonymise, Pseudonymise};
use counterfoil_cli::{Context, Exit, StepError};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use ring::rand::{SecureRandom as _, SystemRandom};

use super::args::{
    AgreementCommand, AuditCommand, ClkhashArgs, Command, CommandLine, IdentityCommand, KeyCommand, PseudonymiseArgs,
    StudyCommand,
};
use super::output::{self, Format};
use super::passphrase::{self, OF_IDENTITY, OF_IDENTITY_BESIDE_KEY, OF_KEY};
use super::progress::Bars;

/// Why a command did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CommandError {
    /// A step did not.
    #[error(transparent)]
    Step(#[from] StepError),
    /// Nobody to ask.
    #[error("there is no terminal to ask for the passphrase on: give --passphrase-file, or set COUNTERFOIL_PASSPHRASE")]
    NoTerminal,
    /// No thread to talk to the unit on.
    #[error("the system gave no resources for a connection: {0}")]
    Runtime(std::io::Error),
    /// A full disk, or nothing behind standard output.
    #[error("the command has run, but its result cannot be written to standard output: {0}")]
    Output(std::io::Error),
    /// A summary that is not JSON, such as a path that is not text.
    #[error("the result cannot be written as JSON; run the command without --json")]
    NotJson,
}

impl CommandError {
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Step(error) => error.exit(),
            Self::NoTerminal => Exit::Usage,
            // As of any other file that cannot be written.
            Self::Output(_) => Exit::Input,
            Self::Runtime(_) | Self::NotJson => Exit::Internal,
        }
    }
}

/// Runs a command.
pub(crate) fn run(line: CommandLine, format: Format) -> Result<Exit, CommandError> {
    let bars = Bars::new(line.quiet);
    let random = SystemRandom::new();
    let mut fill = |bytes: &mut [u8]| random.fill(bytes).expect("the system's random generator works");
    let started = Instant::now();
    let clock = move || started.elapsed();
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
    let mut context = Context { today, fill: &mut fill, clock: &clock, progress: &bars };
    match line.command {
        Command::Key(command) => key(&mut context, command, format),
        Command::Identity(command) => identity(&mut context, command, format),
        Command::Agreement(command) => agreement(&context, command, format),
        Command::Study(StudyCommand::Check { dir, study }) => {
            let report = steps::study_check(&steps::StudyCheck { agreement: dir, study })?;
            output::result(format, &report)?;
            Ok(held(report.checks.first_failed().is_none()))
        }
        Command::Pseudonymise(args) => pseudonymise(&mut context, args, format),
        Command::Clkhash(args) => {
            let ClkhashArgs { agreement, schema, secret_file, input, output } = args;
            let args = steps::Clkhash { agreement, schema, secret_file, input, output };
            output::result(format, &steps::clkhash(&context, &args)?)?;
            Ok(Exit::Done)
        }
        Command::Inspect(args) => {
            let report = steps::inspect(&steps::Inspect { extract: args.extract, agreement: args.agreement })?;
            output::result(format, &report)?;
            Ok(held(report.clean))
        }
        Command::Audit(AuditCommand::Verify { agreement, release, log, previous }) => {
            let report = steps::audit_verify(&steps::AuditVerify { agreement, release, log, previous })?;
            output::result(format, &report)?;
            Ok(held(report.verified))
        }
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut CommandLine::command(), "counterfoil", &mut script);
            output::bytes(&script)?;
            Ok(Exit::Done)
        }
        command => connected(&context, command, format),
    }
}

fn held(ok: bool) -> Exit {
    if ok { Exit::Done } else { Exit::VerificationFailed }
}

fn key(context: &mut Context<'_>, command: KeyCommand, format: Format) -> Result<Exit, CommandError> {
    match command {
        KeyCommand::New { agreement, out, passphrase } => {
            refuse_existing(&out)?;
            let passphrase = passphrase::chosen(OF_KEY, passphrase.passphrase_file.as_ref())?;
            output::result(format, &steps::key_new(context, &steps::KeyNew { agreement, out }, &passphrase)?)?;
        }
        KeyCommand::Show { file } => output::result(format, &steps::key_show(&file)?)?,
        KeyCommand::Verify { file, agreement, passphrase } => {
            let passphrase = passphrase::existing(OF_KEY, passphrase.passphrase_file.as_ref())?;
            let args = steps::KeyVerify { key: file, agreement };
            output::result(format, &steps::key_verify(&args, &passphrase)?)?;
        }
    }
    Ok(Exit::Done)
}

fn identity(context: &mut Context<'_>, command: IdentityCommand, format: Format) -> Result<Exit, CommandError> {
    match command {
        IdentityCommand::New { party, out, passphrase } => {
            refuse_existing(&out)?;
            let passphrase = passphrase::chosen(OF_IDENTITY, passphrase.passphrase_file.as_ref())?;
            let args = steps::IdentityNew { party, out };
            output::result(format, &steps::identity_new(context, &args, &passphrase)?)?;
        }
        IdentityCommand::Show { file } => output::result(format, &steps::identity_show(&file)?)?,
    }
    Ok(Exit::Done)
}

fn agreement(context: &Context<'_>, command: AgreementCommand, format: Format) -> Result<Exit, CommandError> {
    match command {
        AgreementCommand::Propose { dir, party_keys } => {
            let args = steps::AgreementPropose { agreement: dir, party_keys };
            output::result(format, &steps::agreement_propose(&args)?)?;
        }
        AgreementCommand::Sign { dir, identity, passphrase } => {
            let passphrase = passphrase::existing(OF_IDENTITY, passphrase.passphrase_file.as_ref())?;
            let args = steps::AgreementSign { agreement: dir, identity };
            output::result(format, &steps::agreement_sign(&args, &passphrase)?)?;
        }
        AgreementCommand::Check { dir } => {
            let report = steps::agreement_check(context, &dir)?;
            output::result(format, &report)?;
            return Ok(held(report.first_failed().is_none()));
        }
    }
    Ok(Exit::Done)
}

/// Passphrases are asked for only once everything else is in order.
fn pseudonymise(context: &mut Context<'_>, args: PseudonymiseArgs, format: Format) -> Result<Exit, CommandError> {
    let file = args.passphrase.passphrase_file;
    let identity_file = args.identity_passphrase_file.or_else(|| file.clone());
    let args = Pseudonymise {
        agreement: args.agreement,
        dataset: args.dataset,
        key: args.key,
        identity: args.identity,
        people: args.people,
        events: args.events,
        measures: args.measures,
        complete_from: args.complete_from,
        complete_to: args.complete_to,
        tariff: args.tariff,
        out: args.out,
    };
    let prepared = PreparedPseudonymise::check(context, &args)?;
    let of_key = passphrase::existing(OF_KEY, file.as_ref())?;
    let of_identity = passphrase::existing(OF_IDENTITY_BESIDE_KEY, identity_file.as_ref())?;
    output::result(format, &prepared.run(context, &of_key, &of_identity)?)?;
    Ok(Exit::Done)
}

/// The commands that talk to the unit.
fn connected(context: &Context<'_>, command: Command, format: Format) -> Result<Exit, CommandError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(CommandError::Runtime)?;
    match command {
        Command::Submit(args) => {
            let (connect, submission) = (args.unit.connect(), args.submission);
            let (extract, agreement, receipt_dir) = (args.extract, args.agreement, args.receipt_dir);
            let args = steps::Submit { extract, agreement, submission, receipt_dir };
            output::result(format, &runtime.block_on(steps::submit(context, &args, &connect))?)?;
        }
        Command::Link(args) => {
            let connect = args.unit.connect();
            let args = steps::Link { agreement: args.agreement, cohort: args.cohort, usage: args.usage };
            output::result(format, &runtime.block_on(steps::link(context, &args, &connect))?)?;
        }
        Command::Request(args) => {
            let connect = args.unit.connect();
            let args = steps::Request { agreement: args.agreement, study: args.study };
            output::result(format, &runtime.block_on(steps::request(context, &args, &connect))?)?;
        }
        Command::Fetch(args) => {
            let connect = args.unit.connect();
            let args = steps::Fetch { agreement: args.agreement, study: args.study, out: args.out };
            output::result(format, &runtime.block_on(steps::fetch(&args, &connect))?)?;
        }
        Command::Audit(AuditCommand::Fetch { agreement, out, unit }) => {
            let args = steps::AuditFetch { agreement, out };
            output::result(format, &runtime.block_on(steps::audit_fetch(context, &args, &unit.connect()))?)?;
        }
        _ => unreachable!("every other command is run without a connection"),
    }
    Ok(Exit::Done)
}

/// Before a passphrase is asked for twice in vain.
fn refuse_existing(out: &Path) -> Result<(), CommandError> {
    if out.symlink_metadata().is_ok() {
        return Err(StepError::Exists { path: out.to_owned() }.into());
    }
    Ok(())
}
