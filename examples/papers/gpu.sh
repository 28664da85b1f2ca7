#!/usr/bin/env bash
# What both papers ran on a GPU, the most telling first:
#
#     SKNOISY_DATA_HOME=DIR bash examples/papers/gpu.sh
#
# Each step is interrupted after LIMIT seconds (default 590). Runs that are done are kept, so that
# the same command goes on where it stopped, also if a GPU is lent for minutes only; so it does after
# Ctrl-C. Runs that failed are tried again. OUT=DIR writes the results elsewhere than to
# docs/results. To try it: DEVICE=cpu SCALE=tiny. It takes no arguments.
#
# Of a step: its title, how many runs share the GPU, and what is run. By an estimate from 3 ms per
# step of a ResNet-14, 7 of a ResNet-32 and 12 of a ResNet-34, each of these runs ends within LIMIT
# on an H200. Estimated T of the deeper networks, three trainings more, and ResNet-44 do not; they
# stand last, with a limit of their own, LONG.
set -u

usage() { sed -n '2,/^[^#]/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; }
case "$*" in
    '') ;;
    -h | --help) usage; exit ;;
    *) echo "gpu.sh takes no arguments; got: $*" >&2; usage >&2; exit 2 ;;
esac
cd "$(dirname "$0")/../.."
DEVICE=${DEVICE:-cuda} SCALE=${SCALE:-full} LIMIT=${LIMIT:-590} LONG=${LONG:-3600}
OUT=${OUT:-docs/results} PYTHON=${PYTHON:-python}
export PYTHONPATH="$PWD${PYTHONPATH:+:$PYTHONPATH}"
mkdir -p "$OUT"
failed=0

# Steps run in the background: bash looks at signals while it waits, but not during a command. And
# `timeout` has a process group of its own, which Ctrl-C does not reach.
child='' stopped=''
stop() {
    stopped=$1
    [ -z "$child" ] || kill "-$1" "$child" 2>/dev/null
}
trap 'stop INT' INT
trap 'stop TERM' TERM
trap 'stop HUP' HUP

step() {
    leave_if_stopped
    echo "== $1"
    shift
    # In the background bash has SIGINT ignored, which would hold for the step, too.
    (trap - INT; exec timeout --signal=INT "$LIMIT" "$@") &
    child=$!
    [ -z "$stopped" ] || stop "$stopped"  # It came before the child had a name.
    local status=0
    wait "$child" || status=$?
    # A signal ends the waiting, not yet the step.
    while kill -0 "$child" 2>/dev/null; do
        wait "$child" || status=$?
    done
    child=''
    leave_if_stopped
    # 124: the time was up, which is no failure.
    if [ $status -ne 0 ] && [ $status -ne 124 ]; then
        echo "== failed with status $status" >&2
        failed=1
    fi
}

leave_if_stopped() {
    [ -n "$stopped" ] || return 0
    echo "== stopped; the same command goes on from here" >&2
    exit $((128 + $(kill -l "$stopped")))
}

study() {
    local name=$1 title=$2 jobs=$3
    shift 3
    local chosen=(--only "$@")
    [ "$SCALE" = full ] || chosen=() jobs=1
    step "$title" "$PYTHON" "examples/papers/$name.py" "--$SCALE" --device "$DEVICE" \
        --jobs "$jobs" --output "$OUT/$name.csv" "${chosen[@]}"
}

[ "$DEVICE" = cpu ] || step "tests of networks on CUDA" "$PYTHON" -m pytest -q tests/net -k cuda
quick=()
[ "$SCALE" = full ] || quick=(--quick --rounds 1 --only import)
step "speed of training" "$PYTHON" examples/benchmarks/training_speed.py --device "$DEVICE" \
    --output "$OUT/training_speed_$DEVICE.md" "${quick[@]}"
table2=(experiment=table2 epochs=120)
study patrini_2017 "Table 2, ResNet-14, asymmetric 0.6" 4 network=resnet14 rate=0.6 T=,true \
    "${table2[@]}"
study patrini_2017 "Table 2, ResNet-14, asymmetric 0.6, T_hat" 1 network=resnet14 rate=0.6 \
    T=paper,estimated "${table2[@]}"
study cifar_n "CIFAR-10N, ResNet-34, worst labels" 1 noise=worst network=resnet34
study rolnick_2017 "Figure 3, MNIST, the ConvNet" 8 network=conv4 experiment=summed,uniform data=mnist
study rolnick_2017 "CIFAR-10, uniform noise" 4 data=cifar10
study patrini_2017 "Table 2, ResNet-14, the rest" 4 network=resnet14 T=,true "${table2[@]}"
study patrini_2017 "Table 2, ResNet-32" 2 network=resnet32 T=,true "${table2[@]}"
study patrini_2017 "Table 2, LSTM" 4 network=lstm T=,true experiment=table2
study cifar_n "CIFAR-10N, all label sets" 1 network=resnet34
study patrini_2017 "Table 3 on CIFAR-10N" 1 experiment=table3
study rolnick_2017 "Sample sizes, MNIST, the ConvNet" 8 network=conv4 experiment=sample_size \
    data=mnist
LIMIT=$LONG
study patrini_2017 "Table 2, ResNet-44" 1 network=resnet44 T=,true experiment=table2
study patrini_2017 "Figure 1" 2 network=lstm,resnet14,resnet32,resnet44 experiment=figure1
study patrini_2017 "Table 2, T_hat" 1 network=resnet14,resnet32,resnet44,lstm T=paper,estimated \
    epochs=50,120,150 experiment=table2
exit $failed
