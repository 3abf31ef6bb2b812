//! How the programme's own scores changed.
//!
//! In: index dates and a stream of scores. Out: one table a score, a row a time; and the `change` table of mean changes, a row a score
//! and time.
//! Absent on purpose: linkage: whoever could not be linked has scores all the same. And sums and means of scores as they come, where their
//! instrument is transformed: it is when they are read, so nothing here sees them.

use std::collections::HashMap;

use counterfoil_estimate::{EstimateError, Level, SWEMWBS_TABLE, mean_change};
use counterfoil_model::{Better, MeasureRow, PersonRef, Score, Threshold, in_months};
use counterfoil_release::{Cell, Column, FigureKind, FigureUnit, Row, Table, TableError};

use crate::estimates::of_nobody;
use crate::figures::Resting;
use crate::people::People;
use crate::scale::Scale;
use crate::window::{Day, shifted};
use crate::{Inputs, OutcomesError, code, dataset};

const POINTS: FigureKind = FigureKind { decimals: 1, unit: FigureUnit::Points };

pub(crate) const CHANGE: &str = "change";

const AT_START: &str = "People with a score at the start";
const AT_BOTH: &str = "Of those, with a later score at that time";

/// The scores of a study, read.
pub(crate) struct Scored<'a> {
    /// By score, then by person.
    scores: Vec<OneScore<'a>>,
}

/// A score of a study, and everybody's.
struct OneScore<'a> {
    score: &'a Score,
    /// The position of its measure among those of the cohort dataset.
    position: usize,
    scale: Scale,
    people: Vec<Followed>,
}

impl<'a> Scored<'a> {
    pub(crate) fn read<E: std::error::Error + 'static>(
        inputs: &Inputs<'a>,
        people: &People,
        measures: impl FnOnce(&mut dyn FnMut(MeasureRow)) -> Result<(), E>,
    ) -> Result<Self, OutcomesError<E>> {
        let study = inputs.study;
        if study.scores.is_empty() {
            return Ok(Self { scores: Vec::new() });
        }
        let mut slots: HashMap<PersonRef, usize> = HashMap::new();
        let mut index_days = Vec::new();
        for (person, index) in inputs.cohort.refs().iter().zip(&people.index_days) {
            let Some(index) = index else { continue };
            if slots.insert(*person, index_days.len()).is_some() {
                return Err(OutcomesError::RepeatedPerson { dataset: study.cohort.clone() });
            }
            index_days.push(*index);
        }
        let terms = &dataset(inputs.agreement, &study.cohort).measures;
        let one_score = |score: &'a Score| {
            let position = terms.iter().position(|term| term.code == score.measure);
            let position = position.expect("check_study found the score's measure");
            let people = index_days.iter().map(|index| Followed::new(*index, score)).collect();
            OneScore { score, position, scale: Scale::of(terms[position].instrument), people }
        };
        let mut scores: Vec<_> = study.scores.iter().map(one_score).collect();
        let mut refused = None;
        measures(&mut |row| {
            let Some(slot) = slots.get(&row.person) else { return };
            for OneScore { score, scale, people, .. } in
                scores.iter_mut().filter(|of| of.position == usize::from(row.measure))
            {
                match scale.read(row.score) {
                    Ok(parts) => people[*slot].take(row.date, parts, score),
                    Err(error) => refused = refused.take().or(Some(error)),
                }
            }
        })
        .map_err(OutcomesError::Measures)?;
        refused.map_or(Ok(Self { scores }), |error| Err(error.into()))
    }

    /// Mean changes; none where the study has no scores.
    pub(crate) fn change_table<E: std::error::Error + 'static>(
        &self,
        inputs: &Inputs<'_>,
        labels: &[String],
    ) -> Result<Option<Table>, OutcomesError<E>> {
        if self.scores.is_empty() {
            return Ok(None);
        }
        let of_times =
            |of: &OneScore<'_>| (0..of.score.at_months.len()).map(|time| change_cells(of, time)).collect::<Vec<_>>();
        let cells = self.scores.iter().flat_map(of_times);
        let rows = labels.iter().zip(cells).map(|(label, cells)| Ok(Row::new(label.clone(), cells?)));
        let rows: Vec<Row> = rows.collect::<Result<_, EstimateError>>()?;
        let note = format!(
            "Scores of everybody in {cohort} who has an index date, linked or not: the later score less that at the start, of people with \
             both. From and to are the ends of a 95 % interval of the mean. It is a change and not an effect: there is no comparison.{}",
            self.transformation(),
            cohort = inputs.study.cohort,
        );
        let columns = vec![
            Column::count(AT_START),
            // As in each score's own table, so that whatever hides the count there hides it here.
            Column::count(AT_BOTH).part_of(0),
            Column::figure("Mean change", POINTS),
            Column::figure("Mean change, from", POINTS),
            Column::figure("Mean change, to", POINTS),
        ];
        Ok(Some(Table::new(code(CHANGE), "Mean change of scores", note, columns, rows)?))
    }

    pub(crate) fn tables(&self, inputs: &Inputs<'_>) -> Result<Vec<Table>, TableError> {
        self.scores.iter().map(|of| table(inputs, of)).collect()
    }

    /// What was done to some of the scores, once however many of them there are.
    fn transformation(&self) -> String {
        if self.scores.iter().all(|of| of.scale == Scale::AsGiven) {
            return String::new();
        }
        format!(" Sums of SWEMWBS are in points of its metric scale, by the Rasch table of {SWEMWBS_TABLE}.")
    }
}

