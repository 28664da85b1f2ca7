"""`NoiseConformalClassifier`: prediction sets for the clean label, from noisy labels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.frozen import FrozenEstimator
from sklearn.utils.validation import check_is_fitted

from .._base_estimator import HouseEstimator
from .._checks import check_number, check_option
from .._estimation import (
    CrossFit,
    HandsOn,
    check_learning,
    class_posteriors,
    make_folds,
    with_fold_groups,
)
from .._fitted import publish
from .._hints import SEE_ERRORS
from .._label_noise import noise_of_classifier, resolve_label_noise
from .._labels import MISSING, encode_known_labels
from .._predictions import CleanAndNoisyLabels
from .._random import random_seed
from .._stages import with_stages
from .._transition import row_weights
from .._typed_bases import ClassifierMixin
from .._validation import TrainingSet, take_rows, validate_training_set
from ..metrics._inputs import inverse
from ._conformity import CONFORMITY
from ._plausible import check_stack, is_stack, plausible_matrices
from ._thresholds import ConformalRows, conformal_threshold

if TYPE_CHECKING:
    from typing_extensions import Self

Array = NDArray[np.float64]


class NoiseConformalClassifier(HandsOn, CleanAndNoisyLabels, ClassifierMixin, HouseEstimator):
    """Prediction sets that hold the clean label as often as asked, although labels are noisy.

    Split conformal prediction: some rows are kept from the training, and the sets are made as
    large as their labels need. Noisy labels need far too large sets; here T says how often the
    *clean* labels of those rows are covered. The names of methods and parameters are those of
    MAPIE.

    Parameters
    ----------
    estimator : classifier
        Any scikit-learn classifier with `predict_proba`, best one of the clean labels such as
        :class:`~sknoisy.ForwardCorrectedClassifier`, or a network as for
        :class:`~sknoisy.TransitionMatrixEstimator`. ``FrozenEstimator(fitted)`` is not fitted
        again: all rows are conformalized on, and must be rows that it was not trained on.
    confidence_level : float in (0, 1) or list of floats, default=0.9
        How often the sets should hold the clean label.
    conformity_score : {"lac", "aps", "top_k"}, default="lac"
        - "lac": all classes whose posterior is large enough [3]_; the smallest sets.
        - "aps": the most probable classes until their posteriors sum to enough [4]_; more even
          coverage of easy and difficult rows.
        - "top_k": as many of the most probable classes for every row.
    transition_matrix : None, array-like, DataFrame or estimator, default=None
        As for :class:`~sknoisy.calibration.NoiseCalibratedClassifier`; must not be singular. An
        estimator of T is fitted to all rows. A stack of shape (n_matrices, n_classes, n_classes)
        holds plausible ones: the largest of their sets are taken.
    noise_confidence_level : float in (0, 1) or None, default=None
        Take the largest sets over the interval of T at this level, as its estimator gives it.
        None takes T as it is.
    cv : int, splitter or iterable, default=3
        The first of these folds is conformalized on, the others are trained on.
    classes, device, random_state
        As for :class:`~sknoisy.TransitionMatrixEstimator`.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Labels, in the order of T, of the posteriors and of the sets.
    estimator_ : classifier
        Fitted on the rows that were not conformalized on.
    thresholds_ : ndarray of shape (n_levels,)
        Conformity score up to which a class is in the set, for each confidence level.
    transition_matrix_ : ndarray of shape (n_classes, n_classes)
        The T that was used.
    transition_matrices_ : ndarray of shape (n_matrices, n_classes, n_classes)
        All that were plausible, `transition_matrix_` first.
    transition_matrix_source_ : {"given", "estimator", "carried", "estimated"}
        Its source.
    transition_matrix_estimator_ : estimator
        The fitted estimator of T, where one was fitted.
    doubts_, corrected_ : tuple of str and bool
        Why T may be wrong, of which `fit` warns; False if T is the identity.
    n_features_in_, feature_names_in_
        Number of features, and their names if X had any.

    See Also
    --------
    sknoisy.metrics.noise_corrected_coverage : How often prediction sets hold the clean label.
    sknoisy.calibration.NoiseCalibratedClassifier : Calibrated posteriors instead of sets.

    Notes
    -----
    With the scores s of n rows and ``W = inv(T)``, the clean labels are covered by a threshold t
    in a share of ``F(t) = mean_i sum_k W[noisy_i, k] (s_ik <= t)`` of the rows, averaged over the
    noise ([1]_; [2]_ on why noisy labels alone are conservative). The threshold is the least one
    from which on ``F(t) >= (1 + 1/n) confidence_level``. With ``T = I`` this is split conformal
    prediction. The coverage is that over new rows and over draws of the rows conformalized on,
    up to the error of F, of order ``1 / n``, and of T.

    With trusted rows, F is their coverage plus a multiple of the difference between ``F`` of the
    other rows and of these, which has mean zero whatever T is ([5]_); n is then their number.

    References
    ----------
    .. [1] Sesia, Wang, Tong, "Adaptive conformal classification with noisy labels", 2023.
    .. [2] Einbinder et al., "Label noise robustness of conformal prediction", JMLR 2024.
    .. [3] Sadinle, Lei, Wasserman, "Least ambiguous set-valued classifiers with bounded error
       levels", JASA 2019.
    .. [4] Romano, Sesia, Candes, "Classification with valid and adaptive coverage", NeurIPS 2020.
    .. [5] Angelopoulos, Duchi, Zrnic, "PPI++: efficient prediction-powered inference", 2023.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sknoisy.conformal import NoiseConformalClassifier
    >>> from sknoisy.noise import corrupt_labels, symmetric_transition_matrix
    >>> X, y = load_digits(return_X_y=True)
    >>> T = symmetric_transition_matrix(10, 0.2)
    >>> y_noisy = corrupt_labels(y, T, random_state=0)
    >>> clf = LogisticRegression(C=1e-3, max_iter=300)
    >>> clf = NoiseConformalClassifier(clf, transition_matrix=T, random_state=0)
    >>> predicted, sets = clf.fit(X[:1200], y_noisy[:1200]).predict_set(X[1200:])
    >>> sets.shape
    (597, 10, 1)
    """

    estimator_: Any
    thresholds_: NDArray[np.float64]
    _conformity: Any

    def __init__(
        self,
        estimator: Any,
        *,
        confidence_level: Any = 0.9,
        conformity_score: str = "lac",
        transition_matrix: Any = None,
        noise_confidence_level: float | None = None,
        cv: Any = 3,
        classes: ArrayLike | None = None,
        device: str = "auto",
        random_state: Any = None,
    ) -> None:
        self.estimator = estimator
        self.confidence_level = confidence_level
        self.conformity_score = conformity_score
        self.transition_matrix = transition_matrix
        self.noise_confidence_level = noise_confidence_level
        self.cv = cv
        self.classes = classes
        self.device = device
        self.random_state = random_state

    @with_stages
    def fit(
        self,
        X: Any,
        y: Any = None,
        sample_weight: ArrayLike | None = None,
        y_trusted: ArrayLike | None = None,
        fold_groups: ArrayLike | None = None,
    ) -> Self:
        """Fit the classifier on some of the rows, and the size of the sets on the others.

        Parameters
        ----------
        X : array-like, sparse matrix, frame, list or Dataset of n_samples rows
            Whatever the classifier takes, and gets as it is.
        y : array-like of shape (n_samples,)
            Noisy labels of any type.
        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weights of the rows: how many rows each stands for.
        y_trusted : array-like of shape (n_samples,), default=None
            Clean labels of some rows, drawn at random, the others NaN or None. Where a row
            conformalized on has one, the coverage holds whatever T is.
        fold_groups : array-like of shape (n_samples,), default=None
            What rows belong together, such as patients: those of one name are never in both
            parts. None keeps equal rows together, which are found by their content.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If too few rows are left to conformalize on for a `confidence_level`.
        """
        self._check_parameters()
        data = validate_training_set(self, X, y, sample_weight, classes=self.classes)
        seed = random_seed(self.random_state)
        if isinstance(self.transition_matrix, str):
            check_option(self.transition_matrix, "transition_matrix", ("carried",))
        elif self.transition_matrix is not None and not hasattr(self.transition_matrix, "fit"):
            # What is wrong with a given T is said before the classifier is trained.
            for T in self._given(data.classes):
                _inverse(resolve_label_noise(T, data, lambda _: None).transition_matrix)
        trusted = _read_trusted(y_trusted, data)
        cross = CrossFit(self.estimator, self.cv, self.device, None, 0)
        data = cross.grouped(with_fold_groups(data, fold_groups))
        classifier, chosen = self.estimator, np.arange(len(data.y))
        if isinstance(classifier, FrozenEstimator):
            check_is_fitted(classifier)
            self._check_enough(data, trusted, y_trusted)
        else:
            train, chosen = make_folds(data, self.cv, seed)[0]
            part = _rows_of(data, chosen)
            self._check_enough(part, trusted[chosen], y_trusted)
            classifier = cross.fit_rows(data, train, seed, "noisy labels")
        part = _rows_of(data, chosen)
        attributes = self._conformalized(classifier, X, part, trusted[chosen], seed, data)
        features = {**data.features, "classes_": data.classes, "estimator_": classifier}
        publish(self, {**features, **attributes})
        return self

    def conformalize(
        self, X_conformalize: Any, y_conformalize: Any, y_trusted: ArrayLike | None = None
    ) -> Self:
        """Fit the size of the sets to other rows; the classifier stays as it was fitted.

        Parameters
        ----------
        X_conformalize : like X of `fit`
            Rows that the classifier was not trained on.
        y_conformalize : array-like of shape (n_samples,)
            Their noisy labels.
        y_trusted : array-like of shape (n_samples,), default=None
            As in `fit`.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If there are too few rows for a `confidence_level`.
        """
        check_is_fitted(self)
        self._check_parameters()
        data = validate_training_set(
            self, X_conformalize, y_conformalize, classes=self.classes_, reset=False
        )
        trusted = _read_trusted(y_trusted, data)
        self._check_enough(data, trusted, y_trusted)
        seed = random_seed(self.random_state)
        attributes = self._conformalized(self.estimator_, X_conformalize, data, trusted, seed, data)
        self.__dict__ = {**vars(self), **attributes}
        return self

    def predict_set(self, X: Any) -> tuple[NDArray[Any], NDArray[np.bool_]]:
        """Most probable clean labels, and the sets.

        Parameters
        ----------
        X : like X of `fit`
            Rows.

        Returns
        -------
        labels : ndarray of shape (n_samples,)
            As of `predict`.
        sets : bool ndarray of shape (n_samples, n_classes, n_levels)
            Whether a class is in the set of a row, for each confidence level. A set may be empty
            where the classifier is sure of most rows and not of this one.
        """
        proba = self.predict_proba(X)
        scores = CONFORMITY[self._conformity](proba)
        return self.classes_[proba.argmax(axis=1)], scores[:, :, None] <= self.thresholds_

    def _check_parameters(self) -> None:
        _levels(self.confidence_level)
        check_option(self.conformity_score, "conformity_score", tuple(CONFORMITY))
        if self.noise_confidence_level is not None:
            check_number(self.noise_confidence_level, "noise_confidence_level", "(0, 1)")
        check_learning(self.estimator, cv=self.cv, device=self.device)

    def _check_enough(
        self, data: TrainingSet, trusted: NDArray[np.intp], y_trusted: ArrayLike | None
    ) -> None:
        """The quantile that a level asks for must exist among the rows with a label to go by."""
        weights = row_weights(data.sample_weight, len(data.y))
        n = float(weights[trusted != MISSING].sum() if y_trusted is not None else weights.sum())
        highest = max(_levels(self.confidence_level))
        needed = int(np.ceil(highest / (1 - highest) - 1e-9))
        if n < needed:
            rows = "rows" if y_trusted is None else "rows with a trusted label"
            raise ValueError(
                f"confidence_level={highest:g} needs at least {needed} {rows} to conformalize on; "
                f"got {n:g}. Pass more of them, or lower the level. {SEE_ERRORS}"
            )

    def _given(self, classes: NDArray[Any]) -> Any:
        """The matrices that were given, one or several."""
        T = self.transition_matrix
        return check_stack(T, classes) if is_stack(T) else [T]

    def _conformalized(
        self,
        classifier: Any,
        X: Any,
        data: TrainingSet,
        trusted: NDArray[np.intp],
        seed: int,
        all_rows: TrainingSet,
    ) -> dict[str, Any]:
        """The fitted attributes that depend on the rows conformalized on.

        An estimator of T that was given is fitted to all rows.
        """
        proba = class_posteriors(classifier, data.X, data.classes)
        several = is_stack(self.transition_matrix)
        T = self._given(data.classes)[0] if several else self.transition_matrix
        rows_for_T = all_rows if hasattr(T, "fit") else data
        noise = noise_of_classifier(
            self, classifier, X, rows_for_T, proba, seed, transition_matrix=T
        )
        matrices = noise.transition_matrix[None]
        if several:
            matrices = self._given(data.classes)
        elif self.noise_confidence_level is not None:
            matrices = plausible_matrices(noise, classifier, self.noise_confidence_level)
        inverses = [_inverse(T) for T in matrices]
        rows = ConformalRows(
            CONFORMITY[self.conformity_score](proba),
            data.y.astype(np.intp),
            row_weights(data.sample_weight, len(data.y)),
            trusted,
        )
        levels = _levels(self.confidence_level)
        return {
            **noise.attributes(),
            "transition_matrices_": matrices,
            "thresholds_": np.array([conformal_threshold(rows, p, inverses) for p in levels]),
            "_conformity": self.conformity_score,
        }

    def _clean_proba(self, X: Any) -> Array:
        return class_posteriors(self.estimator_, X, self.classes_)


def _levels(confidence_level: Any) -> list[float]:
    several = isinstance(confidence_level, list | tuple | np.ndarray)
    levels = list(confidence_level) if several else [confidence_level]
    if not levels:
        raise ValueError(
            f"confidence_level must be a number in (0, 1) or several; got none. {SEE_ERRORS}"
        )
    return [check_number(level, "confidence_level", "(0, 1)") for level in levels]


def _read_trusted(y_trusted: ArrayLike | None, data: TrainingSet) -> NDArray[np.intp]:
    """Clean labels of the rows as class numbers, `MISSING` where unknown."""
    if y_trusted is None:
        return np.full(len(data.y), MISSING)
    codes = encode_known_labels(
        y_trusted, data.classes, n_expected=data.n_passed, name="y_trusted", rows_of="X"
    )
    return data.kept_rows(codes)


def _rows_of(data: TrainingSet, rows: NDArray[np.intp]) -> TrainingSet:
    """Some of the rows, as far as conformalizing needs them."""
    weights = data.sample_weight
    return data._replace(
        X=take_rows(data.X, rows),
        y=data.y[rows],
        sample_weight=None if weights is None else weights[rows],
        passed=None if data.passed is None else take_rows(data.passed, rows),
        fold_groups=None if data.fold_groups is None else data.fold_groups[rows],
        loss_weight=None if data.loss_weight is None else data.loss_weight[rows],
    )


def _inverse(T: Array) -> Array:
    return inverse(T, purpose="to know the coverage of clean labels", instead="Pass another T.")
