//! What is true of a place, so that an analysis of its files can be held to it: the programme's effect, who comes to it, who completes
//! it, and what a change of practice does to the GP record.
//!
//! In: choices from the caller. Out: types that `settings` carries. Each says what a sound analysis recovers, and what an unsound one finds
//! instead. Absent on purpose: any estimate.

use serde::Deserialize;

/// True changes, each per mille of the two years before (1,000 is no change), and shares, per mille.
///
/// Use of every kind steps once, on the day of the start, and by how the participation ended in the end. Writing `c`, `n`, `l` and `o`
/// for the factors of those who completed, continue, left early, and of all others (`l` = `o`), an analysis should recover
///
/// * before and after, in hospital cost, events or bed days per person-year: `c`, `n`, `o` for each group; by default 0.815, 0.950, 1.162;
/// * ratio of ratios of completers to any fair comparison: `c / o`, by default 0.815 / 1.162 = 0.701; as percentage points, the other
///   way of putting it, -18.5 - 16.2 = -34.7;
/// * everyone who started: `(sc * c + sn * n + sl * l) / o`, where `sc`, `sn`, `sl` are the groups' shares of the cost in the two years
///   **before**; they are the shares of people unless completing depends on need ([`Completion`]). With 60 %, 14 % and 26 % of the cost:
///   (0.489 + 0.133 + 0.302) / 1.162 = 0.795;
/// * GP appointments, in the same way: 0.89 for those who completed or continue, 1 for everybody else. Practices differ in how much they
///   are used (by a tenth either way, whatever the deprivation), not in how that changes.
///
/// Rates are of person-years: those who die or move count while they are there. The frail die sooner, which lowers later rates by about
/// half a hundredth, and by two or three hundredths in those who left early, among whom are all who died.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Effect {
    /// Hospital use of everyone not in the programme, and of those who left it early, two years on.
    pub hospital_others_per_mille: u32,
    /// Hospital use of those who complete.
    pub hospital_completed_per_mille: u32,
    /// Hospital use of those still in the programme.
    pub hospital_continuing_per_mille: u32,
    /// GP appointments of those who complete or continue. Everyone else's stay as they are.
    pub gp_participants_per_mille: u32,
    /// Share of those measured at 12 months whose score has risen.
    pub improved_12_months_per_mille: u32,
    /// Share of those measured at 24 months whose score has risen.
    pub improved_24_months_per_mille: u32,
}

impl Default for Effect {
    /// The published shape of the programme in North East Lincolnshire: cost 18.5 % lower for those who complete, 16.2 % higher in a
    /// comparison cohort, GP use 11 % lower, 93 % improved at 12 months and 95 % at 24.
    fn default() -> Self {
        Self {
            hospital_others_per_mille: 1_162,
            hospital_completed_per_mille: 815,
            hospital_continuing_per_mille: 950,
            gp_participants_per_mille: 890,
            improved_12_months_per_mille: 930,
            improved_24_months_per_mille: 950,
        }
    }
}

impl Effect {
    /// A programme that changes nothing: everyone's hospital use grows as it does in the default place, and every ratio of ratios is 1.
    /// A quarter of the scores rise, by 4.5 points on average, and the others fall by 1.5: their mean stays where it was.
    pub fn none() -> Self {
        let others = Self::default().hospital_others_per_mille;
        Self {
            hospital_others_per_mille: others,
            hospital_completed_per_mille: others,
            hospital_continuing_per_mille: others,
            gp_participants_per_mille: 1_000,
            improved_12_months_per_mille: 250,
            improved_24_months_per_mille: 250,
        }
    }
}

/// Who comes to the programme, and when. Always from the eligible: those whose year of birth makes them 18 to 75 on every day of the
/// starts (in the default place 1948 to 2004), with at least one condition, registered on the day before and after they start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Entry {
    /// On any day, the likelier the greater one's need and the more conditions one has (four count as any more).
    ///
    /// Need is a standing trait, so use before and after differ by the effect alone: participants use more than a random comparison, but
    /// a ratio of ratios against it recovers the effect.
    Steady,
    /// 7 to 60 days after an emergency admission, which came by chance. Nothing but that admission and the decile's share decides.
    ///
    /// Before and after falls steeply whatever the programme does, because everyone was admitted once just before: regression to the mean.
    /// With [`Effect::none`] emergency admissions come to about 0.37 and hospital cost to about 0.6 of what they were, where a random
    /// comparison rises. An analysis recovers the effect (the ratio of ratios 1 with [`Effect::none`]) against eligible people who were
    /// not in the programme, had an emergency admission 7 to 60 days before the index date they are given, and are from decile 1 in the
    /// same share. Other kinds of use have no spike. Needs sixty people for each participant, and the fewer participants there are, the
    /// more people are left to compare with.
    AfterAdmission,
}

/// Who completes the programme. Whoever dies or moves away before the end has left early, on that day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Completion {
    /// 62 % complete, 23 % leave early, 15 % continue, whatever their need: the groups were alike before they started.
    Alike,
    /// Of those in the least need 82 % complete, of those in the greatest 30 %; the others leave early rather than continue, three to two.
    ///
    /// Completers used less before they started, so comparing levels afterwards flatters the programme, by much; their ratio of ratios
    /// is still that of their effect. Everyone who started recovers less than under [`Self::Alike`], for those who left had the
    /// greater part of the cost.
    HealthierMoreOften,
}

/// What becomes of the GP appointments before a change of practice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GpHistory {
    /// They come along.
    Kept,
    /// They are missing from `nhs/events.csv` for some, as in the extracts of some GP systems: everything before `practice_since`.
    ///
    /// Nothing else differs from [`Self::Kept`]. An analysis that counts GP person-time from `practice_since` only, where that is later
    /// than the registration, recovers what it recovers there; one that does not finds too few appointments before, and so too small a
    /// fall.
    LostFor {
        /// Changes of practice that lose the history, per 10,000.
        per_10k: u32,
    },
}
