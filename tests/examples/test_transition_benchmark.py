"""The benchmark of the estimates of T: what its methods see, what they find, what it writes."""

import importlib
import inspect
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import make_blobs

from sknoisy import make_net
from sknoisy.noise import symmetric_transition_matrix

FOLDER = Path(__file__).parents[2] / "examples" / "benchmarks"
T = symmetric_transition_matrix(3, 0.3)


@pytest.fixture
def benchmark(monkeypatch):
    monkeypatch.delenv("SKNOISY_DATA_HOME", raising=False)
    monkeypatch.delenv("SKNOISY_BENCHMARK_CACHE", raising=False)
    monkeypatch.syspath_prepend(FOLDER)
    return importlib.import_module("transition_estimation")


@pytest.fixture
def problem(benchmark):
    X, clean = make_blobs(900, centers=3, random_state=0)
    net = make_net(module__hidden_sizes=(16,), lr=0.01, max_epochs=10)
    made = importlib.import_module("transition_problems").noisy(X, clean, T, 0, net)
    return made._replace(seen=made.seen._replace(classifier=None))


def test_what_a_method_sees_holds_no_truth(benchmark, problem):
    methods = importlib.import_module("transition_methods")
    assert set(problem.seen._fields) == {"X", "y", "classifier", "net"}
    assert (problem.seen.y != problem.clean).mean() > 0.2
    for chooses in (methods.estimates, methods.network_estimates, methods.out_of_fold):
        first, *others = inspect.signature(chooses).parameters
        assert first == "seen"
        assert set(others) <= {"posteriors", "seed"}


def test_every_method_finds_easy_noise_better_than_no_estimate(benchmark, problem):
    methods = importlib.import_module("transition_methods")
    posteriors = methods.out_of_fold(problem.seen, 0)
    found = dict(methods.estimates(problem.seen, posteriors, 0))
    found |= dict(methods.network_estimates(problem.seen, 0))
    errors = {name: benchmark.error(T_found, T) for name, T_found in found.items()}
    assert errors["default"] < 0.1
    assert len(errors) > 10
    # The identity scores 0.6; the anchors of soft posteriors are no better.
    for name in ("count", "cluster and count", "volume minimisation, joint", "EM, joint"):
        assert errors[name] < 0.4, name


def test_least_squares_says_what_it_learned(benchmark, problem):
    images = importlib.import_module("transition_images")
    X = problem.seen.X
    model = images.LeastSquares().fit(X, problem.seen.y)
    np.testing.assert_allclose(model.predict_proba(X).sum(axis=1), 1)
    assert (model.predict(X) == problem.clean).mean() > 0.9
    shifted = images.LeastSquares().fit(X + 5, problem.seen.y).predict_proba(X + 5)
    np.testing.assert_allclose(shifted, model.predict_proba(X), atol=1e-6)


def test_principal_components_keep_what_varies_most(benchmark):
    images = importlib.import_module("transition_images")
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 5)) * [0.1, 5, 0.1, 2, 0.1]
    found = images.principal_components(X, 2)
    assert found.shape == (200, 2)
    assert abs(np.corrcoef(found[:, 0], X[:, 1])[0, 1]) > 0.99
    assert abs(np.corrcoef(found[:, 1], X[:, 3])[0, 1]) > 0.99


def test_the_page_shows_errors_and_coverage(benchmark):
    row = {"problem": "p", "seed": 0, "method": "m", "seconds": 1}
    rows = [
        {**row, "part": "tables", "error": 0.1, "error_up_to_order": 0.05},
        {**row, "part": "tables", "seed": 1, "error": 0.3, "error_up_to_order": 0.05},
        {**row, "part": "coverage", "error": 0.95, "error_up_to_order": ""},
    ]
    page = "\n".join(benchmark.report(rows, "command"))
    assert "| p | m | 0.200 ± 0.100 | 0.050 | 2 | 1.0 |" in page
    assert "| p | m | 0.950 | 1 | 1.0 |" in page


def test_bars_are_compared_with_what_was_measured(benchmark):
    row = {"seed": 0, "method": "default", "seconds": 1, "error_up_to_order": 0.01}
    rows = [
        {**row, "part": "tables", "problem": "tabular, symmetric 0.2", "error": 0.04},
        {**row, "part": "tables", "problem": "digits, pair 0.3", "error": 0.09},
        {**row, "part": "cifar", "problem": "CIFAR-10N, worst", "error": 0.1},
        {
            **row,
            "part": "cifar, networks",
            "problem": "CIFAR-10N, worst",
            "method": "97th percentile in-sample [A]",
            "error": 0.3,
        },
    ]
    verdicts = [line.split(" | ")[-1] for line in benchmark.bars(rows) if "0." in line]
    assert verdicts == ["yes |", "no |", "yes |"]


def test_intervals_are_tried_where_the_plan_says(benchmark):
    plan = list(benchmark.planned(["coverage", "classes"], 2, 200))
    assert sum(name == "tabular, symmetric 0.2" for _, name, _ in plan) == 200
    assert ("classes", "100 classes, symmetric 0.4", 1) in plan
