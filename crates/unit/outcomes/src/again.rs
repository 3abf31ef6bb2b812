//! Who used something and then used it again soon, before and after the index date.
//!
//! In: analysed people's windows and observation, and events. Out: the `again` table, a row a use.
//! Absent on purpose: people who were not analysed. Only the days of analysed people's own events are kept.
//!
//! The first use of a period is looked at, if it is early enough for all of the months after it to lie in the period too; again is
//! another use on a later day within those months.

use std::collections::HashMap;
use std::ops::Range;

use counterfoil_model::{EventRow, PersonRef};
use counterfoil_release::{Cell, Column, Row, SumCover, Table, TableError};

use crate::observed::Observation;
use crate::people::{ANALYSED_ROW, People};
use crate::used::Labels;
use crate::window::{Day, shifted};
use crate::{Inputs, OutcomesError, code, dataset, slots, sum_in_flow};

/// The days of use of analysed people.
pub(crate) struct UseAgain {
    slots: HashMap<PersonRef, usize>,
    /// By person: from the look-back to the end of the follow-up.
    windows: Vec<Range<Day>>,
    /// By event code: which rows of the table count it.
    rows_of_event: Vec<Vec<usize>>,
    /// By person and row.
    days: Vec<Vec<Day>>,
    rows: usize,
}

impl UseAgain {
    pub(crate) fn of<E: std::error::Error + 'static>(
        inputs: &Inputs<'_>,
        people: &People,
    ) -> Result<Self, OutcomesError<E>> {
        let again = &inputs.study.again;
        let rows_of = |event| (0..again.len()).filter(|row| again[*row].events.contains(event)).collect();
        let counted = if again.is_empty() { &[][..] } else { &people.analysed };
        Ok(Self {
            slots: slots(inputs, counted.iter().map(|(row, _)| *row))?,
            windows: counted.iter().map(|(_, windows)| windows.look_back.start..windows.follow_up.end).collect(),
            rows_of_event: dataset(inputs.agreement, &inputs.study.usage).event_codes.iter().map(rows_of).collect(),
            days: vec![Vec::new(); counted.len() * again.len()],
            rows: again.len(),
        })
    }

    pub(crate) fn take(&mut self, event: &EventRow) {
        let Some(slot) = self.slots.get(&event.person).filter(|slot| self.windows[**slot].contains(&event.date)) else {
            return;
        };
        for row in self.rows_of_event.get(usize::from(event.event)).into_iter().flatten() {
            self.days[slot * self.rows + row].push(event.date);
        }
    }

    pub(crate) fn table(
        mut self,
        inputs: &Inputs<'_>,
        planned: &[String],
        people: &People,
        observations: &[Observation],
    ) -> Result<Option<Table>, TableError> {
        if self.rows == 0 {
            return Ok(None);
        }
        self.days.iter_mut().for_each(|days| days.sort_unstable());
        let labels = Labels::of(inputs.study);
        let rows = planned.iter().zip(&inputs.study.again).enumerate().map(|(row, (label, again))| {
            let [mut before, mut after] = [[0; 2]; 2];
            for (person, (usage_row, windows)) in people.analysed.iter().enumerate() {
                let observation = &observations[*usage_row as usize];
                let days = &self.days[person * self.rows + row];
                for (counts, period) in [(&mut before, windows.before()), (&mut after, windows.follow_up.clone())] {
                    if let Some(is_again) = used_again(days, &observation.within(&period), again.within_months) {
                        counts[0] += 1;
                        counts[1] += u64::from(is_again);
                    }
                }
            }
            let all = people.analysed.len() as u64;
            let cells = [all, before[0], before[1], after[0], after[1]].map(Cell::people);
            Row::new(label.clone(), cells.into())
        });
        let note = format!(
            "Analysed people (see flow) by their first use of a period that leaves the months after it inside the period and under \
             observation. Before: the {before}. After: the {after} from the index date on.",
            before = labels.before_in_full,
            after = labels.after,
        );
        let columns = vec![
            Column::count("People analysed"),
            Column::count("With a use before").part_of(0),
            Column::count("Of those, again before").part_of(1),
            Column::count("With a use after").part_of(0),
            Column::count("Of those, again after").part_of(3),
        ];
        let table = Table::new(code("again"), "Use again", note, columns, rows.collect())?;
        let with_sum = |table: Table, row| table.with_sum(sum_in_flow(ANALYSED_ROW, [row], SumCover::Parts));
        (0..self.rows).try_fold(table, with_sum).map(Some)
    }
}

/// Whether the first use in a period was followed by another; none without a use that can be followed up. Days ascend.
fn used_again(days: &[Day], period: &Range<Day>, within_months: u32) -> Option<bool> {
    let inside = &days[days.partition_point(|day| *day < period.start)..days.partition_point(|day| *day < period.end)];
    let first = *inside.first()?;
    let end = shifted(first, i64::from(within_months))?;
    (end <= period.end).then(|| inside.iter().any(|day| *day > first && *day < end))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Days counted from 1 January 1970: 31 is 1 February, 59 is 1 March.
    #[test]
    fn another_use_counts_from_the_next_day_to_the_last_of_the_months() {
        let period = 0..90;
        for (days, expected) in [
            (&[][..], None),
            (&[-1, 90], None),
            (&[0], Some(false)),
            (&[0, 0], Some(false)),
            (&[0, 1], Some(true)),
            (&[0, 30], Some(true)),
            (&[0, 31], Some(false)),
            // From 1 March a month ends on the last day of March; from 2 March it is not all in the period.
            (&[59, 60], Some(true)),
            (&[60, 61], None),
            (&[-5, 0, 31], Some(false)),
        ] {
            assert_eq!(used_again(days, &period, 1), expected, "{days:?}");
        }
    }
}
