"""Checks of every estimator: scikit-learn's, and those that this package adds.

An estimator takes part when `CASES` says how it is constructed; one without an entry fails.
"""

import inspect
import io
import pickle
import pkgutil
import random
from importlib import import_module
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
from helpers import T3, Recorder
from sklearn.base import BaseEstimator, clone
from sklearn.linear_model import LogisticRegression
from sklearn.utils.estimator_checks import (
    check_dict_unchanged,
    check_fit_idempotent,
    check_methods_subset_invariance,
    check_sample_weight_equivalence_on_dense_data,
    check_sample_weight_equivalence_on_sparse_data,
    parametrize_with_checks,
)

import sknoisy
from sknoisy import (
    BackwardCorrectedClassifier,
    ForwardCorrectedClassifier,
    GroupTransitionMatrixEstimator,
    ReweightedClassifier,
    RobustLossClassifier,
    TransitionMatrixEstimator,
    make_net,
)
from sknoisy._base_estimator import HouseEstimator
from sknoisy.annotators import AnnotatorCorrectedClassifier, DawidSkene
from sknoisy.calibration import NoiseCalibratedClassifier
from sknoisy.conformal import NoiseConformalClassifier
from sknoisy.modules import SparseLinear, TableMLP
from sknoisy.noise import (
    CorruptedLabelsClassifier,
    annotator_labels,
    symmetric_transition_matrix,
)


def discovered():
    """The estimators that users can import, by name."""
    names = ["sknoisy", *(m.name for m in pkgutil.walk_packages(sknoisy.__path__, "sknoisy."))]
    modules = [import_module(name) for name in names if "._" not in name]
    return {
        name: item
        for module in modules
        for name, item in vars(module).items()
        if inspect.isclass(item)
        and issubclass(item, BaseEstimator)
        and item.__module__.startswith("sknoisy")
        and not name.startswith("_")
        and item is not HouseEstimator
    }


# %% How each is constructed


class KnownTransitionMatrix(BaseEstimator):
    """A known T for any number of classes: the checks use two, three and more."""

    def fit(self, X, y, sample_weight=None):
        self.transition_matrix_ = symmetric_transition_matrix(len(np.unique(y)), 0.1)
        return self


class Unfittable(LogisticRegression):
    """A classifier that passes all checks made beforehand, and fails in the training."""

    def fit(self, X, y, sample_weight=None):
        raise ValueError("cannot be fitted")


class TwoGroups(GroupTransitionMatrixEstimator):
    """scikit-learn's checks pass no groups."""

    def fit(self, X, y=None, sample_weight=None):
        return super().fit(X, y, sample_weight, noise_groups=None if y is None else alternating(y))


class ThreeAnnotators:
    """scikit-learn's checks pass one label per row: three annotators agree on it."""

    def __repr__(self, **settings):
        return f"{type(self).__name__}()"  # Names of tests must hold no address, as a net's does.

    def fit(self, X, y, sample_weight=None):
        labels = None if y is None else np.tile(np.asarray(y).reshape(-1, 1), 3)
        return super().fit(X, labels, sample_weight)


class ThreeAnnotatorsDawidSkene(ThreeAnnotators, DawidSkene):
    pass


class ThreeAnnotatorsCorrectedClassifier(ThreeAnnotators, AnnotatorCorrectedClassifier):
    pass


class Symmetric:
    """T for any number of classes, with a name that is the same in every test process."""

    def __call__(self, n_classes):
        return symmetric_transition_matrix(n_classes, 0.2)

    def __repr__(self):
        return "symmetric"


def alternating(y):
    return np.arange(len(np.asarray(y))) % 2


