//! Two files about overlapping people, with the truth: what a linkage is measured on.
//!
//! In: sizes, a seed, a folder. Out: `a.csv`, `b.csv`, `truth.csv`. The first file is as careless as a programme's register, the second as
//! careful as the NHS's. Absent on purpose: events, dates of use, anything but identifiers.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use jiff::civil::date;

use crate::calendar::{Calendar, day_of};
use crate::clerk::{Clerk, World};
use crate::error::SynthError;
use crate::files::Table;
use crate::geography::{COUNTRY, build_postcodes};
use crate::names::{Names, Sex};
use crate::nhs_number::{PEOPLE_MAX, draw_numbers};
use crate::population::{Builder, Person};
use crate::random::{Random, Stream};
use crate::rates::ErrorRates;

/// NHS numbers left blank, per 10,000, in the first and the second file.
const NUMBER_MISSING: [u32; 2] = [1_500, 500];
/// Rates of the second file, per cent of the first's.
const SECOND_PERCENT: u32 = 35;

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PairsSummary {
    /// Rows of `a.csv`.
    pub rows_a: u64,
    /// Rows of `b.csv`.
    pub rows_b: u64,
    /// Rows of `truth.csv`.
    pub true_pairs: u64,
    /// Mistakes in `a.csv`, by name of the rate.
    pub errors_a: BTreeMap<&'static str, u64>,
    /// Mistakes in `b.csv`, by name of the rate.
    pub errors_b: BTreeMap<&'static str, u64>,
}

/// Writes `a.csv` with `rows_a` people, `b.csv` with `rows_b`, `overlap` of whom are in both, and `truth.csv` (`id_a,id_b`) into `out_dir`.
///
/// The columns of both are `rec_id,nhs_number,given_name,family_name,sex,date_of_birth,postcode,gp_practice`; record ids are `a0`, `a1` and
/// `b0`, `b1` and so on in random order; sex is `M`, `F` or blank; dates are yyyy-mm-dd. The same arguments give the same bytes.
///
/// # Errors
///
/// [`SynthError`] if there are more people than [`PEOPLE_MAX`], the overlap exceeds a file, or a file cannot be written.
pub fn people_pairs(
    rows_a: u32,
    rows_b: u32,
    overlap: u32,
    seed: u64,
    out_dir: &Path,
) -> Result<PairsSummary, SynthError> {
    if overlap > rows_a.min(rows_b) {
        return Err(SynthError::OverlapTooLarge { overlap, rows_a, rows_b });
    }
    let people = u64::from(rows_a) + u64::from(rows_b) - u64::from(overlap);
    let count = u32::try_from(people).ok().filter(|count| *count <= PEOPLE_MAX);
    let count = count.ok_or(SynthError::PeopleTooMany { people, people_max: PEOPLE_MAX })?;
    fs::create_dir_all(out_dir).map_err(|source| SynthError::Write { file: "the output folder".into(), source })?;

    let (names, calendar) = (Names::new(), Calendar::up_to(date(2025, 12, 31)));
    let postcodes = build_postcodes(count, COUNTRY, &mut Random::new(seed, Stream::Geography));
    let census = day_of(date(2025, 1, 1));
    let world = World { names: &names, calendar: &calendar, postcodes: &postcodes, census };
    let numbers = draw_numbers(count, &mut Random::new(seed, Stream::Numbers));
    let homes = 0..u32::try_from(postcodes.len()).expect("there are fewer postcodes than people");
    let mut random = Random::new(seed, Stream::People);
    let people = Builder { names: &names, calendar: &calendar, census, random: &mut random }.build(&numbers, homes);

    // In random order: first those in both files, then the rest of the first file, then the rest of the second.
    let mut random = Random::new(seed, Stream::Pairs);
    let mut order: Vec<usize> = (0..people.len()).collect();
    random.shuffle(&mut order);
    let (both, rest) = order.split_at(overlap as usize);
    let (only_a, only_b) = rest.split_at((rows_a - overlap) as usize);
    let mut in_a = [both, only_a].concat();
    let mut in_b = [both, only_b].concat();
    random.shuffle(&mut in_a);
    random.shuffle(&mut in_b);

    let rates_a = ErrorRates { nhs_number_missing: NUMBER_MISSING[0], ..ErrorRates::programme() };
    let rates_b =
        ErrorRates { nhs_number_missing: NUMBER_MISSING[1], ..ErrorRates::programme().scaled_percent(SECOND_PERCENT) };
    let clerk_a = Clerk::new(&world, &rates_a, Random::new(seed, Stream::ProgrammeClerk));
    let clerk_b = Clerk::new(&world, &rates_b, Random::new(seed, Stream::NhsClerk));
    let (rows_a, errors_a) = write_file(out_dir, "a.csv", 'a', &in_a, &people, clerk_a)?;
    let (rows_b, errors_b) = write_file(out_dir, "b.csv", 'b', &in_b, &people, clerk_b)?;
    let true_pairs = write_truth(out_dir, &in_a, &in_b)?;
    Ok(PairsSummary { rows_a, rows_b, true_pairs, errors_a, errors_b })
}

fn write_file(
    out_dir: &Path,
    file: &'static str,
    prefix: char,
    order: &[usize],
    people: &[Person],
    mut clerk: Clerk<'_>,
) -> Result<(u64, BTreeMap<&'static str, u64>), SynthError> {
    let header =
        ["rec_id", "nhs_number", "given_name", "family_name", "sex", "date_of_birth", "postcode", "gp_practice"];
    let mut table = Table::create(out_dir, file, &header)?;
    for (nth, &at) in order.iter().enumerate() {
        let record = clerk.write_down(&people[at]);
        let sex = match record.sex {
            Some(Sex::Female) => "F",
            Some(Sex::Male) => "M",
            None => "",
        };
        table.row(&[
            format!("{prefix}{nth}").as_bytes(),
            record.nhs_number.as_bytes(),
            record.given_name.as_bytes(),
            record.family_name.as_bytes(),
            sex.as_bytes(),
            record.birth_iso().as_bytes(),
            record.postcode.as_bytes(),
            record.gp_practice.as_bytes(),
        ])?;
    }
    Ok((table.close()?, clerk.into_counts()))
}

fn write_truth(out_dir: &Path, in_a: &[usize], in_b: &[usize]) -> Result<u64, SynthError> {
    let places_b: BTreeMap<usize, usize> = in_b.iter().copied().zip(0..).collect();
    let mut truth = Table::create(out_dir, "truth.csv", &["id_a", "id_b"])?;
    for (a, person) in in_a.iter().enumerate() {
        if let Some(b) = places_b.get(person) {
            truth.row(&[format!("a{a}").as_bytes(), format!("b{b}").as_bytes()])?;
        }
    }
    truth.close()
}
