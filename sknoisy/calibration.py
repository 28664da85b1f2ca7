"""`NoiseCalibratedClassifier`: probabilities that hold for the clean labels, from noisy ones."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize_scalar
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.isotonic import IsotonicRegression
from sklearn.utils import Tags, check_random_state, get_tags
from sklearn.utils.validation import check_is_fitted

from ._estimation._posteriors import CrossFit, ask
from ._net import is_net
from ._predictions import CleanAndNoisyLabels
from ._transition import check_transition_matrix
from ._validation import TrainingSet, validate_rows, validate_training_set
from .metrics import fit_noise_model

Array = NDArray[np.float64]

METHODS = ("temperature", "isotonic")
SMALLEST_PROBABILITY = 1e-12
LOG_TEMPERATURES = (-5.0, 5.0)
SINGULAR_CONDITION = 1e8


class NoiseCalibratedClassifier(CleanAndNoisyLabels, ClassifierMixin, BaseEstimator):
    """Calibrate a classifier's posteriors of the clean labels, with noisy labels alone.

    The classifier is fitted on the noisy labels; out-of-fold posteriors are then compared with
    the noisy labels through T. Calibrated against the noisy labels directly, as
    `sklearn.calibration.CalibratedClassifierCV` does, the probabilities would be those of the
    noisy labels.

    Parameters
    ----------
    estimator : classifier
        Any scikit-learn classifier with `predict_proba`, such as
        :class:`~sknoisy.ForwardCorrectedClassifier`, a Pipeline without such, or a network as for
        :class:`~sknoisy.TransitionMatrixEstimator`. ``FrozenEstimator(fitted)`` is asked and not
        fitted: the rows must then be others than it was trained on.
    transition_matrix : None, array-like or DataFrame, default=None
        ``T[i, j] = P(noisy = j | clean = i)`` of shape (n_classes, n_classes), rows summing to 1,
        in the order of `classes_` or labelled by class. None takes `transition_matrix_` from the
        fitted classifier if it has one, and else estimates T from the out-of-fold posteriors by
        :func:`~sknoisy.metrics.fit_noise_model`.
    method : {"temperature", "isotonic"}, default="temperature"
        - "temperature": one number that sharpens or softens all posteriors; keeps the predicted
          labels. Needs few rows, and no inverse of T.
        - "isotonic": a monotone function per class, one against the rest. Needs many rows (more
          the noisier the labels), and a T that can be inverted.
    cv : int, splitter or iterable, default=3
        Folds for the out-of-fold posteriors.
    classes : array-like of shape (n_classes,), default=None
        All labels, where some may be absent from y.
    device : str, default="auto"
        Device of a network.
    n_jobs : int, default=None
        Folds fitted at the same time.
    random_state : int, RandomState instance or None, default=None
        Seeds folds and, where their own is None, the classifiers.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Labels, in the order of T and of the posteriors.
    estimator_ : classifier
        Fitted on all rows.
    transition_matrix_ : ndarray of shape (n_classes, n_classes)
        The T that was used.
    transition_matrix_source_ : {"given", "estimator", "estimated"}
        Where it came from.
    temperature_ : float
        Above 1 where the classifier was overconfident (method "temperature").
    calibrators_ : list of IsotonicRegression
        One per class (method "isotonic").
    n_features_in_ : int
        Number of features.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features, if X had any.

    Notes
    -----
    Temperature t minimises ``-log (softmax(log(p) / t) @ T)[noisy]``, the forward-corrected log
    loss ([1]_, Theorem 2; temperature as in [2]_). Isotonic regression of the corrected targets
    ``inv(T)[noisy, k]`` on ``p_k``: averaged over the noise they are 1 where the clean label is k
    and 0 elsewhere ([1]_, Theorem 1), so that their regression is that of the clean label; the
    functions' values are normalised to sum to 1.

    References
    ----------
    .. [1] Patrini et al., "Making Deep Neural Networks Robust to Label Noise", CVPR 2017.
    .. [2] Guo et al., "On Calibration of Modern Neural Networks", ICML 2017.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sknoisy.calibration import NoiseCalibratedClassifier
    >>> from sknoisy.noise import corrupt_labels, symmetric_transition_matrix
    >>> X, y = load_iris(return_X_y=True)
    >>> T = symmetric_transition_matrix(3, 0.3)
    >>> y_noisy = corrupt_labels(y, T, random_state=0)
    >>> clf = NoiseCalibratedClassifier(
    ...     LogisticRegression(max_iter=1000), transition_matrix=T, random_state=0
    ... )
    >>> bool(clf.fit(X, y_noisy).temperature_ < 1)  # Labels were noisier than classes are.
    True
    """

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

    def fit(
        self, X: Any, y: Any = None, sample_weight: ArrayLike | None = None
    ) -> NoiseCalibratedClassifier:
        """Fit the classifier on noisy labels and calibrate it.

        Parameters
        ----------
        X : array-like, sparse matrix, frame or Dataset of n_samples rows
            Features, as the classifier takes them.
        y : array-like of shape (n_samples,)
            Noisy labels of any type.
        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weights, in the training and in the calibration.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If a parameter or the data is not usable; the message says what to do.
        """
        if self.method not in METHODS:
            raise ValueError(f"method must be one of {METHODS}; got {self.method!r}.")
        data = validate_training_set(self, X, y, sample_weight, classes=self.classes)
        self.classes_ = data.classes
        seed = check_random_state(self.random_state).randint(np.iinfo(np.int32).max)
        cross = CrossFit(self.estimator, self.cv, self.device, self.n_jobs, 0)
        _, proba = cross.posteriors(data, seed)
        (self.estimator_,), _ = cross._replace(cv=None).posteriors(data, seed)
        self.transition_matrix_, self.transition_matrix_source_ = self._resolve(data, proba)
        weights = np.ones(len(data.y)) if data.sample_weight is None else data.sample_weight
        if self.method == "temperature":
            self.temperature_ = _temperature(proba, data.y, weights, self.transition_matrix_)
        else:
            self.calibrators_ = _isotonic(proba, data.y, weights, self.transition_matrix_)
        return self

    def _resolve(self, data: TrainingSet, proba: Array) -> tuple[Array, str]:
        """T and where it comes from: an argument beats the classifier's own, that an estimate."""
        if self.transition_matrix is not None:
            T = check_transition_matrix(self.transition_matrix, classes=self.classes_)
            return T, "given"
        own = getattr(self.estimator_, "transition_matrix_", None)
        if own is None and hasattr(self.estimator_, "steps"):
            own = getattr(self.estimator_.steps[-1][1], "transition_matrix_", None)
        if own is not None:
            return check_transition_matrix(own, classes=self.classes_), "estimator"
        codes = np.arange(len(self.classes_))
        model = fit_noise_model(proba, data.y, classes=codes, sample_weight=data.sample_weight)
        return model.transition_matrix, "estimated"

    def predict_proba(self, X: Any) -> Array:
        """Calibrated posteriors of the clean labels.

        Parameters
        ----------
        X : like X of `fit`
            Rows.

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
            ``P(clean = k | x)``, in the order of `classes_`.
        """
        check_is_fitted(self)
        proba = ask(self.estimator_, validate_rows(self, X), self.classes_)
        if self.method == "temperature":
            return _softened(proba, self.temperature_)
        columns = [c.predict(p) for c, p in zip(self.calibrators_, proba.T, strict=True)]
        return _normalised(np.column_stack(columns))

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        net = is_net(self.estimator)
        tags.input_tags.sparse = net or get_tags(self.estimator).input_tags.sparse
        return tags