WEIGHTED = (
    "check_sample_weight_equivalence_on_dense_data",
    "check_sample_weight_equivalence_on_sparse_data",
)
MINI_BATCHES = dict.fromkeys(
    WEIGHTED,
    "mini-batches in float32: repeated rows fall into other batches than weighted ones; the "
    "float64 full-batch twin below passes",
)
FEW_ROWS = dict.fromkeys(
    WEIGHTED, "T is trusted by the number of rows; the twin below, with T known, passes"
)
LABELS_ONLY = dict.fromkeys(
    (
        "check_complex_data",
        "check_dtype_object",
        "check_estimators_empty_data_messages",
        "check_estimators_nan_inf",
        "check_fit1d",
        "check_n_features_in",
    ),
    "X is not looked at without a classifier",
)
QUICK = make_net(max_epochs=3)
DIVERGING = make_net(optimizer=torch.optim.SGD, lr=1e30)
LINEAR = LogisticRegression(max_iter=300)
# Twenty times as fast as the default.
COUNTED = TransitionMatrixEstimator(
    LogisticRegression(tol=0.1, max_iter=300), method="count", random_state=0
)


class Case(NamedTuple):
    """An estimator in the checks."""

    # For the checks of this package: one that is fitted fast.
    estimator: BaseEstimator
    # Parameters with which it fails in the training, after all checks of parameters and data.
    failing: dict[str, Any]
    # For scikit-learn's checks; which of them cannot apply, and why.
    checked: list[tuple[BaseEstimator, dict[str, str]]]
    # What `fit` needs beside X and labels.
    needs: str | None = None


CASES = [
    Case(
        clone(COUNTED).set_params(random_state=0),
        {"estimator": Unfittable()},
        # It passes X through, so that its transform does not depend on weights.
        [(TransitionMatrixEstimator(LogisticRegression(tol=0.1, max_iter=300)), {})],
    ),
    Case(
        GroupTransitionMatrixEstimator(clone(COUNTED).set_params(random_state=0)),
        {"estimator": TransitionMatrixEstimator(Unfittable())},
        [(TwoGroups(COUNTED), {})],
        needs="noise_groups",
    ),
    Case(
        ForwardCorrectedClassifier(QUICK, transition_matrix=T3, random_state=0),
        {"estimator": DIVERGING},
        [(ForwardCorrectedClassifier(transition_matrix=COUNTED), MINI_BATCHES)],
    ),
    Case(
        BackwardCorrectedClassifier(QUICK, transition_matrix=T3, random_state=0),
        {"estimator": DIVERGING},
        [
            (
                # With the members of the forward one it would take as long again.
                BackwardCorrectedClassifier(
                    transition_matrix=COUNTED, identity_mixing=0.2, n_members=2
                ),
                MINI_BATCHES,
            ),
        ],
    ),
    Case(
        RobustLossClassifier(QUICK, random_state=0),
        {"estimator": DIVERGING},
        [(RobustLossClassifier(), MINI_BATCHES)],
    ),
    Case(
        ReweightedClassifier(LINEAR, transition_matrix=T3, random_state=0),
        {"estimator": Unfittable()},
        [(ReweightedClassifier(LogisticRegression(), transition_matrix=COUNTED), FEW_ROWS)],
    ),
    Case(
        NoiseCalibratedClassifier(LINEAR, transition_matrix=T3, random_state=0),
        {"estimator": Unfittable()},
        [
            (NoiseCalibratedClassifier(LogisticRegression()), {}),
            (NoiseCalibratedClassifier(LogisticRegression(), method="isotonic"), {}),
        ],
    ),
    Case(
        NoiseConformalClassifier(LINEAR, transition_matrix=T3, random_state=0),
        {"estimator": Unfittable()},
        # Some checks have ten rows.
        [
            (
                NoiseConformalClassifier(
                    LogisticRegression(), transition_matrix=COUNTED, confidence_level=0.5
                ),
                {},
            )
        ],
    ),
    Case(
        CorruptedLabelsClassifier(LINEAR, symmetric_transition_matrix, random_state=0),
        {"estimator": Unfittable()},
        # Seeded, for one of the checks trains on a single class, which noise may undo.
        [(CorruptedLabelsClassifier(LogisticRegression(), Symmetric(), random_state=0), {})],
    ),
    Case(
        DawidSkene(LINEAR, missing_label=-1, random_state=0),
        {"estimator": Unfittable()},
        [
            (ThreeAnnotatorsDawidSkene(LogisticRegression()), {}),
            (ThreeAnnotatorsDawidSkene(), LABELS_ONLY),
        ],
        needs="annotators",
    ),
    Case(
        AnnotatorCorrectedClassifier(
            QUICK, transition_matrices=[T3, T3, T3], missing_label=-1, random_state=0
        ),
        {"estimator": DIVERGING},
        [
            (
                ThreeAnnotatorsCorrectedClassifier(
                    make_net(max_epochs=15), transition_matrices=DawidSkene()
                ),
                {
                    **MINI_BATCHES,
                    "check_supervised_y_2d": "two dimensions of y are no mistake here",
                },
            )
        ],
        needs="annotators",
    ),
]


