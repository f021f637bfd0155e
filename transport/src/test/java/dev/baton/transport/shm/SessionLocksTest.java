package dev.baton.transport.shm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.baton.memory.Copier;
import dev.baton.memory.MemoryLedger;
import dev.baton.memory.Region;
import dev.baton.memory.Regions;
import dev.baton.platform.Posix;
import dev.baton.platform.ProcessLock;
import dev.baton.platform.ThreadAllocation;
import dev.baton.transport.TransportContext;
import dev.baton.transport.WriterFence;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Locks of sessions and of processes: descriptors decide, so both ends may be in one process here. */
class SessionLocksTest {
    private static final long WARM_WITHIN_NS = TimeUnit.SECONDS.toNanos(60);
    private static final long RECEIVER = 0x1111;
    private static final long SENDER = 0x2222;
    private static final long SESSION = 0x3333;

    @TempDir
    private Path parent;

    private Path directory;

    @BeforeEach
    void needSystemCalls() {
        assumeTrue(Posix.availability().isPresent(), () -> Posix.availability().describe());
        directory = Regions.privateDirectory(parent.resolve("baton"));
    }

    private ShmTransport open(long incarnation) {
        return new ShmTransport(new TransportContext(incarnation, directory, null, Copier.java(), new MemoryLedger()));
    }

    private List<String> files() throws IOException {
        return files(directory);
    }

