"""ONNX models say what the classifiers say."""

import json
import re
import threading
import urllib.request
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from helpers import QUICK, T2, X, Y
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from sknoisy import (
    BackwardCorrectedClassifier,
    ForwardCorrectedClassifier,
    ReweightedClassifier,
    RobustLossClassifier,
    make_net,
)
from sknoisy.deployment import to_onnx
from sknoisy.modules import ConvNet
from sknoisy.noise import corrupt_labels

ROOT = Path(__file__).parents[1]
NAMES = np.array(["no", "yes"])[Y]
SCALED = (X * [1, 1e3, 1e-3, 1, 1, 1] + [0, 50, 0, 0, 0, 0]).astype(np.float32)
IMAGES = np.random.RandomState(0).rand(40, 1, 8, 8).astype(np.float32)
# Trees grow where a class lies in a box and labels are noisy.
BOXES = np.random.RandomState(0).rand(1000, 6).astype(np.float32)
OF_BOXES = corrupt_labels((BOXES[:, :3] > 0.25).all(axis=1).astype(int), T2, random_state=0)
CASES = {
    "network": (ForwardCorrectedClassifier(QUICK, transition_matrix=T2), X),
    "default": (BackwardCorrectedClassifier(transition_matrix=T2), SCALED),
    "trees": (ForwardCorrectedClassifier(transition_matrix=T2), BOXES),
    "members": (RobustLossClassifier(QUICK, n_members=3), X),
    "loss with an output layer": (RobustLossClassifier(QUICK, loss="eps_softmax"), X),
    "frame": (RobustLossClassifier(QUICK), pd.DataFrame(X, columns=list("abcdef"))),
    "images": (RobustLossClassifier(make_net(ConvNet, max_epochs=1)), IMAGES),
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.filterwarnings("ignore:The rows of T:UserWarning")
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")  # PyTorch's.
def test_posteriors_are_those_of_predict_proba(name, tmp_path):
    pytest.importorskip("onnxscript", reason="onnxscript is not installed")
    runtime = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    clf, rows = CASES[name]
    labels = NAMES[: len(rows)] if name != "trees" else np.array(["no", "yes"])[OF_BOXES]
    clf.set_params(random_state=0).fit(rows, labels)
    assert name != "trees" or len(clf.estimator_.module_.trees)
    to_onnx(clf, tmp_path / "model.onnx")
    session = runtime.InferenceSession(tmp_path / "model.onnx")
    assert json.loads(session.get_modelmeta().custom_metadata_map["classes"]) == ["no", "yes"]
    for n_rows in (1, 37):
        given = np.asarray(rows[:n_rows], dtype=np.float32)
        (proba,) = session.run(["probabilities"], {"X": given})
        np.testing.assert_allclose(proba, clf.predict_proba(rows[:n_rows]), atol=1e-5)


def test_what_is_no_dense_network_is_refused(tmp_path):
    path = tmp_path / "model.onnx"
    logistic = ReweightedClassifier(LogisticRegression(), transition_matrix=T2).fit(X, Y)
    for clf in (logistic, make_pipeline(RobustLossClassifier(QUICK)).fit(X, Y)):
        with pytest.raises(TypeError, match="must have a network in estimator_"):
            to_onnx(clf, path)
    wide = csr_matrix(np.eye(60, 2000, dtype=np.float32))
    sparse = RobustLossClassifier(random_state=0, n_members=1).fit(wide, Y[:60])
    with pytest.raises(ValueError, match="sparse or have no one shape"):
        to_onnx(sparse, path)
    assert not path.exists()


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")  # PyTorch's.
def test_the_server_of_the_guide_answers(tmp_path, monkeypatch):
    pytest.importorskip("onnxscript", reason="onnxscript is not installed")
    pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    monkeypatch.chdir(tmp_path)
    clf = RobustLossClassifier(QUICK, random_state=0).fit(X, NAMES)
    guide = (ROOT / "docs" / "guide" / "saving.md").read_text(encoding="utf-8")
    chapter = guide.partition("## Predictions without sknoisy")[2].partition("\n## ")[0]
    export, serve = re.findall(r"```py\n(.*?)```", chapter, flags=re.DOTALL)
    exec(export, {"clf": clf})
    names = {"__name__": "server"}
    exec(serve, names)
    with names["HTTPServer"](("127.0.0.1", 0), names["Predictions"]) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        url = f"http://127.0.0.1:{server.server_port}"
        with urllib.request.urlopen(url, data=json.dumps(X[:3].tolist()).encode()) as reply:
            answer = json.load(reply)
        thread.join()
    assert answer["classes"] == ["no", "yes"]
    np.testing.assert_allclose(answer["probabilities"], clf.predict_proba(X[:3]), atol=1e-5)
