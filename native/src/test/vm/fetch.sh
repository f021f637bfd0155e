# Part of vm.sh: the kernel, and what of the tools this host has not got, as Debian packages in the cache; nothing is
# installed. Sets kernel_image, kernel_version, kernel_root, tools, qemu. Ends with 3 and a reason where that cannot be.

vm_absent() { # why, what to type
    printf 'vm: skipped: %s; %s\n' "$1" "$2" >&2
    exit 3
}

[ "$(uname -s)" = Linux ] && [ "$(uname -m)" = x86_64 ] || vm_absent "the machine is built on Linux on x86-64 only" "run it there"
for name in apt-get apt-cache dpkg gzip timeout flock; do
    command -v "$name" >/dev/null || vm_absent "no $name here: kernel and tools come as Debian packages" "use a Debian machine"
done

# What the machine needs of user programs. Those that the host has are used from there.
vm_packages=(qemu-system-x86 busybox-static kmod iproute2 ibverbs-providers libibverbs1 librdmacm1 ibverbs-utils rdmacm-utils
    perftest)

vm_download() { # folder, packages: into it, once each
    local folder=$1
    shift
    mkdir -p "$folder/deb"
    # A sandbox user could not write into a private cache; packages are checked against the lists' hashes all the same.
    (cd "$folder/deb" && apt-get -qq -o APT::Sandbox::User="$(id -un)" download "$@" >&2) ||
        vm_absent "packages cannot be downloaded: $*" "see apt-get's words above; apt-get update may be due"
}

# What apt says costs seconds, and stays true until its lists or what is installed change.
vm_known=$cache/packages
if [ ! -f "$vm_known" ] || [ "$here/fetch.sh" -nt "$vm_known" ] || [ /var/lib/apt/lists -nt "$vm_known" ] ||
    [ /var/lib/dpkg/status -nt "$vm_known" ]; then
    if ! apt-cache show linux-image-amd64 >/dev/null 2>&1; then
        [ "$(id -u)" -ne 0 ] || apt-get update -qq >&2 || true
        apt-cache show linux-image-amd64 >/dev/null 2>&1 ||
            vm_absent "no package linux-image-amd64 in the lists" "apt-get update (on Debian)"
    fi

    kernel_package=$(apt-cache depends linux-image-amd64 | sed -n 's/^ *Depends: \(linux-image-[^ ]*\)$/\1/p' | head -n 1)
    # Lines "Inst NAME ..." of a simulated installation: exactly what is missing here, dependencies counted in.
    vm_missing=$(apt-get -s -q --no-install-recommends install "${vm_packages[@]}" 2>/dev/null | sed -n 's/^Inst \([^ ]*\) .*/\1/p') ||
        vm_absent "packages are not in the lists: ${vm_packages[*]}" "apt-get update (on Debian)"
    printf '%s\n' "$kernel_package" $vm_missing >"$vm_known"
fi
kernel_package=$(head -n 1 "$vm_known")
vm_missing=$(tail -n +2 "$vm_known")
kernel_root=$cache/$kernel_package
kernel_version=${kernel_package#linux-image-}
kernel_image=$kernel_root/boot/vmlinuz-$kernel_version
if [ ! -f "$kernel_root/done" ]; then
    printf 'vm: fetching %s (about 70 MB, once)\n' "$kernel_package" >&2
    rm -rf "$kernel_root"
    vm_download "$kernel_root" "$kernel_package"
    dpkg -x "$kernel_root"/deb/*.deb "$kernel_root"
    rm -rf "$kernel_root/deb"
fi
# QEMU starts a kernel that is not packed too, and an emulated processor takes seconds to unpack one.
if [ ! -f "$kernel_root/vmlinux" ] && command -v xz >/dev/null; then
    vm_offset=$(LC_ALL=C grep -aboP -m 1 '\xfd7zXZ\x00' "$kernel_image" | head -n 1 | cut -d : -f 1)
    # Behind the packed kernel comes what xz calls garbage.
    { tail -c "+$((${vm_offset:-0} + 1))" "$kernel_image" | xz -dc >"$kernel_root/vmlinux.new"; } 2>/dev/null || true
    if [ "$(head -c 4 "$kernel_root/vmlinux.new" | tail -c 3)" = ELF ]; then
        mv "$kernel_root/vmlinux.new" "$kernel_root/vmlinux"
    fi
fi
[ ! -f "$kernel_root/vmlinux" ] || kernel_image=$kernel_root/vmlinux

tools=''
if [ -n "$vm_missing" ]; then
    tools=$cache/programs-$(printf '%s' "$vm_missing" | cksum | cut -d ' ' -f 1)
    if [ ! -f "$tools/done" ]; then
        # shellcheck disable=SC2086
        printf 'vm: fetching %s packages that are not installed here\n' "$(set -- $vm_missing; echo $#)" >&2
        rm -rf "$tools"
        # shellcheck disable=SC2086
        vm_download "$tools" $vm_missing
        for package in "$tools"/deb/*.deb; do
            dpkg -x "$package" "$tools"
        done
        rm -rf "$tools/deb"
        # As on the host, where these are links into /usr; a folder would hide the host's link in the layered root.
        for name in bin sbin lib lib64; do
            if [ -d "$tools/$name" ] && [ -L "/$name" ]; then
                mkdir -p "$tools/usr/$name"
                cp -a "$tools/$name/." "$tools/usr/$name/"
                rm -rf "${tools:?}/$name"
            fi
        done
        # Programs that are links to others, by absolute names, would end at this host.
        for link in "$tools"/usr/*bin/*; do
            target=$(readlink "$link") || continue
            case $target in
                /usr/*) target=${target#/usr} ;;
                /*) ;;
                *) continue ;;
            esac
            [ ! -e "$tools/usr$target" ] || ln -sfn "..$target" "$link"
        done
        touch "$tools/done"
    fi
fi

# Finds a program on the host, else in the tools.
vm_program() {
    local name=$1 folder
    for folder in /usr/local/bin /usr/bin /bin /usr/sbin /sbin ${tools:+"$tools/usr/bin" "$tools/usr/sbin" "$tools/bin" "$tools/sbin"}; do
        if [ -x "$folder/$name" ]; then
            printf '%s' "$folder/$name"
            return 0
        fi
    done
    vm_absent "no program $name, though its package should be here" "apt-get install ${vm_packages[*]}"
}

# Runs a program of the tools with the libraries that came with it.
vm_libraries=${tools:+$tools/usr/lib/x86_64-linux-gnu:$tools/lib/x86_64-linux-gnu}
vm_run() {
    LD_LIBRARY_PATH=${vm_libraries:+$vm_libraries:}${LD_LIBRARY_PATH:-} "$@"
}

# By a variable: where there is no such program, this ends here.
program=$(vm_program qemu-system-x86_64)
qemu=(env "LD_LIBRARY_PATH=${vm_libraries:+$vm_libraries:}${LD_LIBRARY_PATH:-}" "$program")
if [ -n "$tools" ] && [ -d "$tools/usr/share/qemu" ]; then
    qemu+=(-L "$tools/usr/share/qemu" -L "$tools/usr/share/seabios")
fi

if [ ! -f "$kernel_root/done" ]; then
    program=$(vm_program depmod)
    vm_run "$program" -b "$kernel_root" "$kernel_version"
    touch "$kernel_root/done"
fi
