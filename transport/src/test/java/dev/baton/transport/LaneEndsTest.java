package dev.baton.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.transport.loopback.LoopbackRig;
import dev.baton.transport.shm.ShmFiles;
import dev.baton.transport.shm.ShmRig;
import dev.baton.transport.tcp.TcpRig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** How lanes of single schemes begin, end and fail, where the contract cannot say it for all. */
@Timeout(60)
class LaneEndsTest {
    @TempDir
    private Path directory;

    @Test
    void shouldMapPeersSlabsOnceForAllLanes() {
        try (LaneRig rig = started(new ShmRig()); LanePair pair = new LanePair(rig, new Random(1)).connected()) {
            long mappedBytes = rig.ledger().bytes("transport.shm.peer-slab");
            assertEquals((long) TestReceiver.SLAB_COUNT * TestReceiver.SLAB_BYTES, mappedBytes);

            Link second = rig.sender().openLink(rig.linkContext(99, pair.inlet, 1, 2, pair.receiver.slabs()));
            assertEquals(mappedBytes, rig.ledger().bytes("transport.shm.peer-slab"));
            second.close();
            assertEquals(mappedBytes, rig.ledger().bytes("transport.shm.peer-slab"));
            pair.link.close();
            assertEquals(0, rig.ledger().bytes("transport.shm.peer-slab"));
        }
    }

    @Test
    void shouldGiveClosedLinkWhenPeersSlabIsNotThere() {
        try (LaneRig rig = started(new ShmRig()); LanePair pair = new LanePair(rig, new Random(1)).connected()) {
            List<RemoteSlab> wrong = List.of(new RemoteSlab(0, 0, TestReceiver.SLAB_BYTES), new RemoteSlab(7, 0, 4096));
            Link link = rig.sender().openLink(rig.linkContext(99, pair.inlet, 1, 2, wrong));
            assertTrue(link.isClosed());
            assertTrue(link.whyClosed().contains("file is not there"), link::whyClosed);
            assertEquals(0, link.poll());
            link.close();

            Link shorter = rig.sender().openLink(rig.linkContext(99, pair.inlet, 1, 2, List.of(new RemoteSlab(0, 0, 4096))));
            assertTrue(shorter.whyClosed().contains("cannot be mapped"), shorter::whyClosed);
            shorter.close();
        }
    }

    @Test
    void shouldWaitForTheReceiversRing() {
        try (LaneRig rig = started(new ShmRig()); LanePair pair = new LanePair(rig, new Random(1)).connected()) {
            try (Link early = rig.sender().openLink(rig.linkContext(5, pair.inlet, 1, 2, pair.receiver.slabs()))) {
                for (int i = 0; i < 100; i++) {
                    early.poll();
                    pair.step();
                }
                assertFalse(early.isConnected());
                assertEquals(Link.NOT_CONNECTED, early.write(pair.source.address(), new Placement().place(0, 0, 0, 0, 1)));
                pair.inlet.openSession(5, 1, 2);
                pair.await(() -> early.poll() >= 0 && early.isConnected(), "link to find the ring");
            }
            pair.inlet.closeSession(5);
            assertFalse(Files.exists(ShmFiles.ring(rig.directory(), LaneRig.RECEIVER, 5, LanePair.LANE)));
        }
    }

    @Test
    void shouldSayWhyWhenNobodyListens() throws IOException {
        int port;
        try (ServerSocketChannel server = ServerSocketChannel.open()) {
            port = ((InetSocketAddress) server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)).getLocalAddress()).getPort();
        }
        try (LaneRig rig = started(new TcpRig()); LanePair pair = new LanePair(rig, new Random(1)).connected();
             Link link = rig.sender().openLink(
                 new LinkContext(1, 0, LaneRig.HOST, port, LaneRig.RECEIVER, 1, 2, pair.receiver.slabs()))) {
            pair.await(() -> link.poll() >= 0 && link.isClosed(), "connection to be refused");
            assertTrue(link.whyClosed().contains("port=" + port), link::whyClosed);
        }
    }

    @Test
    void shouldNameThePortThatIsInUse() {
        try (LaneRig rig = started(new TcpRig()); LanePair pair = new LanePair(rig, new Random(1)).connected()) {
            int taken = pair.inlet.port();
            UncheckedIOException ex = assertThrows(UncheckedIOException.class, () -> rig.receiver()
                .openInlet(new InletContext(0, LaneRig.HOST, taken, pair.receiver, 4096)));
            assertTrue(ex.getMessage().contains("port=" + taken), ex.getMessage());
        }
    }

    @Test
    void shouldBreakLanesOnDemand() {
        LoopbackRig loopback = new LoopbackRig();
        try (LaneRig rig = started(loopback); LanePair pair = new LanePair(rig, new Random(1)).connected()) {
            loopback.network().stall(true);
            assertEquals(Link.BACK_PRESSURED, pair.tryWrite(1, 0, 0, 0, 10));
            assertEquals(Link.BACK_PRESSURED, pair.tryMark(1, 1, false));
            loopback.network().stall(false);
            pair.send(1, 0, 0, 0, 0, 0, 10, 0);
            pair.markAndAwait(1, 1);

            loopback.network().refuseConnections(true);
            try (Link refused = rig.sender().openLink(rig.linkContext(5, pair.inlet, 1, 2, List.of()))) {
                assertEquals(0, refused.poll());
                assertFalse(refused.isConnected());
            }
            loopback.network().cut();
            pair.await(() -> pair.link.isClosed() && !pair.receiver.lanesClosed.isEmpty(), "both ends to notice the cut");
            assertTrue(pair.link.whyClosed().contains("cut"), pair.link::whyClosed);
            pair.checkMemory();
        }
    }

    private LaneRig started(LaneRig rig) {
        rig.start(directory);
        return rig;
    }
}
