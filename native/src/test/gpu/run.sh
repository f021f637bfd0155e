#!/usr/bin/env bash
# What needs a GPU, in one call, with a Java of its own for machines that have none.
#   run.sh --bundle OUT.tar   here: builds Baton and packs a jlink image, the jars and this script (.tar.gz compresses)
#   run.sh [OPTIONS]          in the unpacked bundle, or here: a walk through every call, then "baton bench gpu --json" with
#                             these options (--size, --chunk, --rounds, --device, --peer-device)
# Standard output is one JSON object; all else goes to standard error. Exit codes: 0 done and every byte right, 1 wrong or
# failed, 2 usage, 3 no GPU. BATON_BUILD=never packs the build that is there.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# The command line, JSON, logging and management; what a GPU needs comes with its driver.
modules=java.base,java.logging,java.management,java.naming,java.xml,jdk.httpserver,jdk.management,jdk.net,jdk.unsupported

die() { # exit code, message
    printf 'gpu: %s\n' "$2" >&2
    exit "$1"
}

bundle() { # OUT
    local root=$here/../../../.. out=$1 folder
    root=$(cd "$root" && pwd)
    "$root/baton" --version >&2 || die 1 "Baton cannot be built; its errors are above"
    [ -n "${JAVA_HOME:-}" ] || JAVA_HOME=$(dirname "$(dirname "$(readlink -f "$(command -v javac)")")")
    [ -x "$JAVA_HOME/bin/jlink" ] || die 3 "no jlink: set JAVA_HOME to a JDK 25"
    folder=$(mktemp -d)
    trap "rm -rf '$folder'" EXIT
    mkdir "$folder/gpu"
    "$JAVA_HOME/bin/jlink" --add-modules "$modules" --strip-debug --no-header-files --no-man-pages --compress zip-0 \
        --output "$folder/gpu/java" >&2
    cp -r "$root/sim/target/lib" "$folder/gpu/lib"
    cp -r "$root/native/target/test-classes" "$folder/gpu/walk"
    cp "$root/jvm.options" "${BASH_SOURCE[0]}" "$folder/gpu/"
    tar -caf "$out" -C "$folder" gpu
    printf 'gpu: made %s, %s bytes; there: tar -xf %s && gpu/run.sh\n' "$out" "$(stat -c %s "$out")" "$(basename "$out")" >&2
}

if [ "${1:-}" = --bundle ]; then
    [ $# -eq 2 ] || die 2 "--bundle takes the file to make; try: run.sh --bundle /tmp/gpu.tar.gz"
    bundle "$2"
    exit 0
fi

if [ -x "$here/java/bin/java" ]; then
    java=$here/java/bin/java
    lib=$here/lib
    walk=$here/walk
    options=$here/jvm.options
else
    root=$(cd "$here/../../../.." && pwd)
    "$root/baton" --version >&2 || die 1 "Baton cannot be built; its errors are above"
    java=${JAVA_HOME:+$JAVA_HOME/bin/}java
    lib=$root/sim/target/lib
    walk=$root/native/target/test-classes
    options=$root/jvm.options
fi

baton() { "$java" "@$options" -cp "$lib/*" dev.baton.sim.Baton "$@"; }

baton doctor >&2
steps=$("$java" "@$options" -cp "$walk:$lib/*" dev.baton.memory.cuda.CudaWalkMain) || die 1 "the walk failed: $steps"
printf '%s\n' "$steps" >&2
case $steps in
    ABSENT*) die 3 "no GPU: ${steps#ABSENT }" ;;
    *'STEP refusals'*'MemoryLedger totalBytes=0 {}') ;;
    *) die 1 "the walk did not reach its end; its last line is above" ;;
esac
baton bench gpu --json "$@"
