"""What a wrapped classifier is given: X as the user passed it, weights where they reach it."""

import numpy as np
import pandas as pd
import pytest
import sklearn
from helpers import T2
from scipy import sparse
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.compose import make_column_transformer
from sklearn.decomposition import TruncatedSVD
from sklearn.ensemble import HistGradientBoostingClassifier, StackingClassifier, VotingClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

from sknoisy import (
    ForwardCorrectedClassifier,
    GroupTransitionMatrixEstimator,
    ReweightedClassifier,
    TransitionMatrixEstimator,
    make_net,
)
from sknoisy._estimation import (
    check_takes_sparse,
    input_tags_of,
    seeded_clone,
    takes_sample_weight,
    weight_params,
)
from sknoisy.annotators import AnnotatorCorrectedClassifier, DawidSkene
from sknoisy.calibration import NoiseCalibratedClassifier
from sknoisy.inspection import noise_audit
from sknoisy.noise import CorruptedLabelsClassifier

RNG = np.random.default_rng(0)
CODES = RNG.integers(0, 2, 90)
Y = np.array(["no", "yes"])[CODES]
SIZE = 3.0 * CODES + RNG.normal(size=90)
FRAME = pd.DataFrame(
    {"size": SIZE, "city": pd.Categorical(np.where(RNG.random(90) < 0.9, CODES, 1 - CODES) > 0)}
)
FRAME["city"] = FRAME["city"].cat.rename_categories(["Bonn", "Ulm"])
GAPS = np.c_[SIZE, RNG.normal(size=90)]
GAPS[::5, 1] = np.nan
TEXTS = [f"{'good fine' if k else 'bad ugly'} day {row}" for row, k in enumerate(CODES)]

TREES = HistGradientBoostingClassifier(
    max_iter=3, min_samples_leaf=5, categorical_features="from_dtype"
)
WORDS = make_pipeline(TfidfVectorizer(), LogisticRegression())
COLUMNS = make_pipeline(
    make_column_transformer((StandardScaler(), ["size"]), (OneHotEncoder(), ["city"])),
    LogisticRegression(),
)
KINDS = {
    "missing values": (TREES, GAPS),
    "categories by dtype": (TREES, FRAME),
    "a list of texts": (WORDS, TEXTS),
    "an array of texts": (WORDS, np.array(TEXTS, dtype=object)),
    "a Series of texts": (WORDS, pd.Series(TEXTS)),
    "columns by name": (COLUMNS, FRAME),
    "frozen on a frame": (FrozenEstimator(COLUMNS.fit(FRAME, Y)), FRAME),
}
FEW = {name: KINDS[name] for name in ("missing values", "a list of texts", "columns by name")}
each_kind = pytest.mark.parametrize(("classifier", "X"), KINDS.values(), ids=KINDS)
each_of_few = pytest.mark.parametrize(("classifier", "X"), FEW.values(), ids=FEW)


@each_kind
def test_t_is_estimated_with_a_classifier_that_reads_x_as_it_is(classifier, X):
    estimator = TransitionMatrixEstimator(classifier, method="count", random_state=0).fit(X, Y)
    assert estimator.transition_matrix_.diagonal().min() > 0.8
    assert hasattr(estimator, "feature_names_in_") == hasattr(X, "columns")
    assert hasattr(estimator, "n_features_in_") == (np.ndim(X) == 2)
    passed = estimator.transform(X)
    assert isinstance(passed, type(X)) or isinstance(X, list)
    assert len(passed) == 90


@each_kind
def test_a_calibrated_classifier_hands_x_on(classifier, X):
    clf = NoiseCalibratedClassifier(classifier, transition_matrix=T2, cv=2, random_state=0)
    assert clf.fit(X, Y).score(X, Y) > 0.8
    np.testing.assert_allclose(np.exp(clf.predict_log_proba(X)), clf.predict_proba(X))


@each_of_few
def test_a_reweighted_classifier_hands_x_on(classifier, X):
    clf = ReweightedClassifier(
        classifier, transition_matrix=TransitionMatrixEstimator(method="count", cv=2)
    )
    assert clf.set_params(random_state=0).fit(X, Y, np.arange(90) % 3).score(X, Y) > 0.8


def test_a_stack_without_a_last_classifier_of_its_own_is_wrapped_too():
    stack = StackingClassifier([("trees", TREES)], cv=2)
    estimator = TransitionMatrixEstimator(stack, method="count", cv=2, random_state=0)
    clf = ReweightedClassifier(stack, transition_matrix=estimator, cv=2, random_state=0)
    assert clf.fit(FRAME, Y).score(FRAME, Y) > 0.8
    noisy = CorruptedLabelsClassifier(stack, T2, random_state=0)
    assert hasattr(noisy, "predict_proba")
    assert not hasattr(noisy, "predict_log_proba")
    assert noisy.fit(FRAME, Y).predict_proba(FRAME).shape == (90, 2)


