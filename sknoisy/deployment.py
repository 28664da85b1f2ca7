"""Fitted networks for programs without Python."""

from __future__ import annotations

import json
import os
from typing import Any

import numpy as np
import torch
from sklearn.utils.validation import check_is_fitted

from ._checks import describe
from ._files import check_place, replacing
from ._hints import SEE_ERRORS
from ._net import PosteriorModule, input_dtype, is_net

__all__ = ["to_onnx"]


def to_onnx(classifier: Any, path: str | os.PathLike[str]) -> None:
    """Write a fitted classifier with a network as an ONNX model that predicts clean posteriors.

    Needs the packages onnx and onnxscript. The model has one input, ``X`` of shape
    (n_rows, ...) as in `fit`, and one output, ``probabilities`` of shape (n_rows, n_classes):
    what `predict_proba` returns, in the precision of the network. What the network does with the
    columns first, such as the scaling of the default one, is part of it, and so are all members.
    The classes are a JSON list in its metadata, ``classes``.

    Parameters
    ----------
    classifier : estimator
        A fitted classifier of sknoisy with a network in `estimator_`, such as
        `ForwardCorrectedClassifier`.
    path : str or Path
        The file; an existing one is replaced by a whole new one, or stays after an error.

    Returns
    -------
    None
        The model is in the file.

    Raises
    ------
    TypeError
        If the classifier has no network. Of a Pipeline export the last step; the model then takes
        rows as the steps before leave them.
    ValueError
        If the network takes sparse rows, or was fitted to rows without one shape, as Datasets are.
    ImportError
        If onnx or onnxscript is missing.

    See Also
    --------
    sknoisy.ForwardCorrectedClassifier : A classifier that can be written.
    sknoisy.RobustLossClassifier : Another one.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sknoisy import RobustLossClassifier
    >>> from sknoisy.deployment import to_onnx
    >>> clf = RobustLossClassifier(random_state=0).fit(*load_iris(return_X_y=True))
    >>> to_onnx(clf, "iris.onnx")  # doctest: +SKIP
    >>> onnxruntime.InferenceSession("iris.onnx").get_outputs()[0].name  # doctest: +SKIP
    'probabilities'
    """
    net = getattr(classifier, "estimator_", None)
    if not is_net(net) or net is None or not hasattr(classifier, "predict_proba"):
        check_is_fitted(classifier)
        raise TypeError(
            f"classifier must have a network in estimator_, as ForwardCorrectedClassifier has; got "
            f"{describe(classifier)}. Of a Pipeline pass the last step."
            f" {SEE_ERRORS}"
        )
    dtype, shape = input_dtype(net), getattr(classifier, "_sample_shape", None)
    if dtype is None or shape is None:
        raise ValueError(
            "The network takes rows that are sparse or have no one shape, which an ONNX model "
            f"cannot take. Fit it to a dense array. {SEE_ERRORS}"
        )
    check_place(path)
    try:
        import onnxscript  # noqa: F401
    except ImportError as error:
        raise ImportError(
            f"ONNX models need two packages: pip install onnx onnxscript. {SEE_ERRORS}"
        ) from error
    program: Any = torch.onnx.export(
        PosteriorModule(net),
        (torch.zeros(2, *shape, dtype=dtype),),
        input_names=["X"],
        output_names=["probabilities"],
        dynamic_shapes=({0: torch.export.Dim("n_rows")},),
        dynamo=True,
        verbose=False,
    )
    classes = np.asarray(classifier.classes_).tolist()
    program.model.metadata_props["classes"] = json.dumps(classes, default=str)
    with replacing(path) as part:
        program.save(part, external_data=False)
