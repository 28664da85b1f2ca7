"""The forward correction of Patrini et al.: train through T."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

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
        The network, which returns logits; a given one sees X as it is. None takes a small MLP,
        for tables several that scale columns, with trees beside them where these help, for sparse
        X of over 1,000 columns a linear model.
    transition_matrix : None, array-like, DataFrame, estimator or "carried", default=None
        ``T[i, j] = P(noisy = j | clean = i)`` of shape (n_classes, n_classes), rows summing to
        1, in the order of `classes_` or labelled by class; or an estimator of it, which is
        cloned and fitted on the training rows. None takes T from the previous step of a Pipeline
        if that is a :class:`TransitionMatrixEstimator`, and estimates it otherwise; "carried"
        insists on the previous step. With `noise_groups` in `fit`, one T per group: see there.
    base_loss : {"cross_entropy", "squared_error"} or callable, default="cross_entropy"
        The loss that is corrected, see :class:`sknoisy.losses.ForwardLoss`.
    start : {"random", "first_stage"}, default="random"
        Whether the network starts from random weights, or from those of the first stage if T was
        estimated with the same network ([1]_, Algorithm 1). A network that has memorised its noisy
        labels keeps them.
    warm_up : int or float in [0, 1), default=0.2
        From random weights: so many epochs, or this share of the net's `max_epochs`, with the
        uncorrected loss first. A corrected loss has minima in which whole classes are never
        predicted; after a warm-up a network rarely ends there. A share takes no more than 500
        steps, 10 with early stopping, or one epoch. Learning-rate schedulers run through the
        warm-up; all other callbacks of the net begin after it.
    fine_tune_epochs, fine_tune_lr_factor : int and float > 0, default=0 and 0.1
        After the training, so many epochs on the trusted rows alone, uncorrected, as in [1]_ on
        Clothing1M, at this share of the learning rate. Needs `y_trusted` in `fit`.
    early_stopping : bool or "auto", default="auto"
        Leave rows out, stop where their corrected loss no longer falls, keep the best weights.
        "auto": the default networks with hidden layers do, for at most 200 epochs.
    validation_fraction, n_iter_no_change : float in (0, 1) and int, default=0.1 and 10
        Share of rows that one network leaves out (of several, each a fold); patience, in epochs.
    n_members : int or "auto", default="auto"
        Networks that are trained together and averaged; "auto": 5 for tables if stopped, else 1.
        For tables of more than 200 columns "auto" may take 5 linear models instead, or beside.
    keep_proba : bool, default=False
        Whether to keep the posteriors of the training rows by the members that left them out.
    classes : array-like of shape (n_classes,), default=None
        All labels, where some may be absent from y (a fold of a cross-validation).
    class_weight : dict, "balanced" or None, default=None
        Factors of the sample weights, by noisy label.
    device : str, default="auto"
        "auto" is the net's own, or CUDA.
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
        The T that was used; with noise groups what they have in common.
    transition_matrices_, noise_groups_ : ndarrays of n_groups matrices and names
        With noise groups: the T of each, and their names.
    transition_matrix_source_ : {"given", "carried", "estimated"}
        Where it came from.
    doubts_, corrected_ : tuple of str and bool
        Why T may be wrong, of which `fit` warns; False if T is the identity, the loss plain.
    transition_matrix_estimator_, estimator_ : estimator and skorch.NeuralNet
        The fitted estimator of T, where one was fitted, and the fitted net.
    history_, n_iter_ : skorch.History and int
        Epochs of the last stage, those of the fine-tuning included, and their number.
    clean_proba_ : ndarray of shape (n_samples, n_classes)
        With `keep_proba`: clean posteriors, each by the member that has not seen the row; NaN for
        rows of weight zero. ``clean_proba_ @ transition_matrix_`` are those of the noisy labels,
        for :func:`sknoisy.metrics.label_quality` and its like.
    n_features_in_, feature_names_in_ : int and ndarray of shape (n_features,)
        Number of features, and their names if X had any.

    See Also
    --------
    ReweightedClassifier : The correction for classifiers that are not networks.
    RobustLossClassifier : Training that needs no T.
    TransitionMatrixEstimator : The estimate of T alone, with intervals.
    sknoisy.annotators.AnnotatorCorrectedClassifier : Several labels per row.

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
    _takes_candidates = True

    def _criterion(self, transition_matrix: NDArray[np.float64]) -> dict[str, Any]:
        return {
            "criterion": ForwardLoss,
            "criterion__transition_matrix": transition_matrix,
            "criterion__base_loss": self.base_loss,
        }
