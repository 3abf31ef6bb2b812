//! The command as it is typed: help, exit codes, and what goes to which output.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod support;

use std::fs;
use std::process::Output;

use support::{PASSPHRASE, Place, counterfoil};

const PSEUDONYMISE: [&str; 20] = [
    "pseudonymise",
    "--agreement",
    "agreement",
    "--dataset",
    "programme",
    "--key",
    "tiny.key",
    "--identity",
    "charity.identity",
    "--people",
    "people.csv",
    "--measures",
    "measures.csv",
    "--complete-from",
    "2023-01-01",
    "--complete-to",
    "2025-12-31",
    "--out",
    "extract",
    "--passphrase-file",
];

fn pseudonymise(place: &Place, more: &[&str]) -> Output {
    counterfoil(place.dir.path(), &[PSEUDONYMISE.as_slice(), more].concat())
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[test]
fn every_level_has_help_with_examples() {
    let place = tempfile::tempdir().unwrap();
    let levels = [
        "",
        "key",
        "key new",
        "key show",
        "key verify",
        "identity",
        "identity new",
        "identity show",
        "agreement",
        "agreement propose",
        "agreement sign",
        "agreement check",
        "study",
        "study check",
        "pseudonymise",
        "clkhash",
        "inspect",
        "submit",
        "link",
        "request",
        "fetch",
        "audit",
        "audit fetch",
        "audit verify",
        "completions",
    ];
    for level in levels {
        let words: Vec<&str> = level.split_whitespace().chain(["--help"]).collect();
        let output = counterfoil(place.path(), &words);
        assert_eq!(code(&output), 0, "{level}");
        let example = format!("counterfoil {}", level.split(' ').next().unwrap_or(""));
        assert!(text(&output.stdout).contains(example.trim_end()), "{level}");
        assert!(output.stderr.is_empty(), "{level}");
    }
    let top = counterfoil(place.path(), &["--help"]);
    assert!(text(&top.stdout).contains("Exit codes:"));
}

#[test]
fn completions_are_printed_for_each_shell() {
    let place = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let output = counterfoil(place.path(), &["completions", shell]);
        assert_eq!(code(&output), 0);
        assert!(text(&output.stdout).contains("pseudonymise"), "{shell}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn output_that_cannot_be_written_ends_with_3_but_a_reader_that_has_gone_is_no_error() {
    let place = Place::new();
    let run = |args: &[&str], output: std::process::Stdio| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_counterfoil"));
        command.args(args).current_dir(place.dir.path()).stdout(output).output().unwrap()
    };
    let commands: [&[&str]; 3] =
        [&["completions", "bash"], &["key", "show", "tiny.key"], &["key", "show", "tiny.key", "--json"]];
    for args in commands {
        let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let ended = run(args, full.into());
        assert_eq!(code(&ended), 3, "{args:?}");
        assert!(text(&ended.stderr).contains("cannot be written to standard output"), "{}", text(&ended.stderr));
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let ended = run(args, writer.into());
        assert_eq!((code(&ended), text(&ended.stderr)), (0, ""), "{args:?}");
    }
}

#[test]
fn a_wrong_command_line_ends_with_2() {
    let place = tempfile::tempdir().unwrap();
    let wrong: [&[&str]; 6] = [
        &[],
        &["nothing"],
        &["key", "new"],
        &["audit", "verify", "--agreement", "a", "--release", "b", "--previous", "c"],
        &["identity", "new", "--party", "Not A Code", "--out", "x"],
        &["agreement", "propose", "agreement", "--party-key", "unit+00000000+AAAA"],
    ];
    for args in wrong {
        assert_eq!(code(&counterfoil(place.path(), args)), 2, "{args:?}");
    }
}

#[test]
fn a_custodian_makes_and_inspects_an_extract() {
    let place = Place::new();
    let made = pseudonymise(&place, &["passphrase", "--json"]);
    assert_eq!(code(&made), 0, "{}", text(&made.stderr));
    assert!(made.stderr.is_empty(), "no progress where nobody looks");
    let summary: serde_json::Value = serde_json::from_slice(&made.stdout).unwrap();
    // By hand from the file: six rows; the fifth has no match key; the sixth repeats the second. The third's NHS number has the
    // check digit 8 where 943476591 needs 9, the fourth has none, and of the dates one is none. Of four scores one is out of
    // bounds and one is of nobody.
    assert_eq!(summary["people"]["rows_read"], 6);
    assert_eq!(summary["people"]["rows_encoded"], 5);
    assert_eq!(summary["people"]["rows_in_extract"], 4);
    assert_eq!(summary["people"]["rejected"][0]["reason"], "row-no-match-key");
    assert_eq!(summary["people"]["left_out"][0]["rows"], 1);
    assert_eq!(summary["people"]["fields_missing"][0]["reason"], "nhs-number-check-digit");
    assert_eq!(summary["people"]["fields_missing"][1]["field"], "start_date");
    assert_eq!(summary["match_keys"][0]["people"], 3);
    assert_eq!(summary["match_keys"][1]["people"], 5);
    assert_eq!(summary["measures"]["rows_in_extract"], 2);
    assert_eq!(summary["measures"]["rejected"][0]["reason"], "row-score");

    let problems = fs::read_to_string(place.path("extract-problems.csv")).unwrap();
    assert!(problems.starts_with("file,line,field,reason\n"), "{problems}");
    assert!(
        problems.contains("people.csv,5,start_date,is not a date") && problems.contains("people.csv,7,,"),
        "{problems}"
    );
    for value in ["Khan", "Christmas", "4010232137", "Jones", "0126"] {
        assert!(!problems.contains(value) && !text(&made.stdout).contains(value), "{value}");
    }

    let inspected = counterfoil(place.dir.path(), &["inspect", "extract", "--agreement", "agreement"]);
    assert_eq!(code(&inspected), 0, "{}", text(&inspected.stdout));
    let report = text(&inspected.stdout);
    assert!(
        report.contains("signed by charity: verified") && report.contains("VERDICT: nothing here looks like"),
        "{report}"
    );
    for file in fs::read_dir(place.path("extract")).unwrap() {
        let bytes = fs::read(file.unwrap().path()).unwrap();
        for name in [b"4010232137".as_slice(), b"JONES", b"Jones", b"Khan", b"O'Neil"] {
            assert!(!bytes.windows(name.len()).any(|window| window == name));
        }
    }

    let again = pseudonymise(&place, &["passphrase"]);
    assert_eq!(code(&again), 3);
    assert!(text(&again.stderr).contains("is there already"), "{}", text(&again.stderr));
}

#[test]
fn a_wrong_or_short_passphrase_ends_with_6_and_leaves_nothing() {
    let place = Place::new();
    for (wrong, said) in
        [("another passphrase", "wrong passphrase, or the file was changed"), ("tooshort", "shorter than 12")]
    {
        fs::write(place.path("wrong"), wrong).unwrap();
        let output = pseudonymise(&place, &["wrong"]);
        assert_eq!(code(&output), 6);
        assert!(text(&output.stderr).contains(said), "{}", text(&output.stderr));
        assert!(!text(&output.stderr).contains(wrong));
        assert!(output.stdout.is_empty());
    }
    let left: Vec<_> = fs::read_dir(place.dir.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(
        left.iter()
            .all(|name| !name.to_string_lossy().contains("extract") && !name.to_string_lossy().starts_with(".tmp")),
        "{left:?}"
    );
    let verify = counterfoil(
        place.dir.path(),
        &["key", "verify", "tiny.key", "--agreement", "agreement", "--passphrase-file", "wrong"],
    );
    assert_eq!(code(&verify), 6);
    let identity_as_key =
        ["key", "verify", "icb.identity", "--agreement", "agreement", "--passphrase-file", "passphrase"];
    let output = counterfoil(place.dir.path(), &identity_as_key);
    assert_eq!(code(&output), 6);
    assert!(
        text(&output.stderr).contains("holds identity, but pseudonymisation-key is needed"),
        "{}",
        text(&output.stderr)
    );
}

#[test]
fn a_missing_column_ends_with_3_and_names_it() {
    let place = Place::new();
    fs::write(place.path("people.csv"), support::PEOPLE.replace("start_date", "started")).unwrap();
    let output = pseudonymise(&place, &["passphrase"]);
    assert_eq!(code(&output), 3);
    let said = text(&output.stderr);
    assert!(said.contains("people.csv") && said.contains("start_date"), "{said}");
    assert!(!place.path("extract").exists() && !place.path("extract-problems.csv").exists());
}

/// The unit refuses money at another tariff; the custodian hears it before anything is made.
#[test]
fn money_at_another_tariff_than_the_studys_is_not_pseudonymised() {
    let place = Place::with_comparison();
    let args = |more: &[&str]| {
        let usage = PSEUDONYMISE.iter().map(|arg| match *arg {
            "programme" => "nhs-usage",
            "charity.identity" => "icb.identity",
            "--measures" => "--events",
            "measures.csv" => "events.csv",
            other => other,
        });
        let args: Vec<&str> = usage.chain(["no-such-file"]).chain(more.iter().copied()).collect();
        let output = counterfoil(place.dir.path(), &args);
        assert_eq!(code(&output), 3);
        text(&output.stderr).to_owned()
    };
    for more in [&[][..], &["--tariff", "nhsps-2023-24"]] {
        let said = args(more);
        assert!(said.contains("at tariff nhsps-2024-25: price the events by it"), "{said}");
    }
    // At the study's own it goes on, to the file that is not there.
    let said = args(&["--tariff", "nhsps-2024-25"]);
    assert!(said.contains("cannot read events.csv"), "{said}");
}

#[test]
fn what_the_agreement_does_not_allow_ends_with_3_before_a_passphrase_is_asked_for() {
    let place = Place::new();
    let with = |from: &str, to: &str| {
        let args: Vec<&str> = PSEUDONYMISE.iter().map(|arg| if *arg == from { to } else { arg }).collect();
        counterfoil(place.dir.path(), &[args.as_slice(), &["no-such-file"]].concat())
    };
    for (from, to, said) in [
        ("programme", "nhs-usage", "has events: give them"),
        ("programme", "other", "has no dataset other; it has programme, nhs-usage"),
        ("charity.identity", "icb.identity", "identity is icb's, but dataset programme is submitted by charity"),
        ("2025-12-31", "2199-12-31", "is after today"),
        ("2025-12-31", "2022-12-31", "is after --complete-to"),
        ("people.csv", "nowhere.csv", "cannot read nowhere.csv"),
    ] {
        let output = with(from, to);
        assert_eq!(code(&output), 3, "{to}: {}", text(&output.stderr));
        assert!(text(&output.stderr).contains(said), "{}", text(&output.stderr));
    }
}

#[test]
fn an_agreement_that_was_changed_after_signing_is_refused() {
    let place = Place::new();
    let check = || counterfoil(place.dir.path(), &["agreement", "check", "agreement"]);
    assert_eq!(code(&check()), 0, "{}", text(&check().stdout));
    let terms = fs::read_to_string(place.path("agreement/agreement.toml")).unwrap();
    for (file, from, to, said) in [
        ("agreement.toml", "releases_max = 4", "releases_max = 400", "other terms"),
        ("schema.toml", "permille = 500", "permille = 600", "the agreement pins"),
        ("studies/use.toml", "window_days = 30", "window_days = 300", "the agreement pins"),
        ("agreement.note", "party_key charity+", "party_key charit+", "agreement.note"),
    ] {
        let path = place.path("agreement").join(file);
        let before = fs::read_to_string(&path).unwrap();
        assert_ne!(before.replace(from, to), before, "{file}");
        fs::write(&path, before.replace(from, to)).unwrap();
        let output = check();
        assert_eq!(code(&output), 1, "{file}");
        assert!(text(&output.stdout).contains(said), "{}", text(&output.stdout));
        if file != "studies/use.toml" {
            assert_eq!(code(&pseudonymise(&place, &["passphrase"])), 3, "{file}");
        }
        fs::write(&path, before).unwrap();
    }
    fs::write(place.path("agreement/agreement.toml"), terms.replace("title = ", "tilte = ")).unwrap();
    let output = check();
    assert_eq!(code(&output), 3);
    assert!(text(&output.stderr).contains("agreement.toml"), "{}", text(&output.stderr));
}

#[test]
fn a_half_signed_agreement_does_not_stand_and_nobody_signs_for_another() {
    let place = Place::unsigned();
    let sign = |identity: &str| {
        counterfoil(
            place.dir.path(),
            &["agreement", "sign", "agreement", "--identity", identity, "--passphrase-file", "passphrase"],
        )
    };
    let signed = sign("icb.identity");
    assert_eq!(code(&signed), 0, "{}", text(&signed.stderr));
    assert!(text(&signed.stdout).contains("yet to sign      charity, unit"), "{}", text(&signed.stdout));
    assert_eq!(code(&sign("icb.identity")), 3, "twice");
    let check = counterfoil(place.dir.path(), &["agreement", "check", "agreement", "--json"]);
    assert_eq!(code(&check), 1);
    let report: serde_json::Value = serde_json::from_slice(&check.stdout).unwrap();
    let failed: Vec<_> = report["checks"].as_array().unwrap().iter().filter(|check| check["ok"] == false).collect();
    assert_eq!(failed.len(), 2, "{report}");
    assert_eq!(code(&pseudonymise(&place, &["passphrase"])), 3);

    let new = ["identity", "new", "--party", "charity", "--out", "false.identity", "--passphrase-file", "passphrase"];
    assert_eq!(code(&counterfoil(place.dir.path(), &new)), 0);
    let forged = sign("false.identity");
    assert_eq!(code(&forged), 3);
    assert!(text(&forged.stderr).contains("not the one that the agreement pins"), "{}", text(&forged.stderr));
}

#[test]
fn keys_are_shown_without_a_passphrase_and_verified_with_it() {
    let place = Place::new();
    let show = counterfoil(place.dir.path(), &["key", "show", "tiny.key", "--json"]);
    let facts: serde_json::Value = serde_json::from_slice(&show.stdout).unwrap();
    assert_eq!((&facts["agreement"], &facts["epoch"]), (&"tiny".into(), &1.into()));
    let verify = |key: &str| {
        let args = ["key", "verify", key, "--agreement", "agreement", "--passphrase-file", "passphrase", "--json"];
        let output = counterfoil(place.dir.path(), &args);
        assert_eq!(code(&output), 0, "{}", text(&output.stderr));
        serde_json::from_slice::<serde_json::Value>(&output.stdout).unwrap()["fingerprint"].clone()
    };
    let new = ["key", "new", "--agreement", "agreement", "--out", "other.key", "--passphrase-file", "passphrase"];
    assert_eq!(code(&counterfoil(place.dir.path(), &new)), 0);
    assert_eq!(verify("tiny.key"), verify("tiny.key"));
    assert_ne!(verify("tiny.key"), verify("other.key"));
    let again = counterfoil(place.dir.path(), &new);
    assert_eq!(code(&again), 3);
    assert!(text(&again.stderr).contains("left as it is"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(fs::metadata(place.path("other.key")).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn an_unreachable_unit_ends_with_5_and_errors_can_be_json() {
    let place = Place::new();
    assert_eq!(code(&pseudonymise(&place, &["passphrase"])), 0);
    for file in ["ca.pem", "cert.pem", "cert-key.pem"] {
        fs::write(place.path(file), "no certificate\n").unwrap();
    }
    let submit = |unit: &str| {
        let files = ["--ca", "ca.pem", "--cert", "cert.pem", "--cert-key", "cert-key.pem", "--json"];
        let args = ["submit", "extract", "--agreement", "agreement", "--unit", unit];
        counterfoil(place.dir.path(), &[args.as_slice(), &files].concat())
    };
    let output = submit("https://127.0.0.1:9");
    assert_eq!(code(&output), 5, "{}", text(&output.stderr));
    let error: serde_json::Value = serde_json::from_slice(&output.stderr).unwrap();
    assert_eq!((&error["error"]["exit"], &error["error"]["code"]), (&"unreachable".into(), &5.into()));
    assert_eq!(code(&submit("http://127.0.0.1:9")), 2);
}

#[test]
fn a_passphrase_may_come_from_the_environment() {
    let place = Place::new();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_counterfoil"));
    command.args(["key", "verify", "tiny.key", "--agreement", "agreement"]).current_dir(place.dir.path());
    let output = command.env("COUNTERFOIL_PASSPHRASE", PASSPHRASE).output().unwrap();
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
}
