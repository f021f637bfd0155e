package dev.baton.transport.shm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.baton.memory.Copier;
import dev.baton.memory.MemoryLedger;
import dev.baton.memory.Regions;
import dev.baton.platform.Posix;
import dev.baton.transport.Inlet;
import dev.baton.transport.InletContext;
import dev.baton.transport.LandingListener;
import dev.baton.transport.LaneMark;
import dev.baton.transport.Link;
import dev.baton.transport.LinkContext;
import dev.baton.transport.Placement;
import dev.baton.transport.TransportContext;
import dev.baton.transport.WriterFence;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A session whose ring cannot be made has no shm, and says so where its sender binds; every other session goes on. */
class ShmInletTest {
    private static final long RECEIVER = 0x1111;
    private static final long SENDER = 0x2222;
    private static final long SESSION = 0x3333;
    private static final long NEXT_SESSION = 0x3334;

    /** Nothing lands. */
    private static final LandingListener NOBODY = new LandingListener() {
        @Override
        public boolean admit(Placement frame) {
            return false;
        }

        @Override
        public void onLanded(Placement frame, int lengthBytes) {}

        @Override
        public void onMark(LaneMark mark) {}

        @Override
        public void onLaneClosed(long sessionId, int lane) {}

        @Override
        public void onBadFrame(long sessionId, int lane, String reason, boolean isFatal) {}
    };

    @TempDir
    private Path parent;

    private final MemoryLedger ledger = new MemoryLedger();
    private Path directory;

    @BeforeEach
    void needSystemCalls() {
        assumeTrue(Posix.availability().isPresent(), () -> Posix.availability().describe());
        directory = Regions.privateDirectory(parent.resolve("baton"));
    }

    private ShmTransport open(long incarnation) {
        return new ShmTransport(new TransportContext(incarnation, directory, null, Copier.java(), ledger));
    }

    @Test
    void shouldGoOnWithoutARingThatCannotBeMade() throws IOException {
        Path inTheWay = Files.writeString(ShmFiles.ring(directory, RECEIVER, SESSION, 1), "x");
        try (ShmTransport receiver = open(RECEIVER); ShmTransport sender = open(SENDER);
             Inlet first = receiver.openInlet(new InletContext(0, "", 0, NOBODY, 4096));
             Inlet inlet = receiver.openInlet(new InletContext(1, "", 0, NOBODY, 4096))) {
            WriterFence fence = receiver.fence();
            fence.watch(SESSION);
            first.openSession(SESSION, 5, 6);
            inlet.openSession(SESSION, 5, 6);
            assertEquals(0, inlet.poll(4096));

            assertTrue(sender.fence().hold(RECEIVER, SESSION));
            assertFalse(fence.isHeld(SESSION), "its sender would be told addresses, and wait for a ring");
            assertFalse(fence.isGone(SESSION), "nobody died");
            inlet.closeSession(SESSION);
            inlet.closeSession(SESSION);
            assertEquals("x", Files.readString(inTheWay), "it is another's");
            fence.forget(SESSION);

            fence.watch(NEXT_SESSION);
            inlet.openSession(NEXT_SESSION, 5, 6);
            assertTrue(sender.fence().hold(RECEIVER, NEXT_SESSION));
            assertTrue(fence.isHeld(NEXT_SESSION));
            try (Link link = sender.openLink(new LinkContext(NEXT_SESSION, 1, "", 0, RECEIVER, 5, 6, List.of()))) {
                for (int i = 0; i < 100 && !link.isConnected(); i++) {
                    link.poll();
                    inlet.poll(4096);
                }
                assertTrue(link.isConnected(), link::whyClosed);
            }
        }
        Files.delete(inTheWay);
        assertTrue(ledger.isEmpty(), ledger::toString);
    }

    /** Its sender may have been told addresses by then: that it is gone is still to be seen. */
    @Test
    void shouldSeeASenderGoThatWasSeenBeforeItsRingFailed() throws IOException {
        Path inTheWay = Files.writeString(ShmFiles.ring(directory, RECEIVER, SESSION, 0), "x");
        try (ShmTransport receiver = open(RECEIVER); ShmTransport sender = open(SENDER);
             Inlet inlet = receiver.openInlet(new InletContext(0, "", 0, NOBODY, 4096))) {
            receiver.fence().watch(SESSION);
            assertTrue(sender.fence().hold(RECEIVER, SESSION));
            assertTrue(receiver.fence().isHeld(SESSION));
            inlet.openSession(SESSION, 5, 6);
            assertFalse(receiver.fence().isHeld(SESSION));
            assertFalse(receiver.fence().isGone(SESSION));
            sender.fence().release(SESSION);
            assertTrue(receiver.fence().isGone(SESSION));
            inlet.closeSession(SESSION);
        }
        Files.delete(inTheWay);
        assertTrue(ledger.isEmpty(), ledger::toString);
    }
}
