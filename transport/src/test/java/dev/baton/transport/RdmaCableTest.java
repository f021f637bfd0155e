package dev.baton.transport;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.baton.transport.rdma.RdmaRig;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The cable between two devices is pulled under writes. The last tests of a machine: a device of software that was to send
 * a message of the connection manager while its own interface was down makes no connections any more.
 */
@Tag("rdma")
@Timeout(120)
class RdmaCableTest {
    /** Few packets: with a megabyte of them an emulated processor has more to do than to wait, and took 4.7 s once. */
    private static final int WRITE_BYTES = 64 << 10;

    private final long seed = Long.getLong("baton.test.seed", System.nanoTime());
    private final LaneRig rig = new RdmaRig();
    private LanePair pair;
    private LateWrites late;

    @TempDir
    private Path directory;

    @BeforeEach
    void connect() {
        assumeTrue(RdmaRig.isPossible(), "no RDMA device");
        assumeTrue(RdmaRig.addresses().length == 2, "needs two devices with a cable between them: --devices pair");
        System.out.println("seed=" + seed);
        rig.start(directory);
        pair = new LanePair(rig, new Random(seed), LanePair.TOKEN_LOW, true).connected();
        late = new LateWrites(pair.receiver, pair.inlet, rig.receiver().fence());
        late.watch(LanePair.SESSION);
    }

    @AfterEach
    void shouldLeaveNothingAlive() {
        if (pair != null) {
            pair.close();
            rig.close();
            assertTrue(rig.ledger().isEmpty(), rig.ledger()::toString);
        }
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"v0", "v1"})
    void shouldNoticeThatTheCableIsOut(String end) throws Exception {
        boolean isReceivers = end.equals("v0");
        RdmaFault fault;
        Cable.run("ip", "link", "set", end, "down");
        try {
            fault = new RdmaFault("cable out at the " + (isReceivers ? "receiver" : "sender"));
            pair.await(() -> {
                pair.tryWrite(1, 1, 0, 0, WRITE_BYTES);
                return fault.senderKnows(pair.link.poll() >= 0 && pair.link.isClosed(), pair.link.whyClosed());
            }, "sender to notice");
            // 12: no answer came. 2: the device itself has no way out.
            assertTrue(pair.link.whyClosed().contains(isReceivers ? "status=12" : "status="), pair.link::whyClosed);
        } finally {
            Cable.plug(end);
        }
        // A receiver that has nothing to send hears nothing by itself: the session ends, and its control plane says so.
        boolean isTold = !pair.receiver.lanesClosed.isEmpty();
        late.close(LanePair.SESSION);
        fault.receiverKnows(true, isTold ? "lane closed" : "session closed");
        fault.checkBound();
        late.awaitNone(LanePair.SESSION, () -> { });
        fault.report("written in part, free again");
        if (isReceivers) {
            shouldWorkAgain();
        }
    }

    /** A new session over the same devices. */
    private void shouldWorkAgain() {
        pair.inlet.openSession(9, 3, 4);
        try (Link link = rig.sender().openLink(rig.linkContext(9, pair.inlet, 3, 4, pair.receiver.slabs()))) {
            pair.await(() -> link.poll() >= 0 && link.isConnected(), "a new lane to connect");
            assertFalse(link.isClosed(), link::whyClosed);
        }
    }
}
