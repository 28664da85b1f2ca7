"""One pass over blocks finds the counts of sorted columns, with little memory."""

import tracemalloc

import numpy as np
import pytest

from sknoisy._transition import _top_rows
from sknoisy._transition._count import ranked_counts
from sknoisy._transition._top_rows import TopRows


def streamed(scores, y, n_top, weights, step):
    top = TopRows(scores.shape[1], n_top)
    for start in range(0, len(scores), step):
        rows = slice(start, start + step)
        top.add(scores[rows], y[rows], weights[rows])
    return top.counts()


@pytest.mark.parametrize("ties", [False, True], ids=["distinct", "ties"])
@pytest.mark.parametrize("n_top", [1, 7.5, 40, [3, 200, 10_000, 50]])
@pytest.mark.parametrize("step", [1, 64, 500])
def test_blocks_count_what_sorted_columns_count(monkeypatch, ties, n_top, step):
    monkeypatch.setattr(_top_rows, "BLOCK_ELEMENTS", 256)
    rng = np.random.default_rng(0)
    scores = rng.dirichlet(np.full(4, 0.3), size=500)
    scores = scores.round(1) if ties else scores
    y = rng.integers(4, size=500)
    for weights in (np.ones(500), rng.uniform(0.1, 2, size=500)):
        found = streamed(scores, y, n_top, weights, step)
        np.testing.assert_allclose(found, ranked_counts(scores, y, n_top, weights), atol=1e-9)


def test_order_and_type_of_the_rows_do_not_matter():
    rng = np.random.default_rng(1)
    scores, y = rng.random((300, 3)).round(2), rng.integers(3, size=300)
    expected = streamed(scores, y, 20, np.ones(300), 300)
    for order in (np.arange(300)[::-1], rng.permutation(300), np.argsort(scores[:, 0])):
        found = streamed(scores[order], y[order], 20, np.ones(300), 50)
        np.testing.assert_allclose(found, expected)
    narrow = streamed(np.asfortranarray(scores.astype(np.float32)), y, 20, np.ones(300), 50)
    np.testing.assert_allclose(narrow, expected)


def test_no_rows_give_no_counts():
    assert TopRows(3, 5).counts().tolist() == np.zeros((3, 3)).tolist()


def test_memory_does_not_grow_with_the_rows():
    rng = np.random.default_rng(0)
    peaks = []
    for n_blocks in (5, 100):
        tracemalloc.start()
        top = TopRows(50, 30)
        for _ in range(n_blocks):
            top.add(rng.random((1_000, 50)), rng.integers(50, size=1_000), np.ones(1_000))
        top.counts()
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.2 * peaks[0]
    assert peaks[1] < 0.25 * 100_000 * 50 * 8
