//! Tails and quantiles of the normal, t, chi-squared and F distributions.
//!
//! In: finite numbers and degrees of freedom of at least 1. Out: probabilities and quantiles to about twelve digits.
//! Absent on purpose: `exp` and `ln` of the platform; the special functions are those of `special` on `libm`.

use std::f64::consts::{FRAC_1_SQRT_2, PI};

use special::{Beta as _, Error as _, Gamma as _};

/// Newton steps at most; a quantile of t with 1 degree of freedom, the slowest, takes about ten.
const STEPS_MAX: u32 = 200;

/// From this many degrees of freedom t is taken by its expansion about the normal, which is then exact to twelve digits
/// where a tail is not negligible; the series of the incomplete beta function would need ever more terms.
const NEARLY_NORMAL: f64 = 20_000.0;

/// P(Z <= z).
pub(crate) fn normal_cdf(z: f64) -> f64 {
    0.5 * libm::erfc(-z * FRAC_1_SQRT_2)
}

/// z with P(Z <= z) = p, 0 < p < 1.
pub(crate) fn normal_quantile(p: f64) -> f64 {
    if p > 0.5 {
        return -lower_normal_quantile(1.0 - p);
    }
    lower_normal_quantile(p)
}

/// P(|Z| >= |z|).
pub(crate) fn normal_two_sided(z: f64) -> f64 {
    libm::erfc(z.abs() * FRAC_1_SQRT_2)
}

/// P(|T| >= |t|).
pub(crate) fn t_two_sided(t: f64, df: f64) -> f64 {
    if df >= NEARLY_NORMAL {
        return normal_two_sided(normal_of_t(t, df));
    }
    let x = df / (df + t * t);
    x.inc_beta(0.5 * df, 0.5, ln_beta_half(0.5 * df)).clamp(0.0, 1.0)
}

/// t > 0 with P(T >= t) = tail, 0 < tail < 1/2.
///
/// Newton's iteration from the normal quantile, which lies to the left: the tail is a convex decreasing function there,
/// so that no step passes the root.
pub(crate) fn t_upper_quantile(tail: f64, df: f64) -> f64 {
    if df >= NEARLY_NORMAL {
        return t_of_normal(-normal_quantile(tail), df);
    }
    let ln_scale = -ln_beta_half(0.5 * df) - 0.5 * libm::log(df);
    let mut t = -normal_quantile(tail);
    for _ in 0..STEPS_MAX {
        let density = libm::exp(ln_scale - 0.5 * (df + 1.0) * libm::log1p(t * t / df));
        let step = (0.5 * t_two_sided(t, df) - tail) / density;
        t += step;
        if step.abs() <= 1e-14 * t {
            break;
        }
    }
    t
}

/// P(X >= x), X chi-squared.
pub(crate) fn chi_squared_upper(x: f64, df: f64) -> f64 {
    (1.0 - (0.5 * x).inc_gamma(0.5 * df)).clamp(0.0, 1.0)
}

/// P(F >= x).
pub(crate) fn f_upper(x: f64, numerator_df: f64, denominator_df: f64) -> f64 {
    let (p, q) = (0.5 * denominator_df, 0.5 * numerator_df);
    let ln_beta = libm::lgamma(p) + libm::lgamma(q) - libm::lgamma(p + q);
    (denominator_df / (denominator_df + numerator_df * x)).inc_beta(p, q, ln_beta).clamp(0.0, 1.0)
}

/// p <= 1/2. The library's start, then Newton's iteration on erfc, which keeps its digits in the tail.
fn lower_normal_quantile(p: f64) -> f64 {
    let mut z = (2.0 * p - 1.0).inv_error() / FRAC_1_SQRT_2;
    if !z.is_finite() {
        z = -5.0;
    }
    for _ in 0..STEPS_MAX {
        let density = libm::exp(-0.5 * z * z) / libm::sqrt(2.0 * PI);
        let step = (normal_cdf(z) - p) / density;
        z -= step;
        if step.abs() <= 1e-15 * z.abs().max(1e-3) {
            break;
        }
    }
    z
}

/// Cornish & Fisher's expansion of a quantile of t (Abramowitz & Stegun 26.7.5).
fn t_of_normal(z: f64, df: f64) -> f64 {
    let (r, s) = (1.0 / df, z * z);
    let third = (((3.0 * s + 19.0) * s + 17.0) * s - 15.0) / 384.0;
    let second = ((5.0 * s + 16.0) * s + 3.0) / 96.0;
    z * (1.0 + r * ((s + 1.0) / 4.0 + r * (second + r * third)))
}

/// The z with the tail of t: Newton's iteration on [`t_of_normal`], whose slope is nearly 1.
fn normal_of_t(t: f64, df: f64) -> f64 {
    let mut z = t;
    for _ in 0..STEPS_MAX {
        let slope = 1.0 + (3.0 * z * z + 1.0) / (4.0 * df);
        let step = (t_of_normal(z, df) - t) / slope;
        z -= step;
        if step.abs() <= 1e-15 * z.abs() {
            break;
        }
    }
    z
}

/// ln B(p, 1/2) = ln Gamma(p) + ln Gamma(1/2) - ln Gamma(p + 1/2). For large p by the series of ln Gamma(p + 1/2) - ln
/// Gamma(p) (Abramowitz & Stegun 6.1.40), because the two would cancel.
fn ln_beta_half(p: f64) -> f64 {
    let ln_sqrt_pi = 0.5 * libm::log(PI);
    if p < 100.0 {
        return libm::lgamma(p) + ln_sqrt_pi - libm::lgamma(p + 0.5);
    }
    let r = 1.0 / p;
    ln_sqrt_pi - (0.5 * libm::log(p) - r * (1.0 / 8.0 - r * r * (1.0 / 192.0 - r * r / 640.0)))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed test may panic")]
mod tests {
    use super::*;

    /// The rows of one table of vectors/expected.json: arguments, then what scipy says.
    fn table(name: &str) -> Vec<Vec<f64>> {
        let all: serde_json::Value = serde_json::from_str(include_str!("../vectors/expected.json")).unwrap();
        serde_json::from_value(all["distributions"][name].clone()).unwrap()
    }

    fn close(ours: f64, row: &[f64], tolerance: f64) {
        let scipy = *row.last().unwrap();
        assert!((ours - scipy).abs() <= tolerance * scipy.abs() + 1e-15, "{ours} for {row:?}");
    }

    #[test]
    fn normal_quantiles() {
        for row in table("normal_quantile") {
            close(normal_quantile(row[0]), &row, 1e-12);
        }
    }

    #[test]
    fn t_quantiles_and_tails() {
        for row in table("t_upper_quantile") {
            close(t_upper_quantile(row[0], row[1]), &row, 1e-10);
        }
        for row in table("t_two_sided") {
            close(t_two_sided(row[0], row[1]), &row, 1e-10);
        }
    }

    #[test]
    fn chi_squared_and_f_tails() {
        // One minus the lower tail: absolute digits are kept, relative ones far out are not.
        for row in table("chi_squared_upper") {
            assert!((chi_squared_upper(row[0], row[1]) - row[2]).abs() < 1e-13, "{row:?}");
        }
        for row in table("f_upper") {
            close(f_upper(row[0], row[1], row[2]), &row, 1e-10);
        }
    }
}
