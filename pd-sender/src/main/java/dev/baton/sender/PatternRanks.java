package dev.baton.sender;

import dev.baton.buffer.slab.ShardRange;
import dev.baton.sender.core.HandoffSpec;

/**
 * The processes that send the requests of one {@link PatternEngine} together, as far as that one sees the others: who
 * reserves, and how what it is granted comes to the rest. The engine's thread.
 */
interface PatternRanks extends AutoCloseable {
    /** This process has every shard. */
    PatternRanks ALONE = new PatternRanks() {
        @Override
        public long meet(long incarnation, long ownRunId, int seconds) {
            return ownRunId;
        }

        @Override
        public HandoffSpec spec(HandoffSpec alone) {
            return alone;
        }

        @Override
        public ShardRange shardsHere(int shardCount) {
            return ShardRange.all(shardCount);
        }

        @Override
        public void handOn(int request, int part, byte[] grant) {
            throw new IllegalStateException("there is no other rank: part=" + part);
        }

        @Override
        public boolean isJoining() {
            return false;
        }

        @Override
        public boolean isTimeToLook(long nowNs) {
            return false;
        }

        @Override
        public byte[] grantOrNull(int request) {
            return null;
        }

        @Override
        public void close() {}
    };

    /**
     * Finds the others. The run's id, the same for all, is that of the rank that reserves.
     *
     * @throws IllegalStateException if not all are there within so many seconds
     */
    long meet(long incarnation, long ownRunId, int seconds);

    /** What this rank begins, of what one alone would. */
    HandoffSpec spec(HandoffSpec alone);

    ShardRange shardsHere(int shardCount);

    /** To the process that has that part. */
    void handOn(int request, int part, byte[] grant);

    /** Whether another rank reserves. */
    boolean isJoining();

    /** Whether it is time to look for grants: not in every cycle. */
    boolean isTimeToLook(long nowNs);

    /** What was handed on to this one, once; null as long as nothing was. */
    byte[] grantOrNull(int request);

    @Override
    void close();
}
