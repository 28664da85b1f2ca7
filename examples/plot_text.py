"""
Sparse features of text are corrected too
=========================================

TF-IDF turns texts into a sparse matrix with thousands of columns. The default network for it is
linear, and trains in seconds without a dense copy. The correction works on it as on any table.
"""

# %%
# Documents about four topics
# ---------------------------
# No text is downloaded: words are drawn at random, rare ones less often. Each topic has favourite
# words, which are a third of its documents. The rest are words of all topics.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import make_pipeline

from sknoisy import ForwardCorrectedClassifier, RobustLossClassifier
from sknoisy.noise import corrupt_labels

topics = np.array(["economy", "politics", "science", "travel"])
rng = np.random.default_rng(0)
words = np.array([f"word{number}" for number in range(3000)])
frequency = 1 / np.arange(2, len(words) + 2)
favourites = rng.permutation(len(words)).reshape(10, -1)[: len(topics)]
word_proba = np.tile(0.65 * frequency / frequency.sum(), (len(topics), 1))
for proba, own in zip(word_proba, favourites, strict=True):
    proba[own] += 0.35 * frequency[own] / frequency[own].sum()


def documents(n):
    codes = rng.integers(len(topics), size=n)
    texts = [" ".join(rng.choice(words, size=25, p=word_proba[code])) for code in codes]
    return texts, topics[codes]


texts, y = documents(4000)
test_texts, test_topics = documents(1000)

# %%
# Who is taken for whom
# ---------------------
# 40% of the documents about the economy are filed under politics, and 40% of science under travel.

T = np.eye(4)
T[0, :2] = T[2, 2:] = 0.6, 0.4
y_noisy = corrupt_labels(y, T, random_state=0)

# %%
# Pipelines that take texts
# -------------------------

plain = RobustLossClassifier(loss="cross_entropy", random_state=0)
corrected = ForwardCorrectedClassifier(random_state=0)
trainings = {
    "clean labels": (plain, y, "black", ":"),
    "noisy labels, corrected": (corrected, y_noisy, "#0072B2", "s-"),
    "noisy labels, plain": (plain, y_noisy, "#D55E00", "o--"),
}
numbers = [500, 1500, 4000]
accuracies = {}
for name, (classifier, labels, _, _) in trainings.items():
    model = make_pipeline(TfidfVectorizer(), classifier)
    accuracies[name] = [
        model.fit(texts[:n], labels[:n]).score(test_texts, test_topics) for n in numbers
    ]

# %%
# Accuracy on clean labels
# ------------------------

fig, ax = plt.subplots(figsize=(6.4, 4), layout="constrained")
for name, (_, _, color, style) in trainings.items():
    ax.plot(numbers, accuracies[name], style, color=color, label=name)
ax.set(
    xscale="log",
    xticks=numbers,
    xticklabels=numbers,
    xlabel="training documents",
    ylabel="accuracy on clean test labels",
    title="40% of two topics are filed under another",
)
ax.minorticks_off()
ax.legend(frameon=False)
ax.spines[["top", "right"]].set_visible(False)
plt.show()

# %%
# With data of your own
# ---------------------
# Replace `texts` and `y_noisy`. Settings of the vectorizer can be searched together with those of
# the classifier. With sentence embeddings instead of words, X is a dense table, and the default
# network has hidden layers.
