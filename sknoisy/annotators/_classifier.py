"""`AnnotatorCorrectedClassifier`: a network trained on the labels of all annotators at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.utils import Tags, check_random_state
from sklearn.utils.validation import _check_sample_weight, check_is_fitted

from .._estimation._defaults import default_classifier
from .._net import WarmUpPlan, build_net, first_stage_state, fit_net, make_net, predict_proba
from .._predictions import CleanLabels
from .._transition import check_transition_matrix
from .._validation import (
    TrainingSet,
    n_rows,
    sample_shape,
    take_rows,
    validate_rows,
    validate_training_set,
)
from ..losses._evidence import EvidenceLoss
from ._dawid_skene import DawidSkene
from ._em import SMALLEST, log_likelihood
from ._votes import Votes, encode_votes


class AnnotatorCorrectedClassifier(CleanLabels, ClassifierMixin, BaseEstimator):
    """Train a network through the noise of every annotator.

    The network's softmax p(x) stands for the clean posterior. It is fitted to all labels of a row
    together, each through the transition matrix of who gave it, so that rows on which annotators
    agree count for more than rows on which they do not, and no label is thrown away.

    Parameters
    ----------
    estimator : None, torch.nn.Module class or skorch net, default=None
        The network, which returns logits; all settings of a skorch net are respected. None takes
        :func:`sknoisy.make_net`, a small MLP.
    transition_matrices : None, array-like or estimator, default=None
        ``T_a[i, j] = P(label = j | clean = i)`` of shape (n_annotators, n_classes, n_classes), in
        the order of the columns of y and of `classes_`; or an estimator of them, which is cloned
        and fitted. None takes :class:`DawidSkene` with extremely randomised trees for a table of
        up to 200 features and 100,000 rows, else with the network.
    warm_up : int, default=1
        From random weights: so many epochs on the consensus first, within the net's
        `max_epochs`.
    classes : array-like of shape (n_classes,), default=None
        All labels, where some may be absent from y.
    missing_label : object, default=None
        What stands for no label beside NaN, None and pandas.NA: -1, "", ...
    device : str, default="auto"
        "auto" is the net's own device, or CUDA where there is one.
    random_state : int, RandomState instance or None, default=None
        Seeds everything; the global generators are never touched.
    verbose : int, default=0
        1 shows a progress bar.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Labels, in the order of all matrices and posteriors.
    transition_matrices_ : ndarray of shape (n_annotators, n_classes, n_classes)
        The matrices that were used.
    annotator_model_ : DawidSkene
        Their fitted estimator, where one was fitted: consensus, accuracies and so on.
    estimator_ : skorch.NeuralNet
        The fitted net.
    history_ : skorch.History
        Epochs of the training.
    n_iter_ : int
        Number of epochs.
    n_features_in_ : int
        Number of features.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features, if X had any.

    Notes
    -----
    The loss of a row is ``-log sum_k p_k prod_a T_a[k, y_a]``, the product over those who labelled
    it: the likelihood of [1]_, with a network in place of the logistic model. With one label per
    row it is the forward correction with a T for each annotator.

    Where :class:`DawidSkene` was fitted with a classifier, the product is multiplied by the
    classifier's out-of-fold posterior of class k, that is, replaced by the consensus: a network
    that learns lone wrong labels by heart is told by rows alike that they are unlikely.

    References
    ----------
    .. [1] Raykar et al., "Learning from Crowds", JMLR 11, 2010.
    .. [2] Patrini et al., "Making Deep Neural Networks Robust to Label Noise: a Loss Correction
       Approach", CVPR 2017, section 4.2.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sknoisy.annotators import AnnotatorCorrectedClassifier
    >>> from sknoisy.noise import annotator_labels, symmetric_transition_matrix
    >>> X, y = load_iris(return_X_y=True)
    >>> T = [symmetric_transition_matrix(3, rate) for rate in (0.2, 0.4, 0.4)]
    >>> labels = annotator_labels(y, T, coverage=0.8, missing=-1, random_state=0)
    >>> clf = AnnotatorCorrectedClassifier(missing_label=-1, random_state=0)
    >>> clf.fit(X, labels).score(X, y) > 0.9
    True
    """

    def __init__(
        self,
        estimator: Any = None,
        *,
        transition_matrices: Any = None,
        warm_up: int = 1,
        classes: ArrayLike | None = None,
        missing_label: Any = None,
        device: str = "auto",
        random_state: Any = None,
        verbose: int = 0,
    ) -> None:
        self.estimator = estimator
        self.transition_matrices = transition_matrices
        self.warm_up = warm_up
        self.classes = classes
        self.missing_label = missing_label
        self.device = device
        self.random_state = random_state
        self.verbose = verbose

    def fit(
        self, X: Any, y: Any, sample_weight: ArrayLike | None = None
    ) -> AnnotatorCorrectedClassifier:
        """Estimate the matrices where they are not given, then train on all labels.

        Parameters
        ----------
        X : array-like, sparse matrix, frame or Dataset of n_samples rows
            Features; images as (n, channels, height, width), token ids as (n, length).
        y : array-like or DataFrame of shape (n_samples, n_annotators)
            Labels of any type; NaN, None or pandas.NA where there is none, and `missing_label`.
            Rows without any label are left out of the training.
        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weights; only their ratios matter.

        Returns
        -------
        self

        Raises
        ------
        ValueError, TypeError
            If a parameter or the data is not usable; the message says what to do.
        """
        # The net's own settings are checked first: nothing may be trained before an error.
        build_net(self.estimator, n_classes=2, sample_shape=None, device=self.device)
        if not isinstance(self.warm_up, int | np.integer) or self.warm_up < 0:
            raise ValueError(f"warm_up must be a number of epochs >= 0; got {self.warm_up!r}.")
        votes = encode_votes(y, classes=self.classes, missing_label=self.missing_label)
        majority = votes.classes[votes.shares().argmax(axis=1)]
        data = validate_training_set(self, X, majority, classes=votes.classes)
        self.classes_ = votes.classes
        self._seed = check_random_state(self.random_state).randint(np.iinfo(np.int32).max)
        start = self._resolve(data, votes, y, sample_weight)
        evidence = self._evidence_of(votes)
        self._train(data, self._used_rows(votes, sample_weight), evidence, start)
        return self

    def _resolve(
        self, data: TrainingSet, votes: Votes, y: Any, sample_weight: ArrayLike | None
    ) -> NDArray[np.integer]:
        """Set `transition_matrices_`; return the labels of the warm-up."""
        self.__dict__.pop("annotator_model_", None)
        wanted = self.transition_matrices
        if wanted is not None and not hasattr(wanted, "fit"):
            self.transition_matrices_ = self._checked(wanted, votes)
            return data.y
        model = self._prepared(DawidSkene(self._default(data)) if wanted is None else wanted)
        weights = {} if sample_weight is None else {"sample_weight": sample_weight}
        self.annotator_model_ = model.fit(data.X, y, **weights)
        found = getattr(self.annotator_model_, "transition_matrices_", None)
        if found is None:
            raise TypeError(
                f"transition_matrices must be an array or an estimator that sets "
                f"transition_matrices_ when fitted, such as DawidSkene; "
                f"{type(wanted).__name__} does not."
            )
        self.transition_matrices_ = self._checked(found, votes)
        consensus = getattr(self.annotator_model_, "consensus_proba_", None)
        return data.y if consensus is None else consensus.argmax(axis=1)

    def _evidence_of(self, votes: Votes) -> NDArray[np.float64]:
        """Logarithm of what is known of each row, by clean class, of shape (n_rows, n_classes)."""
        model: Any = getattr(self, "annotator_model_", None)
        if hasattr(model, "clean_proba_"):
            return np.log(np.maximum(model.consensus_proba_, SMALLEST))
        return log_likelihood(votes.indicator(), self.transition_matrices_)

    def _default(self, data: TrainingSet) -> Any:
        found = default_classifier(data)
        if found is not None:
            return found
        return make_net() if self.estimator is None else self.estimator

    def _prepared(self, model: Any) -> Any:
        """A clone that takes from this classifier what it leaves open."""
        prepared = clone(model)
        if not isinstance(prepared, DawidSkene):
            return prepared
        mine = {
            "classes": self.classes_,
            "missing_label": self.missing_label,
            "random_state": self._seed,
            "device": self.device,
        }
        left_open = [name for name in mine if getattr(prepared, name) in (None, "auto")]
        if prepared.verbose == 0:
            prepared.set_params(verbose=self.verbose)
        return prepared.set_params(**{name: mine[name] for name in left_open})

    def _checked(self, matrices: Any, votes: Votes) -> NDArray[np.float64]:
        n_annotators = len(votes.annotators)
        if len(matrices) != n_annotators:
            raise ValueError(
                f"transition_matrices must hold one matrix for each of the {n_annotators} columns "
                f"of y; got {len(matrices)}."
            )
        return np.stack(
            [
                check_transition_matrix(T, classes=self.classes_, name=f"transition_matrices[{a}]")
                for a, T in enumerate(matrices)
            ]
        )

    def _used_rows(
        self, votes: Votes, sample_weight: ArrayLike | None
    ) -> tuple[NDArray[np.intp], NDArray[np.float64] | None]:
        """Rows that have a label and a weight, and weights of mean 1 unless all are alike."""
        weights = _check_sample_weight(
            sample_weight, np.empty((votes.n_rows, 0)), dtype=np.float64, ensure_non_negative=True
        )
        rows = np.flatnonzero((votes.n_labels_by_row > 0) & (weights > 0))
        if len(rows) == 0:
            raise ValueError("sample_weight must be positive for a row that has a label.")
        weights = weights[rows]
        return rows, None if np.ptp(weights) == 0 else weights / weights.mean()

    def _train(
        self,
        data: TrainingSet,
        used: tuple[NDArray[np.intp], NDArray[np.float64] | None],
        evidence: NDArray[np.float64],
        start: NDArray[np.integer],
    ) -> None:
        rows, weights = used
        X = data.X if len(rows) == n_rows(data.X) else take_rows(data.X, rows)
        K = len(self.classes_)
        consensus = np.where(np.eye(K, dtype=bool)[start[rows]], 0.0, -np.inf)
        self.estimator_ = fit_net(
            build_net(
                self.estimator,
                n_classes=K,
                sample_shape=sample_shape(data.X),
                device=self.device,
            ),
            X,
            np.arange(len(rows)),
            weights,
            n_classes=K,
            seed=self._seed,
            criterion=_evidence(evidence[rows]),
            initial_state=self._first_stage_state(),
            warm_up=WarmUpPlan(_evidence(consensus), self.warm_up),
            progress="annotators" if self.verbose else None,
        )
        self.history_ = self.estimator_.history_
        self.n_iter_ = len(self.history_)

    def _first_stage_state(self) -> Mapping[str, Any] | None:
        first_stage = getattr(getattr(self, "annotator_model_", None), "estimators_", None)
        return first_stage_state(first_stage[0]) if first_stage else None

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Posteriors of the clean labels.

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
        return predict_proba(self.estimator_, validate_rows(self, X))

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.target_tags.two_d_labels = True
        return tags


def _evidence(log_table: NDArray[np.float64]) -> Mapping[str, Any]:
    return {"criterion": EvidenceLoss, "criterion__log_likelihood": log_table}
