# Part of vm.sh: the file system that the kernel starts from: busybox, the modules that the machine needs in the order in
# which they are loaded, and init.sh. Sets initrd. Made anew when the kernel or one of these scripts is newer.

# crc32_generic: rxe asks for it by name, and no dependency says so.
vm_modules=(virtio_pci 9pnet_virtio 9p overlay crc32_generic crc32_pclmul veth dummy sch_netem ib_uverbs rdma_ucm rdma_rxe virtio_rng)

initrd=$kernel_root/initrd.gz
if [ ! -f "$initrd" ] || [ "$here/init.sh" -nt "$initrd" ] || [ "$here/initramfs.sh" -nt "$initrd" ]; then
    vm_tree=$(mktemp -d)
    mkdir -p "$vm_tree"/{bin,dev,proc,sys,mnt,modules}
    vm_busybox=$(vm_program busybox)
    cp "$vm_busybox" "$vm_tree/bin/busybox"
    cp "$here/init.sh" "$vm_tree/init"
    chmod 755 "$vm_tree/init"
    vm_modprobe=$(vm_program modprobe)
    vm_count=0
    : >"$vm_tree/modules/order"
    for name in "${vm_modules[@]}"; do
        vm_run "$vm_modprobe" -d "$kernel_root" -S "$kernel_version" --show-depends "$name" >"$vm_tree/depends" ||
            vm_absent "kernel $kernel_version has no module $name" "use a Debian 12 machine"
        while read -r word path _; do
            if [ "$word" = insmod ] && ! grep -qxF "$(basename "$path")" "$vm_tree/modules/order"; then
                cp "$path" "$vm_tree/modules/"
                basename "$path" >>"$vm_tree/modules/order"
                vm_count=$((vm_count + 1))
            fi
        done <"$vm_tree/depends"
    done
    rm "$vm_tree/depends"
    (cd "$vm_tree" && find . | "$vm_busybox" cpio -o -H newc 2>/dev/null | gzip -1) >"$initrd.new"
    mv "$initrd.new" "$initrd"
    rm -rf "$vm_tree"
    printf 'vm: initramfs: modules=%s bytes=%s\n' "$vm_count" "$(stat -c %s "$initrd")" >&2
fi
