//! Two files of any number of made-up people, half of them in both.
//!
//! In: how many, a seed, a folder. Out: `a.csv` and `b.csv`. There are valid NHS numbers in the range for tests for 909,091 people; beyond,
//! several towns are made up one by one and their rows put into the same two files by turns, each town with its own postcode areas
//! and its own stretch of numbers that begin with 9, none of which is ever issued.
//! Absent on purpose: people who move between towns.

use std::fs;
use std::io::{BufRead as _, BufReader, BufWriter, Write as _};
use std::path::Path;

use crate::Outcome;

/// People of one town, in one of the files or in both.
const TOWN_PEOPLE_MAX: u32 = 900_000;
/// In place of 999. The check digit stays what it was: 10, 9 and 8 times these digits leave the same rest by 11 as those of 999.
const NUMBERS: [&str; 9] = ["999", "986", "973", "960", "958", "945", "932", "917", "904"];
/// The areas in which the people of a town of this size live, and those of each town in their place.
const AREAS: [[&str; 3]; 9] = [
    ["B", "BD", "CF"],
    ["CH", "CV", "DE"],
    ["DY", "EX", "GL"],
    ["HD", "HX", "IP"],
    ["LE", "LN", "ME"],
    ["MK", "NG", "NN"],
    ["OL", "OX", "PE"],
    ["PR", "RG", "SK"],
    ["ST", "SY", "TF"],
];
const NUMBER_COLUMN: usize = 1;
const POSTCODE_COLUMN: usize = 6;

/// Writes both files.
pub(crate) fn write(people: u32, seed: u64, folder: &Path) -> Outcome<()> {
    let count = (people + people / 2).div_ceil(TOWN_PEOPLE_MAX);
    let towns = usize::try_from(count)?;
    if towns > AREAS.len() {
        return Err("there are numbers and areas for nine towns".into());
    }
    for town in 0..towns {
        let nth = u32::try_from(town)?;
        let rows = people / count + u32::from(nth < people % count);
        counterfoil_synth::people_pairs(rows, rows, rows / 2, seed + u64::from(nth), &folder.join(town.to_string()))?;
    }
    for file in ["a.csv", "b.csv"] {
        join(file, towns, folder)?;
    }
    for town in 0..towns {
        fs::remove_dir_all(folder.join(town.to_string()))?;
    }
    Ok(())
}

/// The rows of all towns, by turns.
fn join(file: &str, towns: usize, folder: &Path) -> Outcome<()> {
    let mut out = BufWriter::new(fs::File::create(folder.join(file))?);
    let open = |town: usize| fs::File::open(folder.join(town.to_string()).join(file)).map(BufReader::new);
    let mut inputs = (0..towns).map(open).collect::<Result<Vec<_>, _>>()?;
    let (mut line, mut is_header, mut ended) = (String::new(), true, 0);
    while ended < towns {
        ended = 0;
        for (town, input) in inputs.iter_mut().enumerate() {
            line.clear();
            if input.read_line(&mut line)? == 0 {
                ended += 1;
            } else if !is_header {
                write!(out, "{town}-")?;
                out.write_all(of_town(town, &line).as_bytes())?;
            } else if town == 0 {
                out.write_all(line.as_bytes())?;
            }
        }
        is_header = false;
    }
    Ok(out.flush()?)
}

/// A row with the numbers and the areas of its town. Those with a mistake in just these places stay as they are.
fn of_town(town: usize, line: &str) -> String {
    let fields = line.split(',').enumerate().map(|(column, field)| match column {
        NUMBER_COLUMN => {
            field.strip_prefix(NUMBERS[0]).map_or(field.to_owned(), |rest| NUMBERS[town].to_owned() + rest)
        }
        POSTCODE_COLUMN => {
            let (area, rest) =
                field.split_at(field.find(|letter: char| !letter.is_ascii_alphabetic()).unwrap_or(field.len()));
            let nth = AREAS[0].iter().position(|known| known.eq_ignore_ascii_case(area));
            nth.map_or(field.to_owned(), |nth| AREAS[town][nth].to_owned() + rest)
        }
        _ => field.to_owned(),
    });
    fields.collect::<Vec<_>>().join(",")
}
