//! The rules that a release states and obeys: the agreed terms, and the constants that are the same for every release.
//!
//! In: terms, or the line of a body. Out: [`Rules`], which say of a released cell whether it can be one.
//! Absent on purpose: what only the unit can check, because it takes the exact numbers.

use counterfoil_model::Disclosure;

use crate::column::ColumnKind;
use crate::decimal::Decimal;
use crate::dominance::{ONE_PERCENT, P_PERCENT, TWO_PERCENT};
use crate::figure::{DIGITS_MAX, RESIDUAL_DEGREES_MIN};
use crate::sums::VALUES_MIN;
use crate::suppress::ReleasedCell;
use crate::table::COUNT_MAX;

/// Least threshold: counts of 1 to 7 never leave.
pub const SUPPRESS_BELOW_MIN: u64 = 8;
/// Least rounding base.
pub const ROUNDING_BASE_MIN: u64 = 5;
/// Least multiple to which money goes, in pounds.
pub const MONEY_ROUNDING_POUNDS_MIN: u64 = 100;

/// The terms are weaker than any that this library releases under.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the disclosure terms are too weak: suppress_below is at least {SUPPRESS_BELOW_MIN}, rounding_base at least {ROUNDING_BASE_MIN} \
     and money_rounding_pounds, where there is one, at least {MONEY_ROUNDING_POUNDS_MIN}"
)]
pub struct RulesTooWeak;

/// The rules of a release: those of HES of September 2018 for counts, or stricter, and of ACRO for money and figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    suppress_below: u64,
    rounding_base: u64,
    money_rounding_pounds: Option<u64>,
}

impl Rules {
    pub(crate) fn new(terms: &Disclosure) -> Result<Self, RulesTooWeak> {
        let Disclosure { suppress_below, rounding_base, money_rounding_pounds, releases_max: _ } = *terms;
        let strong = (SUPPRESS_BELOW_MIN..=COUNT_MAX).contains(&suppress_below)
            && (ROUNDING_BASE_MIN..=COUNT_MAX).contains(&rounding_base)
            && money_rounding_pounds.is_none_or(|pounds| (MONEY_ROUNDING_POUNDS_MIN..=COUNT_MAX).contains(&pounds));
        if strong { Ok(Self { suppress_below, rounding_base, money_rounding_pounds }) } else { Err(RulesTooWeak) }
    }

    /// Reads what [`std::fmt::Display`] writes, and nothing else.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut words = text.split(' ').skip(1);
        let mut value = |key: &str| words.next()?.strip_prefix(key)?.strip_prefix('=');
        let (below, base) = (value("suppress_below")?.parse().ok()?, value("rounding_base")?.parse().ok()?);
        let money = match value("money_rounding_pounds")? {
            "none" => None,
            pounds => Some(pounds.parse().ok()?),
        };
        let terms =
            Disclosure { suppress_below: below, rounding_base: base, money_rounding_pounds: money, releases_max: 0 };
        // One spelling: no sign, no leading zero, the same constants.
        Self::new(&terms).ok().filter(|rules| rules.to_string() == text)
    }

    /// Whether these are the rules of some agreed terms.
    pub fn are_of(&self, terms: &Disclosure) -> bool {
        Self::new(terms) == Ok(*self)
    }

    /// Counts from 1 to one below this are suppressed.
    pub fn suppress_below(&self) -> u64 {
        self.suppress_below
    }

    /// Every other count is a multiple of this.
    pub fn rounding_base(&self) -> u64 {
        self.rounding_base
    }

    /// Money is a multiple of this; none where no money may leave.
    pub fn money_rounding_pounds(&self) -> Option<u64> {
        self.money_rounding_pounds
    }

    /// Whether a released cell of such a column can come from an exact one.
    pub(crate) fn permit(&self, cell: ReleasedCell, kind: ColumnKind) -> bool {
        match (cell, kind) {
            (ReleasedCell::Suppressed, ColumnKind::Money) => self.money_rounding_pounds.is_some(),
            (ReleasedCell::Suppressed, _) | (ReleasedCell::NotEstimated, ColumnKind::Figure(_)) => true,
            (ReleasedCell::Count(count), ColumnKind::Count) => self.permit_count(count),
            (ReleasedCell::Money(pounds), ColumnKind::Money) => self
                .money_rounding_pounds
                .is_some_and(|to| pounds.is_multiple_of(to) && pounds.saturating_sub(to) <= COUNT_MAX / 100),
            (ReleasedCell::Figure(figure), ColumnKind::Figure(kind)) => {
                Decimal::new(figure.scaled(), kind.decimals) == Some(figure)
                    && figure.significant_digits() <= DIGITS_MAX as usize
            }
            _ => false,
        }
    }

    /// Zero, or a multiple with something from the threshold on that rounds to it.
    fn permit_count(&self, count: u64) -> bool {
        let greatest_true_count = count.saturating_add((self.rounding_base - 1) / 2);
        let rounded = count.is_multiple_of(self.rounding_base) && count <= COUNT_MAX + self.rounding_base;
        rounded && (count == 0 || greatest_true_count >= self.suppress_below)
    }
}

impl std::fmt::Display for Rules {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let money = self.money_rounding_pounds.map_or_else(|| "none".to_owned(), |pounds| pounds.to_string());
        write!(
            f,
            "hes-2018 suppress_below={} rounding_base={} money_rounding_pounds={money} \
             dominance=p{P_PERCENT},1k{ONE_PERCENT},2k{TWO_PERCENT} \
             figures=df{RESIDUAL_DEGREES_MIN},values{VALUES_MIN},digits{DIGITS_MAX}",
            self.suppress_below, self.rounding_base
        )
    }
}
