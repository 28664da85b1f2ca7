"""Labels act as promised: their order among the rows does not matter, and names are only names."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from strategies import examples, orders, renamed, transition_matrices

from sknoisy._labels import encode_labels
from sknoisy.noise import corrupt_labels

LABELS = st.one_of(
    st.lists(st.integers(-(2**40), 2**40), min_size=1, max_size=20),
    st.lists(st.booleans(), min_size=1, max_size=20),
    st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=20),
    st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\x00")), min_size=1),
)


@examples(60)
@given(LABELS, st.data())
def test_class_numbers_lead_back_to_the_labels_in_any_order(labels, data):
    y = np.array(labels)
    codes, classes = encode_labels(y)
    assert classes[codes].tolist() == y.tolist()
    assert classes.tolist() == sorted(set(y.tolist()))
    rows = data.draw(orders(len(y)))
    again = encode_labels(y[rows])
    np.testing.assert_array_equal(again.codes, codes[rows])
    np.testing.assert_array_equal(again.classes, classes)


@examples(40)
@given(st.integers(2, 5).flatmap(lambda K: st.tuples(transition_matrices(K), orders(K))), st.data())
def test_noise_keeps_to_t_whatever_the_names(drawn, data):
    T, classes = drawn
    K = len(T)
    y = data.draw(arrays(np.intp, 40, elements=st.integers(0, K - 1)))
    noisy = corrupt_labels(y, T, classes=np.arange(K), random_state=0)
    assert (T[y, noisy] > 0).all()
    T_other, y_other = T[np.ix_(classes, classes)], renamed(y, classes)
    exact = [
        corrupt_labels(labels, matrix, classes=np.arange(K), exact=True, random_state=0)
        for labels, matrix in ((y, T), (y_other, T_other))
    ]
    for labels, given_labels, matrix in zip((y, y_other), exact, (T, T_other), strict=True):
        counts = np.zeros((K, K))
        np.add.at(counts, (labels, given_labels), 1)
        assert np.abs(counts - counts.sum(axis=1, keepdims=True) * matrix).max() < 1 + 1e-9
