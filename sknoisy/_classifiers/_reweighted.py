"""Correction for classifiers that are not networks: forests, boosting, whatever takes weights."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import Tags

from .._base_estimator import HouseEstimator
from .._checks import check_flag, check_option, describe, has_method
from .._estimation import (
    CrossFit,
    check_learning,
    check_takes_sparse,
    class_posteriors,
    input_tags_of,
    pooled_with_default,
    read_noise_groups,
    seeded_clone,
    takes_sample_weight,
    weight_params,
    with_fold_groups,
)
from .._fitted import find_holder, publish
from .._hints import SEE_ERRORS
from .._interruptions import ctrl_c_passed_on
from .._label_noise import LabelNoise, check_cache, noise_for_classifier
from .._predictions import CleanAndNoisyLabels
from .._random import random_seed
from .._stages import with_stages
from .._transition import (
    Adjustment,
    likeliest_adjustment,
    project_posterior,
    row_weights,
    sharpened,
    sharpness_of,
    smoothed_log,
)
from .._typed_bases import ClassifierMixin
from .._validation import TrainingSet, validate_training_set, written_out
from ._weighted_labels import WeightedLabels

if TYPE_CHECKING:
    from typing_extensions import Self

WEIGHTED = {
    "posterior": WeightedLabels.by_posterior,
    "importance": WeightedLabels.by_importance,
}
METHODS = (*WEIGHTED, "projection")
# How far scale and shift of the logits are expected from 1 and 0, before labels are seen. With a T
# that is wrong, these would ask for more.
SCALE_STD, SHIFT_STD = 0.16, 0.32


class Learned(NamedTuple):
    """A classifier, and what finds clean posteriors of the rows by others not fitted to them.

    `sharpness` is the power that calibrates its posteriors before they are projected, if they are.
    """

    classifier: Any
    left_out: Callable[[], NDArray[np.float64]]
    sharpness: float | None = None


class ReweightedClassifier(CleanAndNoisyLabels, ClassifierMixin, HouseEstimator):
    """Correct any classifier with posteriors, gradient boosting and forests among them.

    Out-of-fold posteriors of the noisy labels are turned into clean ones through T; the
    classifier is then fitted again, with weights that undo the noise.

    Parameters
    ----------
    estimator : classifier or None, default=None
        Any scikit-learn classifier with `predict_proba` and, but for method "projection",
        `sample_weight`. None takes :class:`~sklearn.ensemble.HistGradientBoostingClassifier`.
    transition_matrix : None, array-like, DataFrame, estimator or "carried", default=None
        As for :class:`ForwardCorrectedClassifier`. By default it is estimated with `estimator`;
        for tables of finite numbers with the pool of `estimator`, trees and a linear model that
        predicts left-out noisy labels best.
    method : {"posterior", "importance", "projection"}, default="posterior"
        - "posterior": every row counts for each class k with the probability that k is its clean
          label, given x and the noisy label. The better one for boosting, and where classes are
          exchanged.
        - "importance": every row keeps its noisy label j and counts with
          ``P(clean = j | x) / P(noisy = j | x)`` ([1]_). Finds more of rare classes with forests.
        - "projection": the classifier is fitted to the noisy labels as they are; its posteriors,
          calibrated, are corrected when it predicts. For classifiers without weights.
    calibrate : bool, default=True
        Scale and shift the logarithms of the posteriors such that the noisy labels of left-out
        rows are likeliest, through T. Learners smooth, the more so if they are fitted to
        posteriors. False saves one fit for each fold of `cv`. Without noise, and without `cv`,
        nothing is changed.
    cv : int, splitter or iterable, default=3
        Folds of the calibration, and of the posteriors unless an estimator of T has made some.
    classes : array-like of shape (n_classes,), default=None
        All labels, where some may be absent from y.
    memory : None, str or joblib.Memory, default=None
        Where to cache the fitted estimator of T.
    random_state : int, RandomState instance or None, default=None
        Seeds folds and every classifier whose own `random_state` is None.
    verbose : int, default=0
        Passed to the estimator of T.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Labels, in the order of all matrices and posteriors.
    estimator_ : classifier
        The one fitted with weights.
    transition_matrix_, transition_matrices_, noise_groups_, transition_matrix_source_, \
