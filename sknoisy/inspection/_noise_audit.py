"""`noise_audit`: how noisy, of which kind, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import norm
from sklearn.frozen import FrozenEstimator

from .._classifiers import (
    BackwardCorrectedClassifier,
    ForwardCorrectedClassifier,
    RobustLossClassifier,
)
from .._estimation import (
    CrossFit,
    TransitionMatrixEstimator,
    check_takes_sparse,
    class_posteriors,
    default_classifier,
    is_read_by_net,
    read_trusted_labels,
    with_equal_rows,
    with_fold_groups,
)
from .._random import random_seed
from .._transition import clean_prior, project_posterior, temperature_scaled
from .._validation import TrainingSet, take_rows, validate_training_set
from ..metrics import label_quality
from ._audit_checks import check_audit
from ._audit_result import NoiseAudit
from ._corrections import compare, corrected_posteriors, mean_and_error
from ._fit_test import trusted_test
from ._label_value import LearningCurve, measured_learning_curve, trusted_worth
from ._overlap import noise_or_overlap
from ._shapes import compare_shapes
from ._verdict import NEGLIGIBLE_NOISE, NoiseEstimate, check_auditable, is_noisy, with_trusted

Array = NDArray[np.float64]

DISAGREEMENT = 0.05  # Two estimates of the noise rate that differ by more are not both right.


def noise_audit(
    X: Any,
    y: ArrayLike,
    *,
    estimator: Any = None,
    y_trusted: ArrayLike | None = None,
    classes: ArrayLike | None = None,
    candidates: Mapping[str, Any] | str | None = None,
    learning_curve: bool = True,
    tolerance: float = 0.2,
    confidence_level: float = 0.95,
    n_bootstrap: int = 20,
    cv: Any = 3,
    fold_groups: ArrayLike | None = None,
    n_jobs: int | None = None,
    random_state: Any = None,
) -> NoiseAudit:
    """Estimate how noisy labels are, of which kind the noise is, and what would help.

    Parameters
    ----------
    X : array-like, sparse matrix or frame of n_samples rows
        Features, as `estimator` takes them; images as (n, channels, height, width). The test of
        fit by shapes needs numbers in memory.
    y : array-like of shape (n_samples,)
        Labels of any type, suspected to be noisy.
    estimator : classifier, torch.nn.Module class, skorch net or None, default=None
        What yields the posteriors, as for :class:`~sknoisy.TransitionMatrixEstimator`.
    y_trusted : array-like of shape (n_samples,), default=None
        Clean labels of some rows, the others NaN or None. T is estimated from them, and the test
        of fit uses these rows, without assumptions on the shape of the classes.
    classes : array-like of shape (n_classes,), default=None
        All labels, where some may be absent from y.
    candidates : mapping from str to classifier, "networks" or None, default=None
        Classifiers to compare; one is called "none". None compares the posteriors of `estimator`
        without correction, through T (forward) and through its inverse (backward). "networks"
        trains the default network with each of the three losses, in minutes.
    learning_curve : bool, default=True
        Whether to train on shares of the rows to predict what more labels would buy. A
        FrozenEstimator is not trained, so there is none.
    tolerance : float in [0, 1), default=0.2
        Gap between sure and unsure rows that the test of fit attributes to the shape of classes.
        Smaller values find weaker dependence, and call more clean data noisy.
    confidence_level : float in (0, 1), default=0.95
        Of intervals; verdicts are one-sided at this level.
    n_bootstrap : int, default=20
        Samples behind the intervals of T.
    cv : int, splitter or iterable, default=3
        Folds for out-of-fold posteriors.
    fold_groups : array-like of shape (n_samples,), default=None
        Rows that belong together, such as patients, and are never in both parts of a fold. None
        keeps equal rows together.
    n_jobs : int, default=None
        Folds fitted at the same time.
    random_state : int, RandomState instance or None, default=None
        Seeds everything.

    Returns
    -------
    NoiseAudit
        ``print(audit)`` is a summary, ``audit.to_html(path)`` a report with figures.

    Raises
    ------
    ValueError
        If there are fewer than 50 rows, or fewer than five times as many as classes.

    See Also
    --------
    NoiseAudit : What it returns.
    sknoisy.TransitionMatrixEstimator : The estimate of T alone.
    sknoisy.metrics.rows_to_relabel : The rows whose labels to check.
    label_budget : What to buy next.

    Notes
    -----
    *Noise.* T is that of :class:`~sknoisy.TransitionMatrixEstimator`. Overlap of the classes
    changes from x to x, and noise that depends on the class does not. Noisy labels tell the two
    apart only where the noise prevails. So up to three estimates of the noise rate are compared:
    by T, by :func:`~sknoisy.metrics.fit_noise_model` (up to 20 classes, without trusted labels),
    and by the shape of the classes. The last two also estimate the overlap beside the noise: the
    error of the best classifier of clean labels. Where the second is missing, T estimates it.

    - Labels are noisy if T is identified and all these rates exceed 2% (of the first two the
      lower limits). Each rate with an estimate of the overlap must also exceed this overlap.
    - Labels are clean if T is identified, the rate by T is at most 2%, the test of fit finds
      nothing, and no estimate of the overlap exceeds 10%. Overlap can only add to the rate by T,
      but wrong labels could hide in a wider overlap.
    - Otherwise the verdict is "cannot tell".

    At least 20 trusted labels, taken to be those of random rows, decide: labels are noisy if the
    lower limit of the share of wrong ones exceeds 2%, and not called so otherwise.

    *Fit.* Noisy labels alone cannot tell noise near a boundary from classes that overlap there.
    The test takes the overlap from the features instead: classes are fitted as mixtures of
    elliptic components, whose labels are seen through a T of their own [1]_. With p their clean
    posterior, labels agree with the class k(x) at the rate ``(p T)_k`` at every x if noise depends
    on the class alone. The statistic is by how much the surer half of the rows exceeds this rate,
    less the same for the least sure quarter, by the margin of out-of-fold posteriors. Noise is
    called instance-dependent if the statistic exceeds `tolerance` significantly, and the rate by
    T or by the shapes exceeds 2%. The test cannot find noise near the boundary of classes that
    overlap widely, nor dependence that the margin does not show.

    *Corrections and more labels.* Scores are noise-corrected, on rows that were not trained on;
    differences are paired. Accuracies on shares of the rows are extrapolated by
    ``floor + factor n**-exponent``. A trusted label counts as many noisy ones as the ratio of
    their Fisher information about the posterior ([2]_ compares many noisy labels with few clean).

    References
    ----------
    .. [1] Lawrence, Schoelkopf, "Estimating a Kernel Fisher Discriminant in the Presence of Label
       Noise", ICML 2001.
    .. [2] Rolnick et al., "Deep Learning is Robust to Massive Label Noise", 2017.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sknoisy.inspection import noise_audit
    >>> from sknoisy.noise import corrupt_labels, symmetric_transition_matrix
    >>> X, y = load_digits(return_X_y=True)
    >>> y_noisy = corrupt_labels(y, symmetric_transition_matrix(10, 0.3), random_state=0)
    >>> audit = noise_audit(X, y_noisy, learning_curve=False, random_state=0)
    >>> audit.is_noisy, audit.is_instance_dependent, audit.recommendation
    (True, False, 'forward')
    """
    check_audit(candidates, learning_curve, tolerance, confidence_level, n_bootstrap)
    learning_curve = learning_curve and not isinstance(estimator, FrozenEstimator)
    for classifier in candidates.values() if isinstance(candidates, Mapping) else ():
        check_takes_sparse(classifier, X)
    seed = random_seed(random_state)
    source = TransitionMatrixEstimator(
        estimator,
        cv=cv,
        classes=classes,
        keep_proba=True,
        keep_estimators=True,
        n_jobs=n_jobs,
        random_state=seed,
    )
    data = validate_training_set(source, X, y, classes=classes)
    check_auditable(data)
    data = with_equal_rows(with_fold_groups(data, fold_groups), cv)
    trusted = read_trusted_labels(source, data, y_trusted, None)
    source.fit_validated(data, trusted=trusted)
    doubts = list(source.doubts_)
    T, K = source.transition_matrix_, len(data.classes)
    samples = source._fitted_estimate.resampled(n_bootstrap)
    limits = source._fitted_estimate.limits(samples, confidence_level)
    noisy_prior = np.bincount(data.y, minlength=K) / len(data.y)
    rates = [1 - clean_prior(sample, noisy_prior) @ sample.diagonal() for sample in samples]
    half = float(norm.ppf(0.5 + confidence_level / 2)) * float(np.std(rates, ddof=1))
    rate_limits = max(0.0, source.noise_rate_ - half), min(1.0, source.noise_rate_ + half)
    noisy_proba = temperature_scaled(source.noisy_proba_, data.y)
    clean_proba = project_posterior(noisy_proba, T)
    shapes = compare_shapes(data, clean_proba, T, tolerance, seed)
    test = shapes.test
    if trusted is not None:
        test = trusted_test(trusted.codes, data, clean_proba) or test
    depends = None if test is None else bool(test.p_value < 1 - confidence_level)
    if depends and test is shapes.test:
        # A gap without noise by any estimate of its rate comes from a wrong shape of the classes.
        depends = max(source.noise_rate_, shapes.noise_rate or 0.0) > NEGLIGIBLE_NOISE
    # The best classifier errs no more often than this one.
    right = np.linalg.pinv(T)[data.y, clean_proba.argmax(axis=1)].mean()
    estimates = [NoiseEstimate(rate_limits[0], 1 - float(right))]
    ranks = noise_or_overlap(source.noisy_proba_, data.y, confidence_level)
    if ranks is not None and trusted is None:
        estimates = [ranks[0]]
        doubts += [] if ranks[1] is None else [ranks[1]]
    if shapes.noise_rate is not None:
        estimates.append(NoiseEstimate(shapes.noise_rate, shapes.overlap))
        if not depends and abs(shapes.noise_rate - source.noise_rate_) > DISAGREEMENT:
            doubts.append(
                f"The noise rate is {shapes.noise_rate:.2f} by the shape of the classes, but "
                f"{source.noise_rate_:.2f} by the surest rows: perhaps no row is surely of its "
                f"class."
            )
    if depends:
        doubts.append("Noise that depends on the instance has no single matrix.")
    lowest_rate, unexplained = rate_limits[0], bool(depends)
    if source.identified_ is False:
        lowest_rate, unexplained = 0.0, True
    verdict = is_noisy(source.noise_rate_, lowest_rate, estimates, unexplained=unexplained)
    if trusted is not None:
        verdict = with_trusted(verdict, trusted.codes, data.y, confidence_level)
    if candidates is None:
        posteriors = corrected_posteriors(noisy_proba, T)
    else:
        classifiers = _networks(T, seed) if isinstance(candidates, str) else candidates
        posteriors = {
            name: CrossFit(classifier, cv, "auto", n_jobs, 0).posteriors(
                data.as_numbers(source) if is_read_by_net(classifier) else data.as_passed(), seed
            )[1]
            for name, classifier in classifiers.items()
        }
    comparison = compare(posteriors, data.y, T, confidence_level)
    joint = clean_prior(T, noisy_prior) * T.diagonal()
    right_share = np.divide(joint, noisy_prior, out=np.ones(K), where=noisy_prior > 0)
    return NoiseAudit(
        classes=data.classes,
        n_samples=len(data.y),
        confidence_level=confidence_level,
        transition_matrix=T,
        transition_matrix_interval=limits,
        noise_rate=source.noise_rate_,
        noise_rate_interval=rate_limits,
        noise_rate_by_class=1 - T.diagonal(),
        wrong_share_by_label=1 - np.clip(right_share, 0, 1),
        mixture_noise_rate=shapes.noise_rate,
        is_noisy=verdict,
        is_identified=not doubts,
        doubts=doubts,
        fit_test=test,
        is_instance_dependent=depends,
        comparison=comparison,
        recommendation=comparison.best if verdict else "none",
        learning_curve=(
            _learning_curve(estimator, data, source, clean_proba, seed) if learning_curve else None
        ),
        noisy_proba=source.noisy_proba_,
        clean_proba=clean_proba,
        label_quality=label_quality(clean_proba, data.y, T, classes=np.arange(K)),
        y=data.labels,
        notes=shapes.notes,
    )


def _networks(T: Array, seed: int) -> dict[str, Any]:
    """The default network with each of the three losses."""
    return {
        "none": RobustLossClassifier(loss="cross_entropy", random_state=seed),
        "forward": ForwardCorrectedClassifier(transition_matrix=T, random_state=seed),
        "backward": BackwardCorrectedClassifier(transition_matrix=T, random_state=seed),
    }


def _learning_curve(
    estimator: Any, data: TrainingSet, source: Any, clean_proba: Array, seed: int
) -> LearningCurve:
    T = source.transition_matrix_
    inverse = np.linalg.pinv(T)
    classifier = default_classifier(data) if estimator is None else estimator
    cross_fit = CrossFit(classifier, 2, "auto", None, 0)

    def accuracy_of(train: NDArray[np.intp], test: NDArray[np.intp]) -> tuple[float, float]:
        seen = np.unique(data.y[train])
        if len(seen) == 1:  # Not every classifier can be trained on one class.
            return mean_and_error(inverse[data.y[test], seen[0]])
        fitted = cross_fit.fit_rows(data, train, seed, "learning curve", asked=test)
        proba = class_posteriors(fitted, take_rows(data.X, test), data.classes)
        return mean_and_error(inverse[data.y[test], project_posterior(proba, T).argmax(axis=1)])

    n, n_folds = len(data.y), len(source.estimators_)
    assert data.fold_groups is not None
    n_train = n * (1 - 1 / n_folds) if n_folds > 1 else n
    out_of_fold = mean_and_error(inverse[data.y, clean_proba.argmax(axis=1)])
    worth = trusted_worth(clean_proba, T)
    return measured_learning_curve(
        data.fold_groups, accuracy_of, (float(n_train), *out_of_fold), worth, seed
    )
