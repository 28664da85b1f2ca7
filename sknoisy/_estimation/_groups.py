"""`GroupTransitionMatrixEstimator`: a T for each site, source or annotator."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, clone
from sklearn.utils import Tags

from .._transition import clean_prior, group_transition_matrices
from .._validation import TrainingSet, is_missing, n_rows, validate_training_set
from ._estimator import TransitionMatrixEstimator
from ._parameters import check_kept


class GroupTransitionMatrixEstimator(BaseEstimator):
    """Estimate a noise transition matrix for each group of rows, drawn to the common one.

    Groups are whatever labels differently: sites, sources, annotators (one label per row; for
    several see :class:`sknoisy.annotators.DawidSkene`). One classifier learns from all rows; the
    groups share it. Groups with few rows fall back on the common T, as far as the groups look
    alike in the data.

    Parameters
    ----------
    estimator : TransitionMatrixEstimator or None, default=None
        Estimates the common T, and yields the posteriors of the noisy labels. None takes
        ``TransitionMatrixEstimator()``.

    Attributes
    ----------
    transition_matrices_ : ndarray of shape (n_groups, n_classes, n_classes)
        ``T_g[i, j] = P(noisy = j | clean = i)`` in group g; rows sum to 1.
    transition_matrix_ : ndarray of shape (n_classes, n_classes)
        The common T.
    groups_ : ndarray of shape (n_groups,)
        Names of the groups, sorted: the order of `transition_matrices_`.
    n_examples_ : ndarray of shape (n_groups, n_classes)
        How many examples each row of each T rests on.
    noise_rates_ : ndarray of shape (n_groups,)
        Estimated fraction of labels of each group that differ from the clean ones, were its
        classes mixed as in all rows.
    classes_ : ndarray of shape (n_classes,)
        Labels, in the order of every T.
    estimator_ : TransitionMatrixEstimator
        The fitted estimator of the common T.
    estimators_, noisy_proba_, n_features_in_, feature_names_in_
        Those of `estimator_`.

    Notes
    -----
    The classifier should not see the group: where it does, its posteriors of a row already hold
    the noise of the row's group, and not the common one. How groups are told apart and drawn
    together is in the notes of :func:`sknoisy._transition.group_transition_matrices` and
    :func:`sknoisy._transition.shrink_groups`.

    References
    ----------
    .. [1] Dempster, Laird, Rubin, "Maximum Likelihood from Incomplete Data via the EM Algorithm",
       JRSS B 39, 1977.
    .. [2] Paun et al., "Comparing Bayesian Models of Annotation", TACL 6, 2018 (annotators drawn
       to the population).

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import load_digits
    >>> from sknoisy import GroupTransitionMatrixEstimator
    >>> from sknoisy.noise import corrupt_labels, symmetric_transition_matrix
    >>> X, y = load_digits(n_class=3, return_X_y=True)
    >>> site = np.where(np.arange(len(y)) % 2, "A", "B")
    >>> T, noisy = symmetric_transition_matrix(3, 0.4), y.copy()
    >>> noisy[site == "B"] = corrupt_labels(y[site == "B"], T, exact=True, random_state=0)
    >>> estimator = GroupTransitionMatrixEstimator().fit(X, noisy, groups=site)
    >>> estimator.groups_, estimator.noise_rates_.round(1)
    (array(['A', 'B'], dtype='<U1'), array([0. , 0.4]))
    """

    def __init__(self, estimator: Any = None) -> None:
        self.estimator = estimator

    def fit(
        self,
        X: Any,
        y: Any = None,
        sample_weight: ArrayLike | None = None,
        groups: ArrayLike | None = None,
        y_trusted: ArrayLike | None = None,
        X_trusted: Any = None,
    ) -> GroupTransitionMatrixEstimator:
        """Fit the classifier on noisy labels, and estimate T for all rows and for each group.

        Parameters
        ----------
        X : array-like, sparse matrix, frame or Dataset of n_samples rows
            Features, without the group.
        y : array-like of shape (n_samples,)
            Noisy labels.
        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weights.
        groups : array-like of shape (n_samples,)
            Name of the group of each row, of any type that sorts.
        y_trusted, X_trusted : default=None
            Clean labels of some rows, for the common T, see :class:`TransitionMatrixEstimator`.

        Returns
        -------
        self

        Raises
        ------
        ValueError, TypeError
            If a parameter or the data is not usable; the message says what to do.

        Warns
        -----
        UserWarning
            If the common T is doubtful, see :class:`TransitionMatrixEstimator`.
        """
        base = TransitionMatrixEstimator() if self.estimator is None else self.estimator
        if not isinstance(base, TransitionMatrixEstimator):
            raise TypeError(
                f"estimator must be a TransitionMatrixEstimator or None; got "
                f"{type(base).__name__}. Pass a classifier as "
                f"TransitionMatrixEstimator({type(base).__name__}(...))."
            )
        data = validate_training_set(self, X, y, sample_weight, classes=base.classes)
        self.groups_, which = encode_groups(groups, n_rows(X))
        which = which if data.kept is None else which[data.kept]
        passed = {"sample_weight": sample_weight, "y_trusted": y_trusted, "X_trusted": X_trusted}
        given = {name: value for name, value in passed.items() if value is not None}
        self.estimator_ = clone(base).fit(X, y, **given)
        self.classes_, self.transition_matrix_ = data.classes, self.estimator_.transition_matrix_
        self.estimators_ = self.estimator_.estimators_
        check_kept(self.estimator_, "The T of each group")
        self.noisy_proba_ = self.estimator_.noisy_proba_
        self._estimate(data, which)
        return self

    def _estimate(self, data: TrainingSet, which: NDArray[np.intp]) -> None:
        weights = data.sample_weight
        self.transition_matrices_, self.n_examples_ = group_transition_matrices(
            self.noisy_proba_,
            data.y,
            which,
            self.transition_matrix_,
            n_groups=len(self.groups_),
            sample_weight=weights,
        )
        shares = np.bincount(data.y, weights, minlength=len(data.classes))
        prior = clean_prior(self.transition_matrix_, shares / shares.sum())
        self.noise_rates_ = 1 - self.transition_matrices_.diagonal(axis1=1, axis2=2) @ prior

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.target_tags.required = True
        return tags


def encode_groups(
    groups: ArrayLike | None, n_expected: int
) -> tuple[NDArray[Any], NDArray[np.intp]]:
    """The sorted names of the groups, and the position of the group of every row.

    Parameters
    ----------
    groups : array-like of shape (n_expected,)
        As the user passes them.
    n_expected : int
        Number of rows.

    Raises
    ------
    ValueError
        If there are none, more or fewer, or a name is missing.
    """
    if groups is None:
        raise ValueError(
            "groups must name the group of each row; got None. In a Pipeline or a search it is "
            "routed as metadata: set_fit_request(groups=True)."
        )
    names = np.asarray(groups)
    if names.shape != (n_expected,):
        raise ValueError(
            f"groups must hold one name per row of X, {n_expected}; got shape {names.shape}."
        )
    if any(map(is_missing, names)):
        raise ValueError(
            "groups holds missing names. Give rows of unknown origin a group of their own, such "
            "as 'unknown'."
        )
    return np.unique(names, return_inverse=True)
