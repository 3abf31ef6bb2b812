//! How well people were linked, as far as the linkage's own model can tell (RECORD 12.3): of everybody, by each breakdown of the
//! programme's own people, and by how sure links are.
//!
//! In: links, with what the model says of each and of everybody who has none. Out: the `linkage` and the `sureness` table.
//! Absent on purpose: truth, which nobody has; and any figure of one link or of few. A figure of nobody is `*` and not `n/a`: the
//! count beside it may be hidden though it is 0, as a part of a sum, and `n/a` would show that.

use counterfoil_model::{Breakdown, PlannedTable};
use counterfoil_release::{Cell, Column, FigureKind, FigureUnit, Row, SumCover, Table, TableError};

use crate::breakdown::places;
use crate::estimates::of_nobody;
use crate::figures::Resting;
use crate::people::{ALL_ROW, LINKED_ROW};
use crate::{Inputs, OutcomesError, code, labels, sum_in_flow};

pub(crate) const LINKAGE: &str = "linkage";
pub(crate) const SURENESS: &str = "sureness";

const DECIMALS: u8 = 2;
const PERCENT: FigureKind = FigureKind { decimals: DECIMALS, unit: FigureUnit::Percent };
const NUMBER: FigureKind = FigureKind { decimals: DECIMALS, unit: FigureUnit::None };
const MILLION: u32 = 1_000_000;
/// Least probabilities, in millionths, of the planned bands of links: the rows of `sureness`.
const BANDS_FROM_PPM: [u32; 4] = [999_000, 990_000, 950_000, 0];

/// What the linkage's model says of the links: probabilities, and matches expected to have been missed.
#[derive(Debug, Clone, Copy)]
pub enum LinkQuality<'a> {
    /// Every link is one person, and nobody was missed: as where the truth is known.
    Certain,
    /// What a model expects.
    Expected {
        /// By link: the probability that it is one person, in millionths.
        probabilities_ppm: &'a [u32],
        /// By cohort row: the matches expected to have been missed of it, in millionths.
        missed_ppm: &'a [u32],
    },
}

impl LinkQuality<'_> {
    /// Whether it is of so many links and cohort rows, and has no probability above 1.
    pub(crate) fn is_of(self, links: usize, cohort: usize) -> bool {
        match self {
            Self::Certain => true,
            Self::Expected { probabilities_ppm, missed_ppm } => {
                let mut all = probabilities_ppm.iter().chain(missed_ppm);
                probabilities_ppm.len() == links && missed_ppm.len() == cohort && all.all(|ppm| *ppm <= MILLION)
            }
        }
    }

    fn probability_ppm(self, link: usize) -> u32 {
        match self {
            Self::Certain => MILLION,
            Self::Expected { probabilities_ppm, .. } => probabilities_ppm[link],
        }
    }

    fn missed_ppm(self, row: usize) -> u32 {
        match self {
            Self::Certain => 0,
            Self::Expected { missed_ppm, .. } => missed_ppm[row],
        }
    }
}

/// Some people of the programme's extract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Group {
    people: u64,
    linked: u64,
    /// Links expected to be of two people, in millionths.
    wrong_ppm: u64,
    /// Matches expected to have been missed, in millionths.
    missed_ppm: u64,
}

impl Group {
    fn unlinked(self) -> u64 {
        self.people - self.linked
    }

    /// Of links: rests on those linked.
    fn wrong(self) -> Cell {
        percent(self.wrong_ppm, self.linked, Resting::with_degrees(self.linked.saturating_sub(1)))
    }

    /// Whoever was missed is among those not linked, of the group and of everybody: it rests on both, since either may be hidden.
    fn missed(self, everybody: Self) -> Cell {
        let resting = Resting::with_degrees(self.people.saturating_sub(1));
        let resting = resting.and_people(self.unlinked()).and_people(everybody.unlinked());
        percent(self.missed_ppm, self.people, resting)
    }

    /// The share of the group among the linked less that among the others, over the root of the mean of the two variances. It rests on
    /// those in the group and those not in it, of either kind.
    fn difference(self, everybody: Self) -> Cell {
        let kinds = [(self.linked, everybody.linked), (self.unlinked(), everybody.unlinked())];
        let [linked, unlinked] = kinds.map(|(with, all)| (all > 0).then(|| with as f64 / all as f64));
        let (Some(linked), Some(unlinked)) = (linked, unlinked) else { return hidden() };
        let variance = |share: f64| share * (1.0 - share);
        let sd = f64::midpoint(variance(linked), variance(unlinked)).sqrt();
        if sd <= 0.0 {
            return hidden();
        }
        let resting = Resting::with_degrees(everybody.people.saturating_sub(2));
        let resting =
            kinds.into_iter().fold(resting, |resting, (with, all)| resting.and_people(with).and_people(all - with));
        resting.difference(Some((linked - unlinked) / sd), linked.max(unlinked) / sd, DECIMALS)
    }
}

/// Millionths of so many, in percent.
fn percent(ppm: u64, of: u64, resting: Resting) -> Cell {
    const PPM_PER_PERCENT: f64 = 10_000.0;
    if of == 0 {
        return hidden();
    }
    resting.and_people(of).figure(Some(ppm as f64 / of as f64 / PPM_PER_PERCENT), DECIMALS)
}

