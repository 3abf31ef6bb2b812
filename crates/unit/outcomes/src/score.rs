//! How the programme's own scores changed.
//!
//! In: index dates and a stream of scores. Out: one table a score, a row a time.
//! Absent on purpose: means; and linkage: whoever could not be linked has scores all the same.

use std::collections::HashMap;

use counterfoil_model::{MeasureRow, PersonRef, Score, in_months};
use counterfoil_release::{Cell, Column, Row, Table};

use crate::people::People;
use crate::window::{Day, shifted};
use crate::{Inputs, OutcomesError, dataset};

pub(crate) fn tables<E: std::error::Error + 'static>(
    inputs: &Inputs<'_>,
    people: &People,
    measures: impl FnOnce(&mut dyn FnMut(MeasureRow)) -> Result<(), E>,
) -> Result<Vec<Table>, OutcomesError<E>> {
    let scores = &inputs.study.scores;
    if scores.is_empty() {
        return Ok(Vec::new());
    }
    let mut slots: HashMap<PersonRef, usize> = HashMap::new();
    let mut index_days = Vec::new();
    for (person, index) in inputs.cohort.refs().iter().zip(&people.index_days) {
        let Some(index) = index else { continue };
        if slots.insert(*person, index_days.len()).is_some() {
            return Err(OutcomesError::RepeatedPerson { dataset: inputs.study.cohort.clone() });
        }
        index_days.push(*index);
    }
    let codes = &dataset(inputs.agreement, &inputs.study.cohort).measures;
    let positions = scores.iter().map(|score| codes.iter().position(|term| term.code == score.measure));
    let positions: Vec<_> = positions.collect();
    let follow = |score: &Score| index_days.iter().map(|index| Followed::new(*index, score)).collect::<Vec<_>>();
    let mut followed: Vec<Vec<Followed>> = scores.iter().map(follow).collect();
    measures(&mut |row| {
        let Some(slot) = slots.get(&row.person) else { return };
        for (position, (score, of_score)) in positions.iter().zip(scores.iter().zip(&mut followed)) {
            if *position == Some(usize::from(row.measure)) {
                of_score[*slot].take(row.date, row.score, score.window_days);
            }
        }
    })
    .map_err(OutcomesError::Measures)?;
    scores.iter().zip(&followed).map(|(score, of_score)| Ok(table(inputs, score, of_score)?)).collect()
}

fn table(inputs: &Inputs<'_>, score: &Score, people: &[Followed]) -> Result<Table, counterfoil_release::TableError> {
    let columns = vec![
        Column::count("People with a score at the start"),
        Column::count("Of those, with a later score at that time").part_of(0),
        Column::count("Of those, improved").part_of(1),
    ];
    let rows = score.at_months.iter().enumerate().map(|(time, at_months)| {
        let changes = || people.iter().filter_map(|person| person.change(time));
        let improved = changes().filter(|change| *change >= i64::from(score.improvement_min));
        let cells = vec![
            Cell::people(people.iter().filter(|person| person.start.found.is_some()).count() as u64),
            Cell::people(changes().count() as u64),
            Cell::people(improved.count() as u64),
        ];
        Row::new(format!("After {}", in_months(*at_months)), cells)
    });
    let note = format!(
        "Scores {measure} of everybody in {cohort} who has an index date, linked or not. The score at a time is the nearest within {days} \
         days of it. Improved: at least {points} points above the score at the start.",
        measure = score.measure,
        cohort = inputs.study.cohort,
        days = score.window_days,
        points = score.improvement_min,
    );
    Table::new(score.id.clone(), score.label.clone(), note, columns, rows.collect())
}

/// One person's scores at the times of one study score.
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

    fn take(&mut self, day: Day, score: i32, window_days: u32) {
        // Of two scores on one day, the higher start and the lower later one show less improvement.
        self.start.take(day, score, window_days, i32::max);
        for later in self.later.iter_mut().flatten() {
            later.take(day, score, window_days, i32::min);
        }
    }

    /// Points gained from the start to a time, if there is a score at both, the later one on a later day.
    fn change(&self, time: usize) -> Option<i64> {
        let (start_day, start) = self.start.found?;
        let (later_day, later) = self.later[time].as_ref()?.found?;
        (later_day > start_day).then(|| i64::from(later) - i64::from(start))
    }
}

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

    fn take(&mut self, day: Day, score: i32, window_days: u32, of_one_day: fn(i32, i32) -> i32) {
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
