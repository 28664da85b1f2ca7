"""
A few labelled positives are enough to find the others
======================================================

Some rows are known to be positive, and nothing is known of the others. A classifier of labelled
against unlabelled rows takes most positive rows for negative ones.
"""

# %%
# Tumours, of which some are known
# --------------------------------
# A share of the malignant tumours is labelled. All other rows are unlabelled.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import precision_score, recall_score
from sklearn.model_selection import train_test_split

from sknoisy import ReweightedClassifier, TransitionMatrixEstimator

X, target = load_breast_cancer(return_X_y=True)
malignant = target == 0
X_train, X_test, y_train, y_test = train_test_split(
    X, malignant, test_size=0.4, stratify=malignant, random_state=0
)
forest = RandomForestClassifier(min_samples_leaf=3, random_state=0)

# %%
# With and without the structure
# ------------------------------
# `structure` says how the labels came about. How often a malignant tumour is labelled is estimated.

structure = {"noise": "positive_unlabelled", "positive": "known"}
estimator = TransitionMatrixEstimator(structure=structure, random_state=0)
corrected = ReweightedClassifier(forest, transition_matrix=estimator, random_state=0)

frequencies = [0.2, 0.3, 0.4, 0.5, 0.6]
recall = {"labels as they are": [], "positive and unlabelled": []}
shares, precision = [], []
for frequency in frequencies:
    chance = np.random.default_rng(0).uniform(size=len(y_train))
    labels = np.where(y_train & (chance < frequency), "known", "unlabelled")
    for name, clf in zip(recall, (forest, corrected), strict=True):
        found = clf.fit(X_train, labels).predict(X_test) == "known"
        recall[name].append(100 * recall_score(y_test, found))
    precision.append(precision_score(y_test, found))  # Of the corrected forest, the last.
    shares.append(np.mean(labels == "known") / corrected.transition_matrix_[0, 0])

# %%
# The share of malignant tumours among the training rows, estimated from each set of labels, and
# how many of the rows that the corrected forest calls malignant are so:

print(f"share: {y_train.mean():.2f}; estimated: {np.round(shares, 2)}")
print(f"right among those found: {np.round(precision, 2)}")

# %%
# Malignant tumours that are found
# --------------------------------

fig, ax = plt.subplots(figsize=(6.4, 4), layout="constrained")
for (name, values), color in zip(recall.items(), ("#D55E00", "#0072B2"), strict=True):
    ax.plot(100 * np.array(frequencies), values, "o-", color=color, label=name)
ax.legend(frameon=False, loc="center left")
ax.set(
    xlabel="malignant training rows that are labelled (%)",
    ylabel="malignant test rows found (%)",
    title="The same forest, told how the labels came about",
    ylim=(0, 103),
)
ax.spines[["top", "right"]].set_visible(False)
plt.show()

# %%
# With data of your own
# ---------------------
# Give the unlabelled rows a label of their own, and name that of the others as `positive`. If you
# know the share of positive rows, add `"positive_share"`. Labelled rows must be drawn at random
# among the positive ones. Kinds of noise that have a name are in the user guide.
