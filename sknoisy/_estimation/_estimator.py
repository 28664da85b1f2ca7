"""`TransitionMatrixEstimator`: T from noisy labels, as a scikit-learn transformer."""

from __future__ import annotations

import warnings
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.frozen import FrozenEstimator
from sklearn.utils import Tags, check_random_state
from sklearn.utils._set_output import _get_output_config
from sklearn.utils.validation import check_is_fitted

from .. import _carrier
from .._transition import (
    clean_prior,
    dirichlet_interval,
    doubts,
    estimate,
    estimate_from_counts,
    normal_interval,
    project_posterior,
    resampled_transition_matrices,
    shrink_counts,
    structure_options,
    structured_estimate,
    temperature_scaled,
)
from .._validation import (
    TrainingSet,
    n_rows,
    take_rows,
    validate_rows,
    validate_training_set,
)
from ._defaults import default_classifier
from ._parameters import check_kept, check_parameters
from ._posteriors import CrossFit, ask
from ._refits import refitted_transition_matrices
from ._trusted import UNKNOWN, TrustedRows, encode_trusted, with_trusted


class TransitionMatrixEstimator(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    """Estimate the noise transition matrix T from data with noisy labels.

    A classifier is trained on the noisy labels; T is read off its posteriors. As a step of a
    Pipeline it passes X through, tagged with T, and a later corrected classifier uses it.

    Parameters
    ----------
    estimator : classifier, torch.nn.Module class, skorch net or None, default=None
        What yields the posteriors of the noisy labels: any scikit-learn classifier with
        `predict_proba`, a network as for :class:`ForwardCorrectedClassifier`, or
        ``FrozenEstimator(fitted_classifier)``, which is asked and not fitted. None chooses by
        the shape of X: extremely randomised trees for a table of up to 200 features and 100,000
        rows, whose posteriors halve the error of T there, else the default network.
    method : {"auto", "count", "anchor", "confident_joint"} or callable, default="auto"
        - "auto": labels counted at the rows that are surest of their class once T is accounted
          for, started in several ways, compared by the likelihood of held-out noisy labels, with
          strength borrowed between entries and stray ones dropped
          (:func:`sknoisy._transition.auto_transition_matrix`).
          The least error on all problems of the benchmark whose noise depends on the class
          alone (``docs/results/transition_estimation.md``); on people's labels of CIFAR-10 about
          level with "count". Takes seconds where the others take none.
        - "count": rank the rows by the posterior of a class and count the labels of the top
          ones. Needs only ranks, so it does not mind overconfident networks. The best of the
          other three for pair flips and rare classes in tables, and on MNIST.
        - "anchor": the posterior at the anchor point of each class, [1]_, equations 12 and 13,
          to compare with. Needs posteriors that are calibrated there; with
          ``quantile="argmax"`` the best of the other three on a table of 1,000 rows.
        - "confident_joint": counts where the classifier is confident. The best of the other
          three where few rows of well separated classes are given (digits).
        - a callable ``(noisy_proba, y) -> T`` with y as column numbers.
    cv : int, splitter, iterable or None, default=3
        Folds for out-of-fold posteriors. An int larger than the smallest class is lowered to its
        size, with a warning. None: one classifier, asked about its own training rows as in [1]_;
        a network that fits its labels then returns the identity.
    quantile : "prior", "argmax" or float in (0, 1), default="prior"
        Where method "anchor" finds its anchors: at ``1 - 0.3 * prior`` of a class, at the largest
        posterior, or at a fixed quantile ([1]_: 0.97).
    structure : str or dict, default=None
        What is known of the noise, and T is sought within: "symmetric" (one rate, spread
        evenly), "shared_rate" (one rate), "mirrored" (i is taken for j as often as j for i); or a
        dict with some of the keys ``noise`` (one of these), ``zeros`` (confusions that never
        happen, bool of shape (n_classes, n_classes)), ``groups`` (a group for each class that
        labels do not leave), ``rank`` (kinds of confusion), ``prior`` (what T was believed to
        be) and ``prior_strength`` (in examples per class, default 100).
    classes : array-like of shape (n_classes,), default=None
        All labels, where some may be absent from y.
    keep_proba : bool, default=True
        False, for method "count" without trusted labels, reads T off the posteriors in one pass
        and keeps none of them: beside X there are then some thousand rows of them at a time, and
        about ``K (K + n_samples / (5 K))`` numbers, for K classes.
    device : str, default="auto"
        Device of a network; "auto" is the net's own, or CUDA where there is one.
    n_jobs : int, default=None
        Folds fitted at the same time.
    random_state : int, RandomState instance or None, default=None
        Seeds folds, initial weights and order of the rows.
    verbose : int, default=0
        1 shows a progress bar for each network.

    Attributes
    ----------
    transition_matrix_ : ndarray of shape (n_classes, n_classes)
        ``T[i, j] = P(noisy = j | clean = i)``; rows sum to 1.
    noise_rate_ : float
        Estimated fraction of labels that differ from the clean ones.
    n_examples_ : ndarray of shape (n_classes,)
        How many examples each row of T rests on, trusted ones included; NaN for methods that do
        not count.
    condition_number_ : float
        Of `transition_matrix_`: by how much its inverse may multiply errors.
    losses_ : dict or None
        Method "auto": held-out loss (mean of ``-log`` probability of noisy labels) by candidate.
    noisy_proba_ : ndarray of shape (n_samples, n_classes)
        Posteriors of the noisy labels that T was read off; rows of weight zero have none. Not
        there with ``keep_proba=False``.
    classes_ : ndarray of shape (n_classes,)
        Labels, in the order of T.
    estimators_ : list
        The fitted classifiers, one per fold.
    n_features_in_ : int
        Number of features.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features, if X had any.

    References
    ----------
    .. [1] Patrini et al., "Making Deep Neural Networks Robust to Label Noise: a Loss Correction
       Approach", CVPR 2017.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sknoisy import TransitionMatrixEstimator
    >>> from sknoisy.noise import corrupt_labels, symmetric_transition_matrix
    >>> X, y = load_iris(return_X_y=True)
    >>> noisy = corrupt_labels(y, symmetric_transition_matrix(3, 0.3), random_state=0)
    >>> estimator = TransitionMatrixEstimator(LogisticRegression(max_iter=500), random_state=0)
    >>> estimator.fit(X, noisy).transition_matrix_.shape
    (3, 3)
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
        keep_proba: bool = True,
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
        self.device = device
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose

    def fit(
        self,
        X: Any,
        y: Any = None,
        sample_weight: ArrayLike | None = None,
        X_unlabelled: Any = None,
        y_trusted: ArrayLike | None = None,
        X_trusted: Any = None,
    ) -> TransitionMatrixEstimator:
        """Fit the classifier on noisy labels and estimate T.

        Parameters
        ----------
        X : array-like, sparse matrix, frame or Dataset of n_samples rows
            Features; images as (n, channels, height, width), token ids as (n, length).
        y : array-like of shape (n_samples,)
            Noisy labels.
        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weights, in the training and in the counts.
        X_unlabelled : like X, default=None
            Further rows without labels, among which anchors are sought too (method "anchor" or
            a callable that takes them; the counts need labels).
        y_trusted : array-like of shape (n_samples,), default=None
            Clean labels of some rows of X, the others NaN or None; or of all rows of
            `X_trusted`. One per class settles which row of T is which class, more sharpen T, and
            thousands decide it.
        X_trusted : like X, default=None
            Rows of the clean labels `y_trusted`, where these are not rows of X.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If a parameter or the data is not usable; the message says what to do.

        Warns
        -----
        UserWarning
            If T is not diagonally dominant, a row rests on few examples, or T is nearly singular.
        """
        check_parameters(self, X_unlabelled, y_trusted)
        if X_trusted is not None and y_trusted is None:
            raise ValueError("X_trusted needs the clean labels of its rows as y_trusted.")
        data = validate_training_set(self, X, y, sample_weight, classes=self.classes)
        vars(self).update(data.features)
        self.classes_ = data.classes
        seed = check_random_state(self.random_state).randint(np.iinfo(np.int32).max)
        trusted = None
        if self.keep_proba:
            self.estimators_, self.noisy_proba_ = self._how(data).posteriors(data, seed)
            trusted = None if y_trusted is None else self._trusted(data, y_trusted, X_trusted, X)
            found = self._estimate(data, X_unlabelled)
        else:
            if hasattr(self, "noisy_proba_"):  # Those of an earlier fit.
                del self.noisy_proba_
            self.estimators_, top = self._how(data).top_rows(data, seed)
            found = estimate_from_counts(top.counts(), self._structure())
        self.n_examples_, self.losses_ = found.n_examples, found.losses
        self._labels, self._weights, self._shares = data.y, data.sample_weight, found.share_weights
        self.transition_matrix_ = found.transition_matrix
        self._concentration: NDArray[np.float64] | None = None
        self._order = np.arange(len(self.classes_))
        if trusted is not None:
            self._use(trusted)
        self.condition_number_ = float(np.linalg.cond(self.transition_matrix_))
        noisy_prior = np.bincount(data.y, data.sample_weight, minlength=len(self.classes_))
        prior = clean_prior(self.transition_matrix_, noisy_prior / noisy_prior.sum())
        self.noise_rate_ = float(1 - prior @ self.transition_matrix_.diagonal())
        named = None if trusted is None else trusted.named(self.classes_)
        for doubt in doubts(self.transition_matrix_, self.n_examples_, self.classes_, named=named):
            warnings.warn(doubt, UserWarning, stacklevel=2)
        return self

    def fit_validated(self, data, *, trusted=None):
        params = {}
        if trusted is not None:
            labels = np.full(len(trusted.codes), None, dtype=object)
            labels[trusted.known] = data.classes[trusted.codes[trusted.known]]
            params["y_trusted"] = labels
            if trusted.X is not None:
                params["X_trusted"] = trusted.X
        return self.fit(data.X, data.labels, sample_weight=data.sample_weight, **params)

    def interval(
        self,
        confidence_level: float = 0.95,
        *,
        n_bootstrap: int = 50,
        X: Any = None,
        y: ArrayLike | None = None,
    ) -> NDArray[np.float64]:
        """Limits between which each entry of T lies, at a confidence level.

        Rows of T with trusted labels have Dirichlet limits; the others those of a bootstrap:
        the estimate plus and minus a multiple of the spread of T over resampled rows. Without X
        and y the posteriors stay as they are, which takes seconds, and what the limits hold is
        the error of the counts: rows that are counted for a class and are not of it go unseen.
        With them the classifiers are fitted anew to each sample, which is wider.

        Parameters
        ----------
        confidence_level : float in (0, 1), default=0.95
            How often the limits should hold the true entry.
        n_bootstrap : int, default=50
            Samples of the rows. A sample weights rows by how often they were drawn, so that a
            row never stands on both sides of a fold.
        X, y : as for `fit`, default=None
            The training data, to fit the classifiers anew.

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
        if not 0 < confidence_level < 1:
            raise ValueError(f"confidence_level must be inside (0, 1); got {confidence_level!r}.")
        if X is None:
            check_kept(self, "interval without X and y")
            samples = self._resampled(n_bootstrap)
        else:
            samples = refitted_transition_matrices(self, X, y, n_bootstrap)
        limits = normal_interval(self.transition_matrix_, samples, confidence_level)
        if self._concentration is not None:
            trusted = dirichlet_interval(self._concentration, confidence_level)
            limits = np.where(self._named[:, None], trusted, limits)
        return limits

    def _resampled(self, n_bootstrap: int) -> NDArray[np.float64]:
        back = np.argsort(self._order)
        samples = resampled_transition_matrices(
            self.noisy_proba_,
            self._labels,
            self.transition_matrix_[back],
            method=self.method,
            quantile=self.quantile,
            structure=self._structure(),
            share_weights=self._shares,
            sample_weight=self._weights,
            n_bootstrap=n_bootstrap,
        )
        return samples[:, self._order]

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
        container = _get_output_config("transform", self)["dense"]
        if hasattr(X, "columns") and hasattr(X, "shape"):
            checked = X
        if container == "pandas" and isinstance(checked, np.ndarray):
            import pandas as pd

            checked = pd.DataFrame(checked, columns=self.get_feature_names_out())
        elif container == "polars" and isinstance(checked, np.ndarray):
            import polars as pl

            checked = pl.DataFrame(checked, schema=self.get_feature_names_out().tolist())
        return _carrier.attach(checked, _carrier.Tag(self.transition_matrix_, self.classes_))

    def _how(self, data: TrainingSet) -> CrossFit:
        estimator = default_classifier(data) if self.estimator is None else self.estimator
        return CrossFit(estimator, self.cv, self.device, self.n_jobs, self.verbose)

    def _structure(self) -> dict[str, Any] | None:
        return None if self.structure is None else structure_options(self.structure)

    def _estimate(self, data: TrainingSet, X_unlabelled: Any) -> Any:
        proba, weight = self.noisy_proba_, data.sample_weight
        if X_unlabelled is not None:
            proba, weight = self._with_unlabelled(validate_rows(self, X_unlabelled), weight)
        return estimate(
            proba,
            data.y,
            method=self.method,
            quantile=self.quantile,
            sample_weight=weight,
            structure=self._structure(),
        )

    def _trusted(
        self, data: TrainingSet, y_trusted: ArrayLike, X_trusted: Any, X: Any
    ) -> TrustedRows:
        calibrate = partial(temperature_scaled, sample_weight=data.sample_weight)
        if X_trusted is None:
            clean = encode_trusted(y_trusted, self.classes_, n_expected=n_rows(X), of="X")
            clean = clean if data.kept is None else clean[data.kept]
            rows = np.flatnonzero(clean != UNKNOWN)
            proba = calibrate(self.noisy_proba_, data.y)[rows]
            sharpen = partial(self._sharpened, data, take_rows(data.X, rows), rows)
            return TrustedRows(proba, clean[rows], data.y[rows], sharpen)
        X_trusted = validate_rows(self, X_trusted)
        clean = encode_trusted(
            y_trusted, self.classes_, n_expected=n_rows(X_trusted), of="X_trusted"
        )
        rows = np.flatnonzero(clean != UNKNOWN)
        asked = [ask(fitted, X_trusted, self.classes_) for fitted in self.estimators_]
        proba = calibrate(self.noisy_proba_, data.y, at=np.mean(asked, axis=0))
        sharpen = partial(self._sharpened, data, take_rows(X_trusted, rows), None)
        return TrustedRows(proba[rows], clean[rows], None, sharpen)

    def _sharpened(
        self,
        data: TrainingSet,
        X_trusted: Any,
        left_out: NDArray[np.intp] | None,
        transition_matrix: NDArray[np.float64],
    ) -> NDArray[np.float64] | None:
        """Posteriors of trusted rows, from a classifier of the most probable clean labels.

        That of the noisy labels hardly tells two classes apart whose labels hardly differ.
        """
        how = self._how(data)
        if isinstance(how.estimator, FrozenEstimator):
            return None
        proba = temperature_scaled(self.noisy_proba_, data.y, sample_weight=data.sample_weight)
        joint = project_posterior(proba, transition_matrix) * transition_matrix.T[data.y]
        rows = np.arange(len(data.y))
        others = rows if left_out is None else np.setdiff1d(rows, left_out)
        relabelled = data._replace(y=joint.argmax(axis=1).astype(data.y.dtype))
        if len(np.unique(relabelled.y[others])) < 2:
            return None
        seed = check_random_state(self.random_state).randint(np.iinfo(np.int32).max)
        fitted = how._fit(relabelled, others, seed, "clean labels")
        return ask(fitted, X_trusted, self.classes_)

    def _use(self, trusted: TrustedRows) -> None:
        found = with_trusted(trusted, self.transition_matrix_)
        self._concentration, self._order = found.concentration, found.order
        self._named = trusted.named(self.classes_)
        T = found.concentration / found.concentration.sum(axis=1, keepdims=True)
        structure = self._structure()
        if structure is not None:
            T = structured_estimate(found.concentration, **structure)
        elif self.method == "auto":  # Few trusted labels scatter; their entries borrow too.
            T = shrink_counts(found.concentration, belief=0)
        self.transition_matrix_ = T
        self.n_examples_ = self.n_examples_[found.order] + np.bincount(
            trusted.y_clean, minlength=len(self.classes_)
        )

    def _with_unlabelled(
        self, X: Any, weight: NDArray[np.float64] | None
    ) -> tuple[NDArray[np.float64], NDArray[np.float64] | None]:
        extra = np.mean([ask(fitted, X, self.classes_) for fitted in self.estimators_], axis=0)
        if weight is not None:
            weight = np.concatenate([weight, np.ones(len(extra))])
        return np.concatenate([self.noisy_proba_, extra]), weight

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.target_tags.required = True
        return tags
