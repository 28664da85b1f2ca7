"""The default estimate chooses well without clean labels."""

import numpy as np
import pytest
from posteriors import T, error, estimated, noisy_sample

from sknoisy._transition import _selection, estimate, normalize_rows
from sknoisy._transition._estimate import NoisyRows, Options
from sknoisy._transition._selection import _best_start, best_estimate, without_stray_entries
from sknoisy.noise import symmetric_transition_matrix

BEYOND = np.array([[0.4, 0.6, 0.0], [0.0, 0.4, 0.6], [0.0, 0.0, 1.0]])


@pytest.mark.parametrize("power", [0.3, 1, 5])
def test_neither_overconfidence_nor_softness_hurts(power):
    proba, y = noisy_sample(6_000, sharp=4.0)
    distorted = proba**power / (proba**power).sum(axis=1, keepdims=True)
    assert error(estimated(distorted, y), T) < 0.1


def test_rare_class_is_estimated_too():
    proba, y = noisy_sample(6_000, prior=(0.05, 0.35, 0.6))
    assert error(estimated(proba, y), T) < 0.12


def test_symmetric_noise_is_found_better_than_by_plain_counts():
    true = symmetric_transition_matrix(4, 0.2)
    errors = []
    for seed in range(5):
        proba, y = noisy_sample(
            1_000, transition_matrix=true, prior=np.full(4, 1 / 4), sharp=4.0, seed=seed
        )
        rows = NoisyRows(proba, y, np.ones(len(y)))
        refined = _selection.counted_estimate(rows, Options()).transition_matrix
        errors.append([error(refined, true), error(estimated(proba, y, "count"), true)])
    refined, count = np.mean(errors, axis=0)
    assert refined < 0.7 * count


def test_rows_are_found_up_to_their_order_beyond_diagonal_dominance():
    proba, y = noisy_sample(6_000, transition_matrix=BEYOND)
    assert error(estimated(proba, y), BEYOND) < 0.1
    assert error(estimated(proba, y, "count"), BEYOND) > 0.3


def test_same_rows_give_the_same_t_whatever_the_global_seed():
    proba, y = noisy_sample(1_000)
    estimates = []
    for seed in (0, 1):
        np.random.seed(seed)  # noqa: NPY002
        estimates.append(estimated(proba, y))
    np.testing.assert_array_equal(*estimates)
    other = best_estimate(NoisyRows(proba, y, np.ones(1_000)), random_state=1).losses
    assert other != best_estimate(NoisyRows(proba, y, np.ones(1_000))).losses


def test_losses_name_every_candidate():
    found = best_estimate(NoisyRows(*noisy_sample(1_000), np.ones(1_000)))
    assert {"start count", "start clusters", "share 0.3"} <= set(found.losses)
    np.testing.assert_allclose(found.details.sum(), 1)


def test_posteriors_among_seen_classes_sum_to_one_even_where_they_were_zero():
    proba, seen = np.array([[0.0, 1.0, 0.0], [0.2, 0.6, 0.2]]), np.array([True, False, True])
    rows = NoisyRows(proba, np.array([0, 2]), np.ones(2)).among(seen)
    np.testing.assert_allclose(rows.proba, 0.5)
    np.testing.assert_array_equal(rows.y, [0, 1])


ALIKE = np.array([[0.52, 0.48, 0.0], [0.48, 0.52, 0.0], [0.0, 0.0, 1.0]])
MERGED = np.array([[0.5, 0.5, 0.0], [0.2, 0.3, 0.5], [0.0, 0.0, 1.0]])


def choose(monkeypatch, rows, **candidates):
    """The start that is chosen among matrices that refining leaves alone."""
    starts = {name: lambda _, T=T: T for name, T in candidates.items()}
    monkeypatch.setattr(_selection, "STARTS", starts)
    monkeypatch.setattr(_selection, "refined_counts", lambda rows, T, *others: T)
    return _best_start(rows, rows, normalize_rows)


def test_t_that_merges_two_classes_must_be_clearly_better(monkeypatch):
    proba, y = noisy_sample(600, transition_matrix=ALIKE, seed=2)
    rows = NoisyRows(proba, y, np.ones(600))
    found, losses = choose(monkeypatch, rows, apart=ALIKE, together=MERGED)
    assert losses["start together"] < losses["start apart"]
    np.testing.assert_array_equal(found, ALIKE)


def test_halves_that_disagree_on_merging_two_classes_are_asked_together(monkeypatch):
    proba, y = noisy_sample(600, transition_matrix=ALIKE, seed=2)
    shares = {f"share {share:g}": 0.0 for share in _selection.SHARES}
    monkeypatch.setattr(_selection, "_compare", lambda *_: ([MERGED, ALIKE], shares))
    monkeypatch.setattr(_selection, "refined_counts", lambda rows, T, *others: T)
    rows = NoisyRows(proba, y, np.ones(600))
    found = best_estimate(rows, normalize_rows).transition_matrix
    np.testing.assert_allclose(found, ALIKE)


def test_class_of_few_rows_stays_where_the_labels_ask_for_it(monkeypatch):
    proba, y = noisy_sample(6_000, transition_matrix=MERGED, prior=(0.6, 0.02, 0.38), sharp=6.0)
    rows = NoisyRows(proba, y, np.ones(6_000))
    found, _ = choose(monkeypatch, rows, apart=symmetric_transition_matrix(3, 0.2), true=MERGED)
    np.testing.assert_array_equal(found, MERGED)


