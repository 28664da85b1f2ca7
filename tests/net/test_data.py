"""Rows reach the module in the type of its first layer."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import TensorDataset

from sknoisy import make_net
from sknoisy._iterators import LabelledDataset, RowsDataset
from sknoisy._net import build_net
from sknoisy._net._data import as_dataset


class Embeds(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(5, 2)


class Convolves(nn.Module):
    def __init__(self):
        super().__init__()
        self.dropout = nn.Dropout()
        self.layer = nn.Conv1d(1, 1, 1, dtype=torch.float64)


class HasNoWeights(nn.Module):
    pass


@pytest.mark.parametrize(
    ("module", "dtype"),
    [(Embeds, torch.int64), (Convolves, torch.float64), (HasNoWeights, torch.float32)],
)
def test_first_layer_says_what_rows_are(module, dtype):
    net = build_net(make_net(module, optimizer=NoOptimizer), n_classes=2, sample_shape=(3,))
    rows = as_dataset(net.initialize(), np.ones((4, 3), np.uint8), np.zeros(4, int), None)
    assert isinstance(rows, RowsDataset)
    assert rows[0][0].dtype == dtype


class NoOptimizer:
    def __init__(self, params, lr):
        pass


def test_datasets_stay_datasets():
    net = build_net(make_net(), n_classes=2, sample_shape=(3,)).initialize()
    dataset = as_dataset(net, TensorDataset(torch.zeros(4, 3)), np.zeros(4, int), None)
    assert isinstance(dataset, LabelledDataset)


def test_dataset_class_of_the_net_is_respected():
    class Doubled(TensorDataset):
        def __init__(self, X, y=None):
            super().__init__(torch.as_tensor(X) * 2)

    net = build_net(make_net(dataset=Doubled), n_classes=2, sample_shape=(3,)).initialize()
    assert as_dataset(net, np.ones((4, 3)), np.zeros(4, int), None)[0][0].tolist() == [2, 2, 2]
