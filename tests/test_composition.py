"""The four forms of use, inside the scikit-learn that people already have."""

import pickle

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse
from sklearn import config_context
from sklearn.base import BaseEstimator
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_digits
from sklearn.ensemble import BaggingClassifier, StackingClassifier
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    HalvingGridSearchCV,
    cross_val_predict,
    cross_validate,
    train_test_split,
)
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from sknoisy import (
    BackwardCorrectedClassifier,
    ForwardCorrectedClassifier,
    ReweightedClassifier,
    TransitionMatrixEstimator,
    make_net,
)
from sknoisy.noise import (
    MNIST_CLASS_MAP,
    class_map_transition_matrix,
    corrupt_labels,
    symmetric_transition_matrix,
)

T = class_map_transition_matrix(MNIST_CLASS_MAP, 0.2, classes=10)
NAMES = np.array(
    ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"], dtype=object
)
# T in the order of the sorted names, as an estimator sees it.
T_SORTED = T[np.ix_(NAMES.argsort(), NAMES.argsort())]
NET = make_net(max_epochs=12, lr=3e-3)


@pytest.fixture(scope="module")
def digits():
    X, y = load_digits(return_X_y=True)
    X, X_test, y, y_test = train_test_split(X, y, random_state=0, stratify=y)
    return X, NAMES[corrupt_labels(y, T, random_state=0)], X_test, NAMES[y_test]


def forms():
    estimate = TransitionMatrixEstimator(NET, cv=2, random_state=0)
    return {
        "two stages in one fit": make_pipeline(
            StandardScaler(), ForwardCorrectedClassifier(NET, random_state=0)
        ),
        "known T": make_pipeline(
            StandardScaler(),
            ForwardCorrectedClassifier(NET, transition_matrix=T_SORTED, random_state=0),
        ),
        "estimator of T": make_pipeline(
            StandardScaler(),
            BackwardCorrectedClassifier(
                NET,
                transition_matrix=estimate,
                identity_mixing=0.2,
                early_stopping=True,
                n_members=3,
                random_state=0,
            ),
        ),
        "carried T": Pipeline(
            [
                ("scale", StandardScaler()),
                ("noise", estimate),
                ("clf", ForwardCorrectedClassifier(NET, random_state=0)),
            ]
        ),
    }


SOURCES = ["estimated", "given", "estimated", "carried"]


@pytest.mark.parametrize(("name", "source"), list(zip(forms(), SOURCES, strict=True)))
def test_all_forms_learn_predict_and_survive_pickling(name, source, digits):
    X, y, X_test, y_test = digits
    clf = forms()[name].fit(X, y)
    assert clf.score(X_test, y_test) > 0.85
    assert clf[-1].transition_matrix_source_ == source
    np.testing.assert_allclose(clf[-1].transition_matrix_.sum(axis=1), 1)
    again = pickle.loads(pickle.dumps(clf))
    np.testing.assert_array_equal(again.predict_proba(X_test), clf.predict_proba(X_test))


def test_grid_over_both_stages_runs_in_parallel(digits, tmp_path):
    X, y, X_test, y_test = digits
    estimate = TransitionMatrixEstimator(NET, cv=2)
    clf = ForwardCorrectedClassifier(
        NET, transition_matrix=estimate, memory=str(tmp_path), random_state=0
    )
    grid = GridSearchCV(
        make_pipeline(StandardScaler(), clf),
        {
            "forwardcorrectedclassifier__estimator__lr": [1e-3, 3e-3],
            "forwardcorrectedclassifier__transition_matrix__method": ["count", "anchor"],
        },
        scoring="neg_log_loss",
        n_jobs=2,
        cv=2,
    )
    assert grid.fit(X, y).score(X_test, y_test) > -1.5
    assert np.isfinite(grid.cv_results_["mean_test_score"]).all()


@pytest.mark.parametrize("name", forms())
def test_cross_val_predict_gives_clean_posteriors(name, digits):
    X, y, _, _ = digits
    proba = cross_val_predict(forms()[name], X, y, cv=2, method="predict_proba", n_jobs=2)
    np.testing.assert_allclose(proba.sum(axis=1), 1)
    assert (np.unique(y)[proba.argmax(axis=1)] == y).mean() > 0.6  # A fifth of y is wrong.


def search(kind, clf, **settings):
    step = f"{clf.steps[-1][0]}__" if isinstance(clf, Pipeline) else ""
    return kind(clf, {f"{step}estimator__lr": [1e-3, 3e-3]}, cv=2, **settings)


