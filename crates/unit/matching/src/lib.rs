//! Comparison cohorts: who is compared with whom.
//!
//! In: two groups of people as numbers ([`Covariates`]), a [`Rule`] that was fixed before the data were seen, a [`Seed`] that
//! nobody could choose. Out: matched sets and weights ([`Matching`]), and how alike the groups are before and after
//! ([`balance()`]). Absent on purpose: outcomes, studies, files, clocks; a search for the rule that balances best.
//!
//! Each candidate is one row, with covariates reckoned at an index month that was drawn for it beforehand and is part of its
//! stratum. So a control inherits the index month of its set, and the matching is static.
//!
//! # How the draw is made, for those who replay it
//!
//! Everything is reckoned in the order of the keys, so a result does not depend on the order of the rows.
//!
//! 1. **Words.** The seed is the key of `ChaCha20` (RFC 8439, 2.3). For stream `s` the nonce is four zero bytes and then `s` as 8
//!    bytes, little-endian; the counter starts at 0. The keystream is read as 32-bit words, little-endian.
//! 2. **A number below `b`.** Take a word `w` and form `w * b` in 64 bits. If its lower 32 bits are less than `2^32 mod b`, take
//!    the next word instead. The number is the upper 32 bits.
//! 3. **Ranks.** Write the rows of a group in rising order of their keys: a row's position there is its place. In the list of
//!    places `0, 1, ... n - 1`, for `i` from `n - 1` down to 1, swap entry `i` with the entry whose position is a number below
//!    `i + 1`. A row's rank is the position of its place in that list. Stream 1 is for the treated, stream 2 for the candidates.
//! 4. **Stratified and coarsened, without replacement.** In each stratum, so many rounds as there are controls for each treated:
//!    in each the treated, by rank, take the candidate of the lowest rank that is left.
//! 5. **Stratified and coarsened, with replacement.** Of stream 3; the treated of all strata by rank. One whose stratum has `n`
//!    candidates, of whom `k` are wanted: none is drawn if `n <= k`, all are taken by rank. Otherwise for `j` from `n - k` to
//!    `n - 1` draw a number below `j + 1`; take the candidate at that position in the stratum's order of ranks, or, if it was
//!    taken for this treated already, the one at position `j`.
//! 6. **Propensity.** One logistic regression for all strata. Without replacement, so many rounds as there are controls: in each
//!    the treated, by falling logit and then by rank, take the nearest candidate of their stratum that is left. On either side
//!    of the treated's logit (an equal one counts as above) look at the closest logit, of equal ones the lowest rank; of the
//!    two take the smaller difference, of equal ones the lower rank; none if the difference exceeds the caliper. With
//!    replacement nobody is used up, except for the same treated.
//! 7. **Mahalanobis.** As 6, but the treated by rank, and the nearest by squared distance, of equal ones the lowest rank; none if
//!    it exceeds the square of the caliper.
//! 8. **All, and entropy balancing.** Nothing is drawn.
//! 9. **What is drawn before.** [`Draw`] gives others the numbers of stream 0, by the same two first steps.
//!
//! ```
//! use std::num::NonZeroU32;
//! use counterfoil_matching::{Controls, Covariates, Method, Replacement, Rule, Seed, balance, match_controls};
//!
//! // Two treated and four candidates: key, stratum, emergency admissions in the year before.
//! let treated = Covariates::new(vec![11, 12], vec![0, 1], vec![vec![2.0, 0.0]])?;
//! let candidates = Covariates::new(vec![21, 22, 23, 24], vec![0, 0, 0, 2], vec![vec![2.0, 1.0, 0.0, 0.0]])?;
//! let rule = Rule {
//!     method: Method::Stratified,
//!     controls: Controls::PerTreated(NonZeroU32::MIN.saturating_add(1)),
//!     replacement: Replacement::Without,
//! };
//! let matching = match_controls(&treated, &candidates, &rule, &Seed::new([7; 32]))?;
//! assert_eq!((matching.sets().len(), matching.sets()[0].controls.len()), (1, 2));
//! assert_eq!(matching.unmatched().len(), 1, "nobody agrees with the second");
//! assert_eq!(balance(&treated, &candidates, &matching)?[0].before.difference, Some(0.25));
//! # Ok::<(), counterfoil_matching::MatchingError>(())
//! ```

mod error;

mod rule;

mod covariates;

mod draw;

mod frame;

mod coarsen;

mod stratified;

mod moments;

mod logistic;

mod ladder;

mod propensity;

mod nearest;

mod mahalanobis;

mod tilt;

mod entropy;

mod matching;

mod balance;

pub use balance::{Balance, BalanceRow, balance, balance_of, balance_of_levels};
pub use covariates::Covariates;
pub use draw::Draw;
pub use entropy::BalancingModel;
pub use error::{Group, MatchingError};
pub use matching::{MatchedSet, Matching, Unmatched, Weights, match_controls};
pub use propensity::{Dropped, PropensityModel};
pub use rule::{CONTROLS_PER_TREATED_MAX, Controls, Method, Replacement, Rule, Seed};
