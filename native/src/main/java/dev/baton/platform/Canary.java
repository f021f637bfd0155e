package dev.baton.platform;

import java.util.Arrays;

/**
 * Defects that are kept on purpose, to test the tests: each breaks one rule of the protocol at one place of the shipped
 * code while the system property {@code baton.canary} names it. The simulation must find each by an invariant that it
 * checks anyway. The property is read once, so without it every question below is a constant to the compiler; no
 * setting, variable or file sets it, and a node on a real network refuses to start with it. A test that plays one defect
 * after the other in a process of its own starts that with {@code baton.canary=ANY}.
 */
public enum Canary {
    /** Receiver: when the wait for proof is over, the memory is freed all the same. */
    FREED_ON_TIMER,
    /** Receiver: memory is freed before each data agent has said that it lets nothing in any more. */
    AGENTS_NOT_AWAITED,
    /** Receiver: verifying begins with FIN, whatever marks are missing. */
    FIN_WITHOUT_MARKS,
    /** Receiver: READY though a cell has not been verified. */
    READY_BEFORE_LAST_CELL,
    /** Disk tier: a record is taken as it is, if its header is right. */
    TORN_RECORD_ACCEPTED,
    /** Disk tier: a record is taken for the one that is looked for, whatever name and place it tells. */
    MISDIRECTED_KEY,
    /** Disk tier: memory is given back when a load is late, though its I/O goes on. */
    LATE_TIER_WRITE,
    /** Receiver: a cell's CRC is not compared. */
    CRC_SKIPPED,
    /** Receiver: RESERVE of a handoff that has a reservation makes another one. */
    DUPLICATE_RESERVE_ALLOCATES,
    /** Receiver: RESERVE of an attempt that has ended is taken as new. */
    TOMBSTONES_IGNORED,
    /** Receiver: declared growth is not reserved. */
    GROWTH_IGNORED,
    /** Receiver: only the first shard's memory is taken. */
    ONE_SHARD_MISSING,
    /** Receiver: quarantined extents are counted as free. */
    QUARANTINE_COUNTED_FREE,
    /** Receiver: whatever fits is granted, however often what is first was overtaken. */
    FIRST_FIT,
    /** Receiver: a request that is larger than the pool waits as others do. */
    IMPOSSIBLE_QUEUED,
    /** Receiver: blocks that are kept for nobody in particular count as taken when a request is to be granted. */
    CACHED_NOT_COUNTED,
    /** Receiver: requests are granted whatever the engine has room for. */
    ENGINE_ROOM_IGNORED,
    /** Receiver: timers run only while somebody waits for memory. */
    RECLAIMS_ONLY_WHEN_BUSY,
    /** Receiver: timers advance by one tick a cycle. */
    ONE_TICK_A_CYCLE,
    /** Receiver: a run of extents is forgotten at the end. */
    RUN_LEAKED,
    /** Receiver: memory is freed when the engine takes it, not when it has read it. */
    FREED_WHEN_TAKEN,
    /** Receiver: blocks that lie here are found by part of their keys. */
    KEY_TRUNCATED,
    /** Receiver: blocks that lie here are found by those of another tenant. */
    TENANT_IGNORED,
    /** Receiver: what a failed handoff has memory for is kept as cache, unread. */
    KEPT_UNREAD,
    /** Receiver: in the tier below its pool, blocks are named by part of their keys. */
    SLICE_KEY_TRUNCATED,
    /** Receiver: in the tier below its pool, blocks are named without their tenant. */
    SLICE_TENANT_IGNORED,
    /** Receiver: in the tier below its pool, what each layer group keeps of a block has the same name. */
    SLICE_GROUP_IGNORED,
    /** Leader of a gang: grants though a shard's process is missing. */
    GRANTED_WITHOUT_MEMBER,
    /** Member of a gang: says that nothing lands there any more before that is proved. */
    MEMBER_NOT_AWAITED,
    /** Member of a gang: what ends while no engine is there is told to none. */
    MEMBER_END_UNTOLD,
    /** Leader of a gang: shows its engine what a member has no engine for. */
    MEMBER_ENGINE_IGNORED,
    /** Receiver: the next engine takes what the one before it had heard of, though its memory goes back with that one. */
    NEXT_ENGINE_TAKES,
    /** Receiver: memory that a scheduler had held stays, whoever claims it or not. */
    UNCLAIMED_KEPT,
    /** Receiver: what asks again while it goes down is granted. */
    GRANTED_WHILE_DRAINING,
    /** Receiver: when its time to drain is over it goes, and tells nobody. */
    SHUTDOWN_UNTOLD,
    /** Receiver: an end by deadline has no reason. */
    REASON_DROPPED,
    /** Receiver: any layout is taken for its own. */
    LAYOUT_UNCHECKED,
    /** Receiver: the decode engine is not told of an abnormal end. */
    END_UNTOLD,
    /** Lanes over RDMA, receiver: a lane is closed and its queue pair is not destroyed. */
    QUEUE_PAIR_LEFT,
    /** Lanes over RDMA, sender: a write counts as complete when the card has it. */
    COMPLETE_WHEN_POSTED,
    /** Sender: tells the receiver when its deadline is, by its own clock, not how long it has until then. */
    WALL_CLOCK,
    /** Both: any seal of a control message is taken for the right one. */
    SEAL_UNCHECKED,
    /** Both: a sealed control message is taken as often as it comes. */
    REPLAYED,
    /** Both: a lost session is not dialled again. */
    NO_REDIAL,
    /** Sender: blocks that it kept are found by those of another tenant. */
    STAGED_FOR_ALL,
    /** Sender: sends a cell again after FIN. */
    POST_AFTER_FIN,
    /** Sender: says FIN before the last cell was sent. */
    FIN_BEFORE_LAST_CELL,
    /** Sender: says DRAINED without awaiting completions. */
    DRAINED_WITHOUT_COMPLETIONS,
    /** Receiver: what a card has accepted is taken for what lies in memory: its last marks are not awaited. */
    DRAINED_BEFORE_MARKS,
    /** Sender: one receiver's handoffs may have the whole window. */
    WINDOW_UNSHARED,
    /** Sender: staging is used again before its bytes were read. */
    SOURCE_REUSED_EARLY,
    /** Sender: past its deadline it says how it ended, though the receiver decides. */
    OUTCOME_GUESSED,
    /** Sender: what is parked, or waits for its outcome, does so for as long as nobody says anything. */
    WAITED_FOR_EVER,
    /** Sender: when its time to drain is over it ends no handoff. */
    HANDOFFS_LEFT,
    /** Sender: a handoff that lost its session after FIN is taken for failed. */
    UNKNOWN_TAKEN_FOR_FAILED,
    /** Sender: a buffer is not freed with its lane. */
    SCRATCH_LEAKED;

