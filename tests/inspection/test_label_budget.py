"""What to buy next."""

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from sknoisy.inspection import label_budget
from sknoisy.inspection._label_budget import _at_the_level_of, _classes_mixed
from sknoisy.inspection._label_curves import (
    Measured,
    PowerLaws,
    fit_power_laws,
    fit_worth,
    worth_of_many,
)
from sknoisy.inspection._label_plan import LabelCurves, planned, purchases
from sknoisy.noise import corrupt_labels

PRICES = {"budget": 100, "noisy_price": 1, "verified_price": 5}
N_NOISY = np.repeat([100.0, 200, 400, 800], 2)
N_VERIFIED = np.tile([0.0, 60], 4)


def model():
    return make_pipeline(StandardScaler(), LogisticRegression())


def cancer(rate=0.3, n_rows=None, seed=0):
    X, y = load_breast_cancer(return_X_y=True)
    rows = np.random.default_rng(seed).permutation(len(y))[:n_rows]
    X, y = X[rows], y[rows]
    return X, y, corrupt_labels(y, [[1 - rate, rate], [rate, 1 - rate]], random_state=seed)


def trusted(y, n_rows):
    found = np.full(len(y), np.nan)
    found[:n_rows] = y[:n_rows]
    return found


def curves(worth, *, n_noisy=400, n_verified=50, exponent=0.5, cost_of_T=0.0):
    worth = np.asarray(worth, dtype=float)
    laws = PowerLaws(*(np.full(len(worth), value) for value in (0.1, 1.0, exponent)))
    return LabelCurves(n_noisy, n_verified, worth, laws, np.full(len(worth), cost_of_T))


def measured(worth, error, seed=0, n_draws=100):
    """Values of a known law, with errors that all points share and small ones of their own."""
    rng = np.random.RandomState(seed)
    truth = 0.1 + 1.5 * (N_NOISY + worth * N_VERIFIED) ** -0.5
    means = truth + rng.normal(0, error, size=(4, len(truth)))
    draws = means.mean(axis=0) + rng.normal(0, 0.05, size=(n_draws, 1))
    draws = draws + rng.normal(0, error / 2, size=(n_draws, len(truth)))
    return Measured.of_splits(np.column_stack([N_NOISY, N_VERIFIED]), means, draws, rng)


@pytest.mark.parametrize(("worth", "bought"), [(4, (100, 0)), (8, (0, 20))])
def test_the_label_that_is_worth_more_for_its_price_is_bought(worth, bought):
    """A clean label of a noisy row adds its worth less the noisy label that it replaces."""
    plan = planned(curves([worth]), 100, 1, 5, 0.9)
    assert (plan.n_noisy, plan.n_verified) == bought
    assert plan.accuracy == pytest.approx(max(plan.alternatives.values()))
    assert plan.gain == pytest.approx(plan.accuracy - plan.accuracy_now)


def test_the_expected_accuracy_is_that_of_the_law():
    plan = planned(curves([8]), 100, 1, 5, 0.9)
    assert plan.accuracy == pytest.approx(1 - 0.1 - (380 + 8 * 70) ** -0.5)
    assert plan.accuracy_now == pytest.approx(1 - 0.1 - (400 + 8 * 50) ** -0.5)


def test_clean_labels_are_bought_for_T_as_long_as_it_is_doubtful():
    """First some, since ten noisy labels say as much of T as one clean label."""
    shares = []
    for cost in (0.0, 0.05, 0.2):
        plan = planned(curves([2], cost_of_T=cost), 100, 1, 5, 0.9)
        shares.append(plan.n_verified)
    assert shares[0] == 0 < shares[1] < shares[2]
    for_T = curves([2], cost_of_T=0.02)
    assert for_T.accuracy(400, 50) == pytest.approx(curves([2]).accuracy(400, 50))
    won = for_T.accuracy(400, 140) - curves([2]).accuracy(400, 140)
    assert won == pytest.approx(0.02 * (1 - 90 / 180))
    assert curves([2], cost_of_T=0.9).accuracy(9_000, 1_000).max() <= 1


def test_an_uncertain_worth_is_hedged_by_a_mixture():
    """Where each label may be the better one, errors of both sides cost more than the middle."""
    plan = planned(curves([1, 24], n_noisy=40, n_verified=0, exponent=1.0), 30, 1, 8, 0.9)
    assert plan.n_noisy > 0
    assert plan.n_verified > 0
    low, high = plan.worth_interval
    assert low < plan.worth < high


