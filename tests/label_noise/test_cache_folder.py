"""A cache that cannot be written to is an error that says what to do."""

import pytest
from joblib import Memory
from sklearn.naive_bayes import GaussianNB

from sknoisy import ReweightedClassifier, TransitionMatrixEstimator

ESTIMATOR = TransitionMatrixEstimator(GaussianNB(), random_state=0)


def classifier(memory):
    return ReweightedClassifier(GaussianNB(), transition_matrix=ESTIMATOR, memory=memory)


def read_only(folder, monkeypatch):
    """The folder, in which nothing can be made any more: not by the administrator either."""
    import os

    def refuse(real, path):
        def call(name, *arguments, **options):
            if str(name).startswith(str(folder)) and path(arguments, options):
                raise PermissionError(13, "Permission denied", str(name))
            return real(name, *arguments, **options)

        return call

    monkeypatch.setattr(os, "mkdir", refuse(os.mkdir, lambda *_: True))
    writes = os.O_WRONLY | os.O_RDWR | os.O_CREAT
    monkeypatch.setattr(os, "open", refuse(os.open, lambda given, _: given and given[0] & writes))
    return str(folder)


@pytest.mark.parametrize("wrap", [str, Memory], ids=["folder", "Memory"])
def test_a_folder_that_cannot_be_written_to_is_named(tmp_path, blobs, monkeypatch, wrap):
    X, y, _ = blobs
    memory = wrap(tmp_path) if wrap is str else Memory(tmp_path, verbose=0)
    read_only(tmp_path, monkeypatch)
    with pytest.raises(OSError, match="memory= must name a folder that can be written to"):
        classifier(memory).fit(X, y)


def test_what_it_holds_is_read(tmp_path, blobs, monkeypatch):
    X, y, _ = blobs
    first = classifier(str(tmp_path)).fit(X, y)
    again = classifier(read_only(tmp_path, monkeypatch)).fit(X, y)
    assert (first.transition_matrix_ == again.transition_matrix_).all()


def test_other_errors_pass(tmp_path, blobs):
    class Fails(GaussianNB):
        def fit(self, X, y):
            raise OSError("no such table")

    X, y, _ = blobs
    estimator = TransitionMatrixEstimator(Fails(), random_state=0)
    clf = ReweightedClassifier(GaussianNB(), transition_matrix=estimator, memory=None)
    with pytest.raises(OSError, match="^no such table$"):
        clf.fit(X, y)
