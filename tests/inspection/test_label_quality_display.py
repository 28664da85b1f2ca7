"""The histogram of label quality, with the worst rows."""

import numpy as np
import pytest
from matplotlib.figure import Figure
from sklearn.linear_model import LogisticRegression

from sknoisy.inspection import LabelQualityDisplay
from sknoisy.metrics import rows_to_relabel

T = [[0.8, 0.2], [0.2, 0.8]]
PROBA = np.array([[0.9, 0.1], [0.99, 0.01], [0.3, 0.7], [0.5, 0.5]])
GIVEN = np.array(["cat", "dog", "dog", "cat"])


def axes():
    return Figure().subplots()


def test_the_worst_rows_are_those_to_relabel():
    display = LabelQualityDisplay.from_predictions(PROBA, GIVEN, T, n_worst=3, ax=axes())
    np.testing.assert_array_equal(display.worst_rows_, rows_to_relabel(PROBA, GIVEN, T, n_rows=3))
    listed = display.text_.get_text().splitlines()
    assert len(listed) == 4
    assert listed[1].split() == ["1", f"{display.quality[1]:.3f}", "dog", "cat"]


def test_bars_count_all_rows():
    display = LabelQualityDisplay.from_predictions(PROBA, GIVEN, T, ax=axes(), n_bins=10)
    assert sum(bar.get_height() for bar in display.bars_) == len(GIVEN)


def test_from_estimator_uses_its_posteriors():
    X = np.array([[-3.0], [-2.0], [2.0], [3.0]])
    clf = LogisticRegression().fit(X, GIVEN)
    display = LabelQualityDisplay.from_estimator(clf, X, GIVEN, T, ax=axes())
    again = LabelQualityDisplay.from_predictions(clf.predict_proba(X), GIVEN, T, ax=axes())
    np.testing.assert_array_equal(display.quality, again.quality)


def test_no_rows_need_be_listed_and_labels_need_not_be_known():
    assert LabelQualityDisplay([0.2, 0.9], n_worst=0).plot(ax=axes()).text_ is None
    assert "0.200" in LabelQualityDisplay([0.2, 0.9]).plot(ax=axes()).text_.get_text()


def test_a_negative_number_of_rows_is_refused():
    with pytest.raises(ValueError, match="n_worst must be at least 0"):
        LabelQualityDisplay([0.5], n_worst=-1)


def test_long_labels_keep_both_ends():
    given = ["a label of the first kind", "a label of the other kind"]
    text = LabelQualityDisplay([0.2, 0.9], given=given).plot(ax=axes()).text_.get_text()
    assert "a label…rst kind" in text
    assert "a label…her kind" in text
    assert len({line.index("a label") for line in text.splitlines()[1:]}) == 1


def test_the_list_is_inside_of_a_figure_of_its_own():
    given = ["a label of the first kind"] * 20
    display = LabelQualityDisplay(np.linspace(0, 1, 20), given=given, probable=given).plot()
    display.figure_.canvas.draw()
    box = display.text_.get_window_extent()
    assert box.x1 <= display.figure_.bbox.x1
    assert box.x0 >= display.ax_.get_window_extent().x1


def test_the_worst_of_many_bad_labels_are_told_apart():
    display = LabelQualityDisplay([0.9, 3e-9, 2e-7, 0.02, 0.0]).plot()
    listed = [line.split()[1] for line in display.text_.get_text().splitlines()[1:]]
    assert listed == ["0.000", "3e-09", "2e-07", "0.020", "0.900"]
