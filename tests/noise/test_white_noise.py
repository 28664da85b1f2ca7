import numpy as np
import pytest

from sknoisy.noise import white_noise_like


@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.float64])
def test_white_noise_has_the_mean_and_variance_of_each_pixel(dtype):
    X = (np.random.default_rng(0).integers(0, 256, (50, 3, 4)) * np.arange(4)).astype(dtype)
    n = 20_000
    noise = white_noise_like(X, n, random_state=0)
    assert noise.shape == (n, 3, 4)
    assert noise.dtype == (np.float32 if dtype == np.uint8 else dtype)
    mean, variance = X.mean(axis=0, dtype=float), X.astype(float).var(axis=0)
    assert (np.abs(noise.mean(axis=0) - mean) <= 4 * np.sqrt(variance / n) + 1e-4).all()
    assert (
        np.abs(noise.var(axis=0) / variance.clip(1e-9) - 1)[variance > 0] <= 4 * np.sqrt(2 / n)
    ).all()
    assert (noise[..., 0] == 0).all()  # a constant pixel stays constant


def test_white_noise_shows_nothing():
    X = np.random.default_rng(0).standard_normal((100, 1)) @ np.ones((1, 2))
    noise = white_noise_like(X, 10_000, random_state=0)
    assert abs(np.corrcoef(noise.T)[0, 1]) <= 4 / np.sqrt(10_000)


@pytest.mark.parametrize(("X", "n_rows"), [(np.zeros((0, 3)), 5), (np.zeros(3), 5), (np.eye(3), 0)])
def test_white_noise_refuses_nothing_to_imitate(X, n_rows):
    with pytest.raises(ValueError, match="must"):
        white_noise_like(X, n_rows)
