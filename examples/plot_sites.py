"""
Sites that err in different ways need a T each
==============================================

Labels often come from several sites, and each site has habits of its own. One T for all rows
describes none of them. With `noise_groups` every site gets its own T.
"""

# %%
# Three sites that label the same digits
# --------------------------------------
# Site A is careful. Site B often writes the next digit, and site C the one before.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from sknoisy import ForwardCorrectedClassifier
from sknoisy.inspection import TransitionMatrixDisplay
from sknoisy.noise import corrupt_labels, pair_flip_transition_matrix

X, y = load_digits(n_class=5, return_X_y=True)
next_digit = pair_flip_transition_matrix(5, 0.6)
matrices = {"A": np.eye(5), "B": next_digit, "C": next_digit.T}


def labels_of_sites(y, seed):
    site = np.random.default_rng(seed).choice(list(matrices), len(y))
    y_noisy = y.copy()
    for name, T in matrices.items():
        rows = site == name
        y_noisy[rows] = corrupt_labels(y[rows], T, random_state=seed)
    return site, y_noisy


# %%
# One T for all rows, and one for each site
# -----------------------------------------
# Two draws of the noise, so that luck shows.

accuracies = {"one T": [], "one T per site": []}
for seed in range(2):
    X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=seed)
    site, y_noisy = labels_of_sites(y_train, seed)
    for name, noise_groups in (("one T", None), ("one T per site", site)):
        clf = ForwardCorrectedClassifier(random_state=seed)
        clf.fit(X_train, y_noisy, noise_groups=noise_groups)
        accuracies[name].append(clf.score(X_test, y_test))
for name, values in accuracies.items():
    print(f"{name}: accuracy on clean labels " + ", ".join(f"{value:.3f}" for value in values))

# %%
# The estimated T of each site
# ----------------------------
# Rows are clean digits, and columns their labels.

fig, axes = plt.subplots(1, 3, figsize=(9, 3.4), layout="constrained")
for ax, name, T in zip(axes, clf.noise_groups_, clf.transition_matrices_, strict=True):
    TransitionMatrixDisplay(T).plot(ax=ax, colorbar=False)
    ax.set_title(f"site {name}")
plt.show()

# %%
# With data of your own
# ---------------------
# Pass the site, source or device of each row as `noise_groups`. Leave it out of `X`: predictions
# then need no site. In a Pipeline, call ``sklearn.set_config(enable_metadata_routing=True)`` once,
# and request it with ``set_fit_request(noise_groups=True)``.
