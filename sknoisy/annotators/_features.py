"""What the features say about the clean labels: calibrated out-of-fold posteriors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from .._estimation._posteriors import CrossFit
from .._transition import estimate, group_transition_matrices
from .._validation import TrainingSet
from ._em import Consensus, class_prior, log_likelihood, matrices_given, posterior
from ._labels import Votes

Array = NDArray[np.float64]

SMOOTHING = 1e-3
LOG_SHARPNESS_BOUNDS = (-2.5, 2.5)


def clean_posteriors(
    how: CrossFit, data: TrainingSet, consensus: Array, seed: int
) -> tuple[list[Any], Array]:
    """Fit classifiers to the consensus, and ask each about the rows that it has not seen.

    Parameters
    ----------
    how : CrossFit
        Classifier and folds.
    data : TrainingSet
        The rows; its labels are not looked at.
    consensus : ndarray of shape (n_rows, n_classes)
        Posteriors of the clean labels.
    seed : int
        Seeds folds and classifiers.

    Returns
    -------
    list of classifiers, ndarray of shape (n_rows, n_classes)
    """
    return how.posteriors(data._replace(y=consensus.argmax(axis=1).astype(np.int32)), seed)


def informed_consensus(
    votes: Votes, proba: Array, weights: Array, dawid_skene: Callable[..., Consensus]
) -> tuple[Array, Consensus]:
    """The model of Dawid and Skene with the classifier's posterior as prior of each row.

    It starts from what the classifier says alone: a start from the labels would believe
    annotators whom nobody contradicts.

    Parameters
    ----------
    votes : Votes
        The labels.
    proba : ndarray of shape (n_rows, n_classes)
        Out-of-fold posteriors of the consensus.
    weights : ndarray of shape (n_rows,)
        Weights of the rows.
    dawid_skene : callable
        ``(votes, start, row_prior=, weights=) -> Consensus``.

    Returns
    -------
    row_prior : ndarray of shape (n_rows, n_classes)
        The posteriors, calibrated.
    consensus : Consensus
    """
    said = votes.indicator()
    matrices, _ = matrices_given(said, proba * weights[:, None], proba.shape[1])
    row_prior = sharpened(proba, log_likelihood(said, matrices), weights)
    return row_prior, dawid_skene(votes, row_prior, row_prior=row_prior, weights=weights)


def matrices_from_features(votes: Votes, proba: Array, weights: Array) -> tuple[Array, Array]:
    """T of every annotator, and how many examples its rows rest on, without comparing annotators.

    Where hardly a row has two labels, the likelihood cannot tell annotators who err from a
    classifier that errs. Then the matrices are those of groups of rows: the common one is
    estimated from posteriors of the labels, and each annotator departs from it.

    Parameters
    ----------
    votes : Votes
        The labels.
    proba : ndarray of shape (n_rows, n_classes)
        Out-of-fold posteriors of the labels.
    weights : ndarray of shape (n_rows,)
        Weights of the rows.
    """
    of_votes, own = proba[votes.row], weights[votes.row]
    common = estimate(of_votes, votes.label, method="auto", sample_weight=own).transition_matrix
    return group_transition_matrices(
        of_votes,
        votes.label,
        votes.annotator,
        common,
        n_groups=len(votes.annotators),
        sample_weight=own,
    )


def few_compared(votes: Votes) -> bool:
    """Whether less than half of the rows that have a label have another."""
    n_labels = votes.n_labels_by_row
    return bool((n_labels > 1).sum() < 0.5 * (n_labels > 0).sum())


def consensus_given(
    votes: Votes, proba: Array, weights: Array, matrices: Array, n_examples: Array
) -> tuple[Array, Consensus]:
    """As `informed_consensus`, with the matrices known."""
    evidence = log_likelihood(votes.indicator(), matrices)
    row_prior = sharpened(proba, evidence, weights)
    found = posterior(np.log(row_prior), evidence)
    return row_prior, Consensus(found, matrices, class_prior(found, weights), n_examples, 1, True)


def sharpened(proba: Array, log_evidence: Array, weights: Array) -> Array:
    """Posteriors to the power under which the labels of all annotators are likeliest.

    An overconfident classifier would overrule annotators who agree, a soft one would not be
    heard; no clean label is needed to tell.

    Parameters
    ----------
    proba : ndarray of shape (n_rows, n_classes)
        Out-of-fold posteriors.
    log_evidence : ndarray of shape (n_rows, n_classes)
        Log-likelihood of the labels of each row, by clean class.
    weights : ndarray of shape (n_rows,)
        Weights of the rows.

    Returns
    -------
    ndarray of shape (n_rows, n_classes)

    Examples
    --------
    >>> import numpy as np
    >>> overconfident = np.tile([[0.999, 0.001], [0.001, 0.999]], (50, 1))
    >>> says_one_in_four_is_wrong = np.log([[0.95, 0.05]] * 3 + [[0.05, 0.95]])[np.arange(100) % 4]
    >>> flipped = np.where(np.arange(100)[:, None] % 2, 1, -1) * says_one_in_four_is_wrong
    >>> bool(sharpened(overconfident, flipped, np.ones(100)).max() < 0.95)
    True
    """
    log_proba = np.log((proba + SMOOTHING / proba.shape[1]) / (1 + SMOOTHING))
    likelihood = np.exp(log_evidence - log_evidence.max(axis=1, keepdims=True))

    def loss(log_sharpness: float) -> float:
        scaled = posterior(np.exp(log_sharpness) * log_proba, np.zeros(1))
        given = np.maximum((scaled * likelihood).sum(axis=1), np.finfo(float).tiny)
        return float(-np.average(np.log(given), weights=weights))

    found = minimize_scalar(loss, bounds=LOG_SHARPNESS_BOUNDS, method="bounded")
    return posterior(np.exp(found.x) * log_proba, np.zeros(1))
