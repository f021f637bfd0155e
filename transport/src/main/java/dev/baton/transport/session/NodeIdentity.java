package dev.baton.transport.session;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

import dev.baton.platform.Require;
import dev.baton.transport.RemoteSlab;
import dev.baton.transport.WireMaxima;

/**
 * What a process tells its peers about itself in HELLO. Immutable; safe to share.
 *
 * @param nodeId      configured; 1 to 128 characters
 * @param incarnation 64 random bits at process start, not 0; compared for equality only
 * @param hostId      equal for processes that share a host and its shared-memory directory
 * @param roles       at least one
 * @param lanes       data agents, hence lanes per scheme; 0 for an observer
 * @param extentBytes unit of allocation of its pool; 0 for an observer
 * @param offers      its lanes; those of one scheme in order of their lane index
 * @param slabs       its registered memory
 * @param isEncrypting whether all its lanes carry sealed frames, and nothing else
 * @param layout      its KV layout and sharding as the kv package encodes them, opaque here; empty for an observer. Not
 *                    copied: it must not change
 */
@SuppressWarnings("ArrayRecordComponent")   // equality is by nodeId and incarnation, see below
public record NodeIdentity(String nodeId, long incarnation, long hostId, Set<Role> roles, int lanes, int extentBytes,
    List<Offer> offers, List<RemoteSlab> slabs, boolean isEncrypting, byte[] layout) {
    public static final int NODE_ID_LENGTH_MAX = WireMaxima.NODE_ID_LENGTH_MAX;

    public NodeIdentity {
        Require.between("nodeId.length", nodeId.length(), 1, NODE_ID_LENGTH_MAX);
        Require.that(incarnation != 0, "incarnation", incarnation, "64 random bits, not 0");
        Require.that(!roles.isEmpty(), "roles", roles, "at least one");
        Require.between("lanes", lanes, 0, WireMaxima.LANES_MAX);
        Require.between("extentBytes", extentBytes, 0, WireMaxima.EXTENT_BYTES_MAX);
        roles = Collections.unmodifiableSet(EnumSet.copyOf(roles));
        offers = List.copyOf(offers);
        slabs = List.copyOf(slabs);
        Objects.requireNonNull(layout, "layout");
    }

    /** One whose lanes are in the clear. */
    public NodeIdentity(String nodeId, long incarnation, long hostId, Set<Role> roles, int lanes, int extentBytes,
        List<Offer> offers, List<RemoteSlab> slabs, byte[] layout) {
        this(nodeId, incarnation, hostId, roles, lanes, extentBytes, offers, slabs, false, layout);
    }

    /** One that only asks questions: no lanes, no memory, no layout. */
    public static NodeIdentity observer(String nodeId, long incarnation) {
        return new NodeIdentity(nodeId, incarnation, 0, EnumSet.of(Role.OBSERVER), 0, 0, List.of(), List.of(),
            new byte[0]);
    }

    /** The same process, whose lanes open by this token. */
    public NodeIdentity withLaneToken(long high, long low) {
        List<Offer> opened = new ArrayList<>();
        for (Offer offer : offers) {
            opened.add(new Offer(offer.scheme(), offer.port(), high, low, offer.address()));
        }
        return new NodeIdentity(nodeId, incarnation, hostId, roles, lanes, extentBytes, opened, slabs, isEncrypting,
            layout);
    }

    public boolean isObserver() {
        return roles.contains(Role.OBSERVER);
    }

    public boolean hasRole(Role role) {
        return roles.contains(role);
    }

    /** The offers of one scheme; the list's index is the lane. Allocates: not for the hot path. */
    public List<Offer> offers(String scheme) {
        List<Offer> found = new ArrayList<>();
        for (Offer offer : offers) {
            if (offer.scheme().equals(scheme)) {
                found.add(offer);
            }
        }
        return found;
    }

    /** Two tellings are of the same process if both names agree: everything else is fixed at its start. */
    @Override
    public boolean equals(Object other) {
        return other instanceof NodeIdentity that && incarnation == that.incarnation && nodeId.equals(that.nodeId);
    }

    @Override
    public int hashCode() {
        return Long.hashCode(incarnation) ^ nodeId.hashCode();
    }

    @Override
    public String toString() {
        return "nodeId=" + nodeId + " incarnation=" + Long.toHexString(incarnation) + " hostId=" +
            Long.toHexString(hostId) + " roles=" + roles + " lanes=" + lanes + " extentBytes=" + extentBytes +
            " offers=" + offers.size() + " slabs=" + slabs.size() + " isEncrypting=" + isEncrypting + " layoutHash=" +
            Integer.toHexString(Arrays.hashCode(layout));
    }
}
