"""An audit as an HTML page that holds its figures."""

from __future__ import annotations

import base64
from html import escape
from io import BytesIO
from typing import Any

import numpy as np

from ..metrics import noise_corrected_calibration_curve, noise_corrected_confusion_matrix
from ._confusion import NoiseCorrectedConfusionMatrixDisplay
from ._label_quality import LabelQualityDisplay
from ._matplotlib import BLUE, GREY, ORANGE, pyplot
from ._reliability import NoiseCorrectedCalibrationDisplay
from ._summary import paragraphs
from ._transition_matrix import TransitionMatrixDisplay

DPI = 100
STYLE = """
.sknoisy-audit {font: 15px/1.5 system-ui, sans-serif; max-width: 60em; margin: 1em auto;
  padding: 0 1em; color: #222; background: #fff}
.sknoisy-audit h1 {font-size: 1.5em} .sknoisy-audit h2 {font-size: 1.15em; margin: 1.5em 0 .3em}
.sknoisy-audit img {max-width: 100%; height: auto; display: block; margin: .5em 0}
.sknoisy-audit table {border-collapse: collapse; margin: .5em 0}
.sknoisy-audit td, .sknoisy-audit th {border: 1px solid #ccc; padding: .2em .6em; text-align: right}
.sknoisy-audit th {background: #f4f4f4; font-weight: 600}
"""


def page(audit: Any) -> str:
    """A whole HTML document."""
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Audit of noisy labels</title></head>\n<body>{body(audit)}</body></html>\n"
    )


def body(audit: Any) -> str:
    """What a notebook shows."""
    figures = _figures(audit)
    parts = [
        f"<style>{STYLE}</style>",
        '<div class="sknoisy-audit">',
        "<h1>Audit of noisy labels</h1>",
    ]
    for (heading, text), key in zip(
        paragraphs(audit), ("noise", "matrix", "fit", "correction", "labels"), strict=True
    ):
        parts += [f"<h2>{escape(heading)}</h2>", f"<p>{escape(text)}</p>"]
        if key == "noise":
            parts.append(_class_table(audit))
        if key == "correction":
            parts.append(_score_table(audit))
        parts += figures.get(key, [])
    parts.append("</div>")
    return "\n".join(parts)


def _class_table(audit: Any) -> str:
    """The classes with the largest noise; all of them up to a dozen."""
    order = np.argsort(-audit.noise_rate_by_class, kind="stable")[:12]
    rows = [
        [
            str(audit.classes[k]),
            f"{(audit.y == audit.classes[k]).sum()}",
            f"{audit.noise_rate_by_class[k]:.3f}",
            f"{audit.wrong_share_by_label[k]:.3f}",
        ]
        for k in order
    ]
    heads = ["class", "rows with this label", "mislabelled, of the class", "wrong, of the label"]
    return _table(heads, rows)


def _score_table(audit: Any) -> str:
    comparison = audit.comparison
    rows = []
    for name, (value, std) in comparison.accuracy.items():
        brier, brier_std = comparison.brier_score[name]
        rows.append([name, f"{value:.3f} ± {std:.3f}", f"{brier:.3f} ± {brier_std:.3f}"])
    return _table(["correction", "accuracy, corrected", "Brier score, corrected"], rows)


def _table(heads: list[str], rows: list[list[str]]) -> str:
    top = "".join(f"<th>{escape(head)}</th>" for head in heads)
    lines = ("".join(f"<td>{escape(cell)}</td>" for cell in row) for row in rows)
    return f"<table><tr>{top}</tr>" + "".join(f"<tr>{line}</tr>" for line in lines) + "</table>"


# %% Figures


