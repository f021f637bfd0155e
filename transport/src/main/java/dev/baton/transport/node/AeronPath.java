package dev.baton.transport.node;

import org.agrona.DirectBuffer;

import io.aeron.Aeron;
import io.aeron.ExclusivePublication;
import io.aeron.Publication;
import io.aeron.exceptions.AeronException;

/**
 * One exclusive publication to one peer, added without waiting. Exclusive, so that a peer can tell its writers apart.
 */
final class AeronPath implements ControlPath {
    private final Aeron aeron;
    private final String channel;
    private final long registrationId;
    private ExclusivePublication publication;
    private boolean isClosed;
    private String whyNot = "";

    AeronPath(Aeron aeron, String channel, int streamId) {
        this.aeron = aeron;
        this.channel = channel;
        registrationId = aeron.asyncAddExclusivePublication(channel, streamId);
    }

    @Override
    public long offer(DirectBuffer buffer, int offset, int length) {
        if (isClosed || (publication == null && !isAdded())) {
            return isClosed ? CLOSED : BACK_PRESSURED;
        }
        long position = publication.offer(buffer, offset, length);
        if (position >= 0) {
            return ACCEPTED;
        }
        if (position == Publication.CLOSED || position == Publication.MAX_POSITION_EXCEEDED) {
            whyNot = "publication closed by Aeron: channel=" + channel;
            close();
            return CLOSED;
        }
        return BACK_PRESSURED;
    }

    @Override
    public boolean isClosed() {
        return isClosed;
    }

    @Override
    public String whyNot() {
        if (!whyNot.isEmpty()) {
            return whyNot;
        }
        return publication != null && publication.isConnected() ? "" : "nobody listens there yet";
    }

    @Override
    public void close() {
        if (!isClosed) {
            isClosed = true;
            if (publication != null) {
                publication.close();
            } else if (!aeron.isClosed()) {
                aeron.asyncRemovePublication(registrationId);
            }
        }
    }

    private boolean isAdded() {
        try {
            publication = aeron.getExclusivePublication(registrationId);
        } catch (AeronException ex) {   // a host that no name service knows, most often
            whyNot = ex.getMessage();
            isClosed = true;
        }
        return publication != null;
    }
}
