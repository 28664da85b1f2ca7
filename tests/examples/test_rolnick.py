"""The experiments of Rolnick et al., on made-up data of the same shape."""

import csv
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from skorch.callbacks import Callback

from sknoisy import modules

sys.path.insert(0, str(Path(__file__).parents[2] / "examples" / "papers"))

import _dilution_report
import _dilutions
import _experiments
import _problems
import rolnick_2017
from _experiments import Context, main


def digits_like(n_rows, seed):
    rng = np.random.default_rng(seed)
    y = np.arange(n_rows) % 10
    X = rng.normal(scale=0.3, size=(n_rows, 784)).astype(np.float32)
    X[np.arange(n_rows), 10 * y] += 3
    return X, y


@pytest.fixture(autouse=True)
def made_up_data(monkeypatch):
    def mnist(data_home):
        return _problems.Problem(*digits_like(1500, 0), *digits_like(200, 1))

    monkeypatch.setattr(_problems, "LOADERS", {"mnist": mnist})
    monkeypatch.setattr(_experiments, "progress_bar", _experiments._Lines)
    caches = (_problems.load, _dilutions.classes_by_confusion)
    for cached in caches:
        cached.cache_clear()
    yield
    for cached in caches:
        cached.cache_clear()


class ZeroPerceptron(modules.Perceptron):
    """Undecided at the start."""

    def __init__(self, n_features, n_classes):
        super().__init__(n_features, n_classes)
        torch.nn.init.zeros_(self.layers[-1].weight)
        torch.nn.init.zeros_(self.layers[-1].bias)


class NoteRates(Callback):
    """The rate after each step."""

    def initialize(self):
        self.rates = []
        return self

    def on_batch_end(self, net, training=False, **kwargs):
        self.rates.append(net.optimizer_.param_groups[0]["lr"])


def settings(**changed):
    usual = {"experiment": "uniform", "data": "mnist", "network": "mlp1", "alpha": 2}
    return {**usual, "loss": "forward", "lr": 0.5, "n_examples": 20_000, "n_clean": 1000, **changed}


def diluted(**changed):
    problem = _problems.load("mnist", None)
    return problem, _dilutions.diluted_set(problem, settings(**changed), 0, Context())


def test_tiny_study_runs_and_reports(tmp_path):
    pytest.importorskip("matplotlib")
    path = tmp_path / "rolnick_2017.csv"
    only = ["experiment=sample_size,structured,h_alpha,choice"]
    assert main(rolnick_2017.STUDY, ["--tiny", "--output", str(path), "--only", *only]) == 0
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["experiment"] for row in rows} == {"sample_size", "structured", "h_alpha", "choice"}
    assert not [row["note"] for row in rows if row["note"].startswith("failed")]
    assert main(rolnick_2017.STUDY, ["report", "--output", str(path)]) == 0
    page = (tmp_path / "rolnick_2017.md").read_text()
    assert "critical size" in page
    assert "Not run." in page
    assert "| full | uniform | mnist | conv4 | 0 | 27 |" in page
    assert (tmp_path / "rolnick_2017_structured.png").stat().st_size > 5000


@pytest.mark.parametrize("loss", ["cross_entropy", "forward"])
def test_training_on_diluted_labels_predicts_the_clean_ones(loss):
    outcome = _dilutions.run_dilution(settings(loss=loss), 0, Context())
    assert outcome["accuracy"] > 90
    # Two of three labels are drawn at random: the loss of guessing is log 10.
    assert outcome["held_out_loss"] < np.log(10)
    assert outcome["epochs"] == round(20_000 / 3000)


def test_an_image_with_all_its_labels_stands_for_its_copies():
    """The mean loss over the copies is the loss of the shares, whatever is predicted."""
    _, copies = diluted(alpha=20, n_clean=300)
    _, images = diluted(alpha=20, n_clean=300, source="summed")
    rng = np.random.default_rng(0)
    weights = rng.normal(scale=0.01, size=(784, 10))

    def log_proba(X):
        scores = X @ weights
        return scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))

    by_copy = -log_proba(copies.X[:])[np.arange(len(copies.labels)), copies.labels].mean()
    by_image = -(images.labels * log_proba(images.X)).sum(axis=1).mean()
    assert len(images.X) == 300
    assert by_image == pytest.approx(by_copy, rel=1e-6)


def test_a_pass_over_images_with_all_their_labels_counts_every_label():
    changed = {"alpha": 9, "n_clean": 500, "n_examples": 10_000, "source": "summed"}
    outcome = _dilutions.run_dilution(settings(**changed), 0, Context())
    assert outcome["epochs"] == 2


@pytest.mark.parametrize(
    "changed", [{}, {"experiment": "structured", "delta": 0.2, "order": "reverse"}]
)
def test_labels_are_those_that_t_promises(changed):
    problem, drawn = diluted(alpha=20, **changed)
    clean = problem.y[drawn.X.indices]
    found = np.zeros((10, 10))
    np.add.at(found, (clean, drawn.labels), 1)
    found /= found.sum(axis=1, keepdims=True)
    assert np.abs(found - drawn.T).max() < 0.04
    np.testing.assert_allclose(drawn.T.sum(axis=1), 1)


