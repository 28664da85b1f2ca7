"""Operations as a flat list, recorded once and replayed without modules and autograd."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import torch
from torch import Tensor

from ._private import ONE_AT_A_TIME, Listener, Operation, describe

# Beyond these sizes the arithmetic costs far more than what a replay saves.
MAX_OPERATIONS = 2_000
MAX_BYTES = 2**26

Program = Callable[..., tuple[Any, ...]]

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
    operation: Operation

    def written(self) -> Iterator[Tensor]:
        """The arguments that the operation writes to."""
        for position, name in self.operation.writes:
            yield from tensors_in((self.args[position : position + 1], self.kwargs.get(name)))


@contextmanager
def recorded() -> Iterator[list[Call]]:
    """Collect all operations that run inside, below autograd.

    The list keeps their tensors alive, so that an identity stands for one of them.
    """
    calls: list[Call] = []
    n_bytes = 0

    def note(func: Any, args: tuple[Any, ...], kwargs: dict[str, Any], result: Any) -> None:
        nonlocal n_bytes
        operation = describe(func)
        if operation.depends_on_values:
            raise NotRecordable(f"{func} depends on values.")
        calls.append(Call(func, args, kwargs, result, operation))
        if not operation.is_view:
            n_bytes += sum(t.nbytes for t in tensors_in(result))
        if len(calls) > MAX_OPERATIONS or n_bytes > MAX_BYTES:
            raise NotRecordable("The operations are too many or too large.")

    with ONE_AT_A_TIME, Listener(note):
        yield calls


def as_program(
    calls: Sequence[Call],
    inputs: Sequence[Tensor],
    outputs: Sequence[Tensor | None],
    *,
    may_write: Sequence[Tensor] = (),
) -> Program:
    """A function of the inputs that repeats recorded calls and returns the outputs.

    All that the calls read from outside beside the inputs (parameters, buffers, constants) is
    read where it lies. Outside tensors may be changed only if they are listed in `may_write`.
    """
    writer = _Writer(calls, inputs, may_write)
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
        self, calls: Sequence[Call], inputs: Sequence[Tensor], may_write: Sequence[Tensor]
    ) -> None:
        self.lines: list[_Line] = []
        self.inputs = [f"x{number}" for number in range(len(inputs))]
        self.names = {id(t): name for t, name in zip(inputs, self.inputs, strict=True)}
        self.namespace: dict[str, Any] = {}
        self.constants: set[str] = set()
        # Memory of the inputs and of results of this program.
        self.inside = {_storage(t) for t in inputs}
        self.may_write = {_storage(t) for t in may_write}
        self.written = {_storage(t) for call in calls for t in call.written()}
        self.transposed_from: dict[str, str] = {}

    def add(self, call: Call) -> None:
        sources = [self.name_of(t) for t in tensors_in((call.args, call.kwargs))]
        if any(_storage(t) not in self.inside | self.may_write for t in call.written()):
            raise NotRecordable(f"{call.func} changes what is not known to be a buffer.")
        name = call.operation.name
        if name == "detach":
            self.names[id(call.result)] = sources[0]
        elif name == "t" and sources[0] in self.transposed_from:
            self.names[id(call.result)] = self.transposed_from[sources[0]]
        elif self._is_same_in_every_run(call, sources):
            constant = not call.operation.is_view or self.constants.issuperset(sources)
            for tensor in tensors_in(call.result):
                self._store(tensor, constant)
        else:
            self._write(call, sources)

    def name_of(self, tensor: Tensor) -> str:
        """The variable of a tensor; one that nothing here made comes from outside."""
        if id(tensor) not in self.names:
            if _storage(tensor) in self.inside:
                raise NotRecordable("A result was used by a way that was not seen.")
            self._store(tensor, constant=False)
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
            spent += sorted(line.makes - needed)
            needed |= line.reads
            body += [f"    del {', '.join(spent)}"] if spent else []
            body.append(f"    {line.target} = {line.text}")
        head = f"def program({', '.join(self.inputs)}):"
        returned = "".join(f"{name}, " for name in outputs)
        source = "\n".join([head, *reversed(body), f"    return ({returned})"])
        namespace = dict(self.namespace)
        exec(compile(source, "<recorded step>", "exec"), namespace)
        return namespace["program"]

    def _is_same_in_every_run(self, call: Call, sources: list[str]) -> bool:
        """Whether the result is a view of what stays in place, or a constant."""
        operation = call.operation
        if operation.is_random or operation.writes or operation.name.startswith("empty"):
            return False
        if operation.is_view and all(name in self.namespace for name in sources):
            return True
        if any(_storage(t) in self.written for t in tensors_in(call.result)):
            return False
        return operation.name in _SHAPE_ONLY or self.constants.issuperset(sources)

    def _store(self, tensor: Tensor, constant: bool) -> None:
        self.names[id(tensor)] = name = f"c{len(self.namespace)}"
        self.namespace[name] = tensor.detach()
        if constant:
            self.constants.add(name)

    def _write(self, call: Call, sources: list[str]) -> None:
        operation = call.operation
        arguments = [self._text(value) for value in call.args]
        arguments += [f"{key}={self._text(value)}" for key, value in call.kwargs.items()]
        text = f"{self._text(_torch_function(call))}({', '.join(arguments)})"
        several = isinstance(call.result, tuple | list)
        made = [self._new_name(value) for value in (call.result if several else [call.result])]
        target = f"[{', '.join(made)}]" if several else made[0]
        must_run = operation.is_random or bool(operation.writes)
        self.lines.append(_Line(target, text, set(made) - {"_"}, set(sources), must_run))
        if operation.name == "t":
            self.transposed_from[target] = sources[0]

    def _new_name(self, value: Any) -> str:
        if not isinstance(value, Tensor):
            return "_"
        self.inside.add(_storage(value))
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
    elif isinstance(value, tuple | list | dict):
        for item in value.values() if isinstance(value, dict) else value:
            yield from tensors_in(item)


def _storage(tensor: Tensor) -> int:
    return tensor.untyped_storage().data_ptr() or id(tensor)


def _torch_function(call: Call) -> Any:
    """The function or method of `torch` that has the name of an operation, or the operation.

    They parse their arguments several times faster. They may mean something else: a replay is
    compared with the ordinary pass before it is used.
    """
    name = call.operation.name
    function, method = getattr(torch, name, None), getattr(torch.Tensor, name, None)
    if inspect.isbuiltin(function):
        return function
    return method if inspect.ismethoddescriptor(method) else call.func