@each_of_few
def test_groups_annotators_noise_and_the_audit_hand_x_on(classifier, X):
    sites = np.arange(90) % 2
    base = TransitionMatrixEstimator(classifier, method="count", cv=2, random_state=0)
    grouped = GroupTransitionMatrixEstimator(base).fit(X, Y, noise_groups=sites)
    assert grouped.transition_matrices_.shape == (2, 2, 2)
    model = DawidSkene(classifier, n_rounds=1, cv=2, random_state=0).fit(X, np.c_[Y, Y, Y])
    assert (model.consensus_ == Y).all()
    noisy = CorruptedLabelsClassifier(classifier, T2, random_state=0)
    assert noisy.fit(X, Y).score(X, Y) > 0.6
    audit = noise_audit(
        X, Y, estimator=classifier, learning_curve=False, n_bootstrap=2, cv=2, random_state=0
    )
    assert "not all numbers" in audit.notes[0]


def test_unlabelled_and_trusted_rows_are_handed_on_too():
    estimator = TransitionMatrixEstimator(COLUMNS, method="anchor", cv=2, random_state=0)
    estimator.fit(FRAME, Y, X_unlabelled=FRAME[:20], y_trusted=Y[:30], X_trusted=FRAME[:30])
    assert estimator.interval(X=FRAME, y=Y, n_bootstrap=2).shape == (2, 2, 2)


def test_behind_a_network_a_pipeline_still_reads_columns_by_name():
    numbers = FRAME[["size"]].assign(other=SIZE[::-1])
    by_name = make_pipeline(
        make_column_transformer((StandardScaler(), ["size"])), LogisticRegression()
    )
    net = make_net(max_epochs=2)
    clf = ForwardCorrectedClassifier(
        net, transition_matrix=TransitionMatrixEstimator(by_name, cv=2), random_state=0
    )
    clf.fit(numbers, Y, y_trusted=Y[:20], X_trusted=numbers[:20])
    assert clf.transition_matrix_.diagonal().min() > 0.8
    model = AnnotatorCorrectedClassifier(
        net, transition_matrices=DawidSkene(by_name, cv=2), random_state=0
    )
    assert model.fit(numbers, np.c_[Y, Y]).predict(numbers).shape == (90,)


@pytest.mark.filterwarnings("ignore:The rows of T for the classes:UserWarning")
def test_a_network_behind_another_classifier_reads_numbers():
    source = TransitionMatrixEstimator(make_net(max_epochs=5), method="count", cv=2)
    clf = ReweightedClassifier(TREES, transition_matrix=source, random_state=0)
    assert clf.fit(FRAME[["size"]], Y).predict(FRAME[["size"]]).shape == (90,)
    with pytest.raises(ValueError, match="X must hold numbers; got columns of other types"):
        clf.fit(FRAME, Y)


def test_features_are_compared_where_no_classifier_is_asked():
    estimator = TransitionMatrixEstimator(COLUMNS, method="count", cv=2).fit(FRAME, Y)
    with pytest.raises(ValueError, match="should match those that were passed during fit"):
        estimator.transform(FRAME.rename(columns={"size": "weight"}))


# %% Weights

NEAREST = KNeighborsClassifier()
TAKES_WEIGHTS = {
    "classifier": (GaussianNB(), "sample_weight"),
    "Pipeline": (COLUMNS, "logisticregression__sample_weight"),
    "Pipeline in a Pipeline": (
        make_pipeline(StandardScaler(), make_pipeline(StandardScaler(), GaussianNB())),
        "pipeline__gaussiannb__sample_weight",
    ),
    "search": (GridSearchCV(GaussianNB(), {}), "sample_weight"),
    "search over a Pipeline": (
        GridSearchCV(make_pipeline(StandardScaler(), GaussianNB()), {}),
        "gaussiannb__sample_weight",
    ),
    "VotingClassifier": (
        VotingClassifier([("a", GaussianNB()), ("b", "drop")], voting="soft"),
        "sample_weight",
    ),
    "StackingClassifier": (
        StackingClassifier([("a", GaussianNB())], LogisticRegression()),
        "sample_weight",
    ),
    "CorruptedLabelsClassifier": (CorruptedLabelsClassifier(GaussianNB(), T2), "sample_weight"),
}
TAKES_NONE = [
    NEAREST,
    make_pipeline(StandardScaler(), NEAREST),
    GridSearchCV(NEAREST, {}),
    VotingClassifier([("a", GaussianNB()), ("b", NEAREST)]),
    StackingClassifier([("a", GaussianNB())], NEAREST),
    make_pipeline(StandardScaler(), "passthrough"),
]


