package dev.baton.transport.session;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LanesTest {
    @Test
    void shouldGoRoundTheLanesBlockByBlock() {
        assertEquals("[0, 1, 2, 0, 1, 2]", lanes(0, 6, 3));
        assertEquals("[1, 2, 0, 1, 2, 0]", lanes(4, 6, 3));
    }

    private static String lanes(int shard, int blocks, int count) {
        return IntStream.range(0, blocks).map(block -> Lanes.laneOf(shard, block, count)).boxed().toList().toString();
    }

    @Test
    void shouldUseEveryLaneForManyShardsOfOneBlock() {
        assertEquals(8, IntStream.range(0, 8).map(shard -> Lanes.laneOf(shard, 0, 8)).distinct().count());
    }

    @Test
    void shouldStayALaneWhateverTheNumbers() {
        assertEquals(2, Lanes.laneOf(Integer.MAX_VALUE, Integer.MAX_VALUE, 4));
    }
}
