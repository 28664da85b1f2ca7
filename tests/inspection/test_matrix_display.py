"""A matrix over classes as an image."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from sknoisy.inspection import NoiseCorrectedConfusionMatrixDisplay, TransitionMatrixDisplay
from sknoisy.inspection._matrix_display import MOST_CLASSES_WITH_TEXT, MOST_TICKS


def drawn(K, **options):
    return TransitionMatrixDisplay(np.eye(K)).plot(Figure().subplots(), **options)


@pytest.mark.parametrize(
    ("K", "has_text"), [(2, True), (MOST_CLASSES_WITH_TEXT, True), (100, False)]
)
def test_cells_hold_numbers_only_where_they_can_be_read(K, has_text):
    assert (drawn(K).text_ is not None) == has_text


def test_text_differs_from_the_colour_below_it():
    display = drawn(2)
    for i, j in ((0, 0), (0, 1)):
        behind = np.array(display.im_.cmap(display.im_.norm(np.eye(2)[i, j])))[:3]
        assert np.abs(behind - np.array(display.text_[i, j].get_color())[:3]).max() > 0.5


def test_many_classes_have_few_ticks():
    ticks = [text.get_text() for text in drawn(100).ax_.xaxis.get_ticklabels()]
    assert len(ticks) <= MOST_TICKS
    assert ticks[:2] == ["0", "5"]


def test_the_colour_bar_is_optional():
    assert drawn(2, colorbar=False).colorbar_ is None
    assert drawn(2).colorbar_ is not None


def test_colours_show_rare_confusions_where_no_numbers_can():
    for K, expected in ((5, 0.04), (50, 0.2)):
        assert drawn(K).im_.norm(0.04) == pytest.approx(expected)


def test_a_matrix_of_zeros_can_be_drawn():
    display = NoiseCorrectedConfusionMatrixDisplay(np.zeros((3, 3))).plot(Figure().subplots())
    display.figure_.canvas.draw()
