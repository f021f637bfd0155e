#!/bin/sh
# Builds libdisni.so for this machine: build.sh OUTPUT_DIRECTORY. Where something that it needs is missing it writes
# libdisni.absent instead, two lines: why, and what to type; RDMA is then off and says so. A compiler that works and
# fails here fails the build. With an aarch64 cross compiler beside, the same sources are compiled for that too, unlinked.
set -eu

sources=$(cd "$(dirname "$0")" && pwd)
case "$(uname -m)" in
    x86_64) architecture=amd64 ;;
    *) architecture=$(uname -m) ;;
esac
system=$(uname -s | tr '[:upper:]' '[:lower:]')
output="$1/dev/baton/platform/$system-$architecture"
library="$output/libdisni.so"
flags="-std=gnu11 -O2 -Wall -Wextra -Werror -fPIC -fvisibility=hidden"

absent() { # why, what to type
    mkdir -p "$output"
    rm -f "$library"
    printf '%s\n%s\n' "$1" "$2" >"$output/libdisni.absent"
    echo "native: no RDMA: $1 ($2)"
    exit 0
}

[ "$system" = linux ] || absent "RDMA verbs are built on Linux only: system=$system" "run on Linux"
if [ -f "$library" ] && [ -z "$(find "$sources" -type f -newer "$library")" ]; then
    exit 0
fi

compiler=
for candidate in ${CC:-} cc gcc clang; do
    if printf '#include <string.h>\nint f(const char *s) { return (int) strlen(s); }\n' |
        "$candidate" -x c -c -o /dev/null - 2>/dev/null; then
        compiler=$candidate
        break
    fi
done
[ -n "$compiler" ] || absent "no C compiler was there when this was built" "apt-get install gcc libc6-dev, then build again"

java=${JAVA_HOME:-}
[ -n "$java" ] || java=$(dirname "$(dirname "$(readlink -f "$(command -v javac)")")")
[ -f "$java/include/jni.h" ] || absent "no jni.h was there when this was built: looked=$java/include" \
    "set JAVA_HOME to a whole JDK, then build again"
includes="-I$java/include -I$java/include/$system"
if ! printf '#include <infiniband/verbs.h>\n#include <rdma/rdma_cma.h>\nint main(void) { return rdma_create_event_channel() != 0 && ibv_reg_dmabuf_mr(0, 0, 0, 0, 0, 0) != 0; }\n' |
    "$compiler" -x c -o /dev/null - -lrdmacm -libverbs 2>/dev/null; then
    absent "the headers of RDMA verbs (rdma-core 34 or newer) were not there when this was built" \
        "apt-get install libibverbs-dev librdmacm-dev, then build again"
fi

mkdir -p "$output"
rm -f "$output/libdisni.absent"
# Words of flags and includes are meant to split: no path here has a blank but the JDK's, which Maven gives.
# shellcheck disable=SC2086
"$compiler" $flags -shared $includes -o "$library.new" "$sources"/*.c -lrdmacm -libverbs -lpthread
mv "$library.new" "$library"

if command -v aarch64-linux-gnu-gcc >/dev/null && [ "$architecture" = amd64 ]; then
    for source in "$sources"/*.c; do
        # shellcheck disable=SC2086
        aarch64-linux-gnu-gcc $flags $includes -idirafter /usr/include -c -o /dev/null "$source"
    done
fi
