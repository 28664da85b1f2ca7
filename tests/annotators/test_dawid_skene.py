import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.datasets import make_blobs
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.svm import LinearSVC

from sknoisy import make_net
from sknoisy.annotators import DawidSkene
from sknoisy.noise import (
    annotator_labels,
    pair_flip_transition_matrix,
    symmetric_transition_matrix,
)

K = 4
CLEAN = np.arange(2000) % K
KINDS = [
    symmetric_transition_matrix(K, 0.1),
    pair_flip_transition_matrix(K, 0.4),
    symmetric_transition_matrix(K, 0.5),
    pair_flip_transition_matrix(K, 0.3),
]
CROWD = [symmetric_transition_matrix(K, rate) for rate in np.linspace(0.05, 0.65, 30)]


def error(model, matrices):
    return np.abs(model.transition_matrices_ - matrices).sum(axis=2).mean()


def majority(y, n_classes=K):
    counts = (y[:, :, None] == np.arange(n_classes)).sum(axis=1)
    return counts.argmax(axis=1)


def test_known_matrices_are_recovered_and_the_majority_is_beaten():
    y = annotator_labels(CLEAN, KINDS, random_state=0)
    model = DawidSkene().fit(None, y)
    assert error(model, KINDS) < 0.1
    right = (model.consensus_ == CLEAN).mean()
    assert right > (majority(y) == CLEAN).mean() + 0.03
    np.testing.assert_allclose(model.accuracies_, [0.9, 0.6, 0.5, 0.7], atol=0.05)
    np.testing.assert_allclose(model.class_prior_, 0.25, atol=0.03)
    np.testing.assert_allclose(model.transition_matrices_.sum(axis=2), 1)
    np.testing.assert_allclose(model.consensus_proba_.sum(axis=1), 1)
    assert model.n_examples_.shape == (4, K)


def test_annotators_of_few_labels_each_borrow_strength_from_each_other():
    y = annotator_labels(CLEAN, CROWD, coverage=0.1, missing=-1, random_state=0)
    labelled = (y >= 0).any(axis=1)
    model = DawidSkene(missing_label=-1).fit(None, y)
    assert model.n_labels_.tolist() == (y >= 0).sum(axis=0).tolist()
    right = (model.consensus_ == CLEAN)[labelled].mean()
    assert right > (majority(y) == CLEAN)[labelled].mean() + 0.03
    assert error(model, CROWD) < 0.2
    # Counting with all clean labels known, each annotator alone.
    alone = [
        [[(y[CLEAN == i, a] == j).sum() for j in range(K)] for i in range(K)] for a in range(30)
    ]
    alone = np.array(alone) / np.sum(alone, axis=2, keepdims=True)
    assert error(model, CROWD) < np.abs(alone - CROWD).sum(axis=2).mean()


def test_labels_of_an_annotator_who_is_mostly_wrong_count_for_the_other_class():
    liar = np.array([[0.1, 0.9], [0.8, 0.2]])
    good = symmetric_transition_matrix(2, 0.15)
    clean = CLEAN % 2
    y = annotator_labels(clean, [good, good, good, liar], random_state=0)
    model = DawidSkene().fit(None, y)
    assert model.accuracies_[3] < 0.25
    assert (model.consensus_ == clean).mean() > (majority(y, 2) == clean).mean()


@pytest.mark.parametrize("estimator", [GaussianNB(), make_net(max_epochs=8, lr=3e-3)])
def test_features_make_one_label_per_row_enough(estimator):
    X, clean = make_blobs(1200, centers=K, cluster_std=2.0, random_state=3)
    y = annotator_labels(clean, [KINDS[0], KINDS[2]], random_state=0).astype(float)
    y[np.arange(1200), np.arange(1200) % 2] = np.nan
    X = ((X - X.mean(axis=0)) / X.std(axis=0)).astype(np.float32)
    model = DawidSkene(estimator, random_state=0).fit(X, y)
    given = np.nansum(y, axis=1)
    assert (model.consensus_ == clean).mean() > (given == clean).mean() + 0.1
    assert error(model, [KINDS[0], KINDS[2]]) < 0.2
    assert len(model.estimators_) == 3
    assert model.clean_proba_.shape == (1200, K)
    assert model.n_features_in_ == 2


