package dev.baton.receiver.core;

import org.agrona.collections.Long2ObjectHashMap;

import dev.baton.transport.WireMaxima;
import dev.baton.transport.wire.GangProxy;

/** What members tell their leader of its reservations, and what follows where one is gone: checked, and handed to the leader's core. Control agent's thread. */
final class MemberWords {
    private final Long2ObjectHashMap<GangShare> shares;
    private final GangRoster roster;
    private final int lanesEach;
    private LandingEvents core;

    /** @param lanesEach of every process of the gang */
    MemberWords(Long2ObjectHashMap<GangShare> shares, GangRoster roster, int lanesEach) {
        this.shares = shares;
        this.roster = roster;
        this.lanesEach = lanesEach;
    }

    void core(LandingEvents value) {
        core = value;
    }

    /** It is awaited no more, and answers for nothing that it had. */
    void lost(GangSeat member) {
        for (long reservation : shares.keySet().stream().mapToLong(Long::longValue).sorted().toArray()) {
            GangShare share = shares.get(reservation);
            share.isBroken |= share.told.remove(member);
            revoked(share, member, reservation);
            released(share, member, reservation);
        }
    }

    /** One event of a member's data agents. False if it cannot be: that member is not to be trusted. */
    boolean on(GangSeat member, int kind, long reservation, int a, int b, int c, int d) {
        GangShare share = shares.get(reservation);
        if (share == null) {
            return true;   // it crossed the end
        }
        switch (kind) {
            case GangProxy.VERIFIED, GangProxy.CORRUPT, GangProxy.MISSING -> {
                if (a < 0 || a >= share.map.cellCount() || !member.shards().has(share.map.targetShard(a))) {
                    return false;
                }
                tell(kind, reservation, a, b, c);
            }
            case GangProxy.MARK -> {
                int lane = c >> 1;
                if (lane < 0 || lane >= lanesEach || a < 0 || a >= WireMaxima.PARTS_MAX) {
                    return false;
                }
                core.onMark(reservation, a, b, roster.indexOf(member.shards().first()) * lanesEach + lane, d,
                    (c & 1) != 0);
            }
            case GangProxy.REVOKED -> revoked(share, member, reservation);
            case GangProxy.PART_LOST -> {
                if (a < 0) {
                    return false;
                }
                core.onPartLost(reservation, a);
            }
            case GangProxy.RELEASED -> released(share, member, reservation);
            case GangProxy.ONE_SIDED -> {
                if (a < 0) {
                    return false;
                }
                core.onOneSided(reservation, a);
            }
            case GangProxy.RECHECKED -> {
                if (a < 0 || a >= lanesEach) {
                    return false;
                }
                core.onRechecked(reservation, roster.indexOf(member.shards().first()) * lanesEach + a, b);
            }
            default -> {
                return false;
            }
        }
        return true;
    }

    private void tell(int kind, long reservation, int a, int b, int c) {
        switch (kind) {
            case GangProxy.VERIFIED -> core.onCellVerified(reservation, a, b);
            case GangProxy.CORRUPT -> core.onCellCorrupt(reservation, a, b, c);
            default -> core.onCellMissing(reservation, a, b);
        }
    }

    /** All of that member's data agents, and its fences: one answer stands for its lanes. */
    private void revoked(GangShare share, GangSeat member, long reservation) {
        if (share.revoking.remove(member)) {
            for (int lane = 0; lane < lanesEach; lane++) {
                core.onRevoked(reservation, lane);
            }
        }
    }

    private void released(GangShare share, GangSeat member, long reservation) {
        if (share.reading.remove(member) && share.reading.isEmpty()) {
            core.onReadElsewhere(reservation);
        }
    }
}
