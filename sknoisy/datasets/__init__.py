"""Data sets of the papers, and human label noise, as scikit-learn's Bunches.

Each function reads the original files where the data home holds them, and downloads them there
otherwise. Images are uint8 of shape (n_samples, channels, height, width).
"""

from ._cifar import fetch_cifar10, fetch_cifar100
from ._cifar_n import fetch_cifar10n, fetch_cifar100n
from ._clothing1m import ImageFiles, load_clothing1m
from ._home import get_data_home
from ._imdb import fetch_imdb
from ._mnist import fetch_fashion_mnist, fetch_mnist

__all__ = [
    "ImageFiles",
    "fetch_cifar10",
    "fetch_cifar100",
    "fetch_cifar100n",
    "fetch_cifar10n",
    "fetch_fashion_mnist",
    "fetch_imdb",
    "fetch_mnist",
    "get_data_home",
    "load_clothing1m",
]
