"""Searches and folds on the processes of dask and ray: as in one process."""

import warnings

import joblib
import numpy as np
import pytest
import torch
from helpers import QUICK, T2
from sklearn.model_selection import GridSearchCV

from sknoisy import ForwardCorrectedClassifier, TransitionMatrixEstimator
from sknoisy.noise import corrupt_labels

distributed = pytest.importorskip("distributed", reason="dask.distributed is not installed")

RNG = np.random.default_rng(0)
X = RNG.normal(size=(400, 200)).astype(np.float32)
X[:, :5] += 2 * RNG.integers(2, size=(400, 1))
Y = corrupt_labels((X[:, :5].mean(axis=1) > 1).astype(int), T2, random_state=0)


@pytest.fixture(scope="module")
def client():
    """Two worker processes, with two threads between them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Of dask and tornado, at the start and at the end.
        with (
            distributed.LocalCluster(
                n_workers=2, threads_per_worker=1, dashboard_address=None
            ) as cluster,
            distributed.Client(cluster) as client,
        ):
            yield client


@pytest.fixture
def sent(client, monkeypatch):
    """Sizes of what is sent to all workers, and with each task."""
    from dask.sizeof import sizeof

    sizes = {"scattered": [], "with a task": []}
    scatter, submit = client.scatter, client.submit

    def scattered(data, **options):
        sizes["scattered"].append(sizeof(data))
        return scatter(data, **options)

    def submitted(function, *args, **options):
        tasks = options.get("tasks", [])
        sizes["with a task"] += [sizeof(args) for _, args, _ in tasks]
        return submit(function, *args, **options)

    monkeypatch.setattr(client, "scatter", scattered)
    monkeypatch.setattr(client, "submit", submitted)
    return sizes


@pytest.mark.slow
def test_a_default_fit_with_folds_on_two_workers_equals_the_serial_one(client):
    clf = ForwardCorrectedClassifier(random_state=0)
    rows, labels = X[:100, :10], Y[:100]
    serial = clf.fit(rows, labels).predict_proba(rows)
    with joblib.parallel_config("dask"):
        there = clf.fit(rows, labels).predict_proba(rows)
    np.testing.assert_array_equal(there, serial)


def test_the_rows_are_sent_once_for_all_folds(client, sent):
    estimator = TransitionMatrixEstimator(QUICK, method="count", cv=4, random_state=0)
    serial = estimator.fit(X, Y).transition_matrix_
    with joblib.parallel_config("dask"):
        there = estimator.fit(X, Y).transition_matrix_
    np.testing.assert_array_equal(there, serial)
    assert sum(size > X.nbytes / 2 for size in sent["scattered"]) == 1
    assert len(sent["with a task"]) == 4
    assert max(sent["with a task"]) < X.nbytes / 10


def test_a_search_with_memory_equals_the_serial_one(client, sent, tmp_path):
    def search(folder):
        clf = ForwardCorrectedClassifier(
            QUICK,
            transition_matrix=TransitionMatrixEstimator(QUICK, method="count", cv=2),
            memory=str(tmp_path / folder),
            random_state=0,
        )
        grid = {"warm_up": [0.2, 0.4, 0.6], "base_loss": ["cross_entropy", "squared_error"]}
        return GridSearchCV(clf, grid, cv=2)

    serial = search("serial").fit(X, Y)
    with joblib.parallel_config("dask"):
        there = search("dask").fit(X, Y)
    assert np.isfinite(serial.cv_results_["mean_test_score"]).all()
    for name in ("mean_test_score", "split0_test_score", "split1_test_score"):
        np.testing.assert_array_equal(there.cv_results_[name], serial.cv_results_[name])
    assert there.best_params_ == serial.best_params_
    np.testing.assert_array_equal(there.predict_proba(X), serial.predict_proba(X))
    assert max(sent["with a task"]) < X.nbytes / 10


def threads_of_a_worker(_):
    return torch.get_num_threads()


def test_two_workers_have_one_thread_each(client):
    with joblib.parallel_config("dask"):
        counts = joblib.Parallel()(joblib.delayed(threads_of_a_worker)(k) for k in range(4))
    assert set(counts) == {1}


@pytest.mark.slow
def test_the_backend_of_ray_gives_the_same_folds():
    ray = pytest.importorskip("ray", reason="ray is not installed (70 MB): pip install ray")
    from ray.util.joblib import register_ray

    estimator = TransitionMatrixEstimator(QUICK, method="count", cv=4, random_state=0)
    serial = estimator.fit(X, Y).transition_matrix_
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
        try:
            register_ray()
            with joblib.parallel_config("ray"):
                there = estimator.fit(X, Y).transition_matrix_
        finally:
            ray.shutdown()
    np.testing.assert_array_equal(there, serial)
