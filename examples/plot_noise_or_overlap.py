"""
Labels do not always tell noise from overlap
============================================

Two classes may share rows that look alike. Their labels then disagree without any error, as noisy
labels do. The estimator says so: `noise_rate_range_` holds the noise rates that explain the labels
about equally well, and `identified_` is False where these labels rule out neither that T is far off
nor that there is no noise at all.
"""

# %%
# Three tables with two classes
# -----------------------------
# The classes of the first table are separate. Those of the others overlap. A fifth of the labels is
# wrong in the first and in the last.

import warnings

import matplotlib.pyplot as plt
import numpy as np
from sklearn.linear_model import LogisticRegression

from sknoisy import TransitionMatrixEstimator
from sknoisy.noise import corrupt_labels, symmetric_transition_matrix

rng = np.random.default_rng(0)
y = np.repeat([0, 1], 1000)


def table(distance):
    """Two round clouds at a distance, in standard deviations."""
    return rng.standard_normal((len(y), 2)) + distance * np.column_stack([y, np.zeros_like(y)])


cases = {
    "separate, 20% wrong": (table(5), 0.2),
    "overlapping, none wrong": (table(1), 0.0),
    "overlapping, 20% wrong": (table(1), 0.2),
}

# %%
# Estimate the noise of each
# --------------------------
# `fit` warns where the labels leave T open. Here we read the attributes instead. The labels of the
# second table may be clean or not, for all they say. Those of the third are likelier with noise, so
# that T counts as identified, although the range of rates stays wide.

estimates = {}
for name, (X, noise_rate) in cases.items():
    labels = corrupt_labels(y, symmetric_transition_matrix(2, noise_rate), random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        estimator = TransitionMatrixEstimator(LogisticRegression(), random_state=0)
        estimates[name] = estimator.fit(X, labels)
    low, high = estimator.noise_rate_range_
    print(f"{name}: identified {estimator.identified_}, range {low:.2f} to {high:.2f}")

# %%
# What the labels leave open
# --------------------------

fig, ax = plt.subplots(figsize=(6.4, 3), layout="constrained")
for height, (name, estimator) in enumerate(estimates.items()):
    low, high = estimator.noise_rate_range_
    ax.plot([low, high], [height, height], color="#0072B2", lw=6, solid_capstyle="butt", alpha=0.5)
    ax.plot(estimator.noise_rate_, height, "o", color="#0072B2", ms=8)
    ax.plot(cases[name][1], height, "D", color="#D55E00", ms=8, mfc="none", mew=2)
ax.plot([], [], "o-", color="#0072B2", label="estimate and range")
ax.plot([], [], "D", color="#D55E00", mfc="none", mew=2, label="truth")
ax.set(
    yticks=range(len(cases)),
    yticklabels=cases,
    xlabel="noise rate",
    title="Where classes overlap, many noise rates fit",
    ylim=(-0.6, len(cases) - 0.4),
)
ax.invert_yaxis()
ax.legend(frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
ax.spines[["top", "right"]].set_visible(False)
plt.show()

# %%
# With data of your own
# ---------------------
# Replace `X` and `labels`. If `identified_` is False, collect ten trusted labels of each class and
# pass them to `fit` as `y_trusted`. If you know limits of the noise rate, pass
# ``structure={"noise_rate": (0.1, 0.3)}``.
