package dev.baton.transport.wire;

import dev.baton.transport.session.NodeIdentity;

/**
 * What a Hello or a HelloAck told.
 *
 * @param replyPort control port to answer at; 0 in an ack
 * @param hasNonce  the peer wants the secret proved
 */
public record HelloTelling(NodeIdentity identity, int versionMin, int versionMax, long drainedThrough, int replyPort,
    boolean hasNonce) {}