@pytest.mark.parametrize(("classifier", "name"), TAKES_WEIGHTS.values(), ids=TAKES_WEIGHTS)
def test_weights_reach_a_classifier_by_the_name_that_its_fit_knows(classifier, name):
    assert list(weight_params(classifier, np.ones(3))) == [name]
    assert weight_params(classifier, None) == {}


@pytest.mark.parametrize("name", ["Pipeline in a Pipeline", "search over a Pipeline"])
def test_weights_are_used_by_what_they_reach(name):
    classifier, _ = TAKES_WEIGHTS[name]
    X, last = np.c_[SIZE], np.r_[np.ones(60), np.zeros(30)]
    given = [
        ReweightedClassifier(classifier, transition_matrix=T2, cv=2, random_state=0)
        .fit(X[rows], Y[rows], weights)
        .predict_proba(X)
        for rows, weights in ((slice(None), last), (slice(60), None))
    ]
    np.testing.assert_allclose(*given)


@pytest.mark.parametrize("classifier", TAKES_NONE, ids=lambda c: type(c).__name__)
def test_classifiers_that_weights_do_not_reach_are_refused(classifier):
    assert not takes_sample_weight(classifier)
    with pytest.raises(ValueError, match="does not take sample_weight; leave the weights out"):
        weight_params(classifier, np.ones(3))
    with pytest.raises(TypeError, match="whose fit takes sample_weight"):
        ReweightedClassifier(classifier).fit(np.c_[SIZE], Y)


def test_with_metadata_routing_the_steps_must_request_weights():
    with sklearn.config_context(enable_metadata_routing=True):
        asks = LogisticRegression().set_fit_request(sample_weight=True)
        asking = make_pipeline(StandardScaler().set_fit_request(sample_weight=False), asks)
        silent = make_pipeline(StandardScaler(), LogisticRegression())
        assert list(weight_params(asking, np.ones(3))) == ["sample_weight"]
        with pytest.raises(ValueError, match=r"let its steps request them, set_fit_request"):
            weight_params(silent, np.ones(3))
        clf = NoiseCalibratedClassifier(asking, transition_matrix=T2, cv=2, random_state=0)
        assert clf.fit(np.c_[SIZE], Y, np.arange(90) % 2).score(np.c_[SIZE], Y) > 0.8


# %% Sparse rows and seeds


class Untrainable(ClassifierMixin, BaseEstimator):
    """Takes dense rows and weights, and must not be trained."""

    def fit(self, X, y, sample_weight=None):
        raise AssertionError("was trained")

    def predict_proba(self, X):
        raise AssertionError("was asked")


class UntrainableOnSparse(Untrainable):
    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags


@pytest.mark.parametrize(
    "fit",
    [
        lambda X: TransitionMatrixEstimator(Untrainable()).fit(X, Y),
        lambda X: NoiseCalibratedClassifier(Untrainable()).fit(X, Y),
        lambda X: DawidSkene(Untrainable()).fit(X, np.c_[Y, Y]),
        lambda X: ReweightedClassifier(
            Untrainable(), transition_matrix=TransitionMatrixEstimator(UntrainableOnSparse())
        ).fit(X, Y),
        lambda X: noise_audit(
            X, Y, estimator=UntrainableOnSparse(), candidates={"none": Untrainable()}
        ),
    ],
)
def test_sparse_rows_are_refused_before_anything_is_trained(fit):
    with pytest.raises(TypeError, match="Sparse data was passed for X, but Untrainable needs"):
        fit(sparse.csr_array(np.c_[SIZE, SIZE]))


def test_a_pipeline_takes_what_its_first_step_takes():
    X = sparse.csr_array(np.c_[SIZE, SIZE[::-1], SIZE**2])
    check_takes_sparse(make_pipeline(TruncatedSVD(2), GaussianNB()), X)
    check_takes_sparse(GridSearchCV(make_pipeline("passthrough", LogisticRegression()), {}), X)
    check_takes_sparse(None, X)
    assert not input_tags_of(FrozenEstimator(make_pipeline(GaussianNB()))).sparse
    to_dense = make_pipeline(FunctionTransformer(sparse.csr_array.toarray), GaussianNB())
    clf = NoiseCalibratedClassifier(to_dense, transition_matrix=T2, cv=2, random_state=0)
    assert clf.fit(X, Y).score(X, Y) > 0.8


def test_random_states_that_are_open_are_seeded_at_any_depth():
    pipeline = make_pipeline(TruncatedSVD(random_state=3), LogisticRegression())
    seeded = seeded_clone(pipeline, 7)
    assert (seeded[0].random_state, seeded[1].random_state) == (3, 7)
    assert pipeline[1].random_state is None
