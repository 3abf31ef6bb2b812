//! Whether the test of both arms having run alike before the dip says so where they did.
//!
//! In: a place without effect. Out: the p of the test of each measure, unrounded: a release shows it as coarsely as people ask.
//! Absent on purpose: a place where they did not run alike.

use std::ops::Range;

use counterfoil_estimate::{GroupBy, Inference, Level, Quarters, Reference, event_study_difference};

use crate::design::{Design, Matched, Offered};
use crate::error::SimulationError;
use crate::findings::Findings;
use crate::people::{Entry, Event, Kind, Law};
use crate::place::{Place, Sizes};
use crate::summary::Observed;

/// Days of a stretch of three months.
const DAYS: u32 = 91;

/// Every way to enter with 30 practices, and entry by need with fewer and more; after a dip of twelve months, and of three. A dip of
/// three months does not hold a year's reason to enter, after which both did not run alike: it is not tried.
///
/// # Errors
/// [`SimulationError`].
pub fn tests(seed: u64, sizes: Sizes) -> Result<Findings, SimulationError> {
    let need = Law::without_effect(Entry::Need);
    let spike = Law::without_effect(Entry::Spike);
    let mut findings = Findings::new();
    for (name, law) in [
        ("spike", spike),
        ("lasting spike", Law { is_lasting: true, ..spike }),
        ("need", need),
        ("frequent", Law::without_effect(Entry::Frequent)),
        ("need, 12 practices", Law { practices: 12, ..need }),
        ("need, 60 practices", Law { practices: 60, ..need }),
    ] {
        let place = Place::draw(&law, sizes, seed);
        let dips = if law.entry == Entry::Frequent { &[12][..] } else { &[12, 3] };
        for dip in dips {
            let found = of_place(&place, *dip)?.into_iter();
            findings.extend(found.map(|(label, observed)| (format!("{name}, dip {dip}: {label}"), observed)));
        }
    }
    Ok(findings)
}

fn of_place(place: &Place, dip_months: i32) -> Result<Findings, SimulationError> {
    let design = Design { matched_on: -dip_months..0, before: -24..-dip_months, ..Design::APART };
    let matched = Matched::of(place, &design)?;
    let panel = matched.panel(&design)?;
    let inference =
        Inference { group_by: GroupBy::ParticipantOfSet, level: Level::PERCENT_95, reference: Reference::StudentT };
    // The last stretch before the dip is what the others are set beside.
    let stretches = -8..-dip_months / 3;
    let (tested, base): (Vec<i32>, i32) = ((stretches.start..stretches.end - 1).collect(), stretches.end - 1);
    let admissions: Amount = |_| 1;
    let days: Amount = |event| u64::from(event.days());
    let mut findings = Findings::new();
    for (name, amount) in [("emergency admissions", admissions), ("days in hospital", days)] {
        let quarters = quarters(&matched, &stretches, amount)?;
        let apart = event_study_difference(&panel, &quarters, base, &tested, inference)?;
        let p = apart.pre_trend.map_or(Observed::NotEstimated, |wald| Observed::P(wald.p_value_t_squared));
        findings.push((name.to_owned(), p));
    }
    Ok(findings)
}

type Amount = fn(&Event) -> u64;

fn quarters(matched: &Matched<'_>, stretches: &Range<i32>, amount: Amount) -> Result<Quarters, SimulationError> {
    let of = |offered: &Offered<'_>, stretch: i32| {
        offered.events(Kind::Emergency, &(3 * stretch..3 * stretch + 3)).map(amount).sum()
    };
    let amounts = stretches.clone().map(|stretch| matched.rows.iter().map(|(row, ..)| of(row, stretch)).collect());
    let days = stretches.clone().map(|_| vec![DAYS; matched.rows.len()]);
    Ok(Quarters::new(stretches.clone().collect(), amounts.collect(), days.collect())?)
}