WRAPPERS = {
    "grid": lambda clf: search(GridSearchCV, clf, n_jobs=2),
    "halving search": lambda clf: search(
        HalvingGridSearchCV, clf, random_state=0, min_resources=400
    ),
    "stacking": lambda clf: StackingClassifier(
        [("net", clf)], LogisticRegression(max_iter=500), cv=2
    ),
    "calibration": lambda clf: CalibratedClassifierCV(clf, cv=2),
    "bagging": lambda clf: BaggingClassifier(clf, n_estimators=2, random_state=0),
}


@pytest.mark.filterwarnings("ignore:The rows of T for the classes:UserWarning")  # Few rows.
@pytest.mark.filterwarnings("ignore:.* rows of X are copies:UserWarning")  # Bagging draws some.
@pytest.mark.parametrize(
    ("name", "wrapper"),
    # All forms in a grid; the form in which two steps share T in all others.
    [(name, "grid") for name in forms() if name != "known T"]  # The bare classifier has one.
    + [("carried T", wrapper) for wrapper in WRAPPERS if wrapper != "grid"],
)
def test_ensembles_and_searches_take_all_forms(name, wrapper, digits):
    X, y, X_test, y_test = digits
    wrapped = WRAPPERS[wrapper](forms()[name]).fit(X, y)
    assert wrapped.score(X_test, y_test) > 0.8
    again = pickle.loads(pickle.dumps(wrapped))
    np.testing.assert_array_equal(again.predict_proba(X_test), wrapped.predict_proba(X_test))


@pytest.mark.parametrize("wrapper", WRAPPERS)
def test_ensembles_and_searches_take_the_classifier(wrapper, digits):
    X, y, X_test, y_test = digits
    clf = ForwardCorrectedClassifier(NET, transition_matrix=T_SORTED, random_state=0)
    wrapped = WRAPPERS[wrapper](clf).fit(X / 16, y)
    assert wrapped.score(X_test / 16, y_test) > 0.7


@pytest.mark.parametrize("kind", [ForwardCorrectedClassifier, BackwardCorrectedClassifier])
def test_groups_of_an_outer_split_are_not_those_of_the_noise(kind, digits):
    X, y = digits[0][:300], digits[1][:300]
    patients = np.arange(300) // 4
    clf = kind(make_net(max_epochs=2), transition_matrix=T_SORTED, random_state=0)
    with config_context(enable_metadata_routing=True):
        found = cross_validate(
            make_pipeline(StandardScaler(), clf),
            X,
            y,
            cv=GroupKFold(2),
            params={"groups": patients},
            return_estimator=True,
            return_indices=True,
        )
    for train, test in zip(*found["indices"].values(), strict=True):
        assert set(patients[train]).isdisjoint(patients[test])
    assert not any(hasattr(fitted[-1], "noise_groups_") for fitted in found["estimator"])


# %% The carried T


@pytest.mark.parametrize(
    "container",
    [
        np.asarray,
        sparse.csr_array,
        lambda X: pd.DataFrame(X, columns=[f"p{i}" for i in range(64)]),
        lambda X: pl.DataFrame(X, schema=[f"p{i}" for i in range(64)]),
    ],
    ids=["array", "sparse", "pandas", "polars"],
)
def test_carried_t_survives_a_cache_hit_of_the_pipeline(container, digits, tmp_path):
    X, y, X_test, _ = digits
    X, X_test = container(X / 16), container(X_test / 16)
    pipeline = Pipeline(
        [
            ("noise", TransitionMatrixEstimator(NET, cv=2, random_state=0)),
            ("clf", ForwardCorrectedClassifier(NET, transition_matrix="carried", random_state=0)),
        ],
        memory=str(tmp_path),
    )
    first = pipeline.fit(X, y).predict_proba(X_test)
    T_first = pipeline[-1].transition_matrix_
    again = pipeline.fit(X, y)
    assert again[-1].transition_matrix_source_ == "carried"
    np.testing.assert_array_equal(again[-1].transition_matrix_, T_first)
    np.testing.assert_array_equal(again.predict_proba(X_test), first)


@pytest.mark.parametrize("output", ["pandas", "polars"])
def test_carried_t_survives_set_output(output, digits):
    X, y, _, _ = digits
    pipeline = Pipeline(
        [
            ("noise", TransitionMatrixEstimator(LogisticRegression(max_iter=300), cv=2)),
            ("clf", ForwardCorrectedClassifier(NET, transition_matrix="carried", random_state=0)),
        ]
    ).set_output(transform=output)
    pipeline.fit(X / 16, y)
    assert pipeline[-1].transition_matrix_source_ == "carried"
    frame = {"pandas": pd, "polars": pl}[output].DataFrame({"x0": [0.0, 1.0]})
    if hasattr(StandardScaler().fit(frame), "feature_names_in_"):  # Not scikit-learn 1.7, polars 2.
        assert pipeline[-1].feature_names_in_.tolist() == [f"x{i}" for i in range(64)]


