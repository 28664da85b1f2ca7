"""
An audit says how noisy labels are, and which rows to relabel
=============================================================

`noise_audit` needs noisy labels only. It estimates the noise rate, says whether a correction would
help, and sorts the rows: the most doubtful come first.
"""

# %%
# Digits, a third of them mislabelled
# -----------------------------------
# The clean labels play the part of the person who checks a label.

from textwrap import fill

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits

from sknoisy.inspection import noise_audit
from sknoisy.noise import corrupt_labels, symmetric_transition_matrix

X, y = load_digits(n_class=6, return_X_y=True)
y_noisy = corrupt_labels(y, symmetric_transition_matrix(6, 0.33), random_state=0)

# %%
# The audit
# ---------
# Its text is meant to be read from top to bottom. ``audit.to_html("audit.html")`` writes a page
# with figures.

audit = noise_audit(X, y_noisy, learning_curve=False, random_state=0)
for paragraph in str(audit).splitlines():
    print(fill(paragraph, 90))

# %%
# Check the labels it lists, and audit again
# ------------------------------------------
# As many rows are checked as labels are wrong by the audit.

n_checked = round(audit.noise_rate * len(y))
checked = audit.rows_to_relabel(n_checked)
y_relabelled = y_noisy.copy()
y_relabelled[checked] = y[checked]
second_audit = noise_audit(X, y_relabelled, learning_curve=False, random_state=0)
for name, labels, result in (
    ("before", y_noisy, audit),
    ("after", y_relabelled, second_audit),
):
    truth = np.mean(labels != y)
    print(f"{name}: {result.noise_rate:.1%} wrong by the audit, {truth:.1%} in truth")

# %%
# How fast the wrong labels go
# ----------------------------

wrong = y_noisy != y
by_audit = audit.rows_to_relabel(len(y))
at_random = np.random.default_rng(0).permutation(len(y))

fig, ax = plt.subplots(figsize=(6.4, 4), layout="constrained")
for order, label, color, style in (
    (at_random, "rows in random order", "#D55E00", "--"),
    (by_audit, "rows as the audit lists them", "#0072B2", "-"),
):
    left = (wrong.sum() - np.r_[0, np.cumsum(wrong[order])]) / len(y)
    ax.plot(np.arange(len(left)), left, style, color=color, lw=2, label=label)
ax.vlines(0, *audit.noise_rate_interval, color="black", lw=2)
ax.plot(0, audit.noise_rate, "o-k", lw=2, label="noise rate by the audit, 95% interval")
ax.set(xlabel="labels checked", ylabel="share of wrong labels", ylim=(-0.005, None))
ax.legend(frameon=False)
ax.spines[["top", "right"]].set_visible(False)
plt.show()

# %%
# With data of your own
# ---------------------
# Replace `X` and `y_noisy`. X needs numbers without gaps; for other tables pass a Pipeline as
# `estimator`. If the verdict is "cannot tell", collect 20 trusted labels of random rows, and pass
# them as `y_trusted`. Let somebody check the listed rows who does not see their labels.
