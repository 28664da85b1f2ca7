"""Several networks in one module: trained side by side, averaged when asked."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from .._checks import check_integer


class Members(nn.Module, ABC):
    """Abstract: networks that see the same batches, and whose posteriors are averaged.

    In training the output has shape (n_samples, n_members, n_classes), a vector of logits by each
    member, which every loss of `sknoisy.losses` takes. In evaluation it has shape
    (n_samples, n_classes): the logarithm of the mean posterior. A single member is a network
    like any other.

    Parameters
    ----------
    n_members : int
        Number of networks.

    See Also
    --------
    MemberModules : Members of any class.
    TableMLP : Members for tables.

    Examples
    --------
    >>> from sknoisy.modules import TableMLP
    >>> isinstance(TableMLP(n_features=4, n_classes=2, n_members=3), Members)
    True
    """

    def __init__(self, n_members: int) -> None:
        super().__init__()
        self.n_members = check_integer(n_members, "n_members", 1)

    @abstractmethod
    def logits_of_each(self, *inputs: Any, **named: Any) -> Tensor:
        """Return the logits by each member.

        Parameters
        ----------
        *inputs, **named : tensors of n_samples rows
            What the members take.

        Returns
        -------
        tensor of shape (n_samples, n_members, n_classes)
            Logits.
        """

    @abstractmethod
    def logits_of(self, member: int, *inputs: Any, **named: Any) -> Tensor:
        """Return the logits by one member.

        Parameters
        ----------
        member : int
            Its number, from 0.
        *inputs, **named : tensors of n_samples rows
            What the members take.

        Returns
        -------
        tensor of shape (n_samples, n_classes)
            Logits.
        """

    @abstractmethod
    def state_of(self, member: int) -> list[Tensor]:
        """Return the parameters and buffers of one member, as views: to write there changes it.

        Parameters
        ----------
        member : int
            Its number, from 0.

        Returns
        -------
        list of tensors
            In the same order for all members.
        """

    def forward(self, *inputs: Any, **named: Any) -> Tensor:
        """Return the logits by each member in training, those of the mean posterior in evaluation.

        Parameters
        ----------
        *inputs, **named : tensors of n_samples rows
            What the members take.

        Returns
        -------
        tensor of shape (n_samples, n_members, n_classes) or (n_samples, n_classes)
            Logits; the former in training, of several members.
        """
        logits = self.logits_of_each(*inputs, **named)
        if self.n_members == 1:
            return logits.squeeze(1)
        if self.training:
            return logits
        return torch.logsumexp(torch.log_softmax(logits, dim=2), dim=1) - math.log(self.n_members)


class MemberModules(Members):
    """Members of any class, each with weights of its own.

    Parameters
    ----------
    member : torch.nn.Module class
        Class of a network that returns logits.
    n_members : int, default=5
        How many are made of it.
    **arguments
        Those of the class.

    See Also
    --------
    Members : The base class.
    TableMLP : Members that share one module.

    Examples
    --------
    >>> from sknoisy.modules import MLP
    >>> module = MemberModules(MLP, n_members=3, n_features=4, n_classes=2)
    >>> module(torch.zeros(7, 4)).shape, module.eval()(torch.zeros(7, 4)).shape
    (torch.Size([7, 3, 2]), torch.Size([7, 2]))
    """

    def __init__(self, member: Callable[..., nn.Module], n_members: int = 5, **arguments: Any):
        super().__init__(n_members)
        self.members = nn.ModuleList(member(**arguments) for _ in range(n_members))

    def logits_of_each(self, *inputs: Any, **named: Any) -> Tensor:
        return torch.stack([member(*inputs, **named) for member in self.members], dim=1)

    def logits_of(self, member: int, *inputs: Any, **named: Any) -> Tensor:
        logits: Tensor = self.members[member](*inputs, **named)
        return logits

    def state_of(self, member: int) -> list[Tensor]:
        return list(self.members[member].state_dict().values())
