//! The linkage unit as a process of its own, started, found and stopped as an operator would.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use counterfoil_model::PartyId;

use crate::TrialError;
use crate::certificates::{Authority, Holder};

const START_DEADLINE: Duration = Duration::from_secs(20);
const STOP_DEADLINE: Duration = Duration::from_secs(40);

/// A running unit; killed if the trial ends before it is stopped.
pub(crate) struct UnitProcess {
    child: Child,
    log: PathBuf,
    /// `https://localhost:<port>`.
    pub(crate) address: String,
}

impl UnitProcess {
    /// Starts the unit on a free loopback port and waits until it listens.
    pub(crate) fn start(
        folder: &Path,
        unit: &PartyId,
        authority: &Authority,
        certificate: &Holder,
        agreement: &Path,
    ) -> Result<Self, TrialError> {
        let address_file = folder.join("address");
        let quoted = |path: &Path| toml_text(&path.display().to_string());
        let config = format!(
            "unit = {unit}\nlisten = \"127.0.0.1:0\"\ndata_dir = \"data\"\nlog_key_file = \"log-key.pem\"\n\
             agreement_dirs = [{agreement}]\naddress_file = \"address\"\n\n\
             [tls]\nclient_ca_file = {authority}\ncertificate_file = {certificate}\nkey_file = {key}\n",
            unit = toml_text(unit.as_str()),
            agreement = quoted(agreement),
            authority = quoted(&authority.file),
            certificate = quoted(&certificate.certificate),
            key = quoted(&certificate.key),
        );
        let config_file = folder.join("counterfoild.toml");
        fs::write(&config_file, config)?;
        let log = folder.join("counterfoild.log");
        let child = Command::new(std::env::current_exe()?)
            .arg("unit")
            .arg("--config")
            .arg(&config_file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(&log)?)
            .spawn()?;
        let mut unit = Self { child, log, address: String::new() };
        unit.address = unit.wait_for_address(&address_file)?;
        Ok(unit)
    }

    fn wait_for_address(&mut self, file: &Path) -> Result<String, TrialError> {
        let deadline = Instant::now() + START_DEADLINE;
        while Instant::now() < deadline {
            // The file appears whole, under its name, once the unit listens.
            if let Ok(address) = fs::read_to_string(file) {
                let port = address.rsplit(':').next().unwrap_or_default();
                return Ok(format!("https://localhost:{port}"));
            }
            if self.child.try_wait()?.is_some() {
                break;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Err(TrialError(format!("the unit did not start; its log is {}", self.log.display())))
    }

    /// Asks the unit to stop, and waits until what is under way has ended.
    pub(crate) fn stop(mut self) -> Result<(), TrialError> {
        let id = i32::try_from(self.child.id()).ok().and_then(rustix::process::Pid::from_raw);
        let id = id.ok_or_else(|| TrialError("the unit's process has no id".to_owned()))?;
        rustix::process::kill_process(id, rustix::process::Signal::TERM)?;
        let deadline = Instant::now() + STOP_DEADLINE;
        while Instant::now() < deadline {
            if let Some(status) = self.child.try_wait()? {
                let problem = || format!("the unit stopped with an error; its log is {}", self.log.display());
                return status.success().then_some(()).ok_or_else(|| TrialError(problem()));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Err(TrialError("the unit did not stop when asked".to_owned()))
    }
}

impl Drop for UnitProcess {
    fn drop(&mut self) {
        // After `stop` the process has ended and both calls are harmless.
        let _gone = self.child.kill();
        let _reaped = self.child.wait();
    }
}

/// A TOML basic string.
fn toml_text(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
