//! Odds as match weights, the same on every machine.

/// The binary logarithm in `2^-STEPS`, rounded down. By squaring: each square shows one more bit of the logarithm, and
/// products are rounded alike everywhere, where a library's logarithm need not be. For positive normal numbers.
fn log2_steps(value: f64) -> i64 {
    let bits = value.min(f64::MAX).to_bits();
    let exponent = i64::try_from(bits >> 52).expect("a sign of 0 and eleven bits") - 1_023;
    let mut mantissa = f64::from_bits(bits & ((1 << 52) - 1) | 1_023 << 52);
    let mut fraction = 0_i64;
    for _ in 0..STEPS {
        mantissa *= mantissa;
        fraction <<= 1;
        if mantissa >= 2.0 {
            mantissa /= 2.0;
            fraction |= 1;
        }
    }
    (exponent << STEPS) + fraction
}

const STEPS: u32 = 32;

/// The binary logarithm of a probability, of the least one there is for nought.
pub(crate) fn log2(probability: f64) -> f64 {
    log2_steps(probability.max(f64::MIN_POSITIVE)) as f64 / (1_u64 << STEPS) as f64
}

/// Odds in thousandths of a bit, rounded down; the least weight for odds of nought.
pub(crate) fn millibits(odds: f64) -> i32 {
    if odds.is_nan() || odds < f64::MIN_POSITIVE {
        return i32::MIN;
    }
    i32::try_from((log2_steps(odds) * 1_000) >> STEPS).expect("a double has at most 1,024 bits before the point")
}

/// A count or a share as a whole number, rounded down; nothing below nought.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "rounding down is meant, and saturates")]
pub(crate) fn floor(value: f64) -> u64 {
    value as u64
}

/// The odds that go with a probability in permille below 1,000; above, the greatest there are.
pub(crate) fn odds(permille: u16) -> f64 {
    f64::from(permille) / f64::from(1_000_u16.saturating_sub(permille)).max(1e-300)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_binary_logarithms() {
        for (odds, expected) in [(1.0, 0), (2.0, 1_000), (1_024.0, 10_000), (0.5, -1_000), (3.0, 1_584), (10.0, 3_321)]
        {
            assert_eq!(millibits(odds), expected, "{odds}");
        }
        // log2(1e-9) is -29.897.
        assert_eq!(millibits(1e-9), -29_898);
        assert_eq!((millibits(0.0), millibits(-1.0), millibits(f64::NAN)), (i32::MIN, i32::MIN, i32::MIN));
        assert_eq!(millibits(f64::INFINITY), 1_023_999);
    }

    #[test]
    fn weights_never_fall_as_odds_rise() {
        let weights: Vec<_> = (1..20_000).map(|nth| millibits(f64::from(nth) / 1_000.0)).collect();
        assert!(weights.is_sorted());
    }

    #[test]
    fn logarithms_are_the_library_s_to_nine_places() {
        for value in [1e-300, 3e-9, 0.1, 0.5, 0.75, 1.0] {
            assert!((log2(value) - f64::log2(value)).abs() < 1e-9, "{value}");
        }
        assert!((log2(0.0) + 1_022.0).abs() < 1e-9);
    }

    #[test]
    fn even_chances_are_odds_of_one() {
        assert!((odds(500) - 1.0).abs() < 1e-12);
        assert!((odds(990) - 99.0).abs() < 1e-12);
        assert!(odds(1_000) > 1e300);
    }
}
