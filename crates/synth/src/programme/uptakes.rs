//! Something that a growing share of people keep up: screening, immunisation.
//!
//! In: a drawing. Out: its events. Who keeps it up at the end of a year has had one within the months that count, and goes on; who does not
//! has never had one, so shares are met to the person, but for those who die or move. Absent on purpose: lapsing.

use jiff::civil::Date;

use super::drawn::Drawing;
use super::settings::UptakeTruth;
use super::shares::part_of;
use crate::calendar::day_of;

/// A month has at least so many days on average over a year or more.
const DAYS_PER_MONTH: u32 = 30;

pub(super) fn draw_uptakes(drawing: &mut Drawing<'_>) {
    let settings = drawing.settings;
    for uptake in &settings.uptake {
        let code = drawing.new_code(&uptake.code);
        let participants = drawing.residents_taking_part();
        keep_up(drawing, uptake, code, participants, &uptake.participants);
        let residents = 0..drawing.register.residents;
        let others = residents.filter(|person| drawing.participants[*person].is_none()).collect();
        keep_up(drawing, uptake, code, others, &uptake.others);
    }
}

fn keep_up(
    drawing: &mut Drawing<'_>,
    uptake: &UptakeTruth,
    code: usize,
    mut people: Vec<usize>,
    shares_by_year: &[u32],
) {
    drawing.random.shuffle(&mut people);
    let gap_max = uptake.within_months * DAYS_PER_MONTH;
    let (_, last) = drawing.history();
    let mut from = 0;
    for (year, share) in (uptake.from_year..).zip(shares_by_year) {
        let to = part_of(people.len(), *share);
        let day = |month, day| day_of(Date::new(year, month, day).expect("a day that every year has"));
        let (new_year, year_end) = (day(1, 1), day(12, 31));
        for &person in &people[from..to] {
            // Those of the first year may have begun before it.
            let earliest = if year == uptake.from_year { year_end + 1 - gap_max } else { new_year };
            let mut day = drawing.random.between(earliest, year_end);
            while day <= last {
                drawing.push(person, code, day, None);
                day += drawing.random.between(gap_max * 3 / 4, gap_max);
            }
        }
        from = to;
    }
}
