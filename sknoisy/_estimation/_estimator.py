"""`TransitionMatrixEstimator`: T from noisy labels, as a scikit-learn transformer."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import Tags
from sklearn.utils._set_output import _get_output_config
from sklearn.utils.validation import check_is_fitted
from torch.utils.data import Dataset

from .. import _carrier
from .._base_estimator import HouseEstimator
from .._checks import check_integer, check_number
from .._fitted import publish
from .._hints import SEE_ERRORS
from .._random import random_seed
from .._stages import with_stages
from .._transition import FittedEstimate, clean_prior, estimate_from_top_counts, with_labels
from .._typed_bases import OneToOneFeatureMixin, TransformerMixin
from .._validation import (
    TrainingSet,
    check_features,
    validate_rows,
    validate_training_set,
    with_features,
)
from .._warn import warn_of
from ._declared import FittedTransitionMatrix
from ._defaults import default_classifier
from ._first_stage import FirstStage
from ._folds import with_fold_groups
from ._parameters import check_parameters, reads_top_rows
from ._posteriors import CrossFit
from ._refits import refitted_transition_matrices
from ._trusted import TrustedLabels, check_trusted_allowed, read_trusted_labels
from ._wrapped import HandsOn, input_tags_of

if TYPE_CHECKING:
    from typing_extensions import Self


class TransitionMatrixEstimator(
    HandsOn, FittedTransitionMatrix, OneToOneFeatureMixin, TransformerMixin, HouseEstimator
):
    """Estimate the noise transition matrix T from data with noisy labels.

    A classifier is trained on the noisy labels; T is read off its posteriors. As a step of a
    Pipeline it passes X through, tagged with T, and a later corrected classifier uses it.

    Parameters
    ----------
    estimator : classifier, torch.nn.Module class, skorch net or None, default=None
        What yields the posteriors of the noisy labels: any scikit-learn classifier with
        `predict_proba`, a network as for :class:`ForwardCorrectedClassifier`, or
        ``FrozenEstimator(fitted_classifier)``, which is asked and not fitted. None chooses by
        the shape of X: for a table of up to 200 features and 100,000 rows extremely randomised
        trees and logistic regression, pooled as they predict left-out labels; else the default
        network.
    method : str or callable, default="auto"
        - "auto": up to 20 classes, as much noise as the labels tell from overlap of the classes:
          no noise, one rate, the T of "likelihood", that of counts at sure rows, and all between
          them, weighed by how likely they make the labels ([4]_ says why T is a set where no row
          is surely of its class). With more classes, labels counted at the rows that are surest
          of their class once T is accounted for, started in several ways that held-out noisy
          labels compare; beyond 100, or 50 of fewer than 200 rows each, counted once.
        - "count": labels of the rows that rank highest for a class [2]_; needs ranks only.
        - "anchor": the posterior at the surest row of each class, [1]_, equations 12 and 13.
        - "confident_joint": labels counted where the classifier is confident [3]_.
        - "likelihood": T and the clean posteriors that make the labels likeliest, from ranks, see
          :func:`~sknoisy.metrics.fit_noise_model`; up to 100 classes.
        - a callable ``(noisy_proba, y) -> T`` with y as column numbers.
    cv : int, splitter, iterable or None, default=3
        Folds for out-of-fold posteriors, in which equal rows, or `fold_groups` of `fit`, stay
        together. An int larger than the smallest class is lowered to its size, with a warning.
        None: one classifier, asked about its own training rows as in [1]_; a network that fits
        its labels then returns the identity.
    quantile : "prior", "argmax" or float in (0, 1), default="prior"
        Where method "anchor" takes its anchors: at ``1 - 0.3 * prior`` of a class, at the largest
        posterior, or at a fixed quantile ([1]_: 0.97).
    structure : str or dict, default=None
        What is known of the noise, and T is sought within: "symmetric" (one rate, spread
        evenly), "shared_rate", "mirrored" (i is taken for j as often as j for i), "one_sided"
        (wrong labels are all ``negative``, default the first), "positive_unlabelled" (the same of
        two classes; labelled are ``positive``, default the last, ``positive_share`` of all rows
        if known), or "ordinal" (at most ``distance`` classes off, default 1); or a dict with some
        of the keys ``noise`` (one of these), those in its brackets, ``zeros`` (bool of the shape
        of T: confusions that never happen), ``groups`` (one for each class, not left by labels),
        ``rank`` (kinds of confusion), ``noise_rate`` (share of wrong labels), ``prior`` (a belief
        in T) and ``prior_strength`` (in examples per class, default 100). Rates and shares may be
        limits (low, high). Not for "likelihood".
    classes : array-like of shape (n_classes,), default=None
        All labels, where some may be absent from y.
    keep_proba, keep_estimators : bool, default=False
        Keep posteriors and labels of the training rows (`noisy_proba_`), for `interval` too, and
        `estimators_`. Otherwise "count" without trusted labels sees some thousand at a time.
    device, n_jobs : str and int, default="auto" and None
        Device of a network ("auto": the net's own, or CUDA), and folds fitted at the same time.
    random_state, verbose : int or RandomState, and int, default=None and 0
        Seeds folds, initial weights and order; 1 shows a progress bar for each network.

    Attributes
    ----------
    transition_matrix_ : ndarray of shape (n_classes, n_classes)
        ``T[i, j] = P(noisy = j | clean = i)``; rows sum to 1.
    noise_rate_ : float
        Estimated fraction of labels that differ from the clean ones.
    noise_rate_range_ : tuple (low, high) or None
        Method "auto", up to 20 classes: the noise rates that explain the labels about as well
        (95% of the weight of all T). None where that is not known.
    identified_ : bool or None
        Whether the labels tell noise from overlap of the classes, so that T is known; None for
        methods that cannot tell. Ten trusted labels of each class settle it.
    n_examples_, condition_number_ : ndarray of shape (n_classes,), and float
        How many examples each row of T rests on, trusted ones included; NaN if not counted. And
        by how much the inverse of T may multiply errors.
    doubts_ : tuple of str
        Why T may be wrong; `fit` warns of each, and so does all that uses T.
    losses_, histories_ : dict or None, and list of skorch.History
        Held-out losses (mean ``-log`` probability) that "auto" compared; those of networks.
    noisy_proba_, estimators_ : ndarray of shape (n_samples, n_classes) and list
        If kept: posteriors of the noisy labels that T was read off, and fitted classifiers.
    classes_, n_features_in_, feature_names_in_
        Labels, in the order of T; number of features of X, and their names if it had any.

    See Also
    --------
    GroupTransitionMatrixEstimator : One T for each group of rows.
    sknoisy.inspection.noise_audit : A report on the noise of labels.

    References
    ----------
    .. [1] Patrini et al., "Making Deep Neural Networks Robust to Label Noise", CVPR 2017.
    .. [2] de Juan et al., "Estimation of the Label-Noise Transition Matrix via Selective
       Classification", 2026.
    .. [3] Northcutt, Jiang, Chuang, "Confident Learning: Estimating Uncertainty in Dataset
       Labels", JAIR 2021.
    .. [4] Scott, Blanchard, Handy, "Classification with Asymmetric Label Noise: Consistency and
       Maximal Denoising", COLT 2013.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.naive_bayes import MultinomialNB
    >>> from sknoisy import TransitionMatrixEstimator
    >>> from sknoisy.noise import corrupt_labels, symmetric_transition_matrix
    >>> X, y = load_digits(return_X_y=True)
    >>> noisy = corrupt_labels(y, symmetric_transition_matrix(10, 0.3), random_state=0)
    >>> estimator = TransitionMatrixEstimator(MultinomialNB(), random_state=0)
    >>> print(f"{estimator.fit(X, noisy).noise_rate_:.1f}")
    0.3
    """

    def __init__(
        self,
        estimator: Any = None,
        *,
        method: Any = "auto",
        cv: Any = 3,
        quantile: float | str = "prior",
        structure: Any = None,
        classes: ArrayLike | None = None,
        keep_proba: bool = False,
        keep_estimators: bool = False,
        device: str = "auto",
        n_jobs: int | None = None,
        random_state: Any = None,
        verbose: int = 0,
    ) -> None:
        self.estimator = estimator
        self.method = method
        self.cv = cv
        self.quantile = quantile
        self.structure = structure
        self.classes = classes
        self.keep_proba = keep_proba
        self.keep_estimators = keep_estimators
        self.device = device
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose

    @with_stages
    def fit(
        self,
        X: Any,
        y: Any = None,
        sample_weight: ArrayLike | None = None,
        X_unlabelled: Any = None,
        y_trusted: ArrayLike | None = None,
        X_trusted: Any = None,
        fold_groups: ArrayLike | None = None,
    ) -> Self:
        """Fit the classifier on noisy labels and estimate T.

        Parameters
        ----------
        X : array-like, sparse matrix, frame or Dataset of n_samples rows
            Whatever a classifier as `estimator` takes; finite numbers for a network or None.
        y : array-like of shape (n_samples,) or (n_samples, n_classes)
            Noisy labels, or soft ones, counted by their shares.
        sample_weight : array-like of shape (n_samples,), default=None
            How often each row counts, in the training and in T: a row of weight 2 is two rows.
        X_unlabelled : like X, default=None
            Further rows without labels, among which method "anchor" looks for anchors too.
        y_trusted : array-like of shape (n_samples,), default=None
            Clean labels of some rows of X, the others NaN or None; or of all of `X_trusted`. One
            per class settles which row of T is which class, and thousands decide T.
        X_trusted : like X, default=None
            Rows of the clean labels `y_trusted`, where these are not rows of X.
        fold_groups : array-like of shape (n_samples,), default=None
            Names, as of patients, of which each stays in one fold; None: equal rows do.

        Returns
        -------
        self

        Warns
        -----
        UserWarning
            If T is doubtful, see `doubts_`, or many rows are copies.
        """
        data = validate_training_set(self, X, y, sample_weight, classes=self.classes)
        data = with_fold_groups(data, fold_groups)
        trusted = read_trusted_labels(self, data, y_trusted, X_trusted)
        if X_unlabelled is not None:
            X_unlabelled = validate_rows(with_features(self, data), X_unlabelled, "X_unlabelled")
        self.fit_validated(data, X_unlabelled=X_unlabelled, trusted=trusted)
        warn_of(self.doubts_)
        return self

    def fit_validated(
        self,
        data: TrainingSet,
        *,
        X_unlabelled: Any = None,
        trusted: TrustedLabels | None = None,
        keep_all: bool = False,
    ) -> Self:
        """As `fit`, of what was validated; `doubts_` are not warned of.

        With `keep_all` posteriors and classifiers are among the attributes.
        """
        check_parameters(
            self,
            n_classes=len(data.classes),
            with_unlabelled=X_unlabelled is not None,
            is_soft=data.is_soft,
        )
        classifier = default_classifier(data) if self.estimator is None else self.estimator
        cross_fit = CrossFit(classifier, self.cv, self.device, self.n_jobs, self.verbose)
        data = cross_fit.grouped(data)
        structure = with_labels(self.structure, data.classes, data.label_counts)
        check_trusted_allowed(trusted, data, structure)
        asked_with = {"method": self.method, "structure": structure}
        seed, of_folds = random_seed(self.random_state), list[str]()
        if keep_all or self.keep_proba or trusted is not None or not reads_top_rows(self):
            estimators, proba = cross_fit.posteriors(data, seed, of_folds.append)
            fitted = FirstStage(cross_fit, data, estimators, proba).estimate(
                X_unlabelled, trusted, self.random_state, quantile=self.quantile, **asked_with
            )
        else:
            estimators, top = cross_fit.top_rows(data, seed, of_folds.append)
            proba = None
            fitted = estimate_from_top_counts(top.counts(), data.label_counts, **asked_with)
        found = copy.copy(self)
        publish(found, self._attributes(data, fitted, estimators, proba, of_folds))
        self.__dict__ = (found if keep_all else found.lightened()).__dict__
        return self

    def lightened(self) -> Self:
        """A copy without what the parameters do not ask to keep."""
        light = copy.copy(self)
        if not self.keep_estimators:
            light.__dict__.pop("estimators_", None)
        if not self.keep_proba:
            light.__dict__.pop("noisy_proba_", None)
            light._fitted_estimate = self._fitted_estimate.without_rows()
        return light

    def _attributes(
        self,
        data: TrainingSet,
        fitted: FittedEstimate,
        estimators: list[Any],
        noisy_proba: NDArray[np.float64] | None,
        of_folds: Iterable[str],
    ) -> dict[str, Any]:
        T = fitted.transition_matrix
        prior = clean_prior(T, data.label_counts / data.label_counts.sum())
        return {
            **data.features,
            "classes_": data.classes,
            "estimators_": estimators,
            "noisy_proba_": None if noisy_proba is None else data.once(noisy_proba),
            "transition_matrix_": T,
            "n_examples_": fitted.n_examples,
            "losses_": fitted.losses,
            "condition_number_": float(np.linalg.cond(T)),
            "noise_rate_": float(1 - prior @ T.diagonal()),
            "noise_rate_range_": fitted.rate_range,
            "identified_": fitted.is_identified,
            "doubts_": (*of_folds, *fitted.doubts(data.classes)),
            "histories_": [net.history_ for net in estimators if hasattr(net, "history_")],
            "_fitted_estimate": fitted,
        }

    def interval(
        self,
        confidence_level: float = 0.95,
        *,
        n_bootstrap: int = 50,
        X: Any = None,
        y: ArrayLike | None = None,
        fold_groups: ArrayLike | None = None,
    ) -> NDArray[np.float64]:
        """Limits between which each entry of T lies, at a confidence level.

        Rows of T with trusted labels have Dirichlet limits; the others those of a bootstrap:
        the estimate plus and minus a multiple of the spread of T over resampled rows. Without X
        and y the posteriors stay as they are, and the limits hold the error of the counts only,
        not that of rows counted for a class they are not of. With them the classifiers are
        fitted again to each sample, which is wider.
        Without `keep_proba` the spread is that which `fit` found by 30 samples; of a callable
        method, and of more than 50 classes, it found none, which is a ValueError.

        Parameters
        ----------
        confidence_level : float in (0, 1), default=0.95
            How often the limits should hold the true entry.
        n_bootstrap : int, default=50
            Samples of the rows, with `keep_proba` or X and y. A sample weights rows by how often
            they were drawn, so that a row never stands on both sides of a fold.
        X, y, fold_groups : as for `fit`, default=None
            The training data, to fit the classifiers again.

        Returns
        -------
        ndarray of shape (2, n_classes, n_classes)
            Lower and upper limits.

        Examples
        --------
        >>> from sklearn.datasets import load_iris
        >>> from sklearn.naive_bayes import GaussianNB
        >>> from sknoisy import TransitionMatrixEstimator
        >>> X, y = load_iris(return_X_y=True)
        >>> lower, upper = TransitionMatrixEstimator(GaussianNB()).fit(X, y).interval()
        >>> bool((lower <= upper).all())
        True
        """
        check_is_fitted(self)
        check_number(confidence_level, "confidence_level", "(0, 1)")
        check_integer(n_bootstrap, "n_bootstrap", 2)
        fitted = self._fitted_estimate
        if X is None:
            if y is not None:
                raise ValueError(f"interval(y=...) needs X too, to fit anew. {SEE_ERRORS}")
            if not fitted.has_interval:
                raise ValueError(
                    "interval without X and y needs the posteriors of the training rows: fit "
                    f"with keep_proba=True, or pass X and y. {SEE_ERRORS}"
                )
            return fitted.interval(confidence_level, n_bootstrap)
        samples = refitted_transition_matrices(self, X, y, n_bootstrap, fold_groups)
        return fitted.limits(samples, confidence_level)

    def transform(self, X: Any) -> Any:
        """Pass X through, tagged with T.

        Parameters
        ----------
        X : array-like, sparse matrix or frame of shape (n_samples, n_features)
            Rows; a frame stays a frame.

        Returns
        -------
        The same rows, which a later corrected classifier of a Pipeline reads T from.
        """
        check_is_fitted(self)
        checked = validate_rows(self, X)
        if not self._reads_numbers:
            check_features(self, checked, allow_nan=input_tags_of(self.estimator).allow_nan)
            checked = np.asarray(checked) if isinstance(checked, list) else checked
        container = _get_output_config("transform", self)["dense"]
        if isinstance(checked, Dataset) or (hasattr(X, "columns") and hasattr(X, "shape")):
            checked = X
        if isinstance(checked, np.ndarray) and container in ("pandas", "polars"):
            checked = _carrier.as_frame(checked, self.get_feature_names_out(), container)
        tag = _carrier.Tag(self.transition_matrix_, self.classes_, self.doubts_)
        return _carrier.attach(checked, tag)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        return tags
