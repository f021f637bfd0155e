package dev.baton.transport;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.baton.memory.MemoryLedger;
import dev.baton.memory.Region;
import dev.baton.memory.Regions;
import dev.baton.transport.rdma.PeerJvm;
import dev.baton.transport.rdma.RdmaRig;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the living end of a lane over real verbs makes of a process that was killed at the other, writes on their way. */
@Tag("rdma")
@Timeout(240)
class RdmaKilledTest {
    private final MemoryLedger ledger = new MemoryLedger();
    private Transport transport;
    private PeerJvm peer;

    @TempDir
    private Path directory;

    @BeforeEach
    void open() {
        assumeTrue(RdmaRig.isPossible(), "no RDMA device");
        transport = RdmaEndMain.open(ledger, Regions.privateDirectory(directory.resolve("s")), LaneRig.RECEIVER);
    }

    @AfterEach
    void shouldLeaveNothingAlive() {
        if (peer != null) {
            peer.close();
        }
        if (transport != null) {
            transport.close();
            assertTrue(ledger.isEmpty(), ledger::toString);
        }
    }

    @Test
    void shouldNoticeThatTheReceiverWasKilled() throws Exception {
        String host = RdmaRig.addresses()[0];
        peer = PeerJvm.start(RdmaEndMain.class, "receive", host);
        int port = Integer.parseInt(peer.await("PORT "));
        Region source = Regions.anonymous(ledger, "test.source", RdmaEndMain.WRITE_BYTES);
        transport.register(new RemoteSlab(0, 0, RdmaEndMain.WRITE_BYTES), source.address());
        Placement place = new Placement();
        try (source; Link link = RdmaEndMain.openLink(transport, host, port)) {
            Cable.await(() -> {
                write(link, source, place);
                return link.poll() >= 0 && link.completedPosition() > 0;
            }, "a write to complete");
            // Not polled meanwhile: a card that keeps up would make room for ever.
            int count = 0;
            while (write(link, source, place) > 0) {
                count++;
            }
            link.poll();
            RdmaFault fault = new RdmaFault("receiver killed, writes in flight: " + count);
            peer.kill();
            fault.receiverKnows(true, "dead");
            Cable.await(() -> {
                write(link, source, place);
                return link.poll() >= 0 && fault.senderKnows(link.isClosed(), link.whyClosed());
            }, "sender to notice");
            fault.checkBound();
            fault.report("gone with the process");
        }
    }

    @Test
    void shouldNoticeThatTheSenderWasKilled() throws Exception {
        String host = RdmaRig.addresses()[0];
        try (TestReceiver receiver = new TestReceiver(ledger, directory.resolve("s"));
            Inlet inlet = RdmaEndMain.openInlet(transport, receiver, host)) {
            LateWrites late = new LateWrites(receiver, inlet, transport.fence());
            late.watch(LanePair.SESSION);
            peer = PeerJvm.start(RdmaEndMain.class, "send", host, Integer.toString(inlet.port()));
            Cable.await(() -> inlet.poll(1 << 20) >= 0 && receiver.markCount() > 2, "marks to arrive");
            assertFalse(receiver.lanesClosed.contains(LanePair.SESSION));

            RdmaFault fault = new RdmaFault("sender killed in the middle of writes");
            peer.kill();
            fault.senderKnows(true, "dead");
            Cable.await(() -> inlet.poll(1 << 20) >= 0
                && fault.receiverKnows(receiver.lanesClosed.contains(LanePair.SESSION), "lane closed"), "receiver to notice");
            fault.checkBound();
            late.awaitNone(LanePair.SESSION, () -> { });
            fault.report("written in part, free again");
        }
    }

    private static long write(Link link, Region source, Placement place) {
        return link.write(source.address(), RdmaEndMain.place(place, 1));
    }
}
