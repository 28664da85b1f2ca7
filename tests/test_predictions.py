"""Predictions that follow from posteriors."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_array_equal
from torch.utils.data import TensorDataset

from sknoisy import RobustLossClassifier, make_net
from sknoisy._predictions import CleanAndNoisyLabels, CleanLabels
from sknoisy.modules import ConvNet
from sknoisy.noise import IndexedRows


class FromTable(CleanAndNoisyLabels):
    """Row i of X is the number of a row of posteriors."""

    classes_ = np.array(["a", "b", "c"])
    transition_matrix_ = np.array([[0.9, 0.1, 0.0], [0.0, 0.8, 0.2], [0.3, 0.0, 0.7]])
    table = np.array([[0.2, 0.5, 0.3], [0.6, 0.4, 0.0], [0.0, 0.0, 1.0]])

    def predict_proba(self, X):
        return self.table[X]


def test_predict_is_the_label_of_the_largest_posterior():
    assert_array_equal(FromTable().predict([2, 0, 1]), ["c", "b", "a"])


def test_ties_go_to_the_first_class():
    class Undecided(CleanLabels):
        classes_ = np.array([3, 7])

        def predict_proba(self, X):
            return np.full((len(X), 2), 0.5)

    assert_array_equal(Undecided().predict([0]), [3])


def test_noisy_posteriors_go_through_t_row_by_row():
    noisy = FromTable().predict_noisy_proba([2, 0])
    assert_array_equal(noisy[0], FromTable.transition_matrix_[2])
    expected = [0.2 * 0.9 + 0.3 * 0.3, 0.2 * 0.1 + 0.5 * 0.8, 0.5 * 0.2 + 0.3 * 0.7]
    np.testing.assert_allclose(noisy[1], expected)


IMAGES = np.zeros((30, 1, 8, 8), np.float32) + (np.arange(30) % 2)[:, None, None, None]


def dataset(X):
    return TensorDataset(torch.from_numpy(np.asarray(X, np.float32)))


@pytest.fixture(scope="module")
def on_rows():
    X = IMAGES[:, 0, 0, :4].astype(float)
    return RobustLossClassifier(make_net(max_epochs=1), random_state=0).fit(X, np.arange(30) % 2)


@pytest.fixture(scope="module")
def on_images():
    net = make_net(ConvNet, module__depth=2, module__n_filters=2, max_epochs=1)
    return RobustLossClassifier(net, random_state=0).fit(IMAGES, np.arange(30) % 2)


@pytest.mark.parametrize(
    "X",
    [dataset(np.zeros((3, 5))), IndexedRows(np.zeros((3, 5)), [0, 1]), np.zeros((3, 4, 1, 1))],
    ids=["Dataset", "view", "images"],
)
def test_rows_of_another_shape_than_in_fit_are_refused(on_rows, X):
    with pytest.raises(ValueError, match=r"^X .*(shape \(4,\)|5 features).*"):
        on_rows.predict(X)


@pytest.mark.parametrize("kind", [np.asarray, dataset, lambda X: IndexedRows(X, [0, 1])])
def test_images_that_the_network_does_not_take_are_explained(on_images, kind):
    assert len(on_images.predict(kind(IMAGES[:2].astype(float)))) == 2
    with pytest.raises(ValueError, match=r"X must hold rows of shape \(1, 8, 8\), as in fit, or"):
        on_images.predict(kind(np.zeros((2, 1, 11, 11))))
    with pytest.raises(ValueError, match=r"X must hold rows of shape \(1, 8, 8\), as in fit; got"):
        on_images.predict(dataset(np.zeros((2, 2, 8, 8))))


@pytest.mark.parametrize(
    "X",
    [
        np.full((2, 4), 1e39),
        IndexedRows(np.full((2, 4), 1e39), [0, 1]),
        IndexedRows(np.full((2, 4), np.nan), [0, 1]),
        dataset(np.full((2, 4), np.nan)),
    ],
    ids=["beyond float32", "view beyond float32", "view of NaN", "Dataset of NaN"],
)
def test_rows_without_posterior_are_refused_and_not_called_the_first_class(on_rows, X):
    with pytest.raises(ValueError, match="X (holds|contains) (NaN|values too large)"):
        on_rows.predict(X)


def test_values_beyond_float32_are_refused_in_fit_too():
    X = np.zeros((30, 4))
    X[20, 1] = -1e39
    with pytest.raises(ValueError, match="X holds values too large for the network's torch.float"):
        RobustLossClassifier(make_net(max_epochs=1)).fit(X, np.arange(30) % 2)


def test_weights_of_a_score_are_checked(on_rows):
    X, y = IMAGES[:, 0, 0, :4], np.arange(30) % 2
    for weights in (-np.ones(30), np.ones(29), np.zeros(30), ["1"] * 30):
        with pytest.raises((TypeError, ValueError), match="sample_weight must"):
            on_rows.score(X, y, sample_weight=weights)


def test_logarithms_of_posteriors_are_minus_infinity_at_zero():
    assert_array_equal(FromTable().predict_log_proba([1, 2])[1], [-np.inf, -np.inf, 0])
