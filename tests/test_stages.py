"""What scikit-learn's callbacks see of our fits."""

import subprocess
import sys

import numpy as np
import pytest
from helpers import QUICK, T2, Recorder, X, Y
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sknoisy import ForwardCorrectedClassifier, RobustLossClassifier, TransitionMatrixEstimator
from sknoisy.noise import CorruptedLabelsClassifier

NEEDED = "scikit-learn is older than 1.9 and has no callbacks"
callback = pytest.importorskip("sklearn.callback", reason=NEEDED)
FOLDS = TransitionMatrixEstimator(QUICK, method="count", cv=2)
STAGES = ["noisy labels, fold 1/2", "noisy labels, fold 2/2", "forward correction"]


def begun(recorder):
    return [name for what, name in recorder.told if what == "begin" and name != "epoch"]


def test_stages_and_epochs_are_reported_in_their_order():
    recorder = Recorder()
    clf = ForwardCorrectedClassifier(QUICK, transition_matrix=FOLDS, random_state=0)
    clf.set_callbacks(recorder).fit(X, Y)
    epoch = [("begin", "epoch"), ("end", "epoch")]
    stages = [[("begin", s), *(5 * epoch), ("end", s)] for s in STAGES]
    assert recorder.told == [
        ("setup", "fit"),
        ("begin", "fit"),
        *sum(stages, []),
        ("end", "fit"),
        ("teardown", "fit"),
    ]


def test_stages_without_a_network_and_those_of_an_estimator_inside_are_reported():
    recorder = Recorder()
    count = TransitionMatrixEstimator(LogisticRegression(), method="count", cv=2)
    clf = ForwardCorrectedClassifier(QUICK, transition_matrix=count, random_state=0)
    CorruptedLabelsClassifier(clf, T2, random_state=0).set_callbacks(recorder).fit(X, Y)
    assert begun(recorder) == ["fit", *STAGES]


def test_a_search_over_a_pipeline_reports_the_stages_of_its_candidates():
    recorder = Recorder()
    clf = ForwardCorrectedClassifier(QUICK, transition_matrix=FOLDS, random_state=0)
    pipeline = make_pipeline(StandardScaler(), clf)
    grid = {"forwardcorrectedclassifier__warm_up": [0.2, 0.4]}
    search = GridSearchCV(pipeline, grid, cv=2).set_callbacks(recorder).fit(X, Y)
    for stage in STAGES:
        assert begun(recorder).count(stage) == 2 * 2 + 1
    assert not hasattr(search.best_estimator_[-1], "_skl_callbacks")


def test_callbacks_change_nothing():
    plain = RobustLossClassifier(QUICK, random_state=0).fit(X, Y)
    watched = RobustLossClassifier(QUICK, random_state=0).set_callbacks(Recorder()).fit(X, Y)
    np.testing.assert_array_equal(plain.predict_proba(X), watched.predict_proba(X))


def test_a_callback_may_stop_a_training():
    clf = RobustLossClassifier(QUICK, random_state=0).set_callbacks(Recorder(stop_after=2))
    assert clf.fit(X, Y).n_iter_ == 2


def test_a_callback_may_stop_a_stage_in_its_warm_up_and_the_next_runs():
    recorder = Recorder(stop_after=1)
    clf = ForwardCorrectedClassifier(QUICK, transition_matrix=FOLDS, random_state=0)
    assert clf.set_callbacks(recorder).fit(X, Y).n_iter_ == 5
    assert recorder.told.count(("end", "epoch")) == 1 + 5 + 5


def test_a_fit_that_fails_is_cleaned_up_after():
    recorder = Recorder()
    clf = RobustLossClassifier(QUICK, random_state=0).set_callbacks(recorder)
    with pytest.raises(ValueError, match="infinity|NaN"):
        clf.fit(np.full_like(X, np.inf), Y)
    assert recorder.told[-1] == ("teardown", "fit")
    RobustLossClassifier(QUICK, random_state=0).fit(X, Y)
    assert recorder.told[-1] == ("teardown", "fit")


def test_the_progress_bar_shows_stages(capsys):
    pytest.importorskip("rich", reason="rich is not installed")
    clf = ForwardCorrectedClassifier(QUICK, transition_matrix=FOLDS, random_state=0)
    clf.set_callbacks(callback.ProgressBar()).fit(X, Y)
    printed = capsys.readouterr().out
    assert all(stage in printed for stage in STAGES)
    assert printed.count("100%") >= 4


def test_older_versions_of_scikit_learn_have_no_callbacks_and_all_works():
    program = """if True:
        import sys
        sys.modules["sklearn.callback"] = None
        from sknoisy._stages import with_stages
        from sknoisy._typed_bases import CallbackSupport

        class Fitted(CallbackSupport):
            @with_stages
            def fit(self, X):
                return X

        assert not hasattr(CallbackSupport, "set_callbacks")
        print(Fitted().fit(3))
    """
    # scikit-learn 1.9 itself needs the module, which older versions do without.
    stand_in = "import sklearn.base, sklearn.pipeline, sklearn.model_selection\n"
    done = subprocess.run(
        [sys.executable, "-c", stand_in + program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "3"
