"""
A few trusted labels mend what noisy labels alone cannot
========================================================

When more than half of a class carries the label of another class, noisy labels alone mislead every
method. Three rows per class whose clean label is known are enough here.
"""

# %%
# Most labels of some digits are wrong
# ------------------------------------
# 60% of five digits get the label of a similar digit.

import warnings

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from sknoisy import ForwardCorrectedClassifier
from sknoisy.noise import MNIST_CLASS_MAP, class_map_transition_matrix, corrupt_labels

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)
T = class_map_transition_matrix(MNIST_CLASS_MAP, 0.6, classes=10)
y_noisy = corrupt_labels(y_train, T, random_state=0)

# %%
# Trusted labels for a few rows of each digit
# -------------------------------------------
# `y_trusted` has the length of `y`, and NaN where the clean label is unknown.


def trusted_labels(n_per_class):
    y_trusted = np.full(len(y_train), np.nan)
    for label in np.unique(y_train):
        rows = np.flatnonzero(y_train == label)[:n_per_class]
        y_trusted[rows] = label
    return y_trusted


numbers = [0, 3, 10]
accuracies = []
for n_per_class in numbers:
    y_trusted = trusted_labels(n_per_class) if n_per_class else None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # Without trusted labels T is doubted.
        clf = ForwardCorrectedClassifier(random_state=0).fit(X_train, y_noisy, y_trusted=y_trusted)
    accuracies.append(clf.score(X_test, y_test))

# %%
# Accuracy on clean labels
# ------------------------

fig, ax = plt.subplots(figsize=(6.4, 4), layout="constrained")
bars = ax.bar([str(n) for n in numbers], accuracies, color="#0072B2", width=0.5)
ax.bar_label(bars, fmt="{:.2f}")
ax.set(
    xlabel="trusted labels per digit",
    ylabel="accuracy on clean test labels",
    title="60% of five digits carry a similar digit's label",
    ylim=(0, 1.08),
)
ax.spines[["top", "right"]].set_visible(False)
plt.show()

# %%
# With data of your own
# ---------------------
# Let somebody who knows label some rows of each class, chosen at random. Pass their labels as
# `y_trusted`, with NaN (or None, for labels that are words) elsewhere. With many of them, add
# `fine_tune_epochs=5`.
