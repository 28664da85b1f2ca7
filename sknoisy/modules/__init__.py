"""Reference networks. All of them return logits.

Those of their arguments that describe the data (`n_features`, `n_classes`, `n_channels`,
`input_shape`) are filled in by sknoisy's estimators.
"""

from ._augmentation import FlipAndCrop, RandomShift
from ._convnet import ConvNet
from ._initialization import he_conv, he_linear, uniform_linear
from ._members import MemberModules, Members
from ._mixed import MixedTableMLP
from ._mlp import MLP, Perceptron
from ._preactivation import PreActResNet
from ._resnet import ResNet
from ._sparse_linear import SparseLinear
from ._table import ColumnScaling, PiecewiseLinear, TableMLP
from ._text import EmbeddingClassifier, LSTMClassifier

__all__ = [
    "MLP",
    "ColumnScaling",
    "ConvNet",
    "EmbeddingClassifier",
    "FlipAndCrop",
    "LSTMClassifier",
    "MemberModules",
    "Members",
    "MixedTableMLP",
    "Perceptron",
    "PiecewiseLinear",
    "PreActResNet",
    "RandomShift",
    "ResNet",
    "SparseLinear",
    "TableMLP",
    "he_conv",
    "he_linear",
    "uniform_linear",
]
