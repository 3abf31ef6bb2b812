//! What stands beside a study's planned result: other people compared with, other models, groups, times left out, unequal links.
//!
//! In: a seed and sizes, or a release. Out: what a payer sees, beside what is true. Absent on purpose: choosing among them.

use crate::error::SimulationError;
use crate::findings::{Findings, PERCENT, interval};
use crate::people::{Entry, Law, Shock};
use crate::place::{Place, Sizes};
use crate::study::{Beside, COST, EMERGENCY, Plan};
use crate::summary::Observed;
use crate::unit::{Mishaps, Released, Shown, release};

/// Under no effect: other people, and other models of the same people.
///
/// # Errors
/// [`SimulationError::NoCell`].
pub fn other_choices(released: &Released) -> Result<Findings, SimulationError> {
    let others = ["compared with everybody alike, weighed", "compared with a random similar cohort"];
    let both = [EMERGENCY, COST].into_iter().flat_map(|measure| others.map(|other| (measure, other)));
    let models = [
        (EMERGENCY, "negative binomial"),
        (COST, "part 1, people with any"),
        (COST, "part 2, amount of those with any"),
    ];
    let rows = both.chain(models).map(|(measure, other)| format!("{measure}: {other}"));
    rows.map(|row| Ok((format!("{row}, %"), interval(released, ("sensitivity", &row), PERCENT, 0.0)?))).collect()
}

/// 100 where the report warns of unequal links: where the shares linked of two groups of the programme's own people, of at least a
/// hundred each, differ by five points or more.
///
/// # Errors
/// [`SimulationError::NoCell`].
pub fn unequal_links(released: &Released) -> Result<Observed, SimulationError> {
    let mut shares = Vec::new();
    for home in ["most_deprived_tenth", "elsewhere"] {
        let shown = |column| released.shown("linkage", &format!("Home: {home}"), column);
        match (shown("People in the extract")?, shown("Of those, linked")?) {
            (Shown::Number(all), Shown::Number(linked)) if all >= 100.0 => shares.push((linked, all)),
            _ => return Ok(Observed::Suppressed),
        }
    }
    // Whole numbers, so that five points are five points.
    let apart = 100.0 * (shares[0].0 * shares[1].1 - shares[1].0 * shares[0].1).abs();
    let warns = apart >= 5.0 * shares[0].1 * shares[1].1;
    Ok(Observed::Value(if warns { 100.0 } else { 0.0 }))
}

/// Groups with an effect of their own; and doses, where the effect is everybody's.
///
/// # Errors
/// [`SimulationError`].
pub fn groups(seed: u64, sizes: Sizes) -> Result<Findings, SimulationError> {
    let law = Law { prevented_permille: [0, 150], ..Law::without_effect(Entry::Need) };
    let by_home = beside(&law, Beside::Subgroups, seed, sizes)?;
    let everybodys = Law { prevented_permille: [150; 2], ..law };
    let by_dose = beside(&everybodys, Beside::Subgroups, seed, sizes)?;
    let groups = [
        (&by_home, "effect_by_home", "most_deprived_tenth", 0.0),
        (&by_home, "effect_by_home", "elsewhere", -15.0),
        (&by_dose, "effect_by_contacts", "under 3", -15.0),
        (&by_dose, "effect_by_contacts", "3 to 7", -15.0),
        (&by_dose, "effect_by_contacts", "8 and more", -15.0),
    ];
    let found = groups.map(|(released, table, group, truth)| {
        let found = interval(released, (table, &format!("{EMERGENCY}: {group}")), PERCENT, truth)?;
        Ok((format!("{table}, {group}: {EMERGENCY}, %"), found))
    });
    found.into_iter().collect()
}

/// A programme that needs time to work.
///
/// # Errors
/// [`SimulationError`].
pub fn wash_in(seed: u64, sizes: Sizes) -> Result<Findings, SimulationError> {
    let law = Law { prevented_permille: [200; 2], works_after_months: 3, ..Law::without_effect(Entry::Need) };
    let released = beside(&law, Beside::WashIn, seed, sizes)?;
    both(&released, "without the first 3 months after the start", -20.0)
}

/// A time in which everybody uses less, and one in which participants alone do.
///
/// # Errors
/// [`SimulationError`].
pub fn shock(seed: u64, sizes: Sizes) -> Result<Findings, SimulationError> {
    let mut findings = Findings::new();
    for (whom, shock) in [("everybody", Shock::Everybody), ("participants alone", Shock::Participants)] {
        let law = Law { shock, ..Law::without_effect(Entry::Need) };
        let released = beside(&law, Beside::LeftOut, seed, sizes)?;
        let of_both = both(&released, "without the shock", 0.0)?;
        findings.extend(of_both.into_iter().map(|(label, found)| (format!("{whom}: {label}"), found)));
    }
    Ok(findings)
}

fn beside(law: &Law, beside: Beside, seed: u64, sizes: Sizes) -> Result<Released, SimulationError> {
    release(&Place::draw(law, sizes, seed), Plan { beside, ..Plan::YEAR }, &Mishaps::default())
}

/// Emergency admissions as planned, with some time left out, and the latter less the former.
fn both(released: &Released, without: &str, truth: f64) -> Result<Findings, SimulationError> {
    let row = |with: &str| interval(released, ("sensitivity", &format!("{EMERGENCY}: {with}")), PERCENT, truth);
    let (planned, other) = (row("as planned")?, row(without)?);
    let mut findings =
        vec![(format!("{EMERGENCY}, as planned, %"), planned), (format!("{EMERGENCY}, {without}, %"), other)];
    if let (Observed::Interval { estimate: planned, .. }, Observed::Interval { estimate, .. }) = (planned, other) {
        findings.push((format!("{without}, less as planned"), Observed::Value(estimate - planned)));
    }
    Ok(findings)
}