def name_of(case):
    return type(case.estimator).__name__


def test_every_estimator_has_a_case():
    assert {name_of(case): type(case.estimator) for case in CASES} == discovered()


# %% scikit-learn's checks

CHECKED = [(estimator, cannot) for case in CASES for estimator, cannot in case.checked]


def expected_failures(estimator):
    return next(cannot for checked, cannot in CHECKED if checked is estimator)


@pytest.mark.filterwarnings("ignore:cv=3 folds, but the smallest class:UserWarning")
@pytest.mark.filterwarnings("ignore:.*rows of X are copies of another row:UserWarning")
@pytest.mark.filterwarnings("ignore:.*trained on a copy of them:UserWarning")  # Lists of rows.
@pytest.mark.filterwarnings("ignore:The rows of T for the classes:UserWarning")
@pytest.mark.filterwarnings("ignore:These labels hardly tell noise from overlap:UserWarning")
@pytest.mark.filterwarnings("ignore:T is not diagonally dominant:UserWarning")
@pytest.mark.filterwarnings("ignore:T is nearly singular:UserWarning")
@pytest.mark.filterwarnings("ignore:The backward correction may multiply:UserWarning")
@pytest.mark.filterwarnings("ignore:Training ended in a minimum that lost:UserWarning")
@pytest.mark.no_cover
@parametrize_with_checks(
    [estimator for estimator, _ in CHECKED], expected_failed_checks=expected_failures
)
def test_estimator_passes_the_checks_of_scikit_learn(estimator, check):
    check(estimator)


@pytest.mark.filterwarnings("ignore:The rows of T for the classes:UserWarning")
@pytest.mark.filterwarnings("ignore:T is nearly singular:UserWarning")
@pytest.mark.filterwarnings("ignore:These labels hardly tell noise from overlap:UserWarning")
@pytest.mark.parametrize(
    "check", [check_dict_unchanged, check_fit_idempotent, check_methods_subset_invariance]
)
@pytest.mark.parametrize(
    "cls",
    [TransitionMatrixEstimator, ForwardCorrectedClassifier, BackwardCorrectedClassifier],
)
def test_the_default_first_stage_passes_the_checks_that_it_could_fail(cls, check):
    # Its forests take a second each: all checks of all estimators would take minutes.
    check(cls.__name__, cls())


IN_FLOAT64 = {"module__dtype": torch.float64, "batch_size": -1, "max_epochs": 10}
FULL_BATCH = make_net(**IN_FLOAT64)


