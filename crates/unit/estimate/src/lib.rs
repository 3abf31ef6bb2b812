//! Estimates with intervals from a panel of matched people.
//!
//! In: columns of numbers, one entry a person ([`Panel`], [`Amounts`]), a confidence [`Level`], for a bootstrap a seed.
//! Out: rates, differences in differences, rate ratios, benefit-cost ratios, each in a type of its own, each with its
//! interval or with the reason why there is none. Absent on purpose: what was measured and why, files, tables, rounding
//! for release, randomness of its own; NaN never comes out.
//!
//! Counts and pence are integers and become floats at the division. Sums run in a fixed order and are compensated,
//! `exp` and `ln` come from `libm`: the same input gives the same bits on every machine and with any number of threads.
//!
//! ```
//! use counterfoil_estimate::{Amounts, Arm, Panel, Rates};
//!
//! let panel = Panel::new(
//!     vec![Arm::Participant, Arm::Comparison],
//!     vec![0, 0],
//!     vec![7, 9],
//!     vec![1.0, 1.0],
//!     vec![365, 365],
//!     vec![365, 365],
//! )?;
//! let cost_pence = Amounts::new(vec![100_000, 100_000], vec![81_500, 116_200])?;
//! let rates = Rates::of(&panel, &cost_pence)?;
//! // The published -18.5 % and +16.2 % are 34.7 points apart, and 29.9 % below expectation: two quantities, two types.
//! assert_eq!(rates.percentage_points()?.to_string(), "-34.7 percentage points");
//! assert_eq!(rates.ratio_of_ratios()?.below_expectation().to_string(), "29.9 % below expectation");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod error;

mod panel;
mod quantity;
mod rates;

mod distribution;
mod interval;

mod grouping;

mod cholesky;
mod observations;
mod regression;
mod sandwich;

mod linear;
mod negative_binomial;
mod poisson;

mod cells;
mod panel_models;
mod wild;

mod event_study;

mod bootstrap;
mod drawn_interval;
mod draws;

mod exact_ratio;
mod scores;
mod swemwbs;
mod winsorise;

mod e_value;

mod sum;

pub use bootstrap::{BOOTSTRAP_DRAWS, BootstrapPlan, Bootstrapped, Drawn, UNDEFINED_PERCENT_MAX, bootstrap};
pub use cells::Weighting;
pub use e_value::{EValue, e_value};
pub use error::{EstimateError, Undefined};
pub use event_study::{EventPoint, EventStudy, Quarters, event_study_difference, event_study_ratio};
pub use exact_ratio::{BenefitCostRatio, CostPerParticipant, ExactRatio};
pub use grouping::GroupBy;
pub use interval::{CLUSTERS_ADVISED, FewClusters, Interval, Level, Reference};
pub use linear::linear;
pub use negative_binomial::negative_binomial;
pub use observations::{COLUMNS_MAX, Observations};
pub use panel::{AMOUNT_MAX, Amounts, Arm, DAYS_PER_YEAR, Panel, Period, ROWS_MAX};
pub use panel_models::{
    CountModel, Inference, Modelled, model_difference, model_rate_ratio_after, model_ratio_of_ratios,
};
pub use poisson::{ITERATIONS_MAX, poisson};
pub use quantity::{
    DifferencePerPersonYear, PercentBelowExpectation, PercentChange, PercentagePoints, Quantity, RatePerPersonYear,
    RateRatio, Ratio, RatioOfRatios,
};
pub use rates::{RateCell, Rates};
pub use regression::{Regression, Wald};
pub use scores::{MeanChange, NonResponseBounds, Share, mean_change, non_response_bounds, share};
pub use swemwbs::{SWEMWBS_RAW_MAX, SWEMWBS_RAW_MIN, SWEMWBS_TABLE, swemwbs_metric_hundredths};
pub use wild::{
    CLUSTERS_ENUMERATED_MAX, PatternSource, WILD_DRAWS, WildDraws, WildTest, test_difference_wild, wild_test,
};
pub use winsorise::{Winsorised, winsorise};
