package dev.baton.receiver.core;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;

import dev.baton.buffer.slab.ShardRange;
import dev.baton.transport.session.Session;

/** Which process of a gang has which shards: the leader among its members, in the order of their shards. */
final class GangRoster {
    private final ShardRange own;
    private final int shardCount;
    private final List<GangSeat> members = new ArrayList<>();
    private String missing = "";
    private String withoutEngine = "";
    private int ownIndex;

    GangRoster(ShardRange own, int shardCount) {
        this.own = own;
        this.shardCount = shardCount;
        seat();
    }

    List<GangSeat> members() {
        return Collections.unmodifiableList(members);
    }

    /** The member of that session, or null. */
    GangSeat memberOrNull(Session session) {
        for (GangSeat member : members) {
            if (member.session().id() == session.id()) {
                return member;
            }
        }
        return null;
    }

    void add(GangSeat member) {
        members.add(member);
        members.sort(Comparator.comparingInt(seat -> seat.shards().first()));
        seat();
    }

    void remove(GangSeat member) {
        members.remove(member);
        seat();
    }

    boolean isOwn(int shard) {
        return own.has(shard);
    }

    /** Place of this process among all of them. */
    int ownIndex() {
        return ownIndex;
    }

    /** The member at a place that is not this process's own. */
    GangSeat memberAt(int index) {
        return members.get(index < ownIndex ? index : index - 1);
    }

    /** Place of the process that has that shard, or -1. */
    int indexOf(int shard) {
        if (own.has(shard)) {
            return ownIndex;
        }
        for (int i = 0; i < members.size(); i++) {
            if (members.get(i).shards().has(shard)) {
                return i < ownIndex ? i : i + 1;
            }
        }
        return -1;
    }

    /** Empty if every shard has a process that stays. */
    String missing() {
        return missing;
    }

    /** Empty if every member has an engine. */
    String withoutEngine() {
        return withoutEngine;
    }

    /** Who came, went or is about to go was noted, or whose engine did: looks again. */
    void seat() {
        ownIndex = 0;
        missing = "";
        withoutEngine = "";
        for (GangSeat member : members) {
            ownIndex += member.shards().first() < own.first() ? 1 : 0;
            if (!member.hasEngine()) {
                withoutEngine = "no decode engine is attached at member=" + member.session().peer().nodeId() + " of shards=" + member.shards();
            }
            if (member.isLeaving()) {
                missing = "member=" + member.session().peer().nodeId() + " of shards=" + member.shards() + " goes down";
            }
        }
        for (int shard = 0; shard < shardCount; shard++) {
            if (indexOf(shard) < 0) {
                missing = "no process of the gang has lent shard=" + shard;
                return;
            }
        }
    }
}
