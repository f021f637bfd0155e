package dev.baton.transport.wire;

import dev.baton.transport.WireMaxima;
import dev.baton.transport.session.HandoffId;
import dev.baton.transport.session.ReservationId;
import dev.baton.transport.session.Session;

/**
 * What the processes of a gang say to each other. A message with groups is begun, added to and ended; nothing else may
 * be sent through the same proxy in between. Not thread-safe; allocates nothing once warm.
 */
public final class GangProxy extends MessageProxy {
    /** Kinds of orders, leader to member. */
    public static final int LINE = 1;
    public static final int SEAL = 2;
    public static final int REOPEN = 3;
    public static final int REVOKE = 4;
    public static final int CLOSE = 5;
    public static final int TAKEN = 6;
    public static final int DRAINED = 7;
    public static final int ENDED = 8;
    public static final int RECHECK = 9;
    public static final int CANCELLED = 10;
    /** Kinds of events, member to leader. */
    public static final int VERIFIED = 1;
    public static final int CORRUPT = 2;
    public static final int MISSING = 3;
    public static final int MARK = 4;
    public static final int REVOKED = 5;
    public static final int PART_LOST = 6;
    public static final int RELEASED = 7;
    public static final int ONE_SIDED = 8;
    public static final int RECHECKED = 9;
    public static final int ENGINE_HERE = 10;
    public static final int ENGINE_GONE = 11;
    public static final int ENGINE_LOST = 12;
    /** Names every source shard at once. */
    public static final int ALL_SHARDS = 0xFFFF;
    /** Records of one message: it stays below what travels whole. */
    public static final int RECORDS_MAX = WireMaxima.GANG_RECORDS_MAX;

    private final LendEncoder lend = new LendEncoder();
    private final ReturnEncoder returned = new ReturnEncoder();
    private final GangOpenEncoder open = new GangOpenEncoder();
    private final GangBlocksEncoder blocks = new GangBlocksEncoder();
    private final GangHeldEncoder held = new GangHeldEncoder();
    private final GangOrdersEncoder orders = new GangOrdersEncoder();
    private final GangEventsEncoder events = new GangEventsEncoder();
    private LendEncoder.RunsEncoder lendRuns;

    public void lendBegin(Session session, int runCount) {
        begin(lend, session, 0);
        WireIds.put(lend.handoff(), HandoffId.NONE);
        lendRuns = lend.runsCount(runCount);
    }

    public void lendRun(int shard, int slab, int extentCount) {
        lendRuns.next().shard(shard).slab(slab).firstExtent(0).extentCount(extentCount);
    }

    public void lendEnd() {
        end(lend);
    }

    /** What was lent is not taken; nothing of it was ever granted. */
    public void returned(Session session) {
        begin(returned, session, 0);
        WireIds.put(returned.handoff(), HandoffId.NONE);
        returned.isInDoubt((short) 0);
        end(returned);
    }

    /** Begins a GangOpen; the caller fills sizes, then parts, runs and layout in this order, and ends it. */
    public GangOpenEncoder openBegin(Session session, HandoffId handoff, ReservationId reservation, int generation) {
        begin(open, session, 0);
        WireIds.put(open.handoff(), handoff);
        WireIds.put(open.reservation(), reservation);
        return open.generation(Integer.toUnsignedLong(generation));
    }

    public void openEnd() {
        end(open);
    }

    /** Begins a GangBlocks; the caller adds so many keys and ends it. */
    public GangBlocksEncoder.BlockKeysEncoder blocksBegin(Session session, long reservation, int keyCount) {
        begin(blocks, session, 0);
        return blocks.reservation(reservation).blockKeysCount(keyCount);
    }

    public void blocksEnd() {
        end(blocks);
    }

    /** Begins a GangHeld; the caller fills sizes, then runs and layout in this order, and ends it. */
    public GangHeldEncoder heldBegin(Session session, long reservation) {
        begin(held, session, 0);
        return held.reservation(reservation);
    }

    public void heldEnd() {
        end(held);
    }

    public void orders(Session session, GangRecords records) {
        begin(orders, session, 0);
        GangOrdersEncoder.RecordsEncoder group = orders.recordsCount(records.count());
        for (int i = 0; i < records.count(); i++) {
            group.next().reservation(records.reservation(i)).a(records.a(i)).b(records.b(i)).c(records.c(i))
                .d(records.d(i)).kind((short) records.kind(i));
        }
        end(orders);
    }

    public void events(Session session, GangRecords records) {
        begin(events, session, 0);
        GangEventsEncoder.RecordsEncoder group = events.recordsCount(records.count());
        for (int i = 0; i < records.count(); i++) {
            group.next().reservation(records.reservation(i)).a(records.a(i)).b(records.b(i)).c(records.c(i))
                .d(records.d(i)).kind((short) records.kind(i));
        }
        end(events);
    }
}
