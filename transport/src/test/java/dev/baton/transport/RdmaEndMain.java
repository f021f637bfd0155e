package dev.baton.transport;

import dev.baton.memory.Copier;
import dev.baton.memory.MemoryLedger;
import dev.baton.memory.Region;
import dev.baton.memory.Regions;
import dev.baton.transport.rdma.RdmaProvider;
import dev.baton.transport.rdma.RdmaRig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * One end of a lane in a process of its own, until it is killed: {@code receive HOST} prints the port and then reads marks,
 * {@code send HOST PORT} writes and marks without end.
 */
public final class RdmaEndMain {
    static final int WRITE_BYTES = 1 << 20;

    private RdmaEndMain() {}

    public static void main(String[] words) throws Exception {
        MemoryLedger ledger = new MemoryLedger();
        Path directory = Regions.privateDirectory(Files.createTempDirectory("baton-rdma-").resolve("baton"));
        if (words[0].equals("receive")) {
            receive(ledger, directory, words[1]);
        } else {
            send(ledger, directory, words[1], Integer.parseInt(words[2]));
        }
    }

    static Link openLink(Transport transport, String host, int port) {
        return transport.openLink(new LinkContext(LanePair.SESSION, LanePair.LANE, host, port, LaneRig.RECEIVER,
            LanePair.TOKEN_HIGH, LanePair.TOKEN_LOW, List.of(new RemoteSlab(0, 0, TestReceiver.SLAB_BYTES),
                new RemoteSlab(1, 0, TestReceiver.SLAB_BYTES))));
    }

    static Inlet openInlet(Transport transport, TestReceiver receiver, String host) {
        receiver.slabs().forEach(slab -> transport.register(slab, receiver.slab(slab.slab()).address()));
        Inlet inlet = transport.openInlet(new InletContext(LanePair.LANE, host, 0, receiver, 64 << 10));
        inlet.openSession(LanePair.SESSION, LanePair.TOKEN_HIGH, LanePair.TOKEN_LOW);
        return inlet;
    }

    static Placement place(Placement place, int index) {
        place.reservation(LanePair.SESSION, 1, TestReceiver.GENERATION, 31)
            .place(0, 0, 0, (long) index % 16 * WRITE_BYTES, WRITE_BYTES);
        place.crc(0);
        return place;
    }

    private static void receive(MemoryLedger ledger, Path directory, String host) {
        Transport transport = open(ledger, directory, LaneRig.RECEIVER);
        Inlet inlet = openInlet(transport, new TestReceiver(ledger, directory), host);
        System.out.println("PORT " + inlet.port());
        while (true) {
            rest(inlet.poll(WRITE_BYTES));
        }
    }

    private static void send(MemoryLedger ledger, Path directory, String host, int port) {
        Transport transport = open(ledger, directory, LaneRig.SENDER);
        Region source = Regions.anonymous(ledger, "test.source", WRITE_BYTES);
        transport.register(new RemoteSlab(0, 0, WRITE_BYTES), source.address());
        Link link = openLink(transport, host, port);
        Placement place = new Placement();
        LaneMark mark = new LaneMark();
        int seq = 1;
        for (int i = 0;; i++) {
            int workCount = link.poll();
            if (link.write(source.address(), place(place, i)) > 0) {
                workCount++;
                seq += link.mark(mark.set(1, TestReceiver.GENERATION, 1, 1, seq, false)) == 1 ? 1 : 0;
            }
            rest(workCount);
        }
    }

    static Transport open(MemoryLedger ledger, Path directory, long incarnation) {
        return new RdmaProvider().open(RdmaRig.oneRail(new TransportContext(incarnation, directory, null, Copier.best(), ledger),
            RdmaRig.addresses()[0]));
    }

    /** The machine may have one processor, which the other process needs. */
    private static void rest(int workCount) {
        if (workCount == 0) {
            LockSupport.parkNanos(50_000);
        }
    }
}
