"""What is watched during every training."""

import sys

import numpy as np
import pytest

from sknoisy import make_net
from sknoisy._net._watchers import EpochMarker, EpochProgress, StopOnNonFiniteLoss


@pytest.mark.parametrize("loss", [np.nan, np.inf])
def test_lost_network_stops_the_training(loss):
    net = make_net(lr=0.7)
    net.history_ = [{"epoch": 4, "train_loss": loss}]
    with pytest.raises(ValueError, match=r"in epoch 4: .*lr=0.7"):
        StopOnNonFiniteLoss().on_epoch_end(net)


def test_finite_or_unrecorded_loss_is_fine():
    net = make_net()
    for epoch in ({"epoch": 1, "train_loss": -3.0}, {"epoch": 1}):
        net.history_ = [epoch]
        StopOnNonFiniteLoss().on_epoch_end(net)


def test_marker_knows_the_end_of_an_epoch():
    marker = EpochMarker()
    assert not marker.at_end
    marker.on_epoch_end(None)
    assert marker.at_end
    marker.on_epoch_begin(None)
    assert not marker.at_end


def test_progress_names_stage_epoch_and_loss(capsys, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    progress = EpochProgress("some stage", 2)
    net = make_net()
    net.history_ = [{"epoch": 1, "train_loss": 0.25}]
    progress.on_epoch_end(net)
    progress.on_train_end(net)
    shown = capsys.readouterr().err
    assert "some stage" in shown
    assert "1/2" in shown
    assert "loss=0.2500" in shown


def test_a_log_file_gets_a_line_for_each_stage(capsys):
    progress = EpochProgress("some stage", 2)
    net = make_net()
    for loss in (0.5, 0.25):
        net.history_ = [{"train_loss": loss}]
        progress.on_epoch_end(net)
    progress.on_train_end(net)
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("some stage: 2 of 2 epochs, loss=0.2500, ")
