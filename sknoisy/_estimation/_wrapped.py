"""What scikit-learn says of a classifier that is wrapped: how it takes X, weights and seeds."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray
from scipy import sparse
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection._search import BaseSearchCV
from sklearn.pipeline import Pipeline
from sklearn.utils import InputTags, Tags, get_tags
from sklearn.utils.metadata_routing import _routing_enabled, get_routing_for_object
from sklearn.utils.validation import has_fit_parameter

from .._hints import SEE_ERRORS
from .._net import is_net
from ..noise import CorruptedLabelsClassifier

# They hand what their `fit` gets to that of their estimator.
_TRANSPARENT = (BaseSearchCV, CorruptedLabelsClassifier)


class HandsOn:
    """An estimator that hands X to its `estimator` as it is, unless that is a network."""

    estimator: Any

    @property
    def _reads_numbers(self) -> bool:
        return is_read_by_net(self.estimator)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()  # type: ignore[misc]
        tags.input_tags = input_tags_of(self.estimator)
        return tags


def is_read_by_net(estimator: Any) -> bool:
    """Whether a network of ours reads X; any other classifier gets X as the user passed it."""
    return is_net(estimator.estimator if isinstance(estimator, FrozenEstimator) else estimator)


def takes_sample_weight(estimator: Any) -> bool:
    """Whether weights reach a classifier, in a Pipeline the last step, in an ensemble all of it."""
    return _name_of_weights(estimator) is not None


def weight_params(estimator: Any, weights: NDArray[Any] | None) -> dict[str, Any]:
    """What `fit` of a classifier is given for weights; a ValueError if it takes none."""
    if weights is None:
        return {}
    name = _name_of_weights(estimator)
    if name is None:
        cure = "leave the weights out or choose an estimator that does"
        if _routing_enabled():
            cure += ", or let its steps request them, set_fit_request(sample_weight=True)"
        raise ValueError(
            f"{type(estimator).__name__} does not take sample_weight; {cure}. {SEE_ERRORS}"
        )
    return {name: weights}


def check_takes_sparse(estimator: Any, X: Any) -> None:
    """Refuse sparse rows for a classifier that says it needs dense ones, before any training."""
    if sparse.issparse(X) and not input_tags_of(estimator).sparse:
        raise TypeError(
            f"Sparse data was passed for X, but {type(estimator).__name__} needs dense data by its "
            f"tags. Pass X.toarray(), reduce X first (TruncatedSVD in a Pipeline), or choose a "
            f"classifier that takes sparse data. {SEE_ERRORS}"
        )


def input_tags_of(estimator: Any) -> InputTags:
    """What X may be for a classifier; a Pipeline takes what its first step takes."""
    if is_read_by_net(estimator) or not hasattr(estimator, "__sklearn_tags__"):
        return InputTags(sparse=True)
    if isinstance(estimator, FrozenEstimator | BaseSearchCV):
        return input_tags_of(estimator.estimator)
    if isinstance(estimator, Pipeline):
        steps = [step for _, step in estimator.steps if step not in (None, "passthrough")]
        return input_tags_of(steps[0]) if steps else InputTags(sparse=True)
    return get_tags(estimator).input_tags


def seeded_clone(estimator: Any, seed: int) -> Any:
    """An unfitted copy in which every `random_state` that was None is `seed`."""
    cloned = clone(estimator)
    open_states = [
        name
        for name, value in cloned.get_params().items()
        if name.split("__")[-1] == "random_state" and value is None
    ]
    cloned.set_params(**dict.fromkeys(open_states, seed))  # A FrozenEstimator's returns None.
    return cloned


def _name_of_weights(estimator: Any) -> str | None:
    """The argument of `fit` under which weights reach a classifier, or None."""
    if has_fit_parameter(estimator, "sample_weight"):
        return "sample_weight"
    if _routing_enabled():
        if not hasattr(estimator, "get_metadata_routing"):
            return None
        routing = get_routing_for_object(estimator)
        return "sample_weight" if routing.consumes("fit", ["sample_weight"]) else None
    if isinstance(estimator, _TRANSPARENT):
        return _name_of_weights(estimator.estimator)
    if isinstance(estimator, Pipeline):
        name, last = estimator.steps[-1]
        inner = _name_of_weights(last)
        return None if inner is None else f"{name}__{inner}"
    # VotingClassifier and StackingClassifier, which say so in words only.
    members = [member for _, member in getattr(estimator, "estimators", ()) if member != "drop"]
    members += [getattr(estimator, "final_estimator", None)] if members else []
    names = {_name_of_weights(member) for member in members if member is not None}
    return "sample_weight" if names == {"sample_weight"} else None
