"""Networks for rows of token ids, in which 0 is padding."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn
from torch.nn import functional as F

from .._checks import check_number, check_sizes
from ._augmentation import augmenting
from ._initialization import UNIFORM_RANGE, he_linear

PADDING = 0


class EmbeddingClassifier(nn.Module):
    """Word embeddings, side by side, and a linear layer to the logits.

    Parameters
    ----------
    n_features, n_classes : int
        Numbers of tokens per row and of logits; estimators fill them in from X and y.
    n_tokens : int, default=5001
        Number of token ids, 0 included.
    embedding_size : int, default=50
        Length of a word's vector.
    dropout : float in [0, 1), default=0.8
        Share of the vectors' entries dropped while training, the same for all words of a row.
    augmentation : torch.nn.Module class, default=None
        Makes the layer that changes each batch of token ids in training, such as
        :class:`RandomShift`.

    See Also
    --------
    LSTMClassifier : Reads the tokens in order.
    RandomShift : Augments the tokens.

    Notes
    -----
    The first network for IMDB of Patrini et al., "Making Deep Neural Networks Robust to Label
    Noise", CVPR 2017, with the dropout and the initial weights of their published code: He's for
    the logits, uniform in [-0.05, 0.05] for the vectors. Each position has separate weights, and
    large random ones would keep a word from meaning the same everywhere. The vector of token 0
    stays zero: padding adds nothing to a logit.

    Examples
    --------
    >>> net = EmbeddingClassifier(n_features=6, n_classes=2, n_tokens=100)
    >>> net(torch.tensor([[0, 0, 5, 99, 3, 1]])).shape
    torch.Size([1, 2])
    """

    def __init__(
        self,
        n_features: int,
        n_classes: int,
        n_tokens: int = 5001,
        embedding_size: int = 50,
        dropout: float = 0.8,
        augmentation: Callable[[], nn.Module] | None = None,
    ) -> None:
        super().__init__()
        check_sizes(n_features=n_features, n_classes=n_classes)
        check_number(dropout, "dropout", "[0, 1)")
        self.augmentation = augmenting(augmentation)
        self.embedding = _embedding(n_tokens, embedding_size)
        self.dropout = _WordDropout(dropout)
        self.output = nn.Sequential(nn.Flatten(), he_linear(n_features * embedding_size, n_classes))

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        """Map token ids to logits.

        Parameters
        ----------
        X : int tensor of shape (n_samples, n_features)
            Token ids.

        Returns
        -------
        tensor of shape (n_samples, n_classes)
            Logits.
        """
        # ReLU and dropout may change places, and the table is smaller than a batch of words.
        table = F.relu(self.embedding.weight)
        words = F.embedding(self.augmentation(X), table, padding_idx=PADDING)
        return self.output(self.dropout(words))


class LSTMClassifier(nn.Module):
    """Word embeddings, an LSTM, and a fully connected layer on its last state.

    Parameters
    ----------
    n_classes, n_tokens, embedding_size, embedding_dropout
        As `n_classes`, `n_tokens`, `embedding_size` and `dropout` of
        :class:`EmbeddingClassifier`.
    hidden_size : int, default=512
        Size of the LSTM's state and of the fully connected layer.
    dropout : float in [0, 1), default=0.5
        Share of the fully connected layer's units dropped while training.

    See Also
    --------
    EmbeddingClassifier : A faster network for short texts.
    sknoisy.datasets.fetch_imdb : Texts as token ids.

    Notes
    -----
    The second network for IMDB of Patrini et al., "Making Deep Neural Networks Robust to Label
    Noise", CVPR 2017, with the dropout of their published code. Token 0 is skipped wherever it
    stands, so padding on the left, on the right, or none gives the same logits. Vectors and the
    LSTM's input weights start uniform in [-0.05, 0.05], recurrent weights orthogonal, others as by
    He et al. (2015); the bias of the forget gate starts at 1.

    Examples
    --------
    >>> net = LSTMClassifier(n_classes=2, n_tokens=100, embedding_size=8, hidden_size=8)
    >>> net(torch.tensor([[0, 0, 5, 99, 3, 1]])).shape
    torch.Size([1, 2])
    """

    def __init__(
        self,
        n_classes: int,
        n_tokens: int = 5001,
        embedding_size: int = 512,
        hidden_size: int = 512,
        embedding_dropout: float = 0.8,
        dropout: float = 0.5,
    ) -> None:
        super().__init__()
        check_sizes(n_classes=n_classes, hidden_size=hidden_size)
        for name, share in {"embedding_dropout": embedding_dropout, "dropout": dropout}.items():
            check_number(share, name, "[0, 1)")
        self.embedding = _embedding(n_tokens, embedding_size)
        self.dropout = _WordDropout(embedding_dropout)
        self.lstm = nn.LSTM(embedding_size, hidden_size, batch_first=True)
        _initialise(self.lstm)
        self.output = nn.Sequential(
            he_linear(hidden_size, hidden_size),
            nn.ReLU(),
            nn.Dropout(dropout),
            he_linear(hidden_size, n_classes),
        )

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        """Map token ids to logits.

        Parameters
        ----------
        X : int tensor of shape (n_samples, length)
            Token ids.

        Returns
        -------
        tensor of shape (n_samples, n_classes)
            Logits.
        """
        X, lengths = _left_aligned(X)
        states, _ = self.lstm(self.dropout(self.embedding(X)))
        # States after the last word saw padding; the one at it did not.
        last = (lengths - 1).clamp(min=0)[:, None, None].expand(-1, 1, states.shape[2])
        state = states.gather(1, last).squeeze(1)
        return self.output(state * (lengths > 0)[:, None])


class _WordDropout(nn.Dropout1d):
    """Drops the same entries of the vectors of all words of a row."""

    def forward(self, words: torch.Tensor) -> torch.Tensor:
        """Map vectors of shape (n_samples, length, size) to vectors of that shape."""
        if not self.training:
            return words
        # A mask costs less than dropout on the transposed vectors, which would be copied.
        n, _, size = words.shape
        return words * super().forward(words.new_ones(n, size, 1)).transpose(1, 2)


def _left_aligned(X: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Rows with all words first, in their order, then padding; and the number of words."""
    order = torch.sort((X == PADDING).to(torch.uint8), dim=1, stable=True).indices
    return X.gather(1, order), (X != PADDING).sum(dim=1)


def _embedding(n_tokens: int, size: int) -> nn.Embedding:
    check_sizes(n_tokens=n_tokens, embedding_size=size)
    layer = nn.Embedding(n_tokens, size, padding_idx=PADDING)
    nn.init.uniform_(layer.weight, -UNIFORM_RANGE, UNIFORM_RANGE)
    with torch.no_grad():
        layer.weight[PADDING] = 0
    return layer


def _initialise(lstm: nn.LSTM) -> None:
    for name, values in lstm.named_parameters():
        if name.startswith("weight_ih"):
            nn.init.uniform_(values, -UNIFORM_RANGE, UNIFORM_RANGE)
        elif name.startswith("weight_hh"):
            nn.init.orthogonal_(values)
        else:
            nn.init.zeros_(values)
        if name.startswith("bias_ih"):
            # Gates lie one after the other: input, forget, cell, output.
            nn.init.ones_(values[lstm.hidden_size : 2 * lstm.hidden_size])
