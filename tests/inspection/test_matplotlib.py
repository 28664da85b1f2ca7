"""What the Displays share."""

import sys

import numpy as np
import pytest
from matplotlib.figure import Figure

from sknoisy.inspection._matplotlib import (
    MOST_CLASSES_WITH_TEXT,
    MOST_TICKS,
    draw_matrix,
    label_ticks,
    new_axes,
)


def drawn(K, **options):
    ax = Figure().subplots()
    texts = np.full((K, K), "x", dtype=object)
    known = {"rows": "r", "columns": "c", "texts": texts, "cmap": "cividis", "colorbar": False}
    return ax, draw_matrix(ax, np.eye(K), None, **{**known, **options})


def test_given_axes_are_used():
    ax = Figure().subplots()
    assert new_axes(ax) is ax


def test_without_matplotlib_the_error_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(ImportError, match=r"sknoisy\[plot\]"):
        new_axes()


@pytest.mark.parametrize(
    ("K", "has_text"), [(2, True), (MOST_CLASSES_WITH_TEXT, True), (100, False)]
)
def test_cells_hold_numbers_only_where_they_can_be_read(K, has_text):
    _, (_, texts, _) = drawn(K)
    assert (texts is not None) == has_text


def test_text_differs_from_the_colour_below_it():
    ax, (image, texts, _) = drawn(2)
    for i, j in ((0, 0), (0, 1)):
        behind = np.array(image.cmap(image.norm(np.eye(2)[i, j])))[:3]
        assert np.abs(behind - np.array(texts[i, j].get_color())[:3]).max() > 0.5


def test_many_classes_have_few_ticks():
    ax = Figure().subplots()
    label_ticks(ax.xaxis, np.arange(100))
    ticks = [text.get_text() for text in ax.xaxis.get_ticklabels()]
    assert len(ticks) <= MOST_TICKS
    assert ticks[:2] == ["0", "5"]


def test_the_colour_bar_is_optional():
    assert drawn(2)[1][2] is None
    assert drawn(2, colorbar=True)[1][2] is not None


def test_colours_show_rare_confusions_where_no_numbers_can():
    for K, expected in ((5, 0.04), (50, 0.2)):
        _, (image, _, _) = drawn(K)
        assert image.norm(0.04) == pytest.approx(expected)


def test_a_matrix_of_zeros_can_be_drawn():
    ax = Figure().subplots()
    options = {"rows": "r", "columns": "c", "texts": None, "cmap": "cividis", "colorbar": True}
    draw_matrix(ax, np.zeros((3, 3)), None, vmax=None, **options)
    ax.figure.canvas.draw()
