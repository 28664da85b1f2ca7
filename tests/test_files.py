"""Files are there whole, or as they were before."""

import os
import resource
from contextlib import contextmanager

import pytest
from sklearn.datasets import load_iris
from sklearn.naive_bayes import GaussianNB

from sknoisy._files import replacing, write_text
from sknoisy.inspection import noise_audit


@contextmanager
def full_disk(n_bytes):
    """Inside, no file can be longer: writing more is an OSError, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_new_file_takes_the_place_of_the_old_one(tmp_path):
    path = tmp_path / "report.html"
    path.write_text("old")
    path.chmod(0o640)
    with replacing(path) as beside:
        assert (beside.parent, beside.suffix) == (tmp_path, ".html")
        beside.write_text("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert path.stat().st_mode & 0o777 == 0o640
    assert os.listdir(tmp_path) == ["report.html"]


@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt])
def test_an_error_leaves_the_old_file_and_nothing_else(tmp_path, error):
    path = tmp_path / "figure.png"
    path.write_bytes(b"old")

    def fail():
        with replacing(path) as beside:
            beside.write_bytes(b"half")
            raise error

    with pytest.raises(error):
        fail()
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["figure.png"]


def test_a_link_stays_a_link_and_no_file_is_written_to_directly(tmp_path):
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "target")
    write_text(link, "text")
    assert link.is_symlink()
    assert (tmp_path / "target").read_text() == "text"
    write_text(os.devnull, "text")
    assert not os.path.isfile(os.devnull)


def test_a_full_disk_leaves_the_old_report(tmp_path):
    X, y = load_iris(return_X_y=True)
    audit = noise_audit(X, y, estimator=GaussianNB(), learning_curve=False, random_state=0)
    path = tmp_path / "audit.html"
    path.write_text("old")
    with full_disk(1000), pytest.raises(OSError, match="too large"):
        audit.to_html(path)
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["audit.html"]