def _temperature(proba: Array, y: NDArray[np.integer], weights: Array, T: Array) -> float:
    """The temperature under which the noisy labels are most likely."""

    def loss(log_temperature: float) -> float:
        noisy = np.einsum("nk,nk->n", _softened(proba, np.exp(log_temperature)), T.T[y])
        return -float(weights @ np.log(noisy.clip(min=SMALLEST_PROBABILITY)))

    return float(np.exp(minimize_scalar(loss, bounds=LOG_TEMPERATURES, method="bounded").x))


def _softened(proba: Array, temperature: float) -> Array:
    logits = np.log(proba.clip(min=SMALLEST_PROBABILITY)) / temperature
    logits -= logits.max(axis=1, keepdims=True)
    return _normalised(np.exp(logits))


def _isotonic(
    proba: Array, y: NDArray[np.integer], weights: Array, T: Array
) -> list[IsotonicRegression]:
    """Monotone functions of each posterior, fitted to unbiased stand-ins of the clean labels."""
    if not np.linalg.cond(T) < SINGULAR_CONDITION:
        raise ValueError(
            'method="isotonic" needs a transition matrix that can be inverted; this one is '
            'singular. Use method="temperature".'
        )
    targets = np.linalg.inv(T)[y]
    return [
        IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip").fit(p, target, weights)
        for p, target in zip(proba.T, targets.T, strict=True)
    ]


def _normalised(proba: Array) -> Array:
    """Rows that sum to 1; uniform where all classes were given up."""
    total = proba.sum(axis=1, keepdims=True)
    uniform = np.full(proba.shape, 1 / proba.shape[1])
    return np.divide(proba, total, out=uniform, where=total > 0)
