"""MLflow's default format, skops, takes our models."""

import numpy as np
import pytest
from helpers import QUICK, T2, X, Y

from sknoisy import ForwardCorrectedClassifier

pytest.importorskip("mlflow", reason="mlflow is not installed: pip install mlflow skops")


@pytest.mark.slow
@pytest.mark.filterwarnings("default")  # MLflow's own.
def test_a_model_is_logged_and_loaded_with_the_default_settings(tmp_path, monkeypatch):
    import mlflow

    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    mlflow.set_tracking_uri((tmp_path / "runs").as_uri())
    clf = ForwardCorrectedClassifier(QUICK, transition_matrix=T2, random_state=0).fit(X, Y)
    with mlflow.start_run():
        # What it would find out by loading the model in another process.
        info = mlflow.sklearn.log_model(clf, name="model", pip_requirements=["sknoisy"])
    assert info.flavors["sklearn"]["serialization_format"] == "skops"
    assert not info.flavors["sklearn"].get("skops_trusted_types")
    loaded = mlflow.sklearn.load_model(info.model_uri)
    np.testing.assert_array_equal(loaded.predict_proba(X), clf.predict_proba(X))
