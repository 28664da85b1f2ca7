"""Parts become one Bunch."""

import numpy as np
import pytest

from sknoisy.datasets._subsets import as_bunch, parts_of


def read_part(part):
    start = 0 if part == "train" else 3
    rows = np.arange(start, start + (3 if part == "train" else 2))
    return {"data": rows[:, np.newaxis], "target": rows}


def bunch(subset, **settings):
    names = {"target_names": list("abcde"), "description": "numbers"}
    return as_bunch(read_part, subset, **({"return_X_y": False} | names | settings))


@pytest.mark.parametrize(
    ("subset", "rows"), [("train", [0, 1, 2]), ("test", [3, 4]), ("all", [0, 1, 2, 3, 4])]
)
def test_all_is_training_rows_then_test_rows(subset, rows):
    data = bunch(subset, extra=1)
    assert data.data.ravel().tolist() == rows
    assert data.target.tolist() == rows
    assert (data.subset, data.extra, data.DESCR) == (subset, 1, "numbers")


def test_return_X_y():
    X, y = bunch("train", return_X_y=True)
    assert X.shape == (3, 1)
    assert y.shape == (3,)


def test_an_unknown_subset_lists_the_known_ones():
    with pytest.raises(ValueError, match="'train', 'test', 'all'; got 'valid'"):
        parts_of("valid")


def test_files_that_do_not_belong_together_are_an_error():
    def uneven(_):
        return {"data": np.zeros((3, 1)), "target": np.zeros(2)}

    with pytest.raises(ValueError, match="3 rows and 2 labels"):
        as_bunch(uneven, "train", target_names=(), description="", return_X_y=False)
