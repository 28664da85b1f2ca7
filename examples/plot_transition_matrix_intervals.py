"""
More rows narrow the intervals of T
===================================

An estimate of T from a few hundred rows may be far off. `interval` returns limits for each entry,
which say how far. With ten times as many rows they are about a third as wide.
"""

# %%
# Three classes, and who is taken for whom
# ----------------------------------------
# C often gets the label A. B never does.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from sknoisy import TransitionMatrixEstimator
from sknoisy.noise import corrupt_labels

classes = np.array(["A", "B", "C"])
centers = np.array([[0, 0], [6, 0], [3, 5]])
T = np.array([[0.8, 0.15, 0.05], [0, 0.9, 0.1], [0.25, 0.05, 0.7]])


def noisy_rows(n_rows, seed):
    rng = np.random.default_rng(seed)
    codes = rng.integers(3, size=n_rows)
    X = centers[codes] + rng.standard_normal((n_rows, 2))
    return X, corrupt_labels(classes[codes], T, random_state=seed)


# %%
# Estimate T, six times
# ---------------------
# The figure shows the first draw of the rows. The others show how often the limits hold.

numbers = [300, 3000]
estimates, intervals = {}, {}
for n_rows in numbers:
    drawn = []
    for seed in range(6):
        X, y_noisy = noisy_rows(n_rows, seed)
        estimator = TransitionMatrixEstimator(LinearDiscriminantAnalysis(), random_state=0)
        estimator.fit(X, y_noisy)
        drawn.append(estimator.interval(confidence_level=0.95))
        estimates.setdefault(n_rows, estimator.transition_matrix_)
    intervals[n_rows] = drawn[0]
    low, high = np.moveaxis(drawn, 1, 0)
    width, held = np.mean(high - low), np.mean((low <= T) & (T <= high))
    print(f"{n_rows:>4} rows: mean width {width:.2f}, the true entry is inside in {held:.0%}")

# %%
# The limits come from resampled rows. They cover the sampling error and not the rows that are
# counted for the wrong class. So they hold somewhat less often than in 95% of the cases.
#
# Every entry of T with its limits
# --------------------------------

fig, ax = plt.subplots(figsize=(6.4, 4.4), layout="constrained")
places = np.arange(T.size)
for n_rows, color, marker, shift in ((300, "#D55E00", "s", -0.16), (3000, "#0072B2", "o", 0.16)):
    low, high = intervals[n_rows].reshape(2, -1)
    ax.hlines(places + shift, low, high, color=color, lw=3)
    estimate = estimates[n_rows].ravel()
    ax.plot(estimate, places + shift, marker, color=color, label=f"{n_rows} rows, 95% limits")
ax.plot(T.ravel(), places, "|", color="black", ms=20, mew=2, label="true T")
ax.set(
    yticks=places,
    yticklabels=[f"{clean} labelled {noisy}" for clean in classes for noisy in classes],
    xlabel="entry of T",
    title="Where an entry of T may lie",
)
ax.invert_yaxis()
ax.legend(frameon=False, ncols=3, loc="upper center", bbox_to_anchor=(0.42, -0.14))
ax.spines[["top", "right"]].set_visible(False)
plt.show()

# %%
# With data of your own
# ---------------------
# Replace `X` and `y_noisy`, and `LinearDiscriminantAnalysis` by the classifier that suits them.
# :meth:`TransitionMatrixDisplay.from_estimator
# <sknoisy.inspection.TransitionMatrixDisplay.from_estimator>` draws T with its limits. If they are
# too wide, collect more rows of that class, or pass what you know of the noise as `structure=`.
