"""Trees see columns of any unit."""

import numpy as np
import pytest
from scipy import sparse
from sklearn.ensemble import ExtraTreesClassifier

from sknoisy._estimation._any_scale import AnyScaleClassifier

RNG = np.random.default_rng(0)
X = RNG.normal(size=(200, 3))
Y = (X[:, 0] + X[:, 1] > 0).astype(int)
TREES = ExtraTreesClassifier(20, random_state=0)


@pytest.mark.parametrize("container", [np.asarray, sparse.csr_array])
@pytest.mark.parametrize("unit", [1.0, 2.0**-40, 2.0**40])
def test_the_unit_of_the_columns_does_not_matter(container, unit):
    usual = TREES.fit(container(X), Y).predict_proba(container(X))
    wrapped = AnyScaleClassifier(TREES).fit(container(X * unit), Y)
    np.testing.assert_array_equal(wrapped.predict_proba(container(X * unit)), usual)
    np.testing.assert_array_equal(wrapped.predict(container(X * unit)), usual.argmax(axis=1))


def test_constant_and_integer_columns():
    rows = np.column_stack([np.zeros(200), (X[:, 0] * 100).astype(np.int8)]).astype(np.int8)
    assert AnyScaleClassifier(TREES).fit(rows, Y).score(rows, Y) > 0.7
