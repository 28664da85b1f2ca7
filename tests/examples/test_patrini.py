"""The experiments of Patrini et al. and on CIFAR-10N, on made-up data of the same shape."""

import csv
import sys
from pathlib import Path

import numpy as np
import pytest
from sklearn.utils import Bunch

sys.path.insert(0, str(Path(__file__).parents[2] / "examples" / "papers"))

import _corrections
import _experiments
import _hessians
import _human
import _problems
import cifar_n
import patrini_2017
from _experiments import Context, main

from sknoisy._transition import _diagnostics
from sknoisy.noise import CIFAR100_SUPERCLASSES


def digits_like(n_rows, seed):
    """Rows of ten classes, of which a few hundred are enough."""
    rng = np.random.default_rng(seed)
    y = np.arange(n_rows) % 10
    X = rng.normal(scale=0.1, size=(n_rows, 784)).astype(np.float32)
    X[np.arange(n_rows), 10 * y] += 3
    return X, y


def made_up_digits(data_home):
    return _problems.Problem(*digits_like(700, 0), *digits_like(100, 1))


def made_up_images(data_home):
    rng = np.random.default_rng(0)
    y = np.arange(400) % 10
    X = rng.normal(size=(400, 3, 32, 32)).astype(np.float32)
    return _problems.Problem(X, y, X[:50], y[:50])


def human_labels(*, labels, images, data_home):
    y = np.arange(400) % 10
    return Bunch(target=np.where(np.arange(400) % 3 == 0, (y + 1) % 10, y), clean_target=y)


@pytest.fixture(autouse=True)
def made_up_data(monkeypatch):
    loaders = {"mnist": made_up_digits, "cifar10": made_up_images}
    monkeypatch.setattr(_problems, "LOADERS", loaders)
    monkeypatch.setattr(_human.datasets, "fetch_cifar10n", human_labels)
    monkeypatch.setattr(_experiments, "progress_bar", _experiments._Lines)
    caches = (_problems.load, _corrections.first_stage, _hessians.in_training)
    for cached in caches:
        cached.cache_clear()
    yield
    for cached in caches:
        cached.cache_clear()