@pytest.mark.parametrize("prices", [(100, 1, 5), (100, 1, 0.5), (1000, 3, 2), (10, 3, 100)])
def test_purchases_keep_to_the_budget_and_to_the_rows(prices):
    budget, noisy_price, verified_price = prices
    noisy, verified = purchases(30, *prices)
    spent = noisy * noisy_price + verified * verified_price
    assert (spent <= budget).all()
    assert (spent > budget - noisy_price - verified_price).all()
    assert (verified <= 30 + noisy).all()
    assert (noisy >= 0).all()


@pytest.mark.parametrize("worth", [2.0, 12.0])
def test_the_worth_is_measured_where_labels_suffice(worth):
    rng = np.random.RandomState(0)
    found = np.median(fit_worth(measured(worth, 1e-4), 6.0, rng))
    assert found == pytest.approx(worth, rel=0.15)


def test_the_worth_is_that_of_the_information_where_labels_say_nothing():
    found = fit_worth(measured(2.0, 1.0), 20.0, np.random.RandomState(0))
    assert 14 < np.median(found) < 28
    assert np.quantile(found, 0.9) / np.quantile(found, 0.1) > 2.5


def test_many_clean_labels_are_worth_more_unless_there_is_no_noise():
    np.testing.assert_allclose(worth_of_many(np.array([1.0, 4.0]), 2.0), [2, 8])
    np.testing.assert_allclose(worth_of_many(np.array([1.0, 4.0]), 1.0), 1)


def test_laws_are_those_that_the_values_follow():
    laws = fit_power_laws(measured(3.0, 1e-4), np.full(100, 3.0), np.random.RandomState(0))
    expected = 0.1 + 1.5 * 2000**-0.5
    assert np.median(laws.at(np.array([2000.0]))) == pytest.approx(expected, abs=0.02)
    assert (laws.floor >= 0).all()
    assert (laws.factor >= 0).all()


def test_clean_labels_set_the_level_where_t_is_doubtful():
    rng = np.random.default_rng(0)
    corrected = 0.4 + rng.normal(0, 0.1, size=(500, 1)) + np.array([0.1, 0.0])
    counted = 0.2 + rng.normal(0, 0.02, size=(500, 1)) + np.array([0.1, 0.0])
    found = _at_the_level_of(corrected, counted, 100, np.random.RandomState(0))
    assert found.mean() == pytest.approx(0.25, abs=0.02)
    np.testing.assert_allclose(found[:, 0] - found[:, 1], 0.1)
    counted[0] = np.nan
    assert _at_the_level_of(corrected, counted, 100, np.random.RandomState(0)) is corrected


def test_clean_labels_without_a_mistake_do_not_promise_that_there_will_be_none():
    corrected, counted = np.full((500, 2), 0.03), np.zeros((500, 2))
    corrected += np.random.default_rng(0).normal(0, 0.1, size=(500, 1))
    found = _at_the_level_of(corrected, counted, 99, np.random.RandomState(0))
    assert found.mean() == pytest.approx(0.5 / 100, abs=2e-3)
    assert 0.02 < np.quantile(found, 0.95) < 0.04


def test_each_share_of_the_rows_has_the_classes_in_proportion():
    y = np.array([0] * 80 + [1] * 20)
    rows = np.random.default_rng(0).permutation(100)
    some = y[_classes_mixed(rows, y)][:25]
    assert some.sum() == 5


def test_noisy_labels_are_verified_where_noise_is_large_and_verifying_cheap():
    X, _, noisy = cancer(0.4)
    plan = label_budget(X, noisy, model(), random_state=0, n_splits=2, **PRICES)
    assert (plan.n_noisy, plan.n_verified) == (0, 20)
    cheap = plan.at_prices(budget=100, noisy_price=1, verified_price=500)
    assert (cheap.n_noisy, cheap.n_verified) == (100, 0)
    assert cheap.curves is plan.curves
    low, high = plan.accuracy_interval
    assert 0 <= low < plan.accuracy < high <= 1
    assert plan.gain > 0


CHEAP = {"n_splits": 2, "n_bootstrap": 20, "random_state": 0, **PRICES}


@pytest.fixture(scope="module")
def plan():
    X, y, noisy = cancer(n_rows=120)
    return label_budget(X, noisy, model(), y_trusted=trusted(y, 40), **CHEAP)


def test_the_same_seed_gives_the_same_plan_and_changes_nothing(plan):
    X, y, noisy = cancer(n_rows=120)
    known = trusted(y, 40)
    before = X.copy(), noisy.copy(), known.copy()
    again = label_budget(X, noisy, model(), y_trusted=known, **CHEAP)
    assert again.accuracy == plan.accuracy
    assert again.worth_interval == plan.worth_interval
    assert (plan.curves.n_noisy, plan.curves.n_verified) == (80, 40)
    for now, then in zip((X, noisy, known), before, strict=True):
        np.testing.assert_array_equal(now, then)


