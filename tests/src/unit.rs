//! A linkage unit: its files, and the daemon on them, as a thread of the test or as a process of its own.

use std::fs::File;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread::JoinHandle;

use counterfoil_daemon::{Config, DaemonError, TlsFiles, run};
use jiff::civil::Date;
use tokio::sync::oneshot;

use crate::context::{TODAY, environment};
use crate::world::{UNIT, World, party_id};
use crate::{copy_folder, wait_for};

/// The files of one unit.
pub struct UnitFiles {
    home: PathBuf,
    config: Config,
}

impl UnitFiles {
    /// A unit that has seen nothing yet, under both agreements.
    pub fn new(world: &World) -> Self {
        let home = world.scratch();
        let certificates = world.certificates();
        let config = Config {
            unit: party_id(UNIT),
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            data_dir: home.join("data"),
            log_key_file: world.log_key(),
            tls: TlsFiles {
                client_ca_file: certificates.join("ca.pem"),
                certificate_file: certificates.join("unit.pem"),
                key_file: certificates.join("unit.key.pem"),
            },
            agreement_dirs: vec![world.agreement(), world.other_agreement()],
            address_file: Some(home.join("address")),
        };
        std::fs::create_dir_all(&config.data_dir).expect("a folder");
        Self { home, config }
    }

    /// A unit with a copy of another's data.
    pub fn copy_of(&self, world: &World) -> Self {
        let copy = Self::new(world);
        copy_folder(&self.data(), &copy.data());
        copy
    }

    /// Everything that the unit keeps.
    pub fn data(&self) -> PathBuf {
        self.config.data_dir.clone()
    }

    /// What the daemon's process wrote to standard error.
    pub fn standard_error(&self) -> PathBuf {
        self.home.join("stderr")
    }

    /// Bytes of all tables in the staging folder.
    pub fn staged_bytes(&self) -> u64 {
        let tables = crate::files_under(&self.data().join("staging"));
        let tables = tables.iter().filter(|path| path.extension().is_some_and(|ending| ending == "parquet"));
        tables.filter_map(|path| std::fs::metadata(path).ok()).map(|file| file.len()).sum()
    }

    fn address(&self) -> Option<SocketAddr> {
        std::fs::read_to_string(self.address_file()).ok()?.parse().ok()
    }

    fn address_file(&self) -> &Path {
        self.config.address_file.as_deref().expect("the tests' units have an address file")
    }

    fn forget_address(&self) {
        // There is none at the first start.
        let _absent = std::fs::remove_file(self.address_file());
    }

    fn write_config(&self) -> PathBuf {
        let Config { unit, listen, data_dir, log_key_file, tls, agreement_dirs, .. } = &self.config;
        let quoted = |path: &Path| format!("\"{}\"", path.display());
        let agreements: Vec<String> = agreement_dirs.iter().map(|folder| quoted(folder)).collect();
        let text = format!(
            "unit = \"{unit}\"\nlisten = \"{listen}\"\ndata_dir = {data_dir}\nlog_key_file = {log_key_file}\n\
             agreement_dirs = [{agreements}]\naddress_file = {address}\n[tls]\nclient_ca_file = {ca}\n\
             certificate_file = {certificate}\nkey_file = {key}\n",
            data_dir = quoted(data_dir),
            log_key_file = quoted(log_key_file),
            agreements = agreements.join(", "),
            address = quoted(self.address_file()),
            ca = quoted(&tls.client_ca_file),
            certificate = quoted(&tls.certificate_file),
            key = quoted(&tls.key_file),
        );
        let path = self.home.join("counterfoild.toml");
        std::fs::write(&path, text).expect("written");
        path
    }
}

/// The daemon as a thread of the test, on a day of the test's choice.
pub struct UnitThread {
    /// Where it listens.
    pub address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<Result<(), DaemonError>>>,
}

impl UnitThread {
    /// Starts it on [`TODAY`].
    ///
    /// # Errors
    /// Why it did not start.
    pub fn start(files: &UnitFiles) -> Result<Self, DaemonError> {
        Self::start_on(files, TODAY)
    }

    /// Starts it on a day.
    ///
    /// # Errors
    /// Why it did not start.
    ///
    /// # Panics
    /// When the daemon panics.
    pub fn start_on(files: &UnitFiles, today: Date) -> Result<Self, DaemonError> {
        Self::start_by(files, Arc::new(Mutex::new(today)))
    }

