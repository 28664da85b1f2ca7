"""
Noisy validation labels understate accuracy, and corrected scores do not
========================================================================

A model that predicts the clean label disagrees with every wrong label. Its accuracy on noisy labels
is therefore too low. A corrected score estimates the accuracy on clean labels, with an interval.
"""

# %%
# Four models, validated on noisy labels
# --------------------------------------
# 30% of all labels are wrong. The clean labels serve to check the scores, at the end.

import matplotlib.pyplot as plt
from sklearn.datasets import load_digits
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score
from sklearn.model_selection import cross_val_predict
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sknoisy.metrics import fit_noise_model, noise_corrected_accuracy
from sknoisy.noise import corrupt_labels, symmetric_transition_matrix

X, y = load_digits(n_class=5, return_X_y=True)
y_noisy = corrupt_labels(y, symmetric_transition_matrix(5, 0.3), random_state=0)

models = {
    "naive Bayes": make_pipeline(StandardScaler(), GaussianNB(var_smoothing=0.1)),
    "one neighbour": KNeighborsClassifier(1),
    "logistic regression": make_pipeline(StandardScaler(), LogisticRegression(C=0.01)),
    "extra trees": ExtraTreesClassifier(100, min_samples_leaf=5, random_state=0),
}
predicted = {name: cross_val_predict(model, X, y_noisy, cv=3) for name, model in models.items()}

# %%
# One T for all models
# --------------------
# It is estimated with the model that predicts the noisy labels best: here the trees.

noisy_proba = cross_val_predict(models["extra trees"], X, y_noisy, cv=3, method="predict_proba")
T = fit_noise_model(noisy_proba, y_noisy).transition_matrix

# %%
# Three accuracies of each model
# ------------------------------

fig, ax = plt.subplots(figsize=(6.4, 4), layout="constrained")
for place, labels in enumerate(predicted.values()):
    score = noise_corrected_accuracy(y_noisy, labels, T, confidence_level=0.95)
    low, high = score.interval
    ax.plot(accuracy_score(y_noisy, labels), place, "x", color="#D55E00", ms=9, mew=2)
    ax.plot([low, high], [place, place], color="#0072B2", lw=2)
    ax.plot(score.value, place, "o", color="#0072B2", ms=8)
    ax.plot(accuracy_score(y, labels), place, "D", color="black", ms=8, mfc="none", mew=1.5)
for style, color, label in (
    ("x", "#D55E00", "on noisy labels"),
    ("o-", "#0072B2", "corrected, 95% interval"),
    ("D", "black", "on clean labels"),
):
    ax.plot([], [], style, color=color, mfc="none" if style == "D" else color, label=label)
ax.set(
    yticks=range(len(models)),
    yticklabels=models,
    xlabel="accuracy",
    title="30% of the labels are wrong",
    ylim=(-0.5, len(models) - 0.5),
)
ax.legend(frameon=False, ncols=3, loc="upper center", bbox_to_anchor=(0.4, -0.14))
ax.spines[["top", "right"]].set_visible(False)
plt.show()

# %%
# With data of your own
# ---------------------
# In a search, pass ``scoring=make_noise_corrected_scorer("balanced_accuracy", T)`` with one T for
# all candidates. If T comes from the rows that are scored, as here,
# :func:`~sknoisy.metrics.bootstrap_noise_corrected_score` gives an interval that includes the
# uncertainty of T.