@pytest.mark.filterwarnings("ignore:.*rows of X are copies of another row:UserWarning")
@pytest.mark.filterwarnings("ignore:.*trained on a copy of them:UserWarning")  # Lists of rows.
@pytest.mark.parametrize(
    "check",
    [
        check_sample_weight_equivalence_on_dense_data,
        check_sample_weight_equivalence_on_sparse_data,
    ],
)
@pytest.mark.parametrize(
    "estimator",
    [
        ForwardCorrectedClassifier(FULL_BATCH, transition_matrix=KnownTransitionMatrix()),
        BackwardCorrectedClassifier(FULL_BATCH, transition_matrix=KnownTransitionMatrix()),
        # Anchors depend on shares of the weight only; counts also know how many rows there are.
        ForwardCorrectedClassifier(
            FULL_BATCH, transition_matrix=TransitionMatrixEstimator(method="anchor", cv=None)
        ),
        BackwardCorrectedClassifier(
            FULL_BATCH, transition_matrix=TransitionMatrixEstimator(method="anchor", cv=None)
        ),
        RobustLossClassifier(FULL_BATCH),
        # Dropout draws as many numbers as there are rows.
        RobustLossClassifier(make_net(TableMLP, module__dropout=0.0, **IN_FLOAT64)),
        RobustLossClassifier(make_net(SparseLinear, **IN_FLOAT64)),
        ReweightedClassifier(
            LogisticRegression(solver="newton-cholesky", tol=1e-12),
            transition_matrix=KnownTransitionMatrix(),
        ),
    ],
    ids=[
        "forward, T",
        "backward, T",
        "forward",
        "backward",
        "robust",
        "table",
        "sparse",
        "reweighted, T",
    ],
)
def test_weights_equal_repetition_in_float64_with_full_batches(estimator, check):
    check(type(estimator).__name__, estimator)


# %% Checks of this package

each_case = pytest.mark.parametrize("case", CASES, ids=name_of)


@pytest.fixture
def data(blobs, case):
    """Arguments of `fit`."""
    X, y, clean = (array[:150] for array in blobs)
    arguments = {"X": X, "y": y, "sample_weight": 0.5 + np.arange(150) % 3}
    if case.needs == "annotators":
        arguments["y"] = annotator_labels(clean, [T3] * 3, missing=-1, random_state=0)
        arguments["y"][:5, 1] = -1
    if case.needs == "noise_groups":
        arguments["noise_groups"] = alternating(y)
    return arguments


def fitted(case, data, **params):
    return clone(case.estimator).set_params(**params).fit(**data)


def results(estimator, X):
    """What a user reads off a fitted estimator."""
    names = ("transition_matrix_", "transition_matrices_", "consensus_proba_")
    arrays = {name: getattr(estimator, name) for name in names if hasattr(estimator, name)}
    if hasattr(estimator, "predict_proba"):
        arrays["proba"] = estimator.predict_proba(X)
    assert arrays
    return arrays


def assert_same(first, second):
    assert first.keys() == second.keys()
    for name, array in first.items():
        np.testing.assert_array_equal(array, second[name], err_msg=name)


@each_case
def test_callbacks_of_scikit_learn_see_a_fit(case, data):
    estimator = clone(case.estimator)
    if not hasattr(estimator, "set_callbacks"):
        pytest.skip("scikit-learn is older than 1.9 and has no callbacks")
    recorder = Recorder()
    assert_same(
        results(estimator.set_callbacks(recorder).fit(**data), data["X"]),
        results(fitted(case, data), data["X"]),
    )
    assert recorder.told[:2] == [("setup", "fit"), ("begin", "fit")]
    assert recorder.told[-2:] == [("end", "fit"), ("teardown", "fit")]


def documented(cls, section):
    """Names in a section of the docstring, in its order."""
    lines = [*inspect.getdoc(cls).splitlines(), "", ""]
    start = lines.index(section) + 2
    assert set(lines[start - 1]) == {"-"}
    names = []
    for line, following in zip(lines[start:], lines[start + 1 :], strict=False):
        if following.startswith("---"):
            break
        if line and not line.startswith(" "):
            names += line.split(" : ")[0].split(", ")
    return names


def fitted_attributes(estimator):
    instance = {name for name in vars(estimator) if name.endswith("_")}
    properties = {
        name
        for name, value in inspect.getmembers(type(estimator))
        if isinstance(value, property) and name.endswith("_")
    }
    return {name for name in instance | properties if not name.startswith("_")}


@each_case
def test_the_constructor_only_stores(case):
    cls = type(case.estimator)
    values = {name: object() for name in inspect.signature(cls).parameters}
    assert vars(cls(**values)) == values


@each_case
def test_parameters_are_documented_in_their_order(case):
    cls = type(case.estimator)
    assert documented(cls, "Parameters") == list(inspect.signature(cls).parameters)


