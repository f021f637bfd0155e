package dev.baton.transport;

import dev.baton.memory.Copier;
import dev.baton.memory.MemoryLedger;
import dev.baton.memory.Regions;
import java.nio.file.Path;
import java.util.List;
import org.agrona.DirectBuffer;

/** What the contract test must know of one scheme: how to open both ends, and how to send frames that no link would send. */
public abstract class LaneRig implements AutoCloseable {
    public static final String HOST = "127.0.0.1";
    static final long SENDER = 0x5e4d_0000_0000_0001L;
    static final long RECEIVER = 0x4ece_1000_0000_0001L;

    private final String name;
    private boolean isEncrypting;
    private MemoryLedger ledger;
    private Path directory;
    private Transport sender;
    private Transport receiver;

    protected LaneRig(String name) {
        this.name = name;
    }

    /** The same, encrypted. */
    public LaneRig encrypting() {
        isEncrypting = true;
        return this;
    }

    public boolean isEncrypting() {
        return isEncrypting;
    }

    /** A lane held by hand: whatever it is given goes onto the wire. */
    public interface RawLane extends AutoCloseable {
        /** Whether the frame went out; false means again. */
        boolean offer(DirectBuffer frame, int lengthBytes);

        @Override
        void close();
    }

    /** True where a bad frame takes the lane with it, since nobody knows where the next one begins. */
    public boolean isStream() {
        return false;
    }

    /** Where the inlet listens and the link dials. */
    public String host() {
        return HOST;
    }

    public abstract RawLane raw(LinkContext context);

    protected abstract Transport open(TransportContext context);

    protected void start(Path parent) {
        ledger = new MemoryLedger();
        directory = Regions.privateDirectory(parent.resolve("baton"));
        receiver = open(context(RECEIVER));
        sender = open(context(SENDER));
    }

    TransportContext context(long incarnation) {
        return new TransportContext(incarnation, directory, null, null, Copier.best(), ledger, isEncrypting);
    }

    /** The scheme, by which keys are made. */
    String scheme() {
        return name;
    }

    protected MemoryLedger ledger() {
        return ledger;
    }

    protected Path directory() {
        return directory;
    }

    Transport sender() {
        return sender;
    }

    Transport receiver() {
        return receiver;
    }

    LinkContext linkContext(long sessionId, Inlet inlet, long tokenHigh, long tokenLow, List<RemoteSlab> slabs) {
        return linkContext(sessionId, inlet, tokenHigh, tokenLow, slabs, List.of());
    }

    LinkContext linkContext(long sessionId, Inlet inlet, long tokenHigh, long tokenLow, List<RemoteSlab> slabs,
        List<String> otherHosts) {
        return new LinkContext(sessionId, inlet.lane(), inlet.host().isEmpty() ? host() : inlet.host(), inlet.port(), RECEIVER,
            tokenHigh, tokenLow, slabs, otherHosts);
    }

    @Override
    public void close() {
        sender.close();
        receiver.close();
    }

    @Override
    public String toString() {
        return name + (isEncrypting ? " encrypted" : "");
    }
}
