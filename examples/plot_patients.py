"""
Rows of one patient in two folds hide the noise
===============================================

A patient often has several rows that look alike and share one diagnosis. If folds part them, the
classifier knows the wrong diagnosis from the other rows, and the labels seem clean. `fold_groups`
keeps the rows of a patient together.
"""

# %%
# Patients with several images
# ----------------------------
# A patient is a digit here, and its images differ by some grey. The diagnosis of a patient is wrong
# in 30% of the cases, and then it is wrong in all images.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits

from sknoisy import TransitionMatrixEstimator
from sknoisy.noise import corrupt_labels, symmetric_transition_matrix

digits, y = load_digits(n_class=3, return_X_y=True)
n_images = [1, 2, 4]


def images_of_patients(n_images, seed):
    rng = np.random.default_rng(seed)
    patients = np.repeat(np.arange(len(digits)), n_images)
    X = digits[patients] + rng.standard_normal((len(patients), digits.shape[1]))
    T = symmetric_transition_matrix(3, 0.3)
    diagnoses = corrupt_labels(y, T, exact=True, random_state=seed)
    return X, diagnoses[patients], patients


# %%
# The estimated noise rate, with and without the patients' names
# --------------------------------------------------------------

rates = {"rows of a patient in any folds": [], "fold_groups=patients": []}
for number in n_images:
    X, y_noisy, patients = images_of_patients(number, seed=0)
    for name, fold_groups in zip(rates, (None, patients), strict=True):
        estimator = TransitionMatrixEstimator(random_state=0)
        estimator.fit(X, y_noisy, fold_groups=fold_groups)
        rates[name].append(estimator.noise_rate_)

# %%
# Without `fold_groups` the noise seems to vanish
# -----------------------------------------------

fig, ax = plt.subplots(figsize=(6.4, 4), layout="constrained")
ax.axhline(0.3, color="black", lw=1, ls=":")
ax.annotate("true noise rate", (3, 0.3), xytext=(0, -14), textcoords="offset points", ha="center")
for (name, values), color, style in zip(
    rates.items(), ("#D55E00", "#0072B2"), ("o--", "s-"), strict=True
):
    ax.plot(n_images, values, style, color=color, label=name)
ax.set(
    xticks=n_images,
    xlabel="images of each patient",
    ylabel="estimated noise rate",
    title="30% of the patients have a wrong diagnosis",
    ylim=(-0.01, 0.36),
)
ax.legend(frameon=False, loc="center right")
ax.spines[["top", "right"]].set_visible(False)
plt.show()

# %%
# With data of your own
# ---------------------
# Pass the name of the patient of each row as `fold_groups`. Every `fit` that makes folds takes it,
# and so does :func:`~sknoisy.inspection.noise_audit`. Equal rows are kept together without it.