def test_without_features_one_label_per_row_is_warned_of():
    y = np.where(np.arange(2) == np.arange(20)[:, None] % 2, CLEAN[:20, None] % 2, np.nan)
    with pytest.warns(UserWarning, match="No row has two labels"):
        DawidSkene().fit(None, y)


def test_rows_without_a_label_are_predicted_by_the_classifier():
    X, clean = make_blobs(600, centers=2, cluster_std=1.0, random_state=0)
    y = annotator_labels(clean, [symmetric_transition_matrix(2, 0.2)] * 3, random_state=0)
    y = y.astype(float)
    y[:100] = np.nan
    model = DawidSkene(GaussianNB(), random_state=0).fit(X, y)
    assert (model.consensus_[:100] == clean[:100]).mean() > 0.9
    np.testing.assert_allclose(model.consensus_proba_.sum(axis=1), 1)
    alone = DawidSkene().fit(X, y)
    np.testing.assert_allclose(alone.consensus_proba_[:100], [alone.class_prior_] * 100)


def test_rows_of_weight_zero_do_not_affect_the_fit():
    X, clean = make_blobs(600, centers=2, cluster_std=2.0, random_state=0)
    y = annotator_labels(clean, [symmetric_transition_matrix(2, 0.2)] * 3, random_state=0)
    upside_down = np.concatenate([y, 1 - y[:300]])
    both = np.concatenate([X, X[:300]])
    weight = np.repeat([2.0, 0.0], [600, 300])
    for estimator in (None, GaussianNB()):
        weighted = DawidSkene(estimator, random_state=0).fit(both, upside_down, weight)
        plain = DawidSkene(estimator, random_state=0).fit(X, y)
        np.testing.assert_allclose(weighted.transition_matrices_, plain.transition_matrices_)
        assert len(weighted.consensus_) == 900


def test_strings_and_names_of_annotators_are_kept():
    words = np.array(["cat", "cow", "dog", "emu"])[CLEAN]
    y = annotator_labels(words, KINDS, coverage=0.9, random_state=0)
    frame = pd.DataFrame(y, columns=["ann", "bob", "cem", "dan"])
    model = DawidSkene().fit(None, frame)
    assert model.classes_.tolist() == ["cat", "cow", "dog", "emu"]
    assert model.annotators_.tolist() == ["ann", "bob", "cem", "dan"]
    assert (model.consensus_ == words).mean() > 0.9


def test_fits_are_reproducible_and_clones_are_unfitted():
    X, clean = make_blobs(300, centers=2, cluster_std=1.0, random_state=0)
    y = annotator_labels(clean, [symmetric_transition_matrix(2, 0.3)] * 2, random_state=0)
    model = DawidSkene(LogisticRegression(), n_rounds=1, random_state=3)
    first, second = (clone(model).fit(X, y) for _ in range(2))
    np.testing.assert_array_equal(first.consensus_proba_, second.consensus_proba_)
    assert model.get_params()["estimator__C"] == 1.0
    assert not hasattr(clone(first), "consensus_")


@pytest.mark.parametrize(
    ("model", "X", "error", "message"),
    [
        (DawidSkene(GaussianNB()), None, ValueError, "needs features"),
        (DawidSkene(LinearSVC()), [[0.0], [1.0]], TypeError, "predict_proba"),
        (DawidSkene(n_rounds=0), None, ValueError, "n_rounds"),
        (DawidSkene(max_iter=0), None, ValueError, "max_iter"),
        (DawidSkene(tol=-1.0), None, ValueError, "tol must be in"),
        (DawidSkene(), [[0.0]], ValueError, "inconsistent numbers of samples"),
    ],
)
def test_what_cannot_be_fitted_is_explained(model, X, error, message):
    with pytest.raises(error, match=message):
        model.fit(X, [[0, 1], [1, 1]])


def test_too_few_rounds_are_warned_of():
    y = annotator_labels(CLEAN, KINDS, random_state=0)
    with pytest.warns(ConvergenceWarning, match="max_iter=1"):
        DawidSkene(max_iter=1).fit(None, y)


def test_a_fit_that_fails_leaves_the_estimator_as_it_was():
    X = np.random.RandomState(0).normal(size=(40, 2))
    y = np.column_stack([np.arange(40) % 2] * 2)
    model = DawidSkene(GaussianNB(), random_state=0).fit(X, y)
    before = vars(model).copy()
    model.cv = 1
    with pytest.raises(ValueError, match="cv must be at least 2"):
        model.fit(X[:, :1], y)
    assert vars(model) == {**before, "cv": 1}


