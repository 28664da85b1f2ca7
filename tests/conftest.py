"""What all tests share: one thread, the array-API checks, no screen, real data if there is some."""

import os
from pathlib import Path

import pytest

# Read once, when scipy, torch and matplotlib are imported: so before any of them is. Without the
# first, scikit-learn skips one of its checks. xdist's workers import this file each for itself,
# and joblib's workers inherit the environment.
os.environ["SCIPY_ARRAY_API"] = "1"
os.environ["OMP_NUM_THREADS"] = "1"
os.environ["MKL_NUM_THREADS"] = "1"
os.environ["OPENBLAS_NUM_THREADS"] = "1"
os.environ["MPLBACKEND"] = "Agg"


def pytest_configure():
    import torch

    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def data_home():
    """Folder with the real data sets; tests that ask for it are skipped where there is none."""
    folder = os.environ.get("SKNOISY_DATA_HOME")
    if not folder:
        pytest.skip("SKNOISY_DATA_HOME is not set")
    if not Path(folder).is_dir():
        pytest.fail(f"SKNOISY_DATA_HOME must name a folder; got {folder!r}.")
    return Path(folder)


@pytest.fixture(scope="session")
def blobs():
    """Three classes, 30% symmetric noise: rows, noisy labels, clean labels."""
    import numpy as np
    from sklearn.datasets import make_classification

    from sknoisy.noise import corrupt_labels, symmetric_transition_matrix

    X, y = make_classification(
        400, 8, n_informative=6, n_classes=3, n_clusters_per_class=1, class_sep=2, random_state=0
    )
    T = symmetric_transition_matrix(3, 0.3)
    return X.astype(np.float32), corrupt_labels(y, T, random_state=0), y


@pytest.fixture
def listens_to_ctrl_c():
    """Let SIGINT raise KeyboardInterrupt, which a process started in the background ignores."""
    import signal

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