def test_added_rows_may_come_from_nowhere():
    problem, drawn = diluted(experiment="vocabulary", source="white noise", n_clean=500)
    assert len(drawn.labels) == 1500
    own = drawn.X[:500]
    np.testing.assert_array_equal(own.argmax(axis=1) // 10, drawn.labels[:500])
    assert np.abs(drawn.X[500:].mean() - problem.X.mean()) < 0.02
    assert len(np.intersect1d(drawn.unseen, np.arange(1500))) == 1000


def test_rows_that_are_held_out_are_never_trained_on():
    problem, drawn = diluted(n_clean=400)
    assert len(drawn.unseen) == len(problem.y) - 400
    assert not np.isin(drawn.unseen, drawn.X.indices).any()


def test_the_forward_loss_takes_the_steps_that_cross_entropy_takes_at_first():
    """From zero weights both gradients are alike but for a factor."""
    problem, found = diluted(loss="cross_entropy")
    steps = []
    for loss in ("cross_entropy", "forward"):
        chosen = settings(network="perceptron", loss=loss, batch_size=500, n_clean=None)
        net = _dilutions.network(chosen, 1, 1, "cpu")
        net.set_params(module=ZeroPerceptron, callbacks=[])
        clf = _dilutions.classifier(chosen, net, found.T, 0).fit(found.X[:500], found.labels[:500])
        steps.append(clf.estimator_.module_.layers[-1].weight.detach().numpy())
    np.testing.assert_allclose(steps[0], steps[1], rtol=1e-4, atol=1e-7)
    assert np.abs(steps[0]).max() > 1e-4


def test_the_rate_of_few_passes_falls_at_every_step():
    net = _dilutions.network(settings(source="summed", batch_size=10), 2, 4, "cpu")
    X, y = digits_like(40, 0)
    net.callbacks.append(NoteRates())
    clf = _dilutions.classifier(settings(), net, _dilutions.uniform(10, 2), 0).fit(X, y)
    rates = dict(clf.estimator_.callbacks_)["NoteRates"].rates
    assert len(rates) == 8
    assert rates == sorted(rates, reverse=True)
    assert rates[-1] < 1e-6 < rates[-2]


def test_foreign_images_have_the_shape_of_digits(monkeypatch):
    rng = np.random.default_rng(0)
    images = rng.normal(size=(50, 3, 32, 32)).astype(np.float32)
    others = _problems.Problem(images, np.arange(50) % 10, images, np.arange(50) % 10)
    monkeypatch.setitem(_problems.LOADERS, "cifar10", lambda data_home: others)
    for shape in ((784,), (1, 28, 28)):
        X = _dilutions.foreign(_dilutions.GREY, shape, None)
        assert X.shape == (50, *shape)
        assert 0 <= X.min() < X.max() <= 1
    _, drawn = diluted(experiment="vocabulary", source=_dilutions.GREY, n_clean=100)
    assert len(drawn.labels) == 300


def test_networks_of_images_get_images():
    problem = _dilutions.as_images(_problems.load("mnist", None), "conv4")
    assert problem.X.shape == (1500, 1, 28, 28)


@pytest.mark.parametrize(
    ("curve", "expected"),
    [
        ([(100, 95.0), (200, 96.0)], "below 100"),
        ([(100, 50.0), (200, 60.0)], "above 200"),
        ([(100, 80.0), (400, 100.0)], "200"),
    ],
)
def test_critical_size_is_where_the_curve_crosses(curve, expected):
    assert _dilution_report.crossing(curve) == expected


def test_few_clean_examples_are_seen_in_several_numbers_of_passes():
    numbers = rolnick_2017.numbers_to_see("full", 55_000, 6_000_000)
    assert [round(n / 55_000) for n in numbers] == [1, 2, 11, 36]
    assert max(rolnick_2017.numbers_to_see("full", 55_000, 600_000)) == 600_000
    # Each number of passes once, and none of hundreds of passes.
    assert rolnick_2017.numbers_to_see("full", 3_000_000, 6_000_000) == [2_000_000]
    assert rolnick_2017.numbers_to_see("full", 2_000, 6_000_000) == [30_000, 100_000]


def test_report_shows_the_passes_of_the_lowest_held_out_loss():
    run = {"alpha": "10", "seed": "0", "seconds": "1.0"}
    rows = [
        {**run, "n_examples": "30000", "accuracy": "70.0", "held_out_loss": "2.29"},
        {**run, "n_examples": "100000", "accuracy": "60.0", "held_out_loss": "2.28"},
        {**run, "n_examples": "600000", "accuracy": "80.0", "held_out_loss": ""},
        {**run, "n_examples": "600000", "accuracy": "", "held_out_loss": "", "seed": "1"},
    ]
    found = _dilution_report.chosen(rows)
    assert [(row["seed"], row["n_examples"]) for row in found] == [("0", "100000"), ("1", "600000")]


def test_full_grid_holds_every_figure():
    grid = rolnick_2017.grid("full")
    assert {run["experiment"] for run in grid} == {
        view.experiment for view in _dilution_report.VIEWS
    }
    assert {run["network"] for run in grid} <= set(_dilutions.NETWORKS)
    assert {run["alpha"] for run in grid if run["experiment"] == "uniform"} >= {0, 20, 100}


def test_ticks_whose_names_would_touch_are_left_out():
    ticks = [500, 1000, 4000, 5000, 8000, 10_000]
    assert _dilution_report.apart(ticks) == [500, 1000, 5000, 10_000]


def test_lines_stand_in_the_order_of_their_numbers():
    view = next(view for view in _dilution_report.VIEWS if view.experiment == "critical")
    rows = [{"network": n, "alpha": a, "loss": "x"} for n, a in (("z", "50"), ("a", "9"))]
    rows.append({"network": "z", "alpha": "10", "loss": "x"})
    labels = [label for label, _ in _dilution_report.groups(view, rows)]
    assert labels == [("z", "10", "x"), ("z", "50", "x"), ("a", "9", "x")]
