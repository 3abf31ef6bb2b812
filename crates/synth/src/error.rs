//! What can go wrong while a place is made.
//!
//! In: the checks of `settings`, the writing of files. Out: one error type. Absent on purpose: any generated value in a message.

use std::borrow::Cow;
use std::io;

use jiff::civil::Date;

/// Why a place or a pair of files was not written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SynthError {
    /// More people than the reserved test range of NHS numbers can name.
    #[error(
        "{people} people asked for, but the reserved test range holds {people_max} NHS numbers: ask for fewer people"
    )]
    PeopleTooMany {
        /// People asked for, those outside the place included.
        people: u64,
        /// The bound.
        people_max: u32,
    },
    /// Too few people to make a place of.
    #[error("{people} people asked for, but a place needs at least {people_min}: ask for more people")]
    PeopleTooFew {
        /// People asked for.
        people: u32,
        /// The bound.
        people_min: u32,
    },
    /// More participants than the place can plausibly supply.
    #[error(
        "{participants} participants asked for, but this place can supply at most {participants_max}: ask for fewer, or for more people"
    )]
    ParticipantsTooMany {
        /// Participants asked for.
        participants: u32,
        /// How many there can be.
        participants_max: u32,
    },
    /// The history does not reach two years either side of every start.
    #[error(
        "the history must run at least from {needed_from} to {needed_to}, so that every start has 24 months on each side"
    )]
    HistoryTooShort {
        /// First day needed.
        needed_from: Date,
        /// Last day needed.
        needed_to: Date,
    },
    /// Dates outside what the generator models, or in the wrong order.
    #[error("{setting} is out of order or outside 2000-01-01 to 2099-12-31: correct it")]
    DateOutOfRange {
        /// Name of the setting.
        setting: &'static str,
    },
    /// A rate or share outside its bounds.
    #[error("{setting} is {value}, outside {value_min} to {value_max}: correct it")]
    RateOutOfRange {
        /// Name of the setting.
        setting: &'static str,
        /// The value given.
        value: u32,
        /// The lower bound.
        value_min: u32,
        /// The upper bound.
        value_max: u32,
    },
    /// More common people than one of the two files has rows.
    #[error("an overlap of {overlap} does not fit into files of {rows_a} and {rows_b} rows: ask for a smaller overlap")]
    OverlapTooLarge {
        /// People asked to be in both files.
        overlap: u32,
        /// Rows of the first file.
        rows_a: u32,
        /// Rows of the second file.
        rows_b: u32,
    },
    /// A file of settings is not one.
    #[error("place file: {0}")]
    PlaceFile(String),
    /// A setting of a programme that cannot be met.
    #[error("place file: {place}: {problem}")]
    Programme {
        /// Where.
        place: String,
        /// What would be right.
        problem: &'static str,
    },
    /// A file or folder could not be written.
    #[error("cannot write {file}: check that the folder exists, is writable and has room")]
    Write {
        /// The file, relative to the output folder.
        file: Cow<'static, str>,
        /// The cause.
        source: io::Error,
    },
}