fn change_cells(of: &OneScore<'_>, time: usize) -> Result<Vec<Cell>, EstimateError> {
    let OneScore { scale, people, .. } = of;
    let mut both: Vec<(i32, i32)> = people.iter().filter_map(|person| person.both(time)).collect();
    // The last bit of a sum of squares must not depend on the order of rows.
    both.sort_unstable();
    let mut cells = vec![Cell::people(at_start(people)), Cell::people(both.len() as u64)];
    if both.is_empty() {
        cells.extend(of_nobody::<3>());
        return Ok(cells);
    }
    // Parts are whole, so their sums are exact; points are made of them at the end.
    let points = |parts: f64| parts / f64::from(scale.parts_of_point());
    let (starts, laters): (Vec<f64>, Vec<f64>) =
        both.iter().map(|(start, later)| (f64::from(*start), f64::from(*later))).unzip();
    let mean = |scores: &[f64]| scores.iter().sum::<f64>() / scores.len() as f64;
    let terms_max = points(mean(&starts).abs().max(mean(&laters).abs()));
    let change = match mean_change(&starts, &laters, Level::PERCENT_95) {
        Ok(change) => [change.mean, change.interval.lower, change.interval.upper].map(|parts| Some(points(parts))),
        Err(error) if error.is_of_the_data() => [None; 3],
        Err(error) => return Err(error),
    };
    let people = both.len() as u64;
    let resting = Resting::with_degrees(people - 1).and_people(people);
    cells.extend(change.map(|value| resting.difference(value, terms_max, POINTS.decimals)));
    Ok(cells)
}

