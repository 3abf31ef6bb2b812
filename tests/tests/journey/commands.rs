//! The same journey as people type it: the built commands, their exit codes, and what a script reads.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use counterfoil_tests::unit::binaries;
use counterfoil_tests::world::{AUDITOR, NHS, PARTNER, PROGRAMME, UNIT};
use counterfoil_tests::{UnitFiles, UnitProcess, World, files_under, flip_byte};

/// Runs `counterfoil --json --quiet` with arguments parted by spaces; paths have none.
struct Shell<'a> {
    world: &'a World,
    folder: PathBuf,
    unit: String,
    passphrase: &'static str,
}

impl Shell<'_> {
    fn run(&self, caller: &str, line: &str) -> Output {
        let certificates = self.world.certificates();
        let line = line.replace("AGREEMENT", &self.world.agreement().display().to_string());
        let mut command = Command::new(&binaries().counterfoil);
        command.args(["--json", "--quiet"]).args(line.split(' ')).current_dir(&self.folder);
        command.env("COUNTERFOIL_PASSPHRASE", self.passphrase).env("COUNTERFOIL_UNIT", &self.unit);
        command.env("COUNTERFOIL_CA", certificates.join("ca.pem"));
        command.env("COUNTERFOIL_CERT", certificates.join(format!("{caller}.pem")));
        command.env("COUNTERFOIL_CERT_KEY", certificates.join(format!("{caller}.key.pem")));
        command.output().expect("the command runs")
    }

    /// What it printed, when it did what was asked.
    #[track_caller]
    fn done(&self, caller: &str, line: &str) -> String {
        let output = self.run(caller, line);
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.status.code(), Some(0), "{line}\n{out}\n{err}");
        assert!(out.trim_start().starts_with('{'), "data for machines is JSON: {out}");
        out.into_owned()
    }

    /// The exit code and everything that it said, when it did not.
    fn failed(&self, caller: &str, line: &str) -> (Option<i32>, String) {
        let output = self.run(caller, line);
        let said = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8_lossy(&said).into_owned())
    }

    fn pseudonymise(&self, people: &Path, out: &str) -> String {
        format!(
            "pseudonymise --agreement AGREEMENT --dataset programme --key {} --identity {} --people {} --measures {} \
             --complete-from 2021-01-01 --complete-to 2025-12-31 --out {out}",
            self.world.key().display(),
            self.world.identity(PROGRAMME).display(),
            people.display(),
            self.world.place().join("programme/measures.csv").display(),
        )
    }
}

const LINK: &str = "link --agreement AGREEMENT --cohort programme --usage nhs-usage --server-name localhost";
const REQUEST: &str = "request --agreement AGREEMENT --study use --server-name localhost";

#[test]
fn the_commands_do_the_journey_and_say_how_it_ended() {
    let world = World::shared(Path::new(env!("CARGO_TARGET_TMPDIR")));
    let files = UnitFiles::new(world);
    let unit = UnitProcess::start(&files);
    let folder = world.scratch();
    let mut shell =
        Shell { world, folder, unit: format!("https://{}", unit.address), passphrase: "correct horse battery" };
    let people = world.place().join("programme/people.csv");

    shell.done(PROGRAMME, &shell.pseudonymise(&people, "extract"));
    assert!(shell.done(PROGRAMME, "inspect extract --agreement AGREEMENT").contains("person_ref"));
    shell.done(PROGRAMME, "submit extract --agreement AGREEMENT --server-name localhost");
    let usage = world.extract("nhs-usage");
    let submit = format!("submit {} --agreement AGREEMENT --server-name localhost", usage.display());
    shell.done(NHS, &format!("{submit} --receipt-dir receipt"));
    assert_eq!(shell.failed(PARTNER, REQUEST).0, Some(4), "not linked yet");
    shell.done(UNIT, LINK);
    shell.done(PARTNER, REQUEST);
    shell.done(PARTNER, "fetch --agreement AGREEMENT --study use --out release --server-name localhost");
    shell.done(AUDITOR, "audit fetch --agreement AGREEMENT --out log --server-name localhost");
    let verify = "audit verify --agreement AGREEMENT --release release --log log";
    assert!(shell.done(AUDITOR, verify).contains("\"verified\": true"));

    // A check fails: 1, and it is named. A wrong command line: 2. A wrong file: 3. A refusal: 4.
    let tables = shell.folder.join("release/tables.csv");
    flip_byte(&tables, 40);
    let (code, said) = shell.failed(AUDITOR, verify);
    assert!(code == Some(1) && said.contains("tables.csv says exactly what release.json says"), "{said}");
    flip_byte(&tables, 40);
    assert_eq!(shell.failed(AUDITOR, "audit verify").0, Some(2));
    let cut = shell.folder.join("cut.csv");
    let text = std::fs::read_to_string(&people).expect("the CSV").replacen("postcode", "post_code", 1);
    std::fs::write(&cut, text).expect("written");
    let (code, said) = shell.failed(PROGRAMME, &shell.pseudonymise(&cut, "other"));
    assert!(code == Some(3) && said.contains("cut.csv") && said.contains("`postcode`"), "{said}");
    let (code, said) = shell.failed(PROGRAMME, &submit);
    assert!(code == Some(4) && said.contains("\"refused\""), "{said}");

    // Nobody there: 5. A wrong passphrase: 6, and it is not repeated.
    unit.terminate();
    assert!(unit.wait().success());
    assert_eq!(shell.failed(PARTNER, REQUEST).0, Some(5));
    shell.passphrase = "correct horse batterz";
    let (code, said) = shell.failed(PROGRAMME, &shell.pseudonymise(&people, "other"));
    assert!(code == Some(6) && said.contains("wrong passphrase") && !said.contains("batterz"), "{said}");
    let left = files_under(&shell.folder);
    assert!(left.iter().all(|file| !file.starts_with(shell.folder.join("other"))), "{left:?}");
}

#[test]
fn the_daemons_own_commands_make_a_key_once_and_refuse_a_wrong_file() {
    let world = World::shared(Path::new(env!("CARGO_TARGET_TMPDIR")));
    let folder = world.scratch();
    let run = |arguments: &[&str]| {
        let output = Command::new(&binaries().counterfoild).args(arguments).current_dir(&folder).output();
        let output = output.expect("the command runs");
        let said = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8_lossy(&said).into_owned())
    };
    let new_key = ["new-key", "--unit", UNIT, "--out", "unit.pem"];
    let (code, said) = run(&new_key);
    assert!(code == Some(0) && said.starts_with("linkage-unit+"), "{said}");
    let key = std::fs::read_to_string(folder.join("unit.pem")).expect("the key");
    assert_eq!(run(&new_key).0, Some(1), "a key is not overwritten");
    assert_eq!(std::fs::read_to_string(folder.join("unit.pem")).expect("the key"), key);
    let agreement = world.agreement().display().to_string();
    let (code, said) = run(&["sign-agreement", "--unit", UNIT, "--key", "unit.pem", "--agreement", &agreement]);
    assert!(code == Some(1) && said.contains("pins another key"), "{said}");
    std::fs::write(folder.join("wrong.toml"), "unit = \"linkage-unit\"\nnoise = 1\n").expect("written");
    let (code, said) = run(&["run", "--config", "wrong.toml"]);
    assert!(code == Some(1) && said.contains("noise"), "{said}");
    assert_eq!(run(&["sit"]).0, Some(2));
}
