//! The rules, each a function of the graph that gives its breaches in words.

use crate::graph::Graph;

/// The three wings. A crate of a wing is built with crates of that wing and of `shared` only.
const WINGS: [&str; 3] = ["crates/custodian/", "crates/unit/", "crates/shared/"];
const SHARED: &str = WINGS[2];

/// What a crate may never be built with, however far away.
const NEVER: &[(&str, &[&str])] = &[
    (
        "counterfoil-daemon",
        &[
            "counterfoil",
            "counterfoil-pseudonym",
            "counterfoil-clkhash",
            "counterfoil-cli",
            "counterfoil-synth",
            // With these it could open a sealed key, or read a custodian's file.
            "argon2",
            "bincode",
            "csv",
            "unicode-normalization",
        ],
    ),
    (
        "counterfoil-cli",
        &[
            "counterfoil",
            "counterfoil-linkage",
            "counterfoil-outcomes",
            "counterfoil-daemon",
            "counterfoil-synth",
            "rusqlite",
        ],
    ),
    ("counterfoil-audit", &["tokio", "rusqlite", "tonic", "serde"]),
    ("counterfoil-linkage", &["tokio", "rusqlite", "tonic", "parquet"]),
    ("counterfoil-outcomes", &["tokio", "rusqlite", "tonic", "parquet"]),
    ("counterfoil-pseudonym", &["tokio", "rusqlite", "tonic", "parquet"]),
    ("counterfoil-release", &["tokio", "rusqlite", "tonic", "parquet"]),
];

/// What a crate may not name itself. `pseudonym` has serde below it (model parses files), but no name for it.
const NOT_DIRECTLY: &[(&str, &[&str])] =
    &[("counterfoil-pseudonym", &["serde", "serde_json", "toml", "prost", "tonic", "bincode", "tracing"])];

/// Outside crates with one home: no other crate of the repository names them.
const HOMES: &[(&str, &[&str])] = &[
    ("bincode", &["counterfoil-cli"]),
    ("argon2", &["counterfoil-cli"]),
    ("parquet", &["counterfoil-extract"]),
    ("rusqlite", &["counterfoil-daemon"]),
    ("tonic", &["counterfoil-wire"]),
    ("tonic-prost", &["counterfoil-wire"]),
    ("tonic-prost-build", &["counterfoil-wire"]),
    ("tonic-health", &["counterfoil-wire"]),
    ("prost", &["counterfoil-wire"]),
    ("protox", &["counterfoil-wire"]),
];

/// Crates that nothing is built with.
const NOWHERE: &[&str] = &["aws-lc-rs", "aws-lc-sys", "openssl", "openssl-sys", "native-tls", "arrow", "protobuf-src"];

/// Every breach of every rule.
pub(crate) fn breaches(graph: &Graph) -> Vec<String> {
    [wings(graph), never(graph, NEVER), not_directly(graph, NOT_DIRECTLY), homes(graph, HOMES), nowhere(graph, NOWHERE)]
        .concat()
}

fn wings(graph: &Graph) -> Vec<String> {
    let mut breaches = Vec::new();
    for (name, folder, of) in graph.own() {
        let Some(wing) = WINGS.iter().find(|wing| folder.starts_with(**wing)) else { continue };
        for need in &of.needs {
            let Some(other) = graph.crates.get(need).and_then(|of| of.folder.as_deref()) else { continue };
            if !other.starts_with(wing) && !other.starts_with(SHARED) {
                breaches.push(format!("{name} ({folder}) depends on {need} ({other}): another wing"));
            }
        }
    }
    breaches
}

fn never(graph: &Graph, rules: &[(&str, &[&str])]) -> Vec<String> {
    let mut breaches = Vec::new();
    for (name, banned) in rules {
        if !graph.crates.contains_key(*name) {
            breaches.push(format!("{name} is not in the graph: a rule about nothing"));
        }
        let ways = graph.reaches(name);
        let found = banned.iter().filter_map(|banned| ways.get(*banned));
        breaches.extend(found.map(|way| format!("{way}: never")));
    }
    breaches
}

fn not_directly(graph: &Graph, rules: &[(&str, &[&str])]) -> Vec<String> {
    let mut breaches = Vec::new();
    for (name, banned) in rules {
        let Some(of) = graph.crates.get(*name) else {
            breaches.push(format!("{name} is not in the graph: a rule about nothing"));
            continue;
        };
        let found = banned.iter().filter(|banned| of.needs.contains(**banned));
        breaches.extend(found.map(|banned| format!("{name} depends on {banned} itself")));
    }
    breaches
}

fn homes(graph: &Graph, rules: &[(&str, &[&str])]) -> Vec<String> {
    let mut breaches = Vec::new();
    for (name, folder, of) in graph.own().filter(|(_, folder, _)| folder.starts_with("crates/")) {
        for (outside, homes) in rules {
            if of.needs.contains(*outside) && !homes.contains(&name) {
                breaches.push(format!("{name} ({folder}) depends on {outside}, whose home is {}", homes.join(", ")));
            }
        }
    }
    breaches
}

