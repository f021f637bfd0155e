package dev.baton.transport.session;

import org.agrona.DirectBuffer;

/** Gets checked messages of open sessions, inside {@link ControlPlane#poll}, on its thread. */
public interface MessageListener {
    /**
     * One whole message: length, schema, template, groups and data lengths, enum values, incarnation and session were
     * checked.
     *
     * @param bodyOffset  of the message's first field (its envelope) in {@code buffer}
     * @param blockLength as the header says, for the decoder's wrap
     * @param version     as the header says, for the decoder's wrap
     * @param length      of the body in bytes, trailer excluded
     * @return whether the template is one of this listener's
     */
    boolean onMessage(Session session, int templateId, DirectBuffer buffer, int bodyOffset, int blockLength,
        int version, int length);
}
