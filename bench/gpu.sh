#!/usr/bin/env bash
# What a GPU does with the training engine: builds the addon against the CUDA libtorch inside Python's torch, runs the golden tests
# on the GPU, measures the study's six networks beside PyTorch, and NCCL with one process. For a machine with an NVIDIA GPU, Python
# with torch, g++ and nothing else; no network. Under 6 minutes.
#
#   node dist/bench/gpu/pack.js gpu.tar.xz      # here: everything the machine needs, Node.js included
#   tar xf gpu.tar.xz && pneumoscope-gpu/bench/gpu.sh [folder for the results]      # there
#
# Prints CSV rows, and writes them to gpu.csv in the folder. Ends with 1 when a test or a measurement failed.
set -uo pipefail
root="$(cd "$(dirname "$0")/.." && pwd)"
out="$(mkdir -p "${1:-$root/gpu-results}" && cd "${1:-$root/gpu-results}" && pwd)"
cd "$root"
PATH="$root/bin:$PATH" # the packed Node.js
python="${PYTHON:-python3}"
step() { printf '[%3d s] %s\n' "$SECONDS" "$*" >&2; }
SECONDS=0

torch="$("$python" -c 'import torch; print(torch.__path__[0])')" || exit 1
"$python" -c 'import torch; assert torch.cuda.is_available(), "PyTorch sees no GPU"' || exit 1
step "$(nvidia-smi --query-gpu=name,driver_version --format=csv,noheader | head -1), torch in $torch"

export PNEUMOSCOPE_ENGINE="$root/build/native-cuda"
PNEUMOSCOPE_LIBTORCH="$torch" node scripts/build-other-engine.js "$PNEUMOSCOPE_ENGINE" || exit 1
step "built"

failed=0
PNEUMOSCOPE_TEST_DEVICE=cuda:0 node --test dist/src/tensor/tensor.test.js dist/src/training/keras-*.test.js dist/src/training/adam.test.js \
  dist/src/training/gpu.test.js >"$out/tests.tap" 2>&1 || failed=1
grep -E '^not ok|^# (pass|fail|skipped)' "$out/tests.tap" >&2
step "tests ended with $failed (tests.tap)"

# What cannot be measured is said by its own error, and the rest goes on.
measure() { "$@" >>"$rows" || { failed=1; step "failed: $*"; }; }

node dist/bench/gpu/write-graphs.js "$out/graphs" || failed=1
rows="$out/rows.jsonl"
: >"$rows"
for batch in 16 128; do
  for model in custom mobilenet efficientnetb0 densenet121 chexnet resnet152v2; do
    if ((SECONDS > 250)); then step "left out for time: $model, batch $batch"; continue; fi
    measure node dist/bench/gpu/engine-steps.js --model $model --device cuda:0 --precisions float32,bfloat16 --batch $batch
    measure "$python" bench/gpu/pytorch_gpu.py --graphs "$out/graphs" --model $model --batch $batch
    step "$model, batch $batch"
  done
done
measure node dist/bench/gpu/nccl.js
step "NCCL"
for model in custom mobilenet efficientnetb0 densenet121 resnet152v2; do # compiling takes longest
  measure "$python" bench/gpu/pytorch_gpu.py --graphs "$out/graphs" --model $model --works all,score --settings bf16-cl+compile \
    --deadline $((SECONDS > 320 ? 0 : 320 - SECONDS))
  step "$model compiled"
done
node dist/bench/gpu/to-csv.js "$rows" >"$out/gpu.csv"
cat "$out/gpu.csv"
step "done"
exit $failed
