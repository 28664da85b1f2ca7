"""`DawidSkene`: a T per annotator and the consensus of all, with or without features."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import Tags
from sklearn.utils.validation import check_consistent_length

from .._base_estimator import HouseEstimator
from .._checks import check_integer, check_number
from .._estimation import CrossFit, HandsOn, check_learning, class_posteriors, with_fold_groups
from .._hints import SEE_ERRORS
from .._random import random_seed
from .._stages import with_stages
from .._validation import TrainingSet, n_rows, take_rows, validate_training_set
from .._warn import warn
from ._em import Codes, Consensus, dawid_skene, with_trusted
from ._features import consensus_given, informed_consensus, matrices_from_features
from ._votes import Votes, encode_votes

if TYPE_CHECKING:
    from typing_extensions import Self


class DawidSkene(HandsOn, HouseEstimator):
    """Estimate a transition matrix for each annotator, and the consensus of all labels.

    Each annotator has a matrix ``T_a[i, j] = P(label = j | clean = i)``. Expectation-maximisation
    alternates between the matrices and the clean labels ([1]_). Matrices of annotators with few
    labels are shrunk to what all have in common, the more the more alike they are ([2]_). With a
    classifier, the features of a row count too ([3]_, [4]_), and one label per row is enough.
    Annotators are taken to err independently: two who copy from each other look careful.

    Parameters
    ----------
    estimator : classifier, torch.nn.Module class, skorch net or None, default=None
        What yields posteriors of the clean labels from X: any scikit-learn classifier with
        `predict_proba`, or a network as for :class:`sknoisy.ForwardCorrectedClassifier`. None
        uses the labels only, and X may be None.
    n_rounds : int, default=2
        How often the classifier is fitted to the consensus.
    cv : int, splitter or iterable, default=3
        Folds of the posteriors: each row is predicted by a classifier not trained on it.
    classes : array-like of shape (n_classes,), default=None
        All labels, where some may be absent from y.
    missing_label : object, default=None
        What stands for no label beside NaN, None and pandas.NA: -1, "", ...
    max_iter : int, default=200
        Maximum number of rounds of expectation-maximisation.
    tol : float, default=1e-3
        Rounds stop when the L1 change of the posteriors, averaged over rows, is below.
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
        Posteriors of the clean labels, given all labels of a row and perhaps its features.
    consensus_ : ndarray of shape (n_samples,)
        The most probable clean labels.
    class_prior_ : ndarray of shape (n_classes,)
        Shares of the clean labels.
    accuracies_, n_labels_ : ndarray of shape (n_annotators,)
        How often each annotator is right, and how many labels each gave.
    n_examples_ : ndarray of shape (n_annotators, n_classes)
        Number of examples behind each row of each T.
    n_features_in_, feature_names_in_ : int and ndarray of shape (n_features,)
        With a classifier: number of features, and their names if X had any.
    annotators_ : ndarray of shape (n_annotators,)
        Names of the columns of y, or their numbers.
    classes_ : ndarray of shape (n_classes,)
        Labels, in the order of all matrices and posteriors.
    clean_proba_ : ndarray of shape (n_samples, n_classes)
        Posteriors of the classifier alone, out of fold and calibrated.
    estimators_ : list
        Classifiers of the last round, one per fold.
    n_iter_ : int
        Rounds of expectation-maximisation, in the last run.

    See Also
    --------
    AnnotatorCorrectedClassifier : A classifier trained on all labels.
    sknoisy.GroupTransitionMatrixEstimator : One label per row, by one of several annotators.
    sknoisy.noise.annotator_labels : Simulated labels of several annotators.

    Notes
    -----
    With ``pi_k`` the share of class k, or the posterior of the classifier where there is one, the
    posterior of a row is proportional to ``pi_k prod_a T_a[k, y_a]``, over the annotators who
    labelled it. ``T_a[k, j]`` is the share of label j among the labels of a on rows of class k,
    counted with these posteriors and shrunk to the other annotators, by a strength that maximises
    the likelihood of the accuracies, the rates of single classes and the spread of wrong labels.

    Posteriors are raised to the power that maximises the likelihood of the labels, so that an
    overconfident network does not overrule the annotators. Annotators are assumed to err
    independently, and most of them to be right more often than not.

    With a classifier, where less than half of the rows have a second label, the matrices are those
    of :class:`sknoisy.GroupTransitionMatrixEstimator`, and only the consensus is estimated in
    rounds. It may be worse than the labels if the classifier is right much less often than these.

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
    >>> model.accuracies_.round(1)
    array([0.9, 0.7, 0.5])
    >>> bool((model.consensus_ == clean).mean() > 0.85)
    True
    """

    transition_matrices_: NDArray[np.float64]
    consensus_proba_: NDArray[np.float64]
    consensus_: NDArray[Any]
    class_prior_: NDArray[np.float64]
    accuracies_: NDArray[np.float64]
    n_labels_: NDArray[np.signedinteger[Any]]
    n_examples_: NDArray[np.float64]
    annotators_: NDArray[Any]
    classes_: NDArray[Any]
    clean_proba_: NDArray[np.float64]
    estimators_: list[Any]
    n_iter_: int

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

    @with_stages
    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: ArrayLike | None = None,
        fold_groups: ArrayLike | None = None,
        y_trusted: ArrayLike | None = None,
    ) -> Self:
        """Estimate the matrices and the consensus.

        Parameters
        ----------
        X : array-like, sparse matrix, frame or Dataset of n_samples rows, or None
            Whatever `estimator` takes; ignored without it.
        y : array-like or DataFrame of shape (n_samples, n_annotators)
            Labels of any type; NaN, None or pandas.NA where there is none, and `missing_label`.
            Rows without any label, or of weight zero, get a consensus but do not affect the fit.
        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weights.
        fold_groups : array-like of shape (n_samples,), default=None
            What rows belong together, such as patients: those of one name are never in both
            parts of a fold. None keeps equal rows together, which are found by their content.
        y_trusted : array-like of shape (n_samples,), default=None
            Clean labels of some rows, the others NaN or None: the consensus of these rows, by
            which annotators are judged.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If y has one dimension, or holds -1 beside other labels and it is not said what it is,
            or if trusted labels are not among the classes.

        Warns
        -----
        UserWarning
            If no row has two labels, and there is no classifier to compare annotators by.
        ConvergenceWarning
            If `max_iter` rounds were not enough.
        """
        fitted = copy(self)  # A fit that fails leaves self as it was.
        for name in [name for name in vars(fitted) if name.endswith("_")]:
            delattr(fitted, name)
        fitted._fit(X, y, sample_weight, fold_groups, y_trusted)
        self.__dict__ = fitted.__dict__
        return self

    def _fit(
        self,
        X: Any,
        y: Any,
        sample_weight: ArrayLike | None,
        fold_groups: ArrayLike | None,
        y_trusted: ArrayLike | None,
    ) -> None:
        self._check_parameters(X)
        votes = encode_votes(y, classes=self.classes, missing_label=self.missing_label)
        all_trusted = votes.trusted(y_trusted)
        used, weights = votes.used_rows(sample_weight)
        used_votes = votes.subset(used)
        trusted = None if all_trusted is None else all_trusted[used]
        consensus = dawid_skene(
            used_votes, used_votes.shares(), weights, self.max_iter, self.tol, trusted=trusted
        )
        proba = np.tile(consensus.class_prior, (votes.n_rows, 1))
        if self.estimator is not None:
            majority = votes.classes[votes.shares().argmax(axis=1)]
            data = validate_training_set(self, X, majority, classes=votes.classes)
            data = with_fold_groups(data, fold_groups)
            self.__dict__.update(data.features)
            consensus = self._fit_classifiers(data, used, used_votes, weights, consensus, trusted)
            proba = self.clean_proba_.copy()
        elif X is not None:
            check_consistent_length(X, y)
        proba[used] = consensus.proba
        self.classes_, self.annotators_ = votes.classes, votes.annotators
        self.n_labels_ = votes.n_labels
        self.transition_matrices_ = consensus.matrices
        self.class_prior_ = consensus.class_prior
        self.accuracies_ = consensus.matrices.diagonal(axis1=1, axis2=2) @ consensus.class_prior
        self.n_examples_, self.n_iter_ = consensus.n_examples, consensus.n_iter
        proba = with_trusted(proba, all_trusted)
        self.consensus_proba_ = proba
        self.consensus_ = votes.classes[proba.argmax(axis=1)]
        alone = self.estimator is None and trusted is None
        if alone and used_votes.n_labels_by_row.max() < 2:
            warn(
                "No row has two labels, so that annotators cannot be compared: every label is "
                "taken for right. Pass estimator= and X, whose features show who errs.",
            )
        if not consensus.converged:
            warn(
                f"Not converged after max_iter={self.max_iter} rounds; raise max_iter or tol.",
                ConvergenceWarning,
            )

    def _check_parameters(self, X: Any) -> None:
        check_integer(self.n_rounds, "n_rounds", 1)
        check_integer(self.max_iter, "max_iter", 1)
        check_number(self.tol, "tol", "[0, inf)")
        check_learning(
            self.estimator,
            cv=self.cv,
            device=self.device,
            n_jobs=self.n_jobs,
            verbose=self.verbose,
        )
        random_seed(self.random_state)
        if self.estimator is None:
            return
        if X is None:
            raise ValueError(
                f"X is None, but estimator={self.estimator!r} needs features; pass X, or leave "
                f"estimator out to use the labels only."
                f" {SEE_ERRORS}"
            )

    def _fit_classifiers(
        self,
        data: TrainingSet,
        used: NDArray[np.intp],
        votes: Votes,
        weights: NDArray[np.float64],
        consensus: Consensus,
        trusted: Codes | None,
    ) -> Consensus:
        """Set `clean_proba_` of all rows and `estimators_`; return the consensus of those used."""
        cross_fit = CrossFit(self.estimator, self.cv, self.device, self.n_jobs, self.verbose)
        training = data
        if len(used) < n_rows(data.X):
            training = data._replace(X=take_rows(data.X, used), y=data.y[used], kept=used)
            if data.fold_groups is not None:
                training = training._replace(fold_groups=data.fold_groups[used])
        training = cross_fit.grouped(training)
        if np.ptp(weights):
            training = training._replace(sample_weight=weights, loss_weight=weights)
        seed = random_seed(self.random_state)
        matrices = None
        for _ in range(self.n_rounds):
            labels = consensus.proba.argmax(axis=1).astype(np.int32)
            self.estimators_, proba = cross_fit.posteriors(training._replace(y=labels), seed)
            if votes.rarely_overlap:
                matrices = matrices or matrices_from_features(votes, proba, weights)
                prior, consensus = consensus_given(votes, proba, weights, *matrices, trusted)
            else:
                prior, consensus = informed_consensus(
                    votes, proba, weights, self.max_iter, self.tol, trusted
                )
        self.clean_proba_ = np.empty((n_rows(data.X), len(data.classes)))
        self.clean_proba_[used] = prior
        others = np.setdiff1d(np.arange(len(data.y)), used)
        if len(others):
            rows = take_rows(data.X, others)
            self.clean_proba_[others] = np.mean(
                [class_posteriors(fitted, rows, data.classes) for fitted in self.estimators_],
                axis=0,
            )
        return consensus

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.no_validation = self.estimator is None
        target = tags.target_tags
        target.required = target.two_d_labels = target.multi_output = True
        target.single_output = False
        return tags
