package dev.baton.transport.rdma.disni;

import com.ibm.disni.verbs.RdmaCm;
import com.ibm.disni.verbs.RdmaCmEvent;
import com.ibm.disni.verbs.RdmaCmId;
import com.ibm.disni.verbs.RdmaEventChannel;
import dev.baton.platform.VerbsExtension;
import dev.baton.transport.rdma.verbs.ConnectionChannel;
import dev.baton.transport.rdma.verbs.ConnectionId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;

/** A channel of connection events. DiSNI takes the event; status and private data come from the extension. */
final class DisniChannel implements ConnectionChannel {
    private final DisniVerbs verbs;
    private final RdmaEventChannel channel;
    private final long handle;
    private final Map<Long, DisniId> ids = new HashMap<>();
    private DisniId id;
    private VerbsExtension.ConnectionEvent event;

    DisniChannel(DisniVerbs verbs, RdmaEventChannel channel) {
        this.verbs = verbs;
        this.channel = channel;
        this.handle = DisniVerbs.handleOf(channel);
    }

    @Override
    public ConnectionId createId() throws IOException {
        return add(channel.createId(RdmaCm.RDMA_PS_TCP));
    }

    @Override
    public int poll() throws IOException {
        // DiSNI makes objects even to say that there is no event.
        if (!verbs.extension().hasConnectionEvent(handle)) {
            return NONE;
        }
        RdmaCmEvent taken = channel.getCmEvent(0);
        if (taken == null) {
            return NONE;
        }
        event = verbs.extension().lastConnectionEvent();
        id = ids.get(event.id());
        if (id == null) {
            id = add(taken.getConnIdPriv());
        }
        return event.number();
    }

    @Override
    public ConnectionId id() {
        return id;
    }

    @Override
    public int status() {
        return event.status();
    }

    @Override
    public ByteBuffer privateData() {
        return event.privateData().duplicate();
    }

    @Override
    public void close() {
        if (!ids.isEmpty()) {
            throw new IllegalStateException("a channel has ids yet: count=" + ids.size());
        }
        try {
            channel.destroyEventChannel();
        } catch (IOException ex) {
            throw new UncheckedIOException(ex);
        }
    }

    DisniVerbs verbs() {
        return verbs;
    }

    void forget(DisniId gone) {
        ids.remove(gone.handle());
    }

    private DisniId add(RdmaCmId made) {
        DisniId added = new DisniId(this, made);
        ids.put(added.handle(), added);
        return added;
    }
}
