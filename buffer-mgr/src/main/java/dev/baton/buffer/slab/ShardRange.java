package dev.baton.buffer.slab;

import dev.baton.platform.Require;

/**
 * Which of an instance's shards one process has: all, or those of its ranks.
 *
 * @param first from 0
 * @param last  the last one, included
 */
public record ShardRange(int first, int last) {
    public ShardRange {
        Require.atLeast("first", first, 0);
        Require.atLeast("last", last, first);
    }

    public static ShardRange all(int shardCount) {
        return new ShardRange(0, shardCount - 1);
    }

    /**
     * One written as {@code 2} or {@code 2-3}.
     *
     * @throws IllegalArgumentException if it is not of that form
     */
    public static ShardRange parse(String text) {
        String[] ends = text.split("-", -1);
        try {
            int first = Integer.parseInt(ends[0].strip());
            if (ends.length <= 2) {
                return new ShardRange(first, ends.length == 1 ? first : Integer.parseInt(ends[1].strip()));
            }
        } catch (NumberFormatException ex) {
            throw new IllegalArgumentException("shards are one number or two, like 2 or 2-3: shards=" + text, ex);
        }
        throw new IllegalArgumentException("shards are one number or two, like 2 or 2-3: shards=" + text);
    }

    public boolean has(int shard) {
        return shard >= first && shard <= last;
    }

    public int count() {
        return last - first + 1;
    }

    @Override
    public String toString() {
        return first == last ? Integer.toString(first) : first + "-" + last;
    }
}
