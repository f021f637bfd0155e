#!/usr/bin/env bash
# Runs the tests of RDMA in a virtual machine with RDMA devices: tests.sh [--core] [--devices one|pair] [--seconds N]
# [CLASS | CLASS#METHOD ...]; default: all of them, with --core the few that show that lanes work over real verbs. Needs a build (baton test rdma makes it). The report is transport/target/rdma/reports; exit
# codes as vm.sh.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../../../.." && pwd)
devices=pair
seconds=900
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
            shift ;;
        --devices) devices=$2; shift 2 ;;
        --seconds) seconds=$2; shift 2 ;;
        *) break ;;
    esac
done
[ $# -gt 0 ] || set -- "${tests[@]}"
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

code=0
"$here/vm.sh" --out "$out" --devices "$devices" --seconds "$seconds" -- "$JAVA_HOME/bin/java" -Xmx768m "${flags[@]}" \
    "-Dbaton.test.jvm=-Xmx256m ${flags[*]} -jar $run" -Dbaton.test.scheme=rdma -jar "$run" \
    dev.baton.transport.rdma.VmTestsMain /out/reports "$@" || code=$?
if [ -d "$out/reports" ]; then
    printf 'rdma: report in %s\n' "$out/reports" >&2
fi
exit "$code"
