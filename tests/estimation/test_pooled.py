"""Trees and a linear model are believed as far as each predicts left-out labels."""

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.tree import DecisionTreeClassifier

from sknoisy._estimation._pooled import PooledClassifier

RNG = np.random.RandomState(0)
X = RNG.normal(size=(600, 4))
Y = np.where(RNG.uniform(size=600) < 1 / (1 + np.exp(-2 * X[:, 0])), "b", "a")


def test_a_member_that_knows_nothing_hardly_counts():
    linear = LogisticRegression()
    pooled = PooledClassifier(DecisionTreeClassifier(random_state=0), linear).fit(X[:400], Y[:400])
    assert pooled.powers_[0] < 0.3 * pooled.powers_[1]
    alone = linear.fit(X[:400], Y[:400])
    loss, least = (log_loss(Y[400:], c.predict_proba(X[400:])) for c in (pooled, alone))
    assert loss < least + 0.02
    assert (pooled.predict(X) == Y).mean() > 0.7


@pytest.mark.parametrize("n", [20, 400])
def test_posteriors_are_probabilities_of_all_classes(n):
    pooled = PooledClassifier(DummyClassifier(), LogisticRegression()).fit(X[:n], Y[:n])
    proba = pooled.predict_proba(X)
    assert proba.shape == (600, 2)
    np.testing.assert_allclose(proba.sum(axis=1), 1)


class Recording(LogisticRegression):
    """Notes the rows that it is trained on and those that it is asked about."""

    seen, asked = [], []

    def fit(self, X, y, sample_weight=None):
        self.seen.append(set(X[:, 0].tolist()))
        return super().fit(X, y, sample_weight)

    def predict_proba(self, X):
        self.asked.append(set(X[:, 0].tolist()))
        return super().predict_proba(X)


def test_rows_of_a_group_are_left_out_together():
    Recording.seen.clear()
    Recording.asked.clear()
    group = np.arange(300) // 4
    rows = np.column_stack([group, X[:300]])
    PooledClassifier(DummyClassifier(), Recording(max_iter=300)).fit(
        rows, Y[:300], fold_groups=group
    )
    assert Recording.asked[0].isdisjoint(Recording.seen[0])
    assert 20 < len(Recording.asked[0]) < 30  # A third of 75 groups.


def test_rows_of_one_class_are_refused_in_words_about_the_data():
    """Folds leave a rare class out; the user passed no solver that could want two classes."""
    pool = PooledClassifier(DecisionTreeClassifier(), LogisticRegression())
    with pytest.raises(ValueError, match="at least two classes.*all 6 rows.*labelled a"):
        pool.fit(np.arange(6.0)[:, None], np.repeat("a", 6))