    private static List<String> files(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void shouldSeeAWriterComeAndGo() throws IOException {
        try (ShmTransport receiver = open(RECEIVER); ShmTransport sender = open(SENDER)) {
            assertFalse(sender.fence().hold(RECEIVER, SESSION), "there is nothing to hold yet");
            receiver.fence().watch(SESSION);
            assertFalse(receiver.fence().isHeld(SESSION));
            assertFalse(receiver.fence().isGone(SESSION), "it was never there");

            assertTrue(sender.fence().hold(RECEIVER, SESSION));
            assertTrue(sender.fence().hold(RECEIVER, SESSION));
            assertTrue(receiver.fence().isHeld(SESSION));
            assertFalse(receiver.fence().isGone(SESSION));

            sender.fence().release(SESSION);
            assertFalse(receiver.fence().isHeld(SESSION));
            assertTrue(receiver.fence().isGone(SESSION));
            receiver.fence().forget(SESSION);
            assertFalse(receiver.fence().isGone(SESSION));
        }
        assertEquals(List.of(), files());
    }

    /** Its lock goes with its process, whatever else of it is left. */
    @Test
    void shouldSeeTheReceivingProcessGo() {
        try (ShmTransport sender = open(SENDER)) {
            ShmTransport receiver = open(RECEIVER);
            receiver.fence().watch(SESSION);
            assertFalse(sender.fence().isPeerGone(SESSION), "nothing is held yet");
            assertTrue(sender.fence().hold(RECEIVER, SESSION));
            assertFalse(sender.fence().isPeerGone(SESSION));
            receiver.fence().forget(SESSION);
            assertFalse(sender.fence().isPeerGone(SESSION), "the session went, the process did not");
            receiver.close();
            assertTrue(sender.fence().isPeerGone(SESSION));
            sender.fence().release(SESSION);
            assertFalse(sender.fence().isPeerGone(SESSION));
        }
    }

    /** Of two that receive: neither holds a session's lock of the other. */
    @Test
    void shouldSeeAProcessGoThatItSawAlive() {
        try (ShmTransport one = open(SENDER)) {
            ShmTransport other = open(RECEIVER);
            assertFalse(one.fence().isProcessGone(RECEIVER));
            other.close();
            assertTrue(one.fence().isProcessGone(RECEIVER));
            one.fence().forgetProcess(RECEIVER);
            assertFalse(one.fence().isProcessGone(RECEIVER), "it was not there when it was looked for");
        }
    }

    @Test
    void shouldNotTakeAProcessForGoneThatItNeverSaw() {
        ProcessLock.create(ShmFiles.sessionLock(directory, 0x77, SESSION)).close();
        try (ShmTransport sender = open(SENDER)) {
            assertTrue(sender.fence().hold(0x77, SESSION));
            assertFalse(sender.fence().isPeerGone(SESSION));
        }
    }

    @Test
    void shouldLookAtThePeersLifeWithoutAllocating() {
        try (ShmTransport receiver = open(RECEIVER); ShmTransport sender = open(SENDER)) {
            receiver.fence().watch(SESSION);
            assertTrue(sender.fence().hold(RECEIVER, SESSION));
            WriterFence fence = sender.fence();
            long bytesMin = Long.MAX_VALUE;
            // On a busy machine the compiler that removes the boxes of a system call takes its time.
            long startNs = System.nanoTime();
            while (bytesMin > 0 && System.nanoTime() - startNs < WARM_WITHIN_NS) {
                bytesMin = Math.min(bytesMin, bytesOf100Looks(fence));
            }
            assertEquals(0, bytesMin, "bytes of 100 looks");
        }
    }

    /** A method of its own, which is compiled as those that production calls are: what grows around a loop that never ends is not. */
    private static long bytesOf100Looks(WriterFence fence) {
        long before = ThreadAllocation.currentThreadBytes();
        for (int i = 0; i < 100; i++) {
            fence.isPeerGone(SESSION);
        }
        return ThreadAllocation.currentThreadBytes() - before;
    }

    @Test
    void shouldLetOnlyOneHoldASession() {
        try (ShmTransport receiver = open(RECEIVER); ShmTransport sender = open(SENDER); ShmTransport other = open(5)) {
            receiver.fence().watch(SESSION);
            assertTrue(sender.fence().hold(RECEIVER, SESSION));
            assertFalse(other.fence().hold(RECEIVER, SESSION));
            other.fence().release(SESSION);
            assertTrue(receiver.fence().isHeld(SESSION));
        }
    }

    @Test
    void shouldFindEverythingFreeOnceTheSenderClosed() {
        try (ShmTransport receiver = open(RECEIVER)) {
            receiver.fence().watch(SESSION);
            try (ShmTransport sender = open(SENDER)) {
                assertTrue(sender.fence().hold(RECEIVER, SESSION));
                assertTrue(receiver.fence().isHeld(SESSION));
            }
            assertTrue(receiver.fence().isGone(SESSION));
        }
    }

    @Test
    void shouldUnlinkFilesOfAProcessThatIsGoneAndLeaveTheirMemoryToThoseWhoMapIt() throws IOException {
        MemoryLedger ledger = new MemoryLedger();
        long dead = 0xdead;
        ProcessLock.create(ShmFiles.processLock(directory, dead)).close();
        ProcessLock.create(ShmFiles.sessionLock(directory, dead, SESSION)).close();
        Regions.createFile(ledger, "old", directory.resolve("old"), 4096).close();
        try (Region old = Regions.createFile(ledger, "old", ShmFiles.slab(directory, dead, 0), 4096)) {
            MemorySegment bytes = MemorySegment.ofAddress(old.address()).reinterpret(4096);
            bytes.set(ValueLayout.JAVA_LONG, 0, 42);
            try (ShmTransport alive = open(RECEIVER); Region own = Regions.createFile(ledger, "own",
                ShmFiles.slab(directory, RECEIVER, 0), 4096)) {
                assertEquals(List.of("baton-0000000000001111-0000.slab", "baton-0000000000001111.lock"), files());
                alive.fence().watch(SESSION);
                try (ShmTransport next = open(SENDER)) {
                    assertEquals("shm", next.scheme());
                    assertEquals(4, files().size(), "the living keep theirs");
                }
                assertEquals(4096, own.lengthBytes());
                assertEquals(42, bytes.get(ValueLayout.JAVA_LONG, 0));
            }
        }
        assertEquals(List.of(), files());
    }

    @Test
    void shouldUnlinkSpillFilesOfAProcessThatIsGoneThoughTheOtherDirectoryForgotIt() throws IOException {
        Path spill = Regions.privateDirectory(parent.resolve("spill"));
        MemoryLedger ledger = new MemoryLedger();
        long dead = 0xdead;
        ProcessLock.create(ShmFiles.processLock(spill, dead)).close();   // after a new boot there is none in memory
        TransportContext context = new TransportContext(RECEIVER, directory, spill, null, Copier.java(), ledger);
        try (Region old = Regions.createFile(ledger, "old", ShmFiles.slab(spill, dead, 2), 4096);
             ShmTransport alive = new ShmTransport(context)) {
            assertEquals("shm", alive.scheme());
            assertEquals(4096, old.lengthBytes());
            assertEquals(List.of("baton-0000000000001111.lock"), files(spill));
        }
        assertEquals(List.of(), files(spill));
        assertEquals(List.of(), files());
    }

    @Test
    void shouldLeaveFilesWithoutALockAlone() throws IOException {
        Files.writeString(directory.resolve("baton-0000000000009999-0000.slab"), "x");
        open(RECEIVER).close();
        assertEquals(List.of("baton-0000000000009999-0000.slab"), files());
    }
}
