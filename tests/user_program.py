"""A program of a user, which `test_typing.py` checks with mypy; it is not run."""

import numpy as np
import torch
from numpy.typing import NDArray
from typing_extensions import assert_type

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
from sknoisy.inspection import noise_audit
from sknoisy.losses import LOSSES, ForwardLoss, GCELoss
from sknoisy.metrics import (
    Score,
    fit_noise_model,
    make_noise_corrected_scorer,
    noise_corrected_accuracy,
)
from sknoisy.noise import (
    CorruptedLabelsClassifier,
    annotator_labels,
    corrupt_labels,
    symmetric_transition_matrix,
)


def posteriors(
    classifier: ForwardCorrectedClassifier, rows: NDArray[np.float64]
) -> NDArray[np.float64]:
    return classifier.predict_proba(rows)


def program(X: NDArray[np.float64], y: NDArray[np.int64]) -> None:
    T: NDArray[np.float64] = symmetric_transition_matrix(3, 0.2)
    noisy = corrupt_labels(y, T, random_state=0)
    net = make_net(module__hidden_sizes=(8,), max_epochs=2)

    forward = assert_type(
        ForwardCorrectedClassifier(net, transition_matrix=T).fit(X, noisy),
        ForwardCorrectedClassifier,
    )
    assert_type(
        BackwardCorrectedClassifier(net).fit(X, noisy, y_trusted=y), BackwardCorrectedClassifier
    )
    assert_type(RobustLossClassifier(loss="gce").fit(X, noisy), RobustLossClassifier)
    assert_type(
        RobustLossClassifier().partial_fit(X, noisy, classes=[0, 1, 2]), RobustLossClassifier
    )
    assert_type(ReweightedClassifier().fit(X, noisy), ReweightedClassifier)
    assert_type(NoiseCalibratedClassifier(forward).fit(X, noisy), NoiseCalibratedClassifier)
    assert_type(
        CorruptedLabelsClassifier(forward, symmetric_transition_matrix).fit(X, y),
        CorruptedLabelsClassifier,
    )
    estimator = assert_type(
        TransitionMatrixEstimator(net, method="count").fit(X, noisy), TransitionMatrixEstimator
    )
    groups = GroupTransitionMatrixEstimator(estimator).fit(X, noisy, noise_groups=y % 2)
    assert_type(groups, GroupTransitionMatrixEstimator)
    votes = annotator_labels(y, [T, T], missing=-1, random_state=0)
    assert_type(DawidSkene().fit(None, votes), DawidSkene)
    assert_type(AnnotatorCorrectedClassifier().fit(X, votes), AnnotatorCorrectedClassifier)

    predicted = forward.predict(X)
    assert_type(forward.transition_matrix_, NDArray[np.float64])
    assert_type(forward.predict_noisy_proba(X), NDArray[np.float64])
    assert_type(forward.score(X, y), float)
    assert_type(estimator.transition_matrix_, NDArray[np.float64])
    assert_type(estimator.noise_rate_, float)
    assert_type(estimator.interval(0.9), NDArray[np.float64])
    assert_type(groups.transition_matrices_, NDArray[np.float64])

    criterion = ForwardLoss(T)
    criterion(torch.zeros(6, 3), torch.from_numpy(noisy)).backward()
    GCELoss(q=0.7, reduction="none")(torch.zeros(6, 3), torch.zeros(6).long()).sum().backward()
    assert_type(sorted(LOSSES), list[str])

    assert_type(noise_corrected_accuracy(noisy, predicted, T), float)
    assert_type(noise_corrected_accuracy(noisy, predicted, T, return_std=True), Score)
    assert_type(noise_corrected_accuracy(noisy, predicted, T, confidence_level=0.9), Score)
    make_noise_corrected_scorer("accuracy", T)
    assert_type(
        fit_noise_model(posteriors(forward, X), noisy).transition_matrix, NDArray[np.float64]
    )
    assert_type(noise_audit(X, noisy).noise_rate, float)
