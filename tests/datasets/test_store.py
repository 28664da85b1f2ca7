"""Files are found in their folders, checked, or downloaded."""

import hashlib

import pytest

from sknoisy.datasets import _files
from sknoisy.datasets._files import RemoteFile, check_hash, find_file, obtain_file

CONTENT = b"the original file"
FILE = RemoteFile("a.bin", ("http://x/a.bin",), f"md5:{hashlib.md5(CONTENT).hexdigest()}")


@pytest.fixture
def no_download(monkeypatch):
    def refuse(*_):
        pytest.fail("nothing should be downloaded")

    monkeypatch.setattr(_files, "download", refuse)


@pytest.mark.usefixtures("no_download")
@pytest.mark.parametrize("folder", ["first", "second", "."])
def test_a_file_that_is_there_needs_no_network(tmp_path, folder):
    (tmp_path / folder).mkdir(exist_ok=True)
    (tmp_path / folder / "a.bin").write_bytes(CONTENT)
    path = obtain_file(FILE, tmp_path, ("first", "second", "."))
    assert path.read_bytes() == CONTENT


@pytest.mark.usefixtures("no_download")
def test_half_a_file_is_an_error_and_stays_for_the_user_to_look_at(tmp_path):
    (tmp_path / "a.bin").write_bytes(CONTENT[:5])
    with pytest.raises(ValueError, match=r"published md5 .*got .*5 bytes.*remove it"):
        obtain_file(FILE, tmp_path, (".",))
    assert (tmp_path / "a.bin").read_bytes() == CONTENT[:5]


def test_the_hash_can_be_left_unchecked(tmp_path):
    (tmp_path / "a.bin").write_bytes(b"mine")
    assert obtain_file(FILE, tmp_path, (".",), check=False).read_bytes() == b"mine"


@pytest.mark.usefixtures("no_download")
def test_a_missing_file_says_where_it_was_looked_for(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"a\.bin must be in one of .*first.*SKNOISY_DATA"):
        obtain_file(FILE, tmp_path, ("first", "."), download_if_missing=False)


def test_a_missing_file_is_downloaded_into_the_first_folder(tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(_files, "download", lambda *arguments: asked.append(arguments))
    obtain_file(FILE, tmp_path, ("first", "."))
    assert asked == [(FILE.urls, FILE.known_hash, tmp_path / "first" / "a.bin")]


def test_find_file_returns_none_where_there_is_none(tmp_path):
    assert find_file("a.bin", tmp_path, (".", "first")) is None


def test_both_algorithms_are_known(tmp_path):
    path = tmp_path / "a.bin"
    path.write_bytes(CONTENT)
    check_hash(path, f"sha256:{hashlib.sha256(CONTENT).hexdigest()}")
    with pytest.raises(ValueError, match="sha256"):
        check_hash(path, f"sha256:{'0' * 64}")
