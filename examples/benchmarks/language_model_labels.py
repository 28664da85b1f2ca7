"""Labels as of language models: three labellers that err in the same places, 100 verified rows.

    python examples/benchmarks/language_model_labels.py --full --data-home DIR
    python examples/benchmarks/language_model_labels.py report

`DIR` holds ``imdb/``. No language model is asked: classifiers trained on few reviews stand for
models of different size, each with its confidence. They label reviews that they have not seen; a
classifier is trained on their answers, and scored on further reviews, of which 100 are verified.
--quick takes texts of words drawn at random.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.stats import binomtest
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import MultinomialNB

sys.path.insert(0, str(Path(__file__).parents[1] / "papers"))

from _experiments import Context, Study, main
from _reports import markdown_table, mean_and_spread, provenance, select, unique, values, write_page
from _results import Row
from _selection_data import imdb_counts

from sknoisy.annotators import AnnotatorCorrectedClassifier, DawidSkene
from sknoisy.metrics import (
    prediction_powered_score,
    prediction_powered_transition_matrix,
    transition_matrix_error,
)
from sknoisy.noise import transition_matrix_from_labels

N_SEEN = {"large": 2000, "medium": 300, "small": 80}
N_LABELLED, N_SCORED, N_VERIFIED = 6000, 4000, 100
TINY = 10
DRAWS = {"tiny": 20, "quick": 200, "full": 200}
LEVEL = 0.95
MISSING = -1
LABELLERS = tuple(f"{name}, {how}" for name in N_SEEN for how in ("sure", "unsure"))
OF_LABELLERS = ("true", "implied", "error of T", "error of T, verified")
CLASSIFIERS = (
    "AnnotatorCorrectedClassifier",
    "the same, 100 verified rows",
    "consensus",
    "majority",
    "large labeller",
    "clean labels",
)
SCORES = ("accuracy", "implied accuracy", "coverage", "width", "coverage alone", "width alone")
RESULTS = (
    *(f"{which}: {what}" for which in LABELLERS for what in OF_LABELLERS),
    *CLASSIFIERS,
    "consensus right",
    *SCORES,
)
COMMAND = (
    "SKNOISY_DATA_HOME=DIR OMP_NUM_THREADS=1 python examples/benchmarks/language_model_labels.py"
)


@cache
def words(n_texts: int = 20_000, n_words: int = 2000) -> tuple[Any, NDArray[np.intp]]:
    """Counts of words drawn at random; each class has favourites."""
    rng = np.random.default_rng(0)
    frequency = 1 / np.arange(2, n_words + 2)
    shares = np.tile(frequency / frequency.sum(), (2, 1))
    for share, own in zip(shares, rng.permutation(n_words).reshape(10, -1), strict=False):
        share[own] *= 1.6
    y = rng.integers(2, size=n_texts)
    counts = [rng.multinomial(60, shares[k] / shares[k].sum()) for k in y]
    return csr_array(np.array(counts, dtype=np.float32)), y


@cache
def reviews(context: Context) -> tuple[Any, NDArray[np.intp]]:
    if context.data_home is not None:
        os.environ["SKNOISY_DATA_HOME"] = str(context.data_home)
    counts, y = imdb_counts("train")
    return counts[:, 1:10_001], y


def answers(seen: Any, y: NDArray[np.intp], texts: Any, rng: Any) -> NDArray[np.intp]:
    """Two columns for each labeller: its sure answers, and the others."""
    columns, rows = [], rng.permutation(seen.shape[0])
    for n_seen in N_SEEN.values():
        some, rows = np.split(rows, [n_seen * seen.shape[0] // sum(N_SEEN.values())])
        proba = MultinomialNB(alpha=0.5).fit(seen[some], y[some]).predict_proba(texts)
        confidence, label = proba.max(axis=1), proba.argmax(axis=1)
        sure = confidence > np.median(confidence)
        columns += [np.where(sure, label, MISSING), np.where(sure, MISSING, label)]
    return np.column_stack(columns)


def grid(scale: str) -> list[dict[str, Any]]:
    return [{"data": "IMDB" if scale == "full" else "words"}]


def run(settings: Mapping[str, Any], seed: int, context: Context) -> dict[str, Any]:
    counts, y = words() if settings["data"] == "words" else reviews(context)
    part = TINY if settings["scale"] == "tiny" else 1
    sizes = [n // part for n in (sum(N_SEEN.values()), N_LABELLED, N_SCORED)]
    rng = np.random.default_rng(seed)
    seen, train, test = np.split(rng.permutation(len(y))[: sum(sizes)], np.cumsum(sizes)[:2])
    rows = np.concatenate([train, test])
    labels = answers(counts[seen], y[seen], counts[rows], rng)
    X = TfidfTransformer(sublinear_tf=True).fit(counts[train]).transform(counts[rows])
    X, clean, unseen = X.tocsr(), y[rows], np.arange(len(rows)) >= len(train)
    consensus = DawidSkene(missing_label=MISSING, classes=[0, 1]).fit(None, labels)
    found: dict[str, Any] = {}
    found["consensus right"] = (consensus.consensus_ == clean).mean()
    votes = np.where(labels == MISSING, 0, 2 * labels - 1).sum(axis=1)
    large = labels[:, :2].max(axis=1)
    train_on = dict(
        zip(
            CLASSIFIERS[2:],
            (consensus.consensus_, (votes > 0).astype(int), large, clean),
            strict=True,
        )
    )
    for name, n_verified in zip(CLASSIFIERS, (0, N_VERIFIED), strict=False):
        clf = AnnotatorCorrectedClassifier(
            transition_matrices=DawidSkene(missing_label=MISSING),
            missing_label=MISSING,
            classes=[0, 1],
            random_state=seed,
        )
        trusted = some_trusted(clean[~unseen], np.arange(n_verified)) if n_verified else None
        clf.fit(X[~unseen], labels[~unseen], y_trusted=trusted)
        found[name] = (clf.predict(X[unseen]) == clean[unseen]).mean()
    predicted = clf.predict(X[unseen])
    for name, target in train_on.items():
        plain = LogisticRegression(max_iter=1000).fit(X[~unseen], target[~unseen])
        found[name] = (plain.predict(X[unseen]) == clean[unseen]).mean()
    proba = consensus.consensus_proba_[unseen]
    features_only = clf.predict_proba(X[unseen])
    for a, which in enumerate(LABELLERS):
        rows_of = np.flatnonzero(unseen & (labels[:, a] != MISSING))
        noisy, truly = labels[rows_of, a], clean[rows_of]
        T = transition_matrix_from_labels(truly, noisy)
        powered = prediction_powered_transition_matrix(
            np.where(rows_of < len(train) + N_VERIFIED, truly, np.nan),
            noisy,
            features_only[rows_of - len(train)],
            consensus.transition_matrices_[a],
            classes=[0, 1],
        )
        what_is = (
            (noisy == truly).mean(),
            consensus.accuracies_[a],
            transition_matrix_error(T, consensus.transition_matrices_[a]),
            transition_matrix_error(T, powered),
        )
        for what, value in zip(OF_LABELLERS, what_is, strict=True):
            found[f"{which}: {what}"] = value
    found["accuracy"] = truth = float((predicted == clean[unseen]).mean())
    found["implied accuracy"] = proba[np.arange(len(proba)), predicted].mean()
    found |= scores(clean[unseen], proba, predicted, truth, DRAWS[settings["scale"]], rng)
    return {name: round(float(value), 4) for name, value in found.items()}


def scores(
    clean: NDArray[np.intp],
    proba: NDArray[np.float64],
    predicted: NDArray[np.intp],
    truth: float,
    draws: int,
    rng: np.random.Generator,
) -> dict[str, float]:
    """Coverage and width of intervals from 100 verified rows, which are drawn many times."""
    powered, alone = [], []
    for _ in range(draws):
        verified = rng.permutation(len(clean))[:N_VERIFIED]
        trusted = some_trusted(clean, verified)
        powered.append(
            prediction_powered_score(
                trusted, proba, predicted, classes=[0, 1], confidence_level=LEVEL
            ).interval
        )
        n_right = int((clean == predicted)[verified].sum())
        wilson = binomtest(n_right, N_VERIFIED).proportion_ci(LEVEL, method="wilson")
        alone.append((wilson.low, wilson.high))
    found = {}
    for name, intervals in (("", powered), (" alone", alone)):
        low, high = np.array(intervals).T
        found[f"coverage{name}"] = float(((low <= truth) & (truth <= high)).mean())
        found[f"width{name}"] = float((high - low).mean())
    return found


def some_trusted(clean: NDArray[np.intp], rows: NDArray[np.intp]) -> NDArray[np.float64]:
    trusted = np.full(len(clean), np.nan)
    trusted[rows] = clean[rows]
    return trusted


def report(rows: Sequence[Row], folder: Path) -> list[Path]:
    lines = [
        "# Labels as of language models",
        "",
        "Three classifiers that have seen few reviews label 10,000 others, in two columns each: "
        "their sure answers, and the rest. 6,000 of these train a classifier, the others score the "
        "one that was trained with verified rows; another "
        f"{N_VERIFIED} are verified for that, at random, {DRAWS['full']} times for each seed. "
        "*Implied*: by `DawidSkene`, which believes that labellers err independently. *Error of "
        "T*: mean L1 distance of its rows from the counted one; *verified*: after "
        "`prediction_powered_transition_matrix`. Means over seeds, with standard "
        "deviations. The interval of the score is at 95%; *alone* is Wilson's, of the verified "
        "rows.",
        "",
        *provenance(rows, [f"{COMMAND} --{scale}" for scale in unique(rows, "scale")]),
    ]
    for scale in unique(rows, "scale"):
        some = select(rows, scale=scale)
        (data,) = unique(some, "data")
        labellers = [
            [which, *(cell(some, f"{which}: {what}") for what in OF_LABELLERS)]
            for which in LABELLERS
        ]
        lines += [
            f"## {data}, {scale}: labellers",
            "",
            *markdown_table(["", *OF_LABELLERS], labellers),
            "",
            f"The consensus is right in {cell(some, 'consensus right')}.",
            "",
            f"## {data}, {scale}: classifiers",
            "",
            *markdown_table(
                ["trained on", "accuracy"], [[name, cell(some, name)] for name in CLASSIFIERS]
            ),
            "",
            f"## {data}, {scale}: score of the second of them",
            "",
            *markdown_table(["", ""], [[name, cell(some, name)] for name in SCORES]),
            "",
        ]
    return [write_page(lines, folder / "language_model_labels.md")]


def cell(rows: Sequence[Row], column: str) -> str:
    mean, spread = mean_and_spread(values(rows, column))
    return f"{mean:.3f}" if np.isnan(spread) else f"{mean:.3f} ± {spread:.3f}"


STUDY = Study(
    name="language_model_labels",
    description=__doc__,
    settings=("data",),
    results=RESULTS,
    grid=grid,
    run=run,
    report=report,
    seeds={"tiny": 1, "quick": 2, "full": 5},
)

if __name__ == "__main__":
    warnings.simplefilter("ignore")
    sys.exit(main(STUDY))
