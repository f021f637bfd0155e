package dev.baton.transport.rdma;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.platform.ThreadAllocation;
import dev.baton.transport.rdma.verbs.QueuePair;
import dev.baton.transport.rdma.verbs.WriteRequest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which requests a lane's writes become, and what is known of them. The queue pair notes what it is given. */
class WriteWindowTest {
    private static final int MIB = 1 << 20;
    private static final int WRITE_MAX = 4 * MIB;
    private static final int SENDS = 64;
    private static final int KEY = 7;
    private static final int PEER_KEY = 9;

    private final Noting pair = new Noting();
    private final WriteWindow window = new WriteWindow(pair, WRITE_MAX, SENDS);
    private final WriteRequest mark = new WriteRequest();

    private static final class Noting implements QueuePair {
        private final List<String> posted = new ArrayList<>();
        private final List<Long> told = new ArrayList<>();
        private boolean isSilent;
        private long lastTold;

        @Override
        public void post(WriteRequest write) {
            lastTold = write.isSignaled() ? write.requestId() : lastTold;
            if (!isSilent) {
                posted.add(write.peerAddress() + "+" + write.lengthBytes() + " in " + write.pieceCount() +
                    (write.isSignaled() ? " told" : "") + (write.isInline() ? " inline" : "") +
                    (write.immediate() == WriteRequest.SILENT ? "" : " mark " + write.immediate()));
                if (write.isSignaled()) {
                    told.add(write.requestId());
                }
            }
        }

        @Override
        public void postReceive(long requestId) {}
    }

    private void write(long source, long target, int lengthBytes) throws IOException {
        window.write(source, lengthBytes, KEY, target, PEER_KEY, 0);
    }

    private void mark(int number) throws IOException {
        mark.to(1_000_000_000L + number, PEER_KEY).add(5, 48, KEY).immediate(number).inline();
        window.mark(mark, number);
    }

    @Test
    void shouldMakeOneRequestOfNeighbours() throws IOException {
        for (int i = 0; i < 4; i++) {
            write(1000 + i * 65_536L, 5000 + i * 65_536L, 65_536);
        }
        assertEquals(List.of(), pair.posted, "held back: more may come");
        window.flush();
        assertEquals(List.of("5000+262144 in 1 told"), pair.posted);
    }

    @Test
    void shouldGatherPiecesFromApartForOneRangeOfThePeers() throws IOException {
        for (int i = 0; i < 6; i++) {
            write(1000 + i * 100_000L, 5000 + i * 65_536L, 65_536);
        }
        window.flush();
        assertEquals(List.of("5000+262144 in 4", 5000 + 4 * 65_536 + "+131072 in 2 told"), pair.posted);
    }

    @Test
    void shouldCutWhereThePeersRangeBreaksOrTheLongestWriteIsReached() throws IOException {
        write(0, 0, MIB);
        write(MIB, 9L * MIB, MIB);
        assertEquals(List.of("0+1048576 in 1"), pair.posted);
        for (int i = 1; i < 4; i++) {
            write((1L + i) * MIB, (9L + i) * MIB, MIB);
        }
        assertEquals(List.of("0+1048576 in 1", 9 * MIB + "+4194304 in 1 told"), pair.posted);
        assertEquals(0, window.flush());
        window.write(0, 4096, KEY, 100, PEER_KEY, 0);
        window.write(4096, 4096, KEY, 4196, PEER_KEY, 1);
        assertEquals("100+4096 in 1", pair.posted.getLast(), "another slab is no neighbour, wherever it lies");
    }

    @Test
    void shouldTellOfTheLastRequestOfABatchAlone() throws IOException {
        for (int i = 0; i < 10; i++) {
            write(i * 1000L, i * 5000L, 1000);
        }
        mark(3);
        assertEquals(11, pair.posted.size());
        assertEquals(10, pair.posted.stream().filter(text -> !text.contains("told")).count());
        assertEquals("1000000003+48 in 1 told inline mark 3", pair.posted.getLast());
    }

    @Test
    void shouldTellNowAndThenOfALongBatch() throws IOException {
        for (int i = 0; i < 50; i++) {
            write(i * 1000L, i * 5000L, 1000);
        }
        assertEquals(2, pair.told.size(), "one in 17");
    }

    @Test
    void shouldKnowWhatIsDoneByTheLastThatWasTold() throws IOException {
        write(0, 0, 1000);
        write(9000, 9000, 500);
        window.flush();
        write(0, 50_000, 250);
        mark(0);
        assertEquals(1750, window.accepted());
        assertEquals(0, window.completed());
        assertFalse(window.isIdle());
        window.completed(pair.told.get(0));
        assertEquals(1500, window.completed());
        window.completed(pair.told.get(1));
        assertEquals(1750, window.completed());
        assertTrue(window.isIdle());
    }

    @Test
    void shouldTakeNoMoreThanTheQueuePairHolds() throws IOException {
        int count = 0;
        while (window.hasRoom()) {
            write(count * 1000L, count * 5000L, 1000);
            count++;
        }
        window.flush();
        assertEquals(SENDS, pair.posted.size());
        window.completed(pair.told.getFirst());
        assertTrue(window.hasRoom());
    }

    /** What its card had acknowledged and not placed went with the former queue pair, and bytes with it. */
    @Test
    void shouldNotGoOnWhereAMarkWasAcknowledgedAndNeverRead() throws IOException {
        write(0, 0, 1000);
        mark(0);
        window.completed(pair.told.getLast());
        Noting other = new Noting();
        IOException lost = assertThrows(IOException.class, () -> window.resume(other, 0, null));
        assertTrue(lost.getMessage().contains("acknowledged=1 read=0"), lost.getMessage());
        assertEquals(List.of(), other.posted);
        window.resume(other, 1, null);
        assertEquals(List.of(), other.posted, "all of it is there");
    }

    @Test
    void shouldPostAgainInOrderWhatThePeerDoesNotHave() throws IOException {
        write(0, 0, 1000);
        mark(0);
        write(1000, 1000, 500);
        write(5000, 90_000, 500);
        mark(1);
        write(2000, 1500, 250);
        Noting other = new Noting();
        window.resume(other, 1, new WriteWindow.Route() {
            @Override
            public void rename(WriteRequest request, int slab) {
                request.key(0, 70).peerKey(90 + slab);
            }

            @Override
            public void mark(WriteRequest request, long number) {
                request.to(2_000_000_000L + number, 91).add(6, 48, 71).immediate((int) number).inline();
            }
        });
        assertEquals(List.of("1000+500 in 1", "90000+500 in 1", "2000000001+48 in 1 told inline mark 1", "1500+250 in 1 told"),
            other.posted);
        assertEquals(1000, window.completed(), "what a mark that was read stands behind");
        window.completed(other.told.getLast());
        assertEquals(2250, window.completed());
        assertTrue(window.isIdle());
    }

    @Test
    void shouldAllocateNothing() throws IOException {
        pair.isSilent = true;
        long allocated = Long.MAX_VALUE;
        for (int round = 0; round < 50 && allocated != 0; round++) {
            long before = ThreadAllocation.currentThreadBytes();
            for (int i = 0; i < 2000; i++) {
                write(i * 1000L, i * 1000L, 1000);
                write(i * 9000L, i * 5000L, 1000);
                mark(i & 63);
                window.completed(pair.lastTold);
            }
            allocated = ThreadAllocation.currentThreadBytes() - before;
        }
        assertEquals(0, allocated);
    }
}
