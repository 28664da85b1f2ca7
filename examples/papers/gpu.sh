#!/usr/bin/env bash
# What both papers ran on a GPU, the most telling first:
#
#     SKNOISY_DATA_HOME=DIR bash examples/papers/gpu.sh
#
# Each step is interrupted after LIMIT seconds (default 590). Runs that are done are kept, so that
# the same command goes on where it stopped, also if a GPU is lent for minutes only. OUT=DIR writes
# the results elsewhere than to docs/results. To try it: DEVICE=cpu SCALE=tiny.
set -u
cd "$(dirname "$0")/../.."
DEVICE=${DEVICE:-cuda} SCALE=${SCALE:-full} LIMIT=${LIMIT:-590} JOBS=${JOBS:-4}
OUT=${OUT:-docs/results} PYTHON=${PYTHON:-python}
export PYTHONPATH="$PWD${PYTHONPATH:+:$PYTHONPATH}"
mkdir -p "$OUT"
failed=0

step() {
    echo "== $1"
    shift
    timeout --signal=INT "$LIMIT" "$@"
    local status=$?
    # 124: the time was up, which is no failure.
    if [ $status -ne 0 ] && [ $status -ne 124 ]; then
        echo "== failed with status $status" >&2
        failed=1
    fi
}

study() {
    local name=$1 title=$2
    shift 2
    local chosen=(--only "$@")
    [ "$SCALE" = full ] || chosen=()
    step "$title" "$PYTHON" "examples/papers/$name.py" "--$SCALE" --device "$DEVICE" \
        --jobs "$JOBS" --output "$OUT/$name.csv" "${chosen[@]}"
}

[ "$DEVICE" = cpu ] || step "tests of networks on CUDA" "$PYTHON" -m pytest -q tests/net -k cuda
quick=()
[ "$SCALE" = full ] || quick=(--quick --rounds 1 --only import)
step "speed of training" "$PYTHON" examples/benchmarks/training_speed.py --device "$DEVICE" \
    --output "$OUT/training_speed_$DEVICE.md" "${quick[@]}"
study patrini_2017 "Table 2, ResNet-14, asymmetric 0.6" network=resnet14 rate=0.6 experiment=table2
study patrini_2017 "Table 2, ResNet-14, the rest" network=resnet14 experiment=table2
study cifar_n "CIFAR-10N, ResNet-34, worst labels" noise=worst
study patrini_2017 "Table 2, ResNet-32" network=resnet32 experiment=table2
study rolnick_2017 "CIFAR-10, uniform noise" data=cifar10
study cifar_n "CIFAR-10N, all label sets" network=resnet34
study patrini_2017 "Table 2, LSTM" network=lstm experiment=table2
exit $failed
