"""Scorers for model selection with noisy labels."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils.metadata_routing import MetadataRequest

from .._checks import check_option, describe
from .._fitted import find_holder
from .._hints import SEE_ERRORS
from .._labels import check_classes, encode_labels
from .._transition import classes_of_frame
from .._warn import warn
from ._accuracy import noise_corrected_accuracy, noise_corrected_balanced_accuracy
from ._cells import read_cells, warn_if_cleaner
from ._class_scores import noise_corrected_f1, noise_corrected_precision, noise_corrected_recall
from ._inputs import RowOptions
from ._probability import forward_log_loss, noise_corrected_brier_score, noise_corrected_log_loss
from ._ranking import noise_corrected_roc_auc


class Kind(NamedTuple):
    """The function of a named score, and what it needs."""

    function: Callable[..., Any]
    response: str
    sign: int = 1
    options: Mapping[str, Any] = {}


def _averages(name: str, function: Callable[..., Any]) -> dict[str, Kind]:
    averages = {name: "binary", f"{name}_macro": "macro", f"{name}_weighted": "weighted"}
    return {k: Kind(function, "predict", options={"average": v}) for k, v in averages.items()}


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
        noise_corrected_roc_auc, "predict_proba", options={"average": "weighted"}
    ),
}


def _name_of(score: Any) -> str:
    """The name of a score that is given by name or as a function."""
    if callable(score):
        names = [name for name, kind in KINDS.items() if kind.function is score]
        if not names:
            functions = sorted({kind.function.__name__ for kind in KINDS.values()})
            raise ValueError(
                f"score must be a name or one of these functions of sknoisy.metrics: "
                f"{', '.join(functions)}; got {describe(score)}. Scores that know no noise go "
                f"into sklearn.metrics.make_scorer."
                f" {SEE_ERRORS}"
            )
        return names[0]
    return str(check_option(score, "score", tuple(KINDS)))


# Matrices of two candidates that differ by more than this, in L1 per row, are two matrices.
DIFFERENT = 1e-6


def make_noise_corrected_scorer(
    score: str | Callable[..., Any] = "accuracy",
    transition_matrix: ArrayLike | None = None,
    *,
    classes: ArrayLike | None = None,
    **options: Any,
) -> NoiseCorrectedScorer:
    """Return a scorer that judges estimators on noisy labels as if they were clean.

    Parameters
    ----------
    score : str or function, default="accuracy"
        "accuracy", "balanced_accuracy"; "precision", "recall" or "f1" (of `pos_label`) and the
        same followed by "_macro" or "_weighted"; "roc_auc", "roc_auc_weighted";
        "neg_log_loss", "neg_brier_score"; "neg_forward_log_loss", which needs no inverse of T.
        Or a function of `sknoisy.metrics` of the same name, such as `noise_corrected_f1`: losses
        change their sign, and `options` say of which average.
    transition_matrix : array-like or DataFrame of shape (n_classes, n_classes), default=None
        The T with which all estimators are judged. None reads `transition_matrix_` from each
        estimator that is scored, also inside Pipelines, searches and other wrappers.
    classes : array-like of shape (n_classes,), default=None
        Labels in the order of T's rows; default: those that label a DataFrame, or else the
        estimator's `classes_`. Needed where a fold may lack a class.
    **options
        Further arguments of the score, such as ``pos_label="spam"`` or ``zero_division=0``.

    Returns
    -------
    NoiseCorrectedScorer
        A picklable callable ``(estimator, X, y_noisy, sample_weight=None) -> float``; greater is
        better. For ``scoring=`` of scikit-learn's searches, `cross_validate` and
        `TunedThresholdClassifierCV` (scores of labels, with T given), alone or in a dict.

    Raises
    ------
    ValueError
        If the score is unknown; when called, if there is no T or it does not fit.

    Warns
    -----
    UserWarning
        When called, if two estimators scored on the same labels bring different T, or if the
        labels agree with the predictions more often than T allows, as clean ones do.

    See Also
    --------
    forward_log_loss : The score for ranking models.
    sklearn.metrics.make_scorer : Scorers for clean labels.

    Notes
    -----
    Labels must be as noisy as T says. Score clean test labels with scikit-learn's own scorers:
    corrected once more, they seem better than they are.

    Give candidates of a search one fixed T. The weights ``inv(T)`` of a corrected score grow
    without bound as T nears a singular matrix. If each candidate has a T of its own, the one with
    the worst T may score best. "neg_forward_log_loss" is the exception, a proper score of
    each candidate's prediction of the noisy labels. Where T is an estimate, choose by
    "balanced_accuracy", whose order of models depends least on T
    (:func:`noise_corrected_balanced_accuracy`), unless classes are of very unequal size.

    For an interval that includes the uncertainty of an estimated T, give predictions of
    `cross_val_predict` to :func:`bootstrap_noise_corrected_score`.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.model_selection import GridSearchCV
    >>> from sknoisy.noise import corrupt_labels, symmetric_transition_matrix
    >>> X, y = load_iris(return_X_y=True)
    >>> T = symmetric_transition_matrix(3, 0.3)
    >>> y_noisy = corrupt_labels(y, T, random_state=0)
    >>> scorer = make_noise_corrected_scorer("accuracy", T)
    >>> search = GridSearchCV(LogisticRegression(max_iter=1000), {"C": [0.01, 1]}, scoring=scorer)
    >>> bool(0.8 < search.fit(X, y_noisy).best_score_ < 1.1)
    True
    """
    return NoiseCorrectedScorer(score, transition_matrix, classes=classes, options=options)


class NoiseCorrectedScorer:
    """What :func:`make_noise_corrected_scorer` returns, with its parameters.

    Called as ``scorer(estimator, X, y_noisy)``, as by searches of scikit-learn.

    Parameters
    ----------
    score, transition_matrix, classes
        As for :func:`make_noise_corrected_scorer`.
    options : dict, default=None
        Further arguments of the score.

    See Also
    --------
    make_noise_corrected_scorer : Makes it.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.dummy import DummyClassifier
    >>> X, y_noisy = np.zeros((10, 1)), [0] * 6 + [1] * 4
    >>> clf = DummyClassifier().fit(X, y_noisy)
    >>> scorer = NoiseCorrectedScorer("accuracy", [[0.9, 0.1], [0.3, 0.7]])
    >>> round(scorer(clf, X, y_noisy), 6)
    0.5
    """

    def __init__(
        self,
        score: str | Callable[..., Any] = "accuracy",
        transition_matrix: ArrayLike | None = None,
        *,
        classes: ArrayLike | None = None,
        options: dict[str, Any] | None = None,
    ) -> None:
        self.score = _name_of(score)
        self.transition_matrix = transition_matrix
        self.classes = classes
        self.options = options or {}
        self._last_matrix: tuple[bytes, NDArray[Any]] | None = None
        self._metadata_request = MetadataRequest(owner="NoiseCorrectedScorer")

    def __call__(
        self, estimator: Any, X: Any, y: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> float:
        """Score a fitted estimator on rows with noisy labels."""
        T, classes = self._matrix_and_classes(estimator, y)
        response = getattr(estimator, self._response_method)(X)
        if self._response_method == "predict_proba" and list(estimator.classes_) != list(classes):
            # In the order of T, with columns for classes that the estimator never saw.
            seen = encode_labels(estimator.classes_, classes, name="classes_ of the estimator")
            proba = np.zeros((len(response), len(classes)))
            proba[:, seen.codes] = response
            response = proba
        self._warn_if_cleaner(y, response, sample_weight, T, classes)
        return self._sign * self._score(y, response, sample_weight, T=T, classes=classes)

    def _warn_if_cleaner(
        self, y: Any, response: Any, sample_weight: Any, T: Any, classes: NDArray[Any]
    ) -> None:
        function = KINDS[self.score].function
        # The accuracy does so itself; the forward loss tells which of several T is right.
        own = self.transition_matrix is None
        if function is noise_corrected_accuracy or (function is forward_log_loss and own):
            return
        by_label = self._response_method == "predict"
        predicted = response if by_label else classes[np.argmax(response, axis=1)]
        rows = RowOptions(classes=classes, sample_weight=sample_weight)
        matrix, _, cells = read_cells(y, predicted, T, **rows)
        warn_if_cleaner(cells, matrix)

    def _score(
        self, y: Any, response: Any, sample_weight: Any = None, *, T: Any, classes: Any
    ) -> float:
        kind = KINDS[self.score]
        options = {"classes": classes, "sample_weight": sample_weight, **kind.options}
        return float(kind.function(y, response, T, **options | self.options))

    def _matrix_and_classes(self, estimator: Any, y: Any) -> tuple[Any, NDArray[Any]]:
        T, holder = self.transition_matrix, estimator
        if T is None:
            holder = find_holder(estimator)
            if holder is None:
                raise ValueError(
                    f"{type(estimator).__name__} holds no transition_matrix_: give "
                    f"make_noise_corrected_scorer the transition_matrix, or score an estimator "
                    f"that has one, such as ForwardCorrectedClassifier. {SEE_ERRORS}"
                )
            T = holder.transition_matrix_
            self._warn_if_another(T, y)
        classes = self.classes if self.classes is not None else classes_of_frame(T)
        return T, check_classes(holder.classes_ if classes is None else classes)

    def _warn_if_another(self, T: NDArray[Any], y: Any) -> None:
        """Warn if the labels, those of the last call, were then scored with another T."""
        if KINDS[self.score].function is forward_log_loss:
            return
        labels, last = repr(np.asarray(y).tolist()).encode(), self._last_matrix
        self._last_matrix = (labels, T)
        if last is None or last[0] != labels or last[1].shape != T.shape:
            return
        distance = np.abs(T - last[1]).sum(axis=1).mean()
        if distance > DIFFERENT:
            warn(
                f"Two estimators scored on the same labels bring their own transition matrices, "
                f"which differ by {distance:.3g} (L1 per row): such scores are not comparable, "
                f"and the worst estimated matrix may win. Give the scorer one transition_matrix "
                f'for all, or choose "neg_forward_log_loss".',
            )

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_last_matrix": None}

    def __repr__(self) -> str:
        source = "each estimator's own" if self.transition_matrix is None else "given"
        return f"NoiseCorrectedScorer({self.score!r}, transition_matrix={source})"

    # %% What scikit-learn asks scorers for

    def set_score_request(self, *, sample_weight: bool | str | None = None) -> NoiseCorrectedScorer:
        """Say whether sample weights are to be passed, where metadata routing is enabled."""
        self._metadata_request.score.add_request(param="sample_weight", alias=sample_weight)
        return self

    def get_metadata_routing(self) -> Any:
        """Return the metadata that the scorer takes."""
        return self._metadata_request

    def _get_metadata_request(self) -> Any:
        """The same, under the name by which TunedThresholdClassifierCV of scikit-learn 1.6 asks."""
        return self._metadata_request

    def _accept_sample_weight(self) -> bool:
        return True

    # TunedThresholdClassifierCV cuts posteriors itself, and reads the parts of a scorer.

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
        if self._response_method != "predict" or self.transition_matrix is None:
            raise ValueError(
                f"To tune a threshold, give make_noise_corrected_scorer a score of labels, such as "
                f"'accuracy', and the transition_matrix; got {self!r}. {SEE_ERRORS}"
            )
        return partial(self._score, T=self.transition_matrix, classes=self.classes)
