"""What the callbacks of scikit-learn 1.9 and later see of a fit: its stages and their epochs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, TypeVar, cast

Fit = TypeVar("Fit", bound=Callable[..., Any])

# The estimator that reports, and its context; None in other threads and processes.
_REPORTING: ContextVar[tuple[Any, Any] | None] = ContextVar("reporting", default=None)


def with_stages(fit: Fit) -> Fit:
    """The `fit` of an estimator, reported to its callbacks where `set_callbacks` gave it some."""

    @wraps(fit)
    def reported(self: Any, X: Any, *args: Any, **params: Any) -> Any:
        if not getattr(self, "_skl_callbacks", None):
            return fit(self, X, *args, **params)
        from sklearn.callback import with_callbacks

        return with_callbacks(_reported)(self, fit, X, *args, **params)

    return cast(Fit, reported)


def _reported(estimator: Any, fit: Callable[..., Any], X: Any, *args: Any, **params: Any) -> Any:
    y = args[0] if args else params.get("y")
    # How many networks will be trained, and whether T is in a cache, turns out on the way.
    context = estimator._init_callback_context(max_subtasks=None)
    context.call_on_fit_task_begin(estimator=estimator, X=X, y=y)
    token = _REPORTING.set((estimator, context))
    try:
        fitted = fit(estimator, X, *args, **params)
    finally:
        _REPORTING.reset(token)
    context.call_on_fit_task_end(estimator=estimator, X=X, y=y)
    return fitted


@contextmanager
def stage(name: str, n_epochs: int = 0) -> Iterator[Callable[[], bool] | None]:
    """Report a stage; gives what reports an epoch and says whether to stop, None without callbacks.

    At most `n_epochs` may be reported.
    """
    reporting = _REPORTING.get()
    if reporting is None:
        yield None
        return
    estimator, context = reporting
    task = context.subcontext(task_name=name, max_subtasks=n_epochs)

    def epoch() -> bool:
        part = task.subcontext(task_name="epoch")
        part.call_on_fit_task_begin(estimator=estimator)
        return bool(part.call_on_fit_task_end(estimator=estimator))

    task.call_on_fit_task_begin(estimator=estimator)
    yield epoch
    task.call_on_fit_task_end(estimator=estimator)
