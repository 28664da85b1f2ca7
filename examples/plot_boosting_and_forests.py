"""
Forests and boosting can be corrected too
=========================================

:class:`~sknoisy.ReweightedClassifier` fits a classifier again, with weights that undo the noise.
The classifier stays the one you know, such as a forest or gradient boosting.
"""

# %%
# Digits with labels of similar digits
# ------------------------------------

import matplotlib.pyplot as plt
import numpy as np
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.model_selection import train_test_split

from sknoisy import ReweightedClassifier
from sknoisy.noise import MNIST_CLASS_MAP, class_map_transition_matrix, corrupt_labels

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)
T = class_map_transition_matrix(MNIST_CLASS_MAP, 0.4, classes=10)
y_noisy = corrupt_labels(y_train, T, random_state=0)

# %%
# The same classifiers, plain and corrected
# -----------------------------------------

classifiers = {
    "random forest": RandomForestClassifier(100, min_samples_leaf=3, random_state=0),
    "gradient boosting": HistGradientBoostingClassifier(max_iter=20, random_state=0),
}
plain, corrected = [], []
for classifier in classifiers.values():
    plain.append(clone(classifier).fit(X_train, y_noisy).score(X_test, y_test))
    reweighted = ReweightedClassifier(classifier, random_state=0).fit(X_train, y_noisy)
    corrected.append(reweighted.score(X_test, y_test))

# %%
# Accuracy on clean labels
# ------------------------

fig, ax = plt.subplots(figsize=(6.4, 4), layout="constrained")
places = np.arange(len(classifiers))
for values, label, color, shift in (
    (plain, "plain", "#D55E00", -0.2),
    (corrected, "corrected", "#0072B2", 0.2),
):
    bars = ax.bar(places + shift, values, width=0.36, color=color, label=label)
    ax.bar_label(bars, fmt="{:.2f}")
ax.set(
    xticks=places,
    xticklabels=classifiers,
    ylabel="accuracy on clean test labels",
    title="40% of five digits carry a similar digit's label",
    ylim=(0, 1.08),
)
ax.legend(frameon=False, ncols=2, loc="upper center", bbox_to_anchor=(0.5, -0.08))
ax.spines[["top", "right"]].set_visible(False)
plt.show()

# %%
# With data of your own
# ---------------------
# Pass your classifier. It may be a Pipeline: missing values, categories and columns by name reach
# it as they are. Give trees leaves of several rows, as here: leaves of a single row memorise it.
# Compare with the plain classifier on some clean labels: mild and even noise harms a forest little,
# and the correction then improves probabilities more than predicted classes.
