"""An audit as an HTML page that holds its figures."""

from __future__ import annotations

import base64
from collections.abc import Callable
from html import escape
from io import BytesIO
from typing import Any

import numpy as np

from ..metrics import noise_corrected_calibration_curve, noise_corrected_confusion_matrix
from ._calibration_display import NoiseCorrectedCalibrationDisplay
from ._confusion_display import NoiseCorrectedConfusionMatrixDisplay
from ._display import BLUE, GREY, ORANGE, pyplot
from ._label_quality_display import LabelQualityDisplay
from ._report_text import as_share, paragraphs
from ._transition_matrix_display import TransitionMatrixDisplay

DPI = 100
MOST_CLASSES_IN_TABLE = 12
STYLE = """
.sknoisy-audit {font: 15px/1.5 system-ui, sans-serif; max-width: 60em; margin: 1em auto;
  padding: 0 1em; color: #222; background: #fff}
.sknoisy-audit h1 {font-size: 1.5em} .sknoisy-audit h2 {font-size: 1.15em; margin: 1.5em 0 .3em}
.sknoisy-audit img {max-width: 100%; height: auto; display: block; margin: .5em 0}
.sknoisy-audit table {border-collapse: collapse; margin: .5em 0}
.sknoisy-audit td, .sknoisy-audit th {border: 1px solid #ccc; padding: .2em .6em; text-align: right}
.sknoisy-audit footer, .sknoisy-audit caption {color: #666; font-size: .85em; text-align: left}
.sknoisy-audit footer {border-top: 1px solid #ccc; margin-top: 2em; padding-top: .5em}
.sknoisy-audit .scroll {overflow-x: auto}
.sknoisy-audit th {background: #f4f4f4; font-weight: 600}
"""


def page(audit: Any) -> str:
    """A complete HTML document."""
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Audit of noisy labels</title></head>\n<body>{body(audit)}</body></html>\n"
    )


def body(audit: Any) -> str:
    """The content of the page, which a notebook shows."""
    parts = [
        f"<style>{STYLE}</style>",
        '<div class="sknoisy-audit">',
        "<h1>Audit of noisy labels</h1>",
    ]
    for (heading, text), tables_and_figures in zip(
        paragraphs(audit), _tables_and_figures(audit), strict=True
    ):
        parts += [f"<h2>{escape(heading)}</h2>", f"<p>{escape(text)}</p>", *tables_and_figures]
    parts.append(f"<footer>sknoisy {escape(audit.version)}, {audit.date:%d %B %Y}</footer>")
    return "\n".join([*parts, "</div>"])


def _tables_and_figures(audit: Any) -> list[list[str]]:
    """What follows each paragraph."""
    y, p, T, classes = audit.y, audit.clean_proba, audit.transition_matrix, audit.classes
    predicted = classes[p.argmax(axis=1)]
    quality = LabelQualityDisplay(audit.label_quality, given=y, probable=predicted)
    matrix = TransitionMatrixDisplay(
        T, interval=audit.transition_matrix_interval, display_labels=classes
    )
    confusion = NoiseCorrectedConfusionMatrixDisplay(
        noise_corrected_confusion_matrix(y, predicted, T, classes=classes, normalize="true"),
        display_labels=classes,
    )
    calibration = NoiseCorrectedCalibrationDisplay(
        noise_corrected_calibration_curve(y, p, T, classes=classes), name="posteriors through T"
    )
    noise = [
        _class_table(audit),
        _image("Probability of the given labels", (6.4, 3.6), quality.plot),
    ]
    correction = [
        _score_table(audit),
        _image("Corrected confusion matrix", (6.4, 5.4), confusion.plot),
        _image("Corrected calibration", (5.2, 4.2), calibration.plot),
    ]
    fit, labels = [], []
    if audit.fit_test is not None:
        name = "Agreement of labels and classes by sureness"
        fit = [_image(name, (6.4, 3.8), lambda ax: _plot_fit(audit.fit_test, ax))]
    if audit.learning_curve is not None:
        curve, n = audit.learning_curve, audit.n_samples
        labels = [_image("Learning curve", (6.4, 3.8), lambda ax: _plot_curve(curve, n, ax))]
    figures = [_image("Transition matrix", (6.4, 5.4), matrix.plot)]
    return [noise, figures, fit, correction, labels, []]


