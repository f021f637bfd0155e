#!/usr/bin/env bash
# Inside the machine: makes RDMA devices over network interfaces of software. devices.sh one|pair
# One process for many commands: in an emulated machine a process costs as much as half a second.
set -eu
case ${1:-one} in
    one)
        # Both ends use one device; what it sends to itself never reaches the interface.
        ip -batch - <<'END'
link add d0 type dummy
address add 10.9.0.1/24 dev d0
link set d0 up
END
        rdma link add rxe0 type rxe netdev d0
        ;;
    pair)
        # Two devices with a cable between them, in one network namespace: rxe knows no other. Routes of their own make the
        # kernel send through the cable what it would else hand to itself.
        ip link add v0 mtu 4300 type veth peer name v1 mtu 4300
        for name in all v0 v1; do
            for setting in accept_local=1 rp_filter=0 arp_ignore=1 arp_announce=2; do
                echo "${setting#*=}" >"/proc/sys/net/ipv4/conf/$name/${setting%=*}"
            done
        done
        ip -batch - <<'END'
address add 10.9.1.1/24 dev v0
address add 10.9.1.2/24 dev v1
link set v0 up
link set v1 up
route replace 10.9.1.2/32 dev v0 src 10.9.1.1 table 101
route replace 10.9.1.1/32 dev v1 src 10.9.1.2 table 102
rule add pref 5 iif v0 lookup local
rule add pref 6 iif v1 lookup local
rule add pref 10 to 10.9.1.2 lookup 101
rule add pref 11 to 10.9.1.1 lookup 102
rule add pref 100 lookup local
rule del pref 0
END
        rdma -b - <<'END'
link add rxe0 type rxe netdev v0
link add rxe1 type rxe netdev v1
link show
END
        ;;
    *)
        echo "devices: unknown kind: $1" >&2
        exit 2
        ;;
esac
