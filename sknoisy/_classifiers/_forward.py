"""The forward correction: the noise is applied to the prediction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..losses import ForwardLoss
from ._corrected import CorrectedClassifier


class ForwardCorrectedClassifier(CorrectedClassifier):
    """Train through the noise: fit ``p(x) @ T`` to the noisy labels.

    The network's softmax p(x) stands for the clean posterior; the noise is applied to it before
    it is compared with the noisy label. The minimiser of the corrected loss is that of the loss
    on clean labels ([1]_, Theorem 2).

    Parameters
    ----------
    estimator : None, torch.nn.Module class or skorch net, default=None
        The network, which returns logits; all settings of a skorch net are respected. None takes
        ``make_net()``, a small MLP.
    transition_matrix : None, array-like, DataFrame, estimator or "carried", default=None
        ``T[i, j] = P(noisy = j | clean = i)`` of shape (n_classes, n_classes), rows summing to
        1, in the order of `classes_` or labelled by class; or an estimator of it, which is
        cloned and fitted on the training rows. None takes T from the previous step of a Pipeline
        if that is a :class:`TransitionMatrixEstimator`, and estimates it otherwise; "carried"
        insists on the previous step. With `groups` in `fit`, one T per group: see there.
    base_loss : {"cross_entropy", "squared_error"} or callable, default="cross_entropy"
        The loss that is corrected, see :class:`sknoisy.losses.ForwardLoss`.
    start : {"random", "first_stage"}, default="random"
        Whether the network starts from random weights, or from those of the first stage if T was
        estimated with the same network ([1]_, Algorithm 1). The latter saves the warm-up, but a
        network that has fitted its noisy labels keeps them.
    warm_up : int or float in [0, 1), default=0.2
        From random weights: so many epochs, or this share of the net's `max_epochs`, with the
        uncorrected loss first. A corrected loss has minima in which whole classes are never
        predicted; a network that has seen the labels does not fall into them, unless it happens
        to favour one of two classes whose labels hardly differ. A share takes no more than 500
        steps, or one epoch.
    fine_tune_epochs : int, default=0
        After the training, so many epochs on the trusted rows alone, without correction, as
        [1]_ does on Clothing1M. Needs `y_trusted` in `fit`.
    fine_tune_lr_factor : float > 0, default=0.1
        Learning rate of the fine-tuning, as a share of that of the training.
    classes : array-like of shape (n_classes,), default=None
        All labels, where some may be absent from y (a fold of a cross-validation).
    class_weight : dict, "balanced" or None, default=None
        Factors of the sample weights, by noisy label.
    device : str, default="auto"
        "auto" is the net's own device, or CUDA where there is one.
    memory : None, str or joblib.Memory, default=None
        Where to cache the fitted estimator of T, so that the candidates of a grid share it. Give
        `random_state` an int then.
    random_state : int, RandomState instance or None, default=None
        Seeds everything; the global generators are never touched.
    verbose : int, default=0
        1 shows a progress bar per stage.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Labels, in the order of all matrices and posteriors.
    transition_matrix_ : ndarray of shape (n_classes, n_classes)
        The T that was used; with groups what they have in common.
    transition_matrices_ : ndarray of shape (n_groups, n_classes, n_classes)
        With groups: the T of each.
    groups_ : ndarray of shape (n_groups,)
        With groups: their names, in the order of `transition_matrices_`.
    transition_matrix_source_ : {"given", "carried", "estimated"}
        Where it came from.
    transition_matrix_estimator_ : estimator
        The fitted estimator of T, where one was fitted.
    estimator_ : skorch.NeuralNet
        The fitted net.
    history_ : skorch.History
        Epochs of the last stage, those of the fine-tuning included.
    n_iter_ : int
        Number of epochs of the last stage.
    n_features_in_ : int
        Number of features.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features, if X had any.

    References
    ----------
    .. [1] Patrini et al., "Making Deep Neural Networks Robust to Label Noise: a Loss Correction
       Approach", CVPR 2017, section 4.2.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sknoisy import ForwardCorrectedClassifier
    >>> from sknoisy.noise import corrupt_labels, symmetric_transition_matrix
    >>> X, y = load_iris(return_X_y=True)
    >>> T = symmetric_transition_matrix(3, 0.3)
    >>> clf = ForwardCorrectedClassifier(transition_matrix=T, random_state=0)
    >>> clf.fit(X, corrupt_labels(y, T, random_state=0)).score(X, y) > 0.9
    True
    """

    _stage = "forward correction"

    def __init__(
        self,
        estimator: Any = None,
        *,
        transition_matrix: Any = None,
        base_loss: Any = "cross_entropy",
        start: str = "random",
        warm_up: float = 0.2,
        fine_tune_epochs: int = 0,
        fine_tune_lr_factor: float = 0.1,
        classes: ArrayLike | None = None,
        class_weight: Any = None,
        device: str = "auto",
        memory: Any = None,
        random_state: Any = None,
        verbose: int = 0,
    ) -> None:
        self.estimator = estimator
        self.transition_matrix = transition_matrix
        self.base_loss = base_loss
        self.start = start
        self.warm_up = warm_up
        self.fine_tune_epochs = fine_tune_epochs
        self.fine_tune_lr_factor = fine_tune_lr_factor
        self.classes = classes
        self.class_weight = class_weight
        self.device = device
        self.memory = memory
        self.random_state = random_state
        self.verbose = verbose

    def _corrected_loss(self, transition_matrix: NDArray[np.float64]) -> Mapping[str, Any]:
        return {
            "criterion": ForwardLoss,
            "criterion__transition_matrix": transition_matrix,
            "criterion__base_loss": self.base_loss,
        }
