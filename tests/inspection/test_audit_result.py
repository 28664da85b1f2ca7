"""The result of an audit."""

import pytest
from sklearn.datasets import load_iris
from sklearn.naive_bayes import GaussianNB

from sknoisy.inspection import NoiseAudit, _report_html, noise_audit

X, Y = load_iris(return_X_y=True)


@pytest.fixture(scope="module")
def audit():
    return noise_audit(X, Y, estimator=GaussianNB(), learning_curve=False, random_state=0)


def test_the_text_has_a_paragraph_per_question(audit):
    assert isinstance(audit, NoiseAudit)
    assert len(str(audit).split("\n\n")) == 6
    assert str(audit).startswith("How noisy are the labels?\n150 rows, 3 classes.")


def test_the_repr_leaves_the_rows_out(audit):
    assert "noisy_proba" not in repr(audit)


def test_the_html_is_one_file(audit, tmp_path):
    text = audit.to_html(tmp_path / "audit.html")
    html = (tmp_path / "audit.html").read_text(encoding="utf-8")
    assert html == text
    assert html.startswith("<!DOCTYPE html>")
    assert len(html) < 2e6


@pytest.mark.parametrize(
    ("name", "error"),
    [(3, TypeError), (".", IsADirectoryError), ("none/audit.html", FileNotFoundError)],
)
def test_a_path_that_cannot_be_written_to_is_refused_before_any_figure(
    audit, tmp_path, monkeypatch, name, error
):
    monkeypatch.setattr(_report_html, "page", pytest.fail)
    with pytest.raises(error, match="path must be "):
        audit.to_html(name if name == 3 else tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_notebook_shows_the_body_of_the_page(audit, monkeypatch):
    monkeypatch.setattr(_report_html, "_tables_and_figures", lambda audit: [[]] * 6)
    assert audit._repr_html_() in _report_html.page(audit)


def test_the_html_without_a_path_is_the_text(audit, monkeypatch):
    monkeypatch.setattr(_report_html, "_tables_and_figures", lambda audit: [[]] * 6)
    assert audit.to_html() == _report_html.page(audit)


def test_rows_come_with_the_most_doubtful_first(audit):
    rows = audit.rows_to_relabel(10)
    quality = audit.label_quality[rows]
    assert (quality[1:] >= quality[:-1]).all()
