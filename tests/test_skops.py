"""Files of skops hold no code, and need no trust of ours."""

import json
import pickle
import re
import subprocess
import sys
import zipfile
from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from helpers import QUICK, T2, Linear, X, Y
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from skorch import NeuralNetClassifier

from sknoisy import (
    BackwardCorrectedClassifier,
    ForwardCorrectedClassifier,
    GroupTransitionMatrixEstimator,
    ReweightedClassifier,
    RobustLossClassifier,
    TransitionMatrixEstimator,
    make_net,
)
from sknoisy.annotators import AnnotatorCorrectedClassifier, DawidSkene
from sknoisy.calibration import NoiseCalibratedClassifier
from sknoisy.callbacks import NoiseFloor
from sknoisy.modules import MLP
from sknoisy.noise import CorruptedLabelsClassifier, annotator_labels

skops = pytest.importorskip("skops.io", reason="skops is not installed: pip install skops")

FILES = Path(__file__).parent / "files"
NAMES = np.array(["no", "yes"])[Y]
FRAME = pd.DataFrame(X, columns=list("abcdef"))
CLASSIFIERS = {
    "forward": ForwardCorrectedClassifier(QUICK, random_state=0),
    "default": ForwardCorrectedClassifier(make_net(max_epochs=2), memory="x", transition_matrix=T2),
    "backward": BackwardCorrectedClassifier(QUICK, transition_matrix=T2, random_state=0),
    "robust": RobustLossClassifier(make_net(max_epochs=2, callbacks=[NoiseFloor()])),
    "skorch": RobustLossClassifier(NeuralNetClassifier(MLP, max_epochs=2, train_split=None)),
    "reweighted": ReweightedClassifier(LogisticRegression(), random_state=0),
    "pipeline": make_pipeline(StandardScaler(), RobustLossClassifier(QUICK, random_state=0)),
    "calibrated": NoiseCalibratedClassifier(LogisticRegression(), transition_matrix=T2),
    "corrupted": CorruptedLabelsClassifier(LogisticRegression(), T2, random_state=0),
    "search": GridSearchCV(
        RobustLossClassifier(QUICK, random_state=0), {"estimator__lr": [1e-3, 1e-2]}, cv=2
    ),
}


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path, monkeypatch):
    """One of the models has a cache."""
    monkeypatch.chdir(tmp_path)


def through_a_file(estimator):
    data = skops.dumps(estimator)
    trusted = skops.get_untrusted_types(data=data)
    # Searches of scikit-learn's have scorers and splitters, which skops asks about.
    assert all(name.startswith("sklearn.") for name in trusted)
    return skops.loads(data, trusted=trusted)


@pytest.mark.parametrize("rows", [X, FRAME], ids=["array", "frame"])
@pytest.mark.parametrize("name", CLASSIFIERS)
def test_classifiers_come_back_without_a_trusted_type(name, rows):
    clf = clone(CLASSIFIERS[name]).fit(rows, NAMES)
    loaded = through_a_file(clf)
    assert type(loaded) is type(clf)
    np.testing.assert_array_equal(loaded.predict_proba(rows), clf.predict_proba(rows))
    np.testing.assert_array_equal(loaded.predict(rows), clf.predict(rows))


def test_annotators_come_back():
    labels = annotator_labels(Y, [T2] * 3, random_state=0)
    clf = AnnotatorCorrectedClassifier(QUICK, transition_matrices=DawidSkene(), random_state=0)
    clf.fit(X, labels)
    np.testing.assert_array_equal(through_a_file(clf).predict_proba(X), clf.predict_proba(X))


def test_estimators_of_T_keep_their_intervals():
    estimator = TransitionMatrixEstimator(QUICK, keep_proba=True, random_state=0).fit(X, Y)
    loaded = through_a_file(estimator)
    np.testing.assert_array_equal(loaded.interval(), estimator.interval())
    assert loaded.histories_[0][:, "train_loss"] == estimator.histories_[0][:, "train_loss"]
    groups = GroupTransitionMatrixEstimator(TransitionMatrixEstimator(LogisticRegression()))
    groups.fit(X, Y, noise_groups=np.arange(len(X)) % 2)
    np.testing.assert_array_equal(
        through_a_file(groups).transition_matrices_, groups.transition_matrices_
    )