def _class_table(audit: Any) -> str:
    """The classes with the largest noise, and its intervals."""
    low, high = (1 - np.diagonal(limits) for limits in audit.transition_matrix_interval[::-1])
    order = np.argsort(-audit.noise_rate_by_class, kind="stable")[:MOST_CLASSES_IN_TABLE]
    rows = [
        [
            str(audit.classes[k]),
            f"{(audit.y == audit.classes[k]).sum()}",
            f"{audit.noise_rate_by_class[k]:.3f} ({max(low[k], 0):.3f} to {high[k]:.3f})",
            f"{audit.wrong_share_by_label[k]:.3f}",
        ]
        for k in order
    ]
    heads = ["class", "given labels", "rows mislabelled", "given labels wrong"]
    n = len(audit.classes)
    which = "All classes" if len(order) == n else f"The {len(order)} of {n} classes with most noise"
    return _table(heads, rows, f"{which}; in brackets intervals at {audit.confidence_level:.0%}.")


def _score_table(audit: Any) -> str:
    rows = []
    for name, (value, std) in audit.comparison.accuracy.items():
        brier, brier_std = audit.comparison.brier_score[name]
        rows.append([name, f"{as_share(value):.3f} ± {std:.3f}", f"{brier:.3f} ± {brier_std:.3f}"])
    return _table(["correction", "accuracy, corrected", "Brier score, corrected"], rows)


def _table(heads: list[str], rows: list[list[str]], caption: str = "") -> str:
    top = "".join(f"<th>{escape(head)}</th>" for head in heads)
    lines = ("".join(f"<td>{escape(cell)}</td>" for cell in row) for row in rows)
    content = "".join(f"<tr>{line}</tr>" for line in (top, *lines))
    title = f"<caption>{escape(caption)}</caption>" if caption else ""
    return f'<div class="scroll"><table>{title}{content}</table></div>'


def _image(name: str, size: tuple[float, float], plot: Callable[[Any], Any]) -> str:
    pyplot()  # An ImportError names the extra.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=size, dpi=DPI)  # Not by pyplot, which would keep and show it.
    FigureCanvasAgg(figure)
    plot(figure.subplots())
    file = BytesIO()
    figure.savefig(file, format="png", bbox_inches="tight")
    content = base64.b64encode(file.getvalue()).decode("ascii")
    return f'<img alt="{escape(name)}" src="data:image/png;base64,{content}">'


def _plot_fit(test: Any, ax: Any) -> None:
    tenths = np.arange(1, len(test.observed) + 1)
    style = {"fmt": "o-", "color": BLUE, "capsize": 3, "label": "observed"}
    ax.plot(tenths, test.expected, "s--", color=ORANGE, label="expected if the class decides")
    ax.errorbar(tenths, test.observed, yerr=1.96 * test.bin_std, **style)
    ax.set(
        xlabel="Tenth of the rows, least sure first",
        ylabel="Labels that agree with the class",
        ylim=(0, 1.02),
        xticks=tenths,
    )
    ax.legend(loc="lower right")


def _plot_curve(curve: Any, n: int, ax: Any) -> None:
    style = {"fmt": "o", "color": BLUE, "capsize": 3, "label": "measured, corrected for noise"}
    measured = np.minimum(curve.accuracy, 1)
    ax.errorbar(curve.n_rows, measured, yerr=1.96 * curve.std, **style)
    sizes = np.geomspace(curve.n_rows.min(), 4 * n, 60)
    ax.plot(sizes, [curve.predicted_accuracy(m) for m in sizes], color=BLUE, label="noisy labels")
    trusted = n * np.linspace(0.0, 0.3, 20)
    predicted = [curve.predicted_accuracy(n, m) for m in trusted]
    ax.plot(n + trusted, predicted, color=ORANGE, label="added trusted labels")
    ax.axvline(n, color=GREY, linestyle=":", label="now")
    ax.set_ylim(top=min(ax.get_ylim()[1], 1.005))
    ax.set(xscale="log", xlabel="Labelled rows", ylabel="Accuracy on the clean labels")
    ticks = [n // 8, n // 2, n, 4 * n]
    ax.set_xticks(ticks, [f"{m:,}" for m in ticks])
    ax.set_xticks([], minor=True)
    ax.legend()
