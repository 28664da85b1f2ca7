"""`NoiseCalibratedClassifier`: probabilities that hold for the clean labels, from noisy ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import softmax
from sklearn.isotonic import IsotonicRegression

from ._base_estimator import HouseEstimator
from ._checks import check_option
from ._estimation import CrossFit, HandsOn, check_learning, class_posteriors, with_fold_groups
from ._fitted import publish
from ._label_noise import noise_of_classifier, resolve_label_noise
from ._predictions import CleanAndNoisyLabels
from ._random import random_seed
from ._stages import with_stages
from ._transition import fit_sharpness
from ._typed_bases import ClassifierMixin
from ._validation import validate_training_set
from .metrics._inputs import inverse

__all__ = ["NoiseCalibratedClassifier"]

if TYPE_CHECKING:
    from typing_extensions import Self

Array = NDArray[np.float64]

# The attribute that each method fits.
CALIBRATION = {"temperature": "temperature_", "isotonic": "calibrators_"}
SMALLEST_PROBABILITY = 1e-12
LOG_TEMPERATURES = (-5.0, 5.0)


class NoiseCalibratedClassifier(HandsOn, CleanAndNoisyLabels, ClassifierMixin, HouseEstimator):
    """Calibrate a classifier's posteriors of the clean labels, with noisy labels alone.

    Out-of-fold posteriors are compared with the noisy labels through T. Without T, as in
    `sklearn.calibration.CalibratedClassifierCV`, they would be calibrated for the noisy labels.

    Parameters
    ----------
    estimator : classifier
        Any scikit-learn classifier with `predict_proba`, such as
        :class:`~sknoisy.ForwardCorrectedClassifier`, or a network as for
        :class:`~sknoisy.TransitionMatrixEstimator`. ``FrozenEstimator(fitted)`` is not fitted
        again: calibrate it on rows that it was not trained on.
    transition_matrix : None, array-like or DataFrame, default=None
        ``T[i, j] = P(noisy = j | clean = i)`` of shape (n_classes, n_classes), rows summing to 1,
        in the order of `classes_` or labelled by class. None takes `transition_matrix_` of the
        fitted classifier, or of one inside it, else the T that a previous step of a Pipeline
        estimated, and else estimates T from the out-of-fold posteriors by
        :func:`~sknoisy.metrics.fit_noise_model`.
    method : {"temperature", "isotonic"}, default="temperature"
        - "temperature": one number that sharpens or softens all posteriors; keeps the predicted
          labels. Needs few rows, and no inverse of T.
        - "isotonic": a monotone function per class. Needs many rows, and an invertible T.
    cv, classes, device, n_jobs, random_state
        As for :class:`~sknoisy.TransitionMatrixEstimator`.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Labels, in the order of T and of the posteriors.
    estimator_ : classifier
        Fitted on all rows.
    transition_matrix_ : ndarray of shape (n_classes, n_classes)
        The T that was used.
    transition_matrix_source_ : {"given", "estimator", "carried", "estimated"}
        Its source.
    doubts_, corrected_ : tuple of str and bool
        Why T may be wrong, of which `fit` warns; False if T is the identity.
    temperature_ : float
        Above 1 where the classifier was overconfident (method "temperature").
    calibrators_ : list of IsotonicRegression
        One per class (method "isotonic").
    n_features_in_, feature_names_in_
        Number of features, and their names if X had any.

    See Also
    --------
    sknoisy.metrics.noise_corrected_calibration_curve : Shows whether posteriors are calibrated.
    sknoisy.inspection.NoiseCorrectedCalibrationDisplay : The figure of that curve.
    sklearn.calibration.CalibratedClassifierCV : The counterpart for clean labels.

    Notes
    -----
    Temperature t minimises ``-log (softmax(log(p) / t) @ T)[noisy]``, the forward-corrected log
    loss ([1]_, Theorem 2; temperature as in [2]_). "isotonic" regresses ``inv(T)[noisy, k]`` on
    ``p_k``: averaged over the noise, these targets are 1 where the clean label is k and 0
    elsewhere ([1]_, Theorem 1). The functions' values are normalised to sum to 1.

    References
    ----------
    .. [1] Patrini et al., "Making Deep Neural Networks Robust to Label Noise", CVPR 2017.
    .. [2] Guo et al., "On Calibration of Modern Neural Networks", ICML 2017.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sknoisy.noise import corrupt_labels, symmetric_transition_matrix
    >>> X, y = load_iris(return_X_y=True)
    >>> T = symmetric_transition_matrix(3, 0.3)
    >>> y_noisy = corrupt_labels(y, T, random_state=0)
    >>> clf = LogisticRegression(max_iter=1000)
    >>> clf = NoiseCalibratedClassifier(clf, transition_matrix=T, random_state=0)
    >>> bool(clf.fit(X, y_noisy).temperature_ < 1)  # Labels were noisier than classes are.
    True
    """

    estimator_: Any
    temperature_: float
    calibrators_: list[Any]

    def __init__(
        self,
        estimator: Any,
        *,
        transition_matrix: Any = None,
        method: str = "temperature",
        cv: Any = 3,
        classes: ArrayLike | None = None,
        device: str = "auto",
        n_jobs: int | None = None,
        random_state: Any = None,
    ) -> None:
        self.estimator = estimator
        self.transition_matrix = transition_matrix
        self.method = method
        self.cv = cv
        self.classes = classes
        self.device = device
        self.n_jobs = n_jobs
        self.random_state = random_state

    @with_stages
    def fit(
        self,
        X: Any,
        y: Any = None,
        sample_weight: ArrayLike | None = None,
        fold_groups: ArrayLike | None = None,
    ) -> Self:
        """Fit the classifier on noisy labels and calibrate it.

        Parameters
        ----------
        X : array-like, sparse matrix, frame, list or Dataset of n_samples rows
            Whatever the classifier takes, and gets as it is.
        y : array-like of shape (n_samples,)
            Noisy labels of any type.
        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weights of the rows.
        fold_groups : array-like of shape (n_samples,), default=None
            What rows belong together, such as patients: those of one name are never in both
            parts of a fold. None keeps equal rows together, which are found by their content.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If T does not fit the labels, or has no inverse with method "isotonic".
        """
        check_option(self.method, "method", tuple(CALIBRATION))
        check_learning(self.estimator, cv=self.cv, device=self.device, n_jobs=self.n_jobs)
        data = validate_training_set(self, X, y, sample_weight, classes=self.classes)
        seed = random_seed(self.random_state)
        if isinstance(self.transition_matrix, str):
            check_option(self.transition_matrix, "transition_matrix", ("carried",))
        elif self.transition_matrix is not None and not hasattr(self.transition_matrix, "fit"):
            # What is wrong with a given T is said before the classifier is trained.
            given = resolve_label_noise(self.transition_matrix, data, lambda _: None)
            if self.method == "isotonic":
                _inverse(given.transition_matrix)
        cross = CrossFit(self.estimator, self.cv, self.device, self.n_jobs, 0)
        data = cross.grouped(with_fold_groups(data, fold_groups))
        _, proba = cross.posteriors(data, seed)
        (estimator,), _ = cross._replace(cv=None).posteriors(data, seed)
        noise = noise_of_classifier(
            self, estimator, X, data, proba, seed, transition_matrix=self.transition_matrix
        )
        weights = np.ones(len(data.y)) if data.sample_weight is None else data.sample_weight
        calibrate = _temperature if self.method == "temperature" else _isotonic
        calibration = calibrate(proba, data.y, weights, noise.transition_matrix)
        publish(
            self,
            {
                **data.features,
                "classes_": data.classes,
                **noise.attributes(),
                "estimator_": estimator,
                CALIBRATION[self.method]: calibration,
            },
        )
        return self

    def _clean_proba(self, X: Any) -> Array:
        proba = class_posteriors(self.estimator_, X, self.classes_)
        if self.method == "temperature":
            return _softened(proba, self.temperature_)
        columns = [c.predict(p) for c, p in zip(self.calibrators_, proba.T, strict=True)]
        total = np.sum(columns, axis=0)
        # Uniform where every class is calibrated to zero.
        uniform = np.full(proba.shape, 1 / len(self.classes_))
        return np.divide(
            np.transpose(columns), total[:, None], out=uniform, where=total[:, None] > 0
        )


def _temperature(proba: Array, y: NDArray[np.integer], weights: Array, T: Array) -> float:
    """The temperature under which the noisy labels are most likely."""

    def loss(logits: Array) -> float:
        noisy = np.einsum("nk,nk->n", softmax(logits, axis=1), T.T[y])
        return -float(weights @ np.log(noisy.clip(min=SMALLEST_PROBABILITY)))

    log_proba = np.log(proba.clip(min=SMALLEST_PROBABILITY))
    return 1 / fit_sharpness(log_proba, loss, LOG_TEMPERATURES)


def _softened(proba: Array, temperature: float) -> Array:
    return softmax(np.log(proba.clip(min=SMALLEST_PROBABILITY)) / temperature, axis=1)


def _isotonic(
    proba: Array, y: NDArray[np.integer], weights: Array, T: Array
) -> list[IsotonicRegression]:
    """Monotone functions of each posterior, fitted to unbiased stand-ins of the clean labels."""
    targets = _inverse(T)[y]
    return [
        IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip").fit(p, target, weights)
        for p, target in zip(proba.T, targets.T, strict=True)
    ]


def _inverse(T: Array) -> Array:
    return inverse(T, purpose='for method="isotonic"', instead='Use method="temperature".')
