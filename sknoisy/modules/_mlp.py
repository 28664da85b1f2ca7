"""Fully connected networks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch
from torch import nn

from .._checks import check_integer, check_number, check_sizes
from .._hints import SEE_ERRORS
from ._initialization import he_linear, uniform_linear


def check_hidden_sizes(hidden_sizes: Sequence[int]) -> list[int]:
    """Return the widths of the hidden layers, or raise."""
    if not isinstance(hidden_sizes, Iterable):
        raise TypeError(
            f"hidden_sizes must be a sequence with the width of each hidden layer, such as "
            f"(128,); got {hidden_sizes!r}."
            f" {SEE_ERRORS}"
        )
    return [check_integer(width, "Each of hidden_sizes", 1) for width in hidden_sizes]


class MLP(nn.Module):
    """Fully connected ReLU network; images are flattened.

    Parameters
    ----------
    n_features, n_classes : int
        Numbers of inputs and of logits; estimators fill them in from X and y.
    hidden_sizes : sequence of int, default=(128, 128)
        Width of each hidden layer; empty for a linear model.
    dropout : float in [0, 1), default=0.0
        Share of hidden units dropped after each ReLU while training.
    dtype : torch.dtype, default=None
        Type of weights and inputs; default PyTorch's default type.

    See Also
    --------
    TableMLP : The default for tables.
    Perceptron : No hidden layer.
    sknoisy.make_net : Puts a module into a net.

    Notes
    -----
    Weights before a ReLU are initialised as by He et al. (2015), as in Patrini et al. (2017).

    Examples
    --------
    >>> MLP(n_features=4, n_classes=3)(torch.zeros(2, 4)).shape
    torch.Size([2, 3])
    """

    def __init__(
        self,
        n_features: int,
        n_classes: int,
        hidden_sizes: Sequence[int] = (128, 128),
        dropout: float = 0.0,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        check_sizes(n_features=n_features, n_classes=n_classes)
        check_number(dropout, "dropout", "[0, 1)")
        layers: list[nn.Module] = [nn.Flatten()]
        width = n_features
        for hidden in check_hidden_sizes(hidden_sizes):
            layers += [he_linear(width, hidden, dtype), nn.ReLU()]
            if dropout:
                layers.append(nn.Dropout(dropout))
            width = hidden
        layers.append(nn.Linear(width, n_classes, dtype=dtype))
        self.layers = nn.Sequential(*layers)

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        """Map rows to logits.

        Parameters
        ----------
        X : tensor of shape (n_samples, ...)
            Rows, whose entries are flattened.

        Returns
        -------
        tensor of shape (n_samples, n_classes)
            Logits.
        """
        return self.layers(X)


class Perceptron(nn.Module):
    """A linear model: one logit per class, no hidden layer; images are flattened.

    Parameters
    ----------
    n_features, n_classes : int
        Numbers of inputs and of logits; estimators fill them in from X and y.

    See Also
    --------
    MLP : With hidden layers.
    SparseLinear : The linear model for sparse rows.

    Notes
    -----
    The smallest network of Rolnick et al., "Deep Learning is Robust to Massive Label Noise",
    2017, figure 1.

    Examples
    --------
    >>> Perceptron(n_features=784, n_classes=10)(torch.zeros(2, 1, 28, 28)).shape
    torch.Size([2, 10])
    """

    def __init__(self, n_features: int, n_classes: int) -> None:
        super().__init__()
        check_sizes(n_features=n_features, n_classes=n_classes)
        self.layers = nn.Sequential(nn.Flatten(), uniform_linear(n_features, n_classes))

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        """Map rows to logits.

        Parameters
        ----------
        X : tensor of shape (n_samples, ...)
            Rows, whose entries are flattened.

        Returns
        -------
        tensor of shape (n_samples, n_classes)
            Logits.
        """
        return self.layers(X)
