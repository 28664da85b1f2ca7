"""Ten mistakes of a user, one on a line; `test_typing.py` checks that mypy finds them."""

import numpy as np
from numpy.typing import NDArray

import sknoisy
from sknoisy import ForwardCorrectedClassifier, TransitionMatrixEstimator
from sknoisy.inspection import noise_audit
from sknoisy.metrics import noise_corrected_accuracy
from sknoisy.noise import symmetric_transition_matrix


def program(X: NDArray[np.float64], y: NDArray[np.int64]) -> None:
    sknoisy.ForwardCorectedClassifier()  # mistake: name of a class
    T = symmetric_transition_matrix(3, "0.2")  # mistake: type of a rate
    ForwardCorrectedClassifier(transition_matrx=T)  # mistake: name of a parameter
    clf = ForwardCorrectedClassifier(warm_up="long")  # mistake: type of a parameter
    clf.fit(X, y, y_trustd=y)  # mistake: name of an argument of fit
    clf.predict_probas(X)  # mistake: name of a method
    print(clf.transition_matix_)  # mistake: name of a fitted attribute
    rate: int = TransitionMatrixEstimator().fit(X, y).noise_rate_  # mistake: a rate is a float
    noise_corrected_accuracy(y, clf.predict(X))  # mistake: T is missing
    print(noise_audit(X, y).nosie_rate_interval)  # mistake: name of an attribute of a result
    print(rate, T)
