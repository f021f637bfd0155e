#!/bin/sh
# Makes target/baton.aot: the classes that a Baton process loads, read and linked ahead of time, for the JVM that built them.
# usage: train.sh ROOT. Passes where it cannot be made: processes then start without it, about a second later.
set -u
root=$1
target=$root/sim/target
folder=$(mktemp -d) || exit 0
trap 'rm -rf "$folder"' EXIT
rm -f "$target/baton.aot"
if timeout 90 "$JAVA_HOME/bin/java" "@$root/jvm.options" -Xmx512m "-XX:AOTCacheOutput=$folder/baton.aot" -Xlog:aot=off -Xlog:cds=off \
    "-Dbaton.home=$root" -cp "$target/lib/*" dev.baton.sim.TrainingRun "$folder" >"$folder/log" 2>&1 &&
    [ -s "$folder/baton.aot" ]; then
    mv "$folder/baton.aot" "$target/baton.aot"
else
    printf 'baton: no AOT cache, so processes start slower: %s\n' "$(tail -n 3 "$folder/log" | tr '\n' ' ')" >&2
fi
exit 0
