"""How many label errors are found, by us and by cleanlab, on the same posteriors?"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Any

import numpy as np
from _selection_data import SEED, Data, Row, bundled, cifar10n, data_home, mnist
from sklearn.datasets import load_digits
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from tqdm import tqdm

from sknoisy.metrics import denoise_proba, fit_noise_model, label_quality
from sknoisy.noise import MNIST_CLASS_MAP, class_map_transition_matrix, corrupt_labels


def labels(args: argparse.Namespace, bar: tqdm) -> Iterator[Row]:
    for data in label_sets(args):
        for name, clf in label_classifiers().items():
            for seed in range(args.label_seeds):
                yield label_errors(data, name, clf, seed)
            bar.update()


def label_sets(args: argparse.Namespace) -> Iterator[Data]:
    yield bundled("digits", load_digits)
    if data_home():
        yield mnist(args.large)
        for n in (args.large, args.larger):
            yield cifar10n(n)


def label_classifiers() -> dict[str, Any]:
    return {
        "logistic regression": make_pipeline(
            StandardScaler(), LogisticRegression(C=0.03, max_iter=300)
        ),
        "extra trees": ExtraTreesClassifier(100, min_samples_leaf=4, random_state=SEED),
    }


def label_errors(data: Data, name: str, clf: Any, seed: int) -> Row:
    K = data.n_classes
    if data.y_human is None:
        T = class_map_transition_matrix(MNIST_CLASS_MAP, 0.3, classes=K)
        noisy = corrupt_labels(data.y, T, classes=K, random_state=10**6 + seed)
    else:
        noisy = data.y_human
    folds = StratifiedKFold(5, shuffle=True, random_state=seed)
    g = cross_val_predict(clf, data.X, noisy, cv=folds, method="predict_proba")
    model = fit_noise_model(g, noisy, classes=np.arange(K))
    T_hat = model.transition_matrix
    wrong = noisy != data.y
    quality = {
        "ours": label_quality(model.clean_proba, noisy, T_hat, classes=np.arange(K)),
        "ours, projected": label_quality(
            denoise_proba(g, T_hat), noisy, T_hat, classes=np.arange(K)
        ),
        "cleanlab": self_confidence(noisy, g),
    }
    row: Row = {
        "part": "labels",
        "data": data.name,
        "classifier": name,
        "seed": seed,
        "rows": len(noisy),
        "wrong": float(wrong.mean()),
    }
    for who, values in quality.items():
        row[f"AUROC, {who}"] = float(roc_auc_score(wrong, -values))
        row[f"AP, {who}"] = float(average_precision_score(wrong, -values))
    return row


def self_confidence(noisy: np.ndarray, g: np.ndarray) -> np.ndarray:
    """cleanlab's default score; by cleanlab itself where it is installed."""
    try:
        from cleanlab.rank import get_label_quality_scores
    except ImportError:
        return g[np.arange(len(noisy)), noisy]
    return get_label_quality_scores(noisy, g)
