#!/bin/sh
# Compiles libdisni's sources with its test under AddressSanitizer and runs it: 0 right, 1 wrong, 3 not possible here.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
sources=$here/../../main/c/rdma
java=${JAVA_HOME:-$(dirname "$(dirname "$(readlink -f "$(command -v javac)")")")}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if ! printf '#include <infiniband/verbs.h>\n#include <rdma/rdma_cma.h>\nint main(void) { return 0; }\n' |
    "${CC:-cc}" -fsanitize=address -x c -o "$work/probe" - 2>/dev/null; then
    echo "skipped: no C compiler with AddressSanitizer, or no headers of RDMA verbs (apt-get install gcc libibverbs-dev librdmacm-dev)"
    exit 3
fi
"${CC:-cc}" -std=gnu11 -O1 -g -Wall -Wextra -Werror -fsanitize=address,undefined -fno-sanitize-recover=all \
    -I"$sources" -I"$java/include" -I"$java/include/linux" -o "$work/test" "$sources"/*.c "$here/disni_test.c" \
    -lrdmacm -libverbs -lpthread
ASAN_OPTIONS=detect_leaks=1 "$work/test"
