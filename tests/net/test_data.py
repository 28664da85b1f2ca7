"""Rows reach the module in a type that it takes."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import TensorDataset

from sknoisy import make_net
from sknoisy._iterators import LabelledDataset
from sknoisy._net import build_net
from sknoisy._net._data import as_dataset, input_types


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
    ("module", "kind", "types"),
    [
        (Embeds, np.uint8, [torch.int64, torch.float32]),
        (Embeds, np.float64, [torch.float32]),
        (Convolves, np.int64, [torch.float64, torch.int64]),
        (Convolves, np.float32, [torch.float64]),
        (Convolves, bool, [torch.float64]),
        (HasNoWeights, np.int8, [torch.float32, torch.int64]),
    ],
)
def test_the_rows_say_whether_they_are_integers(module, kind, types):
    net = build_net(make_net(module, optimizer=NoOptimizer), n_classes=2, sample_shape=(3,))
    given = np.ones((4, 3), kind)
    for X in (given, TensorDataset(torch.from_numpy(given))):
        assert input_types(net.initialize().module_, X) == types
        rows = as_dataset(net, X, np.zeros(4, int), None)
        assert rows[0][0].dtype == types[0]


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
