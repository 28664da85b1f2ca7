"""Train on noisy labels with and without loss correction, and compare on clean ones.

    python examples/quickstart.py
    python examples/quickstart.py --data mnist --data-home DIR

A share of some digits gets the label of a digit that looks like it, as in Patrini et al. (2017).
A network is then trained on these labels by plain cross-entropy and by the forward and the
backward correction, each with the true transition matrix T and with an estimated one. Printed are
the accuracies on clean test labels; a figure shows T beside its estimate.
"""

import argparse
import time
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from sknoisy import (
    BackwardCorrectedClassifier,
    ForwardCorrectedClassifier,
    RobustLossClassifier,
    TransitionMatrixEstimator,
    make_net,
)
from sknoisy._files import replacing
from sknoisy.datasets import fetch_mnist
from sknoisy.modules import MLP
from sknoisy.noise import MNIST_CLASS_MAP, class_map_transition_matrix, corrupt_labels

# %% Data


def load_small_digits(seed):
    """The 1,797 digits of 8 x 8 pixels that come with scikit-learn, a quarter for testing."""
    X, y = load_digits(return_X_y=True)
    X = (X / 16).astype(np.float32)
    X_train, X_test, y_train, y_test = train_test_split(
        X, y, test_size=0.25, stratify=y, random_state=seed
    )
    return X_train, y_train, X_test, y_test


def load_mnist(data_home):
    """MNIST's 60,000 training and 10,000 test digits of 28 x 28 pixels, from its four IDX files."""
    # Any four files of this format will do, so their hashes are not checked.
    settings = {"data_home": data_home, "download_if_missing": False, "check_hash": False}
    try:
        train, test = (fetch_mnist(subset=subset, **settings) for subset in ("train", "test"))
    except FileNotFoundError as error:
        raise SystemExit(
            f"--data-home must name a folder that holds the four files of MNIST, itself or in a "
            f"subfolder mnist; got {data_home}. {error}"
        ) from error
    return flat_pixels(train.data), train.target, flat_pixels(test.data), test.target


def flat_pixels(images):
    return (images.reshape(len(images), -1) / 255).astype(np.float32)


# %% Training


def make_classifiers(net, T, seed):
    """Five ways to train the same network, by the name they have in the table."""
    estimated = TransitionMatrixEstimator(net, random_state=seed)
    settings = {"random_state": seed, "verbose": 1}
    return {
        "cross-entropy": RobustLossClassifier(net, loss="cross_entropy", **settings),
        "forward, true T": ForwardCorrectedClassifier(net, transition_matrix=T, **settings),
        "forward, estimated T": ForwardCorrectedClassifier(
            net, transition_matrix=estimated, **settings
        ),
        "backward, true T": BackwardCorrectedClassifier(net, transition_matrix=T, **settings),
        "backward, estimated T": BackwardCorrectedClassifier(
            net, transition_matrix=estimated, **settings
        ),
    }


def train(classifiers, X, y_noisy):
    """Fit every classifier on the noisy labels; return the seconds that each took."""
    seconds = {}
    for name, classifier in classifiers.items():
        print(f"\n{name}", flush=True)
        start = time.perf_counter()
        classifier.fit(X, y_noisy)
        seconds[name] = time.perf_counter() - start
    return seconds


# %% Results


def error_of(T_estimated, T):
    """Mean over classes of the L1 distance between the rows; 2 at worst."""
    return np.abs(T_estimated - T).sum(axis=1).mean()


def print_table(classifiers, seconds, X_test, y_test, T):
    print(f"\n{'training':<24}{'clean test accuracy':>20}{'error of T':>12}{'seconds':>9}")
    for name, classifier in classifiers.items():
        accuracy = classifier.score(X_test, y_test)
        error = f"{error_of(classifier.transition_matrix_, T):.3f}" if "T" in name else "-"
        print(f"{name:<24}{accuracy:>20.3f}{error:>12}{seconds[name]:>9.1f}")


def plot_matrices(T, T_estimated, path):
    """Draw T and its estimate side by side, in shades of one colour, the same for both."""
    figure, axes = plt.subplots(1, 2, figsize=(10, 4.6), sharey=True, layout="constrained")
    titles = ("true T", f"estimated T (error {error_of(T_estimated, T):.3f})")
    for axis, matrix, title in zip(axes, (T, T_estimated), titles, strict=True):
        image = axis.imshow(matrix, cmap="Blues", vmin=0, vmax=1)
        for (clean, noisy), probability in np.ndenumerate(matrix):
            if probability >= 0.01:
                colour = "white" if probability > 0.5 else "black"
                label = f"{probability:.2f}".lstrip("0")
                axis.text(noisy, clean, label, color=colour, ha="center", va="center", fontsize=8)
        axis.set(title=title, xlabel="noisy label", xticks=range(len(T)), yticks=range(len(T)))
    axes[0].set_ylabel("clean label")
    figure.colorbar(image, ax=axes, label="P(noisy label | clean label)")
    with replacing(path) as beside:
        figure.savefig(beside, dpi=100)
    plt.close(figure)


# %% Command line


def parse_arguments(arguments=None):
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--data", choices=["digits", "mnist"], default="digits", help="default: digits")
    add("--data-home", type=Path, default=Path(), help="folder with the four files of MNIST")
    add("--noise-rate", type=float, default=0.3, help="share of a class relabelled (default: 0.3)")
    add("--only", default="", help="train only what has this word in its name, such as forward")
    add("--epochs", type=int, default=40, help="per training (default: 40)")
    add("--seed", type=int, default=0, help="of split, noise and training (default: 0)")
    add("--output", type=Path, default=Path("quickstart.png"), help="where to save the figure")
    return parser.parse_args(arguments)


def main(arguments=None):
    options = parse_arguments(arguments)
    if options.data == "mnist":
        X, y, X_test, y_test = load_mnist(options.data_home)
    else:
        X, y, X_test, y_test = load_small_digits(options.seed)
    T = class_map_transition_matrix(MNIST_CLASS_MAP, options.noise_rate, classes=10)
    y_noisy = corrupt_labels(y, T, random_state=options.seed)
    print(
        f"{len(y):,} {options.data} to train on, {np.mean(y_noisy != y):.1%} of the labels wrong."
    )

    # The network and the optimiser of Patrini et al. (2017) for MNIST.
    net = make_net(
        module=MLP,
        module__hidden_sizes=(128, 128),
        module__dropout=0.2,
        optimizer=torch.optim.Adagrad,
        lr=0.01,
        max_epochs=options.epochs,
        batch_size=128,
    )
    classifiers = make_classifiers(net, T, options.seed)
    classifiers = {name: clf for name, clf in classifiers.items() if options.only in name}
    if not classifiers:
        raise SystemExit(f"--only must be a word of a training's name; got {options.only!r}.")
    seconds = train(classifiers, X, y_noisy)
    print_table(classifiers, seconds, X_test, y_test, T)
    for name, classifier in classifiers.items():
        if "estimated" in name:  # All with the same T.
            plot_matrices(T, classifier.transition_matrix_, options.output)
            print(f"\nT and its estimate: {options.output}")
            break


if __name__ == "__main__":
    main()