@pytest.mark.parametrize("cls", discovered().values())
def test_fitted_attributes_are_declared_to_type_checkers(cls):
    declared = {name for base in cls.__mro__ for name in inspect.get_annotations(base)}
    declared |= {name for name in documented(cls, "Attributes") if hasattr(cls, name)}
    assert set(documented(cls, "Attributes")) - declared == set()


@each_case
def test_fitted_attributes_are_documented(case, data):
    estimator = fitted(case, data)
    assert fitted_attributes(estimator) - set(documented(type(estimator), "Attributes")) == set()


@each_case
def test_pickles_clones_and_second_fits_give_the_same(case, data):
    estimator = fitted(case, data)
    first = results(estimator, data["X"])
    assert_same(first, results(pickle.loads(pickle.dumps(estimator)), data["X"]))
    assert_same(first, results(clone(estimator).fit(**data), data["X"]))
    assert_same(first, results(estimator.fit(**data), data["X"]))


@each_case
def test_fit_changes_neither_its_arguments_nor_its_parameters(case, data):
    estimator = clone(case.estimator)
    before = pickle.dumps(data), pickle.dumps(estimator.get_params())
    results(estimator.fit(**data), data["X"])
    assert (pickle.dumps(data), pickle.dumps(estimator.get_params())) == before


def global_generators():
    numpy_state = np.random.get_state()  # noqa: NPY002
    return random.getstate(), pickle.dumps(numpy_state), torch.get_rng_state().tolist()


@each_case
def test_global_generators_are_not_touched(case, data):
    before = global_generators()
    results(fitted(case, data), data["X"])
    assert global_generators() == before


@pytest.mark.parametrize("case", [c for c in CASES if hasattr(c.estimator, "predict")], ids=name_of)
def test_classifiers_predict_logarithms_too(case, data):
    estimator = fitted(case, data)
    logs = estimator.predict_log_proba(data["X"])
    proba = estimator.predict_proba(data["X"])
    np.testing.assert_allclose(np.exp(logs), proba, rtol=1e-5)  # Some are of single precision.


# Of DawidSkene, whose purpose they are.
OF_EACH_ROW = ("consensus_proba_", "consensus_", "clean_proba_")
TRAINING_FAILS = "cannot be fitted|Lower the learning rate"


def of_the_rows(fitted, n_samples):
    """Arrays and lists in a pickle that have an entry for each row."""
    found = []

    class Finder(pickle.Pickler):
        def persistent_id(self, value):
            sized = isinstance(value, np.ndarray | torch.Tensor) and value.ndim
            if (sized or isinstance(value, list | dict)) and len(value) == n_samples:
                found.append(value)

    Finder(io.BytesIO()).dump(fitted)
    return found


@each_case
def test_nothing_of_the_training_rows_is_kept(case, data):
    estimator = fitted(case, data)
    # Public ones are what it estimates of each row.
    asked = [value for name, value in vars(estimator).items() if name in OF_EACH_ROW]
    found = of_the_rows(estimator, len(data["y"]))
    assert [part for part in found if not any(part is value for value in asked)] == []


@each_case
def test_a_fit_that_fails_sets_nothing(case, data):
    estimator = clone(case.estimator).set_params(**case.failing)
    with pytest.raises(ValueError, match=TRAINING_FAILS):
        estimator.fit(**data)
    assert [name for name in vars(estimator) if name.endswith("_")] == []


@each_case
def test_a_fit_that_fails_keeps_the_fit_before(case, data):
    estimator = fitted(case, data)
    before = results(estimator, data["X"])
    n_features = estimator.n_features_in_
    estimator.set_params(**case.failing)
    changed = {name: array[:120] for name, array in data.items()}
    changed["X"] = changed["X"][:, :5]
    with pytest.raises(ValueError, match=TRAINING_FAILS):
        estimator.fit(**changed)
    assert estimator.n_features_in_ == n_features
    assert_same(before, results(estimator, data["X"]))