def _figures(audit: Any) -> dict[str, list[str]]:
    from_axes = {
        "noise": [("How probable the given labels are", (6.4, 3.6), _draw_quality)],
        "matrix": [("Transition matrix", (6.4, 5.4), _draw_matrix)],
        "fit": [("Agreement of labels and classes by sureness", (6.4, 3.8), _draw_fit)],
        "correction": [
            ("Corrected confusion matrix", (6.4, 5.4), _draw_confusion),
            ("Corrected reliability", (5.2, 4.2), _draw_reliability),
        ],
        "labels": [("Learning curve", (6.4, 3.8), _draw_curve)],
    }
    skipped = {"fit": audit.fit_test is None, "labels": audit.learning_curve is None}
    return {
        key: [_image(audit, *figure) for figure in figures]
        for key, figures in from_axes.items()
        if not skipped.get(key)
    }


def _image(audit: Any, name: str, size: tuple[float, float], draw: Any) -> str:
    pyplot()  # Says what is missing.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=size, dpi=DPI)  # Not by pyplot, which would keep and show it.
    FigureCanvasAgg(figure)
    draw(audit, figure.subplots())
    file = BytesIO()
    figure.savefig(file, format="png", bbox_inches="tight")
    content = base64.b64encode(file.getvalue()).decode("ascii")
    return f'<img alt="{escape(name)}" src="data:image/png;base64,{content}">'


def _draw_quality(audit: Any, ax: Any) -> None:
    probable = audit.classes[audit.clean_proba.argmax(axis=1)]
    LabelQualityDisplay(audit.label_quality, given=audit.y, probable=probable).plot(ax=ax)


def _draw_matrix(audit: Any, ax: Any) -> None:
    TransitionMatrixDisplay(
        audit.transition_matrix,
        interval=audit.transition_matrix_interval,
        display_labels=audit.classes,
    ).plot(ax=ax)


def _draw_confusion(audit: Any, ax: Any) -> None:
    matrix = noise_corrected_confusion_matrix(
        audit.y,
        audit.classes[audit.clean_proba.argmax(axis=1)],
        audit.transition_matrix,
        classes=audit.classes,
        normalize="true",
    )
    NoiseCorrectedConfusionMatrixDisplay(matrix, display_labels=audit.classes).plot(ax=ax)
    ax.set_title("Predictions through T against clean labels")


def _draw_reliability(audit: Any, ax: Any) -> None:
    curve = noise_corrected_calibration_curve(
        audit.y, audit.clean_proba, audit.transition_matrix, classes=audit.classes
    )
    NoiseCorrectedCalibrationDisplay(curve, name="posteriors through T").plot(ax=ax)


def _draw_fit(audit: Any, ax: Any) -> None:
    test = audit.fit_test
    tenths = np.arange(1, len(test.observed) + 1)
    ax.plot(tenths, test.expected, "s--", color=ORANGE, label="expected if the class decides")
    ax.errorbar(
        tenths,
        test.observed,
        yerr=1.96 * test.bin_std,
        fmt="o-",
        color=BLUE,
        capsize=3,
        label="observed",
    )
    ax.set(
        xlabel="Tenth of the rows, least sure first",
        ylabel="Labels that agree with the class",
        ylim=(0, 1.02),
        xticks=tenths,
    )
    ax.legend(loc="lower right")


def _draw_curve(audit: Any, ax: Any) -> None:
    curve, n = audit.learning_curve, audit.n_samples
    ax.errorbar(
        curve.n_rows,
        curve.accuracy,
        yerr=1.96 * curve.std,
        fmt="o",
        color=BLUE,
        capsize=3,
        label="measured, corrected for noise",
    )
    sizes = np.geomspace(curve.n_rows.min(), 4 * n, 60)
    ax.plot(sizes, [curve.predicted_accuracy(m) for m in sizes], color=BLUE, label="noisy labels")
    shares = np.linspace(0.0, 0.3, 20)
    ax.plot(
        n * (1 + shares),
        [curve.predicted_accuracy(n, n * share) for share in shares],
        color=ORANGE,
        label="trusted labels on top",
    )
    ax.axvline(n, color=GREY, linestyle=":", label="now")
    ax.set(xscale="log", xlabel="Labelled rows", ylabel="Accuracy on the clean labels")
    ax.set_xticks([n // 8, n // 2, n, 4 * n], [f"{m:,}" for m in (n // 8, n // 2, n, 4 * n)])
    ax.set_xticks([], minor=True)
    ax.legend()
