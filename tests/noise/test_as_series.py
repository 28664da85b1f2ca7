"""Labels given as a Series come back as one."""

import numpy as np
import pandas as pd
import polars as pl
import pytest

from sknoisy.noise import boundary_noise, corrupt_labels
from sknoisy.noise._as_series import as_series


@pytest.mark.parametrize("dtype", [pl.Int8, pl.String, pl.Categorical, pl.Enum(["1", "2"])])
def test_a_series_of_polars_keeps_name_and_type(dtype):
    y = pl.Series("label", ["1", "2"]).cast(dtype)
    noisy = corrupt_labels(y, [[0, 1], [1, 0]])
    assert (noisy.name, noisy.dtype, noisy.to_list()) == ("label", y.dtype, y.to_list()[::-1])


@pytest.mark.parametrize(
    ("y", "classes"),
    [
        (pd.Series(["a", "a"], dtype="category"), ["a", "b"]),
        (pd.Series([1, 1], dtype="int8"), [1, 300]),
        (pd.Series([1, 1], dtype="Int8"), [1, 300]),
        (pl.Series(["a", "a"], dtype=pl.Enum(["a"])), ["a", "b"]),
        (pl.Series([1, 1], dtype=pl.Int8), [1, 300]),
    ],
)
def test_a_type_that_lacks_a_class_makes_no_label_missing(y, classes):
    noisy = corrupt_labels(y, [[0, 1], [0, 1]], classes=classes)
    assert list(noisy) == classes[1:] * 2


def test_noise_of_the_instance_too():
    y = pd.Series(["a", "b"], index=[7, 3], name="label")
    noise = boundary_noise(y, [[0.6, 0.4], [0.4, 0.6]], 0.3, random_state=2)
    assert noise.labels.index.tolist() == [7, 3]
    assert noise.labels.tolist() == ["a", "a"]


def test_other_columns_stay_arrays():
    labels = np.array([1, 2])
    assert as_series(labels, [2, 1]) is labels
    assert as_series(labels, pd.DataFrame({"y": [2, 1]})) is labels
