//! Crates, where they live, and what they are built with: normal and build dependencies, never those of tests.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, Metadata};

/// One crate.
#[derive(Debug, Clone, Default)]
pub(crate) struct Crate {
    /// Folder in the repository, such as `crates/unit/daemon`; none for an outside crate.
    pub(crate) folder: Option<String>,
    /// Names of the crates that it is built with.
    pub(crate) needs: BTreeSet<String>,
}

/// All crates by name. Two versions of one crate are one here: a rule about one is about the other.
#[derive(Debug, Clone, Default)]
pub(crate) struct Graph {
    pub(crate) crates: BTreeMap<String, Crate>,
}

impl Graph {
    pub(crate) fn of(metadata: &Metadata) -> Self {
        let packages: BTreeMap<_, _> = metadata.packages.iter().map(|package| (&package.id, package)).collect();
        let mut graph = Self::default();
        for package in &metadata.packages {
            let of_crate = graph.crates.entry(package.name.to_string()).or_default();
            if package.source.is_none() {
                let folder = package.manifest_path.parent().expect("a manifest is in a folder");
                let folder = folder.strip_prefix(&metadata.workspace_root).expect("it is in the workspace");
                of_crate.folder = Some(folder.as_str().to_owned());
            }
        }
        for node in &metadata.resolve.as_ref().expect("dependencies are resolved").nodes {
            let needs = node
                .deps
                .iter()
                .filter(|dependency| dependency.dep_kinds.iter().any(|of| of.kind != DependencyKind::Development));
            let needs = needs.map(|dependency| packages[&dependency.pkg].name.to_string());
            let name = packages[&node.id].name.as_str();
            graph.crates.entry(name.to_owned()).or_default().needs.extend(needs);
        }
        graph
    }

    /// A graph for a test of a rule: name, folder (empty for an outside crate), needs.
    #[cfg(test)]
    pub(crate) fn made_of(crates: &[(&str, &str, &[&str])]) -> Self {
        let of_crate = |(name, folder, needs): &(&str, &str, &[&str])| {
            let folder = (!folder.is_empty()).then(|| (*folder).to_owned());
            let needs = needs.iter().map(|name| (*name).to_owned()).collect();
            ((*name).to_owned(), Crate { folder, needs })
        };
        Self { crates: crates.iter().map(of_crate).collect() }
    }

    /// The repository's own crates.
    pub(crate) fn own(&self) -> impl Iterator<Item = (&str, &str, &Crate)> {
        self.crates.iter().filter_map(|(name, of)| Some((name.as_str(), of.folder.as_deref()?, of)))
    }

    /// Everything that a crate is built with, however far away, and one way to it.
    pub(crate) fn reaches(&self, from: &str) -> BTreeMap<String, String> {
        let mut ways = BTreeMap::new();
        let mut next = vec![(from.to_owned(), from.to_owned())];
        while let Some((name, way)) = next.pop() {
            for need in self.crates.get(&name).map(|of| &of.needs).into_iter().flatten() {
                if !ways.contains_key(need) {
                    let way = format!("{way} -> {need}");
                    ways.insert(need.clone(), way.clone());
                    next.push((need.clone(), way));
                }
            }
        }
        ways
    }
}
