package dev.baton.receiver.core;

import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.HandoffId;

/**
 * The processes that hold an instance's shards, as the one that allocates for all of them sees the others. Control
 * agent's thread.
 */
public interface Gang {
    /** Every shard is here. */
    Gang ALONE = new Gang() {
        @Override
        public void listener(Listener listener) {}

        @Override
        public String missing() {
            return "";
        }

        @Override
        public String withoutEngine() {
            return "";
        }

        @Override
        public boolean isOwn(int shard) {
            return true;
        }

        @Override
        public boolean isRevealedAtGrant() {
            return false;
        }

        @Override
        public void opening(HandoffId handoff, long tokenHigh, long tokenLow, long[] incarnations) {}

        @Override
        public void drained(long reservation, int part) {}

        @Override
        public void ended(long reservation, EndReason reason) {}

        @Override
        public void taken(long reservation, int computedTokens, NamedBlocks blocks) {}

        @Override
        public boolean isReadElsewhere(long reservation) {
            return false;
        }

        @Override
        public boolean isWhole(long reservation) {
            return true;
        }
    };

    /** Hears how the other processes fare, before anything else is done about it. */
    interface Listener {
        void onMemberLost(String detail);

        /** It goes down in order: what was granted goes on, and nothing that waits is granted any more. */
        void onMemberLeaves(String detail);

        /**
         * Nobody reads that member's shards any more.
         *
         * @param isLost the engine's process is gone, and with it the requests that it was to decode; else another may come for them
         */
        void onEngineGone(String detail, boolean isLost);

        /** Every process has one again. */
        void onEnginesHere();
    }

    void listener(Listener listener);

    /** Empty if every shard has its process, else what is missing: nothing is granted then. */
    String missing();

    /** Empty if every other process has a decode engine, else which has none: nothing new is taken in then, nor shown to the engine here. */
    String withoutEngine();

    /** Whether that shard's memory is in this process. */
    boolean isOwn(int shard);

    /** Whether this process has the memory of all of so many shards. */
    default boolean hasAll(int shardCount) {
        for (int shard = 0; shard < shardCount; shard++) {
            if (!isOwn(shard)) {
                return false;
            }
        }
        return true;
    }

    /** Members may tell addresses from the moment that a reservation is opened, whether or not this process did. */
    boolean isRevealedAtGrant();

    /** Said right before {@link LandingZone#open}: who may bind its parts, and with which token. */
    void opening(HandoffId handoff, long tokenHigh, long tokenLow, long[] incarnations);

    /** That part's process writes no more, anywhere: all its writes had succeeded. */
    void drained(long reservation, int part);

    /** It ended without being delivered. */
    void ended(long reservation, EndReason reason);

    /** Nobody wants any more what the members' engines were given. */
    default void cancelled(long reservation) {}

    /** Delivered: the members' engines may read their shards, also of those blocks that lay here already. */
    void taken(long reservation, int computedTokens, NamedBlocks blocks);

    /** Whether a member's engine still reads it; {@link LandingEvents#onReadElsewhere} tells when none does. */
    boolean isReadElsewhere(long reservation);

    /** Whether every process that some of it was granted at has been there ever since. */
    boolean isWhole(long reservation);
}
