"""
Shares of votes teach more than the majority
============================================

Several annotators label each image, and often disagree. The share of each class among their votes
also says how sure a label is.
"""

# %%
# Votes for digits, most of them wrong
# ------------------------------------
# Each annotator errs on 60% of the digits.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from sknoisy import RobustLossClassifier, make_net
from sknoisy.noise import annotator_labels, symmetric_transition_matrix

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X / 16, y, stratify=y, random_state=0)
T = symmetric_transition_matrix(10, 0.6)
votes = annotator_labels(y_train, [T] * 9, random_state=0)

# %%
# Two ways to write them down
# ---------------------------
# `shares` has a row for each digit that sums to 1. The majority is one label for each; ties are
# broken at random. The same network is trained on either.

numbers = [3, 5, 9]
ties = np.random.default_rng(0).uniform(0, 0.01, size=(len(y_train), 10))
errors = {"majority": [], "shares": []}
for n_votes in numbers:
    shares = np.eye(10)[votes[:, :n_votes]].mean(axis=1)
    for name, labels in (("majority", (shares + ties).argmax(axis=1)), ("shares", shares)):
        clf = RobustLossClassifier(make_net(max_epochs=40), loss="cross_entropy", random_state=0)
        errors[name].append(100 * (1 - clf.fit(X_train, labels).score(X_test, y_test)))

# %%
# Errors on clean labels
# ----------------------

fig, ax = plt.subplots(figsize=(6.4, 4), layout="constrained")
places = np.arange(len(numbers))
for name, color, shift in (("majority", "#D55E00", -0.2), ("shares", "#0072B2", 0.2)):
    bars = ax.bar(places + shift, errors[name], width=0.36, color=color, label=name)
    ax.bar_label(bars, fmt="{:.1f}%")
ax.set(
    xticks=places,
    xticklabels=numbers,
    xlabel="votes for each digit",
    ylabel="wrong on clean test labels (%)",
    title="60% of the votes are wrong",
)
ax.legend(frameon=False)
ax.spines[["top", "right"]].set_visible(False)
plt.show()

# %%
# With data of your own
# ---------------------
# Divide the votes of each row by their number: `counts / counts.sum(axis=1, keepdims=True)`. The
# columns are the classes in sorted order; a frame names them by its columns. To correct the noise
# too, pass the shares to :class:`~sknoisy.ForwardCorrectedClassifier`. If annotators differ in
# quality, see :class:`~sknoisy.annotators.AnnotatorCorrectedClassifier`.
