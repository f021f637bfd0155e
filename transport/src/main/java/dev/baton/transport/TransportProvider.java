package dev.baton.transport;

import dev.baton.platform.Availability;

/** Names a transport, says whether this machine can have it, and opens it. */
public interface TransportProvider {
    String scheme();

    /** Cheap; never throws; says why not. */
    Availability probe();

    Transport open(TransportContext context);
}
