"""`DawidSkene`: a T per annotator and the consensus of all, with or without features."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import Tags, check_random_state
from sklearn.utils.validation import _check_sample_weight, check_consistent_length

from .._estimation._posteriors import CrossFit, ask
from .._net import build_net, is_net
from .._validation import TrainingSet, n_rows, take_rows, validate_training_set
from ._em import Consensus, dawid_skene
from ._features import (
    clean_posteriors,
    consensus_given,
    few_compared,
    informed_consensus,
    matrices_from_features,
)
from ._labels import Votes, encode_votes


class DawidSkene(BaseEstimator):
    """Estimate a transition matrix for each annotator, and the consensus of all labels.

    Every annotator errs in an own way: ``T_a[i, j] = P(label = j | clean = i)``. The matrices and
    the clean labels are found from each other by expectation-maximisation ([1]_). Annotators
    with few labels are drawn to what all have in common, as far as they look alike ([2]_). With a
    classifier, the features of a row have a say too ([3]_, [4]_): then one label per row is
    enough.

    Parameters
    ----------
    estimator : classifier, torch.nn.Module class, skorch net or None, default=None
        What yields posteriors of the clean labels from X: any scikit-learn classifier with
        `predict_proba`, or a network as for :class:`sknoisy.ForwardCorrectedClassifier`. None
        looks at the labels only, and X may be None.
    n_rounds : int, default=2
        With a classifier: how often it is fitted to the consensus, which its posteriors then
        improve.
    cv : int, splitter or iterable, default=3
        Folds of the posteriors: no row is asked of a classifier that has seen its labels.
    classes : array-like of shape (n_classes,), default=None
        All labels, where some may be absent from y.
    missing_label : object, default=None
        What stands for no label beside NaN, None and pandas.NA: -1, "", ...
    max_iter : int, default=200
        Rounds of expectation-maximisation at most.
    tol : float, default=1e-3
        Posteriors that change by less, in the sum over classes and the mean over rows, have
        converged.
    device : str, default="auto"
        Device of a network.
    n_jobs : int, default=None
        Folds fitted at the same time.
    random_state : int, RandomState instance or None, default=None
        Seeds folds and classifiers.
    verbose : int, default=0
        1 shows a progress bar for each network.

    Attributes
    ----------
    transition_matrices_ : ndarray of shape (n_annotators, n_classes, n_classes)
        T of each annotator; rows sum to 1.
    consensus_proba_ : ndarray of shape (n_samples, n_classes)
        Posteriors of the clean labels of the rows of `fit`, given all their labels, and their
        features if there is a classifier.
    consensus_ : ndarray of shape (n_samples,)
        The most probable labels.
    class_prior_ : ndarray of shape (n_classes,)
        Shares of the clean labels.
    accuracies_ : ndarray of shape (n_annotators,)
        How often each annotator is right.
    n_labels_ : ndarray of shape (n_annotators,)
        How many labels each gave.
    n_examples_ : ndarray of shape (n_annotators, n_classes)
        How many examples each row of each T rests on.
    annotators_ : ndarray of shape (n_annotators,)
        Names of the columns of y, or their numbers.
    classes_ : ndarray of shape (n_classes,)
        Labels, in the order of all matrices and posteriors.
    clean_proba_ : ndarray of shape (n_samples, n_classes)
        With a classifier: what it alone says, out of fold and calibrated.
    estimators_ : list
        With a classifier: those of the last round, one per fold.
    n_iter_ : int
        Rounds of expectation-maximisation, in the last run.

    Notes
    -----
    With ``pi_k`` the share of class k, or the posterior of the classifier where there is one,

    - the posterior of a row is proportional to ``pi_k prod_a T_a[k, y_a]``, over the annotators
      who labelled it;
    - ``T_a[k, j]`` is the share of label j among the labels of a on rows of class k, counted with
      these posteriors and drawn to the other annotators. How far is read off the data: their
      accuracies, the rates of single classes and the spread of wrong labels each have a
      distribution that maximises the likelihood.

    Where less than half of the rows have a second label, annotators can hardly be compared; with
    a classifier, their matrices are then those of :class:`sknoisy.GroupTransitionMatrixEstimator`,
    and only the consensus is found in rounds. A classifier that is right much less often than the
    labels may make such a consensus worse than the labels themselves.

    The posteriors of the classifier are raised to the power under which the labels are
    likeliest, so that an overconfident network does not overrule the annotators. Annotators are
    taken to err independently, and most of them to be right more often than not.

    References
    ----------
    .. [1] Dawid, Skene, "Maximum Likelihood Estimation of Observer Error-Rates Using the EM
       Algorithm", Applied Statistics 28, 1979.
    .. [2] Paun et al., "Comparing Bayesian Models of Annotation", TACL 6, 2018.
    .. [3] Raykar et al., "Learning from Crowds", JMLR 11, 2010.
    .. [4] Khetan, Lipton, Anandkumar, "Learning From Noisy Singly-labeled Data", ICLR 2018.

    Examples
    --------
    >>> import numpy as np
    >>> from sknoisy.annotators import DawidSkene
    >>> from sknoisy.noise import annotator_labels, symmetric_transition_matrix
    >>> clean = np.arange(600) % 3
    >>> T = [symmetric_transition_matrix(3, rate) for rate in (0.1, 0.3, 0.5)]
    >>> y = annotator_labels(clean, T, coverage=0.9, missing=np.nan, random_state=0)
    >>> model = DawidSkene().fit(None, y)
    >>> model.transition_matrices_.shape
    (3, 3, 3)
    >>> bool((model.consensus_ == clean).mean() > 0.85)
    True
    """

    def __init__(
        self,
        estimator: Any = None,
        *,
        n_rounds: int = 2,
        cv: Any = 3,
        classes: ArrayLike | None = None,
        missing_label: Any = None,
        max_iter: int = 200,
        tol: float = 1e-3,
        device: str = "auto",
        n_jobs: int | None = None,
        random_state: Any = None,
        verbose: int = 0,
    ) -> None:
        self.estimator = estimator
        self.n_rounds = n_rounds
        self.cv = cv
        self.classes = classes
        self.missing_label = missing_label
        self.max_iter = max_iter
        self.tol = tol
        self.device = device
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose

    def fit(self, X: Any, y: Any, sample_weight: ArrayLike | None = None) -> DawidSkene:
        """Find the matrices and the consensus.

        Parameters
        ----------
        X : array-like, sparse matrix, frame or Dataset of n_samples rows, or None
            Features; not looked at without `estimator`.
        y : array-like or DataFrame of shape (n_samples, n_annotators)
            Labels of any type; NaN, None or pandas.NA where there is none, and `missing_label`.
            Rows without any label, or of weight zero, are only asked for their consensus.
        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weights.

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
            If no row has two labels, and there is no classifier that could tell who is right.
        ConvergenceWarning
            If `max_iter` rounds were not enough.
        """
        self._check_parameters()
        votes = encode_votes(y, classes=self.classes, missing_label=self.missing_label)
        weights = _check_sample_weight(
            sample_weight, np.empty((votes.n_rows, 0)), dtype=np.float64, ensure_non_negative=True
        )
        self.classes_, self.annotators_ = votes.classes, votes.annotators
        self.n_labels_ = votes.n_labels
        used = np.flatnonzero((votes.n_labels_by_row > 0) & (weights > 0))
        if len(used) == 0:
            raise ValueError("sample_weight must be positive for a row that has a label.")
        counted, weights = votes.subset(used), weights[used] / weights[used].mean()
        found = self._dawid_skene(counted, counted.shares(), weights=weights)
        proba = np.tile(found.class_prior, (votes.n_rows, 1))
        if self.estimator is not None:
            data = self._validated(X, votes)
            found, self.clean_proba_ = self._with_features(data, used, counted, weights, found)
            proba = self.clean_proba_.copy()
        elif X is not None:
            check_consistent_length(X, y)
        proba[used] = found.proba
        self._keep(found, proba)
        self._warn(found, counted)
        return self

    def _check_parameters(self) -> None:
        if not isinstance(self.n_rounds, int | np.integer) or self.n_rounds < 1:
            raise ValueError(f"n_rounds must be at least 1; got {self.n_rounds!r}.")
        if not isinstance(self.max_iter, int | np.integer) or self.max_iter < 1:
            raise ValueError(f"max_iter must be at least 1; got {self.max_iter!r}.")
        if self.estimator is None:
            return
        if is_net(self.estimator):
            build_net(self.estimator, n_classes=2, sample_shape=None, device=self.device)
        elif not hasattr(self.estimator, "predict_proba"):
            raise TypeError(
                f"estimator must be a classifier with predict_proba, a torch.nn.Module class, a "
                f"skorch net or None; got {type(self.estimator).__name__}."
            )

    def _dawid_skene(self, votes: Votes, start: Any, **known: Any) -> Consensus:
        return dawid_skene(votes, start, max_iter=self.max_iter, tol=self.tol, **known)

    def _validated(self, X: Any, votes: Votes) -> TrainingSet:
        if X is None:
            raise ValueError(
                f"X is None, but estimator={self.estimator!r} needs features; pass X, or leave "
                f"estimator out to use the labels only."
            )
        majority = votes.classes[votes.shares().argmax(axis=1)]
        return validate_training_set(self, X, majority, classes=votes.classes)

    def _with_features(
        self,
        data: TrainingSet,
        used: NDArray[np.intp],
        votes: Votes,
        weights: NDArray[np.float64],
        found: Consensus,
    ) -> tuple[Consensus, NDArray[np.float64]]:
        """Consensus of the rows used, and the posteriors of the classifier for all rows."""
        how = CrossFit(self.estimator, self.cv, self.device, self.n_jobs, self.verbose)
        some = data
        if len(used) < n_rows(data.X):
            some = data._replace(X=take_rows(data.X, used), y=data.y[used], kept=used)
        if np.ptp(weights):
            some = some._replace(sample_weight=weights, loss_weight=weights)
        seed = check_random_state(self.random_state).randint(np.iinfo(np.int32).max)
        known = None
        for _ in range(self.n_rounds):
            self.estimators_, proba = clean_posteriors(how, some, found.proba, seed)
            if few_compared(votes):
                known = known or matrices_from_features(votes, proba, weights)
                row_prior, found = consensus_given(votes, proba, weights, *known)
            else:
                row_prior, found = informed_consensus(votes, proba, weights, self._dawid_skene)
        clean = np.empty((n_rows(data.X), len(self.classes_)))
        clean[used] = row_prior
        others = np.setdiff1d(np.arange(len(clean)), used)
        if len(others):
            rows = take_rows(data.X, others)
            asked = [ask(fitted, rows, self.classes_) for fitted in self.estimators_]
            clean[others] = np.mean(asked, axis=0)
        return found, clean

    def _keep(self, found: Consensus, proba: NDArray[np.float64]) -> None:
        self.transition_matrices_ = found.matrices
        self.class_prior_ = found.class_prior
        self.accuracies_ = found.matrices.diagonal(axis1=1, axis2=2) @ found.class_prior
        self.n_examples_, self.n_iter_ = found.n_examples, found.n_iter
        self.consensus_proba_ = proba
        self.consensus_ = self.classes_[proba.argmax(axis=1)]

    def _warn(self, found: Consensus, votes: Votes) -> None:
        if self.estimator is None and votes.n_labels_by_row.max() < 2:
            warnings.warn(
                "No row has two labels, so that annotators cannot be compared: every label is "
                "taken for right. Pass estimator= and X, whose features tell who errs.",
                UserWarning,
                stacklevel=3,
            )
        if not found.converged:
            warnings.warn(
                f"Not converged after max_iter={self.max_iter} rounds; raise max_iter or tol.",
                ConvergenceWarning,
                stacklevel=3,
            )

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.target_tags.required = True
        tags.target_tags.two_d_labels = True
        return tags
