//! The people of `vectors/people.csv`: 80 treated, then 320 candidates.

use counterfoil_matching::Covariates;

pub(crate) const PEOPLE: &str = include_str!("../../vectors/people.csv");
pub(crate) const TREATED: usize = 80;

/// Rows of people.csv, counted without its head; the stratum of the file is given another code.
pub(crate) fn group(rows: std::ops::Range<usize>, code: impl Fn(u32) -> u32) -> Covariates {
    let (mut keys, mut strata, mut numeric) = (Vec::new(), Vec::new(), vec![Vec::new(); 4]);
    for line in PEOPLE.lines().skip(1 + rows.start).take(rows.len()) {
        let cells: Vec<&str> = line.split(',').collect();
        keys.push(u128::from_str_radix(cells[0], 16).unwrap());
        strata.push(code(cells[2].parse().unwrap()));
        for (column, cell) in numeric.iter_mut().zip(&cells[3..]) {
            column.push(cell.parse().unwrap());
        }
    }
    Covariates::new(keys, strata, numeric).unwrap()
}

/// Everybody, with their strata, or all in one.
pub(crate) fn groups(has_strata: bool) -> (Covariates, Covariates) {
    let code = |stratum| if has_strata { stratum } else { 0 };
    (group(0..TREATED, code), group(TREATED..400, code))
}
