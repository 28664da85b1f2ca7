"""The loss that noise alone causes."""

import numpy as np
import pytest
import torch

from sknoisy.losses import ForwardLoss
from sknoisy.metrics import noise_floor
from sknoisy.noise import corrupt_labels, symmetric_transition_matrix

T = np.array([[0.8, 0.2, 0.0], [0.1, 0.7, 0.2], [0.0, 0.0, 1.0]])
PRIOR = np.array([0.5, 0.3, 0.2])


@pytest.mark.parametrize("base_loss", ["cross_entropy", "squared_error"])
def test_it_is_what_a_perfect_classifier_pays(base_loss):
    clean = np.random.default_rng(0).choice(3, p=PRIOR, size=20_000)
    y = torch.from_numpy(corrupt_labels(clean, T, random_state=0))
    logits = 100 * torch.eye(3, dtype=torch.float64)[clean]
    losses = ForwardLoss(T, base_loss=base_loss, reduction="none")(logits, y).numpy()
    floor = noise_floor(T, PRIOR, base_loss=base_loss)
    standard_error = floor.std / np.sqrt(len(y))
    assert losses.std() == pytest.approx(floor.std, rel=0.05)
    assert abs(losses.mean() - floor.mean) < 4 * standard_error


def test_without_noise_it_is_zero():
    assert noise_floor(np.eye(4), np.full(4, 0.25)) == (0, 0)


def test_symmetric_noise_costs_its_entropy():
    floor = noise_floor(symmetric_transition_matrix(10, 0.2), np.full(10, 0.1))
    assert floor.mean == pytest.approx(-0.8 * np.log(0.8) - 0.2 * np.log(0.2 / 9))


@pytest.mark.parametrize("prior", [[0.5, 0.5], [0.5, 0.6, -0.1], [1, 1, 1]])
def test_prior_that_does_not_fit_is_refused(prior):
    with pytest.raises(ValueError, match="clean_prior must hold 3 shares"):
        noise_floor(T, prior)


def test_unknown_loss_is_refused():
    with pytest.raises(ValueError, match="base_loss must be one of"):
        noise_floor(T, PRIOR, base_loss="hinge")
