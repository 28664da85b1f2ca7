"""What all estimators of the package add to scikit-learn's base."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._hints import SEE_ERRORS, SITE
from ._plain_state import FORMS, KIND, Form, class_named, plain, public_path, restored, short_name
from ._typed_bases import BaseEstimator, CallbackSupport

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from typing_extensions import Self


class _Name:
    """What stands for a value in a table of parameters."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __repr__(self) -> str:
        return str(getattr(self.value, "__qualname__", type(self.value).__name__))


class WithoutAddresses:
    """Notebooks show the parameters without the places of functions and objects in memory."""

    def _get_params_html(self, *args: Any, **kwargs: Any) -> Any:
        params = super()._get_params_html(*args, **kwargs)  # type: ignore[misc]
        for name, value in params.items():
            if " at 0x" in repr(value):
                params[name] = _Name(value)
        return params


class HouseEstimator(WithoutAddresses, CallbackSupport, BaseEstimator):
    """A link to the documentation in notebooks, and errors that say where a parameter belongs."""

    n_features_in_: int
    feature_names_in_: NDArray[Any]

    _doc_link_module = "sknoisy"
    _doc_link_template = SITE + "/api/{page}.html"

    def _doc_link_url_param_generator(self) -> dict[str, str]:
        return {"page": "index" if _is_private(self) else public_path(type(self))}

    def __setstate__(self, state: dict[str, Any]) -> None:
        if KIND in state:  # From a file that holds plain state.
            state = restored(state["state"])
        super().__setstate__(state)

    def set_params(self, **params: Any) -> Self:
        """Set parameters of this estimator, and as ``estimator__lr`` those of the estimator in it.

        Parameters
        ----------
        **params : dict
            New values by name.

        Returns
        -------
        self
        """
        own = self.get_params(deep=False)
        for name in params:
            first, _, rest = name.partition("__")
            if rest and first in own and params.get(first, own[first]) is None:
                raise ValueError(
                    f"{name} is a parameter of {first}, which is None: give "
                    f"{type(self).__name__} {first}=... too, then its parameters can be set."
                    f" {SEE_ERRORS}"
                )
            if first not in own and "estimator" in own:
                raise ValueError(self._belongs_elsewhere(name, own))
        return super().set_params(**params)

    def _belongs_elsewhere(self, name: str, own: dict[str, Any]) -> str:
        inner = own["estimator"]
        text = f"{type(self).__name__} has no parameter {name!r}"
        places = [known for known in self.get_params() if known.endswith(f"__{name}")]
        if places:
            return (
                f"{text}. Set {' or '.join(places)}, a parameter of what is inside it. {SEE_ERRORS}"
            )
        if inner is None:
            return (
                f"{text}. Parameters of the network belong to `estimator`, which is None: pass "
                f"estimator=sknoisy.make_net(...), and set them as estimator__{name}. "
                f"{SEE_ERRORS}"
            )
        return (
            f"{text}; it has {sorted(own)}, and those of `estimator` as estimator__<parameter>. "
            f"{SEE_ERRORS}"
        )


def _is_private(value: Any) -> bool:
    return isinstance(value, HouseEstimator) and "._" in public_path(type(value))


def _read(state: dict[str, Any]) -> Any:
    kind = class_named(state["of"])
    if not issubclass(kind, HouseEstimator):
        raise ValueError(f"The file names {state['of']}, which is no estimator. {SEE_ERRORS}")
    estimator = kind.__new__(kind)
    estimator.__setstate__(state["state"])
    return estimator


# Public estimators are found by their paths, which do not change.
FORMS.append(
    Form(
        _is_private,
        "estimator of",
        lambda value: {"of": short_name(type(value)), "state": plain(value.__getstate__())},
        _read,
    )
)
