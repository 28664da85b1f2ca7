"""What can be trained on candidate sets, of which one label is right."""

from __future__ import annotations

from typing import Any

from .._hints import SEE_ERRORS


def check_candidates(transition_matrix: Any, base_loss: Any) -> None:
    """Raise where a forward correction is not defined for candidate sets."""
    if base_loss != "cross_entropy":
        raise ValueError(
            f"Candidate sets have a likelihood, and no other loss: base_loss must be "
            f"'cross_entropy'; got {base_loss!r}. {SEE_ERRORS}"
        )
    if transition_matrix is None or hasattr(transition_matrix, "fit"):
        raise ValueError(
            "T cannot be estimated from candidate sets. Pass a matrix as transition_matrix; if the "
            "clean label is always among the candidates, that is the identity, and "
            f'RobustLossClassifier(loss="cross_entropy") does the same. {SEE_ERRORS}'
        )
