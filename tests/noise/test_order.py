import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import load_digits
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import SGDClassifier
from sklearn.naive_bayes import GaussianNB

from sknoisy.noise import confusion_order, structured_transition_matrix


class Mistaken(ClassifierMixin, BaseEstimator):
    """Takes every "a" for "c", and gets the others right; X holds the truth."""

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        labels = np.array(["a", "b", "c"])[X[:, 0]]
        return np.where(labels == "a", "c", labels)


def test_order_puts_the_usual_mistake_first_and_works_with_strings():
    X = np.repeat([0, 1, 2], 20)[:, None]
    y = np.array(["a", "b", "c"])[X[:, 0]]
    order = confusion_order(Mistaken(), X, y, random_state=0)
    assert order[0].tolist() == [2, 1]
    assert sorted(order[1].tolist()) == [0, 2]


def test_order_is_reproducible_and_leaves_the_global_generator_alone():
    X, y = load_digits(return_X_y=True)
    classifier = SGDClassifier(max_iter=5, tol=None)
    np.random.seed(0)  # noqa: NPY002
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    first, second = (
        confusion_order(classifier, X, y, train_size=200, n_repeats=2, random_state=1)
        for _ in range(2)
    )
    np.testing.assert_array_equal(first, second)
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002
    assert classifier.random_state is None
    assert not hasattr(classifier, "coef_")


def test_ties_are_broken_by_lot():
    X = np.repeat([0, 1, 2], 20)[:, None]
    y = np.array(["a", "b", "c"])[X[:, 0]]
    firsts = {confusion_order(Mistaken(), X, y, random_state=s)[1, 0] for s in range(20)}
    assert firsts == {0, 2}


def test_a_measured_order_fits_the_structured_matrix():
    X, y = load_digits(return_X_y=True)
    order = confusion_order(GaussianNB(), X, y, random_state=0)
    T = structured_transition_matrix(order, 10, 1)
    np.testing.assert_allclose(T.sum(axis=1), 1)


def test_one_class_has_no_order():
    with pytest.raises(ValueError, match="at least two classes"):
        confusion_order(GaussianNB(), [[0.0], [1.0]], [3, 3])


def test_a_frozen_classifier_is_asked_as_it_is():
    X = np.repeat([0, 1, 2], 20)[:, None]
    y = np.array(["a", "b", "c"])[X[:, 0]]
    frozen = FrozenEstimator(Mistaken().fit(X, y))
    assert confusion_order(frozen, X, y, random_state=0)[0].tolist() == [2, 1]
