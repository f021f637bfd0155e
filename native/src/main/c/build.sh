#!/bin/sh
# Builds libbaton_memory.so for this machine: build.sh OUTPUT_DIRECTORY. Where no C compiler works it says so in one
# line and succeeds, because Baton then copies in plain Java. A compiler that works and fails here fails the build.
set -eu

sources=$(cd "$(dirname "$0")" && pwd)
sh "$sources/rdma/build.sh" "$1"
case "$(uname -m)" in
    x86_64) architecture=amd64 ;;
    *) architecture=$(uname -m) ;;
esac
system=$(uname -s | tr '[:upper:]' '[:lower:]')
output="$1/dev/baton/memory/$system-$architecture"
library="$output/libbaton_memory.so"

if [ "$system" != linux ]; then
    echo "native: no C copier on $system, plain Java instead"
    exit 0
fi
if [ -f "$library" ] && [ -z "$(find "$sources" -type f -newer "$library")" ]; then
    exit 0
fi

compiler=
for candidate in ${CC:-} cc gcc clang; do
    # A compiler without the C library's headers is as good as none.
    if printf '#include <string.h>\nint f(const char *s) { return (int) strlen(s); }\n' |
        "$candidate" -x c -c -o /dev/null - 2>/dev/null; then
        compiler=$candidate
        break
    fi
done
if [ -z "$compiler" ]; then
    echo "native: no C compiler found, plain Java copies instead (apt-get install gcc libc6-dev, then build again)"
    exit 0
fi

mkdir -p "$output"
"$compiler" -std=gnu11 -O3 -Wall -Wextra -Werror -fPIC -shared -fvisibility=hidden \
    -o "$library.new" "$sources/baton_memory.c" "$sources/baton_socket.c"
mv "$library.new" "$library"
