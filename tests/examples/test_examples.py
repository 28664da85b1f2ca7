"""The examples run, on little data for few epochs, and so does the code in the documentation."""

import gzip
import importlib.util
import re
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits

from sknoisy.noise import corrupt_labels, symmetric_transition_matrix

pytestmark = pytest.mark.no_cover

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"


@pytest.fixture
def quickstart():
    pytest.importorskip("matplotlib")
    spec = importlib.util.spec_from_file_location("quickstart", EXAMPLES / "quickstart.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def write_idx(path, array):
    """Write unsigned bytes in MNIST's format."""
    header = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, dtype=">i4").tobytes()
    path.write_bytes(gzip.compress(header + array.astype(np.uint8).tobytes()))


def write_tiny_mnist(folder, n_train=400, n_test=50):
    """Images of noise with one bright row per class, so that there is something to learn."""
    folder.mkdir(exist_ok=True)
    rng = np.random.default_rng(0)
    for part, n in (("train", n_train), ("t10k", n_test)):
        labels = np.arange(n) % 10
        images = rng.integers(0, 50, size=(n, 28, 28))
        images[np.arange(n), 2 * labels] = 255
        write_idx(folder / f"{part}-images-idx3-ubyte.gz", images)
        write_idx(folder / f"{part}-labels-idx1-ubyte.gz", labels)
    return images, labels


def rows_of_table(printed):
    lines = printed.splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("training"))
    return [line.rsplit(maxsplit=3) for line in lines[start + 1 : start + 6]]


def test_quickstart_prints_a_table_and_saves_a_figure(quickstart, tmp_path, capsys):
    quickstart.main(["--epochs", "20", "--output", str(tmp_path / "T.png")])
    printed = capsys.readouterr()
    rows = rows_of_table(printed.out)
    assert [name for name, *_ in rows] == [
        "cross-entropy",
        "forward, true T",
        "forward, estimated T",
        "backward, true T",
        "backward, estimated T",
    ]
    assert all(float(accuracy) > 0.5 for _, accuracy, _, _ in rows)
    assert [error for _, _, error, _ in rows[:2]] == ["-", "0.000"]
    assert 0 < float(rows[2][2]) < 1
    assert "epoch" in printed.err
    assert (tmp_path / "T.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("subfolder", [".", "mnist"])
def test_quickstart_reads_the_files_of_mnist(quickstart, tmp_path, subfolder):
    images, labels = write_tiny_mnist(tmp_path / subfolder)
    X_train, y_train, X_test, y_test = quickstart.load_mnist(tmp_path)
    assert X_train.shape == (400, 784)
    assert y_train.shape == (400,)
    np.testing.assert_allclose(X_test.reshape(-1, 28, 28) * 255, images, rtol=1e-6)
    np.testing.assert_array_equal(y_test, labels)


@pytest.mark.filterwarnings("ignore:The rows of T for the classes:UserWarning")
def test_quickstart_trains_on_mnist(quickstart, tmp_path, capsys):
    write_tiny_mnist(tmp_path)
    output = tmp_path / "T.png"
    options = {"--data": "mnist", "--data-home": tmp_path, "--epochs": 2, "--output": output}
    quickstart.main([str(part) for pair in options.items() for part in pair])
    assert len(rows_of_table(capsys.readouterr().out)) == 5
    assert output.is_file()


def test_quickstart_trains_only_what_is_asked_for(quickstart, tmp_path, capsys):
    output = tmp_path / "T.png"
    quickstart.main(["--epochs", "1", "--only", "cross-entropy", "--output", str(output)])
    rows = rows_of_table(capsys.readouterr().out)
    assert [name for name, *_ in filter(None, rows)] == ["cross-entropy"]
    assert not output.exists()
    with pytest.raises(SystemExit, match="a word of a training's name; got 'sideways'"):
        quickstart.main(["--only", "sideways"])


def test_quickstart_says_which_files_of_mnist_it_misses(quickstart, tmp_path):
    with pytest.raises(SystemExit, match="train-images-idx3-ubyte.gz"):
        quickstart.main(["--data", "mnist", "--data-home", str(tmp_path)])


PAGES_WITH_CODE = [
    path.relative_to(ROOT).as_posix()
    for path in (
        ROOT / "README.md",
        *sorted((ROOT / "docs").glob("*.md")),
        *sorted((ROOT / "docs" / "guide").glob("*.md")),
    )
    if "```python\n" in path.read_text(encoding="utf-8")
]


@pytest.mark.parametrize("page", PAGES_WITH_CODE)
def test_code_in_the_documentation_runs(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # Some of it writes files.
    X, y = load_digits(n_class=3, return_X_y=True)
    T = symmetric_transition_matrix(3, 0.2)
    y_noisy = corrupt_labels(y, T, random_state=0)
    names = {"X": X, "y": y, "y_noisy": y_noisy, "X_test": X, "T": T}
    text = (ROOT / page).read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)
    for block in blocks:
        exec(block, names)
