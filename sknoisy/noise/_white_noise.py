"""Examples without content: Gaussian noise."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import check_array, gen_batches

from .._checks import check_integer, refuse_unread
from .._hints import SEE_ERRORS, without_hint
from .._random import RandomState, random_generator

# Rows handled at once, so that float64 scratch arrays stay small beside the result.
BATCH = 4096


def white_noise_like(
    X: ArrayLike, n_rows: int, *, random_state: RandomState = None
) -> NDArray[np.floating]:
    """Draw Gaussian noise with the mean and the variance that every feature has in `X`.

    Out-of-vocabulary examples of Rolnick et al., "Deep Learning is Robust to Massive Label Noise",
    2017; `dilute_out_of_vocabulary` adds them to a data set.

    Parameters
    ----------
    X : array-like of shape (n_samples, ...)
        Examples to imitate; the features, or pixels, are all axes but the first.
    n_rows : int
        Rows to draw.
    random_state : int, RandomState or None, default=None
        Draws the noise.

    Returns
    -------
    ndarray of shape (n_rows, ...)
        In the type of `X` if that is floating, else float32; not clipped to the range of `X`.

    Raises
    ------
    ValueError
        If `X` has no rows, or `n_rows` is below 1.

    See Also
    --------
    dilute_out_of_vocabulary : Adds such rows to a data set.

    Examples
    --------
    >>> import numpy as np
    >>> X = np.array([[0, 5], [10, 5]], dtype=np.uint8)
    >>> noise = white_noise_like(X, 10_000, random_state=0)
    >>> noise.mean(axis=0).round(), noise.std(axis=0).round()
    (array([5., 5.], dtype=float32), array([5., 0.], dtype=float32))
    """
    try:
        refuse_unread(X)
        rows = check_array(X, dtype="numeric", allow_nd=True, input_name="X")
    except (TypeError, ValueError) as error:
        raise type(error)(
            "X must hold finite numbers, of shape (n_samples, ...), n_samples > 0. "
            f"{without_hint(error)} {SEE_ERRORS}"
        ) from error
    check_integer(n_rows, "n_rows", 1)
    rng = random_generator(random_state)
    mean = rows.mean(axis=0, dtype=np.float64)
    squares = np.zeros_like(mean)
    for batch in gen_batches(len(rows), BATCH):
        squares += ((rows[batch] - mean) ** 2).sum(axis=0)
    deviation = np.sqrt(squares / len(rows))
    dtype = rows.dtype if rows.dtype.kind == "f" else np.float32
    noise = np.empty((n_rows, *rows.shape[1:]), dtype)
    for batch in gen_batches(n_rows, BATCH):
        noise[batch] = mean + deviation * rng.standard_normal(noise[batch].shape)
    return noise
