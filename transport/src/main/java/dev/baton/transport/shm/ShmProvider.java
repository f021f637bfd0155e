package dev.baton.transport.shm;

import dev.baton.platform.Availability;
import dev.baton.platform.Posix;
import dev.baton.transport.Transport;
import dev.baton.transport.TransportContext;
import dev.baton.transport.TransportProvider;

/** Shared memory, where files can be allocated whole and mapped. */
public final class ShmProvider implements TransportProvider {
    @Override
    public String scheme() {
        return ShmTransport.SCHEME;
    }

    @Override
    public Availability probe() {
        return Posix.availability();
    }

    @Override
    public Transport open(TransportContext context) {
        return new ShmTransport(context);
    }
}
