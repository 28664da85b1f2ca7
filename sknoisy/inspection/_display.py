"""What the Displays share: axes of matplotlib, imported when needed, and the source of T."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from numpy.typing import ArrayLike
from sklearn.utils.validation import check_is_fitted

from .._checks import describe
from .._fitted import find_holder
from .._hints import SEE_ERRORS

if TYPE_CHECKING:
    from typing_extensions import Self

# Hues that differ for all kinds of colour vision, and in grey (Okabe, Ito, 2008).
BLUE, ORANGE, GREY = "#0072B2", "#D55E00", "#666666"


def pyplot() -> Any:
    """``matplotlib.pyplot``, or an error that names the extra."""
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise ImportError(
            "Figures need matplotlib, which is not installed: pip install 'sknoisy[plot]'."
            f" {SEE_ERRORS}"
        ) from error
    return plt


def fitted_holder(estimator: Any, attribute: str, advice: str) -> Any:
    """The estimator that has a fitted attribute, perhaps inside a Pipeline or search.

    Raises NotFittedError, or ValueError with `advice` if no estimator has it.
    """
    holder = find_holder(estimator, attribute)
    if holder is None:
        check_is_estimator(estimator)
        check_is_fitted(estimator)
        raise ValueError(
            f"estimator={type(estimator).__name__} has no {attribute}. {advice} {SEE_ERRORS}"
        )
    return holder


def check_is_estimator(estimator: Any, method: str = "fit") -> None:
    """Raise unless `estimator` is one, with some method."""
    if isinstance(estimator, type) or not hasattr(estimator, method):
        raise TypeError(
            f"estimator must be a fitted estimator with the method {method}; got "
            f"{describe(estimator)}."
            f" {SEE_ERRORS}"
        )


class Display:
    """Base of all Displays: `plot` of a subclass starts with `_start`."""

    ax_: Any
    figure_: Any

    def _start(self, ax: Any) -> Any:
        """Set and return the axes: `ax`, or those of a new pyplot figure."""
        self.ax_ = pyplot().subplots()[1] if ax is None else ax
        self.figure_ = self.ax_.figure
        return self.ax_


class PredictionDisplay(Display):
    """Base of the Displays of predictions on rows with noisy labels."""

    # The method of a classifier, and the parameter of `from_predictions` for what it returns.
    _response: ClassVar[tuple[str, str]] = "predict_proba", "proba"

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        y_noisy: ArrayLike,
        transition_matrix: ArrayLike | None = None,
        **options: Any,
    ) -> Self:
        """Draw it for a fitted classifier, on rows that it was not trained on.

        For training rows, whose labels a network memorises, pass out-of-fold predictions to
        :meth:`from_predictions`.

        Parameters
        ----------
        estimator : fitted classifier
            Predicts clean labels, or their posteriors.
        X : like X of its `fit`
            Rows.
        y_noisy : array-like of shape (n_samples,)
            Noisy labels of any type.
        transition_matrix : array-like of shape (n_classes, n_classes), default=None
            T in the order of `classes_`; None takes `transition_matrix_` of the classifier.
        **options
            As for :meth:`from_predictions`.
        """
        if transition_matrix is None:
            holder = fitted_holder(estimator, "transition_matrix_", "Pass transition_matrix.")
            transition_matrix = holder.transition_matrix_
        method, parameter = cls._response
        check_is_estimator(estimator, method)
        options[parameter] = getattr(estimator, method)(X)
        return cls.from_predictions(
            y_noisy=y_noisy,
            transition_matrix=transition_matrix,
            classes=estimator.classes_,
            **options,
        )

    @classmethod
    def from_predictions(cls, *args: Any, **options: Any) -> Self:
        raise NotImplementedError
