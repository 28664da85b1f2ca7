"""Ids that an embedding does not know are found before the embedding is asked."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import TensorDataset

from sknoisy import RobustLossClassifier, make_net
from sknoisy._net._token_ids import MARK, known_ids
from sknoisy.modules import EmbeddingClassifier, LSTMClassifier

TOKENS = np.random.default_rng(0).integers(0, 20, size=(60, 4))
Y = TOKENS[:, 0] % 2
SMALL = {"module__n_tokens": 20, "module__embedding_size": 4, "max_epochs": 1}


class Columns(nn.Module):
    """Column 1 is a category of 3, column 2 is cut to one of 5, the others are numbers."""

    def __init__(self, n_classes):
        super().__init__()
        self.first = nn.Embedding(3, 2)
        self.second = nn.Embedding(5, 2)
        self.layer = nn.Linear(6, n_classes)

    def forward(self, rows):
        tables = self.first(rows[:, 1].int()), self.second(rows[:, 2].clamp(0, 4))
        return self.layer(torch.cat([*tables, rows[:, [0, 3]].float()], dim=1))


class Shuffled(nn.Module):
    def __init__(self):
        super().__init__()
        self.bag = nn.EmbeddingBag(7, 2)

    def forward(self, rows):
        return self.bag(rows.flip(1)) + nn.functional.one_hot(rows, 9).sum()


def test_limits_are_those_of_the_entries_that_reach_an_embedding():
    rows = torch.zeros(2, 4, dtype=torch.int64)
    assert known_ids(Columns(2), rows).tolist() == [MARK, 3, MARK, MARK]
    assert known_ids(Shuffled(), rows).tolist() == [7, 7, 7, 7]
    assert known_ids(lambda marked: marked.float(), rows) is None


@pytest.mark.parametrize(
    ("module", "settings"),
    [(EmbeddingClassifier, SMALL), (LSTMClassifier, SMALL | {"module__hidden_size": 4})],
)
@pytest.mark.parametrize("wrong", [20, -1])
def test_unknown_ids_are_named_in_fit_and_in_predict(module, settings, wrong):
    rows = TOKENS.copy()
    rows[30, 3] = wrong
    clf = RobustLossClassifier(make_net(module, **settings), random_state=0)
    message = rf"id {wrong} in column 3, .* knows the ids 0 to 19\. Give the embedding"
    with pytest.raises(ValueError, match=message):
        clf.fit(rows, Y)
    clf.fit(TOKENS, Y)
    for given in (rows, rows[30:31], TensorDataset(torch.from_numpy(rows))):
        with pytest.raises(ValueError, match=message):
            clf.predict_proba(given)


def test_unknown_ids_in_the_first_rows_are_explained_too():
    clf = RobustLossClassifier(make_net(EmbeddingClassifier, **SMALL), random_state=0)
    with pytest.raises(ValueError, match="an embedding of the network does not know"):
        clf.fit(TOKENS + 15, Y)


class Offset(nn.Module):
    def __init__(self, n_classes):
        super().__init__()
        self.table = nn.Embedding(21, 2)
        self.layer = nn.Linear(2, n_classes)

    def forward(self, rows):
        ids = rows if rows.max() < 20 else rows + 1
        return self.layer(self.table(ids % 1000).mean(dim=1))


def test_ids_that_a_network_computes_are_explained_when_they_fail():
    clf = RobustLossClassifier(make_net(Offset, max_epochs=1), random_state=0).fit(TOKENS, Y)
    rows = TOKENS.copy()
    rows[30, 3] = 50
    with pytest.raises(ValueError, match="an embedding of the network does not know"):
        clf.predict(rows)
    with pytest.raises(ValueError, match="an embedding of the network does not know"):
        clf.fit(rows, Y)
