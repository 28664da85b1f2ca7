"""
A hundred verified rows tell what language models' labels are worth
===================================================================

Language models label texts for little money, and err in the same places. Their agreement therefore
says too much for them, and for a classifier that learns from them. A hundred texts that somebody
reads give an honest score.
"""

# %%
# Three labellers, each with its confidence
# -----------------------------------------
# No language model is asked: words are drawn at random, and three classifiers that have seen few
# texts stand for models of different size. All three take a fifth of the texts about the economy
# for politics, as those share their words.

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import make_pipeline

from sknoisy.annotators import AnnotatorCorrectedClassifier, DawidSkene
from sknoisy.metrics import prediction_powered_score

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
    about = np.where((codes == 0) & (rng.random(n) < 0.2), 1, codes)  # Words of the other topic.
    texts = [" ".join(rng.choice(words, size=25, p=word_proba[code])) for code in about]
    return np.array(texts), topics[codes]


texts, y = documents(3000)
answers = {}
for name, n_seen in (("large", 1000), ("medium", 200), ("small", 60)):
    model = make_pipeline(TfidfVectorizer(), MultinomialNB(alpha=0.1)).fit(*documents(n_seen))
    confidence = model.predict_proba(texts).max(axis=1)
    sure = confidence > np.median(confidence)
    label = model.predict(texts)
    answers[f"{name}, sure"] = np.where(sure, label, None)
    answers[f"{name}, unsure"] = np.where(sure, None, label)
answers = pd.DataFrame(answers)

# %%
# The confidence is a column
# --------------------------
# Each labeller has two columns, one for its sure answers and one for the others, with a gap where
# the answer is in the other column: sure answers have a T of their own. No threshold needs to be
# right, and no confidence calibrated.

unseen = np.arange(len(texts)) >= 2000
consensus = DawidSkene().fit(None, answers)
clf = make_pipeline(
    TfidfVectorizer(),
    AnnotatorCorrectedClassifier(transition_matrices=DawidSkene(), random_state=0),
)
clf.fit(texts[~unseen], answers[~unseen])
predicted = clf.predict(texts[unseen])

# %%
# Somebody reads 100 of the texts that the classifier has not seen
# ----------------------------------------------------------------
# They are drawn at random. The labellers' rates of right answers are counted at these texts, and
# compared with those that the labellers themselves imply.

verified = rng.permutation(unseen.sum())[:100]
y_trusted = np.full(unseen.sum(), None, dtype=object)
y_trusted[verified] = y[unseen][verified]
read = answers[unseen].iloc[verified]
right = read.eq(y_trusted[verified], axis=0).sum() / read.notna().sum()
table = pd.DataFrame({"implied": consensus.accuracies_, "verified": right})
print(table.round(2))
print("T of the sure answers of the large one:")
print(pd.DataFrame(consensus.transition_matrices_[0], topics, topics).round(2))

# %%
# The score, and how sure it is
# -----------------------------
# The verified texts alone would do. The consensus of the labellers, as soft labels of all texts,
# makes the score surer as far as it tells right predictions from wrong ones.

proba = pd.DataFrame(consensus.consensus_proba_[unseen], columns=topics)
score = prediction_powered_score(y_trusted, proba, predicted, confidence_level=0.95)
truth = (predicted == y[unseen]).mean()
expected = proba.to_numpy()[np.arange(len(proba)), np.searchsorted(topics, predicted)].mean()
agreement = (predicted == consensus.consensus_[unseen]).mean()
scores = {
    "agreement with the labellers": (agreement, agreement, agreement),
    "what the labellers imply": (expected, expected, expected),
    "with 100 verified texts": (score.value, *score.interval),
}
fig, ax = plt.subplots(figsize=(6.4, 2.6), layout="constrained")
for place, (value, low, high) in enumerate(scores.values()):
    color = "#D55E00" if place < 2 else "#0072B2"
    ax.plot([low, high], [place, place], color=color, lw=3)
    ax.plot(value, place, "o", color=color, ms=9)
ax.axvline(truth, color="black", ls=":", label="accuracy on all true topics")
ax.set(
    yticks=range(len(scores)),
    yticklabels=scores,
    xlabel="accuracy of the classifier",
    title="A classifier of three language models' labels",
    ylim=(-0.5, len(scores) - 0.5),
)
ax.invert_yaxis()
ax.legend(loc="upper left")
ax.grid(axis="x", alpha=0.3)
ax.spines[["top", "right"]].set_visible(False)
plt.show()

# %%
# With data of your own
# ---------------------
# Put the answers into a frame: one column per model or prompt, or two for sure and unsure answers,
# and None where there is none. Keep texts aside that the classifier does not see, and have 100 of
# them read. Pass more verified texts, other than those, to `fit` as `y_trusted`.
