"""When T that was weighed against others is doubted."""

import numpy as np
import pytest

from sknoisy._transition._model_choice import (
    FEW_LABELS,
    HARDLY_OVERLAPPING,
    HELD_BACK,
    LEFT_OPEN,
    LEFT_OPEN_WITH_CAUTION,
    TOLD_LABELS,
    Candidates,
    doubt_of,
    share_of_identity,
)

N_ROWS = 1000
RATE, FAR_RATE = 0.2, 0.45
T = np.array([[1 - RATE, RATE], [RATE, 1 - RATE]])
# What the others of `candidates` are off T by.
OF_IDENTITY, OF_FAR = 2 * RATE, 2 * (FAR_RATE - RATE)


def candidates(no_noise, far, explained=0.3, told=0.1):
    """The identity, T, and one with more noise, with weights."""
    rates = np.array([0.0, RATE, FAR_RATE])
    matrices = np.eye(2) * (1 - 2 * rates[:, None, None]) + rates[:, None, None]
    weights = np.array([no_noise, 1 - no_noise - far, far])
    shares = np.array([told, explained, explained])
    return Candidates(matrices, weights, rates, shares, np.array([-1, 0, 0]))


def said(no_noise, cautious, far, **told):
    """The doubt where the identity has these weights, by the evidence and with caution."""
    found = candidates(no_noise, 0.1, **told)
    return doubt_of(T, found, candidates(cautious, far, **told), N_ROWS)


def test_errors_are_expected_by_weight():
    assert candidates(0.3, 0.2).expected_error(T) == pytest.approx(0.3 * OF_IDENTITY + 0.2 * OF_FAR)


@pytest.mark.parametrize("cautiously", [False, True])
def test_t_is_doubted_where_it_may_be_off_unless_noise_is_sure(cautiously):
    weight, error = LEFT_OPEN_WITH_CAUTION if cautiously else LEFT_OPEN

    def doubted(weight, error):
        by_evidence, cautious = (0.0, weight) if cautiously else (weight, 0.01)
        far = (error - cautious * OF_IDENTITY) / OF_FAR
        return said(by_evidence, cautious, far) is not None

    assert doubted(weight + 0.01, error + 0.01)
    assert not doubted(weight - 0.01, error + 0.01)
    assert not doubted(weight + 0.01, error - 0.01)


def test_classes_that_hardly_overlap_leave_no_doubt():
    assert said(0.3, 0.3, 0.4, explained=0.9 * HARDLY_OVERLAPPING, told=0.1) is not None
    assert said(0.3, 0.3, 0.4, explained=1.5 * HARDLY_OVERLAPPING, told=0.1) is None


def test_features_that_tell_nothing_leave_t_unknown():
    few = FEW_LABELS / N_ROWS
    assert said(0.0, 0.0, 0.0, told=0.9 * few) is not None
    assert said(0.0, 0.0, 0.0, told=1.1 * few) is None


def test_the_doubt_names_rates_and_the_expected_error():
    doubt = said(0.1, 0.1, 0.5)
    assert "noise rates from 0.00 to 0.45" in doubt
    assert f"off by {0.1 * OF_IDENTITY + 0.5 * OF_FAR:.2f}" in doubt


def test_t_is_held_back_as_far_as_features_tell_nothing_of_the_labels():
    def share(told):
        return share_of_identity(candidates(0.0, 0.0, told=told / N_ROWS), N_ROWS)

    assert share(0.0) == HELD_BACK
    assert share(TOLD_LABELS) == pytest.approx(HELD_BACK / 2)
    assert share(N_ROWS) < 2e-4
