"""Regressions with covariance by cluster, and what follows from them. Needs numpy, scipy and statsmodels.

The correction is G/(G-1) x (N-1)/(N-K) for G clusters, N rows and K coefficients; t and F have G-1 degrees of freedom. Every standard
error is reckoned from the formula, and set beside that of statsmodels.
"""

import math
import warnings

import numpy
import scipy.optimize
import scipy.special
import scipy.stats
import statsmodels.api as sm

# The errors of weighted rows are reckoned a second time here.
warnings.filterwarnings("ignore", "cov_type not fully supported with var_weights")


def sandwich(scores, bread, groups, coefficients):
    together = numpy.array([scores[groups == group].sum(axis=0) for group in sorted(set(groups))])
    rows, clusters = len(scores), len(together)
    correction = clusters / (clusters - 1) * (rows - 1) / (rows - coefficients)
    return bread @ together.T @ together @ bread * correction, clusters


def robust(model, columns, residuals, information, groups):
    """The covariance of all coefficients, and the number of clusters."""
    bread = numpy.linalg.inv((columns * information[:, None]).T @ columns)
    covariance, clusters = sandwich(columns * residuals[:, None], bread, groups, columns.shape[1])
    assert numpy.allclose(numpy.sqrt(numpy.diag(covariance)), model.bse, rtol=1e-8, atol=0)
    return covariance, clusters


def within(estimate, error, clusters):
    reach = scipy.stats.t.ppf(0.975, clusters - 1) * error
    return [float(estimate), float(estimate - reach), float(estimate + reach)]


def interaction(model, columns, residuals, information, groups):
    """The last coefficient and its 95 % interval."""
    covariance, clusters = robust(model, columns, residuals, information, groups)
    return within(model.params[-1], math.sqrt(covariance[-1, -1]), clusters)


def least_squares(means, columns, weights, groups):
    model = sm.WLS(means, columns, weights=weights).fit(cov_type="cluster", cov_kwds={"groups": groups}, use_t=True)
    return model, weights * (means - model.fittedvalues)


def wild_p(means, columns, weights, groups, signs, t_observed):
    """Share of sign patterns whose t is at least the observed, with the last coefficient held at none (the observed one counts as one)."""
    held = numpy.linalg.lstsq(columns[:, :-1] * numpy.sqrt(weights)[:, None], means * numpy.sqrt(weights), rcond=None)[0]
    residuals = means - columns[:, :-1] @ held
    members = [groups == group for group in sorted(set(groups))]
    scores = numpy.array([(columns[of] * (weights * residuals)[of, None]).sum(axis=0) for of in members])
    information = numpy.array([(columns[of] * weights[of, None]).T @ columns[of] for of in members])
    bread = numpy.linalg.inv(information.sum(axis=0))
    rows, clusters = len(means), len(members)
    correction = clusters / (clusters - 1) * (rows - 1) / (rows - columns.shape[1])

    def t(signs):
        moved = signs @ scores @ bread
        of_cluster = signs[:, :, None] * scores - numpy.einsum("gkl,dl->dgk", information, moved)
        return moved[:, -1] / numpy.sqrt(((of_cluster @ bread[-1]) ** 2).sum(axis=1) * correction)

    observed = t(numpy.ones((1, clusters)))[0]
    assert abs(observed / t_observed - 1) < 1e-7
    reached = int((abs(t(signs)) >= abs(observed) * (1 - 1e-9)).sum())
    return (reached + 1) / (len(signs) + 1)


def poisson(outcomes, columns, exposures, weights, groups):
    model = sm.GLM(outcomes, columns, family=sm.families.Poisson(), exposure=exposures, var_weights=weights)
    model = model.fit(tol=1e-14, maxiter=200, cov_type="cluster", cov_kwds={"groups": groups}, use_t=True)
    return model, weights * (outcomes - model.fittedvalues), weights * model.fittedvalues


def event_study(outcomes, exposures, weights, groups, treated, stretch, stretches, base):
    """How far apart the arms are in each stretch less the base, with intervals, and p by Hotelling's T squared of those before the base."""
    others = [at for at in range(stretches) if at != base]
    indicators = [(stretch == at) * 1.0 for at in others]
    columns = numpy.column_stack([numpy.ones(len(stretch)), treated, *indicators, *(one * treated for one in indicators)])
    by_person_time = weights * exposures
    model, scores = least_squares(outcomes / exposures, columns, by_person_time, groups)
    covariance, clusters = robust(model, columns, scores, by_person_time, groups)
    place = lambda at: 2 + len(others) + others.index(at)
    apart = [None if at == base else within(model.params[place(at)], math.sqrt(covariance[place(at), place(at)]), clusters) for at in range(stretches)]
    tested = [place(at) for at in range(base)]
    if not tested:
        return apart, None
    of = model.params[tested]
    wald = of @ numpy.linalg.solve(covariance[numpy.ix_(tested, tested)], of) / len(tested)
    rest = clusters - len(tested)
    p = float(scipy.stats.f.sf(wald * rest / (clusters - 1), len(tested), rest))
    contrast = numpy.eye(columns.shape[1])[tested]
    assert abs(float(model.wald_test(contrast, use_f=True, scalar=True).statistic) / wald - 1) < 1e-7
    return apart, p


