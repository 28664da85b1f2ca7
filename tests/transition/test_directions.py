"""Which T are weighed against the identity."""

import numpy as np
import pytest
from posteriors import separable_posteriors

from sknoisy._transition import estimate
from sknoisy._transition._directions import sparse_direction, symmetric_direction

SWAPPED = np.array([[0.7, 0.3, 0.0], [0.28, 0.72, 0.0], [0.02, 0.0, 0.98]])
