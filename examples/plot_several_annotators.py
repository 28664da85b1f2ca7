"""
Training on all annotators' labels beats their majority vote
============================================================

A majority vote counts the careful annotator and the careless one alike. A classifier that knows the
T of each annotator gives every label the weight that it deserves. No clean label is needed.
"""

# %%
# Five annotators, from careful to careless
# -----------------------------------------
# Each labels 40% of the rows, and the last is wrong in most of them. -1 stands for no label.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from sknoisy import ForwardCorrectedClassifier, RobustLossClassifier
from sknoisy.annotators import AnnotatorCorrectedClassifier
from sknoisy.noise import annotator_labels, symmetric_transition_matrix

X, y = load_digits(return_X_y=True)
error_rates = [0.1, 0.5, 0.6, 0.7, 0.8]
matrices = [symmetric_transition_matrix(10, rate) for rate in error_rates]


def majority_vote(labels, rng):
    """The label with most votes; one of them at random where several have most."""
    votes = np.stack([(labels == digit).sum(axis=1) for digit in range(10)], axis=1)
    return (votes + rng.random(votes.shape) / 2).argmax(axis=1)


# %%
# Three ways to use the labels, on two draws
# ------------------------------------------

accuracies = {"majority vote": [], "majority vote, corrected": [], "all labels, a T each": []}
for seed in range(2):
    X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=seed)
    labels = annotator_labels(y_train, matrices, coverage=0.4, missing=-1, random_state=seed)
    labelled = (labels != -1).any(axis=1)
    X_train, labels = X_train[labelled], labels[labelled]
    majority = majority_vote(labels, np.random.default_rng(seed))
    plain = RobustLossClassifier(loss="cross_entropy", random_state=seed)
    corrected = ForwardCorrectedClassifier(random_state=seed)
    of_annotators = AnnotatorCorrectedClassifier(missing_label=-1, random_state=seed)
    for name, clf, given in zip(
        accuracies, (plain, corrected, of_annotators), (majority, majority, labels), strict=True
    ):
        accuracies[name].append(clf.fit(X_train, given).score(X_test, y_test))
print("true accuracies:     ", 1 - np.array(error_rates))
print("estimated accuracies:", of_annotators.annotator_model_.accuracies_.round(2))

# %%
# Accuracy on clean labels
# ------------------------
# Each draw has its own marker.

fig, ax = plt.subplots(figsize=(6.4, 3), layout="constrained")
for place, values in enumerate(accuracies.values()):
    color = "#D55E00" if place < 2 else "#0072B2"
    for value, marker in zip(values, "os", strict=True):
        ax.plot(value, place, marker, color=color, ms=9)
ax.set(
    yticks=range(len(accuracies)),
    yticklabels=accuracies,
    xlabel="accuracy on clean test labels",
    title="Five annotators, each labels 40% of the rows",
    xlim=(0.85, 1),
    ylim=(-0.5, len(accuracies) - 0.5),
)
ax.invert_yaxis()
ax.grid(axis="x", alpha=0.3)
ax.spines[["top", "right"]].set_visible(False)
plt.show()

# %%
# With data of your own
# ---------------------
# Pass the labels as a table: one row per example, one column per annotator. Gaps may be NaN, None
# or `missing_label`. Annotators should err independently: two who copy from each other look
# careful, and the others careless.
