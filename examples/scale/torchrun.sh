#!/bin/sh
# One training by several processes of one machine, started and watched by torchrun (docs/scale.md). torchrun tells each process its
# RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT.
#
#   sh torchrun.sh 2 runs/mine --model mobilenet --data chest_xray
#
# Given again, it goes on from the last epoch. On several machines add --nnodes, --rdzv-backend=c10d and --rdzv-endpoint.
set -eu

processes=$1 run=$2
shift 2
exec torchrun --no-python --nproc-per-node "$processes" --max-restarts 10 pneumoscope train --out "$run" "$@"