def derivatives(outcomes, columns, exposures, parameters):
    """Of each row's likelihood (variance = mean + a mean^2): scores by row, and second derivatives by row."""
    alpha, theta = parameters[-1], 1 / parameters[-1]
    mean = exposures * numpy.exp(columns @ parameters[:-1])
    scale = 1 + alpha * mean
    psi = scipy.special.psi(outcomes + theta) - scipy.special.psi(theta)
    psi_1 = scipy.special.polygamma(1, outcomes + theta) - scipy.special.polygamma(1, theta)
    by_log, by_alpha = (outcomes - mean) / scale, -(theta**2) * psi + outcomes * theta + theta**2 * numpy.log(scale) - (outcomes + theta) * mean / scale
    log_log, log_alpha = -mean * (1 + alpha * outcomes) / scale**2, -(outcomes - mean) * mean / scale**2
    alpha_alpha = 2 * theta**3 * psi + theta**4 * psi_1 - outcomes * theta**2 - 2 * theta**3 * numpy.log(scale)
    alpha_alpha += 2 * theta**2 * mean / scale + (outcomes + theta) * mean**2 / scale**2
    second = numpy.zeros((len(outcomes), len(parameters), len(parameters)))
    second[:, :-1, :-1] = log_log[:, None, None] * columns[:, :, None] * columns[:, None, :]
    second[:, :-1, -1] = second[:, -1, :-1] = log_alpha[:, None] * columns
    second[:, -1, -1] = alpha_alpha
    return numpy.column_stack([columns * by_log[:, None], by_alpha]), second


def negative_binomial(outcomes, columns, exposures, weights, groups):
    """The logarithm of the ratio of ratios with its interval, by maximum likelihood, or None where counts vary too little."""
    start, _, _ = poisson(outcomes, columns, exposures, weights, groups)
    mean = start.fittedvalues
    excess = (weights * ((outcomes - mean) ** 2 - outcomes)).sum()
    if excess <= 0:
        return None
    parameters = numpy.append(start.params, excess / (weights * mean**2).sum())
    for _ in range(100):
        scores, second = derivatives(outcomes, columns, exposures, parameters)
        step = numpy.linalg.solve((weights[:, None, None] * second).sum(axis=0), weights @ scores)
        shorter = min(1.0, 0.5 * parameters[-1] / step[-1]) if step[-1] > 0 else 1.0
        parameters = parameters - shorter * step
        if abs(step).max() < 1e-13:
            break
    scores, second = derivatives(outcomes, columns, exposures, parameters)
    assert abs(weights @ scores).max() < 1e-7
    model = sm.NegativeBinomial(outcomes, columns, loglike_method="nb2", exposure=exposures)
    model._transparams = False
    assert numpy.allclose(model.score_obs(parameters), scores, rtol=1e-7, atol=1e-8)
    assert numpy.allclose(model.hessian(parameters), second.sum(axis=0), rtol=1e-6, atol=1e-6)
    bread = numpy.linalg.inv((weights[:, None, None] * second).sum(axis=0))
    covariance, clusters = sandwich(weights[:, None] * scores, bread, groups, len(parameters))
    return within(parameters[3], math.sqrt(covariance[3, 3]), clusters)


def entropy_weights(sets, treated, candidates, columns):
    """Weights of candidates by set, nearest to equal ones, that sum to the set's treated, with the means of the treated in all sets together."""
    of = lambda group, places: numpy.array([[column(group[place][0]) for column in columns] for place in places], dtype=float)
    centre = of(treated, [place for places, _ in sets for place in places])
    spread = centre.std(axis=0)
    sums = (centre / spread).sum(axis=0)
    each = [(len(places), of(candidates, others) / spread) for places, others in sets]

    def tilted(slopes):
        return [scipy.special.softmax(rows @ slopes) for _, rows in each]

    def dual(slopes):
        return sum(number * scipy.special.logsumexp(rows @ slopes) for number, rows in each) - slopes @ sums

    def slope(slopes):
        return sum(number * (shares @ rows) for (number, rows), shares in zip(each, tilted(slopes))) - sums

    def curvature(slopes):
        return sum(number * numpy.cov(rows, rowvar=False, aweights=shares, ddof=0) for (number, rows), shares in zip(each, tilted(slopes)) if len(rows) > 1)

    found = scipy.optimize.minimize(dual, numpy.zeros(len(columns)), jac=slope, hess=curvature, method="trust-exact", options={"gtol": 1e-9}).x
    for _ in range(3):
        found = found - numpy.linalg.solve(curvature(found), slope(found))
    assert abs(slope(found)).max() < 1e-9, slope(found)
    return [(number * shares).tolist() for (number, _), shares in zip(each, tilted(found))]


def e_value(ratio):
    ratio = max(ratio, 1 / ratio)
    return ratio + math.sqrt(ratio * (ratio - 1))


def e_values(three):
    """Of a ratio, and of the end of its interval that is nearer to 1."""
    ratio, lower, upper = three
    nearer = lower if lower > 1 else upper if upper < 1 else 1.0
    return [e_value(ratio), e_value(nearer)]


def e_value_slope(value):
    """By how much an E-value changes with the logarithm of its ratio; near no effect that has no bound, and is cut at a million."""
    if value <= 1:
        return 0.0
    ratio = value**2 / (2 * value - 1)
    return min(1e6, ratio * (1 + (2 * ratio - 1) / (2 * math.sqrt(ratio * (ratio - 1)))))