def rows_of(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def settings(**changed):
    usual = {"data": "mnist", "network": "mlp", "noise": "asymmetric", "rate": 0.2, "epochs": 12}
    return {**usual, "n_train": None, "loss": "forward", "T": "true", **changed}


def test_tiny_study_runs_and_reports(tmp_path):
    pytest.importorskip("matplotlib")
    path = tmp_path / "patrini_2017.csv"
    arguments = ["--output", str(path)]
    assert main(patrini_2017.STUDY, ["--tiny", *arguments, "--only", "data=mnist"]) == 0
    rows = rows_of(path)
    table = [row for row in rows if row["experiment"] == "table2"]
    assert len(table) == 4 * len(patrini_2017.ROWS)
    assert all(0 <= float(row["accuracy"]) <= 100 for row in table)
    assert all(row["T_error"] for row in table if row["T"] in ("estimated", "paper"))
    for row in rows:  # As if at full scale, for the sections that only that has.
        row["scale"] = "full"
    pages = patrini_2017.report(rows, tmp_path)
    text = pages[0].read_text()
    assert "| forward, our T_hat |" in text
    assert "### mnist, mlp (full)" in text
    assert "Error of T:" in text
    assert "| backward, random |" in text or "backward, random, after 1 epochs" in text
    assert pages[1].read_bytes().startswith(b"\x89PNG")


def test_both_corrections_use_one_estimate_and_tell_its_warnings(tmp_path, monkeypatch):
    monkeypatch.setattr(_diagnostics, "MIN_ROWS_PER_CLASS", 10**6)
    _corrections.first_stage.cache_clear()

    def run_only(name, loss):
        path = tmp_path / f"{name}.csv"
        only = ["noise=symmetric", "experiment=table2", "T=estimated", *loss]
        main(patrini_2017.STUDY, ["--tiny", "--output", str(path), "--only", *only])
        return rows_of(path)

    together = run_only("together", [])
    assert _corrections.first_stage.cache_info().hits == 1
    _corrections.first_stage.cache_clear()
    alone = run_only("alone", ["loss=backward"])
    assert "examples" in alone[0]["note"]  # A warning of the estimate.
    columns = set(alone[0]) - {"seconds", "finished"}
    assert {c: together[1][c] for c in columns} == {c: alone[0][c] for c in columns}


@pytest.mark.parametrize("loss", ["forward", "backward"])
def test_correction_with_the_true_matrix_learns(loss):
    outcome = _corrections.run_correction(settings(loss=loss), 0, Context())
    assert outcome["accuracy"] > 60
    assert outcome["T_error"] is None
    assert 1 <= outcome["kept_epoch"] <= 12


def test_theorem_4_holds_within_layers_only():
    found = {
        loss: _hessians.run_theorem4(settings(loss=loss, rate=0.4, epochs=2), 0, Context())
        for loss in ("backward", "forward")
    }
    assert found["backward"]["layer_difference"] < 1e-10
    assert found["backward"]["network_difference"] > 0.01
    assert found["forward"]["layer_difference"] > 0.01


def test_noise_is_that_of_the_paper():
    T = _problems.noise_matrix("imdb", "asymmetric", 0.2, 2)
    np.testing.assert_allclose(T, [[0.95, 0.05], [0.2, 0.8]])
    T = _problems.noise_matrix("cifar100", "asymmetric", 0.6, 100)
    np.testing.assert_allclose(T.sum(axis=0), 1)
    group = np.asarray(CIFAR100_SUPERCLASSES)
    clean, noisy = np.nonzero(T * (1 - np.eye(100)))
    np.testing.assert_array_equal(group[clean], group[noisy])
    np.testing.assert_array_equal(_problems.noise_matrix("mnist", "none", 0, 10), np.eye(10))
    with pytest.raises(ValueError, match="noise must be"):
        _problems.noise_matrix("mnist", "pair", 0.2, 10)


def test_a_part_of_the_rows_has_all_classes_alike():
    y = np.repeat([0, 1, 2], [50, 20, 100])
    rows = _problems.balanced_rows(y, 33)
    assert len(set(rows)) == 33
    np.testing.assert_array_equal(np.bincount(y[rows]), [11, 11, 11])


@pytest.mark.parametrize("name", _problems.NETWORKS)
def test_networks_of_the_grids_can_be_built(name):
    net = _problems.network(name, 3, 0, "cpu")
    assert net.max_epochs == 3
    assert {"tiny", "quick", "full"} == set(patrini_2017.BLOCKS)


@pytest.mark.parametrize("scale", ["tiny", "quick", "full"])
@pytest.mark.parametrize("study", [patrini_2017.STUDY, cifar_n.STUDY], ids=lambda s: s.name)
def test_no_run_of_a_grid_comes_twice(study, scale):
    jobs = study.jobs(scale)
    assert len({study.key(job) for job in jobs}) == len(jobs)
    assert {job["network"] for job in jobs} <= set(_problems.NETWORKS)


def test_human_labels_with_and_without_trusted_ones(tmp_path):
    path = tmp_path / "cifar_n.csv"
    main(cifar_n.STUDY, ["--tiny", "--output", str(path), "--only", "noise=worst"])
    rows = rows_of(path)
    assert len(rows) == len(cifar_n.METHODS)
    assert not any(row["note"].startswith("failed") for row in rows)
    text = cifar_n.report(rows, tmp_path)[0].read_text()
    assert "| forward, trusted, trusted labels for T |" in text


def test_trusted_labels_on_frozen_features(tmp_path, monkeypatch):
    """Each share of them is counted for T, trained on alone, and fine-tuned on."""

    def features(data_home):
        X, y = digits_like(1200, 0)
        return _problems.Problem(X[:, :120], y, X[:50, :120], y[:50])

    def labels(*, labels, images, data_home):
        y = np.arange(1200) % 10
        return Bunch(target=np.where(y % 3 == 0, (y + np.arange(1200) // 10 % 2) % 10, y))

    monkeypatch.setattr(_human.datasets, "fetch_cifar10n", labels)
    monkeypatch.setitem(_problems.LOADERS, _problems.FEATURES, features)
    forward, given = _human.CORRECTIONS["forward"], []

    def noted(net, *, transition_matrix, **params):
        given.append(transition_matrix)
        return forward(net, transition_matrix=transition_matrix, **params)

    monkeypatch.setitem(_human.CORRECTIONS, "forward", noted)
    jobs = [job for job in patrini_2017.grid("full") if job["network"] == _human.LINEAR_HEAD]
    assert len(jobs) == 3 * 5 + 1
    assert {job.get("share") for job in jobs} == {None, *patrini_2017.TRUSTED_SHARES}
    for job in jobs[-5:]:
        found = _human.run_human({**job, "epochs": 4}, 0, Context())
        assert found["accuracy"] > 50
        assert (found["T_error"] is None) == (job["T"] is None)
    assert (given[0] == given[1]).all()
    assert (given[2] == np.eye(10)).all()
    assert not (given[0] == given[2]).all()


def test_the_backward_correction_is_run_where_T_has_an_inverse():
    sizes = {"mnist": 10, "imdb": 2, "cifar10": 10, "cifar100": 100}
    jobs = [job for scale in ("quick", "full") for job in patrini_2017.STUDY.jobs(scale, 1)]
    some = [job for job in jobs if job["experiment"] in ("table2", "figure1")]
    inverted = [job for job in some if (job["loss"], job["T"]) == ("backward", "true")]
    assert len(inverted) > 20
    for job in inverted:
        settings = [job[name] for name in ("data", "noise", "rate")]
        assert np.linalg.cond(_problems.noise_matrix(*settings, sizes[job["data"]])) < 1e3
