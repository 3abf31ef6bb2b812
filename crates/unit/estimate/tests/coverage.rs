//! Intervals cover the truth about as often as they say, on made-up practices that differ.

#![allow(clippy::unwrap_used, reason = "a failed test may panic")]

use counterfoil_estimate::{
    Amounts, Arm, CountModel, GroupBy, Inference, Level, Panel, Quantity, Reference, Weighting, WildDraws,
    model_difference, model_ratio_of_ratios, test_difference_wild,
};
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

const STUDENT: Inference =
    Inference { group_by: GroupBy::ParticipantOfSet, level: Level::PERCENT_95, reference: Reference::StudentT };

fn unit(random: &mut ChaCha8Rng) -> f64 {
    f64::from(random.next_u32()) / 4_294_967_296.0
}

fn poisson(random: &mut ChaCha8Rng, mean: f64) -> u64 {
    let (mut left, mut probability, mut count) = (unit(random), libm::exp(-mean), 0_u32);
    while left >= probability && count < 200 {
        left -= probability;
        count += 1;
        probability *= mean / f64::from(count);
    }
    u64::from(count)
}

/// Matched pairs in practices whose rates and trends differ; participants have `effect` times the trend of their
/// practice.
fn pairs(seed: u64, practices: u32, effect: f64) -> (Panel, Amounts) {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let (mut arms, mut sets, mut clusters, mut before, mut after) = (vec![], vec![], vec![], vec![], vec![]);
    for practice in 0..practices {
        let (level, trend) = (0.5 + 2.0 * unit(&mut random), 0.8 + 0.6 * unit(&mut random));
        for _ in 0..3 + random.next_u32() % 6 {
            let set = u32::try_from(sets.len() / 2).unwrap();
            for arm in Arm::BOTH {
                let frailty = 2.0 * unit(&mut random);
                let change = if arm == Arm::Participant { trend * effect } else { trend };
                arms.push(arm);
                sets.push(set);
                clusters.push(practice);
                before.push(poisson(&mut random, level * frailty));
                after.push(poisson(&mut random, level * frailty * change));
            }
        }
    }
    let rows = arms.len();
    let panel = Panel::new(arms, sets, clusters, vec![1.0; rows], vec![365; rows], vec![365; rows]).unwrap();
    (panel, Amounts::new(before, after).unwrap())
}

#[test]
fn t_intervals_cover_about_95_in_100() {
    let (mut ratios, mut differences) = (0, 0);
    for seed in 0..400 {
        let (panel, amounts) = pairs(seed, 30, 0.85);
        let ratio = model_ratio_of_ratios(&panel, &amounts, CountModel::Poisson, STUDENT).unwrap().interval;
        ratios += u32::from((ratio.lower.value()..=ratio.upper.value()).contains(&0.85));
        let (panel, amounts) = pairs(10_000 + seed, 30, 1.0);
        let difference = model_difference(&panel, &amounts, Weighting::PersonTime, STUDENT).unwrap().interval;
        differences += u32::from((difference.lower.value()..=difference.upper.value()).contains(&0.0));
    }
    // 380 expected; three standard errors of 4.4, and a little for thirty clusters.
    assert!((364..=393).contains(&ratios), "{ratios} of 400");
    assert!((364..=393).contains(&differences), "{differences} of 400");
}

#[test]
fn wild_test_of_eight_practices_rejects_about_5_in_100() {
    let draws = WildDraws { seed: [1; 32], draws: 999 };
    let rejected = |seed: u64| {
        let (panel, amounts) = pairs(20_000 + seed, 8, 1.0);
        let test = test_difference_wild(&panel, &amounts, Weighting::PersonTime, GroupBy::ParticipantOfSet, &draws);
        u32::from(test.unwrap().p_value <= 0.05)
    };
    let rejections: u32 = (0..300).map(rejected).sum();
    // 15 expected, standard error 3.8.
    assert!((4..=28).contains(&rejections), "{rejections} of 300");
}