    private static final String PROPERTY = "baton.canary";
    private static final String NAMED = System.getProperty(PROPERTY, "");
    /** Whether this process takes on one defect after the other. */
    private static final boolean IS_ANY = NAMED.equals("ANY");
    private static final Canary FIXED = IS_ANY ? null : named(NAMED);
    /** What {@link #become} said last; for nobody else than a process of that kind. */
    private static volatile Canary last;

    /** Whether this process has this defect. A constant: costs nothing where the property is not set. Any thread. */
    public boolean isActive() {
        return this == (IS_ANY ? last : FIXED);
    }

    /**
     * What is played from now on has this defect and no other.
     *
     * @param orNull null: none
     * @throws IllegalStateException if this process was not started with {@code baton.canary=ANY}
     */
    public static void become(Canary orNull) {
        if (!IS_ANY) {
            throw new IllegalStateException("this process takes on no defects: " + PROPERTY + "=" + NAMED + " must be ANY");
        }
        last = orNull;
    }

    /**
     * For what serves real requests.
     *
     * @throws IllegalStateException if this process has a defect, or may take one on
     */
    public static void requireNone() {
        if (!NAMED.isEmpty()) {
            throw new IllegalStateException("this process was given a defect on purpose and must not serve: " +
                PROPERTY + "=" + NAMED + "; start it without that system property");
        }
    }

    private static Canary named(String name) {
        return name.isEmpty() ? null : Arrays.stream(values()).filter(canary -> canary.name().equals(name)).findFirst()
            .orElseThrow(() -> new IllegalArgumentException(PROPERTY + "=" + name + " must be one of " +
                Arrays.toString(values())));
    }
}
