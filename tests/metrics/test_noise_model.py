"""T and clean posteriors by maximum likelihood from ranks."""

import numpy as np
import pytest

from sknoisy._transition._likelihood_prior import STRONGEST
from sknoisy.metrics import fit_noise_model, forward_log_loss, transition_matrix_error
from sknoisy.noise import corrupt_labels, symmetric_transition_matrix

RNG = np.random.RandomState(0)
K, N = 3, 3000
CENTRES = RNG.normal(size=(K, 4)) * 1.5
CLEAN = RNG.randint(K, size=N)
LOGITS = (CENTRES[CLEAN] + RNG.normal(size=(N, 4))) @ CENTRES.T - (CENTRES**2).sum(axis=1) / 2
PROBA = np.exp(LOGITS) / np.exp(LOGITS).sum(axis=1, keepdims=True)
T = np.array([[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.3, 0.0, 0.7]])
NOISY = corrupt_labels(CLEAN, T, random_state=3)


def oracle_error():
    """What counting the noisy labels of each clean class would get."""
    counts = np.array([np.bincount(NOISY[k == CLEAN], minlength=K) for k in range(K)])
    return transition_matrix_error(T, counts / counts.sum(axis=1, keepdims=True))


@pytest.mark.parametrize("sharpness", [0.3, 1, 5], ids=["soft", "calibrated", "overconfident"])
def test_calibration_of_the_posteriors_does_not_matter(sharpness):
    g = PROBA @ T
    if sharpness != 1:
        g = g**sharpness / (g**sharpness).sum(axis=1, keepdims=True)
    found = fit_noise_model(g, NOISY)
    # 0.04 is what counting known clean labels gets here.
    assert oracle_error() < 0.05
    assert transition_matrix_error(T, found.transition_matrix) < 0.1


def test_posteriors_and_labels_tell_more_than_posteriors():
    model = fit_noise_model(PROBA @ T, NOISY)
    assert (model.clean_proba.argmax(axis=1) == CLEAN).mean() > 0.85
    fitted = forward_log_loss(NOISY, model.clean_proba, model.transition_matrix)
    # Seventeen parameters gain about half a unit of log-likelihood each on the truth.
    assert fitted < forward_log_loss(NOISY, PROBA, T) + 10 / N


def test_clean_labels_give_the_identity():
    T_hat = fit_noise_model(PROBA, CLEAN).transition_matrix
    assert transition_matrix_error(np.eye(K), T_hat) < 0.05


def test_where_posteriors_say_little_the_rows_of_T_stay_together():
    rng = np.random.RandomState(1)
    blurred = 0.15 * PROBA + 0.85 * rng.dirichlet(np.ones(K), N)
    noisy = corrupt_labels(CLEAN, symmetric_transition_matrix(K, 0.4), random_state=4)
    with pytest.warns(UserWarning, match="hardly tell noise from overlap"):
        model = fit_noise_model(blurred, noisy)
    assert model.prior == STRONGEST
    assert np.ptp(model.transition_matrix.diagonal()) < 0.15


def test_the_prior_lets_go_of_noise_in_one_class():
    one = np.array([[0.6, 0.4, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    noisy = corrupt_labels(CLEAN, one, random_state=5)
    model = fit_noise_model(PROBA @ one, noisy)
    assert model.prior.per_class < 10
    assert model.prior.per_entry < 0.5
    assert transition_matrix_error(one, model.transition_matrix) < 0.1


def test_whole_weights_count_as_repetitions_but_for_ties_in_the_start():
    rows = RNG.randint(N, size=N)
    times = np.bincount(rows, minlength=N)
    start, g = symmetric_transition_matrix(K, 0.3), PROBA @ T
    weighted = fit_noise_model(g, NOISY, start=start, sample_weight=times)
    # Ranks are among all rows, whatever their weight: repeated rows share theirs.
    repeated = fit_noise_model(g[rows], NOISY[rows], start=start)
    np.testing.assert_allclose(weighted.transition_matrix, repeated.transition_matrix, atol=0.03)


def test_new_rows_are_ranked_among_the_old_ones():
    g = PROBA @ T
    model = fit_noise_model(g, NOISY)
    np.testing.assert_allclose(model.predict_clean_proba(g[:10]), model.clean_proba[:10])


def test_labels_of_any_type_and_absent_ones():
    names = np.array(["x", "y", "z"])
    model = fit_noise_model(PROBA, names[NOISY])
    assert model.classes.tolist() == ["x", "y", "z"]
    some = NOISY < 2
    fitted = fit_noise_model(PROBA[some], names[NOISY[some]], classes=names)
    assert fitted.transition_matrix.shape == (3, 3)
    with pytest.raises(ValueError, match="pass classes="):
        fit_noise_model(PROBA[some], names[NOISY[some]])