fn nowhere(graph: &Graph, banned: &[&str]) -> Vec<String> {
    let is_needed = |name: &&&str| graph.crates.values().any(|of| of.needs.contains(**name));
    banned.iter().filter(is_needed).map(|name| format!("{name} is in the graph")).collect()
}

mod tests {
    use super::*;

    const MODEL: (&str, &str, &[&str]) = ("model", "crates/shared/model", &["serde"]);

    #[test]
    fn another_wing_is_a_breach_and_shared_is_none() {
        let good = Graph::made_of(&[
            MODEL,
            ("pseudonym", "crates/custodian/pseudonym", &["model"]),
            ("cli", "crates/custodian/cli", &["pseudonym", "model", "clap"]),
            ("daemon", "crates/unit/daemon", &["model"]),
            ("core", "crates/core", &["pseudonym", "daemon"]),
            ("clap", "", &[]),
        ]);
        assert_eq!(wings(&good), Vec::<String>::new());
        for (name, folder, need) in [
            ("cli", "crates/custodian/cli", "daemon"),
            ("cli", "crates/custodian/cli", "core"),
            ("daemon", "crates/unit/daemon", "pseudonym"),
            ("model", "crates/shared/model", "pseudonym"),
            ("model", "crates/shared/model", "core"),
        ] {
            let mut bad = good.clone();
            bad.crates.get_mut(name).expect("it is there").needs.insert(need.to_owned());
            let said = wings(&bad);
            assert!(
                said.len() == 1 && said[0].starts_with(&format!("{name} ({folder}) depends on {need}")),
                "{said:?}"
            );
        }
    }

    #[test]
    fn what_may_never_be_there_is_found_however_far_away() {
        let rule: &[(&str, &[&str])] = &[("daemon", &["pseudonym"])];
        let good = Graph::made_of(&[("daemon", "crates/unit/daemon", &["a"]), ("a", "", &["b"]), ("b", "", &["a"])]);
        assert_eq!(never(&good, rule), Vec::<String>::new());
        let mut bad = good;
        bad.crates.get_mut("b").expect("it is there").needs.insert("pseudonym".to_owned());
        assert_eq!(never(&bad, rule), ["daemon -> a -> b -> pseudonym: never"]);
        // A crate that was renamed must not pass by not being there.
        assert_eq!(never(&Graph::default(), rule).len(), 1);
    }

    #[test]
    fn a_name_of_its_own_is_a_breach_and_one_below_is_none() {
        let rule: &[(&str, &[&str])] = &[("pseudonym", &["serde"])];
        let good = Graph::made_of(&[MODEL, ("pseudonym", "crates/custodian/pseudonym", &["model"])]);
        assert_eq!(not_directly(&good, rule), Vec::<String>::new());
        let bad = Graph::made_of(&[MODEL, ("pseudonym", "crates/custodian/pseudonym", &["model", "serde"])]);
        assert_eq!(not_directly(&bad, rule), ["pseudonym depends on serde itself"]);
        assert_eq!(not_directly(&Graph::default(), rule).len(), 1);
    }

    #[test]
    fn an_outside_crate_away_from_home_is_a_breach() {
        let rule: &[(&str, &[&str])] = &[("parquet", &["extract"])];
        let good = Graph::made_of(&[("extract", "crates/shared/extract", &["parquet"]), ("t", "tests", &["parquet"])]);
        assert_eq!(homes(&good, rule), Vec::<String>::new());
        let bad = Graph::made_of(&[("daemon", "crates/unit/daemon", &["parquet"])]);
        assert_eq!(homes(&bad, rule), ["daemon (crates/unit/daemon) depends on parquet, whose home is extract"]);
    }

    #[test]
    fn what_is_nowhere_is_found_anywhere() {
        let bad = Graph::made_of(&[("rustls", "", &["aws-lc-rs"])]);
        assert_eq!(nowhere(&bad, &["aws-lc-rs"]), ["aws-lc-rs is in the graph"]);
        assert_eq!(nowhere(&Graph::made_of(&[("rustls", "", &["ring"])]), &["aws-lc-rs"]), Vec::<String>::new());
    }

    /// Every table of rules is read by the function that stands for it, and each of its lines can fail.
    #[test]
    fn every_line_of_every_table_can_fail() {
        for (name, banned) in NEVER.iter().chain(NOT_DIRECTLY) {
            for outside in *banned {
                let bad = Graph::made_of(&[(*name, "crates/x", &[*outside])]);
                let said = breaches(&bad);
                assert!(said.iter().any(|said| said.contains(outside) && said.contains(name)), "{name} {outside}");
            }
        }
        for (outside, _) in HOMES {
            let bad = Graph::made_of(&[("somebody", "crates/shared/x", &[*outside])]);
            assert!(breaches(&bad).iter().any(|said| said.starts_with("somebody")), "{outside}");
        }
    }
}
