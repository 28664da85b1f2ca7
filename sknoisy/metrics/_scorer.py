"""Scorers for model selection with noisy labels."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils.metadata_routing import MetadataRequest

from ._accuracy import noise_corrected_accuracy, noise_corrected_balanced_accuracy
from ._class_scores import (
    noise_corrected_f1,
    noise_corrected_precision,
    noise_corrected_recall,
)
from ._inputs import check_classes, check_option
from ._probability import (
    forward_log_loss,
    noise_corrected_brier_score,
    noise_corrected_log_loss,
)
from ._ranking import noise_corrected_roc_auc


class Kind(NamedTuple):
    """What stands behind the name of a score."""

    function: Callable[..., Any]
    response: str
    sign: int = 1
    options: tuple[tuple[str, Any], ...] = ()


def _averages(name: str, function: Callable[..., Any]) -> dict[str, Kind]:
    averages = {name: "binary", f"{name}_macro": "macro", f"{name}_weighted": "weighted"}
    return {k: Kind(function, "predict", 1, (("average", v),)) for k, v in averages.items()}


KINDS: dict[str, Kind] = {
    "accuracy": Kind(noise_corrected_accuracy, "predict"),
    "balanced_accuracy": Kind(noise_corrected_balanced_accuracy, "predict"),
    **_averages("precision", noise_corrected_precision),
    **_averages("recall", noise_corrected_recall),
    **_averages("f1", noise_corrected_f1),
    "neg_log_loss": Kind(noise_corrected_log_loss, "predict_proba", -1),
    "neg_brier_score": Kind(noise_corrected_brier_score, "predict_proba", -1),
    "neg_forward_log_loss": Kind(forward_log_loss, "predict_proba", -1),
    "roc_auc": Kind(noise_corrected_roc_auc, "predict_proba"),
    "roc_auc_weighted": Kind(
        noise_corrected_roc_auc, "predict_proba", 1, (("average", "weighted"),)
    ),
}

# Matrices of two candidates that differ by more than this, in L1 per row, are two matrices.
DIFFERENT = 1e-6


def make_noise_corrected_scorer(
    score: str = "accuracy",
    transition_matrix: ArrayLike | None = None,
    *,
    classes: ArrayLike | None = None,
    **options: Any,
) -> NoiseCorrectedScorer:
    """Return a scorer that judges estimators on noisy labels as if they were clean.

    Parameters
    ----------
    score : str, default="accuracy"
        "accuracy", "balanced_accuracy"; "precision", "recall" or "f1" (of `pos_label`) and the
        same followed by "_macro" or "_weighted"; "roc_auc", "roc_auc_weighted";
        "neg_log_loss", "neg_brier_score"; "neg_forward_log_loss", which needs no inverse of T.
    transition_matrix : array-like or DataFrame of shape (n_classes, n_classes), default=None
        The one T with which all estimators are judged. None reads `transition_matrix_` from each
        estimator that is scored: from the last step of a Pipeline, the best estimator of a
        search, or what a meta-estimator wraps. That is right for judging one estimator.
    classes : array-like of shape (n_classes,), default=None
        Labels in the order of T's rows; default: those that label a DataFrame, or else the
        estimator's `classes_`. Needed where a fold may lack a class.
    **options
        Further arguments of the score, such as ``pos_label="spam"`` or ``zero_division=0``.

    Returns
    -------
    NoiseCorrectedScorer
        A picklable callable ``(estimator, X, y_noisy, sample_weight=None) -> float``; greater is
        better. For ``scoring=`` of `cross_val_score`, `GridSearchCV`, `HalvingGridSearchCV`,
        `TunedThresholdClassifierCV` (scores of labels, with T given), alone or in a dict.

    Raises
    ------
    ValueError
        If the score is unknown; when called, if there is no T or it does not fit.

    Warns
    -----
    UserWarning
        When called, if two estimators scored on the same labels bring different T.

    Notes
    -----
    Give candidates of a search one fixed T. A corrected score is a sum with the weights of
    ``inv(T)``, and these grow without bound as T nears a singular matrix: of candidates that
    bring their own T, the one whose T is worst estimated may score best (a near-singular T gave
    an accuracy of 2.66). With one T for all, its errors touch all candidates alike.
    Where T is an estimate, choose by "balanced_accuracy". Accuracy adds up the classes' recalls
    by their clean shares, and a T that takes too much from one class for the other shifts both,
    towards models that favour the latter. In balanced accuracy such errors cancel: for two classes
    the order of models does not depend on T at all (:func:`noise_corrected_balanced_accuracy`),
    for more it does so less. Where classes are of very unequal size, balanced accuracy is another
    aim than accuracy, and no score makes up for a badly estimated T.

    "neg_forward_log_loss" is the exception: it is a proper score of each candidate's prediction
    of the noisy labels, so that candidates may bring their own T.

    A scorer returns a number. For an interval that knows that T was estimated from the rows that
    are scored, give predictions of `cross_val_predict` to :func:`bootstrap_noise_corrected_score`.

    References
    ----------
    .. [1] Patrini et al., "Making Deep Neural Networks Robust to Label Noise", CVPR 2017.
    .. [2] Menon, van Rooyen, Ong, Williamson, "Learning from Corrupted Binary Labels via
       Class-Probability Estimation", ICML 2015 (balanced accuracy).

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.model_selection import GridSearchCV
    >>> from sknoisy.metrics import make_noise_corrected_scorer
    >>> from sknoisy.noise import corrupt_labels, symmetric_transition_matrix
    >>> X, y = load_iris(return_X_y=True)
    >>> T = symmetric_transition_matrix(3, 0.3)
    >>> y_noisy = corrupt_labels(y, T, random_state=0)
    >>> search = GridSearchCV(
    ...     LogisticRegression(max_iter=1000),
    ...     {"C": [0.01, 1]},
    ...     scoring=make_noise_corrected_scorer("accuracy", T),
    ... )
    >>> bool(0.8 < search.fit(X, y_noisy).best_score_ < 1.1)
    True
    """
    return NoiseCorrectedScorer(score, transition_matrix, classes=classes, options=options)


class NoiseCorrectedScorer:
    """What :func:`make_noise_corrected_scorer` returns.

    Parameters
    ----------
    score, transition_matrix, classes
        As for :func:`make_noise_corrected_scorer`.
    options : dict
        Further arguments of the score.

    Examples
    --------
    >>> NoiseCorrectedScorer("accuracy", [[0.8, 0.2], [0.2, 0.8]])
    NoiseCorrectedScorer('accuracy', transition_matrix=given)
    """

    def __init__(
        self,
        score: str = "accuracy",
        transition_matrix: ArrayLike | None = None,
        *,
        classes: ArrayLike | None = None,
        options: dict[str, Any] | None = None,
    ) -> None:
        check_option(score, "score", tuple(KINDS))
        self.score = score
        self.transition_matrix = transition_matrix
        self.classes = classes
        self.options = options or {}
        self._last_own: tuple[bytes, NDArray[Any]] | None = None
        self._metadata_request = MetadataRequest(owner="NoiseCorrectedScorer")

    def __call__(
        self, estimator: Any, X: Any, y: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> float:
        """Score a fitted estimator on rows with noisy labels."""
        kind = KINDS[self.score]
        T, classes = self._matrix_and_classes(estimator, y)
        response = getattr(estimator, kind.response)(X)
        if kind.response == "predict_proba":
            response = _columns_of(response, estimator.classes_, classes)
        return self._scored(y, response, T, classes, sample_weight)

    def _scored(
        self, y: Any, response: Any, T: Any, classes: Any, sample_weight: Any = None
    ) -> float:
        kind = KINDS[self.score]
        options = {**dict(kind.options), **self.options}
        value = kind.function(
            y, response, T, classes=classes, sample_weight=sample_weight, **options
        )
        return kind.sign * float(value)

    def _matrix_and_classes(self, estimator: Any, y: Any) -> tuple[Any, NDArray[Any]]:
        T = self.transition_matrix
        if T is not None:
            known = getattr(T, "columns", None) if self.classes is None else self.classes
            known = estimator.classes_ if known is None else known
            return T, check_classes(known, len(np.asarray(T)))
        holder = holder_of_transition_matrix(estimator)
        self._warn_if_another(holder.transition_matrix_, y)
        known = self.classes if self.classes is not None else holder.classes_
        return holder.transition_matrix_, np.asarray(known)

    def _warn_if_another(self, T: NDArray[Any], y: Any) -> None:
        """Two candidates are scored on the same labels; two folds or two tasks are not."""
        if KINDS[self.score].function is forward_log_loss:
            return
        rows, last = repr(np.asarray(y).tolist()).encode(), self._last_own
        self._last_own = (rows, T)
        if last is None or last[0] != rows or last[1].shape != T.shape:
            return
        distance = np.abs(T - last[1]).sum(axis=1).mean()
        if distance > DIFFERENT:
            warnings.warn(
                f"Two estimators scored on the same labels bring their own transition matrices, "
                f"which differ by {distance:.3g} (L1 per row): such scores are not comparable, "
                f"and the worst estimated matrix may win. Give the scorer one transition_matrix "
                f'for all, or choose "neg_forward_log_loss".',
                UserWarning,
                stacklevel=4,
            )

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_last_own": None}

    def __repr__(self) -> str:
        source = "each estimator's own" if self.transition_matrix is None else "given"
        return f"NoiseCorrectedScorer({self.score!r}, transition_matrix={source})"

    # %% What scikit-learn asks scorers for

    def set_score_request(self, *, sample_weight: bool | str | None = None) -> NoiseCorrectedScorer:
        """Say whether sample weights are to be passed, where metadata routing is enabled."""
        self._metadata_request.score.add_request(param="sample_weight", alias=sample_weight)
        return self

    def get_metadata_routing(self) -> Any:
        """What metadata the scorer takes."""
        return self._metadata_request

    def _get_metadata_request(self) -> Any:
        """The same, under the name by which TunedThresholdClassifierCV of scikit-learn 1.6 asks."""
        return self._metadata_request

    def _accept_sample_weight(self) -> bool:
        return True

    # TunedThresholdClassifierCV cuts posteriors itself and asks a scorer for its parts.

    @property
    def _sign(self) -> int:
        return KINDS[self.score].sign

    @property
    def _kwargs(self) -> dict[str, Any]:
        return {}

    @property
    def _response_method(self) -> str:
        return KINDS[self.score].response

    @property
    def _score_func(self) -> Callable[..., float]:
        if self._response_method != "predict":
            raise ValueError(
                f"A threshold is tuned by a score of labels, such as 'accuracy' or 'f1'; "
                f"{self.score!r} is one of probabilities."
            )
        if self.transition_matrix is None:
            raise ValueError(
                "A threshold is tuned with the labels only: give make_noise_corrected_scorer the "
                "transition_matrix."
            )
        return self._of_labels

    def _of_labels(
        self, y: ArrayLike, predicted: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> float:
        T, classes = self.transition_matrix, self.classes
        return self._scored(y, predicted, T, classes, sample_weight) * self._sign


def holder_of_transition_matrix(estimator: Any) -> Any:
    """The estimator inside Pipelines, searches and other wrappers that holds `transition_matrix_`.

    Parameters
    ----------
    estimator : estimator
        Fitted.

    Raises
    ------
    ValueError
        If there is none.
    """
    here = estimator
    while not hasattr(here, "transition_matrix_"):
        steps = getattr(here, "steps", None)
        inner = ("best_estimator_", "estimator_", "estimator")
        found = [getattr(here, name) for name in inner if hasattr(here, name)]
        if steps:
            here = steps[-1][1]
        elif found:
            here = found[0]
        else:
            raise ValueError(
                f"{type(estimator).__name__} holds no transition_matrix_: give "
                f"make_noise_corrected_scorer the transition_matrix, or score an estimator that "
                f"has one, such as ForwardCorrectedClassifier."
            )
    return here


def _columns_of(proba: Any, known: Any, classes: NDArray[Any]) -> NDArray[np.float64]:
    """Posteriors with one column per class of T, also for classes that the estimator never saw."""
    p, known = np.asarray(proba), np.asarray(known)
    if np.array_equal(known, classes):
        return p
    place = {label: k for k, label in enumerate(classes.tolist())}
    unknown = [label for label in known.tolist() if label not in place]
    if unknown:
        raise ValueError(
            f"The estimator knows classes {unknown} that T does not; name all of T's with classes=."
        )
    columns = np.zeros((len(p), len(classes)))
    columns[:, [place[label] for label in known.tolist()]] = p
    return columns
