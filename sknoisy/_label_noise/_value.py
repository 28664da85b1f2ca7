"""The noise of the rows: T, or several of them, and which one each row goes through."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray


class LabelNoise(NamedTuple):
    """How the labels of the training rows came about.

    `matrices` of shape (n_matrices, n_classes, n_classes) hold
    ``matrices[g, i, j] = P(noisy = j | clean = i)``; `which` says which one each row goes through,
    None that all go through the first; `transition_matrix` is what the rows have in common.
    `source` is "given", "carried" or "estimated", `estimator` the fitted estimator of T if there is
    one, `groups` the names of the groups of rows that the matrices belong to, and `doubts` say why
    the matrices may be wrong.

    Examples
    --------
    >>> import numpy as np
    >>> noise = LabelNoise.of_all_rows(np.array([[0.8, 0.2], [0.2, 0.8]]), "given")
    >>> trusted = noise.with_clean_rows(np.array([2]), n_samples=3)
    >>> trusted.matrices.shape, trusted.which
    ((2, 2, 2), array([0, 0, 1]))
    """

    matrices: NDArray[np.float64]
    which: NDArray[np.intp] | None
    transition_matrix: NDArray[np.float64]
    source: str
    estimator: Any = None
    groups: NDArray[Any] | None = None
    doubts: tuple[str, ...] = ()

    @classmethod
    def of_all_rows(
        cls,
        transition_matrix: NDArray[np.float64],
        source: str,
        estimator: Any = None,
        doubts: Iterable[str] = (),
    ) -> LabelNoise:
        """The same T for every row."""
        matrices = transition_matrix[None]
        return cls(matrices, None, transition_matrix, source, estimator, doubts=tuple(doubts))

    def with_clean_rows(self, rows: NDArray[np.intp], n_samples: int) -> LabelNoise:
        """The same for `n_samples` rows, of which some have labels known to be right.

        These go through the identity, which becomes the last matrix. Rows beyond those of
        `which` must be among them.
        """
        which = np.zeros(n_samples, dtype=np.intp)
        if self.which is not None:
            which[: len(self.which)] = self.which
        which[rows] = len(self.matrices)
        identity = np.eye(self.matrices.shape[1])
        matrices = np.concatenate([self.matrices, identity[None]])
        return self._replace(matrices=matrices, which=which)

    @property
    def of_criterion(self) -> NDArray[np.float64]:
        """What a corrected loss is given: T, or the stack where rows go through several."""
        return self.transition_matrix if self.which is None else self.matrices

    @property
    def corrects(self) -> bool:
        """Whether there is noise: some T is not the identity."""
        return bool((self.matrices != np.eye(self.matrices.shape[1])).any())

    def columns(self, y: NDArray[np.integer]) -> NDArray[np.float64]:
        """``P(noisy = y | clean = k)`` of each row, of shape (n_samples, n_classes)."""
        return self.matrices.transpose(0, 2, 1)[0 if self.which is None else self.which, y]

    def attributes(self) -> dict[str, Any]:
        """The fitted attributes that tell the user of it, and keep no more than was asked for."""
        attributes = {
            "transition_matrix_": self.transition_matrix,
            "transition_matrix_source_": self.source,
            "doubts_": self.doubts,
            "corrected_": self.corrects,
        }
        if self.estimator is not None:
            lightened = getattr(self.estimator, "lightened", lambda: self.estimator)
            attributes["transition_matrix_estimator_"] = lightened()
        if self.groups is not None:
            attributes |= {"transition_matrices_": self.matrices, "noise_groups_": self.groups}
        return attributes
