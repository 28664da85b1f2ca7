"""Where data sets are kept."""

from pathlib import Path

import pytest

from sknoisy.datasets import get_data_home
from sknoisy.datasets._home import import_extra


def test_argument_beats_environment_beats_home(monkeypatch, tmp_path):
    monkeypatch.setenv("SKNOISY_DATA_HOME", str(tmp_path))
    assert get_data_home(tmp_path / "other") == tmp_path / "other"
    assert get_data_home() == tmp_path
    monkeypatch.delenv("SKNOISY_DATA_HOME")
    assert get_data_home() == Path.home() / "sknoisy_data"
    assert get_data_home("~/here") == Path.home() / "here"


def test_asking_makes_no_folder(tmp_path):
    assert not get_data_home(tmp_path / "new").exists()


def test_a_missing_package_names_the_extra():
    with pytest.raises(ImportError, match=r'Reading x needs no_such_package.*"sknoisy\[data\]"'):
        import_extra("no_such_package.sub", "Reading x")
