#!/usr/bin/env bash
# Runs the tests of RDMA in a virtual machine with RDMA devices: tests.sh [--core] [--devices one|pair] [--seconds N]
# [CLASS | CLASS#METHOD ...]; default: all of them, and the demo in a second machine beside it; with --core the few that
# show that lanes work over real verbs. Needs a build (baton test rdma makes it). The report is
# transport/target/rdma/reports; exit codes as vm.sh.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../../../.." && pwd)
devices=pair
seconds=900
is_all=yes
package=dev.baton.transport
# The cable last: a device of software whose own interface was down makes no connections afterwards.
tests=($package.rdma.RdmaVerbsTest $package.TransportContractTest $package.BadFrameContractTest $package.RdmaFaultsTest
    $package.RdmaKilledTest $package.RdmaCableTest)
while [ $# -gt 0 ]; do
    case $1 in
        --core)
            tests=($package.TransportContractTest#shouldReadMarksInOrderBehindTheirData
                $package.RdmaFaultsTest#shouldLetNoWriteInFlightReachAReusedExtent)
            seconds=180
            is_all=''
            shift ;;
        --devices) devices=$2; shift 2 ;;
        --seconds) seconds=$2; shift 2 ;;
        *) break ;;
    esac
done
is_whole=''
if [ $# -eq 0 ]; then
    is_whole=$is_all
    set -- "${tests[@]}"
fi
module=$root/transport
out=$module/target/rdma
mkdir -p "$out"
rm -rf "$out/reports"
cd "$module"

# Classes go into jars, and those into one folder: a cache of a JVM's start knows no others. In an emulated machine that cache, modules that need no
# resolving, and a runner without a command line of its own save most of the time. The flags that open something of the JDK
# become words of the first jar's manifest.
classpath=''
IFS=: read -ra parts <<<"target/test-classes:target/classes:$(cat target/test.classpath)"
for i in "${!parts[@]}"; do
    part=${parts[i]}
    # Other engines are not wanted here, and would be started all the same.
    case $part in */jqwik-* | */jazzer* | */lincheck* | */kotlin* | */byte-buddy* | */archunit*) continue ;; esac
    if [ -d "$part" ]; then
        jar=$out/classes-$i.jar
        if [ ! -f "$jar" ] || [ -n "$(find -L "$part" -newer "$jar" -print -quit)" ]; then
            "$JAVA_HOME/bin/jar" --create --no-compress --file "$jar" -C "$part" .
        fi
    else
        jar=$out/$(basename "$part")
        cp -pu "$part" "$jar"
    fi
    classpath="$classpath $(basename "$jar")"
done
exports=''
opens=''
flags=(-XX:TieredStopAtLevel=1 -XX:-UsePerfData -XX:+UnlockDiagnosticVMOptions -XX:ArchiveRelocationMode=0)
while IFS= read -r line; do
    case $line in
        --add-exports=*) exports="$exports ${line#*=}" ;;
        --add-opens=*) opens="$opens ${line#*=}" ;;
        # Heap sizes of a production process have no place in a small machine.
        '#'* | '' | --* | -Xm* | -XX:MaxDirect*) ;;
        *) flags+=("$line") ;;
    esac
done <"$root/jvm.options"
{
    printf 'Main-Class: dev.baton.transport.rdma.VmMain\nEnable-Native-Access: ALL-UNNAMED\n'
    printf 'Add-Exports:%s\nAdd-Opens:%s\n' "${exports//=ALL-UNNAMED/}" "${opens//=ALL-UNNAMED/}"
    # A line of a manifest has 72 bytes.
    printf 'Class-Path:%s\n' "$classpath" | fold -w 70 | sed '2,$s/^/ /'
} >"$out/manifest.new"
run=$out/run.jar
if ! cmp -s "$out/manifest.new" "$out/manifest"; then
    mv "$out/manifest.new" "$out/manifest"
    "$JAVA_HOME/bin/jar" --create --file "$run" --manifest "$out/manifest"
fi

# The cache is filled here, by the same tests over the device of software that each process has in itself.
cache=$out/start.aot
for jar in "$out"/*.jar; do
    [ ! "$jar" -nt "$cache" ] || rm -f "$cache"
done
if [ ! -f "$cache" ]; then
    "$JAVA_HOME/bin/java" "${flags[@]}" -XX:AOTCacheOutput="$cache" -Dbaton.test.scheme=rdma-sim -jar "$run" \
        dev.baton.transport.rdma.VmTestsMain "$out/cache" $package.TransportContractTest "$@" >"$out/cache.log" 2>&1 || true
fi
[ ! -f "$cache" ] || flags+=("-XX:AOTCache=$cache" -Xlog:aot=off -Xlog:cds=off)

# The demo: every byte that engines read is compared. Its machine has a time of its own, so that its leases and bounds are
# as long as they are to a machine of that speed.
demo_pid=''
demo_began=$SECONDS
if [ -n "$is_whole" ]; then
    mkdir -p "$out/demo"
    (
        cd "$root"
        "$here/vm.sh" --own-time --out "$out/demo" --seconds "$seconds" --memory 4096 -- env BATON_BUILD=never \
            "JAVA_TOOL_OPTIONS=${flags[*]:0:4}" ./baton demo --transport rdma --senders 1 --requests 2 \
            --model Llama-3.2-1B --scale 256 --pool-mib 128 --json
    ) >"$out/demo/log" 2>&1 &
    demo_pid=$!
fi

code=0
"$here/vm.sh" --own-time --out "$out" --devices "$devices" --seconds "$seconds" -- "$JAVA_HOME/bin/java" -Xmx768m "${flags[@]}" \
    "-Dbaton.test.jvm=-Xmx256m ${flags[*]} -jar $run" -Dbaton.test.scheme=rdma -jar "$run" \
    dev.baton.transport.rdma.VmTestsMain /out/reports "$@" || code=$?
if [ -n "$demo_pid" ]; then
    demo_code=0
    wait "$demo_pid" || demo_code=$?
    took=$((SECONDS - demo_began))
    mkdir -p "$out/reports"
    {
        printf '<?xml version="1.0" encoding="UTF-8"?>\n<testsuite name="demo" tests="1" failures="%d" errors="0" skipped="0" time="%d">\n' \
            "$((demo_code != 0))" "$took"
        printf '<testcase classname="demo" name="shouldCompareEveryByteOverRdma" time="%d">' "$took"
        [ "$demo_code" -eq 0 ] || printf '<failure message="exit %d; see demo/log"/>' "$demo_code"
        printf '</testcase>\n</testsuite>\n'
    } >"$out/reports/TEST-demo.xml"
    tail -n 4 "$out/demo/log"
    printf 'rdma: demo: %s, exit=%d seconds=%d\n' "$([ "$demo_code" -eq 0 ] && echo passed || echo FAILED)" "$demo_code" "$took"
    [ "$code" -ne 0 ] || code=$demo_code
fi
if [ -d "$out/reports" ]; then
    printf 'rdma: report in %s\n' "$out/reports" >&2
fi
exit "$code"
