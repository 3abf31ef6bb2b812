//! The border in the dependency graph: who may depend on whom, and where each outside crate has its home.
//!
//! Each rule is a function of a graph, so that it can be shown to fail: here on graphs that break it, and then once on
//! the workspace as `cargo metadata` gives it. The rules about doors that only some crates may open read `clippy.toml`
//! and the places where its ban is lifted.

mod graph;

mod rules;

mod doors;

use std::process::Command;

use cargo_metadata::MetadataCommand;
use graph::Graph;

fn workspace() -> Graph {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml");
    // What is built on this machine; the crates of other systems need not even be there.
    let options = ["--filter-platform".to_owned(), host()];
    let metadata = MetadataCommand::new().manifest_path(manifest).other_options(options).exec();
    Graph::of(&metadata.expect("cargo metadata runs"))
}

fn host() -> String {
    let version = Command::new("rustc").arg("-vV").output().expect("rustc runs").stdout;
    let version = String::from_utf8(version).expect("text");
    version.lines().find_map(|line| line.strip_prefix("host: ")).expect("rustc names its host").to_owned()
}

#[test]
fn the_workspace_keeps_every_rule() {
    let graph = workspace();
    assert!(graph.crates.len() > 100, "{} crates are not the whole graph", graph.crates.len());
    let breaches = rules::breaches(&graph);
    assert!(breaches.is_empty(), "{}", breaches.join("\n"));
}
