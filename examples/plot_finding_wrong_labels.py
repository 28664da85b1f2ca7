"""
The rows most probably wrong are wrong
======================================

Out-of-fold posteriors and T give, for each row, the probability that its label is right. Sort by
it, and look at the lowest first.
"""

# %%
# Noisy digits, and posteriors of rows that were not trained on
# -------------------------------------------------------------

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.model_selection import cross_val_predict

from sknoisy.metrics import fit_noise_model, label_quality, most_probable_label, rows_to_relabel
from sknoisy.noise import MNIST_CLASS_MAP, class_map_transition_matrix, corrupt_labels

X, y = load_digits(return_X_y=True)
T = class_map_transition_matrix(MNIST_CLASS_MAP, 0.3, classes=10)
y_noisy = corrupt_labels(y, T, random_state=0)
forest = ExtraTreesClassifier(100, min_samples_leaf=3, random_state=0)
noisy_proba = cross_val_predict(forest, X, y_noisy, cv=3, method="predict_proba")

# %%
# The quality of each label
# -------------------------
# `fit_noise_model` turns the posteriors into clean ones, and estimates T.

noise = fit_noise_model(noisy_proba, y_noisy)
quality = label_quality(noise.clean_proba, y_noisy, noise.transition_matrix)
probable = most_probable_label(noise.clean_proba, y_noisy, noise.transition_matrix)
worst = np.argsort(quality)[:18]
print(f"{np.mean(y_noisy[worst] != y[worst]):.0%} of the {len(worst)} worst labels are wrong,")
print(f"and {np.mean(y_noisy != y):.0%} of all labels.")

# %%
# Have some rows labelled again
# -----------------------------
# The clean labels play the part of the person who looks at 200 rows.

rows = rows_to_relabel(noise.clean_proba, y_noisy, noise.transition_matrix, n_rows=200)
y_checked = y_noisy.copy()
y_checked[rows] = y[rows]
print(f"{len(rows)} rows checked: {np.mean(y_checked != y):.0%} of all labels are still wrong.")

# %%
# The worst labels
# ----------------
# Above each digit: its label, and the most probable one.

fig, axes = plt.subplots(3, 6, figsize=(6.4, 4), layout="constrained")
for ax, row in zip(axes.flat, worst, strict=True):
    ax.imshow(X[row].reshape(8, 8), cmap="gray_r")
    ax.set_title(f"{y_noisy[row]} → {probable[row]}", color="#0072B2")
    ax.axis("off")
plt.show()

# %%
# With data of your own
# ---------------------
# Use the classifier that suits your data, and its out-of-fold posteriors. Look at the rows that
# `rows_to_relabel` lists, and train on the corrected labels. If rows belong together, as images of
# one patient do, use ``cv=GroupKFold()``.
