#!/usr/bin/env bash
# Lanes over RDMA beside ib_write_bw, in turn, at 64 KiB, 1 MiB and 4 MiB: inside the machine, after a build.
#   native/src/test/vm/vm.sh --own-time --seconds 1500 --memory 4096 --out DIR -- native/src/test/vm/bench.sh [ROUNDS [SECONDS [PAIRS]]]
# SECONDS and PAIRS: of one sample, and how many of each kind a round has. With --own-time a rate is what so many instructions do.
# Prints what ib_write_bw says of each length, in MiB/s, before and after each round of baton's, whose JSON is left in /out.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../../.." && pwd)
rounds=${1:-3}
sample=${2:-1}
pairs=${3:-4}
export BATON_BUILD=never
ulimit -l unlimited

plain() { # bytes, how many
    ib_write_bw -d rxe0 -x 1 -F -s "$1" -n "$2" >/tmp/ib-server 2>&1 &
    sleep 1
    ib_write_bw -d rxe0 -x 1 -F -s "$1" -n "$2" 10.9.0.1 >/tmp/ib-client 2>&1 || cat /tmp/ib-client
    wait $! || cat /tmp/ib-server
    awk -v bytes="$1" '$1 == bytes { printf "ib_write_bw: bytes=%s averageMiBPerSecond=%s\n", $1, $4 }' /tmp/ib-client
}

for ((round = 1; round <= rounds; round++)); do
    plain 65536 1000
    plain 1048576 64
    plain 4194304 24
    # One processor: an end that polls takes from the other, and from the device, which is a thread of the kernel.
    "$root/baton" bench transport --transport rdma --rdma-events --sizes 64KiB,1MiB,4MiB --windows 8 --pairs "$pairs" --seconds "$sample" \
        --set 64MiB --json >"/out/bench-$round.json"
    printf 'baton: round=%s of %s\n' "$round" "$rounds"
done
plain 65536 1000
plain 1048576 64
plain 4194304 24
