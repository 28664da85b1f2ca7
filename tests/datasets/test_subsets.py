"""Parts become one Bunch."""

import inspect

import numpy as np
import pytest

from sknoisy.datasets._store import Store
from sknoisy.datasets._subsets import as_bunch, fetcher, parts_of


def read_part(part):
    start = 0 if part == "train" else 3
    rows = np.arange(start, start + (3 if part == "train" else 2))
    return {"data": rows[:, np.newaxis], "target": rows}


def bunch(subset, **settings):
    names = {"target_names": list("abcde"), "description": "numbers"}
    return as_bunch(read_part, subset, **(names | settings))


@pytest.mark.parametrize(
    ("subset", "rows"), [("train", [0, 1, 2]), ("test", [3, 4]), ("all", [0, 1, 2, 3, 4])]
)
def test_all_is_training_rows_then_test_rows(subset, rows):
    data = bunch(subset, extra=1)
    assert data.data.ravel().tolist() == rows
    assert data.target.tolist() == rows
    assert (data.subset, data.extra, data.DESCR) == (subset, 1, "numbers")


def test_a_fetcher_takes_the_shared_keywords():
    @fetcher("a", ".")
    def fetch(store, subset):
        """Load numbers."""
        return bunch(subset, store=store)

    data = fetch(subset="all", data_home="home", download_if_missing=False, check_hash=False)
    assert len(data.target) == 5
    assert data.store == Store("home", ("a", "."), False, False)
    X, y = fetch(return_X_y=True)
    assert X.shape == (3, 1)
    assert y.shape == (3,)
    assert (fetch.__name__, fetch.__doc__) == ("fetch", "Load numbers.")
    assert "data_home" in inspect.signature(fetch).parameters
    assert "store" not in inspect.signature(fetch).parameters


def test_an_unknown_subset_lists_the_known_ones():
    with pytest.raises(ValueError, match="'train', 'test', 'all'; got 'valid'"):
        parts_of("valid")


def test_files_that_do_not_belong_together_are_an_error():
    def uneven(_):
        return {"data": np.zeros((3, 1)), "target": np.zeros(2)}

    with pytest.raises(ValueError, match="3 rows and 2 labels"):
        as_bunch(uneven, "train", target_names=(), description="")
