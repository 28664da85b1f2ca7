"""`AnnotatorCorrectedClassifier`: a network trained on the labels of all annotators at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import clone
from sklearn.utils import Tags

from .._base_estimator import HouseEstimator
from .._checks import check_integer, check_verbose, describe
from .._estimation import NoiseGroups, default_classifier, net_for
from .._fitted import publish
from .._hints import SEE_ERRORS
from .._interruptions import ctrl_c_passed_on
from .._label_noise import LabelNoise, resolve_label_noise
from .._labels import MISSING
from .._net import (
    WarmUp,
    check_net_settings,
    check_trainable,
    drop_training_state,
    first_stage_state,
    fit_net,
    make_net,
    predict_proba,
)
from .._predictions import CleanLabels
from .._random import random_seed
from .._stages import with_stages
from .._typed_bases import ClassifierMixin
from .._validation import (
    TrainingSet,
    n_rows,
    take_rows,
    validate_training_set,
)
from ..losses import CrossEntropy
from ..losses._evidence import EvidenceLoss
from ._dawid_skene import DawidSkene
from ._em import SMALLEST, log_likelihood, with_trusted
from ._votes import Votes, encode_votes

if TYPE_CHECKING:
    from typing_extensions import Self


class AnnotatorCorrectedClassifier(CleanLabels, ClassifierMixin, HouseEstimator):
    """Train a network through the noise of every annotator.

    The network's softmax p(x) stands for the clean posterior. It is fitted to all labels of a row
    together, each through the transition matrix of who gave it, so that rows on which annotators
    agree count for more than rows on which they do not, and no label is thrown away.

    Parameters
    ----------
    estimator : None, torch.nn.Module class or skorch net, default=None
        As for :class:`~sknoisy.ForwardCorrectedClassifier`.
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
    doubts_ : tuple of str
        Why they may be wrong; `fit` warns of each.
    annotator_model_ : DawidSkene
        Their fitted estimator, where one was fitted: consensus, accuracies and so on.
    estimator_ : skorch.NeuralNet
        The fitted net.
    history_ : skorch.History
        Epochs of the training.
    n_iter_ : int
        Number of epochs.
    n_features_in_, feature_names_in_ : int and ndarray of shape (n_features,)
        Number of features, and their names if X had any.

    See Also
    --------
    DawidSkene : Estimates the matrices and the consensus of the labels.
    annotator_log_likelihood : A score for searches.
    sknoisy.ForwardCorrectedClassifier : One label per row.

    Notes
    -----
    The loss of a row is ``-log sum_k p_k prod_a T_a[k, y_a]``, the product over those who labelled
    it: the likelihood of [1]_, with a network in place of the logistic model. With one label per
    row it is the forward correction with a T for each annotator.

    Where :class:`DawidSkene` was fitted with a classifier, the product is multiplied by the
    classifier's out-of-fold posterior of class k, that is, replaced by the consensus: similar rows
    then say that a single wrong label is unlikely, which keeps a network from memorising it.

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

    transition_matrices_: NDArray[np.float64]
    annotator_model_: Any
    estimator_: Any
    history_: Any
    n_iter_: int
    doubts_: tuple[str, ...]

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

    @with_stages
    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: ArrayLike | None = None,
        fold_groups: ArrayLike | None = None,
        y_trusted: ArrayLike | None = None,
    ) -> Self:
        """Estimate the matrices where they are not given, then train on all labels.

        Parameters
        ----------
        X : array-like, sparse matrix, frame or Dataset of n_samples rows
            Features; images as (n, channels, height, width), token ids as (n, length).
        y : array-like or DataFrame of shape (n_samples, n_annotators)
            Labels of any type; NaN, None or pandas.NA where there is none, and `missing_label`.
            Rows without any label are left out of the training.
        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weights. A row of weight 2 counts as two rows where T is estimated.
        fold_groups : array-like of shape (n_samples,), default=None
            Rows that belong together, such as patients, for the folds of :class:`DawidSkene`.
        y_trusted : array-like of shape (n_samples,), default=None
            Clean labels of some rows, the others NaN or None: those are trained on as they are,
            and annotators are judged by them.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If y has one dimension, or holds -1 beside other labels and it is not said what it is.
        """
        check_net_settings(self.estimator, self.device)
        check_integer(self.warm_up, "warm_up", 0)
        check_verbose(self.verbose)
        votes = encode_votes(y, classes=self.classes, missing_label=self.missing_label)
        majority = votes.classes[votes.shares().argmax(axis=1)]
        data = validate_training_set(self, X, majority, classes=votes.classes)
        rows, weights = votes.used_rows(sample_weight)
        seed = random_seed(self.random_state)
        check_trainable(
            self._new_net(data),
            data.X,
            n_classes=len(data.classes),
            seed=seed,
            criterion={"criterion": CrossEntropy},
        )
        trusted = votes.trusted(y_trusted)
        if trusted is not None:
            labels = np.where(trusted == MISSING, data.y, trusted)
            data = data._replace(y=labels.astype(data.y.dtype))
        passed = {
            "sample_weight": sample_weight,
            "fold_groups": fold_groups,
            "y_trusted": y_trusted,
        }
        noise = self._resolve(data, votes, y, passed, seed)
        evidence = self._evidence(noise, votes, trusted)
        net = self._trained(data, rows, weights, evidence, noise, seed)
        attributes = {
            **data.features,
            "classes_": data.classes,
            "transition_matrices_": noise.matrices,
            "doubts_": noise.doubts,
            "estimator_": net,
            "history_": net.history_,
            "n_iter_": len(net.history_),
        }
        if noise.estimator is not None:
            attributes["annotator_model_"] = noise.estimator
        publish(self, attributes)
        return self

    def _resolve(
        self, data: TrainingSet, votes: Votes, y: Any, passed: Mapping[str, Any], seed: int
    ) -> LabelNoise:
        """The matrices of the annotators: every label is a row that goes through that of one."""
        matrices = self.transition_matrices
        if matrices is not None and not hasattr(matrices, "fit"):
            if not hasattr(matrices, "__len__") or isinstance(matrices, str):
                raise TypeError(
                    f"transition_matrices must be an array, a list of matrices, an estimator or "
                    f"None; got {describe(matrices)}."
                    f" {SEE_ERRORS}"
                )
            if len(matrices) != len(votes.annotators):
                raise ValueError(
                    f"transition_matrices must hold one matrix for each of the "
                    f"{len(votes.annotators)} columns of y; got {len(matrices)}."
                    f" {SEE_ERRORS}"
                )
            matrices = dict(zip(votes.annotators.tolist(), matrices, strict=True))

        def fit(model: Any) -> Any:
            X = data.X if model is None else data.as_passed().X
            model = DawidSkene(self._default(data)) if model is None else model
            given = {name: value for name, value in passed.items() if value is not None}
            with ctrl_c_passed_on():
                return self._prepared(model, data.classes, seed).fit(X, y, **given)

        return resolve_label_noise(
            matrices,
            data._replace(y=votes.label.astype(np.int32)),
            fit,
            groups=NoiseGroups(votes.annotators, votes.annotator),
            name="transition_matrices",
        )

    def _evidence(
        self, noise: LabelNoise, votes: Votes, trusted: NDArray[np.intp] | None
    ) -> NDArray[np.float64]:
        """Logarithm of what is known of each row, by clean class, of shape (n_rows, n_classes)."""
        if hasattr(noise.estimator, "clean_proba_"):
            return np.log(np.maximum(noise.estimator.consensus_proba_, SMALLEST))
        evidence = log_likelihood(votes.indicator(), noise.matrices)
        if trusted is not None:
            known = trusted != MISSING
            evidence[known] = np.log(with_trusted(evidence, trusted)[known].clip(min=SMALLEST))
        return evidence

    def _default(self, data: TrainingSet) -> Any:
        classifier = default_classifier(data)
        if classifier is not None:
            return classifier
        return make_net() if self.estimator is None else self.estimator

    def _prepared(self, model: Any, classes: NDArray[Any], seed: int) -> Any:
        """A clone that takes from this classifier what it leaves open."""
        prepared = clone(model)
        if not isinstance(prepared, DawidSkene):
            return prepared
        settings = {
            "classes": classes,
            "missing_label": self.missing_label,
            "random_state": seed,
            "device": self.device,
        }
        left_open = [name for name in settings if getattr(prepared, name) in (None, "auto")]
        if prepared.verbose == 0:
            prepared.set_params(verbose=self.verbose)
        return prepared.set_params(**{name: settings[name] for name in left_open})

    def _trained(
        self,
        data: TrainingSet,
        rows: NDArray[np.intp],
        weights: NDArray[np.float64] | None,
        evidence: NDArray[np.float64],
        noise: LabelNoise,
        seed: int,
    ) -> Any:
        consensus = getattr(noise.estimator, "consensus_proba_", None)
        labels = data.y if consensus is None else consensus.argmax(axis=1)
        net = fit_net(
            self._new_net(data),
            data.X if len(rows) == n_rows(data.X) else take_rows(data.X, rows),
            labels[rows],
            weights,
            n_classes=len(data.classes),
            seed=seed,
            criterion={"criterion": EvidenceLoss, "criterion__log_likelihood": evidence[rows]},
            initial_state=first_stage_state(getattr(noise.estimator, "estimators_", None)),
            warm_up=WarmUp({"criterion": CrossEntropy}, self.warm_up),
            stage="annotators",
            verbose=self.verbose,
        )
        drop_training_state(net)
        net.criterion__log_likelihood = evidence[:0]  # That of the rows, like the rest, goes.
        return net

    def _new_net(self, data: TrainingSet) -> Any:
        return net_for(self.estimator, data, self.device)

    def _clean_proba(self, X: Any) -> NDArray[np.float64]:
        return predict_proba(self.estimator_, X)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.target_tags.two_d_labels = True
        return tags
