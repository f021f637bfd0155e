#!/usr/bin/env bash
# Runs one command inside a small virtual machine that has RDMA devices made of software: vm.sh [OPTIONS] -- COMMAND...
#   --out DIR      what the command leaves in /out comes back here (made if absent)
#   --devices KIND "one" (rxe0, both ends on it) or "pair" (rxe0 and rxe1, real packets between them); default one
#   --seconds N    bound on all of it; default 300
#   --memory MIB   of the machine; default 3072
#   --cpus N       of the machine; default 1: emulated processors that wait for each other in turn are slower than one
#   --own-time     its clock counts what its one processor did, 1 ns an instruction, and not what the host took for that: what
#                  takes a second there is as much work as on a machine of that speed, so bounds and leases mean what they should
# The command starts in the caller's folder and sees the host's files, read-only under a layer of its own. The exit code
# is the command's; 3 means that no virtual machine can be had here, and says why; 124 that time ran out.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
out=''
devices=one
seconds=300
memory_mib=3072
cpus=1
accelerator=(-accel tcg,thread=multi)
while [ $# -gt 0 ]; do
    case $1 in
        --out) out=$2; shift 2 ;;
        --devices) devices=$2; shift 2 ;;
        --seconds) seconds=$2; shift 2 ;;
        --memory) memory_mib=$2; shift 2 ;;
        --cpus) cpus=$2; shift 2 ;;
        --own-time) accelerator=(-accel tcg,thread=single -icount 'shift=0,sleep=on'); shift ;;
        --) shift; break ;;
        *) printf 'vm: unknown option: %s\n' "$1" >&2; exit 2 ;;
    esac
done
[ $# -gt 0 ] || { printf 'vm: no command; try: vm.sh -- ibv_devinfo\n' >&2; exit 2; }

cache=${BATON_VM_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/baton/vm}
mkdir -p "$cache"
if [ -z "$out" ]; then
    out=$(mktemp -d)
    trap 'rm -rf "$out"' EXIT
fi
mkdir -p "$out"
out=$(cd "$out" && pwd)
rm -f "$out/exit" "$out/command.sh" "$out/console.log"

exec 8>"$cache/lock"
flock 8
# Sets kernel_image, initrd, tools (a folder, or empty), qemu (an array).
. "$here/fetch.sh"
. "$here/initramfs.sh"
flock -u 8

{
    printf 'cd %q || exit 3\n' "$PWD"
    for name in JAVA_HOME PATH HOME LANG BATON_DATA; do
        if [ -n "${!name:-}" ]; then
            printf 'export %s=%q\n' "$name" "${!name}"
        fi
    done
    printf '%q ' "$@"
    printf '\n'
} >"$out/command.sh"
cp "$here/devices.sh" "$out/devices.sh"

shares=(-fsdev "local,id=host,path=/,security_model=none,readonly=on,multidevs=remap"
    -device virtio-9p-pci,fsdev=host,mount_tag=host
    -fsdev "local,id=out,path=$out,security_model=none"
    -device virtio-9p-pci,fsdev=out,mount_tag=out)
if [ -n "$tools" ]; then
    shares+=(-fsdev "local,id=tools,path=$tools,security_model=none,readonly=on"
        -device virtio-9p-pci,fsdev=tools,mount_tag=tools)
fi
# Pure emulation: it runs everywhere, and is the only way where the host is a virtual machine itself.
printf 'vm: booting: devices=%s cpus=%s memory=%s MiB kernel=%s\n' "$devices" "$cpus" "$memory_mib" "$(basename "$kernel_image")" >&2
code=0
timeout --kill-after=5 "$seconds" "${qemu[@]}" "${accelerator[@]}" -cpu max -m "$memory_mib" -smp "$cpus" \
    -nodefaults -no-user-config -display none -serial stdio -no-reboot -kernel "$kernel_image" -initrd "$initrd" \
    -append "console=ttyS0 quiet panic=-1 mitigations=off nokaslr rodata=off no_timer_check tsc=reliable random.trust_cpu=on baton.devices=$devices baton.tools=${tools:+yes}" \
    "${shares[@]}" -device virtio-rng-pci </dev/null | sed -u 's/\r//g' | tee "$out/console.log" || code=$?
# In this shell, as only its own children count.
times >"$out/times"
cpu=$(awk 'NR == 2 { gsub(/[ms]/, " "); print int($1 * 60 + $2 + $3 * 60 + $4) }' "$out/times")
if [ -f "$out/exit" ]; then
    code=$(cat "$out/exit")
    printf 'vm: the command ended: exit=%s seconds=%s cpuSeconds=%s\n' "$code" "$SECONDS" "$cpu" >&2
elif [ "$code" -eq 124 ] || [ "$code" -eq 137 ]; then
    if grep -q '^guest: ready' "$out/console.log"; then
        waited="the command to end; it last said: $(grep . "$out/console.log" | tail -n 1)"
    elif grep -q '^guest: starts' "$out/console.log"; then
        waited='mounts, modules and RDMA devices'
    else
        waited='the kernel to start'
    fi
    printf 'vm: stopped after %s s (%s s of CPU), waiting for %s\n' "$seconds" "$cpu" "$waited" >&2
    code=124
else
    printf 'vm: the machine ended before the command did: qemu=%s seconds=%s\n' "$code" "$SECONDS" >&2
    code=1
fi
exit "$code"