/// A figure that does not exist, and that looks as one that may not be shown.
fn hidden() -> Cell {
    Resting::with_degrees(0).and_people(1).figure(None, DECIMALS)
}

pub(crate) fn tables<E: std::error::Error + 'static>(
    inputs: &Inputs<'_>,
    plan: &[PlannedTable],
) -> Result<[Table; 2], OutcomesError<E>> {
    if !inputs.quality.is_of(inputs.links.len(), inputs.cohort.len()) {
        return Err(OutcomesError::LinkOutside);
    }
    Ok([linkage_table(inputs, labels(plan, LINKAGE))?, sureness_table(inputs, labels(plan, SURENESS))?])
}

fn linkage_table(inputs: &Inputs<'_>, labels: &[String]) -> Result<Table, TableError> {
    let everybody = groups(inputs, 1, |_| 0)[0];
    let mut cells = vec![cells(everybody, of_nobody::<1>()[0], everybody)];
    let mut sums = vec![sum_in_flow(ALL_ROW, [0], SumCover::Parts)];
    for breakdown in inputs.study.breakdowns.iter().filter(|breakdown| breakdown.dataset == inputs.study.cohort) {
        let groups = by_value(inputs, breakdown);
        sums.push(sum_in_flow(ALL_ROW, cells.len()..cells.len() + groups.len(), SumCover::Parts));
        cells.extend(groups.into_iter().map(|group| self::cells(group, group.difference(everybody), everybody)));
    }
    let columns = vec![
        Column::count("People in the extract"),
        Column::count("Of those, linked").part_of(0),
        Column::figure("Linked that are expected to be wrong", PERCENT),
        Column::figure("People expected to be missed", PERCENT),
        Column::figure("Standardised difference of linked and not linked", NUMBER),
    ];
    let note = format!(
        "People of {cohort}, and which of them were linked to {usage}. What is expected to be wrong or missed is what the linkage's own \
         model expects (Fellegi and Sunter, estimated from the two extracts): it has not been checked against the truth, and \
         docs/linkage-quality.md says how far it can be trusted. Missed: not linked though {usage} has them, or linked to somebody else. \
         The standardised difference is the share of people with the value among the linked less that among the others, over the root of \
         the mean of the two variances: below 0.1 either way is usually taken as close. A figure of nobody is shown as *.",
        cohort = inputs.study.cohort,
        usage = inputs.study.usage,
    );
    let rows = labels.iter().zip(cells).map(|(label, cells)| Row::new(label.clone(), cells)).collect();
    let table = Table::new(code(LINKAGE), "How well people were linked", note, columns, rows)?;
    sums.into_iter().try_fold(table, Table::with_sum)
}

fn cells(group: Group, difference: Cell, everybody: Group) -> Vec<Cell> {
    vec![Cell::people(group.people), Cell::people(group.linked), group.wrong(), group.missed(everybody), difference]
}

fn by_value(inputs: &Inputs<'_>, breakdown: &Breakdown) -> Vec<Group> {
    let labels = inputs.agreement.breakdown_rows(breakdown).expect("check_study found that it can be broken down by");
    groups(inputs, labels.len(), places(inputs, breakdown, labels.len()))
}

fn groups(inputs: &Inputs<'_>, count: usize, place: impl Fn(usize) -> usize) -> Vec<Group> {
    let mut groups = vec![Group::default(); count];
    for row in 0..inputs.cohort.len() {
        let group = &mut groups[place(row)];
        group.people += 1;
        group.missed_ppm += u64::from(inputs.quality.missed_ppm(row));
    }
    for (link, (row, _)) in inputs.links.iter().enumerate() {
        let group = &mut groups[place(*row as usize)];
        group.linked += 1;
        group.wrong_ppm += u64::from(MILLION - inputs.quality.probability_ppm(link));
    }
    groups
}

fn sureness_table(inputs: &Inputs<'_>, labels: &[String]) -> Result<Table, TableError> {
    let mut bands = [Group::default(); BANDS_FROM_PPM.len()];
    for link in 0..inputs.links.len() {
        let probability = inputs.quality.probability_ppm(link);
        let band = BANDS_FROM_PPM.iter().position(|from| probability >= *from).unwrap_or(BANDS_FROM_PPM.len() - 1);
        bands[band].linked += 1;
        bands[band].wrong_ppm += u64::from(MILLION - probability);
    }
    let columns = vec![Column::count("Linked people"), Column::figure("Expected to be wrong", PERCENT)];
    let note = format!(
        "Linked people by how probable the linkage's model has it that both records are theirs: its expectation, as in {LINKAGE}. A \
         figure of nobody is shown as *."
    );
    let cells = |band: Group| vec![Cell::people(band.linked), band.wrong()];
    let rows: Vec<_> = labels.iter().zip(bands).map(|(label, band)| Row::new(label.clone(), cells(band))).collect();
    let sum = sum_in_flow(LINKED_ROW, 0..rows.len(), SumCover::Parts);
    Table::new(code(SURENESS), "How sure the links are", note, columns, rows)?.with_sum(sum)
}
