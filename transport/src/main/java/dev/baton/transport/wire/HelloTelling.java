package dev.baton.transport.wire;

import dev.baton.transport.session.NodeIdentity;

/**
 * What a Hello or a HelloAck told.
 *
 * @param replyPort   control port to answer at; 0 in an ack
 * @param nonceHigh   {@code nonceLow}: random; 0 if the peer has no secret
 */
public record HelloTelling(NodeIdentity identity, int versionMin, int versionMax, long drainedThrough, int replyPort,
    long nonceHigh, long nonceLow) {
    /** The peer wants the secret proved. */
    public boolean hasNonce() {
        return (nonceHigh | nonceLow) != 0;
    }
}
