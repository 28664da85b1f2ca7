"""
A corrected linear head on frozen features keeps its accuracy
=============================================================

Features of a pretrained model often separate new classes well, and a linear head on them trains in
seconds. Wrong labels spoil this head. They do not spoil the features, which were learned from other
data, so it is enough to correct the head.
"""

# %%
# A network that was trained before
# ---------------------------------
# It stands for any pretrained model. It saw clean images of the digits 5 to 9, and never a 0 to 4.

import matplotlib.pyplot as plt
import numpy as np
import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sknoisy import ForwardCorrectedClassifier, RobustLossClassifier, make_net
from sknoisy.modules import ConvNet, Perceptron
from sknoisy.noise import corrupt_labels, pair_flip_transition_matrix

X, y = load_digits(return_X_y=True)
images = (X / 16).astype(np.float32).reshape(-1, 1, 8, 8)
net = make_net(ConvNet, module__depth=2, module__n_filters=16, max_epochs=20)
pretrained = RobustLossClassifier(net, loss="cross_entropy", random_state=0)
pretrained.fit(images[y >= 5], y[y >= 5])

# %%
# Its features of new digits
# --------------------------
# All layers but the last are applied once. The digits 0 to 4 become rows of a table.

module = pretrained.estimator_.module_.eval().cpu()
new = y < 5
with torch.inference_mode():
    features = module.layers[:-1](torch.from_numpy(images[new])).numpy()
print(f"{features.shape[1]} features of {len(features)} images")

# %%
# Linear heads on these features
# ------------------------------
# Wrong labels are those of the next digit. Each noise rate is drawn twice.

net = make_net(Perceptron, lr=3e-3)
heads = {
    "plain cross-entropy": RobustLossClassifier(net, loss="cross_entropy", random_state=0),
    "forward correction": ForwardCorrectedClassifier(net, random_state=0),
}
noise_rates = [0.0, 0.2, 0.4]
accuracies = {name: np.zeros((len(noise_rates), 2)) for name in heads}
for draw in range(2):
    F_train, F_test, y_train, y_test = train_test_split(
        features, y[new], stratify=y[new], random_state=draw
    )
    for place, noise_rate in enumerate(noise_rates):
        T = pair_flip_transition_matrix(5, noise_rate)
        y_noisy = corrupt_labels(y_train, T, random_state=draw)
        for name, head in heads.items():
            model = make_pipeline(StandardScaler(), head).fit(F_train, y_noisy)
            accuracies[name][place, draw] = model.score(F_test, y_test)

# %%
# Accuracy on clean labels
# ------------------------
# Markers are draws, and lines their means.

fig, ax = plt.subplots(figsize=(6.4, 4), layout="constrained")
for (name, values), color, style in zip(
    accuracies.items(), ("#D55E00", "#0072B2"), ("o--", "s-"), strict=True
):
    ax.plot(noise_rates, values.mean(axis=1), style[1:], color=color)
    ax.plot(noise_rates, values, style[0], color=color)
    ax.plot([], [], style, color=color, label=name)
ax.set(
    xticks=noise_rates,
    xlabel="share of wrong labels",
    ylabel="accuracy on clean test labels",
    title="Linear heads on frozen features",
    ylim=(None, 1.01),
)
ax.legend(frameon=False, loc="lower left")
ax.spines[["top", "right"]].set_visible(False)
plt.show()

# %%
# With data of your own
# ---------------------
# Compute the features once, with any model: what its last layer gets, or what its documentation
# calls embeddings. Pass them as X. `Perceptron` is the linear head; without it, the default network
# has hidden layers. Features learned from the noisy labels themselves may hold the noise.
