"""The HTML report."""

import base64
import datetime
import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest
from matplotlib import pyplot as plt
from sklearn.naive_bayes import GaussianNB

from sknoisy.inspection import noise_audit
from sknoisy.inspection._report_html import page
from sknoisy.noise import corrupt_labels, symmetric_transition_matrix


def audited(K, n=500):
    rng = np.random.RandomState(0)
    y = np.arange(n) % K
    X = 4 * rng.normal(size=(K, 10))[y] + rng.normal(size=(n, 10))
    noisy = corrupt_labels(y, symmetric_transition_matrix(K, 0.2), random_state=0)
    names = np.array([f"<class {k}>" for k in range(K)])
    return noise_audit(X, names[noisy], estimator=GaussianNB(), n_bootstrap=5, random_state=0)


def of_many_classes(audit, K=100, n=1000):
    """The same audit, as if it were of K classes: only the figures are of interest."""
    rng = np.random.RandomState(0)
    T, proba = symmetric_transition_matrix(K, 0.3), rng.dirichlet(np.full(K, 0.1), size=n)
    classes = np.array([f"<class {k}>" for k in range(K)])
    return replace(
        audit,
        classes=classes,
        n_samples=n,
        transition_matrix=T,
        transition_matrix_interval=np.stack([T, T]),
        noise_rate_by_class=1 - T.diagonal(),
        wrong_share_by_label=1 - T.diagonal(),
        noisy_proba=proba @ T,
        clean_proba=proba,
        label_quality=rng.uniform(size=n),
        y=classes[np.arange(n) % K],
    )


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.sources = [], []

    def handle_starttag(self, tag, attrs):
        if tag not in {"meta", "img"}:
            self.open.append(tag)
        self.sources += [value for name, value in attrs if name in {"src", "href"}]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def audit():
    return audited(2)


@pytest.mark.parametrize("K", [2, 100])
def test_the_page_stands_alone(audit, K):
    open_before = plt.get_fignums()
    html = page(audit if K == 2 else of_many_classes(audit))
    tags = Tags()
    tags.feed(html)
    assert not tags.open
    assert len(tags.sources) == 6
    assert all(source.startswith("data:image/png;base64,") for source in tags.sources)
    assert "http" not in re.sub(r'src="[^"]*"', "", html)
    assert base64.b64decode(tags.sources[0].split(",")[1]).startswith(b"\x89PNG")
    assert len(html) < 2e6
    assert "&lt;class 1&gt;" in html
    assert "All classes; in" in html if K == 2 else "The 12 of 100 classes with most noise" in html
    assert re.search(r"<td>0\.\d{3} \(0\.\d{3} to 0\.\d{3}\)</td>", html)
    assert plt.get_fignums() == open_before


def test_what_was_not_estimated_has_no_figure(audit):
    html = page(replace(audit, fit_test=None, learning_curve=None, notes=["No features."]))
    assert html.count("<img") == 4
    assert "No features." in html


def test_the_page_says_when_and_with_what_it_was_made(audit):
    audit = replace(audit, version="0.7.1", date=datetime.date(2031, 2, 3))
    assert "<footer>sknoisy 0.7.1, 03 February 2031</footer>" in page(audit)


def test_tables_hold_no_score_above_one(audit):
    comparison = audit.comparison._replace(accuracy={"none": (1.013, 0.02)})
    assert "<td>1.000 ± 0.020</td>" in page(replace(audit, comparison=comparison))