def test_a_lost_tag_raises_with_the_cure(digits):
    X, y, _, _ = digits
    pipeline = make_pipeline(
        TransitionMatrixEstimator(NET, cv=2, random_state=0),
        StandardScaler(),
        ForwardCorrectedClassifier(NET, transition_matrix="carried"),
    )
    with pytest.raises(ValueError, match="place TransitionMatrixEstimator directly before"):
        pipeline.fit(X, y)


class Doubled(BaseEstimator):
    """A sampler as of imbalanced-learn: changes rows and labels together."""

    def fit_resample(self, X, y):
        return np.vstack([np.asarray(X)] * 2), np.concatenate([y, y])


class SamplingPipeline(Pipeline):
    """As imbalanced-learn's, which knows samplers beside transformers."""

    def fit(self, X, y):
        for _, step in self.steps[:-1]:
            if hasattr(step, "fit_resample"):
                X, y = step.fit_resample(X, y)
            else:
                X = step.fit_transform(X, y)
        self.steps[-1][1].fit(X, y)
        return self


def noise_step():
    return TransitionMatrixEstimator(GaussianNB(), cv=2, method="count")


@pytest.mark.filterwarnings("ignore:.*rows of X are copies of another row:UserWarning")
@pytest.mark.parametrize("between", [Doubled(), StandardScaler()], ids=["sampler", "scaler"])
def test_an_estimate_in_the_place_of_a_lost_one_is_warned_of(between, blobs):
    X, y, _ = blobs
    clf = ReweightedClassifier(GaussianNB())
    steps = [("noise", noise_step()), ("between", between), ("clf", clf)]
    with pytest.warns(UserWarning, match="T was estimated anew.*which a step in between lost"):
        SamplingPipeline(steps).fit(X, y)
    assert clf.transition_matrix_source_ == "estimated"
    SamplingPipeline(steps[1:]).fit(X, y)
    assert clf.transition_matrix_source_ == "estimated"
    clf.set_params(transition_matrix=symmetric_transition_matrix(3, 0.3))
    SamplingPipeline(steps).fit(X, y)
    assert clf.transition_matrix_source_ == "given"


def test_an_estimator_in_the_place_of_a_carried_t_is_warned_of(blobs):
    X, y, _ = blobs
    pipeline = make_pipeline(noise_step(), ReweightedClassifier(GaussianNB()))

    def source(given):
        candidates = {"reweightedclassifier__transition_matrix": [given]}
        grid = GridSearchCV(pipeline, candidates, cv=2).fit(X, y)
        return grid.best_estimator_[-1].transition_matrix_source_

    with pytest.warns(UserWarning, match="T was estimated anew.*set transition_matrix=None"):
        assert source(noise_step()) == "estimated"
    assert source(None) == source("carried") == "carried"
    assert source(symmetric_transition_matrix(3, 0.3)) == "given"


def test_an_argument_beats_the_tag(digits):
    X, y, _, _ = digits
    tagged = TransitionMatrixEstimator(LogisticRegression(max_iter=300), cv=2).fit(X / 16, y)
    clf = ForwardCorrectedClassifier(NET, transition_matrix=T_SORTED, random_state=0)
    clf.fit(tagged.transform(X / 16), y)
    assert clf.transition_matrix_source_ == "given"
    np.testing.assert_array_equal(clf.transition_matrix_, T_SORTED)


def test_a_frozen_estimator_of_t_is_not_fitted_again(digits):
    X, y, _, _ = digits
    fitted = TransitionMatrixEstimator(LogisticRegression(max_iter=300), cv=2).fit(X / 16, y)
    clf = ForwardCorrectedClassifier(NET, transition_matrix=FrozenEstimator(fitted))
    clf.fit(X / 16, y)
    np.testing.assert_array_equal(clf.transition_matrix_, fitted.transition_matrix_)


# %% The cache of stage one


def test_a_grid_of_six_candidates_and_two_folds_fits_stage_one_three_times(
    digits, tmp_path, monkeypatch
):
    X, y, _, _ = digits
    fits = []
    original = TransitionMatrixEstimator.fit_validated

    def counted(self, *args, **kwargs):
        fits.append(1)
        return original(self, *args, **kwargs)

    monkeypatch.setattr(TransitionMatrixEstimator, "fit_validated", counted)
    stage_one = TransitionMatrixEstimator(LogisticRegression(max_iter=200), cv=2)
    clf = ForwardCorrectedClassifier(
        make_net(max_epochs=2),
        transition_matrix=stage_one,
        memory=str(tmp_path),
        random_state=0,
    )
    candidates = {"estimator__lr": [1e-3, 3e-3, 1e-2], "class_weight": [None, "balanced"]}
    GridSearchCV(clf, candidates, cv=2).fit(X / 16, y)
    assert len(fits) == 3
