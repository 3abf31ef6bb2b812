//! Which rows vary together.
//!
//! In: a panel and the rule. Out: the cluster of each row as a position in a sorted list, at least two of them. Absent
//! on purpose: clusters of clusters.

use std::collections::BTreeMap;

use crate::panel::check_length;
use crate::{Arm, EstimateError, Panel};

/// What a row's cluster is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GroupBy {
    /// The cluster of the participants of its matched set, so that a set is never torn apart. For matching one to n.
    ParticipantOfSet,
    /// The person's own cluster. For strata that hold participants of several clusters, as coarsened exact matching has
    /// them.
    OwnCluster,
}

/// The cluster of each row: a position in the sorted list of clusters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Groups {
    of_row: Vec<usize>,
    count: usize,
}

impl Groups {
    /// Positions of any ids, sorted; at least two different ones.
    pub(crate) fn of(ids: &[u32]) -> Result<Self, EstimateError> {
        let mut sorted = ids.to_vec();
        sorted.sort_unstable();
        sorted.dedup();
        if sorted.len() < 2 {
            return Err(EstimateError::TooFewClusters { clusters: sorted.len() });
        }
        let position = |id| sorted.binary_search(id).expect("the list was made from these ids");
        Ok(Self { of_row: ids.iter().map(position).collect(), count: sorted.len() })
    }

    pub(crate) fn of_panel(panel: &Panel, by: GroupBy) -> Result<Self, EstimateError> {
        match by {
            GroupBy::OwnCluster => Self::of(panel.clusters()),
            GroupBy::ParticipantOfSet => Self::of(&set_clusters(panel)?),
        }
    }

    pub(crate) fn check(&self, rows: usize) -> Result<(), EstimateError> {
        check_length("clusters", self.of_row.len(), rows)
    }

    pub(crate) fn of_row(&self) -> &[usize] {
        &self.of_row
    }

    pub(crate) fn count(&self) -> usize {
        self.count
    }
}

fn set_clusters(panel: &Panel) -> Result<Vec<u32>, EstimateError> {
    let mut of_set: BTreeMap<u32, u32> = BTreeMap::new();
    let rows = panel.arms().iter().zip(panel.sets()).zip(panel.clusters());
    for ((_, &set), &cluster) in rows.filter(|((arm, _), _)| **arm == Arm::Participant) {
        if *of_set.entry(set).or_insert(cluster) != cluster {
            return Err(EstimateError::SetSpansClusters { set });
        }
    }
    Ok(panel.sets().iter().map(|set| of_set[set]).collect())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed test may panic")]
mod tests {
    use super::*;
    use crate::Arm::{Comparison, Participant};

    fn panel(sets: [u32; 4], clusters: [u32; 4]) -> Panel {
        let arms = vec![Participant, Comparison, Participant, Comparison];
        Panel::new(arms, sets.to_vec(), clusters.to_vec(), vec![1.0; 4], vec![1; 4], vec![1; 4]).unwrap()
    }

    #[test]
    fn a_set_goes_with_its_participant() {
        let panel = panel([1, 1, 2, 2], [70, 5, 9, 70]);
        assert_eq!(Groups::of_panel(&panel, GroupBy::ParticipantOfSet).unwrap().of_row(), [1, 1, 0, 0]);
        assert_eq!(Groups::of_panel(&panel, GroupBy::OwnCluster).unwrap().of_row(), [2, 0, 1, 2]);
    }

    #[test]
    fn one_cluster_and_torn_sets_are_refused() {
        let torn = panel([1, 1, 1, 1], [70, 5, 9, 70]);
        assert_eq!(Groups::of_panel(&torn, GroupBy::ParticipantOfSet), Err(EstimateError::SetSpansClusters { set: 1 }));
        let one = panel([1, 1, 2, 2], [70, 5, 70, 9]);
        assert_eq!(
            Groups::of_panel(&one, GroupBy::ParticipantOfSet),
            Err(EstimateError::TooFewClusters { clusters: 1 })
        );
    }
}
