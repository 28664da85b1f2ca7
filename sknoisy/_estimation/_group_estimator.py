"""`GroupTransitionMatrixEstimator`: a T for each site, source or annotator."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import clone
from sklearn.utils import Tags

from .._base_estimator import HouseEstimator
from .._fitted import publish
from .._hints import SEE_ERRORS
from .._stages import with_stages
from .._transition import clean_prior, group_transition_matrices
from .._validation import TrainingSet, validate_training_set
from .._warn import warn_of
from ._estimator import TransitionMatrixEstimator
from ._folds import with_fold_groups
from ._noise_groups import NoiseGroups, read_noise_groups
from ._trusted import TrustedLabels, read_trusted_labels
from ._wrapped import input_tags_of, is_read_by_net

if TYPE_CHECKING:
    from typing_extensions import Self


class GroupTransitionMatrixEstimator(HouseEstimator):
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
    noise_groups_ : ndarray of shape (n_groups,)
        Names of the groups, sorted: the order of `transition_matrices_`.
    n_examples_ : ndarray of shape (n_groups, n_classes)
        How many examples each row of each T rests on.
    noise_rates_ : ndarray of shape (n_groups,)
        Estimated fraction of labels of each group that differ from the clean ones, were its
        classes mixed as in all rows.
    classes_ : ndarray of shape (n_classes,)
        Labels, in the order of every T.
    estimator_ : TransitionMatrixEstimator
        The fitted estimator of the common T, which holds what its parameters ask to keep.
    doubts_, n_features_in_, feature_names_in_
        Those of `estimator_`.

    See Also
    --------
    TransitionMatrixEstimator : One T for all rows.
    sknoisy.annotators.DawidSkene : Several labels per row, one T for each annotator.

    Notes
    -----
    The classifier should not see the group: where it does, its posteriors of a row already hold
    the noise of the row's group, and not the common one. How groups are told apart and drawn
    together is in the notes of ``sknoisy._transition.group_transition_matrices`` and
    ``sknoisy._transition.shrink_groups``.

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
    >>> estimator = GroupTransitionMatrixEstimator().fit(X, noisy, noise_groups=site)
    >>> estimator.noise_groups_, estimator.noise_rates_.round(1)
    (array(['A', 'B'], dtype='<U1'), array([0. , 0.4]))
    """

    transition_matrices_: NDArray[np.float64]
    transition_matrix_: NDArray[np.float64]
    classes_: NDArray[Any]
    noise_groups_: NDArray[Any]
    noise_rates_: NDArray[np.float64]
    n_examples_: NDArray[np.float64]
    doubts_: tuple[str, ...]
    estimator_: Any

    _takes_soft_labels = True

    def __init__(self, estimator: Any = None) -> None:
        self.estimator = estimator

    @with_stages
    def fit(
        self,
        X: Any,
        y: Any = None,
        sample_weight: ArrayLike | None = None,
        noise_groups: ArrayLike | None = None,
        y_trusted: ArrayLike | None = None,
        X_trusted: Any = None,
        fold_groups: ArrayLike | None = None,
    ) -> Self:
        """Fit the classifier on noisy labels, and estimate T for all rows and for each group.

        Parameters
        ----------
        X : array-like, sparse matrix, frame or Dataset of n_samples rows
            Features, without the group.
        y : array-like of shape (n_samples,) or (n_samples, n_classes)
            Noisy labels, or soft ones, counted by their shares.
        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weights.
        noise_groups : array-like of shape (n_samples,)
            Name of the group of each row, of any type that sorts.
        y_trusted, X_trusted : default=None
            Clean labels of some rows, for the common T, see :class:`TransitionMatrixEstimator`.
        fold_groups : array-like of shape (n_samples,), default=None
            What rows belong together, such as patients: those of one name are never in both
            parts of a fold. None keeps equal rows together, which are found by their content.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If `noise_groups` did not arrive: a Pipeline or a search hands on what is requested.

        Warns
        -----
        UserWarning
            If the common T is doubtful, see :class:`TransitionMatrixEstimator`.
        """
        data = validate_training_set(
            self, X, y, sample_weight, classes=self._common_estimator().classes
        )
        if noise_groups is None:
            raise ValueError(
                "noise_groups must name the group of each row; got None. In a Pipeline or a search "
                "it is routed as metadata: set_fit_request(noise_groups=True), after "
                f"sklearn.set_config(enable_metadata_routing=True). {SEE_ERRORS}"
            )
        data = with_fold_groups(data, fold_groups)
        groups = read_noise_groups(noise_groups, data)
        trusted = read_trusted_labels(self, data, y_trusted, X_trusted)
        self.fit_validated(data, groups, trusted=trusted)
        warn_of(self.doubts_)
        return self

    def fit_validated(
        self,
        data: TrainingSet,
        groups: NoiseGroups,
        *,
        trusted: TrustedLabels | None = None,
        keep_all: bool = False,
    ) -> Self:
        """As `fit`, of what was validated; see that of `TransitionMatrixEstimator`."""
        base = clone(self._common_estimator()).fit_validated(data, trusted=trusted, keep_all=True)
        matrices, n_examples = group_transition_matrices(
            data.repeated(base.noisy_proba_),
            data.y,
            groups.which,
            base.transition_matrix_,
            n_groups=len(groups.names),
            sample_weight=data.sample_weight,
        )
        counts = data.label_counts
        prior = clean_prior(base.transition_matrix_, counts / counts.sum())
        found = copy.copy(self)
        publish(
            found,
            {
                **data.features,
                "classes_": data.classes,
                "noise_groups_": groups.names,
                "estimator_": base,
                "doubts_": base.doubts_,
                "transition_matrix_": base.transition_matrix_,
                "transition_matrices_": matrices,
                "n_examples_": n_examples,
                "noise_rates_": 1 - matrices.diagonal(axis1=1, axis2=2) @ prior,
            },
        )
        self.__dict__ = (found if keep_all else found.lightened()).__dict__
        return self

    def lightened(self) -> Self:
        """A copy without what the parameters do not ask to keep."""
        light = copy.copy(self)
        light.estimator_ = self.estimator_.lightened()
        return light

    def _common_estimator(self) -> TransitionMatrixEstimator:
        base = TransitionMatrixEstimator() if self.estimator is None else self.estimator
        if not isinstance(base, TransitionMatrixEstimator):
            raise TypeError(
                f"estimator must be a TransitionMatrixEstimator or None; got "
                f"{type(base).__name__}. Pass a classifier as "
                f"TransitionMatrixEstimator({type(base).__name__}(...))."
                f" {SEE_ERRORS}"
            )
        return base

    @property
    def _reads_numbers(self) -> bool:
        return is_read_by_net(self._common_estimator().estimator)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags = input_tags_of(getattr(self.estimator, "estimator", None))
        tags.target_tags.required = True
        return tags
