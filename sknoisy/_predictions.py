"""Predictions that follow from posteriors, the same for every classifier."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils.validation import check_is_fitted
from torch.utils.data import Dataset

from ._checks import naming
from ._hints import SEE_ERRORS
from ._iterators import dataset_labels
from ._labels import accuracy
from ._soft_labels import is_soft, soft_accuracy
from ._validation import sample_shape, validate_rows


class CleanLabels:
    """Predictions of the clean labels from their posteriors."""

    classes_: NDArray[Any]

    @abstractmethod
    def _clean_proba(self, X: Any) -> NDArray[np.float64]:
        """Posteriors of the clean labels of validated rows, of shape (n_samples, n_classes)."""

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

        Raises
        ------
        ValueError
            If rows are not like those of `fit`, or have no posterior, as where X holds NaN.
        """
        check_is_fitted(self)
        rows = validate_rows(self, X)
        try:
            with naming("X"):
                proba = self._clean_proba(rows)
        except (RuntimeError, IndexError, TypeError) as error:
            fitted = getattr(self, "_sample_shape", None)
            shape = None if fitted is None else sample_shape(rows)
            if shape == fitted:
                raise
            raise ValueError(
                f"X must hold rows of shape {fitted}, as in fit, or of another that the network "
                f"takes; given rows of shape {shape} it raised: {error}. {SEE_ERRORS}"
            ) from error
        unknown = ~np.isfinite(proba).all(axis=1)
        if unknown.any():
            raise ValueError(
                f"X holds NaN, infinity or values too large for the classifier: it has no "
                f"posterior for {unknown.sum()} of {len(proba)} rows, the first of them row "
                f"{unknown.argmax()}. {SEE_ERRORS}"
            )
        return proba

    def predict_log_proba(self, X: Any) -> NDArray[np.float64]:
        """Logarithms of `predict_proba`.

        Parameters
        ----------
        X : like X of `fit`
            Rows.

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
            -inf where the posterior is zero.
        """
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))

    def predict(self, X: Any) -> NDArray[Any]:
        """Most probable clean labels.

        Parameters
        ----------
        X : like X of `fit`
            Rows.

        Returns
        -------
        ndarray of shape (n_samples,)
        """
        proba = self.predict_proba(X)
        return self.classes_[proba.argmax(axis=1)]

    def score(self, X: Any, y: Any = None, sample_weight: ArrayLike | None = None) -> float:
        """Fraction of rows whose predicted label is that in y.

        Parameters
        ----------
        X : like X of `fit`
            Rows.
        y : array-like of shape (n_samples,), or None for a Dataset that holds its labels
            Labels; clean ones, if the score is to be the accuracy. Of soft ones, of shape
            (n_samples, n_classes), the mean share of the predicted class; of candidates how often
            it is one.
        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weights.

        Returns
        -------
        float
        """
        if y is None and isinstance(X, Dataset):
            y = dataset_labels(X)
        if is_soft(y):
            return soft_accuracy(y, self.predict(X), self.classes_, sample_weight)
        return accuracy(y, self.predict(X), sample_weight)


class CleanAndNoisyLabels(CleanLabels):
    """With the posteriors of the noisy labels, where there is one T."""

    transition_matrix_: NDArray[np.float64]
    transition_matrices_: NDArray[np.float64]
    noise_groups_: NDArray[Any]
    transition_matrix_source_: str
    transition_matrix_estimator_: Any
    doubts_: tuple[str, ...]
    corrected_: bool

    def predict_noisy_proba(self, X: Any) -> NDArray[np.float64]:
        """Posteriors of the noisy labels: ``predict_proba(X) @ transition_matrix_``.

        Parameters
        ----------
        X : like X of `fit`
            Rows.

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
        """
        return self.predict_proba(X) @ self.transition_matrix_
