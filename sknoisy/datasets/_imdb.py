"""IMDB: film reviews as word ranks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._checks import check_flag, check_integer, check_option
from ._damage import reading
from ._home import DataHome
from ._npz import names_in, read_npz
from ._pickles import load_member
from ._store import RemoteFile, Store, check_file
from ._subsets import as_bunch, parts_of

# Hash: Keras, keras/src/datasets/imdb.py.
FILE = RemoteFile(
    "imdb.npz",
    ("https://storage.googleapis.com/tensorflow/tf-keras-datasets/imdb.npz",),
    "sha256:69664113be75683a8fe16e3ed0ab59fda8886cb3cd7ada244f7d9544e4676b9f",
)
FOLDERS = ("imdb", ".")
DESCRIPTION = """IMDB: 25,000 training and 25,000 test film reviews as word ranks.

The classes are negative and positive.

Maas, Daly, Pham, Huang, Ng, Potts, "Learning word vectors for sentiment analysis", ACL 2011.
Licence: none stated; the authors ask to cite the paper."""


def fetch_imdb(
    *,
    subset: str = "train",
    vocabulary_size: int = 5000,
    max_length: int = 400,
    keep: str = "last",
    data_home: DataHome = None,
    download_if_missing: bool = True,
    check_hash: bool = True,
    return_X_y: bool = False,
) -> Any:
    """Load the film reviews of Maas et al. [1]_ as token ids.

    Token k is the word of rank k by frequency in the training reviews; 0 is padding, and also
    stands for a rarer word.

    Parameters
    ----------
    subset : {"train", "test", "all"}, default="train"
        The 25,000 training rows, the 25,000 test rows, or both in this order. They are sorted by
        label in one of the two formats, so shuffle before you take a part.
    vocabulary_size : int, default=5000
        Number of most frequent words to tell apart, at most 20,000 in one of the two formats.
    max_length : int, default=400
        Number of tokens per row. Shorter reviews are padded on the left.
    keep : {"last", "first"}, default="last"
        Which tokens of a longer review to keep.
    data_home : path, default=None
        Folder that holds, itself or in a subfolder `imdb`, the file `imdb.npz`: the original of
        Keras, or a ragged one with the arrays `train_tokens`, `train_offsets`, `train_labels`,
        and the same for `test`; default see :func:`get_data_home`. Downloads go to the subfolder.
    check_hash : bool, default=True
        Whether a file in Keras's format must be the published one; it is the one to download.
    download_if_missing, return_X_y
        As in :func:`fetch_mnist`, and so are the errors.

    Returns
    -------
    sklearn.utils.Bunch
        `data` int64 of shape (n_samples, max_length), `target` int64 of shape (n_samples,),
        `target_names`, `n_tokens` (``vocabulary_size + 1``, the number of rows an embedding
        needs), `subset`, `DESCR`. The two formats number and split words differently.

    See Also
    --------
    sknoisy.modules.LSTMClassifier : A network for its token ids.
    sknoisy.noise.corrupt_labels : Makes its labels noisy.

    References
    ----------
    .. [1] Maas, Daly, Pham, Huang, Ng, Potts, "Learning word vectors for sentiment analysis",
       ACL 2011.

    Examples
    --------
    >>> fetch_imdb(subset="test", max_length=100).data.shape  # doctest: +SKIP
    (25000, 100)
    """
    check_flag(return_X_y, "return_X_y")
    parts_of(subset)
    check_integer(vocabulary_size, "vocabulary_size", 1)
    check_integer(max_length, "max_length", 1)
    check_option(keep, "keep", ("last", "first"))
    store = Store(data_home, FOLDERS, download_if_missing, check_hash)
    path = store.find(FILE.name) or store.download(FILE, FILE.name)
    ragged = "train_tokens" in names_in(path)
    if check_hash and not ragged:
        check_file(path, FILE.known_hash)

    def read_part(part: str) -> dict[str, NDArray[Any]]:
        with reading(path, "hold reviews as lists of word ranks, and their labels"):
            tokens, offsets, target = (_read_ragged if ragged else _read_keras)(path, part)
            tokens = np.where(tokens <= vocabulary_size, tokens, 0)
            rows = pad(tokens, offsets, max_length, keep)
            return {"data": rows, "target": target.astype(np.int64)}

    bunch = as_bunch(
        read_part,
        subset,
        target_names=("negative", "positive"),
        description=DESCRIPTION,
        n_tokens=vocabulary_size + 1,
    )
    return (bunch.data, bunch.target) if return_X_y else bunch


def _read_ragged(path: Path, part: str) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    names = [f"{part}_{kind}" for kind in ("tokens", "offsets", "labels")]
    arrays = read_npz(path, names)
    tokens, offsets, labels = (arrays[name] for name in names)
    return tokens, offsets, labels


def _read_keras(path: Path, part: str) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    reviews = load_member(path, f"x_{part}")
    lengths = [len(review) for review in reviews]
    tokens = np.concatenate([np.asarray(review, dtype=np.int64) for review in reviews])
    return tokens, np.cumsum([0, *lengths]), read_npz(path, [f"y_{part}"])[f"y_{part}"]


def pad(
    tokens: NDArray[np.integer], offsets: NDArray[np.integer], length: int, keep: str
) -> NDArray[np.int64]:
    """Rows of one length from ragged ones, padded with 0 on the left.

    Row i is ``tokens[offsets[i]:offsets[i + 1]]``; of a longer one, `keep` names the end that
    stays.
    """
    kept = np.minimum(np.diff(offsets), length)
    start = offsets[1:] - kept if keep == "last" else offsets[:-1]
    rows = np.repeat(np.arange(len(kept)), kept)
    # Position of each kept token within its row, counted from 0.
    within = np.arange(kept.sum()) - np.repeat(np.cumsum(kept) - kept, kept)
    padded = np.zeros((len(kept), length), dtype=np.int64)
    padded[rows, within + (length - kept)[rows]] = tokens[start[rows] + within]
    return padded
