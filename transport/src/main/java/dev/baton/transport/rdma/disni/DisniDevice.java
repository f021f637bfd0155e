package dev.baton.transport.rdma.disni;

import com.ibm.disni.verbs.IbvContext;
import com.ibm.disni.verbs.IbvPd;
import dev.baton.platform.VerbsExtension;
import dev.baton.transport.rdma.verbs.CompletionQueue;
import dev.baton.transport.rdma.verbs.Device;
import dev.baton.transport.rdma.verbs.MemoryKeys;
import java.io.IOException;
import java.io.UncheckedIOException;

/** One device, and the domain in which everything on it is made; it lives as long as the process. */
final class DisniDevice implements Device {
    private final VerbsExtension extension;
    private final IbvContext context;
    private final IbvPd domain;
    private final String name;
    private final long messageBytesMax;

    DisniDevice(VerbsExtension extension, IbvContext context, long contextHandle) throws IOException {
        this.extension = extension;
        this.context = context;
        this.domain = context.allocPd();
        this.name = extension.deviceName(contextHandle);
        this.messageBytesMax = extension.port(contextHandle, 1).messageBytesMax();
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public long messageBytesMax() {
        return messageBytesMax;
    }

    IbvPd domain() {
        return domain;
    }

    @Override
    public CompletionQueue createQueue(int entries) throws IOException {
        return new DisniQueue(context, entries);
    }

    @Override
    public MemoryKeys register(long address, long lengthBytes, int access) throws IOException {
        // DiSNI's own call takes lengths up to 2^31 - 1.
        VerbsExtension.Registered region = extension.register(DisniVerbs.handleOf(domain), address, lengthBytes, access);
        return new Keys(extension, region, address, lengthBytes);
    }

    private record Keys(VerbsExtension extension, VerbsExtension.Registered region, long address, long lengthBytes)
        implements MemoryKeys {
        @Override
        public int localKey() {
            return region.localKey();
        }

        @Override
        public int remoteKey() {
            return region.remoteKey();
        }

        @Override
        public void close() {
            try {
                extension.deregister(region.handle());
            } catch (IOException ex) {
                throw new UncheckedIOException("memory stays registered: address=" + address, ex);
            }
        }
    }
}
