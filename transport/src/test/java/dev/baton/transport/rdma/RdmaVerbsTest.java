package dev.baton.transport.rdma;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.baton.memory.Regions;
import dev.baton.transport.rdma.verbs.CompletionQueue;
import dev.baton.transport.rdma.verbs.ConnectionChannel;
import dev.baton.transport.rdma.verbs.ConnectionId;
import dev.baton.transport.rdma.verbs.Verbs;
import dev.baton.transport.rdma.verbs.WriteRequest;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.locks.LockSupport;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What devices do, between two processes: every byte is compared, not the counters alone. DiSNI over our own library needs a
 * device; {@code baton test rdma} runs it in a machine that has one. The device of software must behave as that one.
 */
@Tag("rdma")
@Timeout(180)
@ParameterizedClass(name = "{0}")
@MethodSource("schemes")
class RdmaVerbsTest {
    private final String scheme;
    @TempDir
    private Path directory;
    private Verbs verbs;
    private final long seed = Long.getLong("baton.test.seed", System.nanoTime());
    private PeerJvm peer;

    RdmaVerbsTest(String scheme) {
        this.scheme = scheme;
    }

    static Stream<String> schemes() {
        String only = System.getProperty("baton.test.scheme", "");
        return Stream.of("rdma", "rdma-sim").filter(scheme -> only.isEmpty() || only.equals(scheme));
    }

    @BeforeEach
    void needsDevice() {
        assumeTrue(TestVerbs.availability(scheme).isPresent(), TestVerbs.availability(scheme)::describe);
        System.out.println("seed=" + seed + " " + TestVerbs.availability(scheme).describe());
        directory = Regions.privateDirectory(directory.resolve("baton"));
        verbs = TestVerbs.open(scheme, directory, 1);
    }

    @AfterEach
    void endPeer() {
        if (peer != null) {
            peer.close();
        }
        if (verbs != null) {
            verbs.close();
        }
    }

    private int startPeer() throws Exception {
        peer = PeerJvm.start(VerbsPeerMain.class, scheme, TestVerbs.address(scheme), directory.toString());
        return Integer.parseInt(peer.await("PORT "));
    }

    @Test
    void shouldWriteEveryByteIntoTheOtherProcess() throws Exception {
        int port = startPeer();
        try (VerbsEnd end = new VerbsEnd(verbs)) {
            Told told = end.connect(TestVerbs.address(scheme), port);
            byte[] bytes = new byte[VerbsEnd.BYTES];
            new Random(seed).nextBytes(bytes);
            end.memory.copyFrom(MemorySegment.ofArray(bytes));
            WriteRequest write = new WriteRequest();
            int half = VerbsEnd.BYTES / 2;

            // The second half in four pieces; then a mark of 40 bytes over the first ones, which the peer must see last.
            end.queuePair.post(write.to(told.address(), told.key()).add(end.memory.address(), half, end.keys.localKey()));
            write.to(told.address() + half, told.key()).requestId(7).signaled();
            for (int i = 0; i < 4; i++) {
                write.add(end.memory.address() + half + (3L - i) * half / 4, half / 4, end.keys.localKey());
            }
            end.queuePair.post(write);
            assertEquals(1, end.awaitCompletions());
            assertEquals(CompletionQueue.SUCCESS, end.queue.status(0));
            assertEquals(7, end.queue.requestId(0));
            end.queuePair.post(write.to(told.address(), told.key()).add(end.memory.address() + 1000, 40, end.keys.localKey())
                .immediate(513).signaled().inline().requestId(8));
            assertEquals(1, end.awaitCompletions());
            assertEquals(CompletionQueue.SUCCESS, end.queue.status(0));

            byte[] expected = bytes.clone();
            for (int i = 0; i < 4; i++) {
                System.arraycopy(bytes, half + (3 - i) * half / 4, expected, half + i * half / 4, half / 4);
            }
            System.arraycopy(bytes, 1000, expected, 0, 40);
            String digest = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(expected));
            assertEquals("513 40 " + digest, peer.await("MARK "));
            assertNotEquals(-1, end.memory.mismatch(MemorySegment.ofArray(expected)), "the test moves something");
        }
        peer.await("DISCONNECTED");
        assertEquals(0, peer.awaitExit());
    }

    @Test
    void shouldNameTheWriteThatHadTheWrongKeyAndFlushThoseBehind() throws Exception {
        int port = startPeer();
        try (VerbsEnd end = new VerbsEnd(verbs)) {
            Told told = end.connect(TestVerbs.address(scheme), port);
            WriteRequest write = new WriteRequest();
            end.queuePair.post(write.to(told.address(), told.key() ^ 0x55).add(end.memory.address(), 4096, end.keys.localKey())
                .requestId(0x1_0000_0002L).signaled());
            // The receives that stood ready come back too, each under its own number.
            int failed = 0;
            int flushed = 0;
            while (flushed < VerbsEnd.RECEIVES || failed == 0) {
                int count = end.awaitCompletions();
                for (int i = 0; i < count; i++) {
                    if (end.queue.requestId(i) == 0x1_0000_0002L) {
                        assertEquals(CompletionQueue.REMOTE_ACCESS_ERROR, end.queue.status(i));
                        failed++;
                    } else {
                        assertEquals(CompletionQueue.FLUSHED, end.queue.status(i));
                        assertEquals(VerbsEnd.RECEIVE_ID, end.queue.requestId(i));
                        flushed++;
                    }
                }
            }
            assertEquals(1, failed);
        }
        assertEquals("5", peer.await("FAILED "));
    }

    @Test
    void shouldHearThatThePeerWasKilled() throws Exception {
        int port = startPeer();
        try (VerbsEnd end = new VerbsEnd(verbs)) {
            end.connect(TestVerbs.address(scheme), port);
            peer.kill();
            end.await(ConnectionChannel.DISCONNECTED);
            // Real verbs leave the queue pair as it is until this end disconnects too; the device of software has broken it down.
            try {
                end.id.disconnect();
            } catch (IOException ex) {
                assertEquals("not connected", ex.getMessage());
            }
            // The receives that stood ready come back.
            int flushed = 0;
            while (flushed < VerbsEnd.RECEIVES) {
                int count = end.awaitCompletions();
                for (int i = 0; i < count; i++) {
                    assertEquals(CompletionQueue.FLUSHED, end.queue.status(i));
                }
                flushed += count;
            }
        }
    }

    @Test
    void shouldSayThatNobodyListens() throws Exception {
        try (ConnectionChannel channel = verbs.openChannel()) {
            ConnectionId id = channel.createId();
            id.resolveAddress(TestVerbs.address(scheme), 9, 2000);
            assertEquals(ConnectionChannel.ADDRESS_RESOLVED, awaitEvent(channel));
            id.resolveRoute(2000);
            assertEquals(ConnectionChannel.ROUTE_RESOLVED, awaitEvent(channel));
            CompletionQueue queue = id.device().createQueue(16);
            id.createQueuePair(queue, 4, 4, 0);
            id.connect(3, new byte[0]);
            assertEquals(ConnectionChannel.REJECTED, awaitEvent(channel));
            assertEquals(8, channel.status(), "no listener at this port");
            id.destroyQueuePair();
            id.destroy();
            queue.close();
        }
    }

    private static int awaitEvent(ConnectionChannel channel) throws Exception {
        int event;
        long startNs = System.nanoTime();
        while ((event = channel.poll()) == ConnectionChannel.NONE) {
            LockSupport.parkNanos(50_000);
            assertTrue(System.nanoTime() - startNs < 30_000_000_000L, "waited too long for a connection event");
        }
        return event;
    }
}
