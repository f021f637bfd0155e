package dev.baton.transport.session;

import java.util.EnumSet;
import java.util.Set;

/** What a node does, told in HELLO; each has a bit on the wire. An observer asks for statistics and moves no KV. */
public enum Role {
    PREFILL(1),
    DECODE(2),
    SCHEDULER(4),
    OBSERVER(8);

    private final int bit;

    Role(int bit) {
        this.bit = bit;
    }

    /** The wire's bits for a set of roles. */
    public static int bits(Set<Role> roles) {
        int bits = 0;
        for (Role role : roles) {
            bits |= role.bit;
        }
        return bits;
    }

    /** The roles of these bits; bits that this version does not know are left out. */
    public static Set<Role> of(int bits) {
        Set<Role> roles = EnumSet.noneOf(Role.class);
        for (Role role : values()) {
            if ((bits & role.bit) != 0) {
                roles.add(role);
            }
        }
        return roles;
    }
}
