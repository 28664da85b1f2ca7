"""
A network of your own is corrected as it is
===========================================

The correction is in the loss. The network needs no change: any `torch.nn.Module` that returns
logits will do. Here a small convolutional network learns from images.
"""

# %%
# A convolutional network in plain PyTorch
# ----------------------------------------
# An argument called `n_classes` is filled in from the labels.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.metrics import recall_score
from sklearn.model_selection import train_test_split
from torch import nn

from sknoisy import ForwardCorrectedClassifier, RobustLossClassifier, make_net
from sknoisy.noise import class_map_transition_matrix, corrupt_labels


class SmallNetwork(nn.Module):
    def __init__(self, n_classes):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(1, 16, kernel_size=3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(16, 32, kernel_size=3, padding=1),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(32 * 4 * 4, n_classes),
        )

    def forward(self, X):
        return self.layers(X)


# %%
# Images with labels of similar digits
# ------------------------------------
# 40% of the images of four digits have the label of a similar digit. Images are float32, of shape
# (n_samples, channels, height, width).

X, y = load_digits(return_X_y=True)
images = (X / 16).astype(np.float32).reshape(-1, 1, 8, 8)
X_train, X_test, y_train, y_test = train_test_split(images, y, stratify=y, random_state=0)
T = class_map_transition_matrix({2: 7, 3: 8, 5: 6, 7: 1}, 0.4, classes=10)
y_noisy = corrupt_labels(y_train, T, random_state=0)

# %%
# The same network, plain and corrected
# -------------------------------------

net = make_net(SmallNetwork, lr=3e-3, max_epochs=20)
classifiers = {
    "plain cross-entropy": RobustLossClassifier(net, loss="cross_entropy", random_state=0),
    "forward correction": ForwardCorrectedClassifier(net, random_state=0),
}
recalls = {}
for name, clf in classifiers.items():
    predicted = clf.fit(X_train, y_noisy).predict(X_test)
    recalls[name] = recall_score(y_test, predicted, average=None)
    print(f"{name}: accuracy {np.mean(predicted == y_test):.2f}")

# %%
# The digits that are mislabelled are recognised again
# ----------------------------------------------------

fig, ax = plt.subplots(figsize=(6.4, 4), layout="constrained")
digits = np.arange(10)
ax.vlines(digits, *recalls.values(), color="gray", lw=1)
ax.plot(digits, recalls["plain cross-entropy"], "o", color="#D55E00", label="plain cross-entropy")
ax.plot(digits, recalls["forward correction"], "s", color="#0072B2", label="forward correction")
ax.set(
    xticks=digits,
    xticklabels=[f"{d}\n{1 - T[d, d]:.0%}" for d in digits],
    xlabel="clean digit, and the share of its labels that is wrong",
    ylabel="share of test images recognised",
    ylim=(0, 1.05),
)
ax.legend(frameon=False, loc="lower left")
ax.spines[["top", "right"]].set_visible(False)
plt.show()

# %%
# With data of your own
# ---------------------
# Replace the network, `images` and `y_noisy`. Pass the class and not an instance, since it is
# trained several times. For images larger than memory pass a PyTorch Dataset as X. If the network
# is trained for long, add ``early_stopping=True``.
