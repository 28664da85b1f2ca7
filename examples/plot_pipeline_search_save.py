"""
A whole Pipeline is tuned on noisy labels, saved and reloaded
=============================================================

A table with categories and gaps needs preparation before a network sees it. The preparation and the
corrected network form one Pipeline. A search with noise-corrected scores finds its best settings.
"""

# %%
# A table of machines
# -------------------
# A hot machine is worn if it is an old model, and fine if it is a new one. High pressure means that
# it is broken. Some values are missing, and 20% of the labels are wrong.

import tempfile
from pathlib import Path

import joblib
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.metrics import get_scorer
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from sknoisy import ForwardCorrectedClassifier, make_net
from sknoisy.metrics import make_noise_corrected_scorer
from sknoisy.noise import corrupt_labels, symmetric_transition_matrix

rng = np.random.default_rng(0)
n = 2000
hot, high = rng.random((2, n)) < 0.5
model = rng.choice(["old", "new"], n)
frame = pd.DataFrame(
    {
        "temperature": np.where(hot, 80, 40) + 8 * rng.standard_normal(n),
        "pressure": np.where(high, 9, 5) + rng.standard_normal(n),
        "model": model,
        "site": rng.choice(["north", "south"], n),
    }
)
clean = np.where(high, "broken", np.where(hot == (model == "old"), "worn", "fine"))
frame = frame.mask(rng.random(frame.shape) < 0.02)
labels = corrupt_labels(clean, symmetric_transition_matrix(3, 0.2), random_state=0)
rows, test_rows, noisy, _, _, test_clean = train_test_split(frame, labels, clean, random_state=0)

# %%
# Preparation and network in one Pipeline
# ---------------------------------------

numbers = make_pipeline(SimpleImputer(), StandardScaler())
categories = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
prepare = ColumnTransformer(
    [
        ("numbers", numbers, ["temperature", "pressure"]),
        ("categories", categories, ["model", "site"]),
    ]
)
classify = ForwardCorrectedClassifier(random_state=0)
pipeline = Pipeline([("prepare", prepare), ("classify", classify)])

# %%
# Estimate T once, and search with it
# -----------------------------------
# All candidates share one T, so that none wins by a wrong T.

T = pipeline.fit(rows, noisy)["classify"].transition_matrix_
pipeline.set_params(classify__transition_matrix=T, classify__estimator=make_net(lr=3e-3))
search = GridSearchCV(
    pipeline,
    {
        "prepare__categories": ["drop", categories],
        "classify__estimator__module__hidden_sizes": [(), (32,)],
    },
    scoring=make_noise_corrected_scorer("balanced_accuracy", T),
    cv=3,
)
search.fit(rows, noisy)

# %%
# Save the best, and load it again
# --------------------------------
# One file holds the encoder, the scaler, the network and T.

with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "classifier.joblib"
    joblib.dump(search.best_estimator_, path)
    reloaded = joblib.load(path)
same = (reloaded.predict(test_rows) == search.predict(test_rows)).all()
print(f"the same predictions after loading: {same}")
print(f"accuracy on clean labels: {reloaded.score(test_rows, test_clean):.2f}")

# %%
# Scores on noisy labels choose what is best on clean ones
# --------------------------------------------------------
# What heat means depends on the model, so the best candidate has categories and hidden units.

fig, ax = plt.subplots(figsize=(6.4, 3.4), layout="constrained")
names = []
for place, params in enumerate(search.cv_results_["params"]):
    encoded = "without" if params["prepare__categories"] == "drop" else "with"
    network = "network" if params["classify__estimator__module__hidden_sizes"] else "linear"
    names.append(f"{network}, {encoded} categories")
    candidate = clone(pipeline).set_params(**clone(params, safe=False)).fit(rows, noisy)
    score = search.cv_results_["mean_test_score"][place]
    ax.plot(score, place, "o", color="#0072B2", ms=9)
    clean_score = get_scorer("balanced_accuracy")(candidate, test_rows, test_clean)
    ax.plot(clean_score, place, "D", color="black", ms=9, mfc="none", mew=1.5)
ax.plot([], [], "o", color="#0072B2", label="noisy validation labels, corrected")
ax.plot([], [], "D", color="black", mfc="none", mew=1.5, label="clean test labels")
ax.set(
    yticks=range(len(names)),
    yticklabels=names,
    xlabel="balanced accuracy",
    ylim=(-0.5, len(names) - 0.5),
)
ax.legend(frameon=False, loc="upper center", ncols=2, bbox_to_anchor=(0.35, -0.18))
ax.grid(axis="x", alpha=0.3)
ax.spines[["top", "right"]].set_visible(False)
plt.show()

# %%
# With data of your own
# ---------------------
# Replace `frame`, `labels` and the names of the columns. Load joblib files only from sources you
# trust. :doc:`Files of skops </guide/saving>` run no code.
