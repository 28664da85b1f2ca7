"""A study whose runs take no time, in a module that the processes of an experiment can import."""

import _reports
from _experiments import Study

GRID = [{"data": "a", "rate": 0.2}, {"data": "a", "rate": 0.6}, {"data": "b"}]


def grid(scale):
    return GRID


def run_toy(settings, seed, context):
    return {"accuracy": 90 + seed + len(settings["data"])}


def report_toy(rows, folder):
    return [_reports.write_page([f"{len(rows)} rows"], folder / "toy.md")]


def study(run=run_toy):
    return Study("toy", "A toy.\n\nMore.", ("data", "rate"), ("accuracy",), grid, run, report_toy)