fn table(inputs: &Inputs<'_>, of: &OneScore<'_>) -> Result<Table, TableError> {
    let OneScore { score, position, scale, people } = of;
    let mut columns = vec![
        Column::count(AT_START),
        Column::count(AT_BOTH).part_of(0),
        Column::count("Of those, improved").part_of(1),
    ];
    columns.extend(score.threshold.map(|threshold| {
        let label = match threshold {
            Threshold::AtLeast(points) => format!("Of those, at least {points}"),
            Threshold::AtMost(points) => format!("Of those, at most {points}"),
        };
        Column::count(label).part_of(1)
    }));
    let improvement_min = i64::from(score.improvement_min) * i64::from(scale.parts_of_point());
    let rows = score.at_months.iter().enumerate().map(|(time, at_months)| {
        let both = || people.iter().filter_map(|person| person.both(time));
        let improved = both().filter(|(start, later)| gain(score.better, *start, *later) >= improvement_min);
        let counts = [at_start(people), both().count() as u64, improved.count() as u64];
        let reached =
            score.threshold.map(|threshold| both().filter(|(_, later)| is_reached(threshold, *later, *scale)).count());
        let counts = counts.into_iter().chain(reached.map(|people| people as u64));
        Row::new(format!("After {}", in_months(*at_months)), counts.map(Cell::people).collect())
    });
    let note = format!(
        "Scores {measure} of everybody in {cohort} who has an index date, linked or not. The score at a time is the nearest within {days} \
         days of it. Improved: {improved}. {instrument}",
        instrument = dataset(inputs.agreement, &inputs.study.cohort).measures[*position].in_words(),
        measure = score.measure,
        cohort = inputs.study.cohort,
        days = score.window_days,
        improved = score.improvement_in_words(),
    );
    Table::new(score.id.clone(), score.label.clone(), note, columns, rows.collect())
}

fn at_start(people: &[Followed]) -> u64 {
    people.iter().filter(|person| person.start.found.is_some()).count() as u64
}

/// Points by which a score became better.
fn gain(better: Better, start: i32, later: i32) -> i64 {
    let change = i64::from(later) - i64::from(start);
    match better {
        Better::Higher => change,
        Better::Lower => -change,
    }
}

fn is_reached(threshold: Threshold, parts: i32, scale: Scale) -> bool {
    let parts_of = |points: i32| i64::from(points) * i64::from(scale.parts_of_point());
    match threshold {
        Threshold::AtLeast(points) => i64::from(parts) >= parts_of(points),
        Threshold::AtMost(points) => i64::from(parts) <= parts_of(points),
    }
}

/// One person's scores at the times of one study score, in parts of a point.
#[derive(Clone)]
struct Followed {
    start: Nearest,
    later: Vec<Option<Nearest>>,
}

impl Followed {
    fn new(index: Day, score: &Score) -> Self {
        let at = |months: &u32| shifted(index, i64::from(*months)).map(Nearest::to);
        Self { start: Nearest::to(index), later: score.at_months.iter().map(at).collect() }
    }

    fn take(&mut self, day: Day, parts: i32, score: &Score) {
        // Of two scores on one day, the better start and the worse later one show less improvement.
        let (better, worse): (OfOneDay, OfOneDay) = match score.better {
            Better::Higher => (i32::max, i32::min),
            Better::Lower => (i32::min, i32::max),
        };
        self.start.take(day, parts, score.window_days, better);
        for later in self.later.iter_mut().flatten() {
            later.take(day, parts, score.window_days, worse);
        }
    }

    /// The scores at the start and at a time, if there are both, the later one on a later day.
    fn both(&self, time: usize) -> Option<(i32, i32)> {
        let (start_day, start) = self.start.found?;
        let (later_day, later) = self.later[time].as_ref()?.found?;
        (later_day > start_day).then_some((start, later))
    }
}

/// Which of two scores on one day counts.
type OfOneDay = fn(i32, i32) -> i32;

/// The score nearest to a day, in whatever order scores come.
#[derive(Clone)]
struct Nearest {
    target: Day,
    found: Option<(Day, i32)>,
}

impl Nearest {
    fn to(target: Day) -> Self {
        Self { target, found: None }
    }

    fn take(&mut self, day: Day, score: i32, window_days: u32, of_one_day: OfOneDay) {
        if day.abs_diff(self.target) > window_days {
            return;
        }
        // Nearer first, then earlier.
        let rank = |day: Day| (day.abs_diff(self.target), day);
        self.found = match self.found {
            Some((found_day, found)) if found_day == day => Some((day, of_one_day(found, score))),
            Some((found_day, found)) if rank(found_day) < rank(day) => Some((found_day, found)),
            _ => Some((day, score)),
        };
    }
}