def test_the_cost_of_T_is_large_where_few_labels_tell_it(plan):
    X, y, noisy = cancer(n_rows=120)
    unsure = label_budget(X, noisy, model(), y_trusted=trusted(y, 4), **CHEAP)
    assert len(plan.curves.cost_of_T) == len(plan.curves.worth) == 20
    assert (plan.curves.cost_of_T >= 0).all()
    assert unsure.curves.cost_of_T.mean() > 0.015 > 2 * plan.curves.cost_of_T.mean()


def test_labels_may_be_words_and_rows_a_frame(plan):
    pd = pytest.importorskip("pandas")
    X, y, noisy = cancer(n_rows=120)
    words, known = np.array(["no", "yes"])[noisy], np.full(120, None, dtype=object)
    known[:40] = np.array(["no", "yes"])[y[:40]]
    frame = pd.DataFrame(X).add_prefix("x")
    named = label_budget(frame, words, model(), y_trusted=known, **CHEAP)
    assert named.accuracy == pytest.approx(plan.accuracy)
    assert named.n_verified == plan.n_verified


@pytest.mark.filterwarnings("ignore:No clean label in y_trusted is of the classes:UserWarning")
def test_clean_labels_may_all_lie_in_one_part():
    X, y, noisy = cancer(n_rows=120)
    plan = label_budget(X, noisy, model(), y_trusted=trusted(y, 1), **CHEAP)
    assert (plan.curves.n_noisy, plan.curves.n_verified) == (119, 1)


def test_there_are_rows_for_each_part():
    X, _, noisy = cancer(n_rows=120)
    with pytest.raises(ValueError, match="n_splits=200 needs as many rows.*X has 120"):
        label_budget(X, noisy, model(), n_splits=200, **PRICES)


@pytest.mark.parametrize("name", ["budget", "noisy_price", "verified_price"])
def test_prices_are_positive(name):
    X, _, noisy = cancer(n_rows=120)
    with pytest.raises(ValueError, match=f"{name} must be in"):
        label_budget(X, noisy, model(), **{**PRICES, name: 0})


def test_rows_with_a_noisy_label_only_must_be_many():
    X, y, noisy = cancer(n_rows=150)
    with pytest.raises(ValueError, match="at least 50 rows that have a noisy label only.*got 40"):
        label_budget(X, noisy, model(), y_trusted=trusted(y, 110), **PRICES)


def test_a_second_class_must_be_frequent_enough():
    X, _, noisy = cancer(n_rows=150)
    noisy[:] = 0
    noisy[:5] = 1
    with pytest.raises(ValueError, match="second most frequent class.*got 5"):
        label_budget(X, noisy, model(), **PRICES)


def test_a_classifier_without_posteriors_is_refused_before_the_training():
    X, _, noisy = cancer(n_rows=120)
    with pytest.raises(TypeError, match="predict_proba"):
        label_budget(X, noisy, SVC(), **PRICES)


def test_soft_labels_are_refused():
    X, _, noisy = cancer(n_rows=120)
    with pytest.raises(ValueError, match="one label per row"):
        label_budget(X, 0.8 * np.eye(2)[noisy] + 0.1, model(), **PRICES)


def test_nothing_is_verified_where_there_is_no_noise_and_verifying_costs_more():
    X, y, _ = cancer()
    plan = label_budget(
        X, y, model(), y_trusted=trusted(y, 300), **{**CHEAP, "verified_price": 1.5}
    )
    assert plan.n_verified == 0
    assert plan.worth < 1.1


def test_a_class_without_a_clean_label_is_warned_of():
    X, y, noisy = cancer(n_rows=120)
    known = np.where(y == 1, trusted(y, 40), np.nan)
    with pytest.warns(UserWarning, match=r"No clean label in y_trusted is of the classes \[0\]"):
        label_budget(X, noisy, model(), y_trusted=known, **CHEAP)


def test_a_classifier_without_weights_is_refused_before_training():
    X, _, noisy = cancer(n_rows=120)
    with pytest.raises(TypeError, match="label_budget needs .* got KNeighborsClassifier"):
        label_budget(X, noisy, KNeighborsClassifier(), **CHEAP)


def test_plans_can_be_compared_and_are_shown_without_their_draws(plan):
    assert plan == plan.at_prices(**PRICES)
    assert plan != plan.at_prices(budget=100, noisy_price=1, verified_price=1)
    assert len({plan, plan.at_prices(**PRICES)}) == 1
    assert len(repr(plan)) < 1000
