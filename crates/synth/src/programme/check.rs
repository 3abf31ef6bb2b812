//! Whether settings of a programme can be met.
//!
//! In: settings. Out: nothing, or the first setting that cannot be, by name.

use std::collections::BTreeSet;

use jiff::ToSpan as _;
use jiff::civil::{Date, date};

use super::settings::{Episode, Later, ProgrammeSettings, ScoreTruth, UptakeTruth};
use crate::calendar::{Calendar, day_of};
use crate::error::SynthError;
use crate::geography::PEOPLE_PER_SECTOR_MAX;
use crate::nhs_number::PEOPLE_MAX;

const PEOPLE_MIN: u32 = 200;
const ALL: u32 = 1_000;
/// Somebody is at most so old when participants start.
const AGE_MAX: i16 = 85;
const PERCENT_MAX: u32 = 1_000;
const RATE_MAX: u32 = 100_000;
const MONTHS_MAX: u32 = 240;

type Checked = Result<(), SynthError>;

fn refuse(place: impl Into<String>, problem: &'static str) -> Checked {
    Err(SynthError::Programme { place: place.into(), problem })
}

fn must(holds: bool, place: &str, problem: &'static str) -> Checked {
    if holds { Ok(()) } else { refuse(place, problem) }
}

impl ProgrammeSettings {
    /// Refuses what cannot be made.
    pub(crate) fn verify(&self) -> Checked {
        self.verify_people()?;
        self.verify_days()?;
        self.verify_variables()?;
        self.score.iter().try_for_each(|score| self.verify_score(score))?;
        self.verify_rates()?;
        self.episode.iter().try_for_each(|episode| self.verify_episode(episode))?;
        self.uptake.iter().try_for_each(|uptake| self.verify_uptake(uptake))?;
        let mut codes: Vec<&String> = self.rate.iter().map(|rate| &rate.code).collect();
        codes.extend(self.episode.iter().map(|episode| &episode.code));
        codes.extend(self.uptake.iter().map(|uptake| &uptake.code));
        codes.extend(self.death.iter().filter_map(|death| death.code.as_ref()));
        must(each_once(&codes), "code", "stands once among rate, episode, uptake and death, and is a plain name")
    }

    fn verify_people(&self) -> Checked {
        let everybody = u64::from(self.people) + u64::from(self.participants_outside);
        if everybody > u64::from(PEOPLE_MAX) {
            return Err(SynthError::PeopleTooMany { people: everybody, people_max: PEOPLE_MAX });
        }
        if self.people < PEOPLE_MIN {
            return Err(SynthError::PeopleTooFew { people: self.people, people_min: PEOPLE_MIN });
        }
        let inside = self.participants.saturating_sub(self.participants_outside);
        let possible = self.participants > 0 && self.participants_outside <= self.participants && inside < self.people;
        must(possible, "participants", "are at least 1, and those not outside fewer than the people")?;
        let folders = [&self.cohort, &self.usage];
        must(each_once(&folders), "cohort, usage", "are two plain names: lower-case letters, digits, - and _")?;
        let number = self.number.as_ref().is_none_or(|header| is_plain(header));
        must(number, "number", "is the header of a column: lower-case letters, digits, - and _")?;
        let (year, births) = (self.starts.from.year(), self.births);
        let born = births.from <= births.to && births.to < year && births.from >= year - AGE_MAX;
        must(born, "births", "are years from 85 years before the starts to the year before them")?;
        let codes = &self.postcodes;
        let letters = (1..=2).contains(&codes.letters.len()) && codes.letters.bytes().all(|b| b.is_ascii_uppercase());
        let numbers = codes.first < 100 && (1..=20).contains(&codes.count);
        must(letters && numbers, "postcodes", "have one or two capital letters, and 1 to 20 districts below 100")?;
        let room = self.people_around() <= codes.count * 10 * PEOPLE_PER_SECTOR_MAX;
        must(room, "postcodes", "have a district for every 80,000 people of all ages at least")?;
        let percents = [self.mistakes_percent.cohort, self.mistakes_percent.usage];
        must(percents.iter().all(|percent| *percent <= PERCENT_MAX), "mistakes_percent", "are 0 to 1000")
    }

    /// People of all ages, and of both sexes, among whom those of the register live.
    pub(super) fn people_around(&self) -> u32 {
        const AGES: u32 = 80;
        let years = u32::from(self.births.to.abs_diff(self.births.from)) + 1;
        let sexes = if self.sex.is_some() { 2 } else { 1 };
        self.people.saturating_mul(AGES / years.clamp(10, AGES)).saturating_mul(sexes)
    }

    fn verify_days(&self) -> Checked {
        let known = date(1990, 1, 1)..=date(2099, 12, 31);
        let (history, starts) = (self.history, self.starts);
        let ordered = history.from < starts.from && starts.from <= starts.to && starts.to < history.to;
        let known = known.contains(&history.from) && known.contains(&history.to);
        must(ordered && known, "history, starts", "are days of 1990 to 2099, and the starts lie inside the history")
    }

