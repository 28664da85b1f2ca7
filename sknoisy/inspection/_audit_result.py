"""The result of an audit: plain attributes, a text and an HTML page."""

from __future__ import annotations

import datetime
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._files import check_place, write_text
from ..metrics import rows_to_relabel
from ._corrections import Comparison
from ._fit_test import ClassConditionalTest
from ._label_value import LearningCurve
from ._report_text import paragraphs

Array = NDArray[np.float64]


def _version() -> str:
    return str(sys.modules["sknoisy"].__version__)


@dataclass(frozen=True)
class NoiseAudit:
    """The result of :func:`noise_audit`.

    Attributes
    ----------
    classes : ndarray of shape (n_classes,)
        Labels in the order of all matrices.
    n_samples : int
        Number of rows.
    confidence_level : float
        Of intervals and verdicts.
    transition_matrix : ndarray of shape (n_classes, n_classes)
        The estimated T.
    transition_matrix_interval : ndarray of shape (2, n_classes, n_classes)
        Limits of its entries.
    noise_rate, mixture_noise_rate : float
        Fraction of wrong labels, by T and by the shape of the classes; None where unknown.
    noise_rate_interval : tuple (low, high)
        Limits of `noise_rate`, if noise depends on the class alone.
    noise_rate_by_class, wrong_share_by_label : ndarray of shape (n_classes,)
        Share of wrong labels among the rows of a class, ``1 - T[k, k]``, and among the rows with
        a given label.
    is_noisy : bool or None
        Whether the labels are called noisy; None where they do not tell noise from overlap of the
        classes.
    verdict : {"noisy", "clean", "cannot tell"}
        The same in words.
    is_identified : bool
        Whether T is called identified.
    doubts : list of str
        Why it is not.
    fit_test : ClassConditionalTest or None
        Whether noise that depends on the class alone explains the labels; None where that could
        not be tested, for the reason in `notes`.
    is_instance_dependent : bool or None
        The verdict of that test. Without trusted labels, True may also mean that the classes
        overlap more than their shapes show.
    comparison : Comparison
        Accuracy and Brier score of each candidate.
    recommendation : str
        "none", or the correction that helps.
    learning_curve : LearningCurve or None
        Accuracy by number of labels, and how many noisy labels a trusted one is worth.
    noisy_proba, clean_proba : ndarray of shape (n_samples, n_classes)
        Out-of-fold posteriors of the noisy labels, and through T of the clean ones.
    label_quality : ndarray of shape (n_samples,)
        Probability that the given label is the clean one.
    y : ndarray of shape (n_samples,)
        The given labels.
    notes : list of str
        What could not be estimated, and why.
    version, date : str and datetime.date
        Of sknoisy, and of the day of the audit.

    See Also
    --------
    noise_audit : Makes it.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sknoisy.inspection import noise_audit
    >>> X, y = load_digits(return_X_y=True)
    >>> audit = noise_audit(X, y, learning_curve=False, random_state=0)
    >>> audit.verdict, audit.is_instance_dependent, audit.recommendation
    ('clean', False, 'none')
    """

    classes: NDArray[Any]
    n_samples: int
    confidence_level: float
    transition_matrix: Array
    transition_matrix_interval: Array
    noise_rate: float
    noise_rate_interval: tuple[float, float]
    noise_rate_by_class: Array
    wrong_share_by_label: Array
    mixture_noise_rate: float | None
    is_noisy: bool | None
    is_identified: bool
    doubts: list[str]
    fit_test: ClassConditionalTest | None
    is_instance_dependent: bool | None
    comparison: Comparison
    recommendation: str
    learning_curve: LearningCurve | None
    noisy_proba: Array = field(repr=False)
    clean_proba: Array = field(repr=False)
    label_quality: Array = field(repr=False)
    y: NDArray[Any] = field(repr=False)
    notes: list[str] = field(default_factory=list)
    version: str = field(default_factory=_version, repr=False)
    date: datetime.date = field(default_factory=datetime.date.today, repr=False)

    @property
    def verdict(self) -> str:
        return {True: "noisy", False: "clean", None: "cannot tell"}[self.is_noisy]

    def rows_to_relabel(self, n_rows: int | None = None) -> NDArray[np.intp]:
        """Numbers of the rows whose label to check, the most doubtful first.

        Parameters
        ----------
        n_rows : int, default=None
            How many; None: those whose most probable clean label is another, as in
            :func:`sknoisy.metrics.rows_to_relabel`.
        """
        return rows_to_relabel(
            self.clean_proba, self.y, self.transition_matrix, classes=self.classes, n_rows=n_rows
        )

    def __str__(self) -> str:
        return "\n\n".join(f"{heading}\n{text}" for heading, text in paragraphs(self))

    def to_html(self, path: str | Path | None = None) -> str:
        """Return the report as one HTML page that holds its figures, drawn by matplotlib.

        Parameters
        ----------
        path : str or Path, default=None
            A file to write the page to as well; an existing one is replaced by a whole new one,
            or stays after an error.

        Returns
        -------
        str
            The page.
        """
        from ._report_html import page

        if path is not None:
            check_place(path)  # Figures take a while.
        text = page(self)
        if path is not None:
            write_text(path, text)
        return text

    def _repr_html_(self) -> str:
        from ._report_html import body

        return body(self)
