"""Warnings of the package point at the user's line."""

import ast
import re
import warnings
from pathlib import Path

import numpy as np
import pytest
from joblib import Parallel, delayed
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sknoisy import (
    BackwardCorrectedClassifier,
    ForwardCorrectedClassifier,
    GroupTransitionMatrixEstimator,
    ReweightedClassifier,
    TransitionMatrixEstimator,
    make_net,
)
from sknoisy import _warn as module
from sknoisy._hints import SEE_WARNINGS
from sknoisy._warn import warn
from sknoisy.annotators import DawidSkene
from sknoisy.calibration import NoiseCalibratedClassifier
from sknoisy.callbacks import NoiseFloor
from sknoisy.inspection import TransitionMatrixDisplay
from sknoisy.metrics import (
    bootstrap_noise_corrected_score,
    fit_noise_model,
    make_noise_corrected_scorer,
    noise_corrected_accuracy,
    noise_corrected_calibration_curve,
    noise_corrected_precision,
    noise_corrected_roc_auc,
)

RNG = np.random.RandomState(0)
Y = np.repeat([0, 1], [60, 14])
X = (2.0 * Y[:, None] + RNG.normal(size=(len(Y), 2))).astype(np.float32)
BAD = np.array([[0.503, 0.497], [0.497, 0.503]])
SWAPPED = np.array([[0.4, 0.6], [0.7, 0.3]])
HALF = np.full((len(Y), 2), 0.5)
NET = make_net(max_epochs=1)
BY_T = TransitionMatrixEstimator(GaussianNB(), random_state=0)
RANDOM = RNG.randint(2, size=len(Y))
UNSURE = np.column_stack([1 - (p := np.linspace(0.45, 0.55, len(Y))), p])
OVERFITTED = make_net(max_epochs=60, lr=0.1, callbacks=[NoiseFloor()])

CALLS = {
    "estimator of T": lambda: BY_T.fit(X, Y),
    "in a Pipeline": lambda: make_pipeline(StandardScaler(), BY_T).fit(X, Y),
    "fit_transform": lambda: BY_T.fit_transform(X, Y),
    "folds": lambda: BY_T.set_params(cv=40).fit(X, Y),
    "groups": lambda: GroupTransitionMatrixEstimator(BY_T).fit(X, Y, None, np.arange(len(Y)) % 2),
    "likelihood": lambda: TransitionMatrixEstimator(LogisticRegression(), method="likelihood").fit(
        X[:, :1] * 0, Y
    ),
    "interval": lambda: BY_T.fit(X, Y).interval(n_bootstrap=2, X=X, y=Y),
    "forward": lambda: ForwardCorrectedClassifier(NET, transition_matrix=SWAPPED).fit(X, Y),
    "partial_fit": lambda: ForwardCorrectedClassifier(NET, transition_matrix=BY_T).partial_fit(
        X, Y
    ),
    "ill-conditioned": lambda: BackwardCorrectedClassifier(NET, transition_matrix=BAD).fit(X, Y),
    "reweighted": lambda: ReweightedClassifier(GaussianNB(), transition_matrix=BY_T).fit(X, Y),
    "calibrated": lambda: NoiseCalibratedClassifier(GaussianNB(), transition_matrix=SWAPPED).fit(
        X, Y
    ),
    "annotators": lambda: DawidSkene().fit(None, Y[:, None]),
    "cross-validation": lambda: cross_val_score(
        ReweightedClassifier(GaussianNB(), transition_matrix=BY_T), X, Y, cv=2
    ),
    "callback": lambda: ForwardCorrectedClassifier(
        OVERFITTED, transition_matrix=[[0.6, 0.4], [0.4, 0.6]], random_state=0
    ).fit(X, Y),
    "accuracy": lambda: noise_corrected_accuracy(Y, Y, BAD, return_std=True),
    "calibration": lambda: noise_corrected_calibration_curve(Y, HALF, BAD),
    "precision": lambda: noise_corrected_precision(Y, 0 * Y, np.eye(2)),
    "area": lambda: noise_corrected_roc_auc(0 * Y, HALF[:, 1], np.eye(2), classes=[0, 1]),
    "scorer": lambda: make_noise_corrected_scorer("precision", transition_matrix=np.eye(2))(
        GaussianNB().fit(X, Y), X * 0 - 9, Y
    ),
    "noise model": lambda: fit_noise_model(UNSURE, RANDOM),
    "bootstrap": lambda: bootstrap_noise_corrected_score(RANDOM, Y, UNSURE, n_bootstrap=2),
    "display": lambda: TransitionMatrixDisplay.from_predictions(
        UNSURE, RANDOM, method="likelihood", confidence_level=None
    ),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_warnings_name_the_line_of_the_user(call):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        call()
    assert caught
    assert {warning.filename for warning in caught} == {__file__}, [str(w) for w in caught]


def test_scikit_learn_and_joblib_are_passed_over():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        Parallel(n_jobs=1)(delayed(_said)() for _ in range(1))
    assert [warning.filename for warning in caught] == [__file__]
    assert caught[0].category is UserWarning


def _said():
    warn("something")


def test_all_warnings_are_given_by_one_function():
    package = Path(module.__file__).parent
    wrong = [
        f"{path.relative_to(package)}:{node.lineno}"
        for path in package.rglob("*.py")
        if path != Path(module.__file__)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) in ("warnings.warn", "warn_explicit")
    ]
    assert not wrong, f"Use sknoisy._warn.warn, which names the user's line: {wrong}"


def test_a_warning_ends_with_where_it_is_explained():
    with pytest.warns(UserWarning, match=rf"^T is doubtful\. {re.escape(SEE_WARNINGS)}$"):
        warn("T is doubtful.")
