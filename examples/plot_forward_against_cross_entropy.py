"""
The forward correction keeps accuracy that plain training loses
===============================================================

People confuse classes that look alike. Here a growing share of some digits gets the label of a
similar digit. A network trained with plain cross-entropy repeats these errors. The same network
with the forward correction estimates who is taken for whom, and predicts the clean digit.
"""

# %%
# The noise
# ---------
# :data:`~sknoisy.noise.MNIST_CLASS_MAP` says which digit is taken for which: 7 for 1, 2 for 7,
# 3 for 8, and 5 and 6 for each other. The test labels stay clean.

import matplotlib.pyplot as plt
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from sknoisy import ForwardCorrectedClassifier, RobustLossClassifier
from sknoisy.noise import MNIST_CLASS_MAP, class_map_transition_matrix, corrupt_labels

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)

# %%
# Two classifiers that differ in the correction only
# --------------------------------------------------
# Both see noisy labels, and nothing else.

classifiers = {
    "plain cross-entropy": RobustLossClassifier(loss="cross_entropy", random_state=0),
    "forward correction": ForwardCorrectedClassifier(random_state=0),
}
noise_rates = [0.0, 0.15, 0.3, 0.4]
accuracies = {name: [] for name in classifiers}
for noise_rate in noise_rates:
    T = class_map_transition_matrix(MNIST_CLASS_MAP, noise_rate, classes=10)
    y_noisy = corrupt_labels(y_train, T, random_state=0)
    for name, classifier in classifiers.items():
        accuracies[name].append(classifier.fit(X_train, y_noisy).score(X_test, y_test))

# %%
# Accuracy on clean labels
# ------------------------

fig, ax = plt.subplots(figsize=(6.4, 4), layout="constrained")
styles = {
    "plain cross-entropy": ("#D55E00", "o--", (-8, -14)),
    "forward correction": ("#0072B2", "s-", (0, 9)),
}
for name, values in accuracies.items():
    color, style, place = styles[name]
    ax.plot(noise_rates, values, style, color=color)
    point = (noise_rates[-2], values[-2])
    ax.annotate(name, point, xytext=place, textcoords="offset points", ha="right", color=color)
ax.set(
    xlabel="share of wrong labels in the confused classes",
    ylabel="accuracy on clean test labels",
    title="Digits with labels of similar digits",
    ylim=(None, 1.01),
)
ax.spines[["top", "right"]].set_visible(False)
plt.show()

# %%
# With data of your own
# ---------------------
# Replace `X_train` and `y_noisy`. You have no clean labels to score with: see
# :ref:`sphx_glr_gallery_plot_scoring_with_noisy_labels.py`. If T is known, pass it as
# `transition_matrix=T`, and the first stage is skipped.
