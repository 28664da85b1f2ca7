"""Trusted rows that were chosen by doubt say the same of T as rows drawn at random."""

import numpy as np
import pytest
from posteriors import T

from sknoisy._transition import NoisyRows, _trusted_counts, normalize_rows, project_posterior
from sknoisy._transition._arrays import cross_counts
from sknoisy._transition._trusted_counts import (
    ChosenRows,
    counts_as_if_random,
    labels_look_doubtful,
)
from sknoisy.noise import corrupt_labels

N_ROWS, N_CHOSEN = 4000, 300


@pytest.fixture
def drawn():
    """Rows whose classes overlap, with true posteriors, their clean labels, and label quality."""
    rng = np.random.default_rng(0)
    p = rng.dirichlet(np.full(3, 0.2), size=N_ROWS)
    clean = (rng.random(len(p))[:, None] > p.cumsum(axis=1)).sum(axis=1)
    y = corrupt_labels(clean, T, random_state=0)
    rows = NoisyRows(p @ T, y, np.ones(len(y)))
    of_label = project_posterior(rows.proba, T) * T.T[y]
    quality = of_label[np.arange(len(y)), y] / of_label.sum(axis=1)
    return rows, clean, quality, rng


def error(counts):
    return np.abs(normalize_rows(counts) - T).sum(axis=1).mean()


def counted(drawn, chosen):
    rows, clean = drawn[:2]
    plain = cross_counts(clean[chosen], rows.y[chosen], 3, None)
    return plain, counts_as_if_random(clean[chosen], ChosenRows(chosen, rows), T)


def test_rows_drawn_at_random_are_counted_as_they_are(drawn):
    rng = drawn[3]
    for _ in range(20):
        plain, found = counted(drawn, rng.choice(N_ROWS, N_CHOSEN, replace=False))
        np.testing.assert_array_equal(found, plain)


def test_rows_drawn_at_random_within_classes_are_counted_as_they_are(drawn):
    clean, rng = drawn[1], drawn[3]
    chosen = np.concatenate([rng.choice(np.flatnonzero(clean == k), 100) for k in range(3)])
    plain, found = counted(drawn, chosen)
    np.testing.assert_array_equal(found, plain)


def test_rows_that_are_doubtful_more_often_count_less(drawn):
    quality, rng = drawn[2:]
    chance = np.exp(-3 * quality)
    chosen = rng.choice(N_ROWS, N_CHOSEN, replace=False, p=chance / chance.sum())
    plain, found = counted(drawn, chosen)
    assert error(found) < error(plain) / 3
    assert 0.3 * N_CHOSEN < found.sum() < 0.9 * N_CHOSEN


def test_the_most_doubtful_rows_leave_the_others_to_the_posteriors(drawn):
    chosen = np.argsort(drawn[2])[:N_CHOSEN]
    plain, found = counted(drawn, chosen)
    assert error(plain) > 0.9
    assert error(found) < 0.15


def test_a_weight_is_a_number_of_rows(drawn, monkeypatch):
    rows, clean, quality, _ = drawn
    monkeypatch.setattr(_trusted_counts, "ENOUGH_ROWS", 2 * N_ROWS)
    half, chosen = N_ROWS // 2, np.argsort(quality)[:N_CHOSEN]
    weighted = rows._replace(weights=np.repeat([1.0, 2.0], half))
    copies = NoisyRows(*(np.concatenate([part, part[half:]]) for part in rows))
    again = np.concatenate([chosen, chosen[chosen >= half] + half])
    all_clean = np.concatenate([clean, clean[half:]])
    of_copies = counts_as_if_random(all_clean[again], ChosenRows(again, copies), T)
    found = counts_as_if_random(clean[chosen], ChosenRows(chosen, weighted), T)
    np.testing.assert_allclose(found, of_copies, rtol=0.01, atol=0.1)  # Some lie in two parts.


@pytest.mark.parametrize("label", [0, 1])
def test_rows_of_one_label_say_nothing_of_the_other_labels(drawn, label):
    rows, rng = drawn[0], drawn[3]
    chosen = rng.choice(np.flatnonzero(rows.y == label), N_CHOSEN, replace=False)
    plain, found = counted(drawn, chosen)
    assert error(plain) > 0.5
    assert error(found) < 0.15


def test_labels_that_are_verified_more_often_count_less(drawn):
    rows, rng = drawn[0], drawn[3]
    chance = np.array([8.0, 1, 1])[rows.y]
    chosen = rng.choice(N_ROWS, N_CHOSEN, replace=False, p=chance / chance.sum())
    plain, found = counted(drawn, chosen)
    assert error(found) < error(plain) / 2


def test_rows_chosen_for_their_labels_are_told_whatever_t_is(drawn):
    rows, _, quality, rng = drawn
    by_label = rows.proba[np.arange(N_ROWS), rows.y]
    assert labels_look_doubtful(ChosenRows(np.argsort(by_label)[:30], rows))
    assert labels_look_doubtful(ChosenRows(np.argsort(quality)[:N_CHOSEN], rows))
    assert not labels_look_doubtful(ChosenRows(np.argsort(-by_label)[:30], rows))
    for _ in range(20):
        assert not labels_look_doubtful(ChosenRows(rng.choice(N_ROWS, 30, replace=False), rows))


def test_some_of_many_rows_say_how_places_are_spread(drawn, monkeypatch):
    chosen = np.argsort(drawn[2])[:N_CHOSEN]
    by_all = counted(drawn, chosen)[1]
    monkeypatch.setattr(_trusted_counts, "ENOUGH_ROWS", N_ROWS // 2)
    np.testing.assert_allclose(counted(drawn, chosen)[1], by_all, atol=0.1 * N_CHOSEN)
    assert error(counted(drawn, chosen)[1]) < 0.15