def test_if_a_class_vanishes_under_all_candidates_the_likeliest_is_taken(monkeypatch):
    proba, y = noisy_sample(600, transition_matrix=ALIKE)
    rows = NoisyRows(proba, y, np.ones(600))
    found, losses = choose(monkeypatch, rows, one=MERGED, other=MERGED[[1, 0, 2]])
    assert losses["start one"] == pytest.approx(losses["start other"])
    np.testing.assert_allclose(np.sort(found, axis=0), np.sort(MERGED, axis=0))


@pytest.mark.parametrize("structure", [None, "symmetric"])
def test_many_classes_are_counted_once_and_resampled(monkeypatch, structure):
    monkeypatch.setattr(_selection, "refined_counts", lambda *_: 1 / 0)
    monkeypatch.setattr(_selection, "SOME_CLASSES", 3)
    monkeypatch.setattr(_selection, "FEW_ROWS_PER_CLASS", 226)
    true = symmetric_transition_matrix(4, 0.2)
    proba, y = noisy_sample(900, transition_matrix=true, prior=np.full(4, 1 / 4))
    wider = np.insert(proba, 1, 0.0, axis=1)
    fitted = estimate(wider, np.array([0, 2, 3, 4])[y], structure=structure)
    assert fitted.losses is None
    seen = [0, 2, 3, 4]
    assert error(fitted.transition_matrix[np.ix_(seen, seen)], true) < 0.15
    samples = fitted.resampled(4)
    np.testing.assert_array_equal(samples[:, 1], np.eye(5)[[1] * 4])
    assert np.ptp(samples[:, 0, 0]) > 0
    limits = fitted.interval(0.95, 4)
    assert (limits[0] <= limits[1]).all()


def test_equal_rows_are_in_one_half_unless_they_are_much_of_their_class():
    weights = np.array([1, 2, 1, 10, 1, 1.0])
    y = np.array([0, 1, 0, 0, 1, 1])
    sample = NoisyRows(np.arange(12.0).reshape(6, 2), y, weights * [1, 1, 1, 1, 1, 60])
    first, second = _selection._halves(sample)
    assert first.weights.tolist() == [1, 1, 5, 30]
    assert second.weights.tolist() == [2, 1, 5, 30]


# %% Stray entries


def test_even_noise_of_many_classes_is_no_stray_entry():
    K = 60
    true = symmetric_transition_matrix(K, 0.3)
    proba, y = noisy_sample(3_000, transition_matrix=true, prior=np.full(K, 1 / K))
    rows = NoisyRows(np.maximum(proba, 1e-6), y, np.ones(3_000))
    np.testing.assert_array_equal(without_stray_entries(true, rows), true)


HALF = np.array([[0.55, 0.45, 0.0], [0.45, 0.55, 0.0], [0.0, 0.0, 1.0]])
STRAYED = np.array([[0.54, 0.442, 0.018], [0.45, 0.55, 0.0], [0.0, 0.0, 1.0]])


def test_stray_entries_are_dropped_where_the_labels_ask_for_it():
    proba, y = noisy_sample(6_000, transition_matrix=HALF, sharp=6.0)
    rows = NoisyRows(proba, y, np.ones(6_000))
    found = without_stray_entries(STRAYED, rows)
    np.testing.assert_array_equal(found == 0, HALF == 0)
    np.testing.assert_allclose(found.sum(axis=1), 1)
    assert error(found, HALF) < 0.5 * error(STRAYED, HALF)


def test_small_entries_that_labels_need_stay():
    true = np.array([[0.982, 0.009, 0.009], [0.015, 0.985, 0.0], [0.0, 0.018, 0.982]])
    proba, y = noisy_sample(20_000, transition_matrix=true, sharp=8.0)
    rows = NoisyRows(proba, y, np.ones(20_000))
    np.testing.assert_array_equal(without_stray_entries(true, rows), true)


def test_a_few_rows_are_not_enough_to_drop_an_entry():
    proba, y = noisy_sample(60, transition_matrix=HALF, sharp=6.0)
    rows = NoisyRows(proba, y, np.ones(60))
    np.testing.assert_array_equal(without_stray_entries(STRAYED, rows), STRAYED)


def test_a_structure_keeps_its_small_entries(monkeypatch):
    monkeypatch.setattr(_selection, "without_stray_entries", lambda *_: 1 / 0)
    rows = NoisyRows(*noisy_sample(600), np.ones(600))
    best_estimate(rows, normalize_rows)
    with pytest.raises(ZeroDivisionError):
        best_estimate(rows)


@pytest.mark.parametrize("astray", [0, 1])
def test_a_half_that_ends_elsewhere_does_not_decide(monkeypatch, astray):
    rows = NoisyRows(*noisy_sample(3_000), np.ones(3_000))
    right = best_estimate(rows).transition_matrix
    compare, wrong = _selection._compare, np.array([[0.4, 0.3, 0.3], [0, 1, 0], [0, 0, 1]])

    def one_astray(sample, from_counts):
        bases, losses = compare(sample, from_counts)
        bases[astray] = wrong
        return bases, losses

    # What is astray stays there, however often it is refined.
    refined = _selection.refined_counts
    monkeypatch.setattr(
        _selection,
        "refined_counts",
        lambda rows, T, *others: T * 1e6 if error(T, wrong) < 0.1 else refined(rows, T, *others),
    )
    monkeypatch.setattr(_selection, "_compare", one_astray)
    np.testing.assert_allclose(best_estimate(rows).transition_matrix, right, atol=0.02)
