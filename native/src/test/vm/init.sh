#!/bin/busybox sh
# The first process of the machine: mounts, modules, the host's files under a layer of memory, then /out/command.sh there.
/bin/busybox --install -s /bin
export PATH=/bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
exec >/dev/console 2>&1 </dev/null
echo "guest: starts after $(cut -d ' ' -f 1 /proc/uptime) s"

fail() {
    echo "guest: $1"
    poweroff -f
}

while read -r module; do
    # Modules of processors that this one is not say so here; what is really missing shows in the next step.
    insmod "/modules/$module" 2>/dev/null || echo "guest: module not loaded: $module"
done </modules/order

share=version=9p2000.L,trans=virtio,msize=1048576
mkdir -p /mnt/host /mnt/tools /mnt/memory /mnt/root
mount -t 9p -o "$share,ro,cache=loose" host /mnt/host || fail "the host's files cannot be mounted"
lower=/mnt/host
if grep -q baton.tools=yes /proc/cmdline; then
    mount -t 9p -o "$share,ro,cache=loose" tools /mnt/tools || fail "the tools cannot be mounted"
    lower=/mnt/tools:/mnt/host
fi
mount -t tmpfs -o size=75% memory /mnt/memory
mkdir -p /mnt/memory/upper /mnt/memory/work
mount -t overlay -o "lowerdir=$lower,upperdir=/mnt/memory/upper,workdir=/mnt/memory/work" overlay /mnt/root ||
    fail "the layered root cannot be mounted"
cd /mnt/root || fail "no root"
mkdir -p proc sys dev run tmp out
mount -t proc proc proc
mount -t sysfs sys sys
mount --bind /dev dev
mkdir -p dev/pts dev/shm
mount -t devpts devpts dev/pts
mount -t tmpfs -o mode=1777 shm dev/shm
mount -t tmpfs -o mode=755 run run
mount -t 9p -o "$share" out out || fail "the folder for results cannot be mounted"
ln -sf /proc/self/fd dev/fd
ip link set lo up

devices=$(sed -n 's/.*baton\.devices=\([a-z]*\).*/\1/p' /proc/cmdline)
addresses=10.9.0.1
[ "$devices" = pair ] && addresses=10.9.1.1,10.9.1.2
chroot . /bin/bash -c "ulimit -l unlimited; ulimit -n 65536; export BATON_VM=1
    export BATON_RDMA_ADDRESSES=$addresses
    /bin/bash /out/devices.sh $devices && echo \"guest: ready in \$(cut -d ' ' -f 1 /proc/uptime) s\" &&
    /bin/bash /out/command.sh; echo \$? >/out/exit.new; mv /out/exit.new /out/exit"
sync
poweroff -f