    /// Starts it by a calendar that the test can turn.
    ///
    /// # Errors
    /// Why it did not start.
    ///
    /// # Panics
    /// When the daemon panics.
    pub fn start_by(files: &UnitFiles, today: Arc<Mutex<Date>>) -> Result<Self, DaemonError> {
        files.forget_address();
        let (stop, stopped) = oneshot::channel();
        let config = files.config.clone();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
            let shutdown = async {
                // The other end is dropped when a test has failed; stop then too.
                let _asked = stopped.await;
            };
            runtime.expect("the system gives threads").block_on(run(config, environment(300, today), shutdown))
        });
        let mut thread = Some(thread);
        let started = wait_for("the daemon to listen or to end", || {
            if thread.as_ref().is_some_and(JoinHandle::is_finished) {
                return Some(Err(thread.take().expect("it is there").join().expect("the daemon does not panic")));
            }
            files.address().map(Ok)
        });
        match started {
            Ok(address) => Ok(Self { address, stop: Some(stop), thread }),
            Err(ended) => Err(ended.expect_err("a daemon that listens does not end by itself")),
        }
    }

    /// Lets what is under way end, and stops.
    ///
    /// # Panics
    /// When the daemon did not stop well.
    pub fn stop(mut self) {
        self.end().expect("the daemon stops well");
    }

    fn end(&mut self) -> Result<(), DaemonError> {
        drop(self.stop.take());
        self.thread.take().map_or(Ok(()), |thread| thread.join().expect("the daemon does not panic"))
    }
}

impl Drop for UnitThread {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.end().expect("the daemon stops well");
        }
    }
}

/// The daemon as a process: what is installed on the unit's machine.
pub struct UnitProcess {
    /// Where it listens.
    pub address: SocketAddr,
    child: Child,
}

impl UnitProcess {
    /// Starts the built `counterfoild` and waits until it listens.
    ///
    /// # Panics
    /// When it cannot be built or does not listen.
    pub fn start(files: &UnitFiles) -> Self {
        let stderr = File::options().create(true).append(true).open(files.standard_error()).expect("a file");
        files.forget_address();
        let mut command = Command::new(&binaries().counterfoild);
        command.arg("run").arg("--config").arg(files.write_config()).arg("--log-format").arg("json");
        // Whatever the environment asks for, the daemon decides by itself what it writes.
        command.env("RUST_LOG", "trace").env("RUST_BACKTRACE", "full").stderr(stderr).stdin(Stdio::null());
        let mut child = command.spawn().expect("the daemon starts");
        let address = wait_for("the daemon to listen", || {
            let ended = child.try_wait().expect("a child");
            assert!(
                ended.is_none(),
                "the daemon ended: {}",
                std::fs::read_to_string(files.standard_error()).unwrap_or_default()
            );
            files.address()
        });
        Self { address, child }
    }

    /// `kill -9`.
    ///
    /// # Panics
    /// When the process cannot be ended.
    pub fn kill(mut self) {
        self.child.kill().expect("it is a child of ours");
        self.child.wait().expect("it ends");
    }

    /// SIGTERM, which asks it to let what is under way end.
    ///
    /// # Panics
    /// When the process is not there.
    pub fn terminate(&self) {
        let sent = Command::new("kill").arg("-TERM").arg(self.child.id().to_string()).status().expect("kill runs");
        assert!(sent.success());
    }

    /// Waits until it has ended.
    ///
    /// # Panics
    /// When it does not.
    pub fn wait(mut self) -> ExitStatus {
        wait_for("the daemon to end", || self.child.try_wait().expect("a child"))
    }
}

impl Drop for UnitProcess {
    fn drop(&mut self) {
        // Ended already, in most tests.
        let _ended = self.child.kill();
        let _reaped = self.child.wait();
    }
}

/// The commands as built by cargo.
pub struct Binaries {
    /// The daemon.
    pub counterfoild: PathBuf,
    /// The parties' command.
    pub counterfoil: PathBuf,
}

/// Builds both commands, once a test run, under the profile of the tests, and says where they are.
///
/// # Panics
/// When they do not build.
pub fn binaries() -> &'static Binaries {
    static BINARIES: OnceLock<Binaries> = OnceLock::new();
    BINARIES.get_or_init(|| {
        let mut command = Command::new(env!("CARGO"));
        command.args(["build", "--quiet", "--message-format=json", "--manifest-path"]);
        command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.toml"));
        command.args([
            "-p",
            "counterfoil-daemon",
            "--bin",
            "counterfoild",
            "-p",
            "counterfoil-cli",
            "--bin",
            "counterfoil",
        ]);
        // With the tests' own profile nearly everything has been built already.
        command.args(["--profile", if cfg!(debug_assertions) { "test" } else { "release" }]);
        let output = command.stderr(Stdio::inherit()).output().expect("cargo runs");
        assert!(output.status.success(), "the commands build");
        let mut found = (None, None);
        for message in cargo_metadata::Message::parse_stream(output.stdout.as_slice()) {
            if let Ok(cargo_metadata::Message::CompilerArtifact(artifact)) = message
                && let Some(path) = artifact.executable
            {
                match artifact.target.name.as_str() {
                    "counterfoild" => found.0 = Some(path.into_std_path_buf()),
                    "counterfoil" => found.1 = Some(path.into_std_path_buf()),
                    _ => {}
                }
            }
        }
        let (Some(counterfoild), Some(counterfoil)) = found else { panic!("cargo built neither or only one command") };
        Binaries { counterfoild, counterfoil }
    })
}
