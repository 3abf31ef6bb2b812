//! What one event is: its cost at tariff, how long a stay, how admitted, whether attended.
//!
//! In: a kind of event. Out: pence and a detail. Amounts are of the order of the national tariff and of published unit costs, and never
//! change: cost follows use. Absent on purpose: diagnoses, procedures, providers.

use crate::random::{Random, Weighted};
use crate::usage::Kind;

/// Every admission method in `nhs/events.csv`: codes of the NHS Data Dictionary, in lower case. 11 to 13 are elective, the others
/// emergency; 2b (transfer of an admitted patient) and 28 (other means) are emergencies of uncertain meaning.
pub const ADMISSION_METHODS: [&str; 12] = ["11", "12", "13", "21", "22", "23", "24", "25", "28", "2a", "2b", "2d"];

/// How emergencies are admitted, as places in the list: 32 equal slices, two thirds through the hospital's own A&E department.
const EMERGENCY_METHODS: [u8; 32] =
    [3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 4, 4, 4, 4, 5, 6, 6, 7, 8, 9, 10, 11];
/// The same of elective admissions: waiting list, booked, planned.
const ELECTIVE_METHODS: [u8; 8] = [0, 0, 0, 1, 1, 1, 2, 2];

/// Length of an emergency stay in days: 32 equal slices.
const EMERGENCY_DAYS: [u8; 32] =
    [0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 4, 4, 5, 5, 6, 6, 7, 8, 9, 10, 11, 13, 16, 20, 31];
/// Length of an elective stay in days: mostly day cases.
const ELECTIVE_DAYS: [u8; 32] =
    [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 2, 2, 3, 3, 5, 8];

/// Appointments not attended, per 10,000.
const GP_NOT_ATTENDED_PER_10K: u32 = 500;
const OUTPATIENT_NOT_ATTENDED_PER_10K: u32 = 700;

/// What else is known of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Detail {
    /// Nothing.
    None,
    /// An appointment that was kept.
    Attended,
    /// An appointment that was not, and costs nothing.
    NotAttended,
    /// An admission: days in bed, and the method as a place in [`ADMISSION_METHODS`].
    Stay { days: u8, method: u8 },
}

/// Draws costs and details.
pub(crate) struct Tariff {
    ae_costs: Weighted,
}

impl Tariff {
    pub(crate) fn new() -> Self {
        Self { ae_costs: Weighted::new([30, 30, 24, 12, 4]) }
    }

    /// Cost in pence, and the detail, of one event.
    pub(crate) fn draw(&self, kind: Kind, random: &mut Random) -> (u32, Detail) {
        match kind {
            Kind::GpAppointment => appointment(&[4_200, 4_200, 4_200, 2_600, 1_900], GP_NOT_ATTENDED_PER_10K, random),
            Kind::OutpatientAttendance => {
                let costs = [21_600, 10_900, 10_900, 10_900, 7_400, 14_300];
                appointment(&costs, OUTPATIENT_NOT_ATTENDED_PER_10K, random)
            }
            Kind::AeAttendance => ([9_400, 14_700, 20_300, 28_900, 45_800][self.ae_costs.draw(random)], Detail::None),
            Kind::EmergencyAdmission => {
                let (days, method) = (random.pick(&EMERGENCY_DAYS), random.pick(&EMERGENCY_METHODS));
                (62_000 + 36_500 * u32::from(days) + 100 * random.below(600), Detail::Stay { days, method })
            }
            Kind::ElectiveAdmission => {
                let (days, method) = (random.pick(&ELECTIVE_DAYS), random.pick(&ELECTIVE_METHODS));
                (78_000 + 92_000 * u32::from(days) + 100 * random.below(900), Detail::Stay { days, method })
            }
        }
    }
}

fn appointment(costs: &[u32], not_attended_per_10k: u32, random: &mut Random) -> (u32, Detail) {
    if random.hit(not_attended_per_10k) {
        return (0, Detail::NotAttended);
    }
    (random.pick(costs), Detail::Attended)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Stream;

    #[test]
    fn emergency_methods_are_emergencies_and_elective_ones_elective() {
        let (mut random, tariff) = (Random::new(1, Stream::Usage), Tariff::new());
        let mut used = [[false; 12]; 2];
        for (group, kind) in [Kind::ElectiveAdmission, Kind::EmergencyAdmission].into_iter().enumerate() {
            for _ in 0..2_000 {
                let (cost, Detail::Stay { days, method }) = tariff.draw(kind, &mut random) else {
                    panic!("an admission has a stay");
                };
                assert!(cost > 36_500 * u32::from(days));
                used[group][usize::from(method)] = true;
            }
        }
        let codes = |group: [bool; 12]| -> Vec<&str> {
            ADMISSION_METHODS.iter().zip(group).filter(|(_, used)| *used).map(|(code, _)| *code).collect()
        };
        assert_eq!(codes(used[0]), ["11", "12", "13"]);
        assert_eq!(codes(used[1]), ["21", "22", "23", "24", "25", "28", "2a", "2b", "2d"]);
    }

    #[test]
    fn missed_appointments_cost_nothing_and_are_as_frequent_as_said() {
        let (mut random, tariff) = (Random::new(2, Stream::Usage), Tariff::new());
        for (kind, per_10k) in [(Kind::GpAppointment, 500), (Kind::OutpatientAttendance, 700)] {
            let drawn: Vec<_> = (0..40_000).map(|_| tariff.draw(kind, &mut random)).collect();
            assert!(drawn.iter().all(|(cost, detail)| (*cost == 0) == (*detail == Detail::NotAttended)));
            let missed = drawn.iter().filter(|(cost, _)| *cost == 0).count();
            // Four standard errors of 2,000 or 2,800.
            assert!(missed.abs_diff(per_10k * 4) < 4 * 53, "{missed} of 40,000");
        }
        assert!((0..1_000).all(|_| tariff.draw(Kind::AeAttendance, &mut random).1 == Detail::None));
    }
}