    fn verify_variables(&self) -> Checked {
        let names: Vec<&String> = self.variable.iter().map(|variable| &variable.name).collect();
        must(each_once(&names), "variable", "each name once, and plain")?;
        for variable in &self.variable {
            let codes: Vec<&String> = variable.shares.keys().collect();
            let sum = variable.shares.values().fold(0_u32, |sum, share| sum.saturating_add(*share));
            if !each_once(&codes) || codes.is_empty() || sum > ALL {
                return refuse(
                    format!("variable {}", variable.name),
                    "has shares of plain codes, 1000 together at most",
                );
            }
        }
        Ok(())
    }

    fn verify_score(&self, score: &ScoreTruth) -> Checked {
        let place = format!("score {}", score.measure);
        must(is_plain(&score.measure), &place, "has a plain name")?;
        must(score.start[0] <= score.start[1], &place, "start is the least and the greatest")?;
        for after in &score.after {
            let shares = after.measured_per_mille <= ALL && after.improved_per_mille <= ALL;
            let spans = [after.improved, after.otherwise].iter().all(|later| match later {
                Later::Score([least, greatest]) | Later::Change([least, greatest]) => least <= greatest,
            });
            let months = (1..=MONTHS_MAX).contains(&after.months);
            must(shares && spans && months, &place, "has months from 1 to 240, shares per mille, and spans")?;
            must(self.reaches(after.months), &place, "its months lie inside the history for everybody who starts")?;
        }
        Ok(())
    }

    fn verify_rates(&self) -> Checked {
        for rate in &self.rate {
            let rates = rate.participants.iter().chain([&rate.others]).all(|rate| *rate <= RATE_MAX);
            let cost = is_span(rate.cost_pence);
            must(rates && cost, &format!("rate {}", rate.code), "rates are 0 to 100000, cost_pence a span")?;
        }
        let yearly = |rate: fn(&super::settings::Death) -> u32| {
            self.death.iter().fold(self.moves_per_100k_year, |sum, death| sum.saturating_add(rate(death)))
        };
        let deaths = yearly(|death| death.participants_per_100k_year).max(yearly(|death| death.others_per_100k_year));
        must(deaths <= 50_000, "death, moves_per_100k_year", "are half of the people in a year at most, together")
    }

    fn verify_episode(&self, episode: &Episode) -> Checked {
        let place = format!("episode {}", episode.code);
        let shares = [episode.before, episode.after].iter().all(|of| of.people <= ALL && of.again <= ALL);
        must(shares && episode.others <= RATE_MAX && is_span(episode.cost_pence), &place, "has shares per mille")?;
        let months =
            (1..=MONTHS_MAX).contains(&episode.months) && (1..=episode.months / 2).contains(&episode.again_months);
        must(months, &place, "again_months is at least 1 and at most half of months")?;
        let back = self.starts.from.saturating_sub(i64::from(episode.months).months());
        let inside = self.history.from <= back && self.reaches(episode.months);
        must(inside, &place, "its months lie inside the history for everybody who starts")
    }

    fn verify_uptake(&self, uptake: &UptakeTruth) -> Checked {
        let place = format!("uptake {}", uptake.code);
        must((12..=MONTHS_MAX).contains(&uptake.within_months), &place, "within_months is 12 to 240")?;
        let rising = |shares: &[u32]| shares.is_sorted() && shares.iter().all(|share| *share <= ALL);
        must(rising(&uptake.participants) && rising(&uptake.others), &place, "shares rise, and are per mille")?;
        let years = uptake.participants.len();
        let as_many = (1..=50).contains(&years) && (uptake.others.is_empty() || uptake.others.len() == years);
        must(as_many, &place, "has a share a year, of participants and of others if any")?;
        let last = i32::from(uptake.from_year) + i32::try_from(years).unwrap_or(i32::MAX) - 1;
        let first = Date::new(uptake.from_year, 12, 31).ok();
        let from = first.map(|day| day.saturating_sub(i64::from(uptake.within_months).months()));
        let inside = from.is_some_and(|from| from >= self.history.from) && last <= i32::from(self.history.to.year());
        must(inside, &place, "its years, and the months before the end of the first, lie inside the history")
    }

    /// Whether so many months after the last start are still in the history, scores up to three weeks late included.
    fn reaches(&self, months: u32) -> bool {
        let calendar = Calendar::up_to(self.history.to);
        calendar.plus_months(day_of(self.starts.to), months) <= day_of(self.history.to)
    }
}

fn is_span(cost_pence: Option<[u32; 2]>) -> bool {
    cost_pence.is_none_or(|[least, greatest]| least <= greatest)
}

fn is_plain(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-';
    (1..=64).contains(&text.len()) && text.bytes().all(plain)
}

fn each_once(names: &[&String]) -> bool {
    names.iter().all(|name| is_plain(name)) && names.iter().collect::<BTreeSet<_>>().len() == names.len()
}
