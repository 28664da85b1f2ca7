"""What `memory=` cannot store is refused before anything is trained."""

import joblib
import numpy as np
import pytest
from helpers import T3, Linear
from sklearn.linear_model import LogisticRegression
from torch.utils.data import Dataset

from sknoisy import ForwardCorrectedClassifier, TransitionMatrixEstimator, make_net
from sknoisy._label_noise._cache import cached


def anchors(noisy_proba, y):
    return T3


class Never(LogisticRegression):
    def fit(self, X, y):
        raise AssertionError("trained")


def local_class():
    class Here(Linear):
        pass

    return Here


@pytest.mark.parametrize(
    ("estimator", "named"),
    [
        (TransitionMatrixEstimator(Never(), method=lambda p, y: T3), "method=<function"),
        (TransitionMatrixEstimator(make_net(local_class())), "estimator__module=<class"),
        (TransitionMatrixEstimator(local_class()), "estimator=<class"),
    ],
    ids=["lambda", "class in a net", "class"],
)
def test_a_parameter_that_cannot_be_pickled_is_named(estimator, named, blobs, tmp_path):
    X, y, _ = blobs
    clf = ForwardCorrectedClassifier(
        make_net(Linear, max_epochs=1), transition_matrix=estimator, random_state=0
    )
    clf.set_params(memory=str(tmp_path))
    with pytest.raises(ValueError, match=rf"memory= .* {named}.*memory=None") as error:
        clf.fit(X, y)
    assert len(str(error.value)) < 600


def test_a_dataset_that_cannot_be_pickled_is_named(blobs, tmp_path):
    class Mapped(Dataset):
        transform = staticmethod(lambda x: x)

        def __len__(self):
            return len(blobs[0])

        def __getitem__(self, row):
            return self.transform(blobs[0][row]), blobs[1][row]

    clf = ForwardCorrectedClassifier(
        make_net(Linear, max_epochs=1, module__n_features=8), memory=str(tmp_path)
    )
    with pytest.raises(ValueError, match="a Mapped as X"):
        clf.fit(Mapped())


@pytest.mark.parametrize("memory", [None, joblib.Memory(None)])
def test_nothing_needs_to_be_pickled_without_a_folder(memory, blobs):
    estimator = TransitionMatrixEstimator(LogisticRegression(), method=lambda p, y: T3)
    net = make_net(local_class(), max_epochs=1)
    clf = ForwardCorrectedClassifier(
        net, transition_matrix=estimator, memory=memory, random_state=0
    )
    clf.fit(*blobs[:2])
    np.testing.assert_array_equal(clf.transition_matrix_, T3)


def test_what_can_be_stored_is(tmp_path):
    estimator = TransitionMatrixEstimator(LogisticRegression(), method=anchors)
    function = cached(np.sort, str(tmp_path), estimator, np.zeros(3))
    assert hasattr(function, "check_call_in_cache")
