"""An audit in sentences."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

MOST_CLASSES = 5
SMALLEST_RATE = 0.005  # Of a class that is named as mislabelled.
NO_DIFFERENCE = 0.0005  # Of accuracy: less is none in the figures given.


def paragraphs(audit: Any) -> list[tuple[str, str]]:
    """Headings and texts of the report."""
    return [
        ("How noisy are the labels?", " ".join(_noise(audit))),
        ("Is the transition matrix identified?", " ".join(_identification(audit))),
        ("Does the noise depend on the class alone?", " ".join(_fit(audit))),
        ("Would a correction help?", " ".join(_correction(audit))),
        ("What would more labels buy?", " ".join(_more_labels(audit))),
        ("What to do next?", " ".join(_next_steps(audit))),
    ]


def _percent(share: float) -> str:
    return f"{100 * share:.1f}%" if share < 0.0995 else f"{100 * share:.0f}%"


def _points(value: float) -> str:
    number = round(100 * value)
    return f"{number} point" if abs(number) == 1 else f"{number} points"


def as_share(value: float) -> float:
    """A corrected estimate as a share: by chance it lies above 1 where nearly all is right."""
    return min(value, 1.0)


def _noise(audit: Any) -> Iterator[str]:
    low, high = (_percent(limit) for limit in audit.noise_rate_interval)
    rate = f"{_percent(audit.noise_rate)} ({low} to {high})"
    yield f"{audit.n_samples} rows, {len(audit.classes)} classes."
    if audit.is_noisy is None:
        yield (
            f"The labels do not tell noise from overlap of the classes. The estimated rate is "
            f"{rate}, but it may be overlap alone, and labels near the boundaries of classes may "
            f"be wrong too. Trusted labels of some random rows (y_trusted) settle it."
        )
    elif not audit.is_noisy:
        yield f"No noise was found; the estimated rate is {rate}."
    elif audit.is_instance_dependent:
        yield f"The labels are noisy. Where the classifier is sure, {rate} are wrong."
    else:
        yield f"The labels are noisy: about {rate} are wrong."
    if audit.mixture_noise_rate is not None:
        by_shape = _percent(audit.mixture_noise_rate)
        start, end = audit.noise_rate_interval
        if start <= audit.mixture_noise_rate <= end:
            yield f"By the shape of the classes the rate is {by_shape}, which agrees."
        else:
            yield (
                f"By the shape of the classes the rate is {by_shape}, outside this interval. The "
                f"first estimate assumes that the class alone decides the noise, this one that the "
                f"classes consist of elliptic components: one of the two does not hold, and the "
                f"rate is as uncertain as they differ. Trusted labels (y_trusted) settle it."
            )
    if audit.is_noisy:
        rates = audit.noise_rate_by_class
        worst = np.argsort(-rates, kind="stable")[:MOST_CLASSES]
        names = [
            f"{audit.classes[k]!s} ({_percent(rates[k])})"
            for k in worst
            if rates[k] > SMALLEST_RATE
        ]
        if len({_percent(rate) for rate in rates}) == 1:
            yield "All classes are mislabelled alike."
        else:
            yield f"Most often mislabelled classes: {', '.join(names)}."
        n_bad = len(audit.rows_to_relabel())
        n_doubtful = int((audit.label_quality < 0.5).sum())
        yield (
            f"The given label is more probably wrong than right in {n_doubtful} rows; in {n_bad} "
            f"some other label is more probable than it (rows_to_relabel lists them)."
        )


def _identification(audit: Any) -> Iterator[str]:
    yield "Yes: no check raised a doubt." if audit.is_identified else "It is doubtful."
    yield from audit.doubts


def _fit(audit: Any) -> Iterator[str]:
    test = audit.fit_test
    if test is None:
        yield from ("Not tested.", *audit.notes)
        return
    gap = f"{_points(test.statistic)} (standard error {100 * test.std:.0f})"
    tolerated = f"{_points(test.tolerance)} that are attributed to shapes of classes"
    if audit.is_instance_dependent:
        answer, reason = "No.", "Trusted labels show it."
        if not test.from_trusted:
            answer = "Perhaps not."
            reason = (
                "Either the noise depends on the instance, or the classes overlap more than their "
                "shapes show: only trusted labels of unsure rows can tell which."
            )
        yield (
            f"{answer} Labels of unsure rows agree with their class {gap} less often than those of "
            f"sure rows, beyond what the matrix and the overlap of the classes explain. {reason} "
            f"The matrix then describes sure rows best, and corrections help less than the scores "
            f"show."
        )
    else:
        answer, compared = "There is no evidence against it.", f"no more than the {tolerated}"
        if test.statistic > test.tolerance:
            answer = "The rows are too few to tell."
            compared = f"more than the {tolerated}, but by no more than chance allows"
        yield (
            f"{answer} The gap between sure and unsure rows, beyond what the matrix and the "
            f"overlap of the classes explain, is {gap}: {compared}. The test cannot find noise "
            f"near the boundaries of classes that overlap widely."
        )


def _correction(audit: Any) -> Iterator[str]:
    if audit.recommendation == "none":
        yield "No correction is significantly better than none."
    else:
        value, std = audit.comparison.gain[audit.recommendation]
        yield (
            f"Yes: {audit.recommendation}. It lowers the Brier score on the clean labels by "
            f"{value:.3f} (standard error {std:.3f})."
        )
    scores = (
        f"{name} {100 * as_share(value):.1f}% (standard error {100 * std:.1f})"
        for name, (value, std) in audit.comparison.accuracy.items()
    )
    yield f"Estimated accuracy on the clean labels: {', '.join(scores)}."
    accuracy = audit.comparison.accuracy
    better = accuracy.get(audit.recommendation, accuracy["none"])[0] - accuracy["none"][0]
    if audit.recommendation != "none" and better < NO_DIFFERENCE:
        yield "Its probabilities are better; no difference in accuracy was seen."


def _more_labels(audit: Any) -> Iterator[str]:
    curve, n = audit.learning_curve, audit.n_samples
    if curve is None:
        yield "Not estimated (learning_curve=False, or a FrozenEstimator, which is not trained)."
        return
    n_trusted = max(1, n // 10)
    now, doubled, trusted = (
        f"{100 * curve.predicted_accuracy(*sizes):.1f}%"
        for sizes in ((n,), (2 * n,), (n, n_trusted))
    )
    yield (
        f"The learning curve predicts an accuracy of {now} with {n} noisy labels, and of {doubled} "
        f"with twice as many. One trusted label is worth about {curve.trusted_worth:.1f} noisy "
        f"ones: {n_trusted} trusted labels on further rows would make it {trusted}."
    )


def _next_steps(audit: Any) -> Iterator[str]:
    if audit.is_noisy is None or not audit.is_identified:
        yield (
            "Label at least 20 random rows again, with care, and repeat the audit with them as "
            "y_trusted."
        )
    if audit.recommendation == "none":
        yield "Train as usual."
    else:
        yield (
            f"Train with the correction ({audit.recommendation}), and score with "
            f"sknoisy.metrics.make_noise_corrected_scorer, for the validation labels are noisy too."
        )
    if len(audit.rows_to_relabel()):
        yield "Look at the labels of rows_to_relabel() first: they are most probably wrong."
