//! Doors with long names: `clippy.toml` bans them everywhere, and the ban is lifted only where one is needed.

use std::path::{Path, PathBuf};

use counterfoil_tests::files_under;

const BANNED: [&str; 5] = [
    "counterfoil_model::Token::from_wire",
    "counterfoil_model::BlockingToken::from_wire",
    "counterfoil_model::Clk::from_wire",
    "counterfoil_model::Clk::from_keyed_bits_of_the_pseudonym_crate",
    "tonic::Status::from_error",
];

/// Sources in which the ban may be lifted outside tests.
const PERMITTED: [&str; 4] = [
    "crates/shared/extract/src/",
    "crates/shared/wire/src/",
    "crates/custodian/pseudonym/src/",
    "crates/shared/model/src/",
];

/// What opens a door, and where each may be called outside tests.
const CALLS: [(&str, &[&str]); 2] = [
    ("from_wire(", &["crates/shared/extract/src/", "crates/shared/model/src/"]),
    ("from_keyed_bits_of_the_pseudonym_crate(", &["crates/custodian/pseudonym/src/", "crates/shared/model/src/"]),
];

/// A source file: its path in the repository and its text.
type Source = (String, String);

/// Breaches in the sources: bans lifted, or doors opened, where they may not be.
fn breaches(sources: &[Source]) -> Vec<String> {
    let mut breaches = Vec::new();
    let tests = test_modules(sources);
    for (path, text) in sources.iter().filter(|(path, _)| !is_test(path, &tests)) {
        // What follows `#[cfg(test)]` with a block is the file's tests, which stand last.
        let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or(text);
        let text = text.split("#[cfg(test)]\n#[allow").next().unwrap_or(text);
        let lifts = text.contains("clippy::disallowed_methods");
        if lifts && !PERMITTED.iter().any(|permitted| path.starts_with(permitted)) {
            breaches.push(format!("{path} lifts the ban on doors"));
        }
        for (call, homes) in CALLS {
            let calls = text.lines().any(|line| line.contains(call) && !line.trim_start().starts_with("//"));
            if calls && !homes.iter().any(|home| path.starts_with(home)) {
                breaches.push(format!("{path} calls {call}..)"));
            }
        }
    }
    breaches
}

/// Files that are modules of tests: declared under `#[cfg(test)]` in another file.
fn test_modules(sources: &[Source]) -> Vec<String> {
    let mut modules = Vec::new();
    for (path, text) in sources {
        let declared =
            text.split("#[cfg(test)]\n").skip(1).filter_map(|rest| rest.strip_prefix("mod ")?.split_once(';'));
        let folder = if path.ends_with("/lib.rs") || path.ends_with("/main.rs") || path.ends_with("/mod.rs") {
            path.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned()
        } else {
            path.trim_end_matches(".rs").to_owned()
        };
        let names = declared.map(|(name, _)| name).filter(|name| !name.contains(char::is_whitespace));
        modules.extend(names.map(|name| format!("{folder}/{name}")));
    }
    modules
}

fn is_test(path: &str, modules: &[String]) -> bool {
    let of_tests = ["/tests/", "/examples/", "/benches/"].iter().any(|folder| path.contains(folder))
        || ["tests/", "benches/", "examples/"].iter().any(|folder| path.starts_with(folder));
    let of_module =
        |module: &String| path.strip_prefix(module.as_str()).is_some_and(|rest| rest == ".rs" || rest.starts_with('/'));
    of_tests || modules.iter().any(of_module)
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn sources() -> Vec<Source> {
    let root = root();
    let files = files_under(&root.join("crates")).into_iter();
    let files = files.filter(|path| path.extension().is_some_and(|ending| ending == "rs"));
    files
        .map(|path| {
            let name = path.strip_prefix(&root).expect("it is in the repository").to_str().expect("ASCII").to_owned();
            (name, std::fs::read_to_string(path).expect("a source file"))
        })
        .collect()
}

#[test]
fn doors_are_opened_only_where_they_lead() {
    let sources = sources();
    assert!(sources.len() > 100, "{} files are not all sources", sources.len());
    let breaches = breaches(&sources);
    assert!(breaches.is_empty(), "{}", breaches.join("\n"));
}

#[test]
fn clippy_bans_every_door() {
    let text = std::fs::read_to_string(root().join("clippy.toml")).expect("clippy.toml");
    let clippy: toml::Table = text.parse().expect("TOML");
    let banned: Vec<&str> = clippy["disallowed-methods"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|entry| entry["path"].as_str().expect("a path"))
        .collect();
    for door in BANNED {
        assert!(banned.contains(&door), "{door} is not banned");
    }
    let manifest: toml::Table =
        std::fs::read_to_string(root().join("Cargo.toml")).expect("Cargo.toml").parse().expect("TOML");
    assert_eq!(manifest["workspace"]["lints"]["clippy"]["disallowed_methods"].as_str(), Some("deny"));
    // A crate without the workspace's lints would not feel the ban.
    for path in files_under(&root().join("crates")).iter().filter(|path| path.ends_with("Cargo.toml")) {
        let manifest: toml::Table = std::fs::read_to_string(path).expect("a manifest").parse().expect("TOML");
        assert_eq!(manifest["lints"]["workspace"].as_bool(), Some(true), "{}", path.display());
    }
}

#[test]
fn each_breach_is_seen() {
    let source = |path: &str, text: &str| vec![(path.to_owned(), text.to_owned())];
    let lifted = "#[allow(clippy::disallowed_methods, reason = \"\")]\nfn f() {}\n";
    let opened = "fn f() { let token = Token::from_wire(bytes); }\n";
    let keyed = "fn f() { Clk::from_keyed_bits_of_the_pseudonym_crate(words) }\n";
    for (path, text, count) in [
        ("crates/unit/daemon/src/unit.rs", lifted, 1),
        ("crates/custodian/cli/src/lib.rs", opened, 1),
        ("crates/unit/linkage/src/lib.rs", keyed, 1),
        ("crates/shared/wire/src/convert.rs", opened, 1),
        ("crates/shared/extract/src/extract.rs", keyed, 1),
        ("crates/shared/extract/src/extract.rs", opened, 0),
        ("crates/custodian/pseudonym/src/clk.rs", keyed, 0),
        ("crates/custodian/pseudonym/src/clk.rs", opened, 1),
        ("crates/unit/linkage/tests/x.rs", opened, 0),
        ("crates/unit/linkage/examples/x.rs", lifted, 0),
        ("crates/unit/linkage/src/lib.rs", "/// Not `Token::from_wire(..)`.\n", 0),
    ] {
        assert_eq!(breaches(&source(path, text)).len(), count, "{path}: {text}");
    }
    let declared = ("crates/unit/linkage/src/lib.rs".to_owned(), "#[cfg(test)]\nmod testing;\n".to_owned());
    let module = ("crates/unit/linkage/src/testing.rs".to_owned(), keyed.to_owned());
    assert_eq!(breaches(&[declared, module.clone()]), Vec::<String>::new());
    assert_eq!(breaches(&[module]).len(), 1, "a file of this name is a test only if it is declared as one");
}
