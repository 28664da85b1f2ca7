"""How noisy, of which kind, and what would help."""

import warnings

import numpy as np
import pytest
from sklearn.datasets import load_digits, load_iris
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.exceptions import ConvergenceWarning
from sklearn.frozen import FrozenEstimator
from sklearn.naive_bayes import GaussianNB

from sknoisy._estimation._posteriors import CrossFit
from sknoisy._transition import _auto
from sknoisy.inspection import _noise_audit, noise_audit
from sknoisy.inspection._shapes import compare_shapes
from sknoisy.noise import boundary_noise, corrupt_labels, symmetric_transition_matrix

N = 3000
RNG = np.random.RandomState(0)
Y = RNG.randint(3, size=N)
CENTRES = 3.5 * np.eye(3, 5)
X = CENTRES[Y] + RNG.normal(size=(N, 5))
# Too soft on purpose: the margins of the true model are all near 1 here.
SOFT = np.exp(-((X[:, None] - CENTRES) ** 2).sum(axis=2) / 8)
SOFT /= SOFT.sum(axis=1, keepdims=True)
NOISY = corrupt_labels(Y, symmetric_transition_matrix(3, 0.3), random_state=1)
BOUNDARY = boundary_noise(Y, SOFT, 0.3, random_state=1).labels
QUICK = {"estimator": GaussianNB(), "learning_curve": False, "random_state": 0}


def test_clean_labels_are_called_clean():
    audit = noise_audit(X, Y, **QUICK)
    assert not audit.is_noisy
    assert audit.is_instance_dependent is False
    assert audit.recommendation == "none"
    assert audit.is_identified
    assert audit.noise_rate < 0.02


def test_noise_by_class_is_measured_and_a_correction_proposed():
    audit = noise_audit(X, NOISY, **QUICK)
    assert audit.is_noisy
    assert audit.is_instance_dependent is False
    assert audit.noise_rate == pytest.approx(0.3, abs=0.05)
    assert audit.mixture_noise_rate == pytest.approx(0.3, abs=0.05)
    low, high = audit.noise_rate_interval
    assert low <= audit.noise_rate <= high
    assert audit.recommendation in {"forward", "backward"}
    rows = audit.rows_to_relabel()
    assert (NOISY[rows] != Y[rows]).mean() > 0.8
    assert len(audit.rows_to_relabel(5)) == 5


def test_noise_near_the_boundary_is_found_but_may_be_overlap():
    audit = noise_audit(X, BOUNDARY, **QUICK)
    assert audit.verdict == "cannot tell"
    assert audit.is_instance_dependent
    assert not audit.is_identified


def test_an_unidentified_t_gives_no_verdict(monkeypatch):
    for y in (Y, NOISY):
        assert noise_audit(X, y, **QUICK).is_noisy is not None
    monkeypatch.setattr(_auto, "doubt_of", lambda *told: "They overlap.")
    for y in (Y, NOISY):
        assert noise_audit(X, y, **QUICK).is_noisy is None


@pytest.mark.parametrize(("rate", "depends"), [(0.001, False), (0.1, True)])
def test_a_gap_without_any_noise_is_attributed_to_the_shapes(monkeypatch, rate, depends):
    def wrong_shapes(*arguments):
        shapes = compare_shapes(*arguments)
        return shapes._replace(noise_rate=rate, test=shapes.test._replace(p_value=1e-6))

    monkeypatch.setattr(_noise_audit, "compare_shapes", wrong_shapes)
    audit = noise_audit(X, Y, **QUICK)
    assert audit.noise_rate < 0.02
    assert audit.is_instance_dependent is depends
    assert audit.is_noisy is (None if depends else False)


def test_trusted_labels_decide_without_shapes():
    trusted = np.where(np.arange(N) % 5 == 0, Y, np.nan)
    audit = noise_audit(X, BOUNDARY, y_trusted=trusted, **QUICK)
    assert audit.is_instance_dependent
    assert audit.verdict == "noisy"
    audit = noise_audit(X, NOISY, y_trusted=trusted, **QUICK)
    assert audit.fit_test.tolerance == 0
    assert audit.fit_test.p_value > 0.01


def test_networks_of_the_learning_curve_are_stopped_by_the_rows_that_they_are_asked_about(
    monkeypatch,
):
    asked = []
    fit_rows = CrossFit.fit_rows

    def recorded(self, data, rows, seed, stage, **of_part):
        if stage == "learning curve":
            asked.append((rows, of_part["asked"]))
        return fit_rows(self, data, rows, seed, stage, **of_part)

    monkeypatch.setattr(CrossFit, "fit_rows", recorded)
    noise_audit(X, NOISY, **{**QUICK, "learning_curve": True})
    assert asked
    assert all(len(test) and not np.isin(test, rows).any() for rows, test in asked)


def test_the_learning_curve_is_measured_and_repeats():
    options = {**QUICK, "learning_curve": True}
    first, again = noise_audit(X, NOISY, **options), noise_audit(X, NOISY, **options)
    curve = first.learning_curve
    np.testing.assert_array_equal(curve.accuracy, again.learning_curve.accuracy)
    assert curve.n_rows[0] == N // 8
    assert curve.trusted_worth > 1
    # The audit sees noisy labels only; the curve is of the accuracy on clean ones.
    half = GaussianNB().fit(X[::2], NOISY[::2])
    clean_accuracy = half.score(X[1::2], Y[1::2])
    assert curve.predicted_accuracy(N / 2) == pytest.approx(clean_accuracy, abs=3 * curve.std[-1])


