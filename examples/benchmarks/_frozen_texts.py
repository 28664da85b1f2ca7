"""Film reviews as TF-IDF for frozen_heads.py, and the noise of their labels."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from _problems import Problem, noise_matrix
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfTransformer
from sparse_cost import problem as made_rows

from sknoisy.datasets import fetch_imdb

PREFIX = "IMDB "
TEXTS = ("IMDB symmetric 0.2", "IMDB asymmetric 0.4", "IMDB clean")
# Words past the last 1,000 of a review are few, and rows of ids take memory.
N_WORDS, LONGEST = 20_000, 1000


def text_transition_matrix(labels: str) -> NDArray[np.float64]:
    """That of Patrini et al.: asymmetric noise takes 0.05 of the negative reviews for positive."""
    kind, _, rate = labels.removeprefix(PREFIX).partition(" ")
    return noise_matrix("imdb", "none" if kind == "clean" else kind, float(rate or 0), 2)


@lru_cache(maxsize=1)
def reviews(n_train: int, data_home: Any) -> Problem:
    """Reviews of IMDB as TF-IDF, training rows in random order, and whether they are positive."""
    train, test = (
        fetch_imdb(subset=subset, vocabulary_size=N_WORDS, max_length=LONGEST, data_home=data_home)
        for subset in ("train", "test")
    )
    chosen = np.random.default_rng(0).permutation(len(train.target))[:n_train]
    weights = TfidfTransformer(sublinear_tf=True)
    X = weights.fit_transform(_counts(train.data[chosen]))
    return Problem(X, train.target[chosen], weights.transform(_counts(test.data)), test.target)


def made_reviews(n_train: int) -> Problem:
    """As many made-up rows again to test on."""
    X, y = made_rows(2 * n_train, 1500, 50, 2)
    return Problem(X[:n_train], y[:n_train], X[n_train:], y[n_train:])


def _counts(tokens: NDArray[np.int64]) -> csr_matrix:
    """How often each word is in each review; token 0 is none."""
    row, place = np.nonzero(tokens)
    ones = np.ones(len(row), dtype=np.float32)
    return csr_matrix((ones, (row, tokens[row, place])), shape=(len(tokens), N_WORDS + 1))
