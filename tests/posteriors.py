"""Posteriors of noisy labels that are right by construction, for the tests of T."""

import numpy as np

from sknoisy._transition import estimate

T = np.array([[0.7, 0.3, 0.0], [0.0, 0.8, 0.2], [0.1, 0.1, 0.8]])


def noisy_sample(
    n_samples, *, transition_matrix=T, prior=(1 / 3, 1 / 3, 1 / 3), sharp=8.0, seed=0, clean=False
):
    """Calibrated posteriors and labels drawn from them, perhaps with the clean classes."""
    rng = np.random.default_rng(seed)
    K = len(transition_matrix)
    classes = rng.choice(K, p=prior, size=n_samples)
    proba = np.exp(rng.normal(size=(n_samples, K)) + sharp * np.eye(K)[classes])
    proba /= proba.sum(axis=1, keepdims=True)
    # The clean class is drawn from its posterior, so that this is calibrated too.
    classes = (rng.random((n_samples, 1)) > proba.cumsum(axis=1)).sum(axis=1)
    labels = (rng.random((n_samples, 1)) > transition_matrix[classes].cumsum(axis=1)[:, :-1]).sum(
        axis=1
    )
    noisy_proba = proba @ transition_matrix
    return (noisy_proba, labels, classes) if clean else (noisy_proba, labels)


def error(found, transition_matrix):
    """Mean over classes of the L1 distance of rows."""
    return np.abs(found - transition_matrix).sum(axis=1).mean()


def estimated(noisy_proba, y, method="auto", **options):
    """T by a method's name."""
    return estimate(noisy_proba, y, method=method, **options).transition_matrix
