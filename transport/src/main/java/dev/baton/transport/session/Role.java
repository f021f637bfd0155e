package dev.baton.transport.session;

import java.util.EnumSet;
import java.util.Set;

/** What a node does, told in HELLO; the ordinal is its bit on the wire. An observer asks for statistics and moves no KV. */
public enum Role {
    PREFILL,
    DECODE,
    SCHEDULER,
    OBSERVER;

    /** The wire's bits for a set of roles. */
    public static int bits(Set<Role> roles) {
        int bits = 0;
        for (Role role : roles) {
            bits |= 1 << role.ordinal();
        }
        return bits;
    }

    /** The roles of these bits; bits that this version does not know are left out. */
    public static Set<Role> of(int bits) {
        Set<Role> roles = EnumSet.noneOf(Role.class);
        for (Role role : values()) {
            if ((bits & 1 << role.ordinal()) != 0) {
                roles.add(role);
            }
        }
        return roles;
    }
}