def test_what_is_not_fitted_comes_back_with_its_parameters():
    clf = ForwardCorrectedClassifier(make_net(lr=0.3, module__hidden_sizes=(3,)))
    loaded = through_a_file(clf)
    assert loaded.estimator.lr == 0.3
    assert loaded.estimator.module__hidden_sizes == (3,)
    assert type(loaded.estimator) is type(clf.estimator)


def test_a_loaded_classifier_trains_on():
    clf = RobustLossClassifier(QUICK, random_state=0).fit(X, Y)
    loaded = through_a_file(clf).partial_fit(X, Y)
    clf.partial_fit(X, Y)
    np.testing.assert_array_equal(loaded.predict_proba(X), clf.predict_proba(X))


def test_a_module_of_the_users_has_to_be_trusted_by_name_and_is_named_when_missing():
    data = skops.dumps(RobustLossClassifier(make_net(Linear, max_epochs=1)).fit(X, Y))
    assert skops.get_untrusted_types(data=data) == ["helpers.Linear"]
    assert skops.loads(data, trusted=["helpers.Linear"]).predict(X).shape == Y.shape
    elsewhere = changed(data, '"__module__": "helpers"', '"__module__": "gone_from_here"')
    with pytest.raises(ModuleNotFoundError, match="gone_from_here"):
        skops.loads(elsewhere, trusted=["gone_from_here.Linear"])


def changed(data, old, new):
    """A file whose schema says something else."""
    changed = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as source, zipfile.ZipFile(changed, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            if name == "schema.json":
                assert old in content.decode()
                content = content.decode().replace(old, new).encode()
            target.writestr(name, content)
    return changed.getvalue()


@pytest.mark.parametrize(
    "path", ["os.system", "torch.nn.modules.loss.F", "sknoisy._files.write_text", "torch.hub.load"]
)
def test_a_file_that_names_other_code_is_refused(path):
    data = skops.dumps(RobustLossClassifier(make_net(max_epochs=1)).fit(X, Y))
    with pytest.raises((ValueError, ImportError), match="The file "):
        skops.loads(changed(data, "sknoisy.modules.MLP", path))


def test_a_net_in_a_file_cannot_bring_a_pickle():
    data = skops.dumps(make_net(max_epochs=3))
    assert skops.loads(data).max_epochs == 3
    forged = changed(data, "StoredNet", "LeanNet")
    assert skops.get_untrusted_types(data=forged) == ["sknoisy._net.LeanNet"]


def test_a_file_of_an_earlier_version_still_loads():
    loaded = skops.load(FILES / "forward_0.1.0.skops")
    expected = np.array(json.loads((FILES / "forward_0.1.0.json").read_text()))
    np.testing.assert_allclose(loaded.predict_proba(X[:20]), expected, atol=1e-6)
    assert loaded.classes_.tolist() == ["no", "yes"]


def test_skops_may_be_imported_first(tmp_path):
    path = tmp_path / "model.skops"
    skops.dump(make_net(max_epochs=7), path)
    program = f"import skops.io, sknoisy; print(skops.io.load({str(path)!r}).max_epochs)"
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=FILES.parents[1]
    )
    assert run.stdout.strip() == "7", run.stderr


def test_the_example_of_the_guide_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    guide = (FILES.parents[1] / "docs" / "guide" / "saving.md").read_text(encoding="utf-8")
    names = {
        "clf": ForwardCorrectedClassifier(QUICK, transition_matrix=T2, random_state=0).fit(X, Y)
    }
    exec(re.search(r"```py\n(import skops.*?)```", guide, flags=re.DOTALL)[1], names)
    assert names["clf"].predict(X).shape == Y.shape


def test_pickles_stay_what_they_were():
    clf = RobustLossClassifier(QUICK, random_state=0).fit(X, Y)
    loaded = pickle.loads(pickle.dumps(clf))
    np.testing.assert_array_equal(loaded.predict_proba(X), clf.predict_proba(X))
