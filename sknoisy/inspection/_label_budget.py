"""`label_budget`: new rows with noisy labels, or clean labels of rows at hand?"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import clone

from .._checks import check_integer, check_number
from .._classifiers import ReweightedClassifier
from .._estimation import (
    TransitionMatrixEstimator,
    read_trusted_labels,
    with_equal_rows,
)
from .._hints import SEE_ERRORS
from .._labels import MISSING
from .._random import random_generator, random_seed
from .._transition import project_posterior, temperature_scaled
from .._validation import TrainingSet, take_rows, validate_training_set
from ._label_budget_checks import check_splits, check_weights, look_for_classes, shares_to_train
from ._label_curves import Measured, fit_power_laws, fit_worth, worth_of_many
from ._label_plan import LabelBudget, LabelCurves, check_prices, planned
from ._label_value import trusted_worth

Array = NDArray[np.float64]
Rows = NDArray[np.intp]

MAX_TEST_ROWS = 3000  # Of each split.
N_COSTS = 8  # Draws of T that a split tries.


def label_budget(
    X: Any,
    y: ArrayLike,
    estimator: Any = None,
    *,
    budget: float,
    noisy_price: float,
    verified_price: float,
    y_trusted: ArrayLike | None = None,
    classes: ArrayLike | None = None,
    n_splits: int = 4,
    n_bootstrap: int = 200,
    confidence_level: float = 0.9,
    random_state: Any = None,
) -> LabelBudget:
    """Say what to buy next: new rows with a noisy label, or clean labels of rows at hand.

    Parameters
    ----------
    X : array-like, sparse matrix or frame of n_samples rows
        Features, as `estimator` takes them.
    y : array-like of shape (n_samples,)
        Noisy labels of any type.
    estimator : classifier, default=None
        As for :class:`~sknoisy.ReweightedClassifier`, which is trained some dozens of times:
        choose a fast one.
    budget : float > 0
        What may be spent.
    noisy_price, verified_price : float > 0
        Of a new row with a noisy label, and of the clean label of a row that has a noisy one.
    y_trusted : array-like of shape (n_samples,), default=None
        Clean labels of some rows, drawn at random, the others NaN or None.
    classes : array-like of shape (n_classes,), default=None
        All labels, where some may be absent from y.
    n_splits : int, default=4
        Parts of the rows; each is tested on once, and the others are trained on.
    n_bootstrap : int, default=200
        Draws behind the intervals.
    confidence_level : float in (0, 1), default=0.9
        Of the intervals.
    random_state : int, RandomState instance or None, default=None
        Seeds everything.

    Returns
    -------
    LabelBudget
        Numbers of both labels, with the accuracy to expect. Its ``at_prices`` plans for other
        prices without training.

    Raises
    ------
    ValueError
        If a price or the budget is not positive, or there are fewer than 50 rows that have a
        noisy label only, or too few of a second class, or fewer distinct rows than `n_splits`.
    TypeError
        If `estimator` takes no weights.

    Warns
    -----
    UserWarning
        Where no clean label is of some class, and as :class:`~sknoisy.TransitionMatrixEstimator`
        does.

    See Also
    --------
    rows_to_verify : Which rows to have verified.
    noise_audit : Its learning curve is one of noisy labels alone.

    Notes
    -----
    T is that of :class:`~sknoisy.TransitionMatrixEstimator`. The classifier is trained on shares
    of the rows, without and with the clean labels, and scored on rows left out: by the loss of its
    posteriors p, ``-log (p T)[noisy]`` or ``-log p[clean]``, and by its error rate, from the noisy
    labels through T and from the clean ones. Both are fitted by
    ``floor + factor * n ** -exponent`` with ``n = n_noisy + worth * n_verified``.

    The worth of a clean label is that of the loss, which tells small differences apart sooner. Few
    labels do not measure it: the ratio of the Fisher information in a clean and in a noisy label
    counts as one more measurement, with a standard error of one half of its logarithm. Many clean
    labels are worth more than a trial with few of them shows: the worth is multiplied by 2, up to
    the tenth power of that ratio, which is 1 where there is no noise.

    Labels improve T too. What its errors cost now is measured by classifiers that get draws of T:
    how much less accurate they are than the one that gets T, by its posteriors. That cost is
    inversely proportional to the number of clean labels plus a tenth of the noisy ones. Both
    numbers were settled on twelve problems of nine tables, real and made.

    All fits are repeated with test rows and T drawn again. The plan is the split of the budget
    whose accuracy is highest on average over these draws. It assumes that labels to buy are as
    noisy as those at hand, and that rows to verify are drawn at random.

    Rolnick et al. [1]_ ask for this trade-off of annotation and acquisition costs.

    References
    ----------
    .. [1] Rolnick et al., "Deep Learning is Robust to Massive Label Noise", 2017.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from sknoisy.inspection import label_budget
    >>> from sknoisy.noise import corrupt_labels
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> y_noisy = corrupt_labels(y, [[0.7, 0.3], [0.3, 0.7]], random_state=0)
    >>> plan = label_budget(
    ...     X, y_noisy, make_pipeline(StandardScaler(), LogisticRegression()),
    ...     budget=100, noisy_price=1, verified_price=2, random_state=0,
    ... )
    >>> plan.n_noisy, plan.n_verified
    (0, 50)
    """
    check_prices(budget, noisy_price, verified_price)
    check_integer(n_splits, "n_splits", 2)
    check_integer(n_bootstrap, "n_bootstrap", 2)
    check_number(confidence_level, "confidence_level", "(0, 1)")
    check_weights(estimator)
    seed = random_seed(random_state)
    source = TransitionMatrixEstimator(
        estimator, classes=classes, keep_proba=True, random_state=seed
    )
    data = validate_training_set(source, X, y, classes=classes)
    if data.is_soft:
        raise ValueError(
            f"A plan counts one label per row; y holds shares of several classes. Pass the labels "
            f"of one annotator, or y.argmax(axis=1). {SEE_ERRORS}"
        )
    data = with_equal_rows(data, source.cv)
    trusted = read_trusted_labels(source, data, y_trusted, None)
    check_splits(n_splits, data)
    codes = np.full(len(data.y), MISSING) if trusted is None else trusted.codes
    look_for_classes(codes, data.classes)
    shares = shares_to_train(data.y[codes == MISSING], n_splits)
    source.fit_validated(data, trusted=trusted)
    T = source.transition_matrix_
    clean = project_posterior(temperature_scaled(source.noisy_proba_, data.y), T)
    by_information = trusted_worth(clean, T)
    T_draws = source._fitted_estimate.resampled(n_bootstrap)
    rng = random_generator(seed)
    trial = _Trial(estimator, data, codes, T, T_draws, shares, seed)
    loss, error, cost_of_T = trial.measured(n_splits, rng)
    worth = worth_of_many(fit_worth(loss, by_information, rng), by_information)
    n_verified = int((codes != MISSING).sum())
    curves = LabelCurves(
        len(codes) - n_verified,
        n_verified,
        worth,
        fit_power_laws(error, worth, rng),
        rng.choice(cost_of_T, size=n_bootstrap),
    )
    return planned(curves, budget, noisy_price, verified_price, confidence_level)


class _Scores(NamedTuple):
    """Of one split: loss and prediction of test rows, (n_test, n_points), by training rows."""

    sizes: Array  # Noisy and clean labels, (n_points, 2).
    loss: Array
    predicted: Rows
    proba: Array  # By all training rows, (n_test, n_classes).


class _Trial:
    """Training on some rows and scoring on others."""

    def __init__(
        self,
        estimator: Any,
        data: TrainingSet,
        trusted: Rows,
        T: Array,
        T_draws: Array,
        shares: list[float],
        seed: int,
    ) -> None:
        self.data, self.trusted, self.T, self.shares = data, trusted, T, shares
        self.T_draws, self.has_clean = T_draws, bool((trusted != MISSING).any())
        self.inverses = [np.linalg.pinv(draw) for draw in T_draws]
        self.classifier = ReweightedClassifier(
            estimator,
            transition_matrix={"noisy": T, "clean": np.eye(len(T))},
            classes=np.arange(len(T)),
            random_state=seed,
        )

    def measured(
        self, n_splits: int, rng: np.random.RandomState
    ) -> tuple[Measured, Measured, Array]:
        """Loss and error rate by numbers of rows, in every draw of test rows and of T.

        And what the errors of T cost, in some draws of it.
        """
        sizes, means, draws, costs = [], [], [], []
        for train, test in self._splits(n_splits, rng):
            scores = self._scores(train, test)
            costs += self._costs_of_T(train, test, scores.proba, rng)
            n = len(test)
            drawn = rng.multinomial(n, np.full(n, 1 / n), size=len(self.inverses))
            by_draw = [
                self._errors(scores, test, *of) for of in zip(drawn, self.inverses, strict=True)
            ]
            once = self._errors(scores, test, np.ones(n), np.linalg.pinv(self.T))
            sizes.append(scores.sizes)
            means.append([scores.loss.mean(axis=0), *once])
            draws.append([drawn @ scores.loss / n, *np.swapaxes(by_draw, 0, 1)])
        size, mean = np.mean(sizes, axis=0), np.swapaxes(means, 0, 1)
        loss, corrected, counted = np.mean(draws, axis=0)
        n_known = int((self.trusted != MISSING).sum())
        return (
            Measured.of_splits(size, mean[0], loss, rng),
            Measured.of_splits(
                size, mean[1], _at_the_level_of(corrected, counted, n_known, rng), rng
            ),
            np.array(costs),
        )

    def _errors(
        self, scores: _Scores, test: Rows, weight: NDArray[Any], inverse: NDArray[Any]
    ) -> tuple[Array, Array]:
        """Error rates by the noisy labels, through T, and by the clean labels that are known."""
        K, y, clean = len(inverse), self.data.y[test], self.trusted[test]
        known = clean != MISSING
        corrected, counted = [], []
        for predicted in scores.predicted.T:
            table = np.bincount(y * K + predicted, weight, K * K).reshape(K, K)
            corrected.append(1 - (table * inverse).sum() / table.sum())
            wrong = (predicted != clean)[known] @ weight[known]
            counted.append(wrong / weight[known].sum() if weight[known].any() else np.nan)
        return np.array(corrected), np.array(counted)

    def _splits(self, n_splits: int, rng: np.random.RandomState) -> Iterator[tuple[Rows, Rows]]:
        """Rows to train on, in random order, and rows to test on; equal rows stay together."""
        groups = self.data.fold_groups
        assert groups is not None
        fold = rng.permutation(int(groups.max()) + 1)[groups] % n_splits
        for number in range(n_splits):
            train, test = (rng.permutation(np.flatnonzero((fold == number) == x)) for x in (0, 1))
            yield train, test[:MAX_TEST_ROWS]

    def _scores(self, train: Rows, test: Rows) -> _Scores:
        clean, noisy = self._parts(train)
        X, of_test = take_rows(self.data.X, test), self.trusted[test]
        # How likely the label of a test row is by each class: the clean one, where that is known.
        columns = self.T[:, self.data.y[test]]
        columns[:, of_test != MISSING] = np.eye(len(self.T))[:, of_test[of_test != MISSING]]
        sizes, losses, predicted = [], [], []
        for share in self.shares:
            some = noisy[: round(share * len(noisy))]
            for more in (clean[:0], clean)[: 2 if self.has_clean else 1]:
                p = self._fitted(some, more).predict_proba(X)
                sizes.append([len(some), len(more)])
                losses.append(-np.log(np.einsum("nk,kn->n", p, columns).clip(min=1e-3)))
                predicted.append(p.argmax(axis=1))
        size = np.array(sizes, dtype=float)
        return _Scores(size, np.array(losses).T, np.array(predicted).T, p)

    def _costs_of_T(
        self, train: Rows, test: Rows, proba: Array, rng: np.random.RandomState
    ) -> list[float]:
        """How much less accurate a classifier is that gets a draw of T, by `proba` that T gives."""
        X, (clean, noisy) = take_rows(self.data.X, test), self._parts(train)
        costs = []
        for place in rng.choice(len(self.T_draws), N_COSTS):
            with_draw = self._fitted(noisy, clean, self.T_draws[place])
            predicted = with_draw.predict_proba(X).argmax(axis=1)
            costs.append(float((proba.max(axis=1) - proba[np.arange(len(test)), predicted]).mean()))
        return costs

    def _parts(self, train: Rows) -> tuple[Rows, Rows]:
        """Rows with a clean label, and those without."""
        known = self.trusted[train] != MISSING
        return train[known], _classes_mixed(train[~known], self.data.y)

    def _fitted(self, noisy: Rows, clean: Rows, T: Array | None = None) -> Any:
        rows = np.concatenate([noisy, clean])
        labels = np.concatenate([self.data.y[noisy], self.trusted[clean]])
        groups = np.repeat(["noisy", "clean"], [len(noisy), len(clean)])
        classifier = clone(self.classifier)
        if T is not None:
            classifier.set_params(transition_matrix={"noisy": T, "clean": np.eye(len(T))})
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # What is doubtful about T has been said.
            return classifier.fit(take_rows(self.data.X, rows), labels, noise_groups=groups)


def _at_the_level_of(
    corrected: Array, counted: Array, n_known: int, rng: np.random.RandomState
) -> Array:
    """Error rates through T, shifted towards those that clean labels count, by the variances.

    The shift is the same for all points: few clean labels know the level, not the differences.
    """
    if np.isnan(counted).any():  # Too few of them for every draw to hold one.
        return corrected
    if not counted.any():  # That none of `n_known` is wrong does not say that none will be.
        counted = counted + rng.beta(0.5, n_known + 0.5, size=(len(counted), 1))
    through_T, by_count = (values.mean(axis=1).var() for values in (corrected, counted))
    share = through_T / max(through_T + by_count, 1e-300)
    return np.asarray(corrected + share * (counted - corrected).mean(axis=1, keepdims=True))


def _classes_mixed(rows: Rows, y: NDArray[np.integer]) -> Rows:
    """The rows in an order whose beginnings all have the classes in proportion."""
    place = np.empty(len(rows))
    for label in np.unique(y[rows]):
        mine = np.flatnonzero(y[rows] == label)
        place[mine] = (np.arange(len(mine)) + 0.5) / len(mine)
    return rows[np.argsort(place, kind="stable")]
