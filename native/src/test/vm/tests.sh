#!/usr/bin/env bash
# Runs the tests of RDMA in a virtual machine with RDMA devices: tests.sh [--devices one|pair] [--seconds N]
# [SELECTOR ...], where selectors are those of JUnit's console; default: all of them. Needs a build
# (baton test rdma makes it). The report is transport/target/rdma/reports; exit codes as vm.sh.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../../../.." && pwd)
devices=one
seconds=900
while [ $# -gt 0 ]; do
    case $1 in
        --devices) devices=$2; shift 2 ;;
        --seconds) seconds=$2; shift 2 ;;
        *) break ;;
    esac
done
[ $# -gt 0 ] || set -- --select-class dev.baton.transport.rdma.RdmaVerbsTest \
    --select-class dev.baton.transport.TransportContractTest --select-class dev.baton.transport.BadFrameContractTest
module=$root/transport
out=$module/target/rdma
mkdir -p "$out"
rm -rf "$out/reports"
cd "$module"
classpath=target/test-classes:target/classes:$(cat target/test.classpath)

# Heap sizes of a production process have no place in a small machine.
flags=()
while IFS= read -r line; do
    case $line in '#'* | '' | -Xm* | -XX:MaxDirect*) ;; *) flags+=("$line") ;; esac
done <"$root/jvm.options"
run=("$JAVA_HOME/bin/java" "${flags[@]}" -XX:TieredStopAtLevel=1 -Xmx768m -Dbaton.test.scheme=rdma)
console=(-cp "$classpath" org.junit.platform.console.ConsoleLauncher execute --disable-banner --disable-ansi-colors
    --details-theme=ascii --exclude-engine jqwik)

code=0
"$here/vm.sh" --out "$out" --devices "$devices" --seconds "$seconds" -- "${run[@]}" "${console[@]}" --details=tree \
    --reports-dir /out/reports "$@" || code=$?
if [ -d "$out/reports" ]; then
    printf 'rdma: report in %s\n' "$out/reports" >&2
fi
exit "$code"