def test_candidates_of_the_user_are_compared():
    candidates = {"none": GaussianNB(), "linear": LinearDiscriminantAnalysis()}
    audit = noise_audit(X, NOISY, candidates=candidates, **QUICK)
    assert set(audit.comparison.accuracy) == {"none", "linear"}
    assert set(audit.comparison.gain) == {"linear"}


def test_options_are_checked():
    with pytest.raises(ValueError, match="tolerance must be in"):
        noise_audit(X, Y, tolerance=1.0)
    with pytest.raises(ValueError, match='candidates must be None, "networks" or a mapping'):
        noise_audit(X, Y, candidates="nets", **QUICK)


def test_labels_may_be_strings_and_nothing_passed_is_changed():
    X_iris, y = load_iris(return_X_y=True)
    names = np.array(["a", "b", "c"])[y]
    before = X_iris.copy(), names.copy()
    audit = noise_audit(X_iris, names, **QUICK)
    assert audit.classes.tolist() == ["a", "b", "c"]
    assert audit.y.tolist() == names.tolist()
    np.testing.assert_array_equal(X_iris, before[0])
    np.testing.assert_array_equal(names, before[1])


class Unfinished(GaussianNB):
    """Converges too late."""

    def fit(self, X, y):
        warnings.warn("Raise max_iter.", ConvergenceWarning, stacklevel=2)
        return super().fit(X, y)


def test_warnings_that_are_not_about_T_reach_the_user():
    with pytest.warns(ConvergenceWarning, match="Raise max_iter"):
        audit = noise_audit(X[::5], NOISY[::5], **{**QUICK, "estimator": Unfinished()})
    assert not any("max_iter" in doubt for doubt in audit.doubts)
    assert audit.is_identified


def test_doubts_about_T_are_in_the_audit_and_no_warnings():
    few = np.flatnonzero((Y > 0) | (np.arange(N) % 50 == 0))
    audit = noise_audit(X[few], Y[few], **QUICK)
    assert any("fewer than 30 examples" in doubt for doubt in audit.doubts)


def test_clean_labels_of_classes_that_overlap_are_not_called_noisy():
    rng = np.random.RandomState(0)
    for slope in (0.5, 1.0, 2.0):
        x = rng.normal(size=(1000, 2))
        y = (rng.uniform(size=1000) < 1 / (1 + np.exp(-slope * x[:, 0]))).astype(int)
        audit = noise_audit(x, y, **QUICK)
        assert audit.verdict == "cannot tell"
        assert audit.recommendation == "none"
        assert "do not tell noise from overlap" in str(audit)


@pytest.mark.data
@pytest.mark.filterwarnings("ignore:.* rows of X are copies:UserWarning")  # Some of them are.
@pytest.mark.parametrize("name", ["contraceptive", "adult"])
def test_real_tables_whose_classes_overlap_are_not_called_noisy(name, data_home):
    with np.load(data_home / "tables" / f"{name}.npz") as table:
        audit = noise_audit(table["X"], table["y"], learning_curve=False, random_state=0)
    assert audit.verdict == "cannot tell"


@pytest.mark.parametrize("rate", [0.2, 0.4])
def test_noise_on_classes_that_hardly_overlap_is_found(rate):
    digits, y = load_digits(n_class=4, return_X_y=True)
    noisy = corrupt_labels(y, symmetric_transition_matrix(4, rate), random_state=0)
    audit = noise_audit(digits, noisy, learning_curve=False, random_state=0)
    assert audit.verdict == "noisy"
    assert audit.noise_rate == pytest.approx(rate, abs=0.06)


@pytest.mark.parametrize("n", [10, 49])
def test_few_rows_are_refused(n):
    with pytest.raises(ValueError, match=f"needs at least 50 rows.*got {n}"):
        noise_audit(X[:n], Y[:n], random_state=0)


def test_a_training_part_of_one_class_does_not_end_the_learning_curve():
    y = (np.arange(60) < 6).astype(int)
    rows = X[:60] + 5 * y[:, None]
    audit = noise_audit(rows, y, estimator=LinearDiscriminantAnalysis(), random_state=0)
    assert audit.learning_curve.n_rows[0] == 7


@pytest.mark.slow
def test_networks_are_compared():
    audit = noise_audit(X[::2], NOISY[::2], candidates="networks", **QUICK)
    assert set(audit.comparison.accuracy) == {"none", "forward", "backward"}


def test_a_frozen_classifier_is_not_trained_so_there_is_no_learning_curve():
    frozen = FrozenEstimator(GaussianNB().fit(X, Y))
    audit = noise_audit(X, NOISY, estimator=frozen, n_bootstrap=2, random_state=0)
    assert audit.is_noisy
    assert audit.learning_curve is None
    assert "FrozenEstimator" in str(audit)


def test_soft_labels_are_refused():
    with pytest.raises(ValueError, match="one label per row; y holds shares of several classes"):
        noise_audit(X, SOFT, **QUICK)
