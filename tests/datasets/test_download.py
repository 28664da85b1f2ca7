"""Downloads are whole or not there, and go on where they stopped. The server is a local one."""

import errno
import hashlib
import os
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from sknoisy.datasets import _download
from sknoisy.datasets._download import download

CONTENT = os.urandom(1_000_000)
SHA256 = f"sha256:{hashlib.sha256(CONTENT).hexdigest()}"


class Handler(BaseHTTPRequestHandler):
    """Sends CONTENT, whole, in part, or broken off, as the path says; keeps what was asked."""

    def do_GET(self):
        self.server.asked.append((self.path, self.headers.get("Range")))
        if self.path == "/missing":
            self.send_error(404)
            return
        content = b"something else" if self.path == "/other" else CONTENT
        asked = re.match(r"bytes=(\d+)-", self.headers.get("Range", ""))
        start = int(asked[1]) if asked and self.path != "/whole" else 0
        if start >= len(content):
            self.send_error(416)
            return
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        stop = len(content) // 2 if self.path == "/broken" and not start else len(content)
        self.wfile.write(content[start:stop])

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    pytest.importorskip("pooch")
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.asked = []
        server.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_a_download_makes_its_folder_and_leaves_nothing_else(server, tmp_path):
    path = download([f"{server.url}/file"], SHA256, tmp_path / "new" / "file")
    assert path.read_bytes() == CONTENT
    assert [entry.name for entry in path.parent.iterdir()] == ["file"]


def test_a_broken_connection_is_an_error_and_the_next_call_goes_on(server, tmp_path):
    target = tmp_path / "file"
    with pytest.raises(ConnectionError, match=r"could not be downloaded.*goes on where it"):
        download([f"{server.url}/broken"], SHA256, target)
    assert not target.exists()
    half = (tmp_path / "file.part").stat().st_size
    assert 0 < half <= len(CONTENT) // 2
    download([f"{server.url}/broken"], SHA256, target)
    assert server.asked[-1] == ("/broken", f"bytes={half}-")
    assert target.read_bytes() == CONTENT
    assert not (tmp_path / "file.part").exists()


def test_a_server_that_cannot_resume_sends_the_whole(server, tmp_path):
    (tmp_path / "file.part").write_bytes(CONTENT[:1000])
    assert download([f"{server.url}/whole"], SHA256, tmp_path / "file").read_bytes() == CONTENT


def test_a_part_that_is_already_whole_is_taken(server, tmp_path):
    (tmp_path / "file.part").write_bytes(CONTENT)
    assert download([f"{server.url}/file"], SHA256, tmp_path / "file").read_bytes() == CONTENT


def test_a_wrong_hash_keeps_nothing(server, tmp_path):
    with pytest.raises(ValueError, match="does not have the published hash.*by hand"):
        download([f"{server.url}/other"], SHA256, tmp_path / "file")
    assert [entry.name for entry in tmp_path.iterdir() if entry.suffix != ".lock"] == []


def test_a_wrong_part_does_not_spoil_the_next_try(server, tmp_path):
    (tmp_path / "file.part").write_bytes(b"not the beginning of this file")
    with pytest.raises(ValueError, match="published hash"):
        download([f"{server.url}/file"], SHA256, tmp_path / "file")
    assert download([f"{server.url}/file"], SHA256, tmp_path / "file").read_bytes() == CONTENT


@pytest.mark.parametrize("first", ["/missing", "/other"])
def test_the_next_mirror_is_tried(server, tmp_path, first):
    urls = [server.url + first, f"{server.url}/file"]
    assert download(urls, SHA256, tmp_path / "file").read_bytes() == CONTENT


def test_no_network_is_an_error_that_names_the_file(server, tmp_path):
    server.server_close()
    with pytest.raises(ConnectionError, match=r"file could not be downloaded.*by hand"):
        download([f"{server.url}/file"], SHA256, tmp_path / "file")
    assert not (tmp_path / "file").exists()


@pytest.mark.parametrize(
    ("number", "cure"),
    [(errno.ENOSPC, "make room"), (errno.EACCES, "cannot be written"), (errno.EROFS, "cannot")],
)
def test_no_space_or_permission_keeps_nothing(server, tmp_path, monkeypatch, number, cure):
    def fail(url, partial, done):
        if number == errno.ENOSPC:
            partial.write_bytes(CONTENT[:1000])
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(_download, "_stream", fail)
    with pytest.raises(OSError, match=cure) as caught:
        download([f"{server.url}/file", f"{server.url}/whole"], SHA256, tmp_path / "file")
    assert caught.value.errno == number
    assert [entry.name for entry in tmp_path.iterdir() if entry.suffix != ".lock"] == []


def test_two_at_once_download_it_once(server, tmp_path):
    arguments = ([f"{server.url}/file"], SHA256, tmp_path / "file")
    threads = [threading.Thread(target=download, args=arguments) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (tmp_path / "file").read_bytes() == CONTENT
    assert len(server.asked) == 1


def test_without_pooch_the_error_names_the_extra(monkeypatch, tmp_path):
    monkeypatch.setitem(__import__("sys").modules, "pooch", None)
    with pytest.raises(ImportError, match=r"download of file needs pooch.*sknoisy\[data\]"):
        download(["http://127.0.0.1:1/file"], SHA256, tmp_path / "file")
