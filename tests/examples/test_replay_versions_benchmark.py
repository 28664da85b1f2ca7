"""The benchmark of versions of PyTorch compares bits, and says where they differ."""

import sys
from pathlib import Path

import pytest
import torch

sys.path.insert(0, str(Path(__file__).parents[2] / "examples" / "benchmarks"))
import replay_versions


@pytest.fixture
def run(monkeypatch, tmp_path):
    """Run two of the cases; give the page and the exit code."""
    cases = {name: replay_versions.CASES[name] for name in ("MLP, Adam", "early-learning loss")}
    monkeypatch.setattr(replay_versions, "CASES", cases)

    def run():
        output = tmp_path / "versions.csv"
        monkeypatch.setattr(sys, "argv", ["replay_versions.py", "--output", str(output)])
        with pytest.raises(SystemExit) as ended:
            replay_versions.main()
        return output.with_suffix(".md").read_text(encoding="utf-8"), ended.value.code

    return run


def test_a_run_of_a_version_is_written_once(run):
    for _ in range(2):
        page, code = run()
    assert code == 0
    assert page.count(f"| {torch.__version__} |") == 2
    assert "| MLP, Adam | 1, same |" in page
    assert "| early-learning loss | 0, same |" in page


def test_bits_that_differ_are_an_error(run, monkeypatch):
    trained = replay_versions.trained

    def wrong(name, replay):
        net, n_sizes = trained(name, replay)
        with torch.no_grad():
            next(net.module_.parameters()).mul_(1 + replay * 1e-6)
        return net, n_sizes

    monkeypatch.setattr(replay_versions, "trained", wrong)
    page, code = run()
    assert "MLP, Adam" in code
    assert "| MLP, Adam | 1, different |" in page