def test_a_second_fit_replaces_all_attributes_of_the_first():
    X = np.random.RandomState(0).normal(size=(40, 2))
    y = np.column_stack([np.arange(40) % 2] * 2)
    model = DawidSkene(GaussianNB(), random_state=0).fit(X, y)
    model.set_params(estimator=None).fit(None, y)
    assert not {"clean_proba_", "estimators_", "n_features_in_"} & set(vars(model))


def some_trusted(n_known):
    return np.where(np.arange(len(CLEAN)) < n_known, CLEAN, np.nan)


def test_trusted_labels_are_the_consensus_of_their_rows():
    y = annotator_labels(CLEAN, KINDS, random_state=0)
    model = DawidSkene().fit(None, y, y_trusted=some_trusted(300))
    np.testing.assert_array_equal(model.consensus_[:300], CLEAN[:300])
    np.testing.assert_array_equal(model.consensus_proba_[:300], np.eye(K)[CLEAN[:300]])
    # Where all are trusted, the matrices are counts, a little shrunk.
    counted = DawidSkene().fit(None, y, y_trusted=CLEAN)
    expected = [
        [np.bincount(y[CLEAN == k, a], minlength=K) / (CLEAN == k).sum() for k in range(K)]
        for a in range(4)
    ]
    np.testing.assert_allclose(counted.transition_matrices_, expected, atol=0.05)


def test_trusted_labels_say_which_annotators_to_believe():
    # Three who copy from each other agree, and outvote the only careful one.
    rng = np.random.default_rng(0)
    copied = annotator_labels(CLEAN, [KINDS[1]], random_state=1)[:, 0]
    copies = [np.where(rng.random(len(CLEAN)) < 0.9, copied, CLEAN) for _ in range(3)]
    y = np.column_stack([annotator_labels(CLEAN, [KINDS[0]], random_state=2)[:, 0], *copies])
    right = [
        (DawidSkene().fit(None, y, **trusted).consensus_ == CLEAN)[1000:].mean()
        for trusted in ({}, {"y_trusted": some_trusted(1000)})
    ]
    assert right[1] > right[0] + 0.03


def test_with_trusted_labels_single_votes_can_be_compared_and_rows_without_one_keep_theirs():
    y = annotator_labels(CLEAN, KINDS, random_state=0).astype(float)
    mask = np.zeros(y.shape, dtype=bool)
    mask[np.arange(len(y)), np.arange(len(y)) // K % 4] = True
    y[~mask] = np.nan
    y[:10] = np.nan
    model = DawidSkene().fit(None, y, y_trusted=some_trusted(1000))
    np.testing.assert_allclose(model.accuracies_, [0.9, 0.6, 0.5, 0.7], atol=0.12)
    np.testing.assert_array_equal(model.consensus_[:10], CLEAN[:10])


@pytest.mark.parametrize("n_labellers", [1, 3])
def test_trusted_labels_count_beside_a_classifier(n_labellers):
    X, clean = make_blobs(400, centers=3, random_state=0)
    matrices = [symmetric_transition_matrix(3, 0.4)] * 3
    y = annotator_labels(clean, matrices, random_state=0).astype(float)
    if n_labellers == 1:
        y[np.arange(400)[:, None], (np.arange(400)[:, None] + [1, 2]) % 3] = np.nan
    trusted = np.where(np.arange(400) < 50, clean, np.nan)
    model = DawidSkene(GaussianNB(), random_state=0).fit(X, y, y_trusted=trusted)
    np.testing.assert_array_equal(model.consensus_[:50], clean[:50])


def test_trusted_labels_outside_the_classes_are_refused():
    y = annotator_labels(CLEAN, KINDS, random_state=0)
    with pytest.raises(ValueError, match="y_trusted holds 7.0, which is not among"):
        DawidSkene().fit(None, y, y_trusted=np.where(np.arange(len(y)) < 5, 7, np.nan))
    with pytest.raises(ValueError, match="y_trusted must hold one label per row of y"):
        DawidSkene().fit(None, y, y_trusted=CLEAN[:5])
