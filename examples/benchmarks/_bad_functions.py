"""The public functions, losses, modules, callbacks and figures, as `_bad_calls` has estimators."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from _bad_calls import COUNTED, LINEAR, TRUSTED, TRUSTED_LABELS, Call, Late, fitting
from _bad_values import N_CLASSES, PROBA, Nothing, T, X, Y

from sknoisy import callbacks, datasets, inspection, losses, make_net, metrics, modules, noise

SEED = {"random_state": "random state?"}
CLASSES = {"classes": "classes?"}
WEIGHT = {"sample_weight": "weights?"}
LABELS_AND_T = {"y_noisy": Y, "transition_matrix": T}
KINDS_OF_THEM = {"y_noisy": "labels", "transition_matrix": "matrix", **CLASSES}
SCORE = {**KINDS_OF_THEM, **WEIGHT, "confidence_level": "inside (0, 1)?", "return_std": "flag"}


def noises() -> list[Call]:
    count = {"n_classes": "integer > 1", "noise_rate": "rate"}
    labels = {"y": Y, "transition_matrix": T, "random_state": 0}
    order = noise.confusion_order(LINEAR, X, Y, random_state=0)
    calls: list[tuple[Any, ...]] = [
        ("symmetric_transition_matrix", {"n_classes": 3}, {**count, "spread": "option"}),
        ("pair_flip_transition_matrix", {"n_classes": 3}, count),
        (
            "class_map_transition_matrix",
            {"class_map": {0: 1}, "classes": 3},
            {"noise_rate": "rate", "classes": "classes, some of them"},
            {
                "class_map": {"list": [0, 1], "unknown": {0: 9}, "itself": {0: 0}, "None": None},
                "noise_rate": {"other keys": {2: 0.1}, "text in it": {0: "a lot"}},
            },
        ),
        (
            "group_transition_matrix",
            {"groups": [0, 0, 1]},
            {"noise_rate": "rate", "kind": "option"},
            {
                "groups": {
                    "empty": [],
                    "two-dimensional": [[0, 1]],
                    "None": None,
                    "scalar": 3,
                    "mixed": [0, "a", 0],
                    "NaN": [0, np.nan],
                    "None inside": [0, None],
                }
            },
        ),
        (
            "corrupt_labels",
            labels,
            {
                "y": "labels alone",
                "transition_matrix": "matrix",
                "exact": "flag",
                **CLASSES,
                **SEED,
            },
        ),
        (
            "dilute",
            {**labels, "alpha": 1.0},
            {
                "y": "labels alone",
                "alpha": "not negative",
                "transition_matrix": "matrix?",
                "n_clean": "integer > 0?",
                "unique": "flag",
                **CLASSES,
                **SEED,
            },
            {"n_clean": {"more than there are": 99}, "alpha": {"huge": 1e300}},
        ),
        (
            "dilute_out_of_vocabulary",
            {"y": Y, "alpha": 1.0, "n_other": 5, "random_state": 0},
            {
                "y": "labels alone",
                "alpha": "not negative",
                "n_other": "integer > 0",
                **CLASSES,
                **SEED,
            },
        ),
        (
            "annotator_labels",
            {"y": Y, "transition_matrices": [T, T], "random_state": 0},
            {"y": "labels alone", "coverage": "rate or rates", "exact": "flag", **CLASSES, **SEED},
            {
                "transition_matrices": {
                    "empty": [],
                    "None": None,
                    "one matrix": T,
                    "number": 3,
                    "of counts": [10 * T],
                },
                "coverage": {"two of three": [0.5, 0.5, 0.5], "matrix": [[0.5, 0.5]]},
            },
        ),
        (
            "part_dependent_noise",
            {"X": X, "y": Y, "random_state": 0},
            {
                "X": "features",
                "y": "labels",
                "noise_rate": "rate",
                "rate_deviation": "not negative",
                **CLASSES,
                **SEED,
            },
        ),
        (
            "boundary_noise",
            {"y": Y, "proba": PROBA, "random_state": 0},
            {
                "y": "labels",
                "proba": "probabilities",
                "noise_rate": "rate",
                "width": "positive",
                **CLASSES,
                **SEED,
            },
        ),
        (
            "random_transition_matrix",
            {"n_classes": 3, "noise_rate": 0.2},
            {**count, **SEED},
            {"trace": {"beside a rate": 1.0}},
        ),
        ("random_transition_matrix", {"n_classes": 3, "trace": 2.0}, {"trace": "not negative"}),
        (
            "structured_transition_matrix",
            {"confusion_order": order, "alpha": 4.0, "delta": 0.5},
            {"alpha": "not negative", "delta": "rate", "ranking": "option", "part": "option"},
            {
                "confusion_order": {
                    "None": None,
                    "one-dimensional": [0, 1],
                    "ragged": [[0, 1], [1]],
                    "itself": np.zeros((3, 2), int),
                    "floats": order + 0.5,
                    "text": "order",
                    "NaN": np.full((3, 2), np.nan),
                },
            },
        ),
        (
            "confusion_order",
            {"classifier": LINEAR, "X": X, "y": Y, "train_size": 0.5, "random_state": 0},
            {
                "classifier": "classifier",
                "X": "features",
                "y": "labels",
                "n_repeats": "integer > 0",
                **SEED,
            },
            {
                "train_size": {
                    "zero": 0,
                    "negative": -1,
                    "above 1": 1.5,
                    "text": "half",
                    "more rows than there are": 99,
                    "NaN": np.nan,
                    "too few": 2,
                }
            },
        ),
        (
            "transition_matrix_from_labels",
            {"y_clean": Y, "y_noisy": Y},
            {"y_clean": "labels", "y_noisy": "labels", "smoothing": "not negative", **CLASSES},
        ),
        (
            "transition_matrix_from_confusion",
            {"confusion": 10 * T},
            {"smoothing": "not negative"},
            {
                "confusion": {
                    "None": None,
                    "text": "confusion",
                    "negative": -T,
                    "NaN": np.full((3, 3), np.nan),
                    "complex": T + 1j,
                    "not square": T[:2],
                    "empty": T[:0, :0],
                    "an empty row": np.diag([1, 0, 1]),
                    "ragged": [[1], [1, 2]],
                    "strings": T.astype(str),
                }
            },
        ),
        (
            "white_noise_like",
            {"X": X, "n_rows": 3},
            {"X": "features of any number", "n_rows": "integer > 0", **SEED},
        ),
        (
            "IndexedRows",
            {"X": X, "indices": [0, 1]},
            {},
            {
                "X": {"None": None, "list": [[1.0]], "text": "X", "scalar": 3.0},
                "indices": {
                    "None": None,
                    "floats": [0.0, 1.0],
                    "negative": [-1],
                    "too large": [60],
                    "two-dimensional": [[0]],
                    "text": "all",
                    "bool": [True, False],
                },
                "other": {"list": [[1.0]], "a feature less": X[:, 1:], "scalar": 3.0},
            },
        ),
    ]
    return [Call(name, getattr(noise, name), *rest) for name, *rest in calls]


def scores() -> list[Call]:
    rows = {"y_noisy": Y, "y_pred": Y, "transition_matrix": T}
    by_label = {**SCORE, "y_pred": "labels"}
    by_proba = {**SCORE, "y_proba": "probabilities"}
    proba = {**LABELS_AND_T, "y_proba": PROBA}
    average = {"average": "option", "zero_division": "text option"}
    singular = {"transition_matrix": {"singular": np.full((3, 3), 1 / 3)}}
    unknown = {**singular, "pos_label": {"unknown": 9, "list": [0]}}
    binary = {"average": {"without a label": "binary"}}
    calls: list[tuple[Any, ...]] = [
        ("noise_corrected_accuracy", rows, by_label, singular),
        ("noise_corrected_balanced_accuracy", rows, by_label, singular),
        ("noise_corrected_precision", rows, by_label | average, singular | binary),
        ("noise_corrected_recall", rows, by_label | average, singular),
        ("noise_corrected_f1", rows, by_label | average, singular),
        (
            "noise_corrected_f1",
            {**rows, "average": "binary", "pos_label": 1},
            {},
            {"pos_label": unknown["pos_label"]},
        ),
        (
            "noise_corrected_coverage",
            {**LABELS_AND_T, "y_set": np.eye(3)[Y] == 1},
            SCORE,
            {**singular, "y_set": {"one column less": PROBA[:, :2] > 0, "shares": PROBA}},
        ),
        ("noise_corrected_log_loss", proba, by_proba, singular),
        (
            "noise_corrected_brier_score",
            proba,
            {**by_proba, "scale_by_half": "option"},
            singular,
        ),
        ("forward_log_loss", proba, by_proba),
        (
            "noise_corrected_roc_auc",
            {**LABELS_AND_T, "y_score": PROBA},
            {**SCORE, "average": "option"},
            {
                **singular,
                "y_score": {
                    "None": None,
                    "text": "scores",
                    "NaN": np.full((60, 3), np.nan),
                    "a column less": PROBA[:, 1:],
                    "complex": PROBA + 1j,
                    "strings": PROBA.astype(str),
                    "a row less": PROBA[1:],
                },
            },
        ),
        (
            "noise_corrected_confusion_matrix",
            rows,
            {**by_label, "normalize": "option", "simplex": "flag"},
            singular,
        ),
        (
            "noise_corrected_calibration_curve",
            proba,
            {
                **KINDS_OF_THEM,
                **WEIGHT,
                "y_proba": "probabilities",
                "n_bins": "integer > 0",
                "strategy": "option",
            },
            unknown,
        ),
        (
            "expected_accuracy",
            {**rows, "proba": PROBA},
            {**by_label, "proba": "probabilities"},
        ),
        *(
            (name, {**LABELS_AND_T, "proba": PROBA}, {**KINDS_OF_THEM, "proba": "probabilities"})
            for name in ("clean_proba", "label_quality", "most_probable_label")
        ),
        (
            "rows_to_relabel",
            {**LABELS_AND_T, "proba": PROBA},
            {**KINDS_OF_THEM, "proba": "probabilities", "n_rows": "integer >= 0?"},
        ),
        (
            "prediction_powered_score",
            {**LABELS_AND_T, "y_trusted": Y, "prediction": Y, "proba": PROBA},
            {
                **SCORE,
                "prediction": "labels",
                "transition_matrix": "matrix?",
                "score": "option",
                "trusted_weight": "weights?",
            },
            {"y_trusted": TRUSTED_LABELS, "proba": {"a column less": PROBA[:, 1:], "text": "p"}},
        ),
        (
            "prediction_powered_transition_matrix",
            {**LABELS_AND_T, "y_trusted": Y, "proba": PROBA},
            {
                **KINDS_OF_THEM,
                "proba": "probabilities",
                "trusted_weight": "weights?",
            },
            {"y_trusted": TRUSTED_LABELS},
        ),
        (
            "denoise_proba",
            {"noisy_proba": PROBA, "transition_matrix": T},
            {"transition_matrix": "matrix", "n_rounds": "integer > 0"},
            {
                "noisy_proba": {
                    "None": None,
                    "NaN": np.full((60, 3), np.nan),
                    "complex": PROBA + 1j,
                    "a column less": PROBA[:, 1:],
                    "strings": PROBA.astype(str),
                }
            },
        ),
        (
            "fit_noise_model",
            {"noisy_proba": PROBA, "y_noisy": Y},
            {
                "noisy_proba": "probabilities",
                "y_noisy": "labels",
                "start": "matrix?",
                **CLASSES,
                **WEIGHT,
            },
        ),
        (
            "bootstrap_noise_corrected_score",
            {
                "y_noisy": Y,
                "prediction": Y,
                "noisy_proba": PROBA,
                "method": "count",
                "n_bootstrap": 2,
                "random_state": 0,
            },
            {
                "y_noisy": "labels",
                "prediction": "labels",
                "noisy_proba": "probabilities",
                "method": "option",
                "n_bootstrap": "integer > 1",
                "confidence_level": "inside (0, 1)",
                **CLASSES,
                **WEIGHT,
                **SEED,
            },
            {"score": {"text": "accuracy", "None": None}},
        ),
        (
            "noise_floor",
            {"transition_matrix": T, "clean_prior": [0.2, 0.3, 0.5]},
            {"transition_matrix": "matrix", "base_loss": "option"},
            {
                "clean_prior": {
                    "None": None,
                    "text": "prior",
                    "negative": [-0.5, 0.5, 1.0],
                    "counts": [2, 3, 5],
                    "two classes": [0.5, 0.5],
                    "NaN": [np.nan, 0.5, 0.5],
                    "complex": [0.2j, 0.3, 0.5],
                    "strings": ["0.2", "0.3", "0.5"],
                }
            },
        ),
        (
            "transition_matrix_error",
            {"T_true": T, "T_estimated": T},
            {"T_true": "matrix", "T_estimated": "matrix", "kind": "option", "per_row": "flag"},
            {
                "class_weight": {
                    "negative": [-1, 1, 1],
                    "zero": [0, 0, 0],
                    "two": [1, 1],
                    "text": "a",
                }
            },
        ),
        ("make_noise_corrected_scorer", {}, {"score": "option"}, {}),
        ("NoiseCorrectedScorer", {}, {"score": "option"}, {}),
    ]
    scorer = partial(fitting(metrics.NoiseCorrectedScorer, "__call__"), estimator=LINEAR.fit(X, Y))
    return [
        *(Call(name, getattr(metrics, name), *rest) for name, *rest in calls),
        Call(
            "NoiseCorrectedScorer",
            scorer,
            {"transition_matrix": T, "X": X, "y": Y},
            {"transition_matrix": "matrix?", "y": "labels", **CLASSES, **WEIGHT},
        ),
    ]


LOSS_KINDS = {
    "q": "rate",
    "beta": "not negative",
    "alpha": "not negative",
    "strength": "not negative",
    "momentum": "[0, 1)",
    "n_samples": "integer > 0?",
    "m": "not negative",
    "max_weight": "positive number",
    "identity_mixing": "rate",
    "base_loss": "option",
    "coding": "option",
    "batch_norm": "flag",
    "softmax": "flag",
    "active": "option",
    "passive": "option",
    "rate": "number",
    "reduction": "option",
    "transition_matrix": "matrix",
    "logits": "logits",
    "target": "target",
}


def all_losses() -> list[Call]:
    """Constructors, and what the losses are called with."""
    calls = []
    for cls in dict.fromkeys(losses.LOSSES.values()):
        parameters = cls.__init__.__annotations__.keys() - {"return"}
        good: dict[str, Any] = {
            "logits": torch.zeros(5, N_CLASSES),
            "target": torch.tensor([0, 1, 2, 0, 1]),
        }
        if cls.needs_index:
            good["target"] = (good["target"], None, torch.arange(5))
        if cls.needs_transition_matrix:
            good["transition_matrix"] = T
        names = [*sorted(parameters & LOSS_KINDS.keys()), "logits", "target"]
        kinds = {name: LOSS_KINDS[name] for name in names}
        calls.append(Call(cls.__name__, fitting(cls, "__call__"), good, kinds))
    index = torch.tensor([0, 1, 2, 0, 1])
    positions = {
        "negative": (index, None, torch.tensor([0, 1, -1, 2, 3])),
        "too large": (index, None, torch.tensor([0, 1, 9, 2, 3])),
        "floats": (index, None, torch.zeros(5)),
        "none": index,
    }
    good = {"n_samples": 5, "logits": torch.zeros(5, 3), "target": (index, None, torch.arange(5))}
    elr = losses.EarlyLearningLoss
    calls.append(
        Call("EarlyLearningLoss", fitting(elr, "__call__"), good, {}, {"target": positions})
    )
    matrices = {
        "negative": losses.Target(index, matrix=torch.tensor([0, 1, -1, 0, 1])),
        "too large": losses.Target(index, matrix=torch.tensor([0, 1, 2, 0, 1])),
        "floats": losses.Target(index, matrix=torch.zeros(5)),
    }
    good = {"transition_matrix": np.stack([T, T]), "logits": torch.zeros(5, 3), "target": index}
    for cls in (losses.ForwardLoss, losses.BackwardLoss, losses.ImportanceReweightingLoss):
        calls.append(Call(cls.__name__, fitting(cls, "__call__"), good, {}, {"target": matrices}))
    return calls


def all_modules() -> list[Call]:
    sizes = {"n_features": "integer > 0", "n_classes": "integer > 0"}
    images = {"n_channels": "integer > 0", "n_classes": "integer > 0", "n_filters": "integer > 0"}
    tokens = {"n_tokens": "integer > 0", "embedding_size": "integer > 0", "dropout": "[0, 1)"}
    flat, square = {"n_features": 4, "n_classes": 3}, {"n_channels": 1, "n_classes": 3}
    shapes = {"text": "28 x 28", "number": 28, "None": None, "flat": (4,), "tiny": (1, 1, 1)}
    shapes |= {"negative": (1, -8, 8), "fractions": (1, 8.0, 8.0)}
    widths = {"number": 3, "text": "large", "None": None, "zero": (0,), "fraction": (1.5,)}
    augmentation = {"augmentation": {"text": "flip", "instance": modules.FlipAndCrop()}}
    calls: list[tuple[Any, ...]] = [
        ("MLP", flat, {**sizes, "dropout": "[0, 1)"}, {"hidden_sizes": widths}),
        (
            "TableMLP",
            flat,
            {**sizes, "dropout": "[0, 1)", "n_members": "integer > 0"},
            {"hidden_sizes": widths},
        ),
        (
            "MixedTableMLP",
            flat,
            {**sizes, "dropout": "[0, 1)", "n_members": "integer > 0"},
            {"hidden_sizes": widths},
        ),
        (
            "PiecewiseLinear",
            {"n_features": 4, "n_pieces": 2},
            {"n_features": "integer > 0", "n_pieces": "integer > 0"},
        ),
        (
            "MemberModules",
            {"member": modules.MLP, **flat},
            {"n_members": "integer > 0"},
        ),
        ("Perceptron", flat, sizes),
        ("SparseLinear", flat, sizes),
        (
            "ColumnScaling",
            {"n_features": 4},
            {"n_features": "integer > 0", "limit": "positive number"},
        ),
        (
            "ConvNet",
            {"input_shape": (1, 8, 8), "n_classes": 3, "depth": 2},
            {
                "n_classes": "integer > 0",
                "depth": "integer > 0",
                "n_filters": "integer > 0",
                "hidden_size": "integer > 0",
                "dropout": "[0, 1)",
            },
            {"input_shape": shapes, "depth": {"odd": 3, "too deep": 20}, **augmentation},
        ),
        (
            "PreActResNet",
            {**square, "depth": 8},
            {**images, "depth": "integer > 0", "shortcut": "option"},
            augmentation,
        ),
        (
            "ResNet",
            {**square, "n_filters": 2},
            {**images, "depth": "integer > 0", "small_images": "flag"},
            augmentation,
        ),
        ("EmbeddingClassifier", {**flat, "n_tokens": 9}, {**sizes, **tokens}, augmentation),
        (
            "LSTMClassifier",
            {"n_classes": 3, "n_tokens": 9, "embedding_size": 4, "hidden_size": 4},
            {
                **tokens,
                "n_classes": "integer > 0",
                "hidden_size": "integer > 0",
                "embedding_dropout": "[0, 1)",
            },
        ),
        ("FlipAndCrop", {}, {"padding": "integer >= 0", "flip": "flag"}),
        ("RandomShift", {}, {"max_shift": "integer >= 0"}),
        ("he_linear", {"n_in": 3, "n_out": 2}, {"n_in": "integer > 0", "n_out": "integer > 0"}),
        (
            "he_conv",
            {"n_in": 3, "n_out": 2},
            {
                "n_in": "integer > 0",
                "n_out": "integer > 0",
                "kernel_size": "integer > 0",
                "stride": "integer > 0",
                "bias": "flag",
            },
        ),
        (
            "uniform_linear",
            {"n_in": 3, "n_out": 2},
            {"n_in": "integer > 0", "n_out": "integer > 0"},
        ),
    ]
    return [Call(name, getattr(modules, name), *rest) for name, *rest in calls]


def all_callbacks() -> list[Call]:
    return [
        Call(
            "BestEpoch",
            fitting(callbacks.BestEpoch, "initialize"),
            {},
            {
                "monitor": "name",
                "lower_is_better": "flag?",
                "patience": "integer > 0?",
                "min_improvement": "not negative",
            },
        ),
        Call(
            "NoiseFloor",
            fitting(callbacks.NoiseFloor, "initialize"),
            {},
            {"stop": "flag", "tolerance": "not negative"},
        ),
        Call(
            "CorrectedAccuracy",
            fitting(callbacks.CorrectedAccuracy, "initialize"),
            {},
            {"transition_matrix": "matrix of any size?", "name": "name"},
        ),
    ]


def figures() -> list[Call]:
    """Displays and the audit."""
    fit = {"X": X, "y": Y, "estimator": Late(), "random_state": 0}
    audit = {
        "y": "labels",
        "estimator": "classifier?",
        "learning_curve": "flag",
        "tolerance": "[0, 1)",
        "confidence_level": "inside (0, 1)",
        "n_bootstrap": "integer > 1",
        "cv": "folds?",
        "n_jobs": "processes?",
        **CLASSES,
        **SEED,
    }
    candidates = {
        "text": "nonsense",
        "number": 3,
        "list": [LINEAR],
        "without none": {"a": LINEAR},
        "no classifier": {"none": 3},
        "empty": {},
    }
    proba = {"proba": PROBA, **LABELS_AND_T}
    quality, curve = inspection.LabelQualityDisplay, inspection.NoiseCorrectedCalibrationDisplay
    matrix, joint = (
        inspection.TransitionMatrixDisplay,
        inspection.NoiseCorrectedConfusionMatrixDisplay,
    )
    histories, of_labels = inspection.LearningCurvesDisplay, {**KINDS_OF_THEM}
    limits = {"text": "interval", "one matrix": T, "NaN": np.full((2, 3, 3), np.nan)}
    limits |= {"complex": np.stack([T, T]) + 1j, "two classes": np.zeros((2, 2, 2))}
    losses_ = {"None": None, "empty": [], "number": 3, "text": "history", "no losses": [{"a": 1}]}
    names = {"two": ["a", "b"], "number": 3, "text": "abcd"}
    good_labels = {**LABELS_AND_T, "y_pred": Y}
    return [
        Call(
            "noise_audit",
            inspection.noise_audit,
            {**fit, **TRUSTED},
            audit,
            {"candidates": candidates, "y_trusted": TRUSTED_LABELS},
        ),
        Call(
            "label_budget",
            inspection.label_budget,
            {**fit, **TRUSTED, "budget": 10, "noisy_price": 1, "verified_price": 5},
            {
                "y": "labels",
                "estimator": "classifier?",
                **{name: "positive" for name in ("budget", "noisy_price", "verified_price")},
                "confidence_level": "inside (0, 1)",
                "n_bootstrap": "integer > 1",
                "n_splits": "integer > 1",
                **CLASSES,
                **SEED,
            },
            {"y_trusted": TRUSTED_LABELS},
        ),
        Call(
            "rows_to_verify",
            inspection.rows_to_verify,
            {**proba, "n_rows": 5},
            {**of_labels, "proba": "probabilities", "n_rows": "integer > 0", **SEED},
            {"n_rows": {"more than there are": 61}, "prediction": TRUSTED_LABELS},
        ),
        Call(
            "LabelQualityDisplay",
            quality.from_predictions,
            proba,
            {**of_labels, "proba": "probabilities", "n_worst": "integer >= 0"},
        ),
        Call(
            "LabelQualityDisplay",
            fitting(quality, "plot"),
            {"quality": PROBA[:, 0]},
            {"n_worst": "integer >= 0", "n_bins": "integer > 0", "log_scale": "flag"},
            {"quality": {"NaN": [np.nan], "text": "a", "two": PROBA, "above 1": [2.0]}},
        ),
        Call(
            "NoiseCorrectedCalibrationDisplay",
            curve.from_predictions,
            {**LABELS_AND_T, "y_proba": PROBA},
            {**of_labels, "y_proba": "probabilities", "confidence_level": "inside (0, 1)"},
        ),
        Call(
            "TransitionMatrixDisplay",
            matrix,
            {"transition_matrix": T},
            {"transition_matrix": "matrix of any size"},
            {"interval": limits, "display_labels": names},
        ),
        Call(
            "TransitionMatrixDisplay",
            matrix.from_predictions,
            {"noisy_proba": PROBA, "y_noisy": Y, "n_bootstrap": 2},
            {
                "noisy_proba": "probabilities",
                "y_noisy": "labels",
                "method": "option",
                "confidence_level": "inside (0, 1)?",
                "n_bootstrap": "integer > 1",
                **CLASSES,
            },
        ),
        Call(
            "NoiseCorrectedConfusionMatrixDisplay",
            joint.from_predictions,
            good_labels,
            {**of_labels, "y_pred": "labels", "normalize": "option", **WEIGHT},
        ),
        Call(
            "NoiseCorrectedConfusionMatrixDisplay",
            joint,
            {"confusion_matrix": T},
            {},
            {
                "confusion_matrix": {"text": "a", "None": None, "not square": T[1:]},
                "display_labels": names,
            },
        ),
        Call(
            "LearningCurvesDisplay",
            histories.from_histories,
            {"history": [{"train_loss": 1.0}]},
            {},
            {"history": losses_, "first_stage": {"number": 3, "text": "a"}},
        ),
        *(
            Call(
                cls.__name__,
                partial(cls.from_estimator, **more),
                {},
                {"estimator": "classifier"},
                {"estimator": {"unfitted": COUNTED, "without T": LINEAR}},
            )
            for cls, more in (
                (matrix, {}),
                (histories, {}),
                (joint, {"X": X, "y_noisy": Y}),
                (quality, {"X": X, "y_noisy": Y}),
                (curve, {"X": X, "y_noisy": Y}),
            )
        ),
    ]


def all_datasets(home: Path) -> list[Call]:
    """Options only: damaged files have tests of their own."""
    fetch = {"data_home": home, "download_if_missing": False}
    flags = {"check_hash": "flag", "download_if_missing": "flag", "return_X_y": "flag"}
    subset = {**flags, "subset": "option"}
    human = {**flags, "labels": "option", "images": "flag"}
    text = {"vocabulary_size": "integer > 0", "max_length": "integer > 0", "keep": "option"}
    paths = {"number": 3, "list": ["a"], "object": Nothing()}
    calls = {
        "fetch_mnist": subset,
        "fetch_fashion_mnist": subset,
        "fetch_cifar10": subset,
        "fetch_cifar100": subset,
        "fetch_cifar10n": human,
        "fetch_cifar100n": human,
        "fetch_imdb": {**subset, **text},
    }
    files = {"text": "a.jpg", "None": None, "number": 3, "numbers": [1, 2]}
    return [
        *(
            Call(name, getattr(datasets, name), fetch, kinds, {"data_home": paths})
            for name, kinds in calls.items()
        ),
        Call(
            "load_clothing1m",
            datasets.load_clothing1m,
            {"data_home": home},
            {"subset": "option", "image_size": "integer > 0"},
            {"data_home": paths},
        ),
        Call(
            "ImageFiles",
            datasets.ImageFiles,
            {"paths": ["a.jpg"]},
            {"image_size": "integer > 0"},
            {"paths": files},
        ),
        Call("get_data_home", datasets.get_data_home, {}, {}, {"data_home": paths}),
    ]


def nets() -> list[Call]:
    wrong = {"text": "mlp", "None": None, "number": 3, "instance": torch.nn.ReLU()}
    return [Call("make_net", make_net, {}, {}, {"module": wrong})]
