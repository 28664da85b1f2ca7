"""An audit in sentences."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

MOST_CLASSES = 5


def paragraphs(audit: Any) -> list[tuple[str, str]]:
    """Headings and texts of the report.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sknoisy.inspection import noise_audit
    >>> audit = noise_audit(*load_iris(return_X_y=True), learning_curve=False, random_state=0)
    >>> [heading for heading, _ in paragraphs(audit)][0]
    'How noisy are the labels?'
    """
    return [
        ("How noisy are the labels?", " ".join(_how_noisy(audit))),
        ("Is the transition matrix known?", " ".join(_identified(audit))),
        ("Does the noise depend on the class alone?", " ".join(_fit(audit))),
        ("Would a correction help?", " ".join(_correction(audit))),
        ("What would more labels buy?", " ".join(_labels(audit))),
    ]


def _percent(share: float) -> str:
    return f"{100 * share:.1f}%" if share < 0.0995 else f"{100 * share:.0f}%"


def _how_noisy(audit: Any) -> Iterator[str]:
    low, high = audit.noise_rate_interval
    size = f"{audit.n_samples} rows, {len(audit.classes)} classes."
    rate = f"{_percent(audit.noise_rate)} ({_percent(low)} to {_percent(high)})"
    if not audit.is_noisy:
        yield f"{size} No noise was found: estimated rate {rate}."
    elif audit.is_instance_dependent:
        yield f"{size} The labels are noisy. Where the classifier is sure, {rate} are wrong."
    else:
        yield f"{size} The labels are noisy: about {rate} are wrong."
    if audit.mixture_noise_rate is not None:
        yield f"The shape of the classes says {_percent(audit.mixture_noise_rate)}."
    if audit.is_noisy:
        order = np.argsort(-audit.noise_rate_by_class, kind="stable")[:MOST_CLASSES]
        worst = (
            f"{audit.classes[k]!s} ({_percent(audit.noise_rate_by_class[k])})"
            for k in order
            if audit.noise_rate_by_class[k] > 0.005
        )
        yield f"Most often mislabelled classes: {', '.join(worst)}."
        n_bad = len(audit.rows_to_relabel())
        yield f"{n_bad} labels are more probably wrong than right (rows_to_relabel lists them)."


def _identified(audit: Any) -> Iterator[str]:
    if audit.is_identified:
        yield "Yes: nothing speaks against the estimate."
    else:
        yield "With doubts."
    yield from audit.doubts


def _fit(audit: Any) -> Iterator[str]:
    test = audit.fit_test
    if test is None:
        yield "Not tested."
        yield from audit.notes
        return
    gap = f"{round(100 * test.statistic)} points (standard error {100 * test.std:.0f})"
    if audit.is_instance_dependent:
        yield (
            f"No. Labels of unsure rows agree with their class {gap} less often than those of "
            f"sure rows, beyond what the matrix and the overlap of the classes explain. The noise "
            f"depends on the instance, or the classes overlap more than their shapes say: only "
            f"trusted labels of unsure rows can tell which. The matrix then describes sure rows "
            f"best, and corrections help less than the scores say."
        )
    else:
        yield (
            f"Nothing speaks against it. The gap between sure and unsure rows, beyond what the "
            f"matrix and the overlap of the classes explain, is {gap}, where up to "
            f"{100 * test.tolerance:.0f} are put down to shapes of classes that the test cannot "
            f"follow. Noise near the boundaries of classes that overlap widely cannot be found in "
            f"this way."
        )


def _correction(audit: Any) -> Iterator[str]:
    comparison = audit.comparison
    if audit.recommendation == "none":
        yield "No correction is better than none by more than chance."
    else:
        value, std = comparison.gain[audit.recommendation]
        yield (
            f"Yes: {audit.recommendation}. It lowers the Brier score on the clean labels by "
            f"{value:.3f} (standard error {std:.3f})."
        )
    scores = (
        f"{name} {100 * value:.1f}% (standard error {100 * std:.1f})"
        for name, (value, std) in comparison.accuracy.items()
    )
    yield f"Accuracy on the clean labels, estimated: {', '.join(scores)}."


def _labels(audit: Any) -> Iterator[str]:
    curve = audit.learning_curve
    if curve is None:
        yield "Not looked at (learning_curve=False)."
        return
    n = audit.n_samples
    now = curve.predicted_accuracy(n)
    double = curve.predicted_accuracy(2 * n)
    yield (
        f"With {n} noisy labels the curve says {100 * now:.1f}%; {n} more of the same would make "
        f"it {100 * double:.1f}%."
    )
    tenth = max(1, n // 10)
    trusted = curve.predicted_accuracy(n, tenth)
    yield (
        f"One trusted label is worth about {curve.trusted_worth:.1f} noisy ones: {tenth} trusted "
        f"labels on further rows would make it {100 * trusted:.1f}%."
    )