doubts_, corrected_, transition_matrix_estimator_
        As for :class:`ForwardCorrectedClassifier`.
    n_features_in_, feature_names_in_ : int and ndarray of shape (n_features,)
        Number of features, and their names if X had any.

    See Also
    --------
    ForwardCorrectedClassifier : The correction for networks.
    sknoisy.calibration.NoiseCalibratedClassifier : Calibrates the posteriors of a classifier.
    sknoisy.metrics.clean_proba : The weights of method "posterior".

    Notes
    -----
    With q(x) the clean posterior, nearest to explaining the noisy one, and noisy label j, the
    shares are ``P(clean = k | x, j) = q_k T[k, j] / sum_l q_l T[l, j]``. Calibrated posteriors are
    ``softmax(s log p + b)``, with s and b of the largest likelihood of the noisy labels under
    ``T.T @ softmax(s log p + b)`` ([2]_, for several classes), less a penalty on b and s - 1.

    References
    ----------
    .. [1] Liu, Tao, "Classification with Noisy Labels by Importance Reweighting", TPAMI 2016.
    .. [2] Platt, "Probabilistic Outputs for Support Vector Machines and Comparisons to
       Regularized Likelihood Methods", Advances in Large Margin Classifiers 1999.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> from sknoisy import ReweightedClassifier
    >>> from sknoisy.noise import corrupt_labels, pair_flip_transition_matrix
    >>> X, y = load_iris(return_X_y=True)
    >>> T = pair_flip_transition_matrix(3, 0.4)
    >>> clf = ReweightedClassifier(RandomForestClassifier(), transition_matrix=T, random_state=0)
    >>> clf.fit(X, corrupt_labels(y, T, random_state=0)).score(X, y) > 0.85
    True
    """

    _takes_soft_labels = True
    estimator_: Any
    _sharpness: float | None  # Power that calibrates noisy posteriors, where they are projected.
    _adjustment: Adjustment | None  # What calibrates clean ones.

    def __init__(
        self,
        estimator: Any = None,
        *,
        transition_matrix: Any = None,
        method: str = "posterior",
        calibrate: bool = True,
        cv: Any = 3,
        classes: ArrayLike | None = None,
        memory: Any = None,
        random_state: Any = None,
        verbose: int = 0,
    ) -> None:
        self.estimator = estimator
        self.transition_matrix = transition_matrix
        self.method = method
        self.calibrate = calibrate
        self.cv = cv
        self.classes = classes
        self.memory = memory
        self.random_state = random_state
        self.verbose = verbose

    @with_stages
    def fit(
        self,
        X: Any,
        y: Any = None,
        sample_weight: ArrayLike | None = None,
        noise_groups: ArrayLike | None = None,
        fold_groups: ArrayLike | None = None,
    ) -> Self:
        """Estimate T and the posteriors, then fit the classifier with weights.

        Parameters
        ----------
        X : array-like, sparse matrix, frame or list of n_samples rows
            Whatever `estimator` takes, and gets as it is; without it finite numbers.
        y : array-like of shape (n_samples,) or (n_samples, n_classes)
            Noisy labels of any type, or soft ones as for :class:`ForwardCorrectedClassifier`: the
            classifiers then get a row once for each class with its share as weight.
        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weights. A row of weight 2 counts as two rows where T is estimated.
        noise_groups : array-like of shape (n_samples,), default=None
            As for :class:`ForwardCorrectedClassifier`: every row goes through the T of its group.
        fold_groups : array-like of shape (n_samples,), default=None
            What rows belong together, such as patients: those of one name are never in both
            parts of a fold. None keeps equal rows together, which are found by their content.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If T does not fit the labels, or the classifier takes no weights.

        Warns
        -----
        UserWarning
            If T is doubtful.
        """
        check_option(self.method, "method", METHODS)
        check_flag(self.calibrate, "calibrate")
        base = _default_classifier() if self.estimator is None else self.estimator
        self._check_estimator(base)
        check_learning(base, cv=self.cv, verbose=self.verbose)
        check_cache(self.memory)
        data = validate_training_set(self, X, y, sample_weight, classes=self.classes)
        check_takes_sparse(base, data.X)
        data = with_fold_groups(data, fold_groups)
        groups = None if noise_groups is None else read_noise_groups(noise_groups, data)
        seed = random_seed(self.random_state)
        cross = CrossFit(base, self.cv, "auto", None, 0)
        # An estimator of T warns of copies itself.
        is_given = self.transition_matrix is not None
        grouped = cross.grouped(data, told=hasattr(self.transition_matrix, "fit") or not is_given)
        pool = None if is_given else pooled_with_default(base, data)
        noise = noise_for_classifier(self, X, data, seed, groups=groups, keep_all=True, behind=pool)
        calibrates = self.calibrate and self.cv is not None and noise.corrects
        learn = self._projecting if self.method == "projection" else self._weighting
        with ctrl_c_passed_on():
            learned = learn(cross, grouped, noise, seed)
            left_out = learned.left_out() if calibrates else None
        adjustment = None if left_out is None else _calibration(left_out, data, noise)
        publish(
            self,
            {
                **data.features,
                "classes_": data.classes,
                **noise.attributes(),
                "estimator_": learned.classifier,
                "_adjustment": adjustment,
                "_sharpness": learned.sharpness,
            },
        )
        return self

    def _check_estimator(self, base: Any) -> None:
        asked = "a classifier with predict_proba"
        fits = not isinstance(base, type) and has_method(base, "predict_proba")
        cure = "For a network use ForwardCorrectedClassifier."
        if self.method != "projection":
            asked += " whose fit takes sample_weight"
            fits = fits and takes_sample_weight(base)
            cure = f'Without weights use method="projection". {cure}'
        if not fits:
            raise TypeError(f"estimator must be {asked}; got {describe(base)}. {cure} {SEE_ERRORS}")

    def _projecting(
        self, cross: CrossFit, data: TrainingSet, noise: LabelNoise, seed: int
    ) -> Learned:
        """Fit the classifier to the noisy labels."""
        noisy_proba = cross.posteriors(data, seed)[1]
        sharpness = sharpness_of(noisy_proba, data.y, data.sample_weight)
        classifier = seeded_clone(cross.estimator, seed)
        weights = weight_params(classifier, data.sample_weight)
        classifier.fit(written_out(data.X), data.labels, **weights)
        left_out = partial(_projected, noisy_proba, sharpness, noise.transition_matrix)
        return Learned(classifier, left_out, sharpness)

    def _weighting(
        self, cross: CrossFit, data: TrainingSet, noise: LabelNoise, seed: int
    ) -> Learned:
        """Fit the classifier to weighted labels."""
        source = find_holder(noise.estimator, "noisy_proba_")
        if source is None:
            noisy_proba = cross.posteriors(data, seed)[1]
        else:
            noisy_proba = data.repeated(source.noisy_proba_)
        clean = project_posterior(noisy_proba, noise.transition_matrix)
        labels = WEIGHTED[self.method](clean, data, noise.columns(data.y))
        classifier = labels.fitted(cross.estimator, data, seed)
        return Learned(classifier, partial(labels.left_out_proba, cross, data, seed))

    def _clean_proba(self, X: Any) -> NDArray[np.float64]:
        proba = class_posteriors(self.estimator_, X, self.classes_)
        if self._sharpness is not None:
            proba = _projected(proba, self._sharpness, self.transition_matrix_)
        return proba if self._adjustment is None else self._adjustment.applied(proba)

    @property
    def _reads_numbers(self) -> bool:
        return self.estimator is None

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        base = _default_classifier() if self.estimator is None else self.estimator
        tags.input_tags = input_tags_of(base)
        return tags


def _projected(
    noisy_proba: NDArray[np.float64], sharpness: float, T: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Clean posteriors of noisy ones, which are calibrated before."""
    return project_posterior(sharpened(smoothed_log(noisy_proba), sharpness), T)


def _calibration(left_out: NDArray[np.float64], data: TrainingSet, noise: LabelNoise) -> Adjustment:
    """The scale and shift of the logits of left-out rows that make their labels likeliest."""
    weights = row_weights(data.sample_weight, len(data.y))
    stds = np.r_[SCALE_STD, np.full(len(data.classes), SHIFT_STD)]
    return likeliest_adjustment(left_out, noise.columns(data.y), weights, stds**-2)


def _default_classifier() -> Any:
    # Loading it takes twice as long as all of sknoisy.
    from sklearn.ensemble import HistGradientBoostingClassifier

    return HistGradientBoostingClassifier()
