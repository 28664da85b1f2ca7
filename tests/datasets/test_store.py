"""Files are looked for in their folders, checked, or downloaded."""

import hashlib

import pytest

from sknoisy.datasets import _store
from sknoisy.datasets._store import RemoteFile, Store, check_file

CONTENT = b"the original file"
FILE = RemoteFile("a.bin", ("http://x/a.bin",), f"md5:{hashlib.md5(CONTENT).hexdigest()}")


def store(home, *folders, download_if_missing=True, check_hash=True):
    return Store(home, folders, download_if_missing, check_hash)


@pytest.fixture
def no_download(monkeypatch):
    def refuse(*_):
        pytest.fail("nothing should be downloaded")

    monkeypatch.setattr(_store, "download", refuse)


@pytest.mark.usefixtures("no_download")
@pytest.mark.parametrize("folder", ["first", "second", "."])
def test_a_file_that_is_there_needs_no_network(tmp_path, folder):
    (tmp_path / folder).mkdir(exist_ok=True)
    (tmp_path / folder / "a.bin").write_bytes(CONTENT)
    path = store(tmp_path, "first", "second", ".").obtain(FILE)
    assert path.read_bytes() == CONTENT


@pytest.mark.usefixtures("no_download")
def test_half_a_file_is_an_error_and_stays_for_the_user_to_look_at(tmp_path):
    (tmp_path / "a.bin").write_bytes(CONTENT[:5])
    with pytest.raises(ValueError, match=r"published md5 .*got .*5 bytes.*remove it"):
        store(tmp_path, ".").obtain(FILE)
    assert (tmp_path / "a.bin").read_bytes() == CONTENT[:5]


def test_the_hash_can_be_left_unchecked(tmp_path):
    (tmp_path / "a.bin").write_bytes(b"mine")
    assert store(tmp_path, ".", check_hash=False).obtain(FILE).read_bytes() == b"mine"


@pytest.mark.usefixtures("no_download")
def test_a_missing_file_says_where_it_was_looked_for(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"a\.bin must be in one of .*first.*SKNOISY_DATA"):
        store(tmp_path, "first", ".", download_if_missing=False).obtain(FILE)


def test_a_missing_file_is_downloaded_into_the_first_folder(tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(_store, "download", lambda *arguments: asked.append(arguments))
    store(tmp_path, "first", ".").obtain(FILE)
    assert asked == [(FILE.urls, FILE.known_hash, tmp_path / "first" / "a.bin")]


def test_what_is_not_there_is_none(tmp_path):
    assert store(tmp_path, ".", "first").find("a.bin") is None


def test_both_algorithms_are_known(tmp_path):
    path = tmp_path / "a.bin"
    path.write_bytes(CONTENT)
    check_file(path, f"sha256:{hashlib.sha256(CONTENT).hexdigest()}")
    with pytest.raises(ValueError, match="sha256"):
        check_file(path, f"sha256:{'0' * 64}")
