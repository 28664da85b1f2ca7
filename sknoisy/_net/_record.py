"""Operations as a flat list, recorded once and replayed without modules and autograd."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

# Beyond these sizes the arithmetic costs far more than what a replay saves.
MAX_OPERATIONS = 2_000
MAX_BYTES = 2**26

Program = Callable[..., tuple[Any, ...]]

_DEPENDS_ON_VALUES = {torch.Tag.data_dependent_output, torch.Tag.dynamic_output_shape}
# Results that depend on the shape of their first argument only.
_SHAPE_ONLY = {"ones_like", "zeros_like", "full_like", "new_ones", "new_zeros", "new_full"}


class NotRecordable(Exception):
    """The operations depend on values, are too large, or are otherwise unfit for a replay."""


class Call(NamedTuple):
    """One operation that ran."""

    func: Any
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    result: Any

    @property
    def name(self) -> str:
        return self.func._schema.name.removeprefix("aten::")

    @property
    def is_view(self) -> bool:
        return not self.changes and any(r.alias_info for r in self.func._schema.returns)

    @property
    def is_random(self) -> bool:
        return torch.Tag.nondeterministic_seeded in self.func.tags

    @property
    def changes(self) -> bool:
        return self.func._schema.is_mutable

    def written(self) -> Iterator[Tensor]:
        """The arguments that the operation writes to."""
        for position, argument in enumerate(self.func._schema.arguments):
            if argument.alias_info is not None and argument.alias_info.is_write:
                given = self.args[position : position + 1], self.kwargs.get(argument.name)
                yield from tensors_in(given)


class Recorder(TorchDispatchMode):
    """Keeps every operation that runs below autograd, with its arguments and results.

    The tensors stay alive until the recorder goes, so that an identity stands for one of them.
    """

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[Call] = []
        self._n_bytes = 0

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        if _DEPENDS_ON_VALUES & set(func.tags):
            raise NotRecordable(f"{func} depends on values.")
        result = func(*args, **(kwargs or {}))
        call = Call(func, args, kwargs or {}, result)
        self.calls.append(call)
        if not call.is_view:
            self._n_bytes += sum(t.nbytes for t in tensors_in(result))
        if len(self.calls) > MAX_OPERATIONS or self._n_bytes > MAX_BYTES:
            raise NotRecordable("The operations are too many or too large.")
        return result


def as_program(
    calls: Sequence[Call],
    inputs: Sequence[Tensor],
    outputs: Sequence[Tensor | None],
    *,
    may_write: Sequence[Tensor] = (),
    fast: bool = True,
) -> Program:
    """A function of the inputs that repeats recorded calls and returns the outputs.

    Parameters
    ----------
    calls : sequence of Call
        What ran.
    inputs : sequence of Tensor
        What differs from run to run, always of the same shapes. All else that the calls read
        from outside (parameters, buffers, constants) is read where it lies.
    outputs : sequence of Tensor or None
        Results to return; None is returned as it is.
    may_write : sequence of Tensor, default=()
        Outside tensors that the calls may change, such as buffers.
    fast : bool, default=True
        Call the function of `torch` with the name of the operation. It parses its arguments
        several times faster than the operation itself, but may mean something else.

    Raises
    ------
    NotRecordable
        If results reached the calls by an unseen way, or outside tensors are changed.

    Examples
    --------
    >>> x = torch.ones(3)
    >>> with Recorder() as recorder:
    ...     y = (2 * x).sum()
    >>> twice_the_sum = as_program(recorder.calls, [x], [y])
    >>> twice_the_sum(torch.tensor([1.0, 2.0, 4.0]))
    (tensor(14.),)
    """
    writer = _Writer(calls, inputs, may_write, fast)
    for call in calls:
        writer.add(call)
    return writer.program([None if t is None else writer.name_of(t) for t in outputs])


class _Line(NamedTuple):
    target: str
    text: str
    makes: set[str]
    reads: set[str]
    must_run: bool


class _Writer:
    """Writes a program line by line; what is the same in every run is left out and kept."""

    def __init__(
        self,
        calls: Sequence[Call],
        inputs: Sequence[Tensor],
        may_write: Sequence[Tensor],
        fast: bool,
    ) -> None:
        self.fast = fast
        self.lines: list[_Line] = []
        self.inputs = [f"x{number}" for number in range(len(inputs))]
        self.names = {id(t): name for t, name in zip(inputs, self.inputs, strict=True)}
        self.namespace: dict[str, Any] = {}
        self.constants: set[str] = set()
        self.own_storages = {_storage(t) for t in inputs}
        self.may_write = {_storage(t) for t in may_write}
        self.written = {_storage(t) for call in calls for t in call.written()}
        self.transposed_from: dict[str, str] = {}

    def add(self, call: Call) -> None:
        sources = [self.name_of(t) for t in tensors_in((call.args, call.kwargs))]
        if any(_storage(t) not in self.own_storages | self.may_write for t in call.written()):
            raise NotRecordable(f"{call.func} changes what is not known to be a buffer.")
        if call.name == "detach":
            self.names[id(call.result)] = sources[0]
        elif call.name == "t" and sources[0] in self.transposed_from:
            self.names[id(call.result)] = self.transposed_from[sources[0]]
        elif self._stays(call, sources):
            constant = not call.is_view or self.constants.issuperset(sources)
            for tensor in tensors_in(call.result):
                self._keep(tensor, constant)
        else:
            self._write(call, sources)

    def name_of(self, tensor: Tensor) -> str:
        """The variable of a tensor; one that nothing here made comes from outside."""
        if id(tensor) not in self.names:
            if _storage(tensor) in self.own_storages:
                raise NotRecordable("A result was used by a way that was not seen.")
            self._keep(tensor, constant=False)
        return self.names[id(tensor)]

    def program(self, outputs: list[str | None]) -> Program:
        named = [name for name in outputs if name is not None]
        needed = set(named)
        if len(needed) < len(named) or not needed.isdisjoint(self.namespace):
            raise NotRecordable("Outputs that share memory from run to run could be written to.")
        body: list[str] = []
        for line in reversed(self.lines):
            if not line.must_run and needed.isdisjoint(line.makes):
                continue
            # Names that nothing after this line reads: their memory is free for the next ones.
            spent = sorted(name for name in line.reads - needed if name.startswith("v"))
            unread = sorted(line.makes - needed)
            needed |= line.reads
            body += [f"    del {', '.join(spent + unread)}"] if spent or unread else []
            body.append(f"    {line.target} = {line.text}")
        head = f"def program({', '.join(self.inputs)}):"
        returned = "".join(f"{name}, " for name in outputs)
        source = "\n".join([head, *reversed(body), f"    return ({returned})"])
        namespace = dict(self.namespace)
        exec(compile(source, "<recorded step>", "exec"), namespace)
        return namespace["program"]

    def _stays(self, call: Call, sources: list[str]) -> bool:
        """Whether the result is the same in every run: a view of what stays, or a constant."""
        if call.is_random or call.changes or call.name.startswith("empty"):
            return False
        if call.is_view and all(name in self.namespace for name in sources):
            return True
        if any(_storage(t) in self.written for t in tensors_in(call.result)):
            return False
        return call.name in _SHAPE_ONLY or self.constants.issuperset(sources)

    def _keep(self, tensor: Tensor, constant: bool) -> None:
        name = f"c{len(self.namespace)}"
        self.names[id(tensor)] = name
        self.namespace[name] = tensor.detach()
        if constant:
            self.constants.add(name)

    def _write(self, call: Call, sources: list[str]) -> None:
        arguments = [self._text(value) for value in call.args]
        arguments += [f"{key}={self._text(value)}" for key, value in call.kwargs.items()]
        func = self._text(_python_function(call.func) if self.fast else call.func)
        text = f"{func}({', '.join(arguments)})"
        several = isinstance(call.result, tuple | list)
        made = [self._new_name(value) for value in (call.result if several else [call.result])]
        target = f"[{', '.join(made)}]" if several else made[0]
        must_run = call.changes or call.is_random
        self.lines.append(_Line(target, text, set(made) - {"_"}, set(sources), must_run))
        if call.name == "t":
            self.transposed_from[target] = sources[0]

    def _new_name(self, value: Any) -> str:
        if not isinstance(value, Tensor):
            return "_"
        self.own_storages.add(_storage(value))
        if id(value) in self.names:  # Changed in place.
            return "_"
        self.names[id(value)] = name = f"v{len(self.names)}"
        return name

    def _text(self, value: Any) -> str:
        """Source of an argument; what has no short one gets a name."""
        if isinstance(value, Tensor):
            return self.names[id(value)]
        if isinstance(value, list | tuple):
            return f"[{', '.join(self._text(item) for item in value)}]"
        if value is None or isinstance(value, bool | int):
            return repr(value)
        name = f"k{len(self.namespace)}"
        self.namespace[name] = value
        return name


def tensors_in(value: Any) -> Iterator[Tensor]:
    """All tensors in nested sequences and mappings."""
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, tuple | list):
        for item in value:
            yield from tensors_in(item)
    elif isinstance(value, dict):
        yield from tensors_in(list(value.values()))


def _storage(tensor: Tensor) -> int:
    return tensor.untyped_storage().data_ptr() or id(tensor)


def _python_function(func: Any) -> Any:
    """The function or method of `torch` that has the name of an operation, or itself."""
    if func.namespace != "aten":
        return func
    name = func._schema.name.removeprefix("aten::")
    function, method = getattr(torch, name, None), getattr(torch.Tensor, name, None)
    if inspect.isbuiltin(function):
        return function
    return method if inspect.ismethoddescriptor(method) else func
